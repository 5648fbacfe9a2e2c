//! A router: its credential, its snapshots and its usage log.

use std::path::Path;

use data_plane::sync::{self, SnapshotFault, SnapshotFile};
use data_plane::usage_log::{self, LogOptions};

use super::files::size;
use super::finding::Finding;
use crate::commands::data_plane::node_key;

/// What a router would start from.
pub fn state(dir: &Path) -> Vec<Finding> {
    let key = match node_key() {
        Ok(key) => key,
        Err(failure) => return vec![Finding::failed("node credential", failure.message)],
    };
    let mut findings = match sync::examine(dir, key.as_ref()) {
        Ok(found) => {
            let mut findings = vec![Finding::ok("node credential", format!("it is node {}", found.node_id))];
            findings.extend(snapshots(&found.snapshots));
            findings.extend(found.set_aside.iter().map(|path| {
                let text = format!(
                    "{} was set aside because it could not be used; delete it once there is a newer one",
                    path.display()
                );
                Finding::warning("snapshots", text)
            }));
            findings
        }
        Err(error) => vec![Finding::failed("node credential", error)],
    };
    findings.push(log(dir));
    findings
}

/// Whether the providers of the newest snapshot can be reached from here.
pub async fn egress(dir: &Path) -> Vec<Finding> {
    let key = match node_key() {
        Ok(key) => key,
        Err(failure) => return vec![Finding::failed("egress", failure.message)],
    };
    let mut providers = match sync::providers(dir, key.as_ref()) {
        Ok(providers) => providers,
        Err(error) => return vec![Finding::failed("egress", error)],
    };
    providers.sort_by(|a, b| a.id.cmp(&b.id));
    let mut findings = Vec::new();
    for provider in providers {
        let through = provider.egress.as_ref().and_then(|it| it.proxy.as_deref());
        let way = through.map_or_else(String::new, |proxy| format!(" through {proxy}"));
        let place = format!("{}: {}{way}", provider.id, provider.base_url);
        findings.push(match data_plane::probe(&provider).await {
            Ok(()) => Finding::ok("egress", format!("{place} can be reached")),
            Err(why) => {
                let text = format!(
                    "{place} cannot be reached: {why}; check its name, the firewall, `egress.proxy` and `egress.ca_file`"
                );
                Finding::failed("egress", text)
            }
        });
    }
    if findings.is_empty() {
        findings.push(Finding::warning("egress", "there is no snapshot that names providers; let the router get one"));
    }
    findings
}

fn snapshots(files: &[SnapshotFile]) -> Vec<Finding> {
    let unused = files.iter().filter_map(|it| it.content.as_ref().err());
    let mut findings: Vec<Finding> = unused
        .map(|why| match why {
            SnapshotFault::OlderFormat(_) => Finding::warning("snapshots", why),
            SnapshotFault::Unusable(_) => Finding::failed("snapshots", why),
        })
        .collect();
    let newest = files.iter().find_map(|it| it.content.as_ref().ok());
    findings.push(match newest {
        Some(newest) => {
            let age = age(control_plane::clock::now_ms() - newest.created_ms);
            let text = format!(
                "the newest of {} is version {} with {} resources, {age} old",
                files.len(),
                newest.version,
                newest.resources
            );
            Finding::ok("snapshots", text)
        }
        None => Finding::warning(
            "snapshots",
            "there is none to serve from: a start without the control plane would serve nobody; let the router reach it",
        ),
    });
    findings
}

fn log(dir: &Path) -> Finding {
    match usage_log::examine(&LogOptions::new(dir).dir) {
        Ok(Some(found)) => Finding::ok(
            "usage log",
            format!(
                "epoch {} is undamaged; {} in segments: {}, events to deliver: {}, requests under way: {}",
                found.epoch,
                size(found.bytes),
                found.segments,
                found.unsent,
                found.open
            ),
        ),
        Ok(None) => Finding::ok("usage log", "there is none yet; the router's start makes one"),
        Err(error) => Finding::failed("usage log", error),
    }
}

/// A length of time for people.
fn age(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    unit.map_or_else(|| format!("{seconds} s"), |(unit, name)| format!("{} {name}", seconds / unit))
}
