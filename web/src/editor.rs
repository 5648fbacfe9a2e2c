//! A page with a form that is data: creating and changing things, each field with what the server finds wrong in it.

mod sample;

use crate::{
    form::Form,
    parts::{Crumb, Editing},
};

/// A page with a form.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What is done.
    pub title: String,
    /// What that means; empty: that is clear.
    pub lead: String,
    /// What to begin with, when there is a choice.
    pub starts: Vec<EditorStart>,
    /// Whether the configuration can be changed here.
    pub editing: Editing,
    /// The form.
    pub form: Form,
}

/// Something to begin with: a usual provider.
#[derive(Clone, Debug)]
pub struct EditorStart {
    /// Its name.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// This page with it.
    pub href: String,
    /// It is this one.
    pub current: bool,
}

view!(Editor, "editor.html");
