use control_plane_core::search::TextField;
use web::{
    Screen,
    chart::Bar,
    requests::{FacetBox, FacetValue},
    show::Count,
};

use crate::{http::pages::address::Address, store::request::Counts};

/// How many values of a field are shown.
const VALUES: usize = 8;

/// What the list can be filtered by further, with how many there are. A field of one value divides nothing.
pub fn boxes(counts: &Counts, address: &Address) -> Vec<FacetBox> {
    let chosen = |field: TextField| {
        let of = format!("{}=", field.as_str());
        address.filters.iter().any(|it| it.starts_with(&of))
    };
    let told = counts.fields.iter().filter(|(field, values)| values.len() > 1 || chosen(*field));
    told.map(|(field, values)| one(*field, values, address)).collect()
}

fn one(field: TextField, values: &[(String, u64)], address: &Address) -> FacetBox {
    let bars = Bar::of(values.iter().map(|(_, count)| *count as f64));
    let value = |((value, count), bar): (&(String, u64), Bar)| {
        let filter = format!("{}={value}", field.as_str());
        let current = address.filters.contains(&filter);
        let mut with = address.without(&["after", "before"]);
        if current {
            with.filters.retain(|it| *it != filter);
        } else {
            with.filters.push(filter);
        }
        FacetValue {
            value: value.clone(),
            count: Count(*count),
            bar,
            current,
            href: with.href(Screen::Requests.path()),
        }
    };
    let mut title = field.as_str().replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    FacetBox { title, values: values.iter().zip(bars).take(VALUES).map(value).collect(), more: values.len() > VALUES }
}
