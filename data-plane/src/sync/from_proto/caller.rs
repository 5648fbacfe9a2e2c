use data_plane_core::config::{Caller, Limits};
use proto::v1;

use super::gaps::Gaps;
use super::non_empty;

/// A scope that is not known opens nothing here. Groups and projects are found by their names when they are asked for.
pub(super) fn read(wire: &v1::Caller, found: &mut Gaps<'_>) -> Caller {
    let scopes = found.all_known(&wire.scopes, "scope").unwrap_or_default();
    Caller {
        id: wire.id.clone(),
        user: wire.user.clone(),
        project: wire.project.clone(),
        environment: wire.environment.clone(),
        allow: wire.allow.clone(),
        default_group: non_empty(&wire.default_group),
        scopes,
        limits: Limits {
            requests_per_minute: wire.requests_per_minute,
            tokens_per_minute: wire.tokens_per_minute,
            concurrency: wire.concurrency,
        },
        disabled: wire.disabled,
    }
}
