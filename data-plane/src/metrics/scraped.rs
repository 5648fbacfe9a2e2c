use std::time::Duration;

use prometheus::{GaugeVec, IntCounter, IntGauge, IntGaugeVec};

use super::adding::Adding;

/// What is read when somebody looks.
pub(super) struct Scraped {
    ready: IntGauge,
    config_version: IntGauge,
    config_not_understood: IntGauge,
    config_closed: IntGauge,
    config_rejected: IntCounter,
    link: IntGaugeVec,
    connected: IntGauge,
    link_since: IntGauge,
    control_plane_silent: IntGauge,
    usage_unsent: IntGauge,
    usage_dropped: IntCounter,
    usage_lost: IntCounter,
    config_unkept: IntGauge,
    usage_log_bytes: IntGauge,
    access_log_dropped: IntCounter,
    provider_keys_missing: IntGauge,
    targets: TargetStates,
}

/// What others know at the moment of a scrape.
pub(crate) struct Observed {
    pub ready: bool,
    pub config_version: u64,
    pub config_not_understood: usize,
    pub config_closed: usize,
    pub config_rejected: u64,
    /// How the router stands with its control plane, in a word.
    pub link: &'static str,
    pub connected: bool,
    /// Since when, in milliseconds since the Unix epoch.
    pub link_since_ms: i64,
    pub control_plane_silent: Duration,
    pub usage_unsent: u64,
    pub usage_dropped: u64,
    pub usage_lost: u64,
    pub config_unkept: bool,
    pub usage_log_bytes: u64,
    pub access_log_dropped: u64,
    pub provider_keys_missing: usize,
    pub targets: Vec<ObservedTarget>,
}

/// A target of the configuration.
pub(crate) struct ObservedTarget {
    pub provider: String,
    pub target: String,
    /// Why it is not asked, whatever the request; `None`: it is.
    pub away: Option<&'static str>,
    /// The share of its latest attempts that failed; `None`: there were none.
    pub failure_ratio: Option<f64>,
}

impl Scraped {
    pub fn new(add: &Adding<'_>) -> Self {
        Self {
            ready: add.gauge("smart_router_ready", "1 while callers should be sent here, as `/readyz` says."),
            config_version: add.gauge("smart_router_config_version", "The configuration that serves; 0: none."),
            config_not_understood: add.gauge(
                "smart_router_config_not_understood",
                "Resources or parts of them that this version does not understand.",
            ),
            config_closed: add.gauge(
                "smart_router_config_closed",
                "Callers, tokens, groups and projects that are closed because what restricts them is not understood.",
            ),
            config_rejected: add.counter("smart_router_config_rejected_total", "Configurations that were rejected."),
            link: add.gauges(
                "smart_router_control_plane_link",
                "How the router stands with its control plane: 1 for the state that it is in.",
                &["state"],
            ),
            connected: add
                .gauge("smart_router_control_plane_connected", "1 while configurations arrive from the control plane."),
            link_since: add.gauge(
                "smart_router_control_plane_link_since_timestamp_seconds",
                "Since when the link is in its state, seconds since the Unix epoch.",
            ),
            control_plane_silent: add.gauge(
                "smart_router_control_plane_silent_seconds",
                "Since when the control plane is not connected; 0 while it is. Beyond `settings.max_disconnected` nothing is served.",
            ),
            usage_unsent: add
                .gauge("smart_router_usage_unsent_events", "Usage events that the control plane does not have yet."),
            usage_dropped: add.counter(
                "smart_router_usage_dropped_events_total",
                "Usage events that were dropped because the usage log was full.",
            ),
            usage_lost: add.counter(
                "smart_router_usage_lost_events_total",
                "Usage events that vanished from the disk before they were delivered.",
            ),
            config_unkept: add.gauge(
                "smart_router_config_unkept",
                "1 while the disk does not keep the configuration that serves: a restart would serve an older one.",
            ),
            usage_log_bytes: add.gauge("smart_router_usage_log_bytes", "Disk space that the usage log takes."),
            access_log_dropped: add.counter(
                "smart_router_access_log_dropped_lines_total",
                "Lines of the access log that were dropped: it could not be written, or fell behind.",
            ),
            provider_keys_missing: add.gauge(
                "smart_router_provider_keys_missing",
                "Variables and files that should hold a provider's key and do not; such targets are not tried.",
            ),
            targets: TargetStates::new(add),
        }
    }

    pub fn set(&self, observed: &Observed) {
        self.ready.set(observed.ready.into());
        self.config_version.set(observed.config_version as i64);
        self.config_not_understood.set(observed.config_not_understood as i64);
        self.config_closed.set(observed.config_closed as i64);
        self.link.reset();
        self.link.with_label_values(&[observed.link]).set(1);
        self.connected.set(observed.connected.into());
        self.link_since.set(observed.link_since_ms / 1000);
        self.control_plane_silent.set(observed.control_plane_silent.as_secs() as i64);
        self.usage_unsent.set(observed.usage_unsent as i64);
        self.config_unkept.set(observed.config_unkept.into());
        self.usage_log_bytes.set(observed.usage_log_bytes as i64);
        self.provider_keys_missing.set(observed.provider_keys_missing as i64);
        for (counter, value) in [
            (&self.config_rejected, observed.config_rejected),
            (&self.usage_dropped, observed.usage_dropped),
            (&self.usage_lost, observed.usage_lost),
            (&self.access_log_dropped, observed.access_log_dropped),
        ] {
            counter.inc_by(value.saturating_sub(counter.get()));
        }
        self.targets.set(&observed.targets);
    }
}

/// How targets stand.
struct TargetStates {
    available: IntGaugeVec,
    unavailable: IntGaugeVec,
    failure_ratio: GaugeVec,
}

impl TargetStates {
    fn new(add: &Adding<'_>) -> Self {
        let target = ["provider", "target"];
        Self {
            available: add.gauges(
                "smart_router_target_available",
                "1 while the target is asked when its turn comes; 0 while it is left out of every request.",
                &target,
            ),
            unavailable: add.gauges(
                "smart_router_target_unavailable",
                "Why a target is left out of every request; always 1.",
                &["provider", "target", "reason"],
            ),
            failure_ratio: add.ratios(
                "smart_router_target_failure_ratio",
                "The share of the target's attempts that failed, each weighed by its age: half after a minute.",
                &target,
            ),
        }
    }

    /// Targets that are gone from the configuration are gone here.
    fn set(&self, targets: &[ObservedTarget]) {
        self.available.reset();
        self.unavailable.reset();
        self.failure_ratio.reset();
        for it in targets {
            let labels = [it.provider.as_str(), it.target.as_str()];
            self.available.with_label_values(&labels).set(it.away.is_none().into());
            if let Some(reason) = it.away {
                self.unavailable.with_label_values(&[labels[0], labels[1], reason]).set(1);
            }
            if let Some(ratio) = it.failure_ratio {
                self.failure_ratio.with_label_values(&labels).set(ratio);
            }
        }
    }
}
