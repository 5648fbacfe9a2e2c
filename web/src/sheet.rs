//! Pages of facts and small tables: the usage pipeline, settings, admin tokens and sessions, one router.

mod sample;

pub use sample::{AdminsSample, NodeSample, PipelineSample, SettingsSample};

use crate::{
    Tag, Tone,
    parts::{Crumb, Editing, Fact, Tab, Table},
};

/// A page of facts and small tables.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The way here; empty: it stands in the navigation.
    pub crumbs: Vec<Crumb>,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub lead: String,
    /// How it is; `None`: that is no question here.
    pub state: Option<Tag>,
    /// Its neighbours; empty: none.
    pub tabs: Vec<Tab>,
    /// Whether the configuration can be changed here.
    pub editing: Editing,
    /// What can be done.
    pub actions: Vec<SheetAction>,
    /// What should be known.
    pub notices: Vec<(Tone, String)>,
    /// The figures on top; empty: none.
    pub figures: Vec<Fact>,
    /// Its parts.
    pub cards: Vec<SheetCard>,
    /// The same for a terminal.
    pub command: String,
}

/// What can be done on a page: a page that asks, or a form.
#[derive(Clone, Debug)]
pub struct SheetAction {
    /// What its button says.
    pub text: &'static str,
    /// Where it leads.
    pub href: String,
    /// How it looks.
    pub weight: SheetWeight,
}

/// How an action looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetWeight {
    /// What one comes for.
    First,
    /// As others.
    Second,
    /// It cannot be undone.
    Final,
}

/// A part of such a page.
#[derive(Clone, Debug)]
pub struct SheetCard {
    /// Its title.
    pub title: String,
    /// What it is about; empty: that is clear.
    pub lead: String,
    /// Where more stands: words and path.
    pub more: Option<(String, String)>,
    /// Names with values.
    pub facts: Vec<Fact>,
    /// A table.
    pub table: Option<Table>,
}

impl SheetAction {
    /// The classes of its button.
    pub const fn class(&self) -> &'static str {
        match self.weight {
            SheetWeight::First => "btn btn-primary",
            SheetWeight::Second => "btn",
            SheetWeight::Final => "btn btn-outline-danger",
        }
    }
}

view!(Sheet, "sheet.html");
