use data_plane_core::config::Scope;
use data_plane_core::error::{Code, Refusal};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};

use crate::body::Body;
use crate::metrics::Observed;
use crate::pipeline::{identify, pin};
use crate::state::Router;

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
    let mut text = router.metrics.render(&Observed {
        config_version: who.snapshot.version,
        config_not_understood: router.status.borrow().gaps.len(),
        config_closed: who.snapshot.closed.count(),
        control_plane_silent: router.silent(),
        config_rejected: router.status.borrow().rejected,
        usage_unsent: router.usage.unsent(),
        usage_dropped: router.usage.dropped(),
        usage_log_bytes: router.usage.used_bytes(),
        provider_keys_missing: router.credentials.missing(),
    });
    router.load.render(&mut text);
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(prometheus::TEXT_FORMAT));
    Ok(response)
}
