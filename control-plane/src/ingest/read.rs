//! Reads an event as a router sent it, and makes a record of it that fits the tables, so that no event can block those
//! behind it: a text is cut and loses its NULs (PostgreSQL refuses them), a number is capped, a list is cut. What was changed
//! or not understood is said in the record's warnings.

use control_plane_core::usage::{Attempt, Candidate, Cost, Prices, Tokens, TraceEvent, UsageRecord};
use prost::{
    DecodeError, Message,
    bytes::{Buf, Bytes},
    encoding::{DecodeContext, decode_key, skip_field},
};
use proto::v1::{CostParts, TokenUsage, UsageAttempt, UsageCandidate, UsageEvent, UsageTraceEvent};

/// Stands in `warnings` of an event that was changed.
const CLIPPED: &str = "usage-record-clipped";
/// Stands in `warnings` of an event whose time cannot be: it is told under the time when it came.
const CLOCK: &str = "usage-clock-impossible";
/// Stands in `warnings` of an event that says more than this version understands.
const NEWER: &str = "usage-record-newer";

const NAME_BYTES: usize = 256;
const DETAIL_BYTES: usize = 1024;
const LIST: usize = 128;
/// Eleven days.
const MAX_US: u64 = 1_000_000_000_000;
const MAX_TOKENS: u64 = 1_000_000_000;
/// Ten thousand dollars. Nine hundred thousand such requests fit one roll-up row.
const MAX_NANOUSD: u64 = 10_000_000_000_000;
const MAX_VERSION: u64 = i64::MAX.unsigned_abs();
/// The end of the year 9999: later dates have no usual form.
const MAX_MS: i64 = 253_402_300_799_999;

/// The beginning of the year 2024: nothing of this kind ran before.
const FIRST_MS: i64 = 1_704_067_200_000;
/// How far ahead a router's clock may be.
const AHEAD_MS: i64 = 86_400_000;

/// An event that was read.
pub(super) struct Read {
    pub record: UsageRecord,
    /// It has fields that this version does not know.
    pub newer: bool,
}

/// Reads one event that came at a time.
pub(super) fn read(bytes: &Bytes, now_ms: i64) -> Result<Read, DecodeError> {
    let event = UsageEvent::decode(bytes.clone())?;
    let newer = says_more(&event, bytes)?;
    let mut clip = Clip { changed: false };
    let mut record = clip.record(event);
    let impossible = record.started_ms < FIRST_MS || record.started_ms > now_ms.saturating_add(AHEAD_MS);
    if impossible {
        record.started_ms = now_ms;
    }
    let said = [(clip.changed, CLIPPED), (impossible, CLOCK), (newer, NEWER)];
    record.warnings.extend(said.into_iter().filter(|(it, _)| *it).map(|(_, warning)| warning.to_owned()));
    Ok(Read { record, newer })
}

/// What is not known is not kept, and so not encoded again. The sequence is left out: routers write it into a place that they
/// keep for it, longer than it must be.
fn says_more(event: &UsageEvent, bytes: &Bytes) -> Result<bool, DecodeError> {
    const SEQUENCE: u32 = 1;
    let (mut rest, mut said) = (bytes.clone(), 0);
    while rest.has_remaining() {
        let before = rest.remaining();
        let (tag, kind) = decode_key(&mut rest)?;
        skip_field(kind, tag, &mut rest, DecodeContext::default())?;
        if tag != SEQUENCE {
            said += before - rest.remaining();
        }
    }
    let sequence = UsageEvent { sequence: event.sequence, ..UsageEvent::default() };
    Ok(said != event.encoded_len() - sequence.encoded_len())
}

struct Clip {
    changed: bool,
}

impl Clip {
    fn record(&mut self, it: UsageEvent) -> UsageRecord {
        UsageRecord {
            sequence: it.sequence,
            request_id: self.name(it.request_id),
            client_request_id: self.name(it.client_request_id),
            started_ms: self.moment(it.started_ms),
            caller: self.name(it.caller),
            user: self.name(it.user),
            project: self.name(it.project),
            environment: self.name(it.environment),
            token: self.name(it.token),
            session: self.name(it.session),
            region: self.name(it.region),
            config_version: self.number(it.config_version, MAX_VERSION),
            client: self.name(it.client),
            client_ip: self.name(it.client_ip),
            dialect: self.name(it.dialect),
            operation: self.name(it.operation),
            target_dialect: self.name(it.target_dialect),
            requested_model: self.name(it.requested_model),
            group: self.name(it.group),
            policy: self.name(it.policy),
            provider: self.name(it.provider),
            model: self.name(it.model),
            stream: it.stream,
            cache: self.name(it.cache),
            status: it.status,
            code: self.name(it.code),
            fallback: it.fallback,
            latency_us: self.micros(it.latency_us),
            first_byte_us: self.micros(it.first_byte_us),
            upstream_us: self.micros(it.upstream_us),
            queue_us: self.micros(it.queue_us),
            overhead_us: self.micros(it.overhead_us),
            tokens: self.tokens(it.tokens.unwrap_or_default()),
            tokens_estimated: it.tokens_estimated,
            prices: self.prices(it.prices.unwrap_or_default()),
            cost: self.cost(it.cost.unwrap_or_default()),
            upstream_reported_cost_nanousd: it.upstream_reported_cost_nanousd.map(|it| self.money(it)),
            baseline: self.name(it.baseline),
            baseline_cost_nanousd: self.money(it.baseline_cost_nanousd),
            redactions: it.redactions,
            warnings: self.list(it.warnings, Self::name),
            attempts: self.list(it.attempts, Self::attempt),
            candidates: self.list(it.candidates, Self::candidate),
            trace: self.list(it.trace, Self::step),
        }
    }

    fn tokens(&mut self, it: TokenUsage) -> Tokens {
        let mut count = |count| self.number(count, MAX_TOKENS);
        Tokens {
            input: count(it.input),
            output: count(it.output),
            cached_input: count(it.cached_input),
            cache_write_5m: count(it.cache_write_5m),
            cache_write_1h: count(it.cache_write_1h),
            reasoning: count(it.reasoning),
            image: count(it.image),
        }
    }

    fn prices(&mut self, it: proto::v1::Prices) -> Prices {
        let mut price = |price| self.number(price, MAX_VERSION);
        Prices {
            input: price(it.input),
            cached_input: price(it.cached_input),
            cache_write_5m: price(it.cache_write_5m),
            cache_write_1h: price(it.cache_write_1h),
            output: price(it.output),
        }
    }

    fn cost(&mut self, it: CostParts) -> Cost {
        Cost {
            input: self.money(it.input),
            cached_input: self.money(it.cached_input),
            cache_write: self.money(it.cache_write),
            output: self.money(it.output),
            total: self.money(it.total),
        }
    }

    fn attempt(&mut self, it: UsageAttempt) -> Attempt {
        Attempt {
            target: self.name(it.target),
            dialect: self.name(it.dialect),
            class: self.name(it.class),
            status: it.status,
            started_ms: self.moment(it.started_ms),
            latency_us: self.micros(it.latency_us),
            first_byte_us: self.micros(it.first_byte_us),
            detail: self.text(it.detail, DETAIL_BYTES),
        }
    }

    fn candidate(&mut self, it: UsageCandidate) -> Candidate {
        // SQLite stores NaN as NULL.
        let finite = it.score.is_finite();
        self.changed |= !finite;
        Candidate {
            target: self.name(it.target),
            eligible: it.eligible,
            reasons: self.list(it.reasons, Self::name),
            rank: it.rank,
            score: if finite { it.score } else { 0.0 },
        }
    }

    fn step(&mut self, it: UsageTraceEvent) -> TraceEvent {
        TraceEvent {
            at_us: self.micros(it.at_us),
            stage: self.name(it.stage),
            detail: self.text(it.detail, DETAIL_BYTES),
        }
    }

    fn name(&mut self, text: String) -> String {
        self.text(text, NAME_BYTES)
    }

    fn text(&mut self, mut text: String, most: usize) -> String {
        if text.as_bytes().contains(&0) {
            text = text.replace('\0', "\u{fffd}");
            self.changed = true;
        }
        if text.len() > most {
            text.truncate(text.floor_char_boundary(most));
            self.changed = true;
        }
        text
    }

    fn micros(&mut self, us: u64) -> u64 {
        self.number(us, MAX_US)
    }

    fn money(&mut self, nanousd: u64) -> u64 {
        self.number(nanousd, MAX_NANOUSD)
    }

    fn moment(&mut self, ms: i64) -> i64 {
        let fits = ms.clamp(0, MAX_MS);
        self.changed |= fits != ms;
        fits
    }

    fn number(&mut self, number: u64, most: u64) -> u64 {
        self.changed |= number > most;
        number.min(most)
    }

    fn list<T, U>(&mut self, list: Vec<T>, mut fit: impl FnMut(&mut Self, T) -> U) -> Vec<U> {
        self.changed |= list.len() > LIST;
        list.into_iter().take(LIST).map(|it| fit(self, it)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    fn read(event: &UsageEvent) -> UsageRecord {
        super::read(&event.encode_to_vec().into(), NOW_MS).unwrap().record
    }

    #[test]
    fn a_sound_event_is_left_alone() {
        let record = read(&UsageEvent {
            request_id: "r".repeat(NAME_BYTES),
            started_ms: NOW_MS,
            latency_us: 5,
            tokens: Some(TokenUsage { input: 7, ..TokenUsage::default() }),
            attempts: vec![UsageAttempt { detail: "é".repeat(DETAIL_BYTES / 2), ..UsageAttempt::default() }],
            ..UsageEvent::default()
        });
        assert_eq!((record.request_id.len(), record.started_ms, record.latency_us), (NAME_BYTES, NOW_MS, 5));
        assert_eq!((record.tokens.input, record.attempts[0].detail.len()), (7, DETAIL_BYTES));
        assert!(record.warnings.is_empty());
    }

    /// As routers' logs have it: the number is written behind the event, into a place that is as long for every number.
    #[test]
    fn a_number_in_a_place_of_its_own_is_nothing_new() {
        let event = UsageEvent { request_id: "r".into(), sequence: 3, started_ms: NOW_MS, ..UsageEvent::default() };
        let mut bytes = event.encode_to_vec();
        bytes.extend([0x08, 0x87, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]);
        let read = super::read(&bytes.into(), NOW_MS).unwrap();
        assert_eq!((read.record.sequence, read.newer, read.record.warnings.len()), (7, false, 0));
    }

    #[test]
    fn what_a_database_would_refuse_is_changed_and_said() {
        let record = read(&UsageEvent {
            requested_model: "a\0b".into(),
            client: "é".repeat(NAME_BYTES),
            started_ms: i64::MIN,
            config_version: u64::MAX,
            latency_us: u64::MAX,
            cost: Some(CostParts { total: u64::MAX, ..CostParts::default() }),
            upstream_reported_cost_nanousd: Some(u64::MAX),
            candidates: vec![UsageCandidate { score: f64::NAN, ..UsageCandidate::default() }],
            trace: vec![UsageTraceEvent { detail: "\0".into(), at_us: u64::MAX, ..UsageTraceEvent::default() }; 1000],
            warnings: vec!["w".into(); 1000],
            ..UsageEvent::default()
        });
        assert_eq!(record.requested_model, "a\u{fffd}b");
        assert_eq!(record.client.len(), NAME_BYTES);
        assert_eq!(record.started_ms, NOW_MS, "it is told under the time when it came");
        assert_eq!(record.config_version, MAX_VERSION);
        assert_eq!(record.latency_us, MAX_US);
        assert_eq!(record.cost.total, MAX_NANOUSD);
        assert_eq!(record.upstream_reported_cost_nanousd, Some(MAX_NANOUSD));
        assert!(record.candidates.iter().all(|candidate| candidate.score == 0.0));
        assert_eq!(record.trace.len(), LIST);
        assert!(record.trace.iter().all(|step| step.detail == "\u{fffd}" && step.at_us == MAX_US));
        assert_eq!(record.warnings.len(), LIST + 2);
        assert_eq!(record.warnings[LIST..], [CLIPPED, CLOCK]);
    }

    #[test]
    fn a_time_that_cannot_be_is_replaced_by_that_of_its_coming_and_said() {
        let of = |started_ms| read(&UsageEvent { started_ms, ..UsageEvent::default() });
        for sound in [FIRST_MS, NOW_MS - 90 * AHEAD_MS, NOW_MS, NOW_MS + AHEAD_MS] {
            assert_eq!((of(sound).started_ms, of(sound).warnings.len()), (sound, 0));
        }
        for impossible in [0, FIRST_MS - 1, NOW_MS + AHEAD_MS + 1, MAX_MS] {
            assert_eq!((of(impossible).started_ms, of(impossible).warnings), (NOW_MS, vec![CLOCK.to_owned()]));
        }
    }

    /// What a router of a later version may say of a request.
    #[derive(Clone, PartialEq, Message)]
    struct LaterEvent {
        #[prost(uint64, tag = "1")]
        sequence: u64,
        #[prost(int64, tag = "4")]
        started_ms: i64,
        #[prost(string, tag = "16")]
        operation: String,
        #[prost(message, repeated, tag = "42")]
        attempts: Vec<LaterAttempt>,
        #[prost(string, tag = "200")]
        tier: String,
    }

    #[derive(Clone, PartialEq, Message)]
    struct LaterAttempt {
        #[prost(string, tag = "4")]
        class: String,
        #[prost(uint32, tag = "50")]
        tries: u32,
    }

    #[test]
    fn what_a_later_version_says_is_kept_as_far_as_it_is_understood_and_said_to_be_more() {
        let later = |tier: &str, tries| LaterEvent {
            sequence: 9,
            started_ms: NOW_MS,
            operation: "dreaming".into(),
            attempts: vec![LaterAttempt { class: "eclipse".into(), tries }],
            tier: tier.into(),
        };
        let read = |event: &LaterEvent| super::read(&event.encode_to_vec().into(), NOW_MS).unwrap();
        for more in [later("gold", 0), later("", 3)] {
            let Read { record, newer } = read(&more);
            assert!(newer);
            assert_eq!((record.sequence, record.operation.as_str()), (9, "dreaming"));
            assert_eq!(record.attempts[0].class, "eclipse");
            assert_eq!(record.warnings, [NEWER]);
        }
        let Read { record, newer } = read(&later("", 0));
        assert!(!newer && record.warnings.is_empty(), "new words in known fields are kept whole");
    }
}
