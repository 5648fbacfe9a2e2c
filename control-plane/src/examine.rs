//! What a control plane would start from, looked at without changing anything: it may be running.

use sqlx::Connection;

use crate::{
    secrets::{MasterKey, key_check},
    store::{self, Schema, StoreError},
};

/// A database that can be read and is not damaged.
pub struct Database {
    /// Whether its tables are this build's.
    pub schema: Schema,
    /// What tells its master key from others.
    key_check: Option<Vec<u8>>,
}

/// Reads the database behind a URL; a SQLite file is read as a whole. Nothing is created, migrated or written.
pub async fn database(url: &str) -> Result<Database, StoreError> {
    let (mut connection, engine) = store::open_read_only(url).await?;
    let schema = store::schema::standing(&mut connection, engine).await?;
    let key_check = match schema {
        Schema::Current | Schema::Behind { .. } | Schema::Newer { .. } => {
            store::credential::key_check(&mut connection).await?
        }
        _ => None,
    };
    connection.close().await?;
    Ok(Database { schema, key_check })
}

impl Database {
    /// Whether this master key opens what is sealed in it. One that nothing is sealed in takes any.
    pub fn opens_with(&self, key: &MasterKey) -> bool {
        self.key_check.as_ref().is_none_or(|sealed| key_check::opens(sealed, key))
    }
}
