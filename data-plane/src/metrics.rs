//! What the router counts, under the names of OpenTelemetry's conventions for generative AI where one exists. Labels have few
//! values: never a user, a token or a request.

mod adding;
mod scraped;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use data_plane_core::config::Target;
use data_plane_core::decide::limit::Limit;
use data_plane_core::dialect::Operation;
use data_plane_core::usage::TokenUsage;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    CounterVec, Encoder as _, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, Registry, TextEncoder,
};
use vocabulary::Build;

use adding::Adding;
use scraped::Scraped;

pub(crate) use scraped::{Observed, ObservedTarget};

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

/// Labels of `smart_router_build_info`.
const BUILD: [&str; 4] = ["component", "version", "commit", "built"];

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
    models: ModelMetrics,
    cost: CounterVec,
    /// Counted by the store itself.
    pub response_store: IntCounterVec,
    scraped: Scraped,
    rendering: Mutex<()>,
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
    /// What they cost; nano-dollars.
    pub nanousd: u64,
}

/// Those that the conventions name, by operation, group, target and provider.
struct ModelMetrics {
    duration: HistogramVec,
    first_token: HistogramVec,
    per_token: HistogramVec,
    tokens: HistogramVec,
}

impl ModelMetrics {
    fn new(add: &Adding<'_>) -> Self {
        let model = ["gen_ai_operation_name", "gen_ai_request_model", "gen_ai_response_model", "gen_ai_provider_name"];
        let typed = [model[0], model[1], model[2], model[3], "gen_ai_token_type"];
        Self {
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
        }
    }
}

impl Metrics {
    pub fn new(build: Build) -> Self {
        let registry = Registry::new();
        let add = Adding(&registry);
        registry.register(Box::new(ProcessCollector::for_self())).expect("its names are its own");
        let info = add.gauges("smart_router_build_info", "This build; always 1.", &BUILD);
        info.with_label_values(&["data-plane", build.version, build.commit, build.date]).set(1);
        let limit_decisions = add.counters(
            "smart_router_limit_decisions_total",
            "Admission decisions, by the limit that decided.",
            &["limit", "decision"],
        );
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
            models: ModelMetrics::new(&add),
            cost: add.amounts(
                "smart_router_cost_usd_total",
                "What requests cost at the configuration's prices, in US dollars.",
                &["group", "provider", "target"],
            ),
            response_store: add.counters(
                "smart_router_response_store_operations_total",
                "Operations on stored responses. outcome is `ok`, `unavailable` or `too-large`.",
                &["operation", "outcome"],
            ),
            scraped: Scraped::new(&add),
            rendering: Mutex::default(),
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
        self.models.duration.with_label_values(&labels).observe(ended.latency.as_secs_f64());
        let TokenUsage { input, output, .. } = ended.tokens;
        if let Some(first) = ended.first_byte.filter(|_| ended.code == "ok") {
            self.models.first_token.with_label_values(&labels).observe(first.as_secs_f64());
            if ended.stream && output > 1 {
                let rest = ended.latency.saturating_sub(first).as_secs_f64();
                self.models.per_token.with_label_values(&labels).observe(rest / (output - 1) as f64);
            }
        }
        if ended.nanousd > 0 {
            let labels = [ended.group, target.provider.id.as_str(), target.id.as_str()];
            self.cost.with_label_values(&labels).inc_by(ended.nanousd as f64 / 1e9);
        }
        for (kind, count) in [("input", input), ("output", output)] {
            if count > 0 {
                let [operation, group, target, provider] = labels;
                self.models.tokens.with_label_values(&[operation, group, target, provider, kind]).observe(count as f64);
            }
        }
    }

    /// All of them as Prometheus reads them.
    pub fn render(&self, observed: &Observed) -> Vec<u8> {
        // Some are emptied and filled again.
        let _alone = self.rendering.lock().unwrap_or_else(PoisonError::into_inner);
        self.scraped.set(observed);
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
