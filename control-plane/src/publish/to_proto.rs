//! The compiled snapshot as messages, one to one.

use control_plane_core::snapshot;
use proto::{Body as To, v1};

/// All resources, in their order.
pub(super) fn resources(resources: Vec<snapshot::Resource>) -> impl Iterator<Item = v1::Resource> {
    resources.into_iter().map(resource)
}

/// One of them.
pub(super) fn resource(it: snapshot::Resource) -> v1::Resource {
    use snapshot::Body as From;
    let body = match it.body {
        From::Settings(it) => To::Settings(settings(it)),
        From::Provider(it) => To::Provider(provider(it)),
        From::Target(it) => To::Target(target(it)),
        From::Group(it) => To::Group(group(it)),
        From::Project(it) => To::Project(v1::Project { id: it.id, owner: it.owner, marks: None }),
        From::Caller(it) => To::Caller(caller(it)),
        From::Token(it) => To::Token(token(it)),
    };
    v1::Resource::new(it.key, &body)
}

fn settings(it: snapshot::Settings) -> v1::Settings {
    let baseline = |it: snapshot::Baseline| v1::Baseline {
        id: it.id,
        input_nanousd_per_mtok: it.input_nanousd_per_mtok,
        output_nanousd_per_mtok: it.output_nanousd_per_mtok,
    };
    v1::Settings {
        default_group: it.default_group,
        store_client_ip: it.store_client_ip,
        baselines: it.baselines.into_iter().map(baseline).collect(),
        responses_store: it.responses_store.map(|it| v1::ResponsesStore {
            enabled: true,
            ttl_ms: it.ttl_ms,
            seal_key: it.seal_key.expose().as_bytes().to_vec(),
        }),
        shared_state: it
            .valkey_url
            .map(|url| v1::SharedState { kind: "valkey".to_owned(), url: url.expose().to_owned() }),
        marks: None,
    }
}

fn provider(it: snapshot::Provider) -> v1::Provider {
    v1::Provider {
        id: it.id,
        base_url: it.base_url,
        dialects: it.dialects,
        credential: it.credential.map(credential),
        kind: it.kind,
        private_network: it.private_network,
        timeouts: Some(v1::Timeouts {
            connect_ms: it.timeouts.connect_ms,
            first_byte_ms: it.timeouts.first_byte_ms,
            stream_idle_ms: it.timeouts.stream_idle_ms,
            total_ms: it.timeouts.total_ms,
        }),
        marks: None,
    }
}

fn credential(it: snapshot::CredentialSource) -> v1::Credential {
    use snapshot::CredentialSource as From;
    use v1::credential::Source as To;
    let source = match it {
        From::Value(secret) => To::Value(secret.expose().as_bytes().to_vec()),
        From::Env(name) => To::Env(name),
        From::File(path) => To::File(path),
    };
    v1::Credential { source: Some(source) }
}

fn target(it: snapshot::Target) -> v1::Target {
    let tools = |it: snapshot::DialectTools| v1::DialectTools { dialect: it.dialect, types: it.types };
    v1::Target {
        id: it.id,
        provider: it.provider,
        model: it.model,
        state: it.state,
        context_tokens: it.context_tokens,
        max_output_tokens: it.max_output_tokens,
        input_modalities: it.input_modalities,
        output_modalities: it.output_modalities,
        tools: it.tools.into_iter().map(tools).collect(),
        structured_outputs: it.structured_outputs,
        reasoning: it.reasoning,
        reasoning_efforts: it.reasoning_efforts,
        output_cap_field: it.output_cap_field,
        output_cap_ignored: it.output_cap_ignored,
        prices: it.prices.iter().map(price).collect(),
        marks: None,
    }
}

fn price(it: &snapshot::Price) -> v1::Price {
    v1::Price {
        from_ms: it.from_ms,
        input: it.input,
        cached_input: it.cached_input,
        cache_write_5m: it.cache_write_5m,
        cache_write_1h: it.cache_write_1h,
        output: it.output,
    }
}

fn group(it: snapshot::Group) -> v1::Group {
    let target = |it: snapshot::GroupTarget| v1::GroupTarget { target: it.target, weight: it.weight };
    v1::Group {
        id: it.id,
        aliases: it.aliases,
        policy: it.policy,
        targets: it.targets.into_iter().map(target).collect(),
        max_attempts: it.max_attempts,
        fallback_on: it.fallback_on,
        dialects: it.dialects,
        modalities: it.modalities,
        reveal_target: it.reveal_target,
        reveal_cost: it.reveal_cost,
        fidelity: it.fidelity,
        marks: None,
    }
}

fn caller(it: snapshot::Caller) -> v1::Caller {
    v1::Caller {
        id: it.id,
        user: it.user,
        project: it.project,
        environment: it.environment,
        allow: it.allow,
        default_group: it.default_group,
        scopes: it.scopes,
        requests_per_minute: it.requests_per_minute,
        tokens_per_minute: it.tokens_per_minute,
        concurrency: it.concurrency,
        disabled: it.disabled,
        marks: None,
    }
}

fn token(it: snapshot::Token) -> v1::Token {
    v1::Token {
        id: it.id,
        caller: it.caller,
        digest: it.digest.to_vec(),
        state: it.state,
        expires_ms: it.expires_ms,
        marks: None,
    }
}
