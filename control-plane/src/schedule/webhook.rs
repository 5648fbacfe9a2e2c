//! How webhooks are told: by `POST`, without following redirects, and never at an address that the configuration does not open.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use control_plane_core::{document::Webhook, validate::is_private_address};
use http::{HeaderName, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use tokio::{net::lookup_host, time::timeout};
use tower::Service;
use url::{Host, Url};
use vocabulary::Network;

use crate::trust;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a webhook has not taken a message.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It has no address.
    #[error("its `url` is no address")]
    NoAddress,
    /// The configuration does not open it.
    #[error("{0} is not a public address, and `network: private` is not said")]
    Private(IpAddr),
    /// It was not reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It was too slow.
    #[error("it has not answered within ten seconds")]
    Slow,
}

type Post = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// Tells webhooks. Cloning shares its connections.
#[derive(Clone)]
pub struct WebhookClient {
    public: Post,
    private: Post,
}

impl WebhookClient {
    /// A client that trusts what the system trusts.
    pub fn new() -> Self {
        let tls = trust::tls();
        let client = |opens_private| {
            let mut tcp = HttpConnector::new_with_resolver(Resolver { opens_private });
            tcp.enforce_http(false);
            tcp.set_connect_timeout(Some(PATIENCE));
            let connector =
                HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http().enable_all_versions();
            // They are told now and then: a connection would only be found closed.
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector.wrap_connector(tcp))
        };
        Self { public: client(false), private: client(true) }
    }

    /// Sends a message; answers with the status. What else it answers is nobody's business, and not read.
    pub async fn post(
        &self,
        webhook: &Webhook,
        headers: Vec<(HeaderName, String)>,
        body: String,
    ) -> Result<u16, NotTaken> {
        let url = Url::parse(&webhook.url).map_err(|_| NotTaken::NoAddress)?;
        let client = match webhook.network {
            Network::Private => &self.private,
            Network::Public => {
                // A name is looked at when it is resolved.
                let address = match url.host() {
                    Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
                    Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
                    _ => None,
                };
                if let Some(address) = address.filter(|it| is_private_address(*it)) {
                    return Err(NotTaken::Private(address));
                }
                &self.public
            }
        };
        let mut request = Request::post(url.as_str());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|_| NotTaken::NoAddress)?;
        match timeout(PATIENCE, client.request(request)).await {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            Ok(Err(error)) => Err(NotTaken::Unreachable(innermost(&error))),
            Err(_) => Err(NotTaken::Slow),
        }
    }
}

/// What led to an error: the outermost says little.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}

/// Finds addresses by name: those of the public internet, unless others are opened, too.
#[derive(Clone)]
struct Resolver {
    opens_private: bool,
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let opens_private = self.opens_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            let some = !found.is_empty();
            let open: Vec<_> = found.into_iter().filter(|it| opens_private || !is_private_address(it.ip())).collect();
            if some && open.is_empty() {
                return Err(io::Error::other(
                    "its name leads to a private address, and `network: private` is not said",
                ));
            }
            Ok(open.into_iter())
        })
    }
}
