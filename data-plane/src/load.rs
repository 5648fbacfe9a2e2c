//! How much is under way: connections, requests and memory, and what was refused for want of them.

use std::sync::{Arc, OnceLock};

use listener::{SeatCounts, Seats};
use prometheus::core::Collector;
use prometheus::{Encoder as _, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::memory::Memory;

/// What the router carries at the moment, and how much it may.
pub(crate) struct Load {
    /// Of bodies and buffers.
    pub memory: Arc<Memory>,
    /// One for each request that may need a connection to a provider.
    places: Arc<Semaphore>,
    most: usize,
    seats: OnceLock<Arc<Seats>>,
    gauges: Gauges,
}

struct Gauges {
    registry: Registry,
    connections: IntGaugeVec,
    refused: IntCounterVec,
    requests: IntGauge,
    requests_limit: IntGauge,
    memory: IntGauge,
    memory_limit: IntGauge,
}

impl Load {
    /// So many bytes and so many requests at a time.
    pub fn new(memory: usize, most: usize) -> Self {
        Self {
            memory: Memory::new(memory),
            places: Arc::new(Semaphore::new(most)),
            most,
            seats: OnceLock::new(),
            gauges: Gauges::new(),
        }
    }

    /// The listener's seats, once it listens.
    pub fn listens(&self, seats: Arc<Seats>) {
        let _only_once = self.seats.set(seats);
    }

    /// A request's place; `None`: as many are under way as may be.
    pub fn enter(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        if place.is_none() {
            self.gauges.refused.with_label_values(&["requests"]).inc();
        }
        place
    }

    /// What has been seen of connections.
    pub fn connections(&self) -> SeatCounts {
        self.seats.get().map(|it| it.counted()).unwrap_or_default()
    }

    /// As Prometheus reads it.
    pub fn render(&self, out: &mut Vec<u8>) {
        let Gauges { registry, connections, refused, requests, requests_limit, memory, memory_limit } = &self.gauges;
        let seen = self.connections();
        connections.with_label_values(&["open"]).set(seen.open as i64);
        connections.with_label_values(&["opening"]).set(seen.opening as i64);
        for (reason, count) in [
            ("connections", seen.refused_total),
            ("connections-of-address", seen.refused_address),
            ("connections-opening", seen.refused_opening),
            ("idle-connection", seen.evicted),
            ("file-descriptors", seen.no_descriptors),
            ("memory", self.memory.refused()),
        ] {
            let counter = refused.with_label_values(&[reason]);
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        requests.set((self.most - self.places.available_permits()) as i64);
        requests_limit.set(self.most as i64);
        memory.set(self.memory.used() as i64);
        memory_limit.set(self.memory.limit() as i64);
        TextEncoder::new().encode(&registry.gather(), out).expect("a vector takes every byte");
    }
}

impl Gauges {
    fn new() -> Self {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| add(&registry, IntGauge::new(name, help));
        let requests = gauge("smart_router_requests_admitted", "Requests that hold a place.");
        let requests_limit = gauge("smart_router_requests_limit", "Requests that may be under way at a time.");
        let memory = gauge("smart_router_memory_used_bytes", "Memory that bodies and buffers of requests hold.");
        let memory_limit = gauge("smart_router_memory_limit_bytes", "Memory that they may hold.");
        let connections = IntGaugeVec::new(
            Opts::new("smart_router_connections", "Callers' connections. Opening ones have not sent a request yet."),
            &["state"],
        );
        let refused = IntCounterVec::new(
            Opts::new("smart_router_overload_total", "What was refused or closed for want of room, by what ran out."),
            &["reason"],
        );
        let (connections, refused) = (add(&registry, connections), add(&registry, refused));
        Self { registry, connections, refused, requests, requests_limit, memory, memory_limit }
    }
}

/// Names and labels are constants of this file.
fn add<T: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<T>) -> T {
    let metric = made.expect("names and labels are valid");
    registry.register(Box::new(metric.clone())).expect("names are distinct");
    metric
}
