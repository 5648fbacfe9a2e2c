//! What a control plane is started with.

use std::{net::SocketAddr, path::PathBuf};

use control_plane_core::ConfigMode;
use listener::{Caps, Tls};
use vocabulary::Build;

use crate::{environment::Environment, login::PublicUrl, secrets::Secret};

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
    /// TLS on the admin API; `None`: clear text.
    pub http_tls: Option<Tls>,
    /// What browsers call the pages; `None`: as they say, on this machine or over TLS.
    pub public_url: Option<PublicUrl>,
    /// Where callers reach routers: pages put it into ready texts.
    pub routers: RouterAddress,
    /// How many connections of administrators there may be.
    pub http_caps: Caps,
    /// TLS on the gRPC listener; `None`: clear text, for one machine or behind a mesh.
    pub grpc_tls: Option<Tls>,
    /// How many connections of routers there may be.
    pub grpc_caps: Caps,
    /// `SMART_ROUTER_MASTER_KEY`: 32 bytes in base64.
    pub master_key: Option<Secret>,
    /// A file with the same, mode 0600.
    pub master_key_file: Option<PathBuf>,
    /// `SMART_ROUTER_ADMIN_TOKEN`: a first admin token, instead of a generated one.
    pub admin_token: Option<Secret>,
    /// Applied when the store holds no configuration yet.
    pub initial_document: Option<InitialDocument>,
    /// Where the truth of the configuration is.
    pub config_mode: ConfigMode,
    /// What runs.
    pub build: Build,
    /// Where `${VAR}` and `credential: {env: …}` are looked up.
    pub environment: Environment,
}

/// Where callers reach routers, as far as a control plane knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RouterAddress {
    /// Nobody has said so: beside this control plane, on the port that routers usually have.
    #[default]
    Guessed,
    /// At this port of this machine, with TLS or without, by the name under which a browser knows it.
    Here {
        /// Where it listens.
        port: u16,
        /// Callers reach it with TLS.
        tls: bool,
    },
    /// There: `https://llm.example.com`.
    Url(String),
}

impl RouterAddress {
    /// The address in full, for a browser that knows this machine by that name.
    pub fn seen_from(&self, host: &str) -> String {
        match self {
            Self::Guessed => format!("http://{host}:8801"),
            Self::Here { port, tls: false } => format!("http://{host}:{port}"),
            Self::Here { port, tls: true } => format!("https://{host}:{port}"),
            Self::Url(url) => url.clone(),
        }
    }
}

/// The configuration of a store that has none.
#[derive(Clone, Debug)]
pub struct InitialDocument {
    /// What the text is called in messages: its path.
    pub name: String,
    /// YAML.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_texts_lead_to_the_routers() {
        let seen = |address: RouterAddress| address.seen_from("gateway.lan");
        assert_eq!(seen(RouterAddress::Guessed), "http://gateway.lan:8801");
        assert_eq!(seen(RouterAddress::Here { port: 9000, tls: true }), "https://gateway.lan:9000");
        assert_eq!(seen(RouterAddress::Url("https://llm.example.com".to_owned())), "https://llm.example.com");
    }
}
