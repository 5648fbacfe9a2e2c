//! Chat puts what a model did in one turn into one message, and wants the results of its calls right behind it.

use std::collections::{HashMap, VecDeque};

use crate::dialect::neutral::{GeneratedImage, Item, Message, Part, ReasoningItem, Role, ToolCall, ToolResult};

/// A message, or several that belong together.
pub enum Turn<'r, 'a> {
    /// Of the operator or the user.
    Words(&'r Message<'a>),
    /// Of the model, with the results of its calls.
    Assistant(AssistantTurn<'r, 'a>),
    /// A result of no call.
    Stray(&'r ToolResult<'a>),
}

/// All that the model did until somebody else spoke.
#[derive(Default)]
pub struct AssistantTurn<'r, 'a> {
    /// What it thought.
    pub reasoning: Vec<&'r ReasoningItem<'a>>,
    /// What it said.
    pub words: Vec<&'r Part<'a>>,
    /// What it called.
    pub calls: Vec<Call<'r, 'a>>,
    /// Pictures that it made.
    pub images: Vec<&'r GeneratedImage<'a>>,
    /// Another message follows.
    pub followed: bool,
}

/// A call and its result.
pub struct Call<'r, 'a> {
    /// The call itself.
    pub item: &'r ToolCall<'a>,
    /// `None`: there is none.
    pub result: Option<&'r ToolResult<'a>>,
    position: usize,
}

/// Puts a conversation's items into turns. Results move behind their calls, everything else stays in order.
pub fn arrange<'r, 'a>(items: &'r [Item<'a>]) -> Vec<Turn<'r, 'a>> {
    let mut arranger = Arranger { items, results: HashMap::new(), taken: vec![false; items.len()], turns: Vec::new() };
    for (at, item) in items.iter().enumerate() {
        if let Item::ToolResult(result) = item {
            arranger.results.entry(&result.call_id).or_default().push_back(at);
        }
    }
    let mut turn = AssistantTurn::default();
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Message(message) if message.role == Role::Assistant => turn.words.extend(&message.parts),
            Item::Reasoning(reasoning) => turn.reasoning.push(reasoning),
            Item::Image(image) => turn.images.push(image),
            Item::ToolCall(call) => turn.calls.push(Call { item: call, result: None, position: at }),
            Item::Message(message) => {
                arranger.close(&mut turn, true);
                arranger.turns.push(Turn::Words(message));
            }
            Item::ToolResult(result) => {
                if !arranger.taken[at] {
                    arranger.close(&mut turn, true);
                }
                // Closing the turn may have taken it.
                if !arranger.taken[at] {
                    arranger.turns.push(Turn::Stray(result));
                }
            }
        }
    }
    arranger.close(&mut turn, false);
    arranger.turns
}

struct Arranger<'r, 'a> {
    items: &'r [Item<'a>],
    results: HashMap<&'r str, VecDeque<usize>>,
    taken: Vec<bool>,
    turns: Vec<Turn<'r, 'a>>,
}

impl<'r, 'a> Arranger<'r, 'a> {
    fn close(&mut self, turn: &mut AssistantTurn<'r, 'a>, followed: bool) {
        let mut turn = std::mem::take(turn);
        if turn.words.is_empty() && turn.reasoning.is_empty() && turn.calls.is_empty() && turn.images.is_empty() {
            return;
        }
        for call in &mut turn.calls {
            call.result = self.result(&call.item.id, call.position);
        }
        turn.followed = followed;
        self.turns.push(Turn::Assistant(turn));
    }

    /// Takes the first result of a call that comes after it.
    fn result(&mut self, id: &str, position: usize) -> Option<&'r ToolResult<'a>> {
        let queue = self.results.get_mut(id)?;
        while queue.front().is_some_and(|it| *it < position) {
            queue.pop_front();
        }
        let at = queue.pop_front()?;
        self.taken[at] = true;
        match &self.items[at] {
            Item::ToolResult(result) => Some(result),
            _ => None,
        }
    }
}
