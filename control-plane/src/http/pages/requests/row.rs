use web::{
    RequestRow, Screen,
    show::{Clock, Count, Millis, Money},
};

use crate::{http::pages::request::is_unpriced, store::request::StoredRequest};

/// A request as a list shows it.
pub fn row(it: StoredRequest) -> RequestRow {
    let StoredRequest { node, attempts, record, .. } = it;
    let tokens = record.tokens;
    let millis = |us: u64| Millis((us > 0).then(|| us as f64 / 1000.0));
    RequestRow {
        href: format!("{}/{}", Screen::Requests.path(), record.request_id),
        at: Clock(record.started_ms),
        status: record.status,
        unpriced: is_unpriced(&record),
        untold: false,
        latency: millis(record.latency_us),
        first_byte: millis(record.first_byte_us),
        input_tokens: Count(tokens.input),
        cached_tokens: Count(tokens.cached_input),
        output_tokens: Count(tokens.output),
        cost: Money(record.cost.total.into()),
        attempts,
        fallback: record.fallback,
        stream: record.stream,
        warnings: record.warnings.len(),
        id: record.request_id,
        code: record.code,
        group: record.group,
        requested_model: record.requested_model,
        target: record.model,
        caller: record.caller,
        project: record.project,
        token: record.token,
        client: record.client,
        session: record.session,
        dialect: record.dialect,
        region: record.region,
        node,
    }
}
