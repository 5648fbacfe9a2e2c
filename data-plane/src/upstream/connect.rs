use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_service::Service;

use super::address::is_public;

/// A connection to an upstream, plain or TLS.
pub(super) type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

/// The longest head that a proxy answers with.
const LONGEST_ANSWER: usize = 8 * 1024;

/// An address that may not be connected to.
#[derive(Debug, Error)]
#[error("the host has a private address; set `network: private` on the provider if that is meant")]
pub(super) struct PrivateAddress;

/// Makes connections: TCP without delay, TLS with the system's roots, HTTP/2 where both sides can.
#[derive(Clone)]
pub(super) struct Connector(HttpsConnector<Guarded>);

impl Connector {
    /// A connector that reaches private addresses only if it may.
    pub fn new(private: bool, proxy: Option<Uri>, tls: ClientConfig) -> Self {
        // A proxy is where the operator says, and it finds the provider's address itself.
        let mut tcp = HttpConnector::new_with_resolver(Resolver { private: private || proxy.is_some() });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_mins(1)));
        let guarded = Guarded { private, proxy, tcp };
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        Self(builder.enable_all_versions().wrap_connector(guarded))
    }

    /// Connects to the origin of `uri`.
    pub async fn connect(&self, uri: Uri) -> Result<Io, Box<dyn std::error::Error + Send + Sync>> {
        self.0.clone().call(uri).await
    }
}

/// TLS as providers expect it: the system's roots and nothing secret of our own.
pub(super) fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = || ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    match builder()?.with_native_roots() {
        Ok(config) => Ok(config.with_no_client_auth()),
        Err(error) => {
            // Plain-HTTP upstreams still work; every TLS one will fail with a clear reason.
            tracing::warn!(%error, "no root certificates found on this machine; https providers cannot be reached");
            Ok(builder()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
        }
    }
}

/// Refuses addresses written into the URL, which never reach the resolver.
#[derive(Clone)]
struct Guarded {
    private: bool,
    proxy: Option<Uri>,
    tcp: HttpConnector<Resolver>,
}

type Connecting =
    Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, Box<dyn std::error::Error + Send + Sync>>> + Send>>;

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let literal = uri.host().and_then(|it| it.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if !self.private && literal.is_some_and(|it| !is_public(it)) {
            return Box::pin(async { Err(PrivateAddress.into()) });
        }
        let connecting = self.tcp.call(self.proxy.clone().unwrap_or_else(|| uri.clone()));
        let proxied = self.proxy.is_some();
        Box::pin(async move {
            let stream = connecting.await?;
            if proxied { tunnel(stream, &uri).await } else { Ok(stream) }
        })
    }
}

/// Asks a proxy to connect (RFC 9110, 9.3.6).
async fn tunnel(
    stream: TokioIo<TcpStream>,
    to: &Uri,
) -> Result<TokioIo<TcpStream>, Box<dyn std::error::Error + Send + Sync>> {
    let mut stream = stream.into_inner();
    let port = to.port_u16().unwrap_or(if to.scheme_str() == Some("http") { 80 } else { 443 });
    let host = format!("{}:{port}", to.host().unwrap_or_default());
    stream.write_all(format!("CONNECT {host} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the head is not ours, and heads are short.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= LONGEST_ANSWER {
            return Err("the proxy's answer is no HTTP".into());
        }
        answer.push(stream.read_u8().await?);
    }
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|it| it.parse::<u16>().ok());
    match status {
        Some(200..=299) => Ok(TokioIo::new(stream)),
        Some(status) => Err(format!("the proxy refuses to connect: {status}").into()),
        None => Err("the proxy's answer is no HTTP".into()),
    }
}

/// The system's resolver. A name with any private address is refused whole: whoever answers for it could otherwise
/// choose where the next connection goes.
#[derive(Clone)]
struct Resolver {
    private: bool,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let unresolved = |error: io::Error| io::Error::new(error.kind(), format!("the host `{name}`: {error}"));
            let found: Vec<_> = found.map_err(unresolved)?.collect();
            if !private && found.iter().any(|it| !is_public(it.ip())) {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, PrivateAddress));
            }
            Ok(found.into_iter())
        })
    }
}
