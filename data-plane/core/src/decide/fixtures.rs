//! Smallest values of the configuration, for tests to change.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::config::{
    Fallback, Fidelity, Group, GroupTarget, Modality, OutputCap, Policy, Provider, ProviderKind, Reveal, Target,
    TargetState, Timeouts,
};
use crate::dialect::{Dialect, Operation};
use crate::facts::RequestFacts;

/// What waits for nobody is there at once.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

pub(super) fn provider(dialects: &[Dialect]) -> Provider {
    let second = Duration::from_secs(1);
    Provider {
        id: "openai".to_owned(),
        base_url: "https://api.openai.com/v1".to_owned(),
        dialects: dialects.to_vec(),
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: crate::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    }
}

/// Active, speaks Chat, text in and out, nothing else.
pub(super) fn target(id: &str) -> Target {
    Target {
        id: id.to_owned(),
        provider: Arc::new(provider(&[Dialect::OpenaiChat])),
        model: id.to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
        input_modalities: vec![Modality::Text],
        output_modalities: vec![Modality::Text],
        tools: Vec::new(),
        structured_outputs: false,
        reasoning: false,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap::default(),
        prices: Vec::new(),
    }
}

pub(super) fn member(target: Target, weight: u32) -> GroupTarget {
    GroupTarget { target: Arc::new(target), weight }
}

pub(super) fn group(targets: Vec<GroupTarget>) -> Group {
    Group {
        id: "fast".to_owned(),
        aliases: Vec::new(),
        policy: Policy::Failover,
        targets,
        fallback: Fallback { max_attempts: 1, on: Vec::new() },
        dialects: Vec::new(),
        modalities: Vec::new(),
        fidelity: Fidelity::Tolerant,
        early_keep_alive: true,
        reveal: Reveal { target: true, cost: false },
    }
}

/// Text in and out, nothing else asked for.
pub(super) fn facts(operation: Operation) -> RequestFacts {
    RequestFacts::plain(operation, "fast".to_owned(), 0..0)
}
