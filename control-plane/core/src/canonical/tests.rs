#![expect(clippy::unwrap_used, reason = "tests")]

use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;
use crate::diff::diff;
use crate::document::Webhook;
use crate::document::{
    AdminSessions, Baseline, Caller, Contract, Cors, CredentialRef, Date, Dialect, Duration, Egress, FailureClass,
    Fallback, Fidelity, Group, GroupTarget, Limits, MaxDisconnected, Modalities, Modality, Model, Network,
    OidcProvider, OutputCap, OutputCapField, Policy, PolicyKind, Price, Project, Provider, ProviderKind, Reasoning,
    ResponsesStore, Reveal, RoleRule, Scope, Settings, SharedState, SharedStateKind, TargetState, Template, Tenancy,
    Timeouts, UsageSettings, UsdPerMtok,
};
use crate::parse::parse;
use crate::permission::Role;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,8}",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("007".to_owned()),
        Just("1e3".to_owned()),
        Just("gpt-4.1".to_owned()),
        Just("yes".to_owned()),
    ]
}

/// Text with everything that YAML and variables take for something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "[:#\\-\\[\\]{},&*!|>'\"%@`$ \\n\\t]{0,6}",
        Just("${HOME}$$".to_owned()),
        Just("0x1F".to_owned()),
        Just(".5".to_owned()),
        Just("...".to_owned()),
        Just("---".to_owned()),
        Just("a\u{85}b\u{2028}c\u{feff}".to_owned()),
    ]
}

fn usd() -> impl Strategy<Value = UsdPerMtok> {
    (0_u64..1_000_000_000_000_000).prop_map(UsdPerMtok::from_nanos)
}

fn subset<T: Clone + std::fmt::Debug + 'static>(all: &[T], least: usize) -> impl Strategy<Value = Vec<T>> + use<T> {
    prop::sample::subsequence(all.to_vec(), least..=all.len())
}

fn prices() -> impl Strategy<Value = Vec<Price>> {
    let day = prop::option::of(prop::sample::select(vec!["2025-01-01", "2026-02-28"]));
    let price = (day, usd(), prop::option::of(usd()), usd(), prop::option::of(text()));
    let price = price.prop_map(|(day, input, cached_input, output, source)| Price {
        from: day.and_then(Date::parse),
        input,
        cached_input,
        cache_write_5m: cached_input,
        cache_write_1h: None,
        output,
        source,
    });
    prop::collection::vec(price, 0..2)
}

fn model() -> impl Strategy<Value = Model> {
    let modality = [Modality::Text, Modality::Image, Modality::Audio, Modality::File];
    (
        (
            text().prop_map(|it| format!("m{it}")),
            prop::option::of(1_u64..9_000_000_000_000_000),
            any::<bool>(),
            any::<bool>(),
        ),
        (subset(&modality, 1), subset(&[Dialect::OpenaiChat], 0), prop::collection::vec(text(), 0..3)),
        prices(),
    )
        .prop_map(|((model, context_tokens, structured_outputs, honored), (input, tools, types), prices)| Model {
            model,
            state: if honored { TargetState::Active } else { TargetState::Validating },
            context_tokens,
            max_output_tokens: None,
            modalities: Modalities { input, output: vec![Modality::Text] },
            tools: tools.into_iter().map(|it| (it, unique(types.clone()))).collect(),
            structured_outputs,
            reasoning: Reasoning { supported: true, efforts: unique(types) },
            output_cap: OutputCap { field: honored.then_some(OutputCapField::MaxTokens), honored },
            prices,
        })
}

fn unique(mut values: Vec<String>) -> Vec<String> {
    values.sort();
    values.dedup();
    values
}

fn provider() -> impl Strategy<Value = Provider> {
    let credential = prop::option::of(prop_oneof![
        "[A-RT-Z_][A-Z0-9_]{0,8}".prop_map(CredentialRef::Env),
        text().prop_map(|it| CredentialRef::File(format!("/{it}"))),
    ]);
    (credential, any::<bool>(), 1_u64..999_999_999, prop::collection::vec((name(), model()), 0..3)).prop_map(
        |(credential, private, millis, models)| Provider {
            base_url: "https://api.example.com:8443/v1".to_owned(),
            dialects: vec![Dialect::OpenaiChat, Dialect::AnthropicMessages],
            credential,
            kind: if private { ProviderKind::SmartRouter } else { ProviderKind::Provider },
            network: if private { Network::Private } else { Network::Public },
            tenancy: if private { Tenancy::Single } else { Tenancy::Shared },
            forward_headers: if private { vec!["x-team".to_owned()] } else { Vec::new() },
            egress: private.then(|| Egress { ca_file: Some("/ca.pem".to_owned()), ..Egress::default() }),
            timeouts: Timeouts { connect: Duration::from_millis(millis), ..Timeouts::default() },
            models: models.into_iter().collect(),
        },
    )
}

fn caller() -> impl Strategy<Value = Caller> {
    let scopes = subset(&[Scope::Inference, Scope::Explain, Scope::Metrics, Scope::Report], 1);
    let limits = (prop::option::of(1_u64..1000), prop::option::of(1_u64..9_000_000_000_000_000));
    (text(), text(), scopes, limits, any::<bool>()).prop_map(|(user, environment, scopes, (rpm, tpm), disabled)| {
        Caller {
            id: String::new(),
            user,
            project: None,
            environment,
            allow: Vec::new(),
            default_group: None,
            scopes,
            limits: Limits { rpm, tpm, concurrency: rpm },
            disabled,
        }
    })
}

/// The targets of a document as groups, so that every reference is to something.
fn groups(document: &Document, purpose: &str, weighted: bool) -> IndexMap<String, Group> {
    let active = |id: &String| document.target(id).is_some_and(|(_, it)| it.state == TargetState::Active);
    let targets: Vec<GroupTarget> = document
        .target_ids()
        .zip(1..)
        .map(|(model, weight)| GroupTarget { model, weight: if weighted { weight } else { 1 } })
        .collect();
    if !targets.iter().any(|it| active(&it.model)) {
        return IndexMap::new();
    }
    let group = Group {
        aliases: vec!["claude-sonnet-4-5[1m]".to_owned()],
        project: None,
        contract: Contract {
            purpose: Some(purpose.to_owned()),
            dialects: vec![Dialect::OpenaiChat],
            modalities: vec![],
        },
        policy: Policy { kind: if weighted { PolicyKind::Weighted } else { PolicyKind::Static } },
        targets,
        fallback: Fallback { max_attempts: 2, on: vec![FailureClass::Quota] },
        fidelity: if weighted { Fidelity::Strict } else { Fidelity::Tolerant },
        early_keep_alive: !weighted,
        reveal: Reveal { target: weighted, cost: !weighted },
    };
    IndexMap::from([("the-group".to_owned(), group)])
}

fn login(text: &str) -> OidcProvider {
    OidcProvider {
        id: "corp".into(),
        name: text.into(),
        issuer: "https://id.example.com/a".into(),
        client_id: "us".into(),
        client_secret: Some(CredentialRef::Env("LLM_SECRET_OIDC".into())),
        scopes: vec!["groups".into()],
        require_verified_email: true,
        email_domains: Vec::new(),
        disabled: false,
        roles: vec![RoleRule { claim: "groups".into(), value: "a".into(), role: Role::Operator, projects: None }],
    }
}

/// Addresses that can be read without any variable being set.
fn shared_state() -> impl Strategy<Value = SharedState> {
    let url = prop_oneof![
        "rediss?://[a-z]{1,8}(:6379)?(/[0-9])?",
        "redis://(me)?:[$][{][A-Z]{1,3}:-[}]@[$]?h",
        Just("${VALKEY_URL:-redis://$$h:6379}".to_owned()),
    ];
    prop::option::of(url.prop_map(Template::new)).prop_map(|url| SharedState {
        kind: if url.is_some() { SharedStateKind::Valkey } else { SharedStateKind::Local },
        url,
    })
}

prop_compose! {
    fn document()(
        providers in prop::collection::vec((name(), provider()), 0..3),
        owners in prop::collection::vec((name(), text()), 0..3),
        callers in prop::collection::vec(caller(), 0..3),
        price in usd(),
        purpose in text(),
        flag in any::<bool>(),
        ttl in (60_u64..=2_592_000).prop_map(Duration::from_secs),
        shared_state in shared_state(),
    ) -> Document {
        let mut document = Document {
            version: 1,
            settings: Settings {
                max_disconnected: if flag { MaxDisconnected::Forever } else { MaxDisconnected::For(ttl) },
                default_group: None,
                usage: UsageSettings { store_client_ip: flag },
                baselines: vec![Baseline { id: "b".into(), input_usd_per_mtok: price, output_usd_per_mtok: price }],
                responses_store: ResponsesStore { enabled: flag, ttl },
                shared_state,
                cors: Cors { origins: flag.then(|| "https://chat.example.com".into()).into_iter().collect(), max_age: Duration::from_secs(if flag { 60 } else { 600 }) },
                admin_sessions: AdminSessions { idle_timeout: ttl, ..AdminSessions::default() },
                webhooks: flag.then(webhook).into_iter().collect(),
            },
            providers: providers.into_iter().collect(),
            groups: IndexMap::new(),
            projects: owners.into_iter().map(|(id, owner)| (id, Project { owner })).collect(),
            oidc: flag.then(|| login(&purpose)).into_iter().collect(),
            callers,
        };
        document.groups = groups(&document, &purpose, flag);
        document.settings.default_group = document.groups.keys().next().cloned();
        let project = document.projects.keys().next().cloned();
        for (at, caller) in document.callers.iter_mut().enumerate() {
            caller.id = format!("caller-{at}");
            caller.project.clone_from(&project);
            caller.allow = document.groups.keys().cloned().collect();
        }
        document
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_exported_is_read_back(document in document()) {
        let yaml = to_yaml(&document);
        // Only variables of the document's own may be looked up: all of these have a default.
        let env = |name: &str| if name.len() <= 3 || name == "VALKEY_URL" { None } else { panic!("{name} was taken for a variable") };
        match parse(&yaml, &env) {
            Ok(parsed) => prop_assert_eq!(parsed.document, document),
            Err(problems) => {
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                prop_assert!(false, "{}\n{}", told.join("\n"), yaml);
            }
        }
    }

    #[test]
    fn the_canonical_form_is_stable(document in document()) {
        let json = to_json(&document);
        let read = from_json(&json).unwrap();
        prop_assert_eq!(&read, &document);
        prop_assert_eq!(to_json(&read), json);
        prop_assert_eq!(hash(&read), hash(&document));
        prop_assert_eq!(diff(&read, &document), vec![]);
    }

    #[test]
    fn amounts_survive_a_json_number(nanos in 0_u64..1_000_000_000_000_000) {
        let amount = UsdPerMtok::from_nanos(nanos);
        prop_assert_eq!(UsdPerMtok::parse(&amount.to_string()), Some(amount));
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<UsdPerMtok>(&json).unwrap(), amount);
    }

    #[test]
    fn durations_are_read_back(text in "[0-9]{1,9}(ms|s|m|h|d)") {
        let duration = Duration::parse(&text).unwrap();
        prop_assert_eq!(Duration::parse(&duration.to_string()), Some(duration));
    }
}

#[test]
fn a_changed_document_has_another_hash() {
    let mut document = Document::empty();
    let before = hash(&document);
    document.settings.usage.store_client_ip = true;
    assert_ne!(hash(&document), before);
}

#[test]
fn an_export_reads_well() {
    let example = include_str!("../reference/example.yaml");
    let yaml = to_yaml(&parse(example, &|_| None).unwrap().document);
    for line in [
        "    base_url: https://api.openai.com/v1\n",
        "    dialects: [openai-chat, openai-responses]\n",
        "      - model: openai/mini\n        weight: 3\n",
        "            cached_input: 0.025\n",
        "            source: \"price page, 2025-08-07\"\n",
    ] {
        assert!(yaml.contains(line), "{line}{yaml}");
    }
}

fn webhook() -> Webhook {
    let secret = Some(CredentialRef::Env("LLM_SECRET_WEBHOOK".into()));
    Webhook { id: "w".into(), url: "https://hooks.example".into(), network: Network::Private, secret }
}
