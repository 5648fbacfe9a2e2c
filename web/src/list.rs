use crate::Icon;

/// Where a list goes on: by a place in it, never by a number.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// How many are on this page, in words.
    pub shown: String,
    /// Back towards the beginning.
    pub previous_href: Option<String>,
    /// Onwards.
    pub next_href: Option<String>,
    /// What onwards is called: `Older`.
    pub onwards: &'static str,
    /// What backwards is called: `Newer`.
    pub backwards: &'static str,
}

/// One of a few things to choose from, as a link to this page with it.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Its name.
    pub label: String,
    /// Its picture, for eyes alone.
    pub icon: Option<Icon>,
    /// This page with it.
    pub href: String,
    /// It is this one.
    pub current: bool,
}

/// One of the values that a field of a form offers.
#[derive(Clone, Debug)]
pub struct PickOption {
    /// As the address has it.
    pub value: String,
    /// As it is read.
    pub label: String,
    /// It is this one.
    pub current: bool,
}
