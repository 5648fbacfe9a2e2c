use web::{Screen, requests::ViewTab};

use crate::http::pages::address::Address;

/// Searches that everybody has: name, filters and order.
const BUILT_IN: [(&str, &[&str], &str); 7] = [
    ("All", &[], ""),
    ("Errors", &["failed=yes"], ""),
    ("Fallbacks", &["fallback=yes"], ""),
    ("Throttled", &["status=429"], ""),
    ("Slow", &["latency>10s"], ""),
    ("Expensive", &[], "cost"),
    ("Interrupted", &["code=interrupted"], ""),
];

/// The searches that everybody has, within the period that is looked at.
pub fn built_in(address: &Address) -> Vec<ViewTab> {
    let sort = address.own("sort").unwrap_or_default();
    let tab = |(name, filters, order): (&str, &[&str], &str)| {
        let mut with = address.without(&["after", "before", "sort"]);
        with.filters = filters.iter().map(|it| (*it).to_owned()).collect();
        let current = with.filters == address.filters && sort == order;
        let with = if order.is_empty() { with } else { with.with("sort", order) };
        ViewTab {
            name: name.to_owned(),
            href: with.href(Screen::Requests.path()),
            current,
            shared: false,
            remove_action: String::new(),
        }
    };
    BUILT_IN.map(tab).into()
}
