//! Models, what they can do, and what they cost since when.

mod sample;

use crate::{
    Tag,
    parts::{Absent, Crumb, Editing, Exports, Fact, Sieve, Table},
    show::{Count, UnitPrice},
};

/// All models of all providers.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Whether they can be changed here.
    pub editing: Editing,
    /// A search, by provider and capability.
    pub sieve: Sieve,
    /// By provider.
    pub rows: Vec<ModelRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// As a file.
    pub exports: Exports,
    /// The list for a terminal.
    pub command: String,
}

/// A model.
#[derive(Clone, Debug)]
pub struct ModelRow {
    /// `<provider>/<model>`
    pub name: String,
    /// Its page.
    pub href: String,
    /// The provider's own name for it.
    pub model: String,
    /// `active`, `retired`, …
    pub state: Tag,
    /// Input and output together, in tokens.
    pub context: Option<Count>,
    /// What it reads, tools, structured outputs, reasoning.
    pub abilities: Vec<String>,
    /// Dollars per million tokens now.
    pub price: Option<ModelPrice>,
}

/// What a model costs, in dollars per million tokens.
#[derive(Clone, Copy, Debug)]
pub struct ModelPrice {
    /// Fresh input.
    pub input: UnitPrice,
    /// Input read from the provider's cache.
    pub cached: UnitPrice,
    /// Output.
    pub output: UnitPrice,
}

/// One model.
#[derive(Clone, Debug)]
pub struct ModelPage {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// `<provider>/<model>`
    pub name: String,
    /// How it is.
    pub state: Tag,
    /// Whether it can be changed here.
    pub editing: Editing,
    /// Where it is changed.
    pub edit_href: String,
    /// Where it is removed.
    pub remove_href: String,
    /// Where a price is added.
    pub price_href: String,
    /// What it can do.
    pub abilities: Vec<Fact>,
    /// From when on, and what: the latest first, those of the future on top.
    pub prices: Table,
    /// The groups that it serves.
    pub groups: Table,
    /// A line that shows it in a terminal.
    pub command: String,
}

view!(Catalogue, "catalogue.html");
view!(ModelPage, "catalogue/model.html");
