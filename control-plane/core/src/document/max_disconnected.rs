use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use vocabulary::defaults;

use super::Duration;

/// What a reader of texts expects to find.
pub(super) const EXPECTED: &str = "a duration such as `24h` or `7d`, or `forever`";
const FOREVER: &str = "forever";

/// How long a router serves without its control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxDisconnected {
    /// So long at most.
    For(Duration),
    /// Without a bound.
    Forever,
}

impl Default for MaxDisconnected {
    fn default() -> Self {
        Self::For(defaults::MAX_DISCONNECTED.into())
    }
}

impl Serialize for MaxDisconnected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::For(duration) => duration.serialize(serializer),
            Self::Forever => serializer.serialize_str(FOREVER),
        }
    }
}

impl<'de> Deserialize<'de> for MaxDisconnected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        if text == FOREVER {
            return Ok(Self::Forever);
        }
        let duration = Duration::parse(&text);
        duration.map(Self::For).ok_or_else(|| de::Error::custom(format_args!("expected {EXPECTED}")))
    }
}

impl JsonSchema for MaxDisconnected {
    fn schema_name() -> Cow<'static, str> {
        "MaxDisconnected".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A duration, such as `24h`, or `forever`.",
            "type": "string",
            "pattern": "^([0-9]{1,9}(ms|s|m|h|d)|forever)$",
            "x-expected": EXPECTED,
        })
    }
}
