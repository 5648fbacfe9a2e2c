use super::*;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Artefact, Finish};

fn order(events: Vec<AnswerEvent>) -> Vec<AnswerEvent> {
    let (mut order, mut seen) = (Order::default(), Vec::new());
    for event in events {
        order.push(event, &mut |event| seen.push(event));
    }
    seen
}

const START: AnswerEvent = AnswerEvent::Start { usage: None };

fn open(block: usize, start: BlockStart) -> AnswerEvent {
    AnswerEvent::Open { block, start }
}

fn close(block: usize) -> AnswerEvent {
    AnswerEvent::Close { block }
}

fn text(block: usize, text: &str) -> AnswerEvent {
    AnswerEvent::Delta { block, delta: Delta::Text(text.to_owned()) }
}

fn thought(block: usize, part: usize) -> AnswerEvent {
    AnswerEvent::Delta { block, delta: Delta::Reasoning { part, text: "t".to_owned() } }
}

fn artefact(block: usize) -> AnswerEvent {
    let artefact = Artefact { realm: None, dialect: Dialect::AnthropicMessages, block: "{}".into() };
    AnswerEvent::Delta { block, delta: Delta::Artefact(artefact) }
}

fn end() -> AnswerEvent {
    AnswerEvent::End { finish: Finish::Stop, stop_sequence: None, usage: None, service_tier: None }
}

#[test]
fn what_is_in_order_passes() {
    let events = || {
        vec![
            START,
            open(0, BlockStart::Reasoning),
            thought(0, 0),
            thought(0, 1),
            artefact(0),
            open(1, BlockStart::Text),
            text(1, "x"),
            close(0),
            close(1),
            end(),
        ]
    };
    assert_eq!(order(events()), events());
}

#[test]
fn what_is_missing_is_put_in() {
    assert_eq!(order(vec![end()]), [START, end()]);
    assert_eq!(
        order(vec![open(7, BlockStart::Text), text(7, "x"), open(3, BlockStart::Refusal), end()]),
        [START, open(0, BlockStart::Text), text(0, "x"), open(1, BlockStart::Refusal), close(0), close(1), end(),]
    );
}

#[test]
fn a_block_that_is_opened_again_is_a_new_one() {
    assert_eq!(
        order(vec![START, open(0, BlockStart::Text), open(0, BlockStart::Reasoning), text(0, "x"), thought(0, 0)]),
        [START, open(0, BlockStart::Text), close(0), open(1, BlockStart::Reasoning), thought(1, 0)]
    );
}

#[test]
fn what_does_not_fit_is_left_out() {
    let image = || BlockStart::Image { media_type: "image/png".to_owned(), data: String::new() };
    assert_eq!(
        order(vec![
            START,
            START,
            text(0, "no block"),
            close(0),
            open(0, image()),
            text(0, "in a picture"),
            close(0),
            close(0),
            text(0, "closed"),
            open(1, BlockStart::Text),
            text(1, ""),
            thought(1, 0),
            artefact(1),
            end(),
            end(),
            open(2, BlockStart::Text),
        ]),
        [START, open(0, image()), close(0), open(1, BlockStart::Text), close(1), end()]
    );
}

#[test]
fn an_artefact_is_the_last_delta_of_its_block() {
    assert_eq!(
        order(vec![START, open(0, BlockStart::Reasoning), artefact(0), artefact(0), thought(0, 0)]),
        [START, open(0, BlockStart::Reasoning), artefact(0)]
    );
}

#[test]
fn pieces_of_reasoning_are_counted_without_a_gap() {
    let thoughts = |parts: [usize; 5]| parts.map(|part| thought(0, part)).to_vec();
    let seen = order([vec![START, open(0, BlockStart::Reasoning)], thoughts([4, 4, 9, 2, 2])].concat());
    assert_eq!(seen[2..], thoughts([0, 0, 1, 2, 2]));
}
