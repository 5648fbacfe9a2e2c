//! Asked before something is done: what it does and to whom, and a word to type where it cannot be undone.

mod sample;

use crate::{
    form::{Asked, Form},
    parts::{Crumb, Fact},
};

/// A question before something is done.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What is asked: `Revoke the token laptop?`
    pub title: String,
    /// What it is done to.
    pub facts: Vec<Fact>,
    /// What it does.
    pub asked: Asked,
    /// What there is to choose, and where it goes. Its button says what is done.
    pub form: Form,
}

view!(Confirm, "confirm.html");
