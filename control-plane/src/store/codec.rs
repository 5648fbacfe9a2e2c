//! Columns to Rust values and back. Counters are unsigned in Rust and BIGINT in SQL.

use sqlx::{Row, any::AnyRow};

use super::StoreError;

/// A TEXT column.
pub fn text(row: &AnyRow, column: &str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

/// A TEXT column that may be NULL.
pub fn optional_text(row: &AnyRow, column: &str) -> Result<Option<String>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A BIGINT column.
pub fn bigint(row: &AnyRow, column: &str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// A BIGINT column that may be NULL.
pub fn optional_bigint(row: &AnyRow, column: &str) -> Result<Option<i64>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A BIGINT column that counts something.
pub fn unsigned(row: &AnyRow, column: &str) -> Result<u64, StoreError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| unexpected(column, format!("{value} is negative")))
}

/// A BIGINT column that holds a boolean.
pub fn flag(row: &AnyRow, column: &str) -> Result<bool, StoreError> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

/// A DOUBLE PRECISION column.
pub fn double(row: &AnyRow, column: &str) -> Result<f64, StoreError> {
    Ok(row.try_get(column)?)
}

/// A BYTEA column.
pub fn bytes(row: &AnyRow, column: &str) -> Result<Vec<u8>, StoreError> {
    Ok(row.try_get(column)?)
}

/// A BYTEA column with a digest of 32 bytes.
pub fn digest(row: &AnyRow, column: &str) -> Result<[u8; 32], StoreError> {
    let value = bytes(row, column)?;
    value.try_into().map_err(|value: Vec<u8>| unexpected(column, format!("{} bytes where 32 belong", value.len())))
}

/// A TEXT column that holds one of a closed set of words.
pub fn word<T>(row: &AnyRow, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let value = text(row, column)?;
    parse(&value).ok_or_else(|| unexpected(column, format!("{value:?} is not a known word")))
}

/// A counter as it is stored. Beyond 2^63 - 1 it saturates: no counter of this product gets there.
pub fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unexpected(column: &str, reason: String) -> StoreError {
    StoreError::Unexpected { place: format!("column {column}"), reason }
}
