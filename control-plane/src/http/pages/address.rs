use time::{Date, Month, OffsetDateTime};
use url::form_urlencoded::{Serializer, byte_serialize, parse};
use web::{Chip, Preset, Range, Screen};

/// What the address of a page asks for, by the names that the admin API has, too. What all pages share goes along from one to the
/// next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// As `7d`; empty: what is usual.
    pub since: String,
    /// Empty: now.
    pub until: String,
    /// Empty: UTC.
    pub timezone: String,
    /// The period before stands beside it.
    pub compare: bool,
    /// `<dimension>=<value>` or `<dimension>!=<value>`.
    pub filters: Vec<String>,
    /// What else there is, in its order.
    pub own: Vec<(String, String)>,
}

/// What a form compares by.
const RELATIONS: [&str; 4] = ["=", "!=", ">=", "<="];
/// The usual period.
const USUAL: &str = "7d";

/// The usual periods: what they are called, and how they are written.
const PRESETS: [(&str, &str); 5] =
    [("15 minutes", "15m"), ("1 hour", "1h"), ("24 hours", "24h"), ("7 days", "7d"), ("30 days", "30d")];

impl Address {
    /// Reads the query of an address. A filter that a form adds by its parts becomes one like the others.
    pub fn read(query: &str) -> Self {
        let mut asked = Self::default();
        let (mut dimension, mut is, mut value) = (String::new(), "=".to_owned(), String::new());
        for (name, text) in parse(query.as_bytes()) {
            let text = text.into_owned();
            match &*name {
                "since" => asked.since = text,
                "until" => asked.until = text,
                "timezone" => asked.timezone = text,
                "compare" => asked.compare = text == "true",
                "filter" if !text.is_empty() && !asked.filters.contains(&text) => asked.filters.push(text),
                "filter" => {}
                "filter_dimension" => dimension = text,
                "filter_is" => is = text,
                "filter_value" => value = text,
                _ => asked.own.push((name.into_owned(), text)),
            }
        }
        let filter = format!("{dimension}{is}{value}");
        if !dimension.is_empty() && RELATIONS.contains(&is.as_str()) && !asked.filters.contains(&filter) {
            asked.filters.push(filter);
        }
        asked
    }

    /// What all pages share, as a query.
    pub fn shared(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in [("since", &self.since), ("until", &self.until), ("timezone", &self.timezone)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if self.compare {
            query.append_pair("compare", "true");
        }
        for filter in &self.filters {
            query.append_pair("filter", filter);
        }
        query.finish()
    }

    /// A page with all of this.
    pub fn href(&self, path: &str) -> String {
        self.href_with(path, &self.own)
    }

    /// Another page with what all share, and this of its own.
    pub fn href_with<T: AsRef<str>>(&self, path: &str, own: &[(T, T)]) -> String {
        let mut query = Serializer::new(self.shared());
        query.extend_pairs(own.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// This with one more filter.
    pub fn and(&self, dimension: &str, value: &str) -> Self {
        let mut more = self.clone();
        let filter = format!("{dimension}={value}");
        if !more.filters.contains(&filter) {
            more.filters.push(filter);
        }
        more
    }

    /// The first value of something of the page's own.
    pub fn own(&self, name: &str) -> Option<&str> {
        self.own.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// This without these of the page's own.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let mut rest = self.clone();
        rest.own.retain(|(name, _)| !names.contains(&name.as_str()));
        rest
    }

    /// This with one of the page's own.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.without(&[name]);
        more.own.push((name.to_owned(), value.to_owned()));
        more
    }

    /// From when on, as it is asked for below.
    pub fn since_or_usual(&self) -> &str {
        if self.since.is_empty() { USUAL } else { &self.since }
    }

    /// The period and the filters as the page shows them.
    pub fn range(&self, screen: Screen, dimensions: &[&str], now_ms: i64) -> Range {
        let path = screen.path();
        let chips = self.filters.iter().enumerate().map(|(at, filter)| {
            let mut without = self.clone();
            without.filters.remove(at);
            chip(filter, without.href(path))
        });
        let mut clear = self.clone();
        clear.filters.clear();
        Range {
            action: path.to_owned(),
            label: self.label(),
            since: self.since.clone(),
            until: self.until.clone(),
            zone: self.timezone.clone(),
            presets: self.presets(path, now_ms),
            compare: Some(self.compare),
            chips: chips.collect(),
            dimensions: dimensions.iter().map(|it| ((*it).to_owned(), it.replace('_', " "))).collect(),
            has_numbers: dimensions.contains(&"latency"),
            clear_href: clear.href(path),
            kept: self.own.clone(),
        }
    }

    fn label(&self) -> String {
        let since = self.since_or_usual();
        let preset = PRESETS.iter().find(|(_, it)| *it == since).filter(|_| self.until.is_empty());
        match preset {
            Some((name, _)) => format!("Last {}", name.strip_prefix("1 ").unwrap_or(name)),
            None if self.until.is_empty() => format!("Since {since}"),
            None => format!("{since} to {}", self.until),
        }
    }

    fn presets(&self, path: &str, now_ms: i64) -> Vec<Preset> {
        let (this, last) = months(now_ms);
        let relative = PRESETS.map(|(label, since)| (label, since.to_owned(), String::new()));
        let months = [("This month", this.clone(), String::new()), ("Last month", last, this)];
        let all = relative.into_iter().chain(months);
        all.map(|(label, since, until)| {
            let current = self.since_or_usual() == since && self.until == until;
            let period = Self { since, until, ..self.clone() };
            Preset { label: label.to_owned(), href: period.href(path), current }
        })
        .collect()
    }
}

/// The first days of this month and of the last one.
fn months(now_ms: i64) -> (String, String) {
    let now = OffsetDateTime::from_unix_timestamp(now_ms / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    let (year, month) = (now.year(), now.month());
    let last = month.previous();
    let last_year = if u8::from(last) > u8::from(month) { year - 1 } else { year };
    (first_day(year, month), first_day(last_year, last))
}

/// A name as a part of a path.
pub fn encoded(name: &str) -> String {
    byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The first day of this month.
pub fn month(now_ms: i64) -> String {
    months(now_ms).0
}

fn first_day(year: i32, month: Month) -> String {
    Date::from_calendar_date(year, month, 1).map(|it| it.to_string()).unwrap_or_default()
}

fn chip(filter: &str, without_href: String) -> Chip {
    let (dimension, operator, value) = parts(filter);
    let relation = match operator {
        "!=" => "is not",
        ">" => "over",
        ">=" => "at least",
        "<" => "under",
        "<=" => "at most",
        _ => "is",
    };
    Chip {
        filter: filter.to_owned(),
        dimension: dimension.to_owned(),
        relation,
        idle: false,
        value: if value.is_empty() { "none".to_owned() } else { value.to_owned() },
        without_href,
    }
}

/// A filter's field, how it compares, and its value.
pub fn parts(filter: &str) -> (&str, &str, &str) {
    let Some(at) = filter.find(['=', '!', '>', '<']) else { return (filter, "", "") };
    let length = if filter[at..].starts_with(['!', '>', '<']) && filter[at + 1..].starts_with('=') { 2 } else { 1 };
    (filter[..at].trim(), &filter[at..at + length], &filter[at + length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        let asked = Address::read("since=24h&filter=group%3Dfast&filter=code%21%3Dok&metric=spend&compare=true");
        assert_eq!(asked.filters, ["group=fast", "code!=ok"]);
        assert_eq!(asked.own, [("metric".to_owned(), "spend".to_owned())]);
        assert_eq!(
            asked.href("/explore"),
            "/explore?since=24h&compare=true&filter=group%3Dfast&filter=code%21%3Dok&metric=spend"
        );
        assert_eq!(asked.shared(), "since=24h&compare=true&filter=group%3Dfast&filter=code%21%3Dok");
    }

    #[test]
    fn a_filter_comes_from_a_form_by_its_parts() {
        let asked = Address::read("filter=group%3Dfast&filter_dimension=caller&filter_is=!%3D&filter_value=a%3Db");
        assert_eq!(asked.filters, ["group=fast", "caller!=a=b"]);
        assert_eq!(Address::read("filter_dimension=&filter_is=%3D&filter_value=").filters, [""; 0]);
        let range = asked.range(Screen::Requests, &["caller"], 0);
        assert_eq!((range.chips[1].relation, range.chips[1].value.as_str()), ("is not", "a=b"));
        assert_eq!(range.chips[1].without_href, "/requests?filter=group%3Dfast");
    }

    #[test]
    fn the_usual_periods_are_known_again() {
        let november = 1_795_000_000_000;
        let range = Address::read("since=2026-10-01&until=2026-11-01").range(Screen::Overview, &[], november);
        let current: Vec<_> = range.presets.iter().filter(|it| it.current).map(|it| it.label.as_str()).collect();
        assert_eq!(current, ["Last month"]);
        assert_eq!(Address::read("").range(Screen::Overview, &[], november).label, "Last 7 days");
    }
}
