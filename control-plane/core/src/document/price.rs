use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a model costs, from a day on: US dollars per million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The first day on which it applies, at 00:00 UTC. Left out: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Fresh input.
    pub input: UsdPerMtok,
    /// Input read from the provider's cache. Left out: as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<UsdPerMtok>,
    /// Input written to the provider's cache for five minutes. Left out: as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<UsdPerMtok>,
    /// Input written to the provider's cache for one hour. Left out: as input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<UsdPerMtok>,
    /// Output, reasoning included.
    pub output: UsdPerMtok,
    /// Where the price was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// US dollars per million tokens, exact to the nano-dollar. Below 1 000 000 dollars and with nine decimals, an amount has
/// at most fifteen digits: the most that a JSON number is sure to carry unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsdPerMtok {
    nanos: u64,
}

const NANOS: u64 = 1_000_000_000;
pub(super) const EXPECTED: &str = "an amount in US dollars, below 1000000 and with at most nine decimals";

impl UsdPerMtok {
    /// Of so many nano-dollars.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// In nano-dollars per million tokens.
    pub const fn nanos(self) -> u64 {
        self.nanos
    }

    /// Reads a decimal number such as `0.025`, exactly; `None` when it is negative, too large or too fine.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=6).contains(&whole.len()) || !(1..=9).contains(&decimals.len()) || !digits(whole) || !digits(decimals)
        {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let decimals: u64 = format!("{decimals:0<9}").parse().ok()?;
        Some(Self { nanos: whole * NANOS + decimals })
    }
}

impl fmt::Display for UsdPerMtok {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.nanos / NANOS, self.nanos % NANOS);
        if decimals == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{decimals:09}").trim_end_matches('0'))
    }
}

impl Serialize for UsdPerMtok {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.nanos.is_multiple_of(NANOS) {
            return serializer.serialize_u64(self.nanos / NANOS);
        }
        let number = self.to_string().parse().expect("digits around one point are a number");
        serializer.serialize_f64(number)
    }
}

impl<'de> Deserialize<'de> for UsdPerMtok {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;
        impl de::Visitor<'_> for Amount {
            type Value = UsdPerMtok;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<UsdPerMtok, E> {
                self.visit_str(&value.to_string())
            }

            // The shortest text that means this float is the text that the author wrote: see the type.
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<UsdPerMtok, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<UsdPerMtok, E> {
                UsdPerMtok::parse(value).ok_or_else(|| E::custom(format_args!("expected {EXPECTED}")))
            }
        }
        deserializer.deserialize_any(Amount)
    }
}

impl JsonSchema for UsdPerMtok {
    fn schema_name() -> Cow<'static, str> {
        "UsdPerMtok".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "US dollars per million tokens, with at most nine decimals.",
            "type": ["number", "string"],
            "minimum": 0,
            "exclusiveMaximum": 1_000_000,
            "pattern": "^[0-9]{1,6}(\\.[0-9]{1,9})?$",
            "x-expected": EXPECTED,
        })
    }
}

pub(super) const EXPECTED_DATE: &str = "a day such as `2026-01-31`";

/// A day, as `2026-01-31`; it starts at 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(time::Date);

impl Date {
    /// Reads `YYYY-MM-DD`; `None` when there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
        if text.len() != 10 || text.get(4..5)? != "-" || text.get(7..8)? != "-" || text.contains('+') {
            return None;
        }
        let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
        time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok().map(Self)
    }

    /// Its first moment, in milliseconds since the Unix epoch.
    pub fn start_ms(self) -> i64 {
        self.0.midnight().assume_utc().unix_timestamp() * 1000
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format_args!("expected {EXPECTED_DATE}")))
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A day, as `2026-01-31`.",
            "type": "string",
            "format": "date",
            "x-expected": EXPECTED_DATE,
        })
    }
}
