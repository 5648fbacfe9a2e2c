use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time, written as a whole number and a unit: `200ms`, `5s`, `15m`, `24h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    millis: u64,
}

/// What a reader of texts expects to find.
pub(super) const EXPECTED: &str = "a duration such as `200ms`, `5s`, `15m` or `24h`";

/// A unit and its length in milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Duration {
    /// Of so many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// Of so many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self { millis: seconds * 1000 }
    }

    /// In milliseconds.
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Reads `<1 to 9 digits><unit>`; `None` when the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        if !(1..=9).contains(&digits) {
            return None;
        }
        let (_, length) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        // Nine digits of the longest unit stay far below 2^64.
        Some(Self { millis: number.parse::<u64>().ok()? * length })
    }
}

impl From<std::time::Duration> for Duration {
    /// What is less than a millisecond is not kept.
    fn from(duration: std::time::Duration) -> Self {
        Self { millis: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl fmt::Display for Duration {
    /// In the longest unit that leaves no rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, length) = UNITS
            .into_iter()
            .find(|(_, length)| self.millis > 0 && self.millis.is_multiple_of(*length))
            .unwrap_or(("s", 1000));
        write!(f, "{}{unit}", self.millis / length)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format_args!("expected {EXPECTED}")))
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A whole number and a unit (`ms`, `s`, `m`, `h`, `d`), such as `200ms`, `5s` or `24h`.",
            "type": "string",
            "pattern": "^[0-9]{1,9}(ms|s|m|h|d)$",
            "x-expected": EXPECTED,
        })
    }
}
