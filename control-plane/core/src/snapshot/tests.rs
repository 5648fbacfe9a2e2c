#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::Secret;
use crate::parse::parse;
use crate::token::TokenState;

const EXAMPLE: &str = include_str!("../reference/example.yaml");

const NO_SECRETS: Secrets<'_> = Secrets { credentials: &|_, _| None, responses_seal_key: None, valkey_url: None };

fn document() -> Document {
    parse(EXAMPLE, &|_| None).unwrap().document
}

fn token(id: &str, caller: &str) -> TokenRecord {
    TokenRecord {
        id: id.to_owned(),
        caller: caller.to_owned(),
        name: String::new(),
        digest: [1; 32],
        state: TokenState::Active,
        created_ms: 0,
        expires_ms: None,
        rotated_from: None,
    }
}

fn keys(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|it| it.key.as_str()).collect()
}

fn body<'a>(resources: &'a [Resource], key: &str) -> &'a Body {
    &resources.iter().find(|it| it.key == key).unwrap().body
}

#[test]
fn a_snapshot_has_every_resource_once_in_the_order_of_keys() {
    let compiled = compile(&document(), &NO_SECRETS);
    assert_eq!(
        keys(&compiled),
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
}

#[test]
fn the_same_input_gives_the_same_snapshot() {
    assert!(compile(&document(), &NO_SECRETS) == compile(&document(), &NO_SECRETS));
}

#[test]
fn defaults_are_filled_in() {
    let compiled = compile(&document(), &NO_SECRETS);
    let Body::Provider(anthropic) = body(&compiled, "provider/anthropic") else { panic!() };
    assert_eq!(
        anthropic.timeouts,
        Timeouts { connect_ms: 5000, first_byte_ms: 60_000, stream_idle_ms: 120_000, total_ms: 600_000 }
    );
    let Body::Target(llama) = body(&compiled, "target/private/llama") else { panic!() };
    assert_eq!((llama.state.as_str(), llama.context_tokens, llama.structured_outputs), ("active", 0, true));
    assert_eq!((llama.input_modalities.join(","), llama.reasoning), ("text".to_owned(), false));
    let Body::Group(agent) = body(&compiled, "group/agent") else { panic!() };
    assert_eq!((agent.policy.as_str(), agent.max_attempts), ("failover", 3));
    assert_eq!(agent.fallback_on, ["timeout", "network", "rate-limit", "quota", "server-error"]);
    assert_eq!(agent.targets[0].weight, 1);
}

#[test]
fn values_arrive_exactly() {
    let compiled = compile(&document(), &NO_SECRETS);
    let Body::Target(mini) = body(&compiled, "target/openai/mini") else { panic!() };
    let price = Price {
        from_ms: 1_754_524_800_000,
        input: 250_000_000,
        cached_input: Some(25_000_000),
        cache_write_5m: None,
        cache_write_1h: None,
        output: 2_000_000_000,
    };
    assert_eq!(mini.prices, [price]);
    assert_eq!((mini.output_cap_field.as_str(), mini.output_cap_ignored), ("max_completion_tokens", false));
    assert_eq!(mini.tools[1].types, ["function", "custom"]);
    let Body::Caller(ana) = body(&compiled, "caller/ana-search-dev") else { panic!() };
    assert_eq!((ana.requests_per_minute, ana.concurrency, ana.disabled), (Some(600), Some(20), false));
    let Resource { key, body: Body::Token(token) } = super::token(&token("a", "ana-search-dev")) else { panic!() };
    assert_eq!(key, "token/a");
    assert_eq!((token.state.as_str(), token.expires_ms), ("active", 0));
}

#[test]
fn a_key_is_looked_for_with_what_the_document_says_about_it() {
    let find = |provider: &str, said: Option<&CredentialRef>| match (provider, said) {
        ("openai", Some(CredentialRef::Env(name))) if name == "OPENAI_API_KEY" => {
            Some(CredentialSource::Value(Secret::new("key".to_owned())))
        }
        ("anthropic", Some(CredentialRef::File(file))) => Some(CredentialSource::File(file.clone())),
        ("private", None) => None,
        _ => panic!("asked for {provider}"),
    };
    let compiled = compile(&document(), &Secrets { credentials: &find, ..NO_SECRETS });
    let credential = |key: &str| match body(&compiled, key) {
        Body::Provider(it) => it.credential.clone(),
        _ => panic!(),
    };
    assert!(credential("provider/openai") == Some(CredentialSource::Value(Secret::new("key".to_owned()))));
    assert!(credential("provider/anthropic") == Some(CredentialSource::File("/run/secrets/anthropic".to_owned())));
    assert!(credential("provider/private").is_none());
}

#[test]
fn what_is_kept_reaches_routers_with_its_secrets() {
    let secret = |it: &str| Some(Secret::new(it.to_owned()));
    let secrets = Secrets { responses_seal_key: secret("seal"), valkey_url: secret("redis://h"), ..NO_SECRETS };
    let read = |document: &Document, secrets: &Secrets<'_>| match body(&compile(document, secrets), "settings/all") {
        Body::Settings(it) => it.clone(),
        _ => panic!(),
    };
    let settings = read(&document(), &secrets);
    let store = settings.responses_store.unwrap();
    assert_eq!((store.ttl_ms, store.seal_key.expose()), (24 * 3_600_000, "seal"));
    assert_eq!(settings.valkey_url.unwrap().expose(), "redis://h");
    // No router gets a key for what is not kept.
    let settings = read(&Document::empty(), &Secrets { valkey_url: None, ..secrets });
    assert!(settings.responses_store.is_none() && settings.valkey_url.is_none());
    let compiled = compile(&document(), &NO_SECRETS);
    let Body::Group(fast) = body(&compiled, "group/fast") else { panic!() };
    assert_eq!(fast.fidelity, "tolerant");
}
