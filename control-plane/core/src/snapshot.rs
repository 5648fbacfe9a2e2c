//! What routers hold, in plain structs that mirror the messages of `config.proto`, and its compilation from the document
//! and the tokens, apart, because tokens change alone: defaults filled in, references resolved, sorted by key. The same input gives the same output.

mod resource;

pub use resource::{
    Baseline, Body, Caller, CredentialSource, DialectTools, Group, GroupTarget, Price, Project, Provider, Resource,
    ResponsesStore, Settings, Target, Timeouts, Token,
};

use crate::Secret;
use crate::document::{self, CredentialRef, Document};
use crate::token::TokenRecord;

/// Finds the key of a provider: given its id and what the document says about its key, the key itself, or where a router
/// finds it; `None`: it needs none.
pub type FindCredential<'a> = dyn Fn(&str, Option<&CredentialRef>) -> Option<CredentialSource> + 'a;

/// What a snapshot says and the document does not.
pub struct Secrets<'a> {
    /// The keys of providers.
    pub credentials: &'a FindCredential<'a>,
    /// What routers derive the key from under which they seal what `responses_store` keeps; needed when it is enabled.
    pub responses_seal_key: Option<Secret>,
    /// `settings.shared_state.url` with its variables replaced, as [`crate::shared_state::valkey_url`] does; `None`: there is none.
    pub valkey_url: Option<Secret>,
}

/// All resources of a snapshot but its tokens, sorted by key, each key once. The document must have passed
/// [`crate::validate`].
pub fn compile(document: &Document, secrets: &Secrets<'_>) -> Vec<Resource> {
    let mut resources = vec![settings(&document.settings, secrets)];
    for (id, it) in &document.providers {
        resources.push(provider(id, it, (secrets.credentials)(id, it.credential.as_ref())));
        resources.extend(it.models.iter().map(|(model, it)| target(id, model, it)));
    }
    resources.extend(document.groups.iter().map(|(id, it)| group(id, it)));
    resources.extend(document.projects.iter().map(|(id, it)| {
        Resource::new("project", id, Body::Project(Project { id: id.clone(), owner: it.owner.clone() }))
    }));
    resources.extend(document.callers.iter().map(caller));
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    resources
}

fn settings(it: &document::Settings, secrets: &Secrets<'_>) -> Resource {
    let baseline = |it: &document::Baseline| Baseline {
        id: it.id.clone(),
        input_nanousd_per_mtok: it.input_usd_per_mtok.nanos(),
        output_nanousd_per_mtok: it.output_usd_per_mtok.nanos(),
    };
    let settings = Settings {
        default_group: it.default_group.clone().unwrap_or_default(),
        store_client_ip: it.usage.store_client_ip,
        baselines: it.baselines.iter().map(baseline).collect(),
        responses_store: responses_store(&it.responses_store, secrets.responses_seal_key.clone()),
        valkey_url: secrets.valkey_url.clone(),
    };
    Resource::new("settings", "all", Body::Settings(settings))
}

fn responses_store(it: &document::ResponsesStore, seal_key: Option<Secret>) -> Option<ResponsesStore> {
    let seal_key = seal_key.filter(|_| it.enabled)?;
    Some(ResponsesStore { ttl_ms: it.ttl.millis(), seal_key })
}

fn provider(id: &str, it: &document::Provider, credential: Option<CredentialSource>) -> Resource {
    let timeouts = Timeouts {
        connect_ms: it.timeouts.connect.millis(),
        first_byte_ms: it.timeouts.first_byte.millis(),
        stream_idle_ms: it.timeouts.stream_idle.millis(),
        total_ms: it.timeouts.total.millis(),
    };
    let provider = Provider {
        id: id.to_owned(),
        base_url: it.base_url.trim_end_matches('/').to_owned(),
        dialects: names(&it.dialects, document::Dialect::as_str),
        credential,
        kind: it.kind.as_str().to_owned(),
        private_network: it.network == document::Network::Private,
        timeouts,
    };
    Resource::new("provider", id, Body::Provider(provider))
}

fn target(provider: &str, id: &str, it: &document::Model) -> Resource {
    let id = format!("{provider}/{id}");
    let tools = it
        .tools
        .iter()
        .map(|(dialect, types)| DialectTools { dialect: dialect.as_str().to_owned(), types: types.clone() });
    let mut prices: Vec<Price> = it.prices.iter().map(price).collect();
    prices.sort_by_key(|it| it.from_ms);
    let target = Target {
        id: id.clone(),
        provider: provider.to_owned(),
        model: it.model.clone(),
        state: it.state.as_str().to_owned(),
        context_tokens: it.context_tokens.unwrap_or(0),
        max_output_tokens: it.max_output_tokens.unwrap_or(0),
        input_modalities: names(&it.modalities.input, document::Modality::as_str),
        output_modalities: names(&it.modalities.output, document::Modality::as_str),
        tools: tools.collect(),
        structured_outputs: it.structured_outputs,
        reasoning: it.reasoning.supported,
        reasoning_efforts: it.reasoning.efforts.clone(),
        output_cap_field: it.output_cap.field.map_or("", document::OutputCapField::as_str).to_owned(),
        output_cap_ignored: !it.output_cap.honored,
        prices,
    };
    Resource::new("target", &id, Body::Target(target))
}

fn price(it: &document::Price) -> Price {
    let nanos = |price: Option<document::UsdPerMtok>| price.map(document::UsdPerMtok::nanos);
    Price {
        from_ms: it.from.map_or(0, document::Date::start_ms),
        input: it.input.nanos(),
        cached_input: nanos(it.cached_input),
        cache_write_5m: nanos(it.cache_write_5m),
        cache_write_1h: nanos(it.cache_write_1h),
        output: it.output.nanos(),
    }
}

fn group(id: &str, it: &document::Group) -> Resource {
    let target = |it: &document::GroupTarget| GroupTarget { target: it.model.clone(), weight: it.weight };
    let group = Group {
        id: id.to_owned(),
        aliases: it.aliases.clone(),
        policy: it.policy.kind.as_str().to_owned(),
        targets: it.targets.iter().map(target).collect(),
        max_attempts: it.fallback.max_attempts,
        fallback_on: names(&it.fallback.on, document::FailureClass::as_str),
        dialects: names(&it.contract.dialects, document::Dialect::as_str),
        modalities: names(&it.contract.modalities, document::Modality::as_str),
        reveal_target: it.reveal.target,
        reveal_cost: it.reveal.cost,
        fidelity: it.fidelity.as_str().to_owned(),
    };
    Resource::new("group", id, Body::Group(group))
}

fn caller(it: &document::Caller) -> Resource {
    let caller = Caller {
        id: it.id.clone(),
        user: it.user.clone(),
        project: it.project.clone().unwrap_or_default(),
        environment: it.environment.clone(),
        allow: it.allow.clone(),
        default_group: it.default_group.clone().unwrap_or_default(),
        scopes: names(&it.scopes, document::Scope::as_str),
        requests_per_minute: it.limits.rpm,
        tokens_per_minute: it.limits.tpm,
        concurrency: it.limits.concurrency,
        disabled: it.disabled,
    };
    Resource::new("caller", &it.id, Body::Caller(caller))
}

/// A token's resource. One whose caller is not in the document does not belong into a snapshot: it opens nothing, and comes
/// back with its caller.
pub fn token(it: &TokenRecord) -> Resource {
    let token = Token {
        id: it.id.clone(),
        caller: it.caller.clone(),
        digest: it.digest,
        state: it.state.as_str().to_owned(),
        expires_ms: it.expires_ms.unwrap_or(0),
    };
    Resource::new("token", &it.id, Body::Token(token))
}

fn names<T: Copy>(values: &[T], name: fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|it| name(*it).to_owned()).collect()
}

#[cfg(test)]
mod tests;
