//! A target that can do everything, and what an answer to a caller is made of.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_plane_core::config::{Modality, OutputCap, Provider, ProviderKind, Target, TargetState, Timeouts};
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::translate::{Realm, Reply, ToolNames};

/// The provider of [`target`].
pub const PROVIDER: &str = "vendor";

/// A target without any limit.
pub fn target() -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: PROVIDER.to_owned(),
        base_url: "https://api.example.com/v1".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: data_plane_core::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    };
    Target {
        id: format!("{PROVIDER}/model-1"),
        provider: Arc::new(provider),
        model: "model-1".to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
        input_modalities: vec![Modality::Text, Modality::Image, Modality::File, Modality::Audio],
        output_modalities: vec![Modality::Text, Modality::Image],
        tools: Vec::new(),
        structured_outputs: true,
        reasoning: true,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap::default(),
        prices: Vec::new(),
    }
}

/// What an answer has to know of the request.
pub fn reply(request: &[u8], names: Arc<ToolNames>) -> Reply {
    Reply {
        request_id: "0199c0de".to_owned(),
        model: "group".to_owned(),
        created: 1_760_000_000,
        estimated_input: 12,
        realm: Realm::of(PROVIDER),
        include_usage: true,
        request: Bytes::copy_from_slice(request),
        names,
    }
}
