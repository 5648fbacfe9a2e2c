use std::{sync::Arc, time::Duration};

use listener::Door;
use proto::{
    MAX_MESSAGE_BYTES,
    v1::{
        config_service_server::ConfigServiceServer, enrolment_service_server::EnrolmentServiceServer,
        response_store_service_server::ResponseStoreServiceServer, usage_service_server::UsageServiceServer,
    },
};
use tokio::sync::Semaphore;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::{codec::CompressionEncoding, transport::Server};

#[cfg(not(feature = "frozen-contract"))]
use proto::v1::identity_service_server::IdentityServiceServer;

#[cfg(not(feature = "frozen-contract"))]
use super::rotation::Rotations;
use super::{
    enrol::Enrolment,
    frames::WithFrames,
    node_auth::NodeAuth,
    proof::Proofs,
    revocation::Revocations,
    sightings::Sightings,
    subscribe::{Subscriptions, WHOLE_AT_ONCE},
    usage::UsageReports,
    wire::Wire,
};
use crate::{
    ingest::Ingest,
    publish::Publisher,
    responses::{self, Records},
    store::Store,
};

/// What strangers may send: an enrolment request is small, and is not unpacked.
const ENROLMENT_BYTES: usize = 16 * 1024;
/// Hellos and answers to pushes.
const ANSWER_BYTES: usize = 1024 * 1024;
/// A router that has vanished without a word is noticed after twice this time.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How long connections may take to end when the server stops; a router finds another replica meanwhile.
const DRAIN: Duration = Duration::from_secs(5);

/// What routers are served from.
pub struct Services {
    /// The database.
    pub store: Store,
    /// Where snapshots come from.
    pub publisher: Publisher,
    /// Where usage goes.
    pub ingest: Ingest,
}

/// Serves routers until `stop`, then ends their streams, closes the queue of usage and records that they have gone.
pub async fn serve(door: Door, services: Services, stop: CancellationToken) -> Result<(), tonic::transport::Error> {
    let mut server =
        Server::builder().http2_keepalive_interval(Some(KEEP_ALIVE)).http2_keepalive_timeout(Some(KEEP_ALIVE));
    let Services { store, publisher, ingest } = services;
    let (sightings, proofs) = (Sightings::default(), Proofs::default());
    let streams = stop.child_token();
    let revocations = Revocations::start(store.clone(), streams.clone());
    let subscriptions = Subscriptions {
        store: store.clone(),
        publisher,
        sightings: sightings.clone(),
        revocations: revocations.clone(),
        whole: Arc::new(Semaphore::new(WHOLE_AT_ONCE)),
        stop: streams.clone(),
    };
    let usage = UsageReports { ingest: ingest.clone(), revocations, stop: streams };
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<NodeAuth<WithFrames<ConfigServiceServer<Subscriptions>>>>().await;
    health.set_serving::<NodeAuth<UsageServiceServer<UsageReports>>>().await;
    health.set_serving::<NodeAuth<ResponseStoreServiceServer<Records>>>().await;
    health.set_serving::<EnrolmentServiceServer<Enrolment>>().await;
    let router = server
        .add_service(health_service)
        .add_service(
            EnrolmentServiceServer::new(Enrolment::new(store.clone())).max_decoding_message_size(ENROLMENT_BYTES),
        )
        .add_service(NodeAuth::new(WithFrames(config_server(subscriptions)), store.clone(), proofs.clone()))
        .add_service(NodeAuth::new(usage_server(usage), store.clone(), proofs.clone()))
        .add_service(NodeAuth::new(response_store_server(Records::new(store.clone())), store.clone(), proofs.clone()));
    #[cfg(not(feature = "frozen-contract"))]
    let router = {
        health.set_serving::<NodeAuth<IdentityServiceServer<Rotations>>>().await;
        let rotations = IdentityServiceServer::new(Rotations { store: store.clone() });
        router.add_service(NodeAuth::new(rotations.max_decoding_message_size(ENROLMENT_BYTES), store.clone(), proofs))
    };
    let routers_gone = CancellationToken::new();
    let recorder = tokio::spawn(sightings.record(store, routers_gone.clone()));
    let incoming = listener::incoming(door).map(|it| it.map(Wire));
    let outcome = tokio::select! {
        outcome = router.serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned()) => outcome,
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => Ok(()),
    };
    // A connection that outlives the drain does not keep the writer waiting.
    ingest.close();
    routers_gone.cancel();
    // A recorder that panicked has said so; the routers have gone all the same.
    let _ = recorder.await;
    outcome
}

// tonic holds both limits against the compressed and against the unpacked size.

fn config_server(subscriptions: Subscriptions) -> ConfigServiceServer<Subscriptions> {
    ConfigServiceServer::new(subscriptions)
        .max_decoding_message_size(ANSWER_BYTES)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
}

fn usage_server(usage: UsageReports) -> UsageServiceServer<UsageReports> {
    UsageServiceServer::new(usage)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .accept_compressed(CompressionEncoding::Gzip)
}

fn response_store_server(records: Records) -> ResponseStoreServiceServer<Records> {
    ResponseStoreServiceServer::new(records)
        .max_decoding_message_size(responses::MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}
