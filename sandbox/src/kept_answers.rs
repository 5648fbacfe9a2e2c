//! Which answers the sandbox has kept, so that requests can refer to their items.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// The oldest answers are forgotten beyond so many.
const MOST: usize = 10_000;

/// Answers whose items can be referred to, by what tells their ids from others', each with the realm that gave it.
#[derive(Default)]
pub struct KeptAnswers(Mutex<VecDeque<(String, Option<String>)>>);

impl KeptAnswers {
    /// Keeps an answer.
    pub fn keep(&self, unique: &str, realm: Option<&str>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back((unique.to_owned(), realm.map(str::to_owned)));
    }

    /// Whether a realm has kept the item of that id.
    pub fn has(&self, id: &str, realm: Option<&str>) -> bool {
        let Some((_, own)) = id.split_once('_') else { return false };
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().any(|(unique, of)| own.starts_with(unique.as_str()) && of.as_deref() == realm)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
