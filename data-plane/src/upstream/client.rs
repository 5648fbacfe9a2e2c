use std::sync::Arc;
use std::time::Duration;

use data_plane_core::config::Provider;
use http::uri::Uri;
use http::{HeaderValue, Request, Response, Version, header};
use hyper::client::conn::http2;
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connect::{Connector, Io, tls};
use super::connection::{AnswerBody, FailedSend, Http1};
use super::error::SendError;
use super::pool::{Pool, PoolOrigin, Pooled};
use super::special::Special;
use crate::body::Body;

/// Flow-control windows that keep a long answer from waiting for the router.
const WINDOW: u32 = 1024 * 1024;
/// How often a silent HTTP/2 connection is asked whether it still lives.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How often idle connections are looked over.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// Sends requests to providers over pooled connections. Follows no redirect, retries nothing that an upstream may have
/// seen.
pub struct Client {
    public: Connector,
    private: Connector,
    /// For providers that are reached in another way.
    special: Special,
    pool: Arc<Pool>,
    /// One for each connection.
    places: Arc<Semaphore>,
}

impl Client {
    /// A client with an empty pool, for so many connections at a time.
    pub fn new(connections: usize) -> Result<Self, rustls::Error> {
        tls().map(|tls| Self::trusting(tls, connections))
    }

    fn trusting(tls: ClientConfig, connections: usize) -> Self {
        Self {
            public: Connector::new(false, None, tls.clone()),
            private: Connector::new(true, None, tls),
            special: Special::default(),
            pool: Arc::default(),
            places: Arc::new(Semaphore::new(connections)),
        }
    }

    /// Closes idle connections in time, for ever.
    pub async fn sweep(&self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        loop {
            ticks.tick().await;
            self.pool.sweep();
        }
    }

    /// Sends a request whose URI is absolute, and waits for the answer's head: to be connected as long as the provider's
    /// timeout says, then for as long as `first_byte`.
    pub async fn send(
        &self,
        provider: &Provider,
        mut request: Request<Body>,
        first_byte: Duration,
    ) -> Result<Response<AnswerBody>, SendError> {
        let uri = request.uri().clone();
        let origin = origin(&uri, provider).ok_or(SendError::Address)?;
        loop {
            let (connection, reused) = match self.pool.take(&origin) {
                Some(connection) => (connection, true),
                None => (self.connect(&uri, &origin, provider.timeouts.connect).await?, false),
            };
            let answer = exchange(connection, request, &uri, (self.pool.clone(), origin.clone()));
            match timeout(first_byte, answer).await {
                Ok(Ok(answer)) => return Ok(answer),
                // The upstream closed an idle connection in the moment of its use, and has seen nothing.
                Ok(Err(FailedSend { unsent: Some(unsent), .. })) if reused => request = unsent,
                Ok(Err(FailedSend { error, .. })) => return Err(error),
                Err(_) => return Err(SendError::FirstByteTimeout),
            }
        }
    }

    async fn probe(&self, provider: &Provider) -> Result<(), SendError> {
        let uri: Uri = provider.base_url.parse().map_err(|_| SendError::Address)?;
        let origin = origin(&uri, provider).ok_or(SendError::Address)?;
        self.connect(&uri, &origin, provider.timeouts.connect).await.map(drop)
    }

    async fn connect(&self, uri: &Uri, origin: &PoolOrigin, limit: Duration) -> Result<Pooled, SendError> {
        let opening = async {
            let connector = match &origin.egress {
                Some(egress) => &self.special.connector(origin.private, egress).await.map_err(SendError::Connect)?,
                None if origin.private => &self.private,
                None => &self.public,
            };
            let place = self.place().await;
            let io = connector.connect(uri.clone()).await.map_err(SendError::Connect)?;
            if negotiated_http2(&io) {
                self.multiplex(io, origin, place).await
            } else {
                Http1::handshake(io, place).await.map(Pooled::Http1)
            }
            .map_err(SendError::Broken)
        };
        timeout(limit, opening).await.unwrap_or(Err(SendError::ConnectTimeout))
    }

    /// A place for one more connection; one that waits for its next request gives up its own.
    async fn place(&self) -> OwnedSemaphorePermit {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return place;
        }
        self.pool.make_room();
        Arc::clone(&self.places).acquire_owned().await.expect("nobody closes the semaphore")
    }

    async fn multiplex(
        &self,
        io: Io,
        origin: &PoolOrigin,
        place: OwnedSemaphorePermit,
    ) -> Result<Pooled, hyper::Error> {
        let (sender, driver) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW * 4)
            .keep_alive_interval(PING_EVERY)
            .handshake(io)
            .await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "HTTP/2 connection to an upstream ended");
            }
            drop(place);
        });
        Ok(self.pool.share(origin.clone(), sender))
    }
}

/// Connects to a provider as a request would, and sends nothing: whether its name, its proxy and TLS work from here.
pub async fn probe(provider: &Provider) -> Result<(), String> {
    let client = Client::new(1).map_err(|error| error.to_string())?;
    client.probe(provider).await.map_err(|error| error.to_string())
}

fn negotiated_http2(io: &Io) -> bool {
    match io {
        MaybeHttpsStream::Http(_) => false,
        MaybeHttpsStream::Https(_) => io.connected().is_negotiated_h2(),
    }
}

fn origin(uri: &Uri, provider: &Provider) -> Option<PoolOrigin> {
    let (private, egress) = (provider.private_network, provider.egress.clone());
    Some(PoolOrigin { private, egress, scheme: uri.scheme()?.clone(), authority: uri.authority()?.clone() })
}

async fn exchange(
    connection: Pooled,
    mut request: Request<Body>,
    uri: &Uri,
    home: (Arc<Pool>, PoolOrigin),
) -> Result<Response<AnswerBody>, FailedSend> {
    match connection {
        Pooled::Http1(connection) => {
            let host = HeaderValue::from_str(home.1.authority.as_str());
            request.headers_mut().insert(header::HOST, host.expect("an authority is a valid header value"));
            *request.version_mut() = Version::HTTP_11;
            *request.uri_mut() = uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from);
            connection.exchange(request, home).await
        }
        Pooled::Http2(mut sender, place) => {
            request.headers_mut().remove(header::HOST);
            *request.version_mut() = Version::HTTP_2;
            *request.uri_mut() = uri.clone();
            match sender.try_send_request(request).await {
                Ok(answer) => Ok(answer.map(|incoming| AnswerBody::multiplexed(incoming, place))),
                Err(mut error) => {
                    let unsent = error.take_message();
                    Err(FailedSend { error: SendError::Broken(error.into_error()), unsent })
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
