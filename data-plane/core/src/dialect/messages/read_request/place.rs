use crate::dialect::neutral::{CacheMark, Place, Warnings};
use crate::json::{Fields, Kind};

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
