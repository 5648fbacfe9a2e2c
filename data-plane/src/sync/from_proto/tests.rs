#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use data_plane_core::config::{Credential, Fidelity, Modality, PolicyKind, ProviderKind, Scope, TargetState};
use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::Dialect;
use proto::Body;
use proto::v1::credential::Source;
use proto::v1::{Credential as WireCredential, Group, GroupTarget, Resource, ResponsesStore, SharedState};

use crate::sync::apply;
use crate::sync::fixtures::{self, PLANTED_KEY, resource, resources, snapshot, strings};

/// As long as 32 bytes are in base64.
const SEAL_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn a_valid_snapshot_is_read_with_its_defaults() {
    let held = apply::full(snapshot(4, resources())).unwrap();
    let read = super::snapshot(&held).map_err(|it| panic!("{it:?}")).unwrap();
    assert_eq!(read.version, 4);
    let caller = read.caller("ana").unwrap();
    assert_eq!((caller.scopes.as_slice(), caller.limits.concurrency), (&[Scope::Inference, Scope::Report][..], None));
    let group = read.resolve_group("auto", caller).unwrap();
    assert_eq!(
        (group.id.as_str(), group.policy.kind(), group.fallback.max_attempts),
        ("fast", PolicyKind::Weighted, 3)
    );
    assert_eq!(group.fallback.on, [FailureClass::Timeout, FailureClass::Quota]);
    let target = &group.targets[0].target;
    assert_eq!(
        (target.state, target.context_tokens, target.max_output_tokens),
        (TargetState::Active, Some(400_000), None)
    );
    assert_eq!(target.output_modalities, [Modality::Text]);
    assert_eq!(target.tools, [(Dialect::OpenaiChat, strings(&["function"]))]);
    let prices: Vec<_> = target.prices.iter().map(|it| (it.from_ms, it.input, it.cached_input, it.output)).collect();
    assert_eq!(prices, [(1_000, 250, 250, 2_000), (2_000, 300, 300, 2_400)]);
    let provider = &target.provider;
    assert_eq!((provider.base_url.as_str(), provider.kind), ("https://api.openai.com/v1", ProviderKind::Provider));
    assert_eq!(provider.timeouts.first_byte, Duration::from_mins(1));
    assert!(matches!(&provider.credential, Some(Credential::Value(it)) if it.expose() == PLANTED_KEY));
    assert_eq!(read.token("abcdefghijkl").unwrap().caller.id, "ana");
}

/// Changes one resource of a valid snapshot, and expects these mistakes: the resource and the mistake's name.
#[track_caller]
fn expect(change: impl Fn(&mut Body), key: &str, expected: &[(&str, &str)]) {
    let mut all = resources();
    fixtures::change(&mut all, key, change);
    expect_of(all, expected);
}

#[track_caller]
fn expect_of(resources: Vec<Resource>, expected: &[(&str, &str)]) {
    let held = apply::full(snapshot(1, resources)).unwrap();
    let errors = super::snapshot(&held).err().unwrap();
    let found: Vec<_> = errors.iter().map(|it| (it.resource.as_str(), it.message.split(':').next().unwrap())).collect();
    assert_eq!(found, expected, "{errors:?}");
}

macro_rules! change {
    ($kind:ident, $it:ident => $change:expr) => {
        move |body: &mut Body| match body {
            Body::$kind($it) => drop($change),
            _ => panic!("another kind"),
        }
    };
}

#[test]
fn mistakes_of_providers() {
    let key = "provider/openai";
    expect(change!(Provider, it => it.dialects.push("smoke-signals".into())), key, &[(key, "unknown-dialect")]);
    expect(change!(Provider, it => it.kind = "vendor".into()), key, &[(key, "unknown-provider-kind")]);
    for url in [
        "",
        "api.openai.com",
        "ftp://host/",
        "https://",
        "https://h/?q=1",
        "https://h/#f",
        "https://u:p@h/",
        "https://a b/",
    ] {
        expect(change!(Provider, it => it.base_url = url.into()), key, &[(key, "bad-url")]);
    }
    let source = |source: Option<Source>| change!(Provider, it => it.credential = Some(WireCredential { source: source.clone() }));
    expect(source(None), key, &[(key, "unknown-credential")]);
    expect(source(Some(Source::Value(b"  \n".to_vec()))), key, &[(key, "bad-credential")]);
    expect(source(Some(Source::Value(b"a\nb".to_vec()))), key, &[(key, "bad-credential")]);
    expect(source(Some(Source::Value(vec![0xff]))), key, &[(key, "bad-credential")]);
    expect(source(Some(Source::Env("SMART_ROUTER_MASTER_KEY".into()))), key, &[(key, "bad-credential")]);
    expect(source(Some(Source::File(String::new()))), key, &[(key, "bad-credential")]);
}

#[test]
fn mistakes_of_targets() {
    let key = "target/openai/mini";
    // The group that names the target is not at fault.
    expect(change!(Target, it => it.provider = "nobody".into()), key, &[(key, "dangling-provider")]);
    expect(change!(Target, it => it.state = "resting".into()), key, &[(key, "unknown-state")]);
    expect(change!(Target, it => it.input_modalities.push("smell".into())), key, &[(key, "unknown-modality")]);
    expect(change!(Target, it => it.tools[0].dialect = "grpc".into()), key, &[(key, "unknown-dialect")]);
    expect(change!(Target, it => it.model.clear()), key, &[(key, "missing-model")]);
    expect(change!(Target, it => it.output_cap_field = "tokens".into()), key, &[(key, "unknown-output-cap-field")]);
    expect(change!(Target, it => it.prices[1].from_ms = 2_000), key, &[(key, "ambiguous-price")]);
}

#[test]
fn mistakes_of_groups_and_settings() {
    let key = "group/fast";
    let dangling = GroupTarget { target: "openai/maxi".into(), weight: 1 };
    expect(change!(Group, it => it.targets.push(dangling.clone())), key, &[(key, "dangling-target")]);
    expect(change!(Group, it => it.policy = "astrology".into()), key, &[(key, "unknown-policy")]);
    expect(change!(Group, it => it.dialects.push("x".into())), key, &[(key, "unknown-dialect")]);
    for class in ["weather", "bad-request", "invalid-response"] {
        expect(change!(Group, it => it.fallback_on.push(class.into())), key, &[(key, "unknown-failure-class")]);
    }
    let twin =
        Group { id: "other".into(), aliases: strings(&["default"]), policy: "static".into(), ..Group::default() };
    let mut all = resources();
    all.push(resource("group/other", Body::Group(twin)));
    expect_of(all, &[("group/other", "ambiguous-alias")]);
    expect(change!(Group, it => it.fidelity = "exact".into()), key, &[(key, "unknown-fidelity")]);
    let key = "settings/global";
    expect(change!(Settings, it => it.default_group = "slow".into()), key, &[(key, "dangling-group")]);
    let store = |ttl_ms, seal_key: &str| {
        let store = ResponsesStore { enabled: true, ttl_ms, seal_key: seal_key.as_bytes().to_vec() };
        change!(Settings, it => it.responses_store = Some(store.clone()))
    };
    expect(store(0, SEAL_KEY), key, &[(key, "bad-ttl")]);
    expect(store(1, "short"), key, &[(key, "bad-seal-key")]);
    let shared = |kind: &str, url: &str| {
        let shared = SharedState { kind: kind.into(), url: url.into() };
        change!(Settings, it => it.shared_state = Some(shared.clone()))
    };
    expect(shared("etcd", "redis://h"), key, &[(key, "unknown-shared-state")]);
    for url in ["", "redis://", "https://h"] {
        expect(shared("valkey", url), key, &[(key, "bad-url")]);
    }
}

#[test]
fn what_is_kept_and_how_exactly_is_read() {
    let mut all = resources();
    let seal_key = SEAL_KEY.as_bytes().to_vec();
    let store = ResponsesStore { enabled: true, ttl_ms: 60_000, seal_key };
    let shared = SharedState { kind: "valkey".into(), url: "rediss://:pw@h:6379/1".into() };
    fixtures::change(
        &mut all,
        "settings/global",
        change!(Settings, it => (it.responses_store = Some(store), it.shared_state = Some(shared))),
    );
    fixtures::change(&mut all, "group/fast", change!(Group, it => it.fidelity = "strict".into()));
    let read = |resources: Vec<Resource>| {
        let held = apply::full(snapshot(1, resources)).unwrap();
        super::snapshot(&held).map_err(|it| panic!("{it:?}")).unwrap()
    };
    let full = read(all);
    let store = full.settings.responses_store.as_ref().unwrap();
    assert_eq!((store.ttl, store.seal_key.expose()), (Duration::from_mins(1), SEAL_KEY));
    assert_eq!(full.settings.shared_state.as_ref().unwrap().url.expose(), "rediss://:pw@h:6379/1");
    assert_eq!(full.group("fast").unwrap().fidelity, Fidelity::Strict);
    let plain = read(resources());
    assert!(plain.settings.responses_store.is_none() && plain.settings.shared_state.is_none());
    assert_eq!(plain.group("fast").unwrap().fidelity, Fidelity::Tolerant);
}

#[test]
fn mistakes_of_callers_and_tokens() {
    let key = "caller/ana";
    expect(change!(Caller, it => it.allow.push("slow".into())), key, &[(key, "dangling-group")]);
    expect(change!(Caller, it => it.default_group = "slow".into()), key, &[(key, "dangling-group")]);
    expect(change!(Caller, it => it.project = "ghost".into()), key, &[(key, "dangling-project")]);
    expect(change!(Caller, it => it.scopes.push("root".into())), key, &[(key, "unknown-scope")]);
    let key = "token/abcdefghijkl";
    expect(change!(Token, it => it.digest.pop()), key, &[(key, "bad-digest")]);
    expect(change!(Token, it => it.caller = "bob".into()), key, &[(key, "dangling-caller")]);
    expect(change!(Token, it => it.state = "lost".into()), key, &[(key, "unknown-state")]);
}

#[test]
fn mistakes_of_keys_and_kinds() {
    let mut all = resources();
    all[4].key = "project/elsewhere".into();
    expect_of(all, &[("project/elsewhere", "key-mismatch")]);
    let mut all = resources();
    all.push(Resource::encoded("hologram/one".into(), Vec::new().into()));
    all.push(Resource::encoded("project/odd".into(), vec![0xff; 3].into()));
    expect_of(all, &[("hologram/one", "unknown-kind"), ("project/odd", "undecodable")]);
    let mut all = resources();
    all.push(resource("settings/more", all[0].decode().unwrap().unwrap()));
    expect_of(all, &[("settings/more", "duplicate-settings")]);
}

#[test]
fn all_mistakes_are_found_at_once() {
    let mut all = resources();
    fixtures::change(&mut all, "provider/openai", change!(Provider, it => it.base_url.clear()));
    fixtures::change(&mut all, "token/abcdefghijkl", change!(Token, it => it.digest.clear()));
    fixtures::change(&mut all, "group/fast", change!(Group, it => it.policy.clear()));
    let expected =
        [("provider/openai", "bad-url"), ("group/fast", "unknown-policy"), ("token/abcdefghijkl", "bad-digest")];
    expect_of(all, &expected);
}

#[test]
fn no_mistake_repeats_a_secret() {
    let mut all = resources();
    let credential = WireCredential { source: Some(Source::Value(format!("{PLANTED_KEY}\u{1}").into_bytes())) };
    fixtures::change(
        &mut all,
        "provider/openai",
        change!(Provider, it => {
            it.base_url = format!("https://user:{PLANTED_KEY}@host/");
            it.credential = Some(credential);
        }),
    );
    let held = apply::full(snapshot(1, all)).unwrap();
    let errors = super::snapshot(&held).err().unwrap();
    assert_eq!(errors.len(), 2);
    assert!(!format!("{errors:?}").contains(PLANTED_KEY));
}
