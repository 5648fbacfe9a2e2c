//! What tests of the router's side of the gRPC contract share: a small snapshot, and a server that can be killed.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::path::Path;

use data_plane_core::config::Secret;
use proto::v1::{
    Caller, Credential, DialectTools, Group, GroupTarget, Price, Project, Provider, Resource, Settings, Snapshot,
    Target, Token, credential::Source,
};
use proto::{Body, Word, numbers};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::server::Router;
use vocabulary::{
    Dialect, FailureClass, Modality, OutputCapField, PolicyKind, ProviderKind, Scope, TargetState, TokenState,
};

use super::channel::{self, Bearer, EnrolledNode};
use super::options::SyncOptions;

/// Stands for a provider's key; must be found nowhere on the disk.
pub(crate) const PLANTED_KEY: &str = "sk-planted-provider-key";

/// A server with threads of its own: dropping it breaks every connection at once, as a kill does.
pub(crate) struct ServerRuntime {
    runtime: Option<Runtime>,
    address: SocketAddr,
}

impl ServerRuntime {
    pub(crate) fn start(at: Option<SocketAddr>, router: Router) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (told, address) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind(at.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap())).await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            router.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
        });
        Self { runtime: Some(runtime), address: address.recv().unwrap() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ServerRuntime {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

/// A router of that directory.
pub(crate) fn options(data_dir: &Path, url: &str, join_token: Option<&str>) -> SyncOptions {
    SyncOptions {
        control_plane: url.to_owned(),
        ca_file: None,
        client: None,
        join_token: join_token.map(|it| Secret::new(it.to_owned())),
        node_key: None,
        data_dir: data_dir.to_path_buf(),
        region: "eu-1".to_owned(),
        build: "0.0.0".to_owned(),
        name: "test".to_owned(),
    }
}

/// An enrolled node that has the credential `srn_test`.
pub(crate) fn node(url: &str) -> EnrolledNode {
    EnrolledNode {
        id: "node-1".to_owned(),
        channel: channel::open(&options(Path::new("/nowhere"), url, None)).unwrap(),
        bearer: Bearer::new(&Secret::new("srn_test".to_owned()), None).unwrap(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made to be encoded")]
pub(crate) fn resource(key: &str, body: Body) -> Resource {
    Resource::new(key, &body)
}

/// Changes what one of them says.
#[track_caller]
pub(crate) fn change(resources: &mut [Resource], key: &str, change: impl FnOnce(&mut Body)) {
    let resource = resources.iter_mut().find(|it| it.key == key).unwrap();
    let mut body = resource.decode().unwrap().unwrap();
    change(&mut body);
    *resource = Resource::new(key, &body);
}

/// A snapshot that is valid in itself.
pub(crate) fn snapshot(version: u64, mut resources: Vec<Resource>) -> Snapshot {
    resources.sort_by(|a, b| a.key.cmp(&b.key));
    Snapshot { version, hash: proto::snapshot_hash(&resources), created_ms: 1_700_000_000_000, resources }
}

/// One of everything.
pub(crate) fn resources() -> Vec<Resource> {
    let group = Group {
        id: "fast".to_owned(),
        aliases: strings(&["default"]),
        policy: PolicyKind::Weighted.number(),
        targets: vec![GroupTarget { target: "openai/mini".to_owned(), weight: 3 }],
        fallback_on: numbers(&[FailureClass::Timeout, FailureClass::Quota]),
        reveal_cost: true,
        ..Group::default()
    };
    vec![
        resource(
            "settings/global",
            Body::Settings(Settings { default_group: "fast".to_owned(), ..Settings::default() }),
        ),
        resource("provider/openai", Body::Provider(provider())),
        resource("target/openai/mini", Body::Target(target())),
        resource("group/fast", Body::Group(group)),
        resource("project/search", Body::Project(project())),
        resource("caller/ana", Body::Caller(caller())),
        token_resource("abcdefghijkl"),
    ]
}

pub(crate) fn token_resource(id: &str) -> Resource {
    let token = Token {
        id: id.to_owned(),
        caller: "ana".to_owned(),
        digest: vec![7; 32],
        state: TokenState::Active.number(),
        ..Token::default()
    };
    resource(&format!("token/{id}"), Body::Token(token))
}

fn project() -> Project {
    Project { id: "search".to_owned(), owner: "platform".to_owned(), ..Project::default() }
}

fn provider() -> Provider {
    Provider {
        id: "openai".to_owned(),
        base_url: "https://api.openai.com/v1/".to_owned(),
        dialects: numbers(&[Dialect::OpenaiChat, Dialect::OpenaiResponses]),
        credential: Some(Credential { source: Some(Source::Value(PLANTED_KEY.as_bytes().to_vec())) }),
        kind: ProviderKind::Provider.number(),
        ..Provider::default()
    }
}

fn target() -> Target {
    let price = |from_ms, input| Price { from_ms, input, output: 8 * input, ..Price::default() };
    Target {
        id: "openai/mini".to_owned(),
        provider: "openai".to_owned(),
        model: "gpt-5-mini".to_owned(),
        state: TargetState::Active.number(),
        context_tokens: 400_000,
        input_modalities: numbers(&[Modality::Text, Modality::Image]),
        tools: vec![DialectTools { dialect: Dialect::OpenaiChat.number(), types: strings(&["function"]) }],
        output_cap_field: OutputCapField::MaxCompletionTokens.number(),
        prices: vec![price(2_000, 300), price(1_000, 250)],
        ..Target::default()
    }
}

fn caller() -> Caller {
    Caller {
        id: "ana".to_owned(),
        user: "ana".to_owned(),
        project: "search".to_owned(),
        environment: "dev".to_owned(),
        allow: strings(&["fast"]),
        default_group: "default".to_owned(),
        scopes: numbers(&[Scope::Inference, Scope::Report]),
        requests_per_minute: Some(600),
        ..Caller::default()
    }
}

pub(crate) fn strings(given: &[&str]) -> Vec<String> {
    given.iter().map(|it| (*it).to_owned()).collect()
}
