#![expect(clippy::unwrap_used, reason = "tests")]

use control_plane_core::{
    document::{Dialect, FailureClass, Fidelity, Modality, OutputCapField, PolicyKind, TargetState},
    parse::parse,
    token::TokenState,
};

use super::*;

const EXAMPLE: &str = include_str!("../../../core/src/reference/example.yaml");

fn example() -> Document {
    parse(EXAMPLE, &|_| None).unwrap().document
}

fn no_secrets() -> Secrets {
    Secrets { credentials: BTreeMap::new(), seal_key: None, owner_key: None, valkey_url: None }
}

fn body(resources: &[v1::Resource], key: &str) -> Body {
    resources.iter().find(|it| it.key == key).unwrap().decode().unwrap().unwrap()
}

macro_rules! body {
    ($kind:ident, $resources:expr, $key:expr) => {
        match body($resources, $key) {
            Body::$kind(it) => it,
            other => panic!("another {}", other.kind()),
        }
    };
}

#[test]
fn a_document_has_every_resource_once_in_the_order_of_keys() {
    let resources = document(&example(), &no_secrets());
    let keys: Vec<_> = resources.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "caller/ana-search-dev",
            "group/agent",
            "group/fast",
            "project/search",
            "provider/anthropic",
            "provider/openai",
            "provider/private",
            "settings/all",
            "target/anthropic/sonnet",
            "target/openai/mini",
            "target/private/llama",
        ]
    );
    assert!(document(&example(), &no_secrets()) == resources);
}

#[test]
fn defaults_are_filled_in() {
    let resources = document(&example(), &no_secrets());
    assert_eq!(
        body!(Provider, &resources, "provider/anthropic").timeouts,
        Some(v1::Timeouts { connect_ms: 5000, first_byte_ms: 60_000, stream_idle_ms: 120_000, total_ms: 600_000 })
    );
    let llama = body!(Target, &resources, "target/private/llama");
    assert_eq!((llama.state, llama.context_tokens), (TargetState::Active.number(), 0));
    assert_eq!((llama.input_modalities, llama.reasoning), (numbers(&[Modality::Text]), false));
    assert!(llama.structured_outputs);
    let agent = body!(Group, &resources, "group/agent");
    assert_eq!((agent.policy, agent.max_attempts), (PolicyKind::Failover.number(), 3));
    assert_eq!(agent.fallback_on, numbers(&FailureClass::FALLBACK));
    assert_eq!((agent.targets[0].weight, agent.fidelity), (1, Fidelity::Tolerant.number()));
}

#[test]
fn values_arrive_exactly() {
    let resources = document(&example(), &no_secrets());
    let mini = body!(Target, &resources, "target/openai/mini");
    let price = v1::Price {
        from_ms: 1_754_524_800_000,
        input: 250_000_000,
        cached_input: Some(25_000_000),
        cache_write_5m: None,
        cache_write_1h: None,
        output: 2_000_000_000,
    };
    assert_eq!(mini.prices, [price]);
    assert_eq!((mini.output_cap_field, mini.output_cap_ignored), (OutputCapField::MaxCompletionTokens.number(), false));
    assert_eq!(mini.tools[1].types, ["function", "custom"]);
    let openai = body!(Provider, &resources, "provider/openai");
    assert_eq!(openai.dialects, numbers(&[Dialect::OpenaiChat, Dialect::OpenaiResponses]));
    let ana = body!(Caller, &resources, "caller/ana-search-dev");
    assert_eq!((ana.requests_per_minute, ana.concurrency, ana.disabled), (Some(600), Some(20), false));
}

#[test]
fn a_token_travels_as_its_digest() {
    let record = TokenRecord {
        id: "aa".to_owned(),
        caller: "ana-search-dev".to_owned(),
        name: "laptop".to_owned(),
        digest: [1; 32],
        state: TokenState::Rotated,
        created_ms: 0,
        expires_ms: None,
        rotated_from: None,
        last_used_ms: None,
    };
    let it = body!(Token, &[token(&record)], "token/aa");
    assert_eq!((it.caller.as_str(), it.digest, it.expires_ms), ("ana-search-dev", vec![1; 32], 0));
    assert_eq!(it.state, TokenState::Rotated.number());
}

#[test]
fn a_key_is_sent_or_where_it_is_found() {
    use v1::credential::Source;
    let mut secrets = no_secrets();
    let file = CredentialSource::File("/run/secrets/anthropic".to_owned());
    secrets.credentials.insert("openai".to_owned(), CredentialSource::Value(Secret::new("key".to_owned())));
    secrets.credentials.insert("anthropic".to_owned(), file);
    secrets.credentials.insert("private".to_owned(), CredentialSource::Nowhere);
    let resources = document(&example(), &secrets);
    let source = |key: &str| body!(Provider, &resources, key).credential.and_then(|it| it.source);
    assert_eq!(source("provider/openai"), Some(Source::Value(b"key".to_vec())));
    assert_eq!(source("provider/anthropic"), Some(Source::File("/run/secrets/anthropic".to_owned())));
    let Some(Source::Env(nowhere)) = source("provider/private") else { panic!("a name that no variable has") };
    assert!(std::env::var(&nowhere).is_err() && !nowhere.starts_with("SMART_ROUTER_"), "{nowhere}");
    secrets.credentials.remove("private");
    let private = body!(Provider, &document(&example(), &secrets), "provider/private");
    assert!(private.credential.is_none(), "it needs no key");
}

#[test]
fn what_is_kept_reaches_routers_with_its_secrets() {
    let secret = |it: &str| Some(Secret::new(it.to_owned()));
    let secrets = Secrets { seal_key: secret("seal"), valkey_url: secret("redis://h"), ..no_secrets() };
    let settings = body!(Settings, &document(&example(), &secrets), "settings/all");
    let store = settings.responses_store.unwrap();
    assert_eq!((store.ttl_ms, store.seal_key), (24 * 3_600_000, b"seal".to_vec()));
    assert_eq!(settings.shared_state.unwrap().url, "redis://h");
    // No router gets a key for what is not kept.
    let secrets = Secrets { valkey_url: None, ..secrets };
    let settings = body!(Settings, &document(&Document::empty(), &secrets), "settings/all");
    assert!(settings.responses_store.is_none() && settings.shared_state.is_none());
}
