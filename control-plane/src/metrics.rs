//! What a control plane counts: usage as it comes in, and requests to the admin API. Counters are of this process; each
//! event is counted by the one replica that stored it, so that sums over replicas are the fleet's.

use std::time::Duration;

use control_plane_core::usage::UsageRecord;
use prometheus::{
    CounterVec, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    core::Collector, process_collector::ProcessCollector,
};

use crate::clock::now_ms;

/// From what was just sent to what a router kept for a day.
const LAG: [f64; 10] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 3600.0, 21_600.0, 86_400.0];
/// From a look at a list to a report over a month of rows.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// All of them.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    errors: IntCounterVec,
    attempts: IntCounterVec,
    tokens: IntCounterVec,
    cost: CounterVec,
    lag: Histogram,
    failing: IntGauge,
    admin: HistogramVec,
    logins: IntCounterVec,
    reports: IntCounterVec,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        registry.register(Box::new(ProcessCollector::for_self())).expect("its names are its own");
        let add = Adding(&registry);
        let target = ["group", "provider", "target"];
        Self {
            requests: add.counters(
                "smart_router_fleet_requests_total",
                "Requests that routers have reported to this replica. code is `ok` or says why it was not served.",
                &["group", "provider", "target", "code"],
            ),
            errors: add.counters(
                "smart_router_fleet_errors_total",
                "Those of them that did not end with `ok`.",
                &target,
            ),
            attempts: add.counters(
                "smart_router_fleet_attempts_total",
                "Calls to providers that routers have reported to this replica. class is `ok` or says why it failed.",
                &["target", "class"],
            ),
            tokens: add.counters(
                "smart_router_fleet_tokens_total",
                "Tokens of those requests. cached_input and cache_write are parts of input, reasoning of output.",
                &["group", "provider", "target", "type"],
            ),
            cost: add.add(CounterVec::new(
                Opts::new("smart_router_fleet_cost_usd_total", "What those requests cost, in US dollars."),
                &target,
            )),
            lag: add.add(Histogram::with_opts(
                HistogramOpts::new(
                    "smart_router_ingest_lag_seconds",
                    "From a request's end until its usage is in the database.",
                )
                .buckets(LAG.to_vec()),
            )),
            failing: add.add(IntGauge::new(
                "smart_router_ingest_failing",
                "1 while usage events cannot be written; routers keep them.",
            )),
            admin: add.add(HistogramVec::new(
                HistogramOpts::new("smart_router_admin_request_duration_seconds", "Requests to the admin API.")
                    .buckets(SECONDS.to_vec()),
                &["method", "route", "status"],
            )),
            logins: add.counters(
                "smart_router_logins_total",
                "Logins to the pages. method is `oidc`, `admin-token` or `login-link`; outcome is `ok` or says why nobody was logged in.",
                &["method", "outcome"],
            ),
            reports: add.counters(
                "smart_router_report_sends_total",
                "Reports that this replica has sent to webhooks, or tried to. outcome is `sent` or `failed`.",
                &["outcome"],
            ),
            registry,
        }
    }
}

impl Metrics {
    /// Events are in the database.
    pub fn ingested<'a>(&self, records: impl Iterator<Item = &'a UsageRecord>) {
        let now = now_ms();
        for it in records {
            let labels = [it.group.as_str(), it.provider.as_str(), it.model.as_str()];
            self.requests.with_label_values(&[labels[0], labels[1], labels[2], it.code.as_str()]).inc();
            if it.failed() {
                self.errors.with_label_values(&labels).inc();
            }
            for attempt in &it.attempts {
                self.attempts.with_label_values(&[attempt.target.as_str(), attempt.class.as_str()]).inc();
            }
            for (kind, count) in [
                ("input", it.tokens.input),
                ("output", it.tokens.output),
                ("cached_input", it.tokens.cached_input),
                ("cache_write", it.tokens.cache_write_5m + it.tokens.cache_write_1h),
                ("reasoning", it.tokens.reasoning),
            ] {
                if count > 0 {
                    self.tokens.with_label_values(&[labels[0], labels[1], labels[2], kind]).inc_by(count);
                }
            }
            if it.cost.total > 0 {
                self.cost.with_label_values(&labels).inc_by(it.cost.total as f64 / 1e9);
            }
            let ended = it.started_ms.saturating_add_unsigned(it.latency_us / 1000);
            // A router's clock may be ahead.
            self.lag.observe(now.saturating_sub(ended).max(0) as f64 / 1000.0);
        }
    }

    /// Whether usage can be written.
    pub fn ingest_fails(&self, fails: bool) {
        self.failing.set(fails.into());
    }

    /// A request to the admin API was answered.
    pub fn admin_request(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.admin.with_label_values(&[method, route, &status.to_string()]).observe(took.as_secs_f64());
    }

    /// Somebody was logged in, or was not.
    pub fn login(&self, method: &str, outcome: &str) {
        self.logins.with_label_values(&[method, outcome]).inc();
    }

    /// A report was sent to a webhook, or was not taken.
    pub fn report_sent(&self, outcome: &str) {
        self.reports.with_label_values(&[outcome]).inc();
    }

    /// All of them as Prometheus reads them.
    pub fn render(&self, text: &mut String) {
        let encoded = TextEncoder::new().encode_utf8(&self.registry.gather(), text);
        encoded.expect("a String takes every byte");
    }
}

/// Makes metrics and registers them. Names and labels are constants of this file, so a mistake in one shows at the first
/// start.
struct Adding<'a>(&'a Registry);

impl Adding<'_> {
    fn add<T: Collector + Clone + 'static>(&self, made: prometheus::Result<T>) -> T {
        let metric = made.expect("names and labels are valid");
        self.0.register(Box::new(metric.clone())).expect("names are distinct");
        metric
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }
}
