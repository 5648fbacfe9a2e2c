//! What the router counts, under the names of OpenTelemetry's conventions for generative AI where one exists. Labels have few
//! values: never a user, a token or a request.

use std::time::Duration;

use data_plane_core::config::Target;
use data_plane_core::decide::limit::Limit;
use data_plane_core::dialect::Operation;
use data_plane_core::usage::TokenUsage;
use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};

/// From a cached answer to an agent's long turn.
const SECONDS: [f64; 14] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0];
/// From 25 µs on: what the router itself adds.
const OVERHEAD: [f64; 11] = [25e-6, 50e-6, 1e-4, 25e-5, 5e-4, 1e-3, 25e-4, 5e-3, 1e-2, 0.05, 0.25];
/// The conventions' advice for `gen_ai.client.token.usage`, to a million tokens and more.
const TOKENS: [f64; 13] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
];
/// The conventions' advice for `gen_ai.server.time_per_output_token`.
const PER_TOKEN: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// All of the router's metrics.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    in_flight: IntGauge,
    /// Counted where bodies are read.
    pub bodies_read: IntCounter,
    overhead: Histogram,
    attempts: IntCounterVec,
    fallbacks: IntCounterVec,
    limit_decisions: IntCounterVec,
    admitted: IntCounter,
    duration: HistogramVec,
    first_token: HistogramVec,
    per_token: HistogramVec,
    tokens: HistogramVec,
    /// Counted by the store itself.
    pub response_store: IntCounterVec,
    scraped: Scraped,
}

/// What is read when somebody looks.
struct Scraped {
    config_version: IntGauge,
    config_not_understood: IntGauge,
    config_closed: IntGauge,
    control_plane_silent: IntGauge,
    config_rejected: IntCounter,
    usage_unsent: IntGauge,
    usage_dropped: IntCounter,
    usage_log_bytes: IntGauge,
    provider_keys_missing: IntGauge,
}

impl Scraped {
    fn new(add: &Adding<'_>) -> Self {
        Self {
            config_version: add.gauge("smart_router_config_version", "The configuration that serves; 0: none."),
            config_not_understood: add.gauge(
                "smart_router_config_not_understood",
                "Resources or parts of them that this version does not understand.",
            ),
            config_closed: add.gauge(
                "smart_router_config_closed",
                "Callers, tokens, groups and projects that are closed because what restricts them is not understood.",
            ),
            control_plane_silent: add.gauge(
                "smart_router_control_plane_silent_seconds",
                "Since when the control plane is not connected; 0 while it is. Beyond `settings.max_disconnected` nothing is served.",
            ),
            config_rejected: add.counter("smart_router_config_rejected_total", "Configurations that were rejected."),
            usage_unsent: add
                .gauge("smart_router_usage_unsent_events", "Usage events that the control plane does not have yet."),
            usage_dropped: add.counter(
                "smart_router_usage_dropped_events_total",
                "Usage events that were dropped because the usage log was full.",
            ),
            usage_log_bytes: add.gauge("smart_router_usage_log_bytes", "Disk space that the usage log takes."),
            provider_keys_missing: add.gauge(
                "smart_router_provider_keys_missing",
                "Variables and files that should hold a provider's key and do not; such targets are not tried.",
            ),
        }
    }
}

/// What others know at the moment of a scrape.
pub(crate) struct Observed {
    pub config_version: u64,
    pub config_not_understood: usize,
    pub config_closed: usize,
    pub control_plane_silent: Duration,
    pub config_rejected: u64,
    pub usage_unsent: u64,
    pub usage_dropped: u64,
    pub usage_log_bytes: u64,
    pub provider_keys_missing: usize,
}

/// A request that came to an end, as metrics see it.
pub(crate) struct EndedRequest<'a> {
    pub operation: Operation,
    pub group: &'a str,
    pub code: &'a str,
    pub target: Option<&'a Target>,
    pub attempts: usize,
    pub latency: Duration,
    pub first_byte: Option<Duration>,
    pub overhead: Duration,
    /// A whole answer has one byte time, which says nothing about its tokens'.
    pub stream: bool,
    pub tokens: TokenUsage,
}

impl Metrics {
    pub fn new() -> Self {
        let registry = Registry::new();
        let add = Adding(&registry);
        let limit_decisions = add.counters(
            "smart_router_limit_decisions_total",
            "Admission decisions, by the limit that decided.",
            &["limit", "decision"],
        );
        let model = ["gen_ai_operation_name", "gen_ai_request_model", "gen_ai_response_model", "gen_ai_provider_name"];
        let typed = [model[0], model[1], model[2], model[3], "gen_ai_token_type"];
        Self {
            requests: add.counters(
                "smart_router_requests_total",
                "Requests that came to an end. code is `ok`, `client-closed` or a code of the error registry.",
                &["dialect", "group", "code"],
            ),
            in_flight: add.gauge("smart_router_requests_in_flight", "Requests under way."),
            bodies_read: add.counter("smart_router_request_bodies_read_total", "Requests whose bodies were read."),
            overhead: add.histogram("smart_router_overhead_seconds", "Time spent in the router itself.", &OVERHEAD),
            attempts: add.counters(
                "smart_router_upstream_attempts_total",
                "Calls to providers. class is `ok`, `client-closed` or a failure class.",
                &["provider", "target", "class"],
            ),
            fallbacks: add.counters(
                "smart_router_fallbacks_total",
                "Requests for which more than one target was tried.",
                &["group"],
            ),
            admitted: limit_decisions.with_label_values(&["none", "admit"]),
            limit_decisions,
            duration: add.histograms(
                "gen_ai_server_request_duration_seconds",
                "From a request's first byte to its answer's last.",
                &model,
                &SECONDS,
            ),
            first_token: add.histograms(
                "gen_ai_server_time_to_first_token_seconds",
                "From a request's first byte to its answer's first.",
                &model,
                &SECONDS,
            ),
            per_token: add.histograms(
                "gen_ai_server_time_per_output_token_seconds",
                "Time per output token after the first, of streams.",
                &model,
                &PER_TOKEN,
            ),
            tokens: add.histograms("gen_ai_client_token_usage", "Tokens used by requests.", &typed, &TOKENS),
            response_store: add.counters(
                "smart_router_response_store_operations_total",
                "Operations on stored responses. outcome is `ok`, `unavailable` or `too-large`.",
                &["operation", "outcome"],
            ),
            scraped: Scraped::new(&add),
            registry,
        }
    }

    pub fn began(&self) {
        self.in_flight.inc();
    }

    pub fn admitted(&self) {
        self.admitted.inc();
    }

    pub fn refused(&self, limit: Limit) {
        self.limit_decisions.with_label_values(&[limit.as_str(), "refuse"]).inc();
    }

    pub fn attempted(&self, target: &Target, class: &str) {
        self.attempts.with_label_values(&[target.provider.id.as_str(), target.id.as_str(), class]).inc();
    }

    pub fn ended(&self, ended: &EndedRequest) {
        self.in_flight.dec();
        self.requests.with_label_values(&[ended.operation.dialect().as_str(), ended.group, ended.code]).inc();
        let Some(target) = ended.target else { return };
        self.overhead.observe(ended.overhead.as_secs_f64());
        if ended.attempts > 1 {
            self.fallbacks.with_label_values(&[ended.group]).inc();
        }
        let labels = [operation_name(ended.operation), ended.group, target.id.as_str(), target.provider.id.as_str()];
        self.duration.with_label_values(&labels).observe(ended.latency.as_secs_f64());
        let TokenUsage { input, output, .. } = ended.tokens;
        if let Some(first) = ended.first_byte.filter(|_| ended.code == "ok") {
            self.first_token.with_label_values(&labels).observe(first.as_secs_f64());
            if ended.stream && output > 1 {
                let rest = ended.latency.saturating_sub(first).as_secs_f64();
                self.per_token.with_label_values(&labels).observe(rest / (output - 1) as f64);
            }
        }
        for (kind, count) in [("input", input), ("output", output)] {
            if count > 0 {
                let [operation, group, target, provider] = labels;
                self.tokens.with_label_values(&[operation, group, target, provider, kind]).observe(count as f64);
            }
        }
    }

    /// All of them as Prometheus reads them.
    pub fn render(&self, observed: &Observed) -> Vec<u8> {
        let Scraped { config_version, config_rejected, usage_unsent, usage_dropped, usage_log_bytes, .. } =
            &self.scraped;
        config_version.set(observed.config_version as i64);
        self.scraped.config_not_understood.set(observed.config_not_understood as i64);
        self.scraped.config_closed.set(observed.config_closed as i64);
        self.scraped.control_plane_silent.set(observed.control_plane_silent.as_secs() as i64);
        usage_unsent.set(observed.usage_unsent as i64);
        usage_log_bytes.set(observed.usage_log_bytes as i64);
        self.scraped.provider_keys_missing.set(observed.provider_keys_missing as i64);
        for (counter, value) in [(config_rejected, observed.config_rejected), (usage_dropped, observed.usage_dropped)] {
            counter.inc_by(value.saturating_sub(counter.get()));
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("a vector takes every byte");
        text
    }
}

/// The conventions' names of what is done.
const fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::ChatCompletions | Operation::Responses | Operation::Compact | Operation::Messages => "chat",
        Operation::CountTokens | Operation::InputTokens => "count_tokens",
        Operation::Embeddings => "embeddings",
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

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.add(IntCounter::new(name, help))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.add(IntGauge::new(name, help))
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        self.add(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }

    fn histograms(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
        self.add(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
    }
}
