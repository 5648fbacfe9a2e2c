//! Tables `usage_rollup_*`, written to. Whoever adds to them holds the one lock, reads the rows that change, and writes them whole:
//! how long requests took is no sum of columns. Two replicas wait for each other here, as they would at the rows themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use control_plane_core::rollup::{Amounts, Cube, Period, text};
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use super::insert::{Row, insert};
use crate::store::{
    StoreError, Tx, codec,
    dimension::{column, rollup_table},
    places::Places,
};

/// How many keys a statement asks for.
const ASKED: usize = 512;

/// What is added to the roll-ups of one cube and period: amounts by the start of the period and the key's id.
pub type Additions = BTreeMap<(i64, i64), Amounts>;

/// The ids of combinations of values, as far as this process knows them. They never change.
#[derive(Default)]
pub struct RollupKeys {
    known: HashMap<(Cube, Box<str>), i64>,
    /// Of the transaction that is under way.
    fresh: HashMap<(Cube, Box<str>), i64>,
}

/// What ids a process remembers at most; then it asks again.
const REMEMBERED: usize = 500_000;

impl RollupKeys {
    /// What the last transaction has made may not be there.
    pub fn begin(&mut self) {
        self.fresh.clear();
    }

    /// It is there.
    pub fn committed(&mut self) {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        self.known.extend(self.fresh.drain());
    }

    fn get(&self, cube: Cube, values: &str) -> Option<i64> {
        // A key is looked up by the pair that it is in.
        let key = (cube, Box::from(values));
        self.fresh.get(&key).or_else(|| self.known.get(&key)).copied()
    }
}

/// Waits until nobody else adds to roll-ups; until the transaction ends.
pub async fn lock_rollups(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("update usage_rollup_writer set last_key = last_key where id = 1").execute(tx.connection()).await?;
    Ok(())
}

/// The ids of combinations of values of a cube's dimensions, in their order, made where there are none. It takes the lock.
pub async fn rollup_keys(
    tx: &mut Tx,
    keys: &mut RollupKeys,
    cube: Cube,
    combinations: &[Vec<&str>],
) -> Result<Vec<i64>, StoreError> {
    let joined: Vec<String> = combinations.iter().map(|it| it.join("\0")).collect();
    let missing: Vec<usize> = (0..joined.len()).filter(|&at| keys.get(cube, &joined[at]).is_none()).collect();
    for places in missing.chunks(ASKED) {
        let digests: Vec<[u8; 16]> = places.iter().map(|&at| digest(cube, &combinations[at])).collect();
        let mut ids = known(tx, cube, &digests).await?;
        let new: Vec<usize> = (0..places.len()).filter(|&at| !ids.contains_key(&digests[at])).collect();
        let mut next = take_ids(tx, new.len()).await?;
        let rows: Vec<NewKey<'_>> = new
            .into_iter()
            .map(|at| {
                next += 1;
                ids.insert(digests[at], next);
                NewKey { id: next, cube, digest: digests[at], values: &combinations[places[at]] }
            })
            .collect();
        insert(tx, "usage_rollup_keys", &[], &rows, new_key).await?;
        for (at, digest) in places.iter().zip(&digests) {
            keys.fresh.insert((cube, joined[*at].as_str().into()), ids[digest]);
        }
    }
    Ok(joined.iter().filter_map(|it| keys.get(cube, it)).collect())
}

/// Adds to the roll-ups of a cube and period. It takes the lock.
pub async fn add_rollups(tx: &mut Tx, cube: Cube, period: Period, mut additions: Additions) -> Result<(), StoreError> {
    let table = rollup_table(cube, period);
    let mut starts: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (start_ms, key) in additions.keys() {
        starts.entry(*start_ms).or_default().push(*key);
    }
    for (start_ms, keys) in starts {
        for keys in keys.chunks(ASKED) {
            add_what_is_there(tx, &table, start_ms, keys, &mut additions).await?;
        }
    }
    let rows: Vec<((i64, i64), Amounts)> = additions.into_iter().collect();
    insert(tx, &table, &["start_ms", "key_id"], &rows, rollup).await
}

async fn add_what_is_there(
    tx: &mut Tx,
    table: &str,
    start_ms: i64,
    keys: &[i64],
    additions: &mut Additions,
) -> Result<(), StoreError> {
    let mut places = Places::default();
    let start = places.number(start_ms);
    let keys: Vec<String> = keys.iter().map(|it| places.number(*it)).collect();
    let sql =
        format!("select sums, sketches from {table} where start_ms = {start} and key_id in ({})", keys.join(", "));
    let rows = sqlx::query_with(AssertSqlSafe(sql), places.arguments).fetch_all(tx.connection()).await?;
    for row in rows {
        let unreadable = |column: &str| StoreError::Unexpected {
            place: format!("{table}.{column}"),
            reason: format!("start_ms {start_ms}: not as this build writes it"),
        };
        text::read_sums(&codec::text(&row, "sums")?, additions, |it, key| it.get_mut(&(start_ms, key)))
            .ok_or_else(|| unreadable("sums"))?;
        text::read_sketches(&codec::text(&row, "sketches")?, additions, |it, key| it.get_mut(&(start_ms, key)))
            .ok_or_else(|| unreadable("sketches"))?;
    }
    Ok(())
}

/// Says that days have changed, to whoever remembers them added up. It takes the lock.
pub async fn change_days(tx: &mut Tx, days: &BTreeSet<i64>) -> Result<(), StoreError> {
    let rows: Vec<(i64, u64)> = days.iter().map(|it| (*it, rand::random::<u64>() >> 1)).collect();
    let row = |row: &mut Row, (start_ms, version): &(i64, u64)| {
        row.number("start_ms", *start_ms).replaced("version", *version);
    };
    insert(tx, "usage_rollup_days", &["start_ms"], &rows, row).await
}

/// Removes the roll-ups by the minute that began before a moment.
pub async fn prune_minutes(tx: &mut Tx, before_ms: i64) -> Result<(), StoreError> {
    for cube in Cube::ALL.into_iter().filter(|it| it.periods().contains(&Period::Minute)) {
        let sql = format!("delete from {} where start_ms < $1", rollup_table(cube, Period::Minute));
        sqlx::query(AssertSqlSafe(sql)).bind(before_ms).execute(tx.connection()).await?;
    }
    Ok(())
}

fn rollup(row: &mut Row, ((start_ms, key), amounts): &((i64, i64), Amounts)) {
    let measures = &amounts.measures;
    row.number("start_ms", *start_ms)
        .number("key_id", *key)
        .replaced("requests", measures.requests)
        .replaced("errors", measures.errors)
        .replaced("input_tokens", measures.input_tokens)
        .replaced("output_tokens", measures.output_tokens)
        .replaced("cost_total_nanousd", measures.cost_nanousd)
        .replaced_text("sums", &text::write_sums(*key, measures))
        .replaced_text("sketches", &text::write_sketches(*key, amounts));
}

struct NewKey<'a> {
    id: i64,
    cube: Cube,
    digest: [u8; 16],
    values: &'a [&'a str],
}

fn new_key(row: &mut Row, it: &NewKey<'_>) {
    row.number("id", it.id).text("cube", it.cube.as_str()).bytes("digest", &it.digest);
    for (dimension, value) in it.cube.dimensions().iter().zip(it.values) {
        row.text(column(*dimension), value);
    }
}

/// The last id that is taken; so many behind it are the transaction's.
async fn take_ids(tx: &mut Tx, count: usize) -> Result<i64, StoreError> {
    let taken: i64 =
        sqlx::query_scalar("update usage_rollup_writer set last_key = last_key + $1 where id = 1 returning last_key")
            .bind(count as i64)
            .fetch_one(tx.connection())
            .await?;
    Ok(taken - count as i64)
}

async fn known(tx: &mut Tx, cube: Cube, digests: &[[u8; 16]]) -> Result<HashMap<[u8; 16], i64>, StoreError> {
    let mut places = Places::default();
    let cube = places.text(cube.as_str());
    let digests: Vec<String> = digests.iter().map(|it| places.bytes(it)).collect();
    let sql =
        format!("select id, digest from usage_rollup_keys where cube = {cube} and digest in ({})", digests.join(", "));
    let rows = sqlx::query_with(AssertSqlSafe(sql), places.arguments).fetch_all(tx.connection()).await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        let digest = codec::bytes(&row, "digest")?;
        let digest = digest.try_into().map_err(|digest: Vec<u8>| StoreError::Unexpected {
            place: "usage_rollup_keys.digest".into(),
            reason: format!("{} bytes where 16 belong", digest.len()),
        })?;
        known.insert(digest, codec::bigint(&row, "id")?);
    }
    Ok(known)
}

/// The first half of the SHA-256 over the names of dimensions and their values, each after its length: no two combinations share
/// one. What is empty is left out, so that a dimension may be added.
fn digest(cube: Cube, values: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for (dimension, value) in cube.dimensions().iter().zip(values).filter(|(_, value)| !value.is_empty()) {
        for part in [dimension.as_str(), value] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    *hasher.finalize().first_chunk().expect("a SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_run_together_have_different_keys() {
        let key = |first: &str, second: &str| digest(Cube::Caller, &[first, second, "", "", ""]);
        assert_ne!(key("ab", "c"), key("a", "bc"));
        assert_ne!(key("", "a"), key("a", ""));
        assert_eq!(key("a", "b"), key("a", "b"));
    }

    #[test]
    fn what_was_not_committed_is_forgotten() {
        let mut keys = RollupKeys::default();
        keys.fresh.insert((Cube::Caller, "a".into()), 7);
        assert_eq!(keys.get(Cube::Caller, "a"), Some(7));
        keys.begin();
        assert_eq!(keys.get(Cube::Caller, "a"), None);
        keys.fresh.insert((Cube::Caller, "a".into()), 8);
        keys.committed();
        keys.begin();
        assert_eq!((keys.get(Cube::Caller, "a"), keys.get(Cube::Service, "a")), (Some(8), None));
    }
}
