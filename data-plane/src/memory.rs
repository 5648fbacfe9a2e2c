//! One ceiling for the bodies and buffers of all requests, and each request's part of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use data_plane_core::error::{Code, Refusal};
use serde_json::json;

/// A request that holds no more than this counts for the whole alone: most are this small, and finding their caller's share
/// would cost more than it protects.
const SMALL: usize = 16 * 1024;
/// What is left of a stream's buffers and state, whatever it carries.
pub(crate) const STREAM: usize = 64 * 1024;

/// What all requests may hold together.
pub(crate) struct Memory {
    limit: usize,
    used: AtomicUsize,
    refused: AtomicU64,
    shares: Mutex<HashMap<String, Weak<Share>>>,
}

/// What the large requests of one caller hold.
#[derive(Default)]
struct Share {
    used: AtomicUsize,
}

/// What one request holds, until it is dropped.
pub(crate) struct MemoryHold {
    memory: Arc<Memory>,
    share: Option<Arc<Share>>,
    caller: String,
    held: usize,
}

impl Memory {
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0), refused: AtomicU64::new(0), shares: Mutex::default() })
    }

    /// In bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// In bytes.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// How often there was not enough.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// A request that holds nothing yet.
    pub fn charge(self: &Arc<Self>) -> MemoryHold {
        MemoryHold { memory: Arc::clone(self), share: None, caller: String::new(), held: 0 }
    }

    fn share(&self, caller: &str) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(caller).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, it| it.strong_count() > 0);
        let share = Arc::<Share>::default();
        shares.insert(caller.to_owned(), Arc::downgrade(&share));
        share
    }
}

impl MemoryHold {
    /// Whose request it is.
    pub fn of_caller(&mut self, caller: &str) {
        caller.clone_into(&mut self.caller);
    }

    /// What it holds, in bytes.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Holds at least so many bytes, if there is room: in all, and for its caller, who may hold as much as is still free. So one
    /// caller alone gets half, two a third each, and whoever comes next finds something.
    pub fn at_least(&mut self, bytes: usize) -> Result<(), Refusal> {
        let Some(more) = bytes.checked_sub(self.held).filter(|it| *it > 0) else { return Ok(()) };
        let most = self.memory.limit / 2;
        if bytes > most {
            self.memory.refused.fetch_add(1, Ordering::Relaxed);
            let message = format!(
                "the request needs {bytes} bytes of memory, and this router gives at most {most} to one, half of its memory limit; \
                 send less, or have the operator raise `--memory-limit`"
            );
            let details = json!({"limit": "memory-limit", "needed_bytes": bytes, "most_bytes": most});
            return Err(Refusal::new(Code::RequestTooLarge, message).with_details(details));
        }
        if self.share.is_none() && bytes > SMALL {
            let share = self.memory.share(&self.caller);
            share.used.fetch_add(self.held, Ordering::Relaxed);
            self.share = Some(share);
        }
        let used = self.memory.used.fetch_add(more, Ordering::Relaxed) + more;
        let own = self.share.as_ref().map_or(0, |it| it.used.fetch_add(more, Ordering::Relaxed) + more);
        self.held += more;
        if used.saturating_add(own) <= self.memory.limit {
            return Ok(());
        }
        self.resize(self.held - more);
        self.memory.refused.fetch_add(1, Ordering::Relaxed);
        let whose = if used > self.memory.limit { "the router's" } else { "this caller's share of the router's" };
        Err(Refusal::new(Code::Overloaded, format!("{whose} memory for requests is used up; try again")))
    }

    /// Holds exactly so many bytes from now on; more than before only where it is known that they are there already.
    pub fn resize(&mut self, bytes: usize) {
        let change = |of: &AtomicUsize| {
            if bytes >= self.held {
                of.fetch_add(bytes - self.held, Ordering::Relaxed);
            } else {
                of.fetch_sub(self.held - bytes, Ordering::Relaxed);
            }
        };
        change(&self.memory.used);
        if let Some(share) = &self.share {
            change(&share.used);
        }
        self.held = bytes;
    }
}

impl Drop for MemoryHold {
    fn drop(&mut self) {
        if self.held > 0 {
            self.resize(0);
        }
    }
}

/// What translating a body takes while it lasts: the body is written again, and what stands in it is taken down, each object and
/// each value. Measured with objects as small as they can be; a body of long texts takes little more than its own size.
pub(crate) fn to_translate(body: &[u8]) -> usize {
    const OBJECT: usize = 800;
    const VALUE: usize = 48;
    let (mut objects, mut values) = (0, 0);
    for byte in body {
        objects += usize::from(*byte == b'{');
        values += usize::from(*byte == b',');
    }
    (3 * body.len() + OBJECT * objects + VALUE * values).min(100 * body.len())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use data_plane_core::error::Code;

    use super::{Memory, SMALL, to_translate};

    const MIB: usize = 1 << 20;

    #[test]
    fn one_caller_leaves_something_for_the_next_and_everything_comes_back() {
        let memory = Memory::new(16 * MIB);
        let hold = |caller: &str, bytes| {
            let mut charge = memory.charge();
            charge.of_caller(caller);
            charge.at_least(bytes).map(|()| charge)
        };
        let mine: Vec<_> = std::iter::from_fn(|| hold("greedy", MIB).ok()).collect();
        assert_eq!(mine.len(), 8, "half of it");
        let code = |it: Result<_, data_plane_core::error::Refusal>| {
            it.err().map(|it: data_plane_core::error::Refusal| it.code)
        };
        assert_eq!(code(hold("greedy", MIB).map(drop)), Some(Code::Overloaded));
        let other: Vec<_> = std::iter::from_fn(|| hold("other", MIB).ok()).collect();
        assert_eq!(other.len(), 4, "half of the rest");
        assert!(hold("third", MIB).is_ok() && hold("greedy", SMALL).is_ok());
        assert_eq!(code(hold("third", 9 * MIB).map(drop)), Some(Code::RequestTooLarge), "no retry would help");
        assert_eq!(memory.used(), 12 * MIB);
        drop((mine, other));
        assert_eq!(memory.used(), 0);
        assert_eq!(hold("other", 8 * MIB).unwrap().held(), 8 * MIB);
        assert_eq!(memory.refused(), 4);
    }

    #[test]
    fn texts_are_cheap_to_translate_and_tiny_objects_are_not() {
        let text = format!("{{\"a\":\"{}\"}}", "lorem ipsum ".repeat(1000));
        assert!(to_translate(text.as_bytes()) < 4 * text.len());
        let tiny = "{\"role\":\"user\",\"content\":\"a\"},".repeat(1000);
        assert!(to_translate(tiny.as_bytes()) > 25 * tiny.len());
    }
}
