use data_plane_core::config::{Scope, Snapshot, Target};
use data_plane_core::error::{Code, Refusal};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};

use super::health;
use crate::body::Body;
use crate::metrics::{Observed, ObservedTarget};
use crate::pipeline::{identify, observe, pin};
use crate::state::Router;
use crate::sync::Link;

/// `GET /metrics`, for tokens with the scope `metrics`; everybody else gets 403.
pub(crate) fn metrics(router: &Router, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let forbidden = || Refusal::new(Code::MetricsForbidden, "metrics are for tokens with the scope `metrics`");
    let who = identify(&pin(router)?, headers).map_err(|refusal| match refusal.code {
        // Who carries no token is told as plainly as who carries another one.
        Code::Unauthorized => forbidden(),
        _ => refusal,
    })?;
    if !who.caller.scopes.contains(&Scope::Metrics) {
        return Err(forbidden());
    }
    let mut text = router.metrics.render(&observed(router, &who.snapshot));
    router.load.render(&mut text);
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(prometheus::TEXT_FORMAT));
    Ok(response)
}

fn observed(router: &Router, snapshot: &Snapshot) -> Observed {
    let status = router.status.borrow();
    Observed {
        ready: health::is_ready(router),
        config_version: snapshot.version,
        config_not_understood: status.gaps.len(),
        config_closed: snapshot.closed.count(),
        config_rejected: status.rejected,
        link: status.link.as_str(),
        connected: status.link == Link::Connected,
        link_since_ms: status.since_ms,
        control_plane_silent: router.silent(),
        usage_unsent: router.usage.unsent(),
        usage_dropped: router.usage.dropped(),
        usage_lost: router.usage.lost(),
        config_unkept: !status.is_kept(),
        usage_log_bytes: router.usage.used_bytes(),
        access_log_dropped: router.access_log.dropped(),
        provider_keys_missing: router.credentials.missing(),
        targets: snapshot.targets().map(|it| target(router, it)).collect(),
    }
}

fn target(router: &Router, target: &Target) -> ObservedTarget {
    let observed = observe(router, target);
    let statistics = observed.statistics;
    ObservedTarget {
        provider: target.provider.id.clone(),
        target: target.id.clone(),
        away: observed.away.map(|it| it.code()),
        failure_ratio: (statistics.attempts > 0.0).then(|| statistics.failures / statistics.attempts),
    }
}
