use std::collections::{HashMap, VecDeque};

use super::block::{Block, ResultBlock};
use super::conversation::{Turn, filler};
use crate::dialect::neutral::{Place, Warnings};

/// Where a result stands: its turn, and the place in it.
type Spot = (usize, usize);

/// Puts the result of every call in front of the user's next turn, in the order of the calls, as upstreams demand it: a
/// call without a result gets an empty one, a result without a call becomes what the user says.
pub fn join_calls_and_results(turns: &mut Vec<Turn<'_>>, warnings: &mut Warnings) {
    let mut spots = find_results(turns);
    let mut open: Vec<(bool, Vec<Option<Block<'_>>>)> =
        turns.drain(..).map(|turn| (turn.assistant, turn.blocks.into_iter().map(Some).collect())).collect();
    let mut fronts: Vec<Vec<Block<'_>>> = Vec::new();
    for at in 0..open.len() {
        let mut front = Vec::new();
        for (id, wire, place) in calls_of(&open[at].1) {
            let spot = spots.get_mut(id).and_then(|spots| take_behind(spots, at));
            let found = spot.and_then(|(turn, block)| open[turn].1[block].take());
            front.push(Block::Result(if let Some(Block::Result(result)) = found {
                ResultBlock { wire, ..result }
            } else {
                warnings.approximated(place.to_string());
                ResultBlock { id, wire, place, blocks: Vec::new(), is_error: false, mark: None }
            }));
        }
        fronts.push(front);
    }
    let mut due = Vec::new();
    for ((assistant, blocks), front) in open.into_iter().zip(fronts) {
        let mut all = std::mem::take(&mut due);
        for block in blocks.into_iter().flatten() {
            keep(block, &mut all, warnings);
        }
        // Its results have gone to the turn of their calls; somebody has to speak here.
        if all.is_empty() {
            all.push(filler());
        }
        turns.push(Turn { assistant, blocks: all });
        due = front;
    }
    if !due.is_empty() {
        turns.push(Turn { assistant: false, blocks: due });
    }
}

fn find_results<'r>(turns: &[Turn<'r>]) -> HashMap<&'r str, VecDeque<Spot>> {
    let mut spots: HashMap<&str, VecDeque<Spot>> = HashMap::new();
    for (at, turn) in turns.iter().enumerate() {
        for (inner, block) in turn.blocks.iter().enumerate() {
            if let Block::Result(result) = block {
                spots.entry(result.id).or_default().push_back((at, inner));
            }
        }
    }
    spots
}

/// The first result behind a turn; those before it belong to no call.
fn take_behind(spots: &mut VecDeque<Spot>, turn: usize) -> Option<Spot> {
    while let Some(spot) = spots.pop_front() {
        if spot.0 > turn {
            return Some(spot);
        }
    }
    None
}

fn calls_of<'r>(blocks: &[Option<Block<'r>>]) -> Vec<(&'r str, String, Place)> {
    let call = |block: &Option<Block<'r>>| match block {
        Some(Block::Call { id, wire, place, .. }) => Some((*id, wire.clone(), *place)),
        _ => None,
    };
    blocks.iter().filter_map(call).collect()
}

fn keep<'r>(block: Block<'r>, all: &mut Vec<Block<'r>>, warnings: &mut Warnings) {
    match block {
        Block::Result(orphan) => {
            warnings.approximated(orphan.place.to_string());
            if orphan.blocks.is_empty() {
                all.push(filler());
            }
            all.extend(orphan.blocks);
        }
        block => all.push(block),
    }
}
