use std::net::SocketAddr;

use proto::v1::{
    Baseline, Caller, Credential, Group, GroupTarget, Price, Project, Provider, Resource, Settings, Target, Timeouts,
    Token, credential::Source,
};
use proto::{Body, Word, numbers};
use vocabulary::{Dialect, FailureClass, Modality, PolicyKind, ProviderKind, Scope, TargetState, TokenState};

use super::{digest, token};

/// A configuration for one upstream that speaks all dialects. Every model that is added becomes a target: `openai/<n>`, whose
/// provider speaks them all, or one of a provider that speaks a single one. All of them are in the group `team`, tried in
/// order.
#[derive(Clone)]
pub struct Catalog {
    pub settings: Settings,
    pub openai: Provider,
    /// Providers of one dialect each: `chat`, `responses`, `messages`.
    pub single: Vec<Provider>,
    pub targets: Vec<Target>,
    pub group: Group,
    pub caller: Caller,
    pub tokens: Vec<Token>,
}

impl Catalog {
    pub fn new(upstream: SocketAddr) -> Self {
        Self {
            settings: Settings {
                default_group: "team".to_owned(),
                baselines: vec![Baseline {
                    id: "frontier".to_owned(),
                    input_nanousd_per_mtok: 5_000_000_000,
                    output_nanousd_per_mtok: 25_000_000_000,
                }],
                ..Settings::default()
            },
            openai: provider("openai", upstream, &Dialect::ALL),
            single: vec![
                provider("chat", upstream, &[Dialect::OpenaiChat]),
                provider("responses", upstream, &[Dialect::OpenaiResponses]),
                provider("messages", upstream, &[Dialect::AnthropicMessages]),
            ],
            targets: Vec::new(),
            group: Group {
                id: "team".to_owned(),
                aliases: vec!["default".to_owned()],
                policy: PolicyKind::Failover.number(),
                max_attempts: 3,
                fallback_on: numbers(&FailureClass::FALLBACK),
                ..Group::default()
            },
            caller: Caller {
                id: "ana".to_owned(),
                user: "ana@example.com".to_owned(),
                project: "search".to_owned(),
                environment: "dev".to_owned(),
                allow: strings(&["team"]),
                scopes: numbers(&[Scope::Inference]),
                ..Caller::default()
            },
            tokens: Vec::new(),
        }
        .token("abcdefghijkl", TokenState::Active)
    }

    /// Adds a model of the upstream, in all dialects.
    pub fn model(self, model: &str) -> Self {
        self.model_of("openai", model)
    }

    /// Adds a model that is asked in one dialect alone: `chat`, `responses` or `messages`.
    pub fn model_of(mut self, provider: &str, model: &str) -> Self {
        let id = format!("{provider}/{}", self.targets.len());
        self.group.targets.push(GroupTarget { target: id.clone(), weight: 1 });
        self.targets.push(target(id, provider, model));
        self
    }

    /// Adds a token of the one caller.
    pub fn token(mut self, id: &str, state: TokenState) -> Self {
        let digest = digest(&token(id));
        self.tokens.push(Token {
            id: id.to_owned(),
            caller: self.caller.id.clone(),
            digest,
            state: state.number(),
            ..Token::default()
        });
        self
    }

    /// Changes anything.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Sets the timeouts of all providers, in milliseconds: first byte and stream idle.
    pub fn timeouts(self, first_byte_ms: u64, stream_idle_ms: u64) -> Self {
        self.with(|it| {
            for provider in it.single.iter_mut().chain([&mut it.openai]) {
                let timeouts = provider.timeouts.as_mut().unwrap();
                timeouts.first_byte_ms = first_byte_ms;
                timeouts.stream_idle_ms = stream_idle_ms;
            }
        })
    }

    /// Sets the bound on a whole call of all providers, in milliseconds.
    pub fn total(self, total_ms: u64) -> Self {
        self.with(|it| {
            for provider in it.single.iter_mut().chain([&mut it.openai]) {
                provider.timeouts.as_mut().unwrap().total_ms = total_ms;
            }
        })
    }

    pub fn resources(self) -> Vec<Resource> {
        let project = Project { id: "search".to_owned(), owner: "platform".to_owned(), ..Project::default() };
        let mut resources = vec![
            resource("settings/global".to_owned(), Body::Settings(self.settings)),
            resource("provider/openai".to_owned(), Body::Provider(self.openai)),
            resource("project/search".to_owned(), Body::Project(project)),
            resource(format!("group/{}", self.group.id), Body::Group(self.group)),
            resource(format!("caller/{}", self.caller.id), Body::Caller(self.caller)),
        ];
        let single = self.single.into_iter();
        resources.extend(single.map(|it| resource(format!("provider/{}", it.id), Body::Provider(it))));
        resources.extend(self.targets.into_iter().map(|it| resource(format!("target/{}", it.id), Body::Target(it))));
        resources.extend(self.tokens.into_iter().map(|it| resource(format!("token/{}", it.id), Body::Token(it))));
        resources.sort_by(|a, b| a.key.cmp(&b.key));
        resources
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made to be encoded")]
fn resource(key: String, body: Body) -> Resource {
    Resource::new(key, &body)
}

fn provider(id: &str, upstream: SocketAddr, dialects: &[Dialect]) -> Provider {
    Provider {
        id: id.to_owned(),
        base_url: format!("http://{upstream}/v1"),
        dialects: numbers(dialects),
        credential: Some(Credential { source: Some(Source::Value(format!("sk-{id}").into_bytes())) }),
        kind: ProviderKind::Provider.number(),
        private_network: true,
        timeouts: Some(Timeouts { connect_ms: 2_000, first_byte_ms: 10_000, stream_idle_ms: 10_000, total_ms: 60_000 }),
        ..Provider::default()
    }
}

fn target(id: String, provider: &str, model: &str) -> Target {
    Target {
        id,
        provider: provider.to_owned(),
        model: model.to_owned(),
        state: TargetState::Active.number(),
        input_modalities: numbers(&[Modality::Text, Modality::Image, Modality::File]),
        output_modalities: numbers(&[Modality::Text, Modality::Embedding]),
        structured_outputs: true,
        reasoning: true,
        prices: vec![Price { input: 1_000_000_000, output: 4_000_000_000, ..Price::default() }],
        ..Target::default()
    }
}

fn strings(given: &[&str]) -> Vec<String> {
    given.iter().map(|it| (*it).to_owned()).collect()
}
