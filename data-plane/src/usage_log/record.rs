//! One record: `length | crc32 | kind | intent | sequence | event`, integers little-endian. The length counts what
//! follows the checksum; the checksum covers the length, too.

use prost::Message;
use proto::v1::UsageEvent;

/// Length and checksum.
const FRAME_BYTES: usize = 8;
/// Kind, intent and sequence.
const PREFIX_BYTES: usize = 17;
/// No event comes near it: a longer length is damage.
const MAX_BODY_BYTES: usize = 16 << 20;

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request is about to be sent upstream.
    Intent = 1,
    /// A request is over: its usage event, numbered.
    Outcome = 2,
}

/// A record as it stands in a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub kind: Kind,
    /// Which intent; 0 for an outcome that had none.
    pub intent: u64,
    /// An outcome's number; 0 for an intent.
    pub sequence: u64,
    /// The encoded usage event.
    pub payload: &'a [u8],
    /// The whole record's size in bytes.
    pub size: usize,
}

/// What stands in the place of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// The bytes end before the record does.
    Short,
    /// They are no record.
    Invalid(&'static str),
}

impl Damage {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Short => "the record is cut short",
            Self::Invalid(what) => what,
        }
    }
}

/// Appends a record to `out`.
pub(super) fn write(out: &mut Vec<u8>, kind: Kind, intent: u64, event: &UsageEvent) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME_BYTES]);
    out.push(kind as u8);
    out.extend_from_slice(&intent.to_le_bytes());
    out.extend_from_slice(&event.sequence.to_le_bytes());
    event.encode(out).expect("a Vec grows as needed");
    let length = ((out.len() - start - FRAME_BYTES) as u32).to_le_bytes();
    let checksum = checksum(length, &out[start + FRAME_BYTES..]);
    out[start..start + 4].copy_from_slice(&length);
    out[start + 4..start + FRAME_BYTES].copy_from_slice(&checksum.to_le_bytes());
}

/// The record at the start of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<Record<'_>, Damage> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Err(Damage::Short) };
    let Some((stored, rest)) = rest.split_first_chunk::<4>() else { return Err(Damage::Short) };
    let body_bytes = u32::from_le_bytes(*length) as usize;
    if !(PREFIX_BYTES..=MAX_BODY_BYTES).contains(&body_bytes) {
        return Err(Damage::Invalid("the length is impossible"));
    }
    let body = rest.get(..body_bytes).ok_or(Damage::Short)?;
    let kind = match body[0] {
        1 => Kind::Intent,
        2 => Kind::Outcome,
        _ => return Err(Damage::Invalid("the kind is unknown")),
    };
    if checksum(*length, body) != u32::from_le_bytes(*stored) {
        return Err(Damage::Invalid("the checksum does not match"));
    }
    let (intent, rest) = body[1..].split_first_chunk::<8>().expect("the length was checked");
    let (sequence, payload) = rest.split_first_chunk::<8>().expect("the length was checked");
    Ok(Record {
        kind,
        intent: u64::from_le_bytes(*intent),
        sequence: u64::from_le_bytes(*sequence),
        payload,
        size: FRAME_BYTES + body_bytes,
    })
}

/// The event in a record's payload.
pub(super) fn decode(payload: &[u8]) -> Result<UsageEvent, Damage> {
    UsageEvent::decode(payload).map_err(|_| Damage::Invalid("the event cannot be decoded"))
}

fn checksum(length: [u8; 4], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(body);
    hasher.finalize()
}

/// Whether a whole record starts anywhere in `bytes` after the first one: damage that is followed by records is no
/// torn end.
pub(super) fn found_after_damage(bytes: &[u8]) -> bool {
    (1..bytes.len()).any(|at| read(&bytes[at..]).is_ok())
}
