//! What a control plane is started with.

use std::{collections::HashMap, net::SocketAddr, path::PathBuf, sync::Arc};

use crate::secrets::Secret;

/// Everything that [`crate::start`] needs to know. The binary fills it from flags and `SMART_ROUTER_…` variables.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://<path>` or `postgres://user:password@host/database`.
    pub database_url: String,
    /// Where generated secrets live (`master.key`, `admin.json`). Without one they must be given.
    pub data_dir: Option<PathBuf>,
    /// Where the admin API listens; port 0 takes any free port.
    pub http: SocketAddr,
    /// Where routers connect; port 0 takes any free port.
    pub grpc: SocketAddr,
    /// TLS on the gRPC listener; `None`: plain text, for one machine or behind a mesh.
    pub grpc_tls: Option<Tls>,
    /// `SMART_ROUTER_MASTER_KEY`: 32 bytes in base64.
    pub master_key: Option<Secret>,
    /// A file with the same, mode 0600.
    pub master_key_file: Option<PathBuf>,
    /// `SMART_ROUTER_ADMIN_TOKEN`: a first admin token, instead of a generated one.
    pub admin_token: Option<Secret>,
    /// Applied when the store holds no configuration yet.
    pub initial_document: Option<InitialDocument>,
    /// Where `${VAR}` and `credential: {env: …}` are looked up.
    pub environment: Environment,
}

/// A certificate chain and its private key, both in PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's private key.
    pub key: PathBuf,
}

/// The configuration of a store that has none.
#[derive(Clone, Debug)]
pub struct InitialDocument {
    /// What the text is called in messages: its path.
    pub name: String,
    /// YAML.
    pub text: String,
}

/// Where names of variables become values: the process's environment, or a fixed table.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// A fixed table.
    pub fn table<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        let table: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self(Arc::new(move |name| table.get(name).cloned()))
    }

    /// The value of a variable. The router's own variables hold its secrets, so that they are never handed out.
    pub fn get(&self, name: &str) -> Option<String> {
        if name.starts_with("SMART_ROUTER_") { None } else { (self.0)(name) }
    }
}
