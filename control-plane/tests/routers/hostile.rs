//! Messages that are too large, packed or not.

use proto::{
    MAX_MESSAGE_BYTES,
    v1::{
        EnrolRequest, UsageBatch, UsageEvent, enrolment_service_client::EnrolmentServiceClient,
        usage_service_client::UsageServiceClient,
    },
};
use tonic::{Code, codec::CompressionEncoding};

use crate::{database::Database, events, server::Server};

fn batch(bytes: usize) -> UsageBatch {
    let event = UsageEvent { sequence: 1, session: "0".repeat(bytes), ..UsageEvent::default() };
    events::batch(1, &[event])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_large_is_refused_packed_or_not() {
    let database = Database::sqlite().await;
    let server = Server::start(&database).await;
    let router = server.router().await;
    let client = UsageServiceClient::new(router.channel.clone()).max_encoding_message_size(usize::MAX);
    // Zeros pack a thousandfold: on the wire, the second is far below the limit.
    for mut client in [client.clone(), client.send_compressed(CompressionEncoding::Gzip)] {
        let stream = tokio_stream::iter([batch(MAX_MESSAGE_BYTES + 1)]);
        let refused = match client.report(router.authorised(stream)).await {
            Ok(acks) => acks.into_inner().message().await.unwrap_err(),
            Err(refused) => refused,
        };
        assert!(matches!(refused.code(), Code::OutOfRange | Code::ResourceExhausted), "{refused}");
        let stream = tokio_stream::iter([batch(MAX_MESSAGE_BYTES / 4)]);
        let mut acks = client.report(router.authorised(stream)).await.unwrap().into_inner();
        assert_eq!(acks.message().await.unwrap().unwrap().committed_sequence, 1, "a large one is fine");
    }
    server.stop().await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_cannot_send_much_or_packed() {
    let database = Database::sqlite().await;
    let server = Server::start(&database).await;
    let client = EnrolmentServiceClient::new(server.channel().await);
    let request = EnrolRequest { name: "0".repeat(100_000), ..EnrolRequest::default() };
    let refused = client.clone().enrol(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    let mut packing = client.send_compressed(CompressionEncoding::Gzip);
    let refused = packing.enrol(EnrolRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented, "{refused}");
    server.stop().await;
    database.remove().await;
}
