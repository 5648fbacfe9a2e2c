//! Planes of different versions, each a process: a router and a control plane with the frozen contract, a router with a later
//! one, and a control plane that publishes what a later version may publish.

mod later;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use control_plane::grpc;
use control_plane::ingest::Ingest;
use control_plane::publish::Publisher;
use data_plane_core::config::Secret;
use listener::{Caps, Door};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn std::error::Error>;

/// A router of a schema: the same sources, another contract.
macro_rules! router {
    ($plane:ident, $arguments:expr) => {{
        let [data_dir, listen, control_plane, join_token] = $arguments;
        let sync = $plane::sync::SyncOptions {
            control_plane,
            ca_file: None,
            client: None,
            join_token: Some(join_token).filter(|it| !it.is_empty()).map(Secret::new),
            node_key: None,
            data_dir: PathBuf::from(data_dir),
            region: "test".to_owned(),
            build: stringify!($plane).to_owned(),
            name: stringify!($plane).to_owned(),
        };
        let running = $plane::start($plane::Options::new(listen.parse()?, sync)).await?;
        tokio::signal::ctrl_c().await?;
        running.stop().await;
        Ok(())
    }};
}

/// The options of a control plane of a schema.
macro_rules! options {
    ($plane:ident, $arguments:expr, $grpc:expr) => {{
        let [data_dir, http]: [String; 2] = $arguments;
        $plane::Options {
            database_url: format!("sqlite://{data_dir}/control-plane.db"),
            data_dir: Some(PathBuf::from(data_dir)),
            http: http.parse()?,
            grpc: $grpc,
            http_tls: None,
            public_url: None,
            routers: $plane::RouterAddress::default(),
            http_caps: Caps::of(64),
            grpc_tls: None,
            grpc_caps: Caps::of(64),
            master_key: None,
            master_key_file: None,
            admin_token: Some($plane::secrets::Secret::new(std::env::var("ADMIN_TOKEN")?)),
            initial_document: None,
            config_mode: $plane::ConfigMode::default(),
            build: $plane::Build::default(),
            environment: $plane::Environment::process(),
        }
    }};
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next().unwrap_or_default();
    let mut next = || arguments.next().unwrap_or_default();
    match role.as_str() {
        "old-router" => router!(old_router, [next(), next(), next(), next()]),
        "later-router" => router!(next_router, [next(), next(), next(), next()]),
        "old-control-plane" => old_control_plane([next(), next()], next().parse()?).await,
        "later-control-plane" => later_control_plane([next(), next()], next().parse()?).await,
        other => Err(format!("{other:?} is no role").into()),
    }
}

async fn old_control_plane(arguments: [String; 2], routers: SocketAddr) -> Result<(), Failure> {
    let running = old_control_plane::start(options!(old_control_plane, arguments, routers)).await?;
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

/// Serves routers from a second server in the same process, over the same database, that publishes more.
async fn later_control_plane(arguments: [String; 2], routers: SocketAddr) -> Result<(), Failure> {
    let elsewhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = control_plane::start(options!(control_plane, arguments, elsewhere)).await?;
    let (control, stop) = (running.control().clone(), CancellationToken::new());
    let (own, _publishing) = Publisher::start(control.clone(), stop.clone());
    let (ingest, _writing) = Ingest::start(control.store.clone(), Arc::default());
    let services = grpc::Services { store: control.store.clone(), publisher: later::publisher(&own), ingest };
    let door = Door::new(TcpListener::bind(routers).await?, Caps::of(64), None, "credentials");
    grpc::serve(door, services, stop).await?;
    running.stop().await;
    Ok(())
}
