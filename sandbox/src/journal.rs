//! The journal: what was received, byte for byte, for tests to look at.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{StatusCode, request::Parts};
use serde::Serialize;

use crate::{answer::Usage, clock::now_ms};

/// Bodies kept at most, in bytes; the oldest requests go first.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The last received requests, bounded in number and in bytes.
pub struct Journal {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    received: u64,
    bytes: usize,
    records: VecDeque<Record>,
}

struct Record {
    sequence: u64,
    time_ms: u64,
    parts: Parts,
    body: Bytes,
    status: Option<u16>,
    usage: Option<Usage>,
}

/// One received request as `GET /sandbox/requests` shows it.
#[derive(Serialize)]
pub struct Entry {
    /// 1 for the first request since the start or the last reset.
    pub sequence: u64,
    /// When it had arrived whole, milliseconds since the epoch.
    pub time_ms: u64,
    /// The method, upper case.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query without `?`, if there was one.
    pub query: Option<String>,
    /// Name and value of each header line, in the order of arrival per name.
    pub headers: Vec<(String, String)>,
    /// The body as received, in base64.
    pub body: String,
    /// The status of the answer, once it has one.
    pub status: Option<u16>,
    /// What the answer said that it counts as; nothing for answers that failed or generated nothing.
    pub usage: Option<Reported>,
}

/// Token counts, each in full: the input includes what a cache served and kept, the output includes reasoning.
#[derive(Serialize)]
pub struct Reported {
    /// The whole input.
    pub input: u64,
    /// Of the input, what was read from a cache.
    pub cached: u64,
    /// The whole output.
    pub output: u64,
    /// Of the output, reasoning.
    pub reasoning: u64,
}

impl Journal {
    /// A journal of the last `capacity` requests.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    /// Keeps one request, and drops the oldest while there are too many. Returns its number.
    pub fn record(&self, parts: &Parts, body: &Bytes) -> u64 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.received += 1;
        kept.bytes += body.len();
        let sequence = kept.received;
        let (parts, body) = (parts.clone(), body.clone());
        kept.records.push_back(Record { sequence, time_ms: now_ms(), parts, body, status: None, usage: None });
        while kept.records.len() > self.capacity || kept.bytes > MAX_BYTES {
            let Some(oldest) = kept.records.pop_front() else {
                break;
            };
            kept.bytes -= oldest.body.len();
        }
        sequence
    }

    /// Writes down how a request was answered, if it is still kept.
    pub fn answered(&self, sequence: u64, status: StatusCode, usage: Option<Usage>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = kept.records.iter_mut().rfind(|record| record.sequence == sequence) {
            record.status = Some(status.as_u16());
            record.usage = usage;
        }
    }

    /// What is kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.records.iter().map(Record::entry).collect()
    }

    /// Forgets everything and numbers from 1 again.
    pub fn clear(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
    }
}

impl Record {
    fn entry(&self) -> Entry {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        };
        Entry {
            sequence: self.sequence,
            time_ms: self.time_ms,
            method: self.parts.method.to_string(),
            path: self.parts.uri.path().to_owned(),
            query: self.parts.uri.query().map(str::to_owned),
            headers: self.parts.headers.iter().map(header).collect(),
            body: STANDARD.encode(&self.body),
            status: self.status,
            usage: self.usage.map(|usage| Reported {
                input: usage.input,
                cached: usage.cached,
                output: usage.output,
                reasoning: usage.reasoning,
            }),
        }
    }
}
