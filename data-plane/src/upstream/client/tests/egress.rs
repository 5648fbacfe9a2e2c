//! Providers that are reached through a proxy, with certificates of their own, or that ask for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_plane_core::config::{Egress, Provider};
use rustls::pki_types::pem::PemObject as _;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::{CERTIFICATE, CertificateDer, Client, KEY, PrivateKeyDer, RootCertStore, provider, served_by, server};

fn file(name: &str) -> String {
    format!("{}/src/upstream/client/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn reached(port: u16, egress: Egress) -> Provider {
    let base_url = format!("https://localhost:{port}/v1");
    Provider { base_url, egress: Some(Arc::new(egress)), ..provider() }
}

fn trusting() -> Egress {
    Egress { ca_file: Some(file("certificate.pem")), ..Egress::default() }
}

/// A proxy that connects, and counts; or that refuses.
async fn proxy(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let to = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
                assert!(head.contains(&format!("host: {to}\r\n")), "{head}");
                counter.fetch_add(1, Ordering::SeqCst);
                client.write_all(answer.as_bytes()).await.unwrap();
                if answer.contains(" 200 ") {
                    let mut upstream = TcpStream::connect(to).await.unwrap();
                    let _ended = copy_bidirectional(&mut client, &mut upstream).await;
                }
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn an_authority_of_its_own_is_trusted_for_its_provider_alone() {
    let (address, _) = server(&[b"h2"]).await;
    let client = Client::new(4).unwrap();
    client.probe(&reached(address.port(), trusting())).await.unwrap();
    let usual = client.probe(&reached(address.port(), Egress::default())).await.unwrap_err();
    assert!(usual.to_string().contains("certificate"), "{usual}");
    let missing = Egress { ca_file: Some("/nowhere.pem".to_owned()), ..Egress::default() };
    let missing = client.probe(&reached(address.port(), missing)).await.unwrap_err();
    assert!(missing.to_string().contains("/nowhere.pem"), "{missing}");
}

#[tokio::test]
async fn a_proxy_is_asked_to_connect_and_its_refusal_is_told() {
    let (address, connections) = server(&[b"http/1.1"]).await;
    let client = Client::new(4).unwrap();
    let (through, asked) = proxy("HTTP/1.1 200 Connection established\r\n\r\n").await;
    let provider = reached(address.port(), Egress { proxy: Some(through), ..trusting() });
    for _ in 0..3 {
        let request =
            http::Request::post(format!("{}/chat", provider.base_url)).body(crate::body::Body::from("{}")).unwrap();
        let answer = client.send(&provider, request, provider.timeouts.first_byte).await.unwrap();
        let mut body = answer.into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "HTTP/1.1 /v1/chat");
        assert!(body.data().await.is_none());
    }
    assert_eq!((asked.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)), (1, 1));
    let (refusing, _) = proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let refused = client.probe(&reached(address.port(), Egress { proxy: Some(refusing), ..trusting() })).await;
    assert!(refused.unwrap_err().to_string().contains("the proxy refuses to connect: 407"));
}

#[tokio::test]
async fn a_provider_that_asks_for_a_certificate_gets_the_routers() {
    let certificate = || CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate()).unwrap();
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&crypto)).build().unwrap();
    let builder = rustls::ServerConfig::builder_with_provider(crypto).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = builder.with_client_cert_verifier(verifier).with_single_cert(vec![certificate()], key).unwrap();
    let (address, _) = served_by(config).await;
    let client = Client::new(4).unwrap();
    let own = Egress { client: Some((file("certificate.pem"), file("key.pem"))), ..trusting() };
    let ask = async |egress| {
        let provider = reached(address.port(), egress);
        let request = http::Request::post(provider.base_url.clone()).body(crate::body::Body::from("{}")).unwrap();
        client.send(&provider, request, provider.timeouts.first_byte).await
    };
    assert_eq!(ask(own).await.unwrap().status(), 200);
    assert!(ask(trusting()).await.is_err(), "it has none to show");
}
