use super::Findings;
use crate::document::{Duration, MaxDisconnected, Settings, SharedStateKind};
use crate::shared_state::written_password;

const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

const STORE: &str = "settings.responses_store.ttl";
const URL: &str = "settings.shared_state.url";

/// Checks what is kept between requests, and how long without a control plane.
pub(super) fn check(settings: &Settings, found: &mut Findings) {
    let ttl = settings.responses_store.ttl;
    if ttl < SHORTEST || ttl > LONGEST {
        found.error(STORE, format!("must be from {SHORTEST} to {LONGEST}"));
    }
    if let MaxDisconnected::For(bound) = settings.max_disconnected
        && bound < SHORTEST
    {
        found.error("settings.max_disconnected", format!("must be {SHORTEST} at least, or `forever`"));
    }
    let shared = &settings.shared_state;
    match (shared.kind, &shared.url) {
        (SharedStateKind::Valkey, None) => {
            found.error(URL, "`kind: valkey` needs the server's address: `url: \"${VALKEY_URL}\"`");
        }
        (SharedStateKind::Local, Some(_)) => found.error(URL, "makes no sense with `kind: local`: say `kind: valkey`"),
        (SharedStateKind::Valkey, Some(url)) if written_password(url) => {
            found.error(URL, "a password must not stand in this file: write `rediss://:${VALKEY_PASSWORD}@…`");
        }
        (SharedStateKind::Valkey, Some(_)) => {
            if !settings.responses_store.enabled {
                let unused =
                    "has no effect without `responses_store: {enabled: true}`, the only use of it in this version";
                found.warning("settings.shared_state.kind", unused);
            }
        }
        (SharedStateKind::Local, None) => {}
    }
}
