//! The listener with a certificate. `testdata` was made for these tests: nothing trusts its authority.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use control_plane::{
    grpc::{Services, serve},
    ingest::Ingest,
    publish::Publisher,
};
use listener::{Caps, Door, ServerIdentity, Tls};
use proto::v1::{EnrolRequest, enrolment_service_client::EnrolmentServiceClient};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{
    Code,
    transport::{Certificate, Channel, ClientTlsConfig, Identity},
};

use crate::{database::Database, server::Server};

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routers/testdata").join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_certificate_only_encrypted_connections_are_served() {
    let database = Database::sqlite().await;
    let stop = CancellationToken::new();
    let services = |control| Services {
        store: database.store.clone(),
        publisher: Publisher::start(control, stop.clone()).0,
        ingest: Ingest::start(database.store.clone(), Arc::default()).0,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (serving, until) = (services(Server::control(&database, "sk")), stop.clone());
    let tls = Tls { certificate: testdata("server.pem"), key: testdata("server.key"), client_ca: None };
    let door = Door::new(listener, Caps::of(16), Some(ServerIdentity::load(tls, &["h2"]).unwrap()), "credentials");
    let server = tokio::spawn(serve(door, serving, until));

    let authority = Certificate::from_pem(std::fs::read(testdata("ca.pem")).unwrap());
    let channel = Channel::from_shared(format!("https://localhost:{port}"))
        .unwrap()
        .tls_config(ClientTlsConfig::new().ca_certificate(authority))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let refused = EnrolmentServiceClient::new(channel).enrol(EnrolRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated, "the call arrived: {refused}");
    let plain = Channel::from_shared(format!("http://localhost:{port}")).unwrap().connect_lazy();
    let refused = EnrolmentServiceClient::new(plain).enrol(EnrolRequest::default()).await.unwrap_err();
    assert_ne!(refused.code(), Code::Unauthenticated, "the call did not arrive: {refused}");

    let missing = Tls { certificate: testdata("nothing.pem"), key: testdata("server.key"), client_ca: None };
    let failed = ServerIdentity::load(missing, &["h2"]).err().unwrap().to_string();
    assert!(failed.contains("nothing.pem"), "{failed}");
    stop.cancel();
    server.await.unwrap().unwrap();
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_an_authority_for_routers_only_those_with_its_certificate_are_served() {
    let database = Database::sqlite().await;
    let stop = CancellationToken::new();
    let control = Server::control(&database, "sk");
    let services = Services {
        store: database.store.clone(),
        publisher: Publisher::start(control, stop.clone()).0,
        ingest: Ingest::start(database.store.clone(), Arc::default()).0,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let client_ca = Some(testdata("client-ca.pem"));
    let tls = Tls { certificate: testdata("server.pem"), key: testdata("server.key"), client_ca };
    let identity = ServerIdentity::load(tls.clone(), &["h2"]).unwrap();
    let server = tokio::spawn(serve(Door::new(listener, Caps::of(16), Some(identity), "x"), services, stop.clone()));

    let read = |name: &str| std::fs::read(testdata(name)).unwrap();
    let shown = |name: &str| Identity::from_pem(read(&format!("{name}.pem")), read(&format!("{name}.key")));
    let enrol = async |identity: Option<Identity>| {
        let trusting = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read("ca.pem")));
        let tls = identity.into_iter().fold(trusting, ClientTlsConfig::identity);
        let channel = Channel::from_shared(format!("https://localhost:{port}")).unwrap().tls_config(tls).unwrap();
        let mut client = EnrolmentServiceClient::new(channel.connect_lazy());
        client.enrol(EnrolRequest::default()).await.unwrap_err().code()
    };
    assert_eq!(enrol(Some(shown("client"))).await, Code::Unauthenticated, "the call arrives");
    assert_ne!(enrol(None).await, Code::Unauthenticated, "it does not without a certificate");
    assert_ne!(enrol(Some(shown("server"))).await, Code::Unauthenticated, "nor with one of another authority");

    let missing = Tls { client_ca: Some(testdata("nothing.pem")), ..tls };
    let failed = ServerIdentity::load(missing, &["h2"]).err().unwrap().to_string();
    assert!(failed.contains("nothing.pem"), "{failed}");
    stop.cancel();
    server.await.unwrap().unwrap();
    database.remove().await;
}
