//! Whether a database's tables are those of this build.

use std::collections::HashMap;

use sqlx::{
    AnyConnection,
    migrate::{AppliedMigration, Migrate},
};

use super::{Engine, Store, StoreError, connection::MIGRATIONS};

/// Where it is noted which migrations a database has.
const TABLE: &str = "_sqlx_migrations";

/// How a database's tables stand to this build's migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// They are this build's.
    Current,
    /// There are none: no control plane has started with it.
    Empty,
    /// Some migrations are missing; the next start runs them.
    Behind {
        /// How many.
        missing: usize,
    },
    /// A newer build has used it, and this one does not start with it.
    Newer {
        /// The first migration that this build does not know.
        version: i64,
    },
    /// A migration is not the one that this build has under its number.
    Foreign {
        /// Its number.
        version: i64,
    },
    /// A migration was begun and not finished.
    Unfinished {
        /// Its number.
        version: i64,
    },
}

/// How the database stands. Nothing is changed.
pub async fn standing(db: &mut AnyConnection, engine: Engine) -> Result<Schema, StoreError> {
    let tables = match engine {
        Engine::Sqlite => "select count(*) from sqlite_schema where type = 'table' and name = $1",
        Engine::Postgres => "select count(*) from pg_tables where schemaname = current_schema() and tablename = $1",
    };
    let found: i64 = sqlx::query_scalar(tables).bind(TABLE).fetch_one(&mut *db).await?;
    if found == 0 {
        return Ok(Schema::Empty);
    }
    if let Some(version) = db.dirty_version(TABLE).await? {
        return Ok(Schema::Unfinished { version });
    }
    Ok(compare(&db.list_applied_migrations(TABLE).await?))
}

/// Whether an older build has made the tables.
pub(crate) async fn is_behind(store: &Store) -> Result<bool, StoreError> {
    let mut connection = store.read().acquire().await?;
    let standing = standing(&mut connection, store.engine()).await?;
    Ok(matches!(standing, Schema::Behind { .. }))
}

/// The number of this build's newest migration.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.iter().map(|it| it.version).max().unwrap_or(0)
}

/// All tables that migrations have made, and the one that notes which migrations there were.
pub(crate) fn tables() -> Vec<String> {
    let statements = MIGRATIONS.iter().flat_map(|it| it.sql.as_str().lines());
    let made = statements.filter_map(|it| it.strip_prefix("create table ")?.split([' ', '(']).next());
    made.map(ToOwned::to_owned).chain([TABLE.to_owned()]).collect()
}

fn compare(applied: &[AppliedMigration]) -> Schema {
    let known: HashMap<i64, &[u8]> = MIGRATIONS.iter().map(|it| (it.version, &*it.checksum)).collect();
    for migration in applied {
        match known.get(&migration.version) {
            None => return Schema::Newer { version: migration.version },
            Some(checksum) if **checksum != *migration.checksum => {
                return Schema::Foreign { version: migration.version };
            }
            Some(_) => {}
        }
    }
    match known.len() - applied.len() {
        0 => Schema::Current,
        _ if applied.is_empty() => Schema::Empty,
        missing => Schema::Behind { missing },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied() -> Vec<AppliedMigration> {
        MIGRATIONS.iter().map(|it| AppliedMigration { version: it.version, checksum: it.checksum.clone() }).collect()
    }

    #[test]
    fn each_migration_has_a_number_of_its_own() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|it| it.version).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }

    #[test]
    fn a_database_is_compared_migration_by_migration() {
        let all = applied();
        assert_eq!(compare(&all), Schema::Current);
        assert_eq!(compare(&[]), Schema::Empty);
        assert_eq!(compare(&all[..all.len() - 1]), Schema::Behind { missing: 1 });
        let mut newer = applied();
        newer.push(AppliedMigration { version: 9_000, checksum: vec![1].into() });
        assert_eq!(compare(&newer), Schema::Newer { version: 9_000 });
        let mut foreign = applied();
        foreign[1].checksum = vec![1].into();
        assert_eq!(compare(&foreign), Schema::Foreign { version: foreign[1].version });
    }
}
