//! How providers are asked: TLS with the system's roots, no redirects, bounded in time and size.

use std::{pin::Pin, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tokio::time::timeout;
use url::{Host, Url};

use crate::trust;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any answer of a provider.
const LONGEST: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It was not asked.
    #[error("{0} is neither https:// nor on this machine")]
    Insecure(String),
    /// It was not reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    /// It was reached, and the answer did not come, or not as a whole.
    #[error("its answer did not come: {0}")]
    Cut(Box<dyn std::error::Error + Send + Sync>),
    /// It was too slow.
    #[error("it does not answer within ten seconds")]
    Slow,
}

/// Asks providers. Cloning shares its connections.
#[derive(Clone)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl HttpClient {
    /// A client that trusts what the system trusts.
    pub fn new() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(PATIENCE));
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(trust::tls()).https_or_http().enable_all_versions();
        Self(Client::builder(TokioExecutor::new()).build(connector.wrap_connector(tcp)))
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let address = request.uri().to_string();
        if !is_safe(&address) {
            return Err(NoAnswer::Insecure(address));
        }
        let asking = async {
            let response = self.0.request(request.map(|body| Full::new(Bytes::from(body)))).await?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LONGEST).collect().await.map_err(NoAnswer::Cut)?;
            Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
        };
        timeout(PATIENCE, asking).await.unwrap_or(Err(NoAnswer::Slow))
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// Whether what is sent there cannot be read or changed on its way.
pub fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}
