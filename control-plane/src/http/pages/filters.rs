//! Filters go along from page to page: each page asks for those whose fields it knows, and shows the others as resting.

use control_plane_core::{
    report::{Dimension, Subject},
    search::{Field, TextField},
};
use web::Range;

use super::address::{Address, parts};
use crate::store::failure;

/// Whether a page knows a field.
pub type Knows = fn(&str) -> bool;

/// What reports and charts are filtered by.
pub fn of_reports(name: &str) -> bool {
    Subject::Requests.dimensions().iter().any(|it| *it != Dimension::Hour && it.as_str() == name)
}

/// What calls of targets are filtered by.
pub fn of_attempts(name: &str) -> bool {
    Subject::Attempts.dimensions().iter().any(|it| *it != Dimension::Hour && it.as_str() == name)
}

/// What single requests are looked for by.
pub fn of_requests(name: &str) -> bool {
    Field::all().any(|it| it.as_str() == name)
}

/// What failures are looked for by.
pub fn of_errors(name: &str) -> bool {
    name == "failed" || TextField::ALL.iter().any(|it| failure::column(*it).is_some() && it.as_str() == name)
}

impl Address {
    /// The filters whose fields a page knows.
    pub fn known(&self, knows: Knows) -> Vec<String> {
        self.filters.iter().filter(|it| knows(parts(it).0)).cloned().collect()
    }
}

/// Marks the filters that a page does not know.
pub fn rest(range: &mut Range, knows: Knows) {
    for chip in &mut range.chips {
        chip.idle = !knows(&chip.dimension);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_three_parts() {
        for (filter, expected) in [
            ("group=fast", ("group", "=", "fast")),
            ("code!=ok", ("code", "!=", "ok")),
            ("latency>2s", ("latency", ">", "2s")),
            ("cost>=0.05", ("cost", ">=", "0.05")),
            ("session=a=b", ("session", "=", "a=b")),
            ("node=", ("node", "=", "")),
            ("odd", ("odd", "", "")),
        ] {
            assert_eq!(parts(filter), expected, "{filter}");
        }
    }

    #[test]
    fn a_page_asks_for_what_it_knows_alone() {
        let asked = Address::read("filter=group%3Dfast&filter=latency%3E2s&filter=failed%3Dyes&filter=node%3Da");
        assert_eq!(asked.known(of_reports), ["group=fast", "node=a"]);
        assert_eq!(asked.known(of_errors), ["group=fast", "failed=yes", "node=a"]);
        assert_eq!(asked.known(of_requests).len(), 4);
    }
}
