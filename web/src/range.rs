/// The period and the filters of a page: they stand in its address, and go along to the next page.
#[derive(Clone, Debug)]
pub struct Range {
    /// The page's own path.
    pub action: String,
    /// `Last 7 days`, or both ends.
    pub label: String,
    /// As `7d`: what was asked for.
    pub since: String,
    /// The same; empty: now.
    pub until: String,
    /// As `Europe/Berlin`; `UTC`.
    pub zone: String,
    /// The usual periods.
    pub presets: Vec<Preset>,
    /// Whether the period before stands beside it; `None`: this page compares nothing.
    pub compare: Option<bool>,
    /// What is looked for.
    pub chips: Vec<Chip>,
    /// What can be filtered by: key and name.
    pub dimensions: Vec<(String, String)>,
    /// Among them are numbers, which are over or under something.
    pub has_numbers: bool,
    /// Without any filter.
    pub clear_href: String,
    /// What else the page's address says and the form must keep: name and value.
    pub kept: Vec<(String, String)>,
}

/// A usual period.
#[derive(Clone, Debug)]
pub struct Preset {
    /// `7 days`
    pub label: String,
    /// This page with it.
    pub href: String,
    /// It is this one.
    pub current: bool,
}

/// A filter that is set.
#[derive(Clone, Debug)]
pub struct Chip {
    /// As the address has it: `group=fast`.
    pub filter: String,
    /// Of what.
    pub dimension: String,
    /// `is`, `is not`, `over`.
    pub relation: &'static str,
    /// This page does not know the field: the filter stays for the others.
    pub idle: bool,
    /// Which ones.
    pub value: String,
    /// This page without it.
    pub without_href: String,
}
