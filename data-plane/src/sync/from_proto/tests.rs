#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use data_plane_core::config::{
    Credential, Fidelity, Modality, PolicyKind, ProviderKind, Scope, Snapshot, TargetState, TokenState,
};
use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::Dialect;
use prost::Message;
use proto::v1::credential::Source;
use proto::v1::{
    AnyResource, Credential as WireCredential, Group, GroupTarget, Marks, Resource, ResponsesStore, SharedState,
};
use proto::{Body, Word};
use vocabulary::SharedStateKind;

use super::Reading;
use crate::sync::apply::{self, Changed};
use crate::sync::fixtures::{self, PLANTED_KEY, resource, resources, snapshot, strings, token_resource};

/// Of no value in any closed set.
const UNKNOWN: i32 = 99;

/// As long as 32 bytes are in base64.
const SEAL_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn a_valid_snapshot_is_read_with_its_defaults() {
    let reading = read(4, resources());
    assert_eq!(reading.gaps(), []);
    let read = &reading.snapshot;
    assert_eq!((read.version, read.closed.count()), (4, 0));
    let caller = read.caller("ana").unwrap();
    assert_eq!((caller.scopes.as_slice(), caller.limits.concurrency), (&[Scope::Inference, Scope::Report][..], None));
    assert_eq!(read.resolve_name("auto", caller), Some("fast"));
    let group = read.group("fast").unwrap();
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

fn read(version: u64, resources: Vec<Resource>) -> Reading {
    let held = apply::full(snapshot(version, resources)).unwrap();
    super::read(&held, &Changed::All, None).map_err(|it| panic!("{it:?}")).unwrap()
}

/// A gap: its resource, its name, and the doors that it closes.
type Expected<'a> = (&'a str, &'a str, &'a [&'a str]);

/// Changes one resource of a valid snapshot, and expects these gaps.
#[track_caller]
fn expect(change: impl Fn(&mut Body), key: &str, expected: &[Expected<'_>]) {
    let mut all = resources();
    fixtures::change(&mut all, key, change);
    expect_of(&read(1, all), expected);
}

#[track_caller]
fn expect_of(reading: &Reading, expected: &[Expected<'_>]) {
    let gaps = reading.gaps();
    let found: Vec<_> = gaps
        .iter()
        .map(|it| (it.resource.as_str(), it.message.split(':').next().unwrap(), it.closes.as_slice()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(key, name, doors)| (*key, *name, strings(doors))).collect();
    let expected: Vec<_> = expected.iter().map(|(key, name, doors)| (*key, *name, doors.as_slice())).collect();
    assert_eq!(found, expected);
}

/// Expects that the push is at fault.
#[track_caller]
fn refused(resources: Vec<Resource>, expected: &[(&str, &str)]) {
    let held = apply::full(snapshot(1, resources)).unwrap();
    let errors = super::read(&held, &Changed::All, None).err().unwrap();
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

/// The one target goes with its provider, and the one group closes.
const GONE_WITH: [Expected<'_>; 2] =
    [("group/fast", "left-out-target", &["group/fast"]), ("target/openai/mini", "left-out-provider", &[])];

#[test]
fn a_provider_that_is_not_understood_is_left_out_with_what_needs_it() {
    let key = "provider/openai";
    expect(change!(Provider, it => it.dialects.push(UNKNOWN)), key, &[(key, "unknown-dialect", &[])]);
    let gone = |name| [GONE_WITH[0], (key, name, &[][..]), GONE_WITH[1]];
    expect(change!(Provider, it => it.dialects = vec![UNKNOWN]), key, &gone("unknown-dialect"));
    expect(change!(Provider, it => it.kind = UNKNOWN), key, &gone("unknown-provider-kind"));
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
        expect(change!(Provider, it => it.base_url = url.into()), key, &gone("bad-url"));
    }
    let source = |source: Option<Source>| change!(Provider, it => it.credential = Some(WireCredential { source: source.clone() }));
    expect(source(None), key, &gone("unknown-credential"));
    for value in [&b"  \n"[..], b"a\nb", &[0xff]] {
        expect(source(Some(Source::Value(value.to_vec()))), key, &gone("bad-credential"));
    }
    expect(source(Some(Source::Env("SMART_ROUTER_MASTER_KEY".into()))), key, &gone("bad-credential"));
    expect(source(Some(Source::File(String::new()))), key, &gone("bad-credential"));
}

#[test]
fn a_target_that_is_not_understood_is_left_out_and_a_part_of_it_alone() {
    let key = "target/openai/mini";
    let gone = |name| [GONE_WITH[0], (key, name, &[][..])];
    expect(change!(Target, it => it.state = UNKNOWN), key, &gone("unknown-state"));
    expect(change!(Target, it => it.input_modalities.push(UNKNOWN)), key, &[(key, "unknown-modality", &[])]);
    expect(change!(Target, it => it.input_modalities = vec![UNKNOWN]), key, &gone("unknown-modality"));
    expect(change!(Target, it => it.tools[0].dialect = UNKNOWN), key, &[(key, "unknown-dialect", &[])]);
    expect(change!(Target, it => it.model.clear()), key, &gone("missing-model"));
    expect(change!(Target, it => it.output_cap_field = UNKNOWN), key, &gone("unknown-output-cap-field"));
    expect(change!(Target, it => it.prices[1].from_ms = 2_000), key, &gone("ambiguous-price"));
}

#[test]
fn a_group_serves_without_what_is_not_understood_unless_that_restricts_it() {
    let key = "group/fast";
    for class in [UNKNOWN, FailureClass::BadRequest.number(), FailureClass::InvalidResponse.number()] {
        expect(change!(Group, it => it.fallback_on.push(class)), key, &[(key, "unknown-failure-class", &[])]);
    }
    expect(
        change!(Group, it => it.dialects = vec![UNKNOWN, Dialect::OpenaiChat.number()]),
        key,
        &[(key, "unknown-dialect", &[])],
    );
    // No dialect is left, and an empty list would allow all.
    expect(change!(Group, it => it.dialects = vec![UNKNOWN]), key, &[(key, "unknown-dialect", &[key])]);
    expect(change!(Group, it => it.modalities = vec![UNKNOWN]), key, &[(key, "unknown-modality", &[key])]);
    expect(change!(Group, it => it.policy = UNKNOWN), key, &[(key, "unknown-policy", &[key])]);
    expect(change!(Group, it => it.fidelity = UNKNOWN), key, &[(key, "unknown-fidelity", &[key])]);
    let mut all = resources();
    fixtures::change(&mut all, key, change!(Group, it => it.policy = UNKNOWN));
    let snapshot = read(1, all).snapshot;
    let caller = snapshot.caller("ana").unwrap();
    assert_eq!(snapshot.resolve_name("default", caller), Some("fast"), "its aliases lead to the closed door");
    assert!(snapshot.group("fast").is_none() && snapshot.closed.group("fast").is_some());
    assert!(snapshot.closed.caller(caller).is_none());
}

#[test]
fn an_alias_of_two_groups_stands_for_the_first() {
    let twin = Group {
        id: "other".into(),
        aliases: strings(&["default"]),
        policy: PolicyKind::Static.number(),
        ..Group::default()
    };
    let mut all = resources();
    all.push(resource("group/other", Body::Group(twin)));
    let reading = read(1, all);
    expect_of(&reading, &[("group/other", "ambiguous-alias", &[])]);
    let caller = reading.snapshot.caller("ana").unwrap();
    assert_eq!(reading.snapshot.resolve_name("default", caller), Some("fast"));
    assert_eq!(reading.snapshot.resolve_name("other", caller), Some("other"));
}

#[test]
fn settings_that_are_not_understood_are_off() {
    let key = "settings/global";
    let store = |ttl_ms, seal_key: &str| {
        let store = ResponsesStore { enabled: true, ttl_ms, seal_key: seal_key.as_bytes().to_vec() };
        change!(Settings, it => it.responses_store = Some(store.clone()))
    };
    expect(store(0, SEAL_KEY), key, &[(key, "bad-ttl", &[])]);
    expect(store(1, "short"), key, &[(key, "bad-seal-key", &[])]);
    let shared = |kind: i32, url: &str| {
        let shared = SharedState { kind, url: url.into() };
        change!(Settings, it => it.shared_state = Some(shared.clone()))
    };
    expect(shared(UNKNOWN, "redis://h"), key, &[(key, "unknown-shared-state", &[])]);
    for url in ["", "redis://", "https://h"] {
        expect(shared(SharedStateKind::Valkey.number(), url), key, &[(key, "bad-url", &[])]);
    }
}

#[test]
fn what_is_kept_and_how_exactly_is_read() {
    let mut all = resources();
    let seal_key = SEAL_KEY.as_bytes().to_vec();
    let store = ResponsesStore { enabled: true, ttl_ms: 60_000, seal_key };
    let shared = SharedState { kind: SharedStateKind::Valkey.number(), url: "rediss://:pw@h:6379/1".into() };
    fixtures::change(
        &mut all,
        "settings/global",
        change!(Settings, it => (it.responses_store = Some(store), it.shared_state = Some(shared))),
    );
    fixtures::change(&mut all, "group/fast", change!(Group, it => it.fidelity = Fidelity::Strict.number()));
    let full = read(1, all).snapshot;
    let store = full.settings.responses_store.as_ref().unwrap();
    assert_eq!((store.ttl, store.seal_key.expose()), (Duration::from_mins(1), SEAL_KEY));
    assert_eq!(full.settings.shared_state.as_ref().unwrap().url.expose(), "rediss://:pw@h:6379/1");
    assert_eq!(full.group("fast").unwrap().fidelity, Fidelity::Strict);
    let plain = read(1, resources()).snapshot;
    assert!(plain.settings.responses_store.is_none() && plain.settings.shared_state.is_none());
    assert_eq!(plain.group("fast").unwrap().fidelity, Fidelity::Tolerant);
}

#[test]
fn a_caller_loses_a_scope_and_a_token_closes_by_an_unknown_state() {
    let key = "caller/ana";
    expect(change!(Caller, it => it.scopes.push(UNKNOWN)), key, &[(key, "unknown-scope", &[])]);
    let mut all = resources();
    fixtures::change(&mut all, key, change!(Caller, it => it.scopes = vec![UNKNOWN, Scope::Inference.number()]));
    assert_eq!(read(1, all).snapshot.caller("ana").unwrap().scopes, [Scope::Inference]);
    let key = "token/abcdefghijkl";
    expect(change!(Token, it => it.state = UNKNOWN), key, &[(key, "unknown-state", &[key])]);
    expect(change!(Token, it => it.digest.pop()), key, &[(key, "bad-digest", &[key])]);
}

#[test]
fn a_feature_that_is_not_known_closes_what_the_resource_restricts() {
    let needs = |restricts: &[&str]| Some(Marks { needs: strings(&["limits.daily"]), restricts: strings(restricts) });
    let name = "unknown-feature";
    for key in ["caller/ana", "token/abcdefghijkl", "group/fast", "project/search"] {
        let mut all = resources();
        fixtures::change(&mut all, key, |body| *marks(body) = needs(&[]));
        expect_of(&read(1, all), &[(key, name, &[key])]);
    }
    let set = |key: &str, restricts: &[&str], expected: &[Expected<'_>]| {
        let mut all = resources();
        fixtures::change(&mut all, key, |body| *marks(body) = needs(restricts));
        expect_of(&read(1, all), expected);
    };
    set("settings/global", &[], &[("settings/global", name, &["*"])]);
    set("caller/ana", &["project/search"], &[("caller/ana", name, &["project/search"])]);
    set("group/fast", &["caller/ana"], &[("group/fast", name, &["caller/ana", "group/fast"])]);
    set("target/openai/mini", &[], &[GONE_WITH[0], ("target/openai/mini", name, &[])]);
    // Marks alone say nothing to who understands the resource.
    let mut all = resources();
    fixtures::change(&mut all, "caller/ana", |body| {
        *marks(body) = Some(Marks { restricts: strings(&["*"]), ..Marks::default() });
    });
    expect_of(&read(1, all), &[]);
}

fn marks(body: &mut Body) -> &mut Option<Marks> {
    match body {
        Body::Settings(it) => &mut it.marks,
        Body::Provider(it) => &mut it.marks,
        Body::Target(it) => &mut it.marks,
        Body::Group(it) => &mut it.marks,
        Body::Project(it) => &mut it.marks,
        Body::Caller(it) => &mut it.marks,
        Body::Token(it) => &mut it.marks,
    }
}

#[test]
fn an_unknown_kind_is_left_out_or_closes_what_it_restricts() {
    let unknown = |restricts: &[&str]| {
        let marks = Some(Marks { restricts: strings(restricts), ..Marks::default() });
        let mut all = resources();
        all.push(Resource::encoded("budget/ana".into(), AnyResource { marks }.encode_to_vec().into()));
        read(1, all)
    };
    expect_of(&unknown(&[]), &[("budget/ana", "unknown-kind", &[])]);
    let reading = unknown(&["caller/ana", "group/none"]);
    expect_of(&reading, &[("budget/ana", "unknown-kind", &["caller/ana", "group/none"])]);
    let snapshot = &reading.snapshot;
    assert!(snapshot.closed.caller(snapshot.caller("ana").unwrap()).unwrap().starts_with("budget/ana: unknown-kind"));
    assert!(snapshot.closed.group("fast").is_none());
    let reading = unknown(&["team/red"]);
    assert!(reading.snapshot.closed.caller(reading.snapshot.caller("ana").unwrap()).is_some(), "a door nobody knows");
}

#[test]
fn what_names_something_that_was_not_sent_is_refused() {
    let after = |key: &str, change: &dyn Fn(&mut Body)| {
        let mut all = resources();
        fixtures::change(&mut all, key, change);
        all
    };
    let key = "target/openai/mini";
    // The group that names the target is not at fault.
    refused(after(key, &change!(Target, it => it.provider = "nobody".into())), &[(key, "dangling-provider")]);
    let key = "group/fast";
    let dangling = GroupTarget { target: "openai/maxi".into(), weight: 1 };
    let change = change!(Group, it => it.targets.push(dangling.clone()));
    refused(after(key, &change), &[(key, "dangling-target")]);
    let key = "token/abcdefghijkl";
    refused(after(key, &change!(Token, it => it.caller = "bob".into())), &[(key, "dangling-caller")]);
}

#[test]
fn what_is_not_what_its_key_says_is_refused() {
    let mut all = resources();
    all[4].key = "project/elsewhere".into();
    refused(all, &[("project/elsewhere", "key-mismatch")]);
    let mut all = resources();
    all.push(Resource::encoded("hologram/one".into(), vec![0xff; 3].into()));
    all.push(Resource::encoded("project/odd".into(), vec![0xff; 3].into()));
    refused(all, &[("project/odd", "undecodable"), ("hologram/one", "undecodable")]);
    let mut all = resources();
    all.push(resource("settings/more", all[0].decode().unwrap().unwrap()));
    refused(all, &[("settings/more", "duplicate-settings")]);
}

/// What is read from changes is what is read at once, and what did not change is the very same.
#[test]
fn changes_are_read_and_the_rest_is_shared() {
    let mut now = resources();
    now.push(token_resource("nopqrstuvwxy"));
    let mut held = apply::full(snapshot(1, now.clone())).unwrap();
    let mut reading = super::read(&held, &Changed::All, None).unwrap_or_else(|it| panic!("{it:?}"));
    let mut step = |now: &[Resource]| {
        let next = apply::full(snapshot(held.version + 1, now.to_vec())).unwrap();
        let keys: BTreeSet<Arc<str>> = held.resources.keys().chain(next.resources.keys()).cloned().collect();
        let other = |key: &Arc<str>| held.resources.get(key) != next.resources.get(key);
        let changed = Changed::Keys(keys.into_iter().filter(other).collect());
        let before = Arc::clone(&reading.snapshot);
        reading = super::read(&next, &changed, Some(&reading)).unwrap_or_else(|it| panic!("{it:?}"));
        held = next;
        let whole = read(held.version, now.to_vec());
        assert_eq!(reading.gaps(), whole.gaps());
        assert_eq!(reading.snapshot.closed.count(), whole.snapshot.closed.count());
        for id in ["abcdefghijkl", "nopqrstuvwxy"] {
            let of = |it: &Snapshot| it.token(id).map(|it| (it.state, it.caller.disabled));
            assert_eq!(of(&reading.snapshot), of(&whole.snapshot), "{id}");
        }
        let targets = |it: &Snapshot| it.group("fast").map(|it| it.targets.len());
        assert_eq!(targets(&reading.snapshot), targets(&whole.snapshot));
        (before, Arc::clone(&reading.snapshot))
    };
    let revoke = change!(Token, it => it.state = TokenState::Revoked.number());
    fixtures::change(&mut now, "token/abcdefghijkl", revoke);
    let (before, after) = step(&now);
    assert_eq!(after.token("abcdefghijkl").unwrap().state, TokenState::Revoked);
    assert!(std::ptr::eq(before.token("nopqrstuvwxy").unwrap(), after.token("nopqrstuvwxy").unwrap()));
    assert!(Arc::ptr_eq(before.caller("ana").unwrap(), after.caller("ana").unwrap()));

    fixtures::change(&mut now, "caller/ana", change!(Caller, it => it.disabled = true));
    let (before, after) = step(&now);
    assert!(after.token("nopqrstuvwxy").unwrap().caller.disabled, "tokens follow their caller");
    assert!(Arc::ptr_eq(before.group("fast").unwrap(), after.group("fast").unwrap()));

    // A provider goes with all that needs it, and comes back with it.
    let provider = now[1].clone();
    fixtures::change(&mut now, "provider/openai", change!(Provider, it => it.kind = UNKNOWN));
    let (_, after) = step(&now);
    assert!(after.group("fast").is_none() && after.target("openai/mini").is_none());
    assert_eq!(after.closed.count(), 1);
    now[1] = provider;
    let (_, after) = step(&now);
    assert_eq!(after.group("fast").unwrap().targets.len(), 1);
    assert_eq!(after.closed.count(), 0);

    now.retain(|it| it.key != "group/fast");
    let (_, after) = step(&now);
    assert_eq!(after.resolve_name("default", after.caller("ana").unwrap()), None);
    now.retain(|it| it.key != "settings/global");
    let (_, after) = step(&now);
    assert_eq!(after.settings.default_group, None);
}

#[test]
fn no_gap_repeats_a_secret() {
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
    let gaps = read(1, all).gaps();
    assert_eq!(gaps.iter().filter(|it| it.resource == "provider/openai").count(), 2);
    assert!(!format!("{gaps:?}").contains(PLANTED_KEY));
}
