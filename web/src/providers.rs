//! Providers and their targets: state, errors, latency, the key as a field that is written and never read.

mod sample;

use crate::{
    Tag,
    form::Form,
    parts::{Absent, Crumb, Editing, Fact},
    show::{Count, Millis, Percent},
};

/// All providers.
#[derive(Clone, Debug)]
pub struct Providers {
    /// Whether they can be changed here.
    pub editing: Editing,
    /// In the order of the configuration.
    pub rows: Vec<ProviderRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Where one is added.
    pub new_href: String,
    /// The list for a terminal.
    pub command: String,
}

/// A provider in the list.
#[derive(Clone, Debug)]
pub struct ProviderRow {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Where its API is.
    pub address: String,
    /// What it speaks.
    pub dialects: Vec<String>,
    /// How its targets stand.
    pub state: Tag,
    /// Whether its key is there.
    pub key: Tag,
    /// How many models it serves.
    pub models: Count,
    /// Requests in 24 hours that ended there.
    pub requests: Count,
    /// Of those, failed.
    pub failed: Percent,
    /// Time to the first byte, the 95th percentile.
    pub first_byte: Millis,
}

/// One provider.
#[derive(Clone, Debug)]
pub struct ProviderPage {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub name: String,
    /// How its targets stand.
    pub state: Tag,
    /// Whether it can be changed here.
    pub editing: Editing,
    /// Where it is changed.
    pub edit_href: String,
    /// Where a model is added.
    pub add_href: String,
    /// Where it is removed.
    pub remove_href: String,
    /// Its requests.
    pub requests_href: String,
    /// Address, dialects, network, tenancy, timeouts, egress.
    pub facts: Vec<Fact>,
    /// Its key.
    pub key: ProviderKey,
    /// Its targets.
    pub targets: Vec<ProviderTarget>,
    /// A line that tells from a terminal how it does.
    pub command: String,
}

/// A provider's key: where it comes from, and a field that is written alone.
#[derive(Clone, Debug)]
pub struct ProviderKey {
    /// `usable`, `missing`, …
    pub state: Tag,
    /// `Sealed in the database, set 12 days ago by Ana.` `From the variable OPENAI_API_KEY.`
    pub text: String,
    /// Why the provider does not get it; empty: it does.
    pub why: String,
    /// Where a new one is set; `None`: this person may not, or it comes from elsewhere.
    pub form: Option<Form>,
    /// Where it is removed; empty: nothing is sealed.
    pub remove_href: String,
}

/// A target of a provider.
#[derive(Clone, Debug)]
pub struct ProviderTarget {
    /// The model, as groups name it.
    pub name: String,
    /// Its page in the catalogue.
    pub href: String,
    /// The provider's own name for it.
    pub model: String,
    /// How it is.
    pub state: Tag,
    /// Where the state comes from, in words; empty: nothing to say.
    pub why: String,
    /// Requests in 24 hours that ended there.
    pub requests: Count,
    /// Of those, failed.
    pub failed: Percent,
    /// Time to the first byte, the 95th percentile.
    pub first_byte: Millis,
    /// The groups that it serves: name and page.
    pub groups: Vec<(String, String)>,
    /// Where a request to it can be sent; empty: nowhere, or this person may not.
    pub try_href: String,
}

view!(Providers, "providers.html");
view!(ProviderPage, "providers/provider.html");
