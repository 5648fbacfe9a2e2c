//! One record: `length | crc32 | kind | intent | sequence | event`, integers little-endian. The length counts what
//! follows the checksum; the checksum covers the length, too.

use prost::Message;
use proto::v1::UsageEvent;

/// Length and checksum.
const FRAME_BYTES: usize = 8;
/// Kind, intent and sequence.
const PREFIX_BYTES: usize = 17;
/// The field `sequence` of an event: its key, and its number in nine bytes.
const SEQUENCE_BYTES: usize = 10;
/// Field 1, a varint.
const SEQUENCE_KEY: u8 = 1 << 3;
/// No event comes near it: a longer length is damage.
const MAX_BODY_BYTES: usize = 16 << 20;

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// A request is about to be sent upstream.
    Intent = 1,
    /// A request is over: its usage event, numbered.
    Outcome = 2,
}

/// A record as it stands in a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogRecord<'a> {
    pub kind: RecordKind,
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

/// Writes a record but for its numbers and its checksum into `out`, in place of what is there: all that can be done
/// before the log's lock is taken.
pub(super) fn draft(out: &mut Vec<u8>, kind: RecordKind, event: &UsageEvent) {
    out.clear();
    out.reserve(FRAME_BYTES + PREFIX_BYTES + event.encoded_len() + SEQUENCE_BYTES);
    out.extend_from_slice(&[0; FRAME_BYTES + PREFIX_BYTES]);
    out[FRAME_BYTES] = kind as u8;
    event.encode(out).expect("a Vec grows as needed");
    if kind == RecordKind::Outcome {
        // The event says its number, too. Of a field that stands twice the last one counts.
        out.extend_from_slice(&sequence_field(0));
    }
    let length = (out.len() - FRAME_BYTES) as u32;
    out[..4].copy_from_slice(&length.to_le_bytes());
}

/// Completes a draft. `sequence`: an outcome's number.
pub(super) fn number(draft: &mut [u8], intent: u64, sequence: Option<u64>) {
    draft[FRAME_BYTES + 1..][..8].copy_from_slice(&intent.to_le_bytes());
    if let Some(sequence) = sequence {
        draft[FRAME_BYTES + 9..][..8].copy_from_slice(&sequence.to_le_bytes());
        let field = draft.len() - SEQUENCE_BYTES;
        draft[field..].copy_from_slice(&sequence_field(sequence));
    }
    // Over the length as well.
    let (length, rest) = draft.split_first_chunk::<4>().expect("a draft has a frame");
    let checksum = checksum(*length, &rest[4..]).to_le_bytes();
    draft[4..FRAME_BYTES].copy_from_slice(&checksum);
}

/// The event's field `sequence` in a form that is as long for every number: a varint of 63 bits.
fn sequence_field(sequence: u64) -> [u8; SEQUENCE_BYTES] {
    let mut field = [0x80; SEQUENCE_BYTES];
    field[0] = SEQUENCE_KEY;
    for (index, byte) in field[1..].iter_mut().enumerate() {
        *byte |= (sequence >> (7 * index)) as u8;
    }
    field[SEQUENCE_BYTES - 1] &= 0x7f;
    field
}

/// The record at the start of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<LogRecord<'_>, Damage> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Err(Damage::Short) };
    let Some((stored, rest)) = rest.split_first_chunk::<4>() else { return Err(Damage::Short) };
    let body_bytes = u32::from_le_bytes(*length) as usize;
    if !(PREFIX_BYTES..=MAX_BODY_BYTES).contains(&body_bytes) {
        return Err(Damage::Invalid("the length is impossible"));
    }
    let body = rest.get(..body_bytes).ok_or(Damage::Short)?;
    let kind = match body[0] {
        1 => RecordKind::Intent,
        2 => RecordKind::Outcome,
        _ => return Err(Damage::Invalid("the kind is unknown")),
    };
    if checksum(*length, body) != u32::from_le_bytes(*stored) {
        return Err(Damage::Invalid("the checksum does not match"));
    }
    let (intent, rest) = body[1..].split_first_chunk::<8>().expect("the length was checked");
    let (sequence, payload) = rest.split_first_chunk::<8>().expect("the length was checked");
    Ok(LogRecord {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_number_that_is_put_into_a_draft_is_read_in_the_record_and_in_its_event() {
        let event = UsageEvent { request_id: "r".into(), status: 200, ..UsageEvent::default() };
        for sequence in [1, 127, 128, 300, 1 << 35, (1 << 63) - 1] {
            let mut bytes = b"what was there before".to_vec();
            draft(&mut bytes, RecordKind::Outcome, &event);
            number(&mut bytes, 7, Some(sequence));
            let record = read(&bytes).unwrap();
            assert_eq!((record.kind, record.intent, record.sequence), (RecordKind::Outcome, 7, sequence));
            assert_eq!(record.size, bytes.len());
            assert_eq!(decode(record.payload).unwrap(), UsageEvent { sequence, ..event.clone() });
        }
    }
}
