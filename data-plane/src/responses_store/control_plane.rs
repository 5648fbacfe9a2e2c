//! Records in the control plane's database.

use proto::v1::response_store_service_client::ResponseStoreServiceClient;
use proto::v1::{DeleteRecordsRequest, GetRecordsRequest, PutRecordsRequest, StoredRecord};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use super::key::RecordKey;
use super::records::{Records, Unavailable};
use crate::sync::{Bearer, EnrolledNode};

type ResponsesClient = ResponseStoreServiceClient<InterceptedService<Channel, Bearer>>;

pub(super) async fn put(node: &EnrolledNode, records: Records, ttl_ms: u64) -> Result<(), Unavailable> {
    let records = records.into_iter().map(|(key, sealed)| StoredRecord { key: key.0.to_vec(), sealed }).collect();
    client(node).put(PutRecordsRequest { records, ttl_ms }).await?;
    Ok(())
}

pub(super) async fn get(node: &EnrolledNode, keys: &[RecordKey]) -> Result<Records, Unavailable> {
    let answer = client(node).get(GetRecordsRequest { keys: bytes(keys) }).await?.into_inner();
    let record = |it: StoredRecord| Some((RecordKey(it.key.try_into().ok()?), it.sealed));
    Ok(answer.records.into_iter().filter_map(record).collect())
}

pub(super) async fn delete(node: &EnrolledNode, keys: &[RecordKey]) -> Result<u64, Unavailable> {
    Ok(client(node).delete(DeleteRecordsRequest { keys: bytes(keys) }).await?.into_inner().deleted)
}

fn client(node: &EnrolledNode) -> ResponsesClient {
    ResponseStoreServiceClient::with_interceptor(node.channel.clone(), node.bearer.clone())
        .max_decoding_message_size(proto::MAX_MESSAGE_BYTES)
        .max_encoding_message_size(proto::MAX_MESSAGE_BYTES)
}

fn bytes(keys: &[RecordKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|it| it.0.to_vec()).collect()
}
