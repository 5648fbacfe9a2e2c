//! The router as its callers see it: a real router over its gRPC streams, with the sandbox or a scripted server as the
//! provider.
#![expect(clippy::unwrap_used, reason = "tests")]

mod access_log;
mod agents;
mod early_streams;
mod endpoints;
mod fallback;
mod forwarding;
mod kept_ids;
mod lifecycle;
mod limits;
mod metering;
mod moving;
mod odd_upstreams;
mod overload;
mod provenance;
mod refusals;
mod responses_store;
mod scrubbing;
mod stalls;
mod streams;
mod support;
mod translated_failures;
mod translation;
