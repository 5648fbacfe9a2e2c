//! A push as it leaves: encoded and compressed once for all routers that are due for it.

use std::{io::Write, sync::OnceLock};

use flate2::{Compression, write::GzEncoder};
use prost::{
    Message,
    bytes::{BufMut, Bytes},
};
use proto::{MAX_MESSAGE_BYTES, v1::Push};

/// Below this, compressing saves nothing worth its time.
const WORTH_COMPRESSING: usize = 1024;
/// Whether the message is compressed, and its length.
const HEADER_BYTES: usize = 5;

/// What a router unpacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Nothing.
    Plain,
    /// Messages that were compressed with gzip.
    Gzip,
}

/// A message that no router would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration has {bytes} bytes, and routers take {MAX_MESSAGE_BYTES} at most: it has to become smaller")]
pub struct TooLarge {
    bytes: usize,
}

/// One push in the forms that were asked for.
#[derive(Default)]
pub(super) struct Outgoing([OnceLock<Result<Bytes, TooLarge>>; 2]);

impl Outgoing {
    /// The push as a message of gRPC; all that ask share its bytes.
    pub fn frame(&self, form: Encoding, push: impl FnOnce() -> Push) -> Result<Bytes, TooLarge> {
        self.0[form as usize].get_or_init(|| encode(&push(), form)).clone()
    }
}

fn encode(push: &Push, form: Encoding) -> Result<Bytes, TooLarge> {
    let bytes = push.encoded_len();
    if bytes > MAX_MESSAGE_BYTES {
        return Err(TooLarge { bytes });
    }
    let compresses = form == Encoding::Gzip && bytes > WORTH_COMPRESSING;
    let mut frame = Vec::with_capacity(HEADER_BYTES + if compresses { bytes / 4 } else { bytes });
    frame.put_u8(compresses.into());
    frame.put_u32(0);
    if compresses {
        let mut encoder = GzEncoder::new(&mut frame, Compression::default());
        encoder
            .write_all(&push.encode_to_vec())
            .and_then(|()| encoder.try_finish())
            .expect("writing to memory does not fail");
        drop(encoder);
        frame.shrink_to_fit();
    } else {
        push.encode(&mut frame).expect("a Vec grows as it must");
    }
    let length = u32::try_from(frame.len() - HEADER_BYTES).expect("64 MiB fit, and gzip adds next to nothing");
    frame[1..HEADER_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(frame.into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io::Read;

    use flate2::read::GzDecoder;
    use proto::v1::{Snapshot, push::Content};

    use super::*;

    fn push(bytes: usize) -> Push {
        let snapshot = Snapshot { hash: vec![7; bytes], ..Snapshot::default() };
        Push { nonce: "n".into(), content: Some(Content::Full(snapshot)) }
    }

    #[test]
    fn a_frame_says_how_long_it_is_and_whether_it_is_compressed() {
        for (bytes, form, compressed) in [
            (10, Encoding::Plain, 0),
            (10, Encoding::Gzip, 0),
            (100_000, Encoding::Plain, 0),
            (100_000, Encoding::Gzip, 1),
        ] {
            let frame = Outgoing::default().frame(form, || push(bytes)).unwrap();
            assert_eq!(frame[0], compressed, "{bytes} bytes as {form:?}");
            assert_eq!(u32::from_be_bytes(frame[1..5].try_into().unwrap()) as usize, frame.len() - 5);
            let mut message = frame[5..].to_vec();
            if compressed == 1 {
                message.clear();
                GzDecoder::new(&frame[5..]).read_to_end(&mut message).unwrap();
            }
            assert_eq!(Push::decode(&*message).unwrap(), push(bytes));
        }
    }

    #[test]
    fn a_push_is_encoded_once_and_shared() {
        let outgoing = Outgoing::default();
        let first = outgoing.frame(Encoding::Gzip, || push(100_000)).unwrap();
        let second = outgoing.frame(Encoding::Gzip, || unreachable!("it was encoded before")).unwrap();
        assert_eq!(first.as_ptr(), second.as_ptr());
    }

    #[test]
    fn what_no_router_takes_is_refused() {
        let refused = Outgoing::default().frame(Encoding::Gzip, || push(MAX_MESSAGE_BYTES));
        assert!(refused.unwrap_err().bytes > MAX_MESSAGE_BYTES);
    }
}
