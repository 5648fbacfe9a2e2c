//! The call that takes events to the control plane. They go as the bytes that stand in the log: to decode each and encode
//! it again would cost more than to write it did.

use bytes::Bytes;
use http::uri::PathAndQuery;
use proto::v1::UsageAck;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::service::interceptor::InterceptedService;
use tonic::{IntoStreamingRequest as _, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::sync::Node;

/// A `UsageBatch` whose events are encoded already. Protobuf frames a message in a field as it frames bytes.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EncodedBatch {
    #[prost(uint64, tag = "1")]
    pub epoch: u64,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub events: Vec<Bytes>,
    #[prost(bool, tag = "3")]
    pub nothing_older: bool,
}

/// `UsageService.Report`.
pub(super) async fn report(node: &Node, batches: mpsc::Receiver<EncodedBatch>) -> Result<Streaming<UsageAck>, Status> {
    let channel = InterceptedService::new(node.channel.clone(), node.bearer.clone());
    let mut grpc = Grpc::new(channel).max_decoding_message_size(proto::MAX_MESSAGE_BYTES);
    grpc.ready().await.map_err(|error| Status::unknown(format!("the control plane is not ready: {error}")))?;
    let path = PathAndQuery::from_static("/smart_router.v1.UsageService/Report");
    let codec = ProstCodec::<EncodedBatch, UsageAck>::default();
    let request = ReceiverStream::new(batches).into_streaming_request();
    Ok(grpc.streaming(request, path, codec).await?.into_inner())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use prost::Message as _;
    use proto::v1::{UsageBatch, UsageEvent};

    use super::EncodedBatch;

    #[test]
    fn encoded_events_are_read_as_the_batch_that_they_are() {
        let event = |sequence| UsageEvent { sequence, request_id: "req_1".to_owned(), ..UsageEvent::default() };
        let events = vec![event(7), event(8)];
        let encoded = events.iter().map(|it| it.encode_to_vec().into()).collect();
        let sent = EncodedBatch { epoch: 3, events: encoded, nothing_older: true }.encode_to_vec();
        let read = UsageBatch::decode(sent.as_slice()).unwrap();
        assert_eq!(read, UsageBatch { epoch: 3, events, nothing_older: true });
    }
}
