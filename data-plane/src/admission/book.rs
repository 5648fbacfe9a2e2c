use std::sync::{Mutex, MutexGuard, PoisonError};

use data_plane_core::decide::limit::Counters;
use data_plane_core::usage::TokenUsage;

/// What one account has under way and has used.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub counters: Counters,
    pub spent: Spent,
}

/// What an account has used since this router started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests that came to an end, refused ones included.
    pub requests: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Nano-dollars.
    pub cost_nanousd: u64,
}

/// What a request came to at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Charge {
    /// Tokens that count towards the limits.
    pub counted: u64,
    /// Tokens that were used.
    pub usage: TokenUsage,
    /// What they cost.
    pub nanousd: u64,
}

impl Spent {
    /// This and that together.
    pub fn and(self, other: &Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cost_nanousd: self.cost_nanousd.saturating_add(other.cost_nanousd),
        }
    }

    pub(super) fn add(&mut self, charge: &Charge) {
        self.requests = self.requests.saturating_add(1);
        self.input_tokens = self.input_tokens.saturating_add(charge.usage.input);
        self.output_tokens = self.output_tokens.saturating_add(charge.usage.output);
        self.cost_nanousd = self.cost_nanousd.saturating_add(charge.nanousd);
    }
}

pub(super) fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}
