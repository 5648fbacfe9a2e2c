#![expect(clippy::unwrap_used, reason = "tests")]

mod egress;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use data_plane_core::config::{Provider, ProviderKind, Timeouts};
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::Client;
use crate::body::Body;
use crate::upstream::{AnswerBody, SendError};

/// For `localhost`, until 2126; nothing but this test trusts it.
const CERTIFICATE: &[u8] = include_bytes!("tests/certificate.pem");
const KEY: &[u8] = include_bytes!("tests/key.pem");

/// A TLS server that answers with the request's version and path, and counts its connections.
async fn server(protocols: &[&[u8]]) -> (SocketAddr, Arc<AtomicUsize>) {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    served_by(config).await
}

async fn served_by(config: ServerConfig) -> (SocketAddr, Arc<AtomicUsize>) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|request: Request<Incoming>| async move {
                    let told = format!("{:?} {}", request.version(), request.uri().path());
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(told))))
                });
                let _ended =
                    auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (address, connections)
}

fn client() -> Client {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Client::trusting(builder.with_root_certificates(roots).with_no_client_auth(), 64)
}

fn provider() -> Provider {
    Provider {
        id: "p".to_owned(),
        base_url: String::new(),
        dialects: Vec::new(),
        credential: None,
        kind: ProviderKind::Provider,
        private_network: true,
        tenancy: data_plane_core::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(5),
            stream_idle: Duration::from_secs(5),
            total: Duration::from_secs(5),
        },
    }
}

async fn open(client: &Client, url: String) -> Result<Response<AnswerBody>, SendError> {
    client.send(&provider(), Request::post(url).body(Body::from("{}")).unwrap(), Duration::from_secs(5)).await
}

async fn ask(client: &Client, url: String) -> Result<(Version, String), SendError> {
    let (head, mut body) = open(client, url).await?.into_parts();
    let mut told = Vec::new();
    while let Some(piece) = body.data().await {
        told.extend_from_slice(&piece.unwrap());
    }
    Ok((head.version, String::from_utf8(told).unwrap()))
}

#[tokio::test]
async fn one_connection_carries_all_requests_where_http_2_is_spoken() {
    let (address, connections) = server(&[b"h2", b"http/1.1"]).await;
    let client = client();
    let url = |n: u32| format!("https://localhost:{}/v1/{n}", address.port());
    assert_eq!(ask(&client, url(0)).await.unwrap(), (Version::HTTP_2, "HTTP/2.0 /v1/0".to_owned()));
    let asked = (1..20).map(|n| ask(&client, url(n)));
    for (n, told) in futures_util::future::join_all(asked).await.into_iter().enumerate() {
        assert_eq!(told.unwrap(), (Version::HTTP_2, format!("HTTP/2.0 /v1/{}", n + 1)));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn streams_beyond_a_connections_limit_get_another_one() {
    let (address, connections) = server(&[b"h2"]).await;
    let client = client();
    let url = format!("https://localhost:{}/", address.port());
    let mut under_way = Vec::new();
    for _ in 0..100 {
        under_way.push(open(&client, url.clone()).await.unwrap());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let beyond = open(&client, url.clone()).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    // Whoever ends makes room, and the first connection is filled first.
    drop((under_way, beyond));
    assert_eq!(ask(&client, url).await.unwrap().0, Version::HTTP_2);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn connections_are_kept_where_http_1_is_spoken() {
    let (address, connections) = server(&[b"http/1.1"]).await;
    let client = client();
    for n in 0..5 {
        let told = ask(&client, format!("https://localhost:{}/v1/{n}", address.port())).await.unwrap();
        assert_eq!(told, (Version::HTTP_11, format!("HTTP/1.1 /v1/{n}")));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (address, _) = server(&[b"h2"]).await;
    let refused = ask(&client(), format!("https://127.0.0.1:{}/", address.port())).await;
    assert!(matches!(refused, Err(SendError::Connect(_))));
}
