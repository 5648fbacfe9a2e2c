use jiff::{
    Timestamp, Zoned,
    civil::{Date, Weekday},
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use super::InsightError;

/// Where days begin: a time zone by its name in the time zone database, which is part of this program, or an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC_NAME: &str = "UTC";

    /// Reads `UTC`, a name such as `Europe/Berlin`, or an offset such as `+02:00`; empty: UTC.
    pub fn parse(text: &str) -> Result<Self, InsightError> {
        let wrong = || InsightError::Zone { text: text.to_owned() };
        if text.is_empty() || text == Self::UTC_NAME || text == "Z" {
            return Ok(Self::utc());
        }
        let zone = match text.strip_prefix('+').map(|it| (1, it)).or_else(|| text.strip_prefix('-').map(|it| (-1, it)))
        {
            Some((sign, rest)) => {
                let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
                let part = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() == 2).map(i32::from);
                let (hours, minutes) = (part(hours).ok_or_else(wrong)?, part(minutes).ok_or_else(wrong)?);
                if hours > 14 || minutes > 59 || minutes % 15 != 0 {
                    return Err(wrong());
                }
                TimeZone::fixed(Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).map_err(|_| wrong())?)
            }
            None => TimeZoneDatabase::bundled().get(text).map_err(|_| wrong())?,
        };
        Ok(Self { name: text.to_owned(), zone })
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: Self::UTC_NAME.to_owned(), zone: TimeZone::UTC }
    }

    /// As it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A moment with its offset, in RFC 3339 to the second.
    pub fn rfc3339(&self, at_ms: i64) -> String {
        self.at(at_ms).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The day of the week, from Monday as 0, and the hour that a moment is in.
    pub fn hour_of_week(&self, at_ms: i64) -> (usize, usize) {
        let at = self.at(at_ms);
        (at.weekday().to_monday_zero_offset().unsigned_abs().into(), at.hour().unsigned_abs().into())
    }

    /// How far local time is ahead, in milliseconds.
    pub(super) fn offset_ms(&self, at_ms: i64) -> i64 {
        i64::from(self.at(at_ms).offset().seconds()) * 1000
    }

    /// The day that a moment is in.
    pub(crate) fn day(&self, at_ms: i64) -> Date {
        self.at(at_ms).date()
    }

    /// The Monday of the week that a moment is in.
    pub(crate) fn monday(&self, at_ms: i64) -> Date {
        let day = self.day(at_ms);
        day.nth_weekday(-1, Weekday::Tuesday).map_or(day, |before| {
            // The last Monday up to this day is the day before the Tuesday before tomorrow.
            if day.weekday() == Weekday::Monday { day } else { before.yesterday().unwrap_or(day) }
        })
    }

    /// The first moment of a day.
    pub(crate) fn start_ms(&self, day: Date) -> i64 {
        let start = day.to_zoned(self.zone.clone()).and_then(|it| it.start_of_day());
        start.map_or(0, |it| it.timestamp().as_millisecond())
    }

    /// The moment of a day at which clocks show a time; the next one that they do show where they skip it.
    pub(crate) fn time_ms(&self, day: Date, hour: i8, minute: i8) -> i64 {
        let at = day.at(hour, minute, 0, 0).to_zoned(self.zone.clone());
        at.map_or_else(|_| self.start_ms(day), |it| it.timestamp().as_millisecond())
    }

    fn at(&self, at_ms: i64) -> Zoned {
        Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(self.zone.clone())
    }
}
