use std::fmt;

use crate::dialect::InvalidBody;
use crate::dialect::neutral::{CacheMark, Place, Warnings};
use crate::json::{Fields, Kind, Raw};

/// Where a mistake is, as the vendor names it: `messages.3.content.1.text`. It goes a list deeper than a place.
#[derive(Clone, Copy)]
pub struct At {
    /// What warnings name.
    pub place: Place,
    within: Option<(&'static str, usize)>,
}

impl At {
    /// A place itself.
    pub const fn of(place: Place) -> Self {
        Self { place, within: None }
    }

    /// An element of a list that stands there.
    #[must_use]
    pub const fn within(self, list: &'static str, index: usize) -> Self {
        Self { within: Some((list, index)), ..self }
    }

    /// What stands there is not what it must be.
    pub fn invalid(self, raw: &Raw<'_>, expected: &str) -> InvalidBody {
        super::invalid(&self.to_string(), raw, expected)
    }

    /// The same of a field that should stand there.
    pub fn invalid_field(self, name: &str, raw: &Raw<'_>, expected: &str) -> InvalidBody {
        super::invalid(&format!("{self}.{name}"), raw, expected)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { list, index, inner } = self.place;
        write!(f, "{list}.{index}")?;
        inner.map_or(Ok(()), |(list, index)| write!(f, ".{list}.{index}"))?;
        self.within.map_or(Ok(()), |(list, index)| write!(f, ".{list}.{index}"))
    }
}

/// Names what nobody took out of an object that stands there.
pub fn drop_rest(fields: Fields<'_>, place: Place, warnings: &mut Warnings) {
    for (name, _) in fields.rest() {
        warnings.dropped(place.field(&name));
    }
}

/// Takes the cache mark out of an object that stands there.
pub fn cache<'a>(fields: &mut Fields<'a>, place: Place, warnings: &mut Warnings) -> Option<CacheMark<'a>> {
    let mut mark = fields.take_fields("cache_control")?;
    mark.take("type");
    let ttl = mark.take_string("ttl");
    for (name, _) in mark.rest() {
        warnings.dropped(place.field(&format!("cache_control.{name}")));
    }
    Some(CacheMark { ttl })
}

/// Takes an array out and tells whether it says anything.
pub fn says_something(fields: &mut Fields<'_>, name: &str) -> bool {
    fields.take(name).is_some_and(|raw| match raw.kind() {
        Kind::Array => raw.elements().is_some_and(|it| !it.is_empty()),
        _ => true,
    })
}
