//! The document and the tokens as messages: defaults filled in, references resolved. The same input gives the same output.

use std::collections::BTreeMap;

use control_plane_core::{
    Secret,
    document::{self, Document},
    token::TokenRecord,
};
use proto::{Body, Word, numbers, v1};

use crate::secrets::CredentialSource;

/// The name of no variable: routers of all versions find no key there, and do not ask the provider.
const NOWHERE: &str = "(the control plane has no key to send)";

/// What a document refers to, resolved.
#[derive(PartialEq, Eq)]
pub(super) struct Secrets {
    /// The keys of providers that need one.
    pub credentials: BTreeMap<String, CredentialSource>,
    /// What routers derive the key from under which they seal what `responses_store` keeps; needed when it is enabled.
    pub seal_key: Option<Secret>,
    /// What ids that providers keep are marked with their owners under.
    pub owner_key: Option<Secret>,
    /// `settings.shared_state.url` with its variables replaced.
    pub valkey_url: Option<Secret>,
}

/// All resources of a document, sorted by key, each key once. It must have passed `control_plane_core::validate`.
pub(super) fn document(it: &Document, secrets: &Secrets) -> Vec<v1::Resource> {
    let mut resources = vec![resource("all", &Body::Settings(settings(&it.settings, secrets)))];
    for (id, it) in &it.providers {
        resources.push(resource(id, &Body::Provider(provider(id, it, secrets))));
        for (model, it) in &it.models {
            let target = target(id, model, it);
            resources.push(resource(&target.id.clone(), &Body::Target(target)));
        }
    }
    resources.extend(it.groups.iter().map(|(id, it)| resource(id, &Body::Group(group(id, it)))));
    resources.extend(it.projects.iter().map(|(id, it)| {
        resource(id, &Body::Project(v1::Project { id: id.clone(), owner: it.owner.clone(), marks: None }))
    }));
    resources.extend(it.callers.iter().map(|it| resource(&it.id, &Body::Caller(caller(it)))));
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    resources
}

/// A token's resource. One whose caller is not in the document does not belong into a snapshot: it opens nothing, and comes
/// back with its caller.
pub(super) fn token(it: &TokenRecord) -> v1::Resource {
    let token = v1::Token {
        id: it.id.clone(),
        caller: it.caller.clone(),
        digest: it.digest.to_vec(),
        state: it.state.number(),
        expires_ms: it.expires_ms.unwrap_or(0),
        marks: None,
    };
    resource(&it.id, &Body::Token(token))
}

fn resource(id: &str, body: &Body) -> v1::Resource {
    v1::Resource::new(format!("{}/{id}", body.kind()), body)
}

fn settings(it: &document::Settings, secrets: &Secrets) -> v1::Settings {
    let baseline = |it: &document::Baseline| v1::Baseline {
        id: it.id.clone(),
        input_nanousd_per_mtok: it.input_usd_per_mtok.nanos(),
        output_nanousd_per_mtok: it.output_usd_per_mtok.nanos(),
    };
    let store = &it.responses_store;
    let seal_key = secrets.seal_key.as_ref().filter(|_| store.enabled);
    let settings = v1::Settings {
        default_group: it.default_group.clone().unwrap_or_default(),
        store_client_ip: it.usage.store_client_ip,
        baselines: it.baselines.iter().map(baseline).collect(),
        responses_store: seal_key.map(|key| v1::ResponsesStore {
            enabled: true,
            ttl_ms: store.ttl.millis(),
            seal_key: key.expose().as_bytes().to_vec(),
        }),
        shared_state: secrets.valkey_url.as_ref().map(|url| v1::SharedState {
            kind: document::SharedStateKind::Valkey.number(),
            url: url.expose().to_owned(),
        }),
        cors: (!it.cors.origins.is_empty())
            .then(|| v1::Cors { origins: it.cors.origins.clone(), max_age_ms: it.cors.max_age.millis() }),
        owner_key: secrets.owner_key.as_ref().map_or_else(Vec::new, |it| it.expose().as_bytes().to_vec()),
        ..v1::Settings::default()
    };
    with_bound(settings, it.max_disconnected)
}

#[cfg(not(feature = "frozen-contract"))]
fn with_bound(settings: v1::Settings, bound: document::MaxDisconnected) -> v1::Settings {
    let max_disconnected_ms = match bound {
        document::MaxDisconnected::For(bound) => bound.millis(),
        document::MaxDisconnected::Forever => u64::MAX,
    };
    v1::Settings { max_disconnected_ms, ..settings }
}

#[cfg(feature = "frozen-contract")]
fn with_bound(settings: v1::Settings, _: document::MaxDisconnected) -> v1::Settings {
    settings
}

fn provider(id: &str, it: &document::Provider, secrets: &Secrets) -> v1::Provider {
    v1::Provider {
        id: id.to_owned(),
        base_url: it.base_url.trim_end_matches('/').to_owned(),
        dialects: numbers(&it.dialects),
        credential: secrets.credentials.get(id).map(credential),
        kind: it.kind.number(),
        private_network: it.network == document::Network::Private,
        timeouts: Some(v1::Timeouts {
            connect_ms: it.timeouts.connect.millis(),
            first_byte_ms: it.timeouts.first_byte.millis(),
            stream_idle_ms: it.timeouts.stream_idle.millis(),
            total_ms: it.timeouts.total.millis(),
        }),
        single_tenant: it.tenancy == document::Tenancy::Single,
        forward_headers: it.forward_headers.iter().map(|it| it.to_ascii_lowercase()).collect(),
        egress: it.egress.as_ref().map(egress),
        marks: None,
    }
}

fn egress(it: &document::Egress) -> v1::Egress {
    let said = |it: &Option<String>| it.clone().unwrap_or_default();
    v1::Egress {
        proxy: said(&it.proxy),
        ca_file: said(&it.ca_file),
        certificate_file: said(&it.certificate_file),
        key_file: said(&it.key_file),
    }
}

fn credential(it: &CredentialSource) -> v1::Credential {
    use v1::credential::Source as To;
    let source = match it {
        CredentialSource::Value(secret) => To::Value(secret.expose().as_bytes().to_vec()),
        CredentialSource::Env(name) => To::Env(name.clone()),
        CredentialSource::File(path) => To::File(path.clone()),
        CredentialSource::Nowhere => To::Env(NOWHERE.to_owned()),
    };
    v1::Credential { source: Some(source) }
}

fn target(provider: &str, id: &str, it: &document::Model) -> v1::Target {
    let tools = |(dialect, types): (&document::Dialect, &Vec<String>)| v1::DialectTools {
        dialect: dialect.number(),
        types: types.clone(),
    };
    let mut prices: Vec<v1::Price> = it.prices.iter().map(price).collect();
    prices.sort_by_key(|it| it.from_ms);
    v1::Target {
        id: format!("{provider}/{id}"),
        provider: provider.to_owned(),
        model: it.model.clone(),
        state: it.state.number(),
        context_tokens: it.context_tokens.unwrap_or(0),
        max_output_tokens: it.max_output_tokens.unwrap_or(0),
        input_modalities: numbers(&it.modalities.input),
        output_modalities: numbers(&it.modalities.output),
        tools: it.tools.iter().map(tools).collect(),
        structured_outputs: it.structured_outputs,
        reasoning: it.reasoning.supported,
        reasoning_efforts: it.reasoning.efforts.clone(),
        output_cap_field: it.output_cap.field.map_or(0, Word::number),
        output_cap_ignored: !it.output_cap.honored,
        prices,
        marks: None,
    }
}

fn price(it: &document::Price) -> v1::Price {
    let nanos = |price: Option<document::UsdPerMtok>| price.map(document::UsdPerMtok::nanos);
    v1::Price {
        from_ms: it.from.map_or(0, document::Date::start_ms),
        input: it.input.nanos(),
        cached_input: nanos(it.cached_input),
        cache_write_5m: nanos(it.cache_write_5m),
        cache_write_1h: nanos(it.cache_write_1h),
        output: it.output.nanos(),
    }
}

fn group(id: &str, it: &document::Group) -> v1::Group {
    let target = |it: &document::GroupTarget| v1::GroupTarget { target: it.model.clone(), weight: it.weight };
    v1::Group {
        id: id.to_owned(),
        aliases: it.aliases.clone(),
        policy: it.policy.kind.number(),
        targets: it.targets.iter().map(target).collect(),
        max_attempts: it.fallback.max_attempts,
        fallback_on: numbers(&it.fallback.on),
        dialects: numbers(&it.contract.dialects),
        modalities: numbers(&it.contract.modalities),
        reveal_target: it.reveal.target,
        reveal_cost: it.reveal.cost,
        fidelity: it.fidelity.number(),
        late_keep_alive: !it.early_keep_alive,
        marks: None,
    }
}

fn caller(it: &document::Caller) -> v1::Caller {
    v1::Caller {
        id: it.id.clone(),
        user: it.user.clone(),
        project: it.project.clone().unwrap_or_default(),
        environment: it.environment.clone(),
        allow: it.allow.clone(),
        default_group: it.default_group.clone().unwrap_or_default(),
        scopes: numbers(&it.scopes),
        requests_per_minute: it.limits.rpm,
        tokens_per_minute: it.limits.tpm,
        concurrency: it.limits.concurrency,
        disabled: it.disabled,
        marks: None,
    }
}

#[cfg(test)]
mod tests;
