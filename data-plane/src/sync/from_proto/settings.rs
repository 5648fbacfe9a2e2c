use std::time::Duration;

use data_plane_core::config::{Baseline, Cors, ResponsesStore, Secret, Settings, Valkey};
use proto::v1;
use vocabulary::SharedStateKind;

use super::gaps::Gaps;
use super::non_empty;

/// A key that has 256 random bits is not shorter, however it is written.
const SHORTEST_KEY: usize = 32;

pub(super) fn read(wire: &v1::Settings, found: &mut Gaps<'_>) -> Settings {
    let baselines = wire.baselines.iter().map(|it| Baseline {
        id: it.id.clone(),
        input: it.input_nanousd_per_mtok,
        output: it.output_nanousd_per_mtok,
    });
    Settings {
        default_group: non_empty(&wire.default_group),
        max_disconnected: max_disconnected(wire),
        store_client_ip: wire.store_client_ip,
        baselines: baselines.collect(),
        responses_store: wire.responses_store.as_ref().and_then(|it| responses_store(it, found)),
        shared_state: wire.shared_state.as_ref().and_then(|it| shared_state(it, found)),
        owner_key: if wire.owner_key.is_empty() { None } else { key(&wire.owner_key, "bad-owner-key", found) },
        cors: wire.cors.as_ref().map_or_else(Cors::default, |it| Cors {
            origins: it.origins.clone(),
            max_age: Duration::from_millis(it.max_age_ms),
        }),
    }
}

/// A control plane that does not know the bound sets none.
#[cfg(not(feature = "frozen-contract"))]
fn max_disconnected(wire: &v1::Settings) -> Option<Duration> {
    Some(wire.max_disconnected_ms).filter(|ms| !matches!(*ms, 0 | u64::MAX)).map(Duration::from_millis)
}

#[cfg(feature = "frozen-contract")]
fn max_disconnected(_: &v1::Settings) -> Option<Duration> {
    None
}

fn responses_store(wire: &v1::ResponsesStore, found: &mut Gaps<'_>) -> Option<ResponsesStore> {
    if !wire.enabled {
        return None;
    }
    if wire.ttl_ms == 0 {
        found.add("bad-ttl", "nothing can be kept for no time at all");
        return None;
    }
    let seal_key = key(&wire.seal_key, "bad-seal-key", found)?;
    Some(ResponsesStore { ttl: Duration::from_millis(wire.ttl_ms), seal_key })
}

fn key(text: &[u8], gap: &str, found: &mut Gaps<'_>) -> Option<Secret> {
    let key = str::from_utf8(text).ok().filter(|it| it.len() >= SHORTEST_KEY);
    if key.is_none() {
        found.add(gap, "it is no text, or too short to be a key");
    }
    Some(Secret::new(key?.to_owned()))
}

fn shared_state(wire: &v1::SharedState, found: &mut Gaps<'_>) -> Option<Valkey> {
    match found.known(wire.kind, "shared-state")? {
        SharedStateKind::Local => return None,
        SharedStateKind::Valkey => {}
    }
    let known = ["redis://", "rediss://"].iter().any(|it| wire.url.len() > it.len() && wire.url.starts_with(it));
    if !known {
        // The address itself may hold a password.
        found.add("bad-url", "the address of the shared state starts with neither `redis://` nor `rediss://`");
    }
    known.then(|| Valkey { url: Secret::new(wire.url.clone()) })
}
