//! Records in a Valkey or Redis server, which forgets them by itself.

use std::time::Duration;

use data_plane_core::config::Secret;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Pipeline, RedisError};

use super::key::RecordKey;
use super::records::{Records, TIMEOUT, Unavailable};

/// Before it, everything of ours in a server that others may use, too.
const PREFIX: &[u8] = b"smart-router:response:";
/// A server that does not take a connection in this time is away.
const CONNECT: Duration = Duration::from_secs(1);

/// One connection, which is made when it is first used and made again after it broke. Cloning shares it.
#[derive(Clone)]
pub(super) struct Valkey(ConnectionManager);

impl Valkey {
    /// The address may hold a password: what is said about it never quotes it.
    pub fn open(url: &Secret) -> Result<Self, Unavailable> {
        let client = Client::open(url.expose()).map_err(|_| Unavailable::Address)?;
        // How long an operation may take is decided where it is called.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(200))
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(TIMEOUT));
        ConnectionManager::new_lazy_with_config(client, config).map(Self).map_err(|_| Unavailable::Address)
    }

    pub async fn put(&self, records: Records, ttl_ms: u64) -> Result<(), Unavailable> {
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        for (key, sealed) in records {
            pipeline.cmd("SET").arg(name(&key)).arg(sealed).arg("PX").arg(ttl_ms).ignore();
        }
        self.query(&pipeline).await
    }

    pub async fn get(&self, keys: &[RecordKey]) -> Result<Records, Unavailable> {
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline.cmd("GET").arg(name(key));
        }
        let found: Vec<Option<Vec<u8>>> = self.query(&pipeline).await?;
        Ok(keys.iter().copied().zip(found).filter_map(|(key, sealed)| Some((key, sealed?))).collect())
    }

    pub async fn delete(&self, keys: &[RecordKey]) -> Result<u64, Unavailable> {
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline.cmd("DEL").arg(name(key));
        }
        let deleted: Vec<u64> = self.query(&pipeline).await?;
        Ok(deleted.iter().sum())
    }

    /// Once more after a connection broke: it may have been idle for so long that nobody noticed. Every operation may be
    /// done twice.
    async fn query<T: redis::FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Unavailable> {
        let mut connection = self.0.clone();
        let broken = match pipeline.query_async(&mut connection).await {
            Err(error) if is_broken(&error) => error,
            other => return other.map_err(Unavailable::from),
        };
        tracing::debug!(error = %broken, "the connection to the shared state broke");
        Ok(pipeline.query_async(&mut connection).await?)
    }
}

fn is_broken(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.is_io_error() && !error.is_timeout()
}

fn name(key: &RecordKey) -> Vec<u8> {
    [PREFIX, &key.0].concat()
}
