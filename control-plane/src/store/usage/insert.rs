use sqlx::{AssertSqlSafe, any::AnyArguments, error::BoxDynError};

use crate::store::{StoreError, Tx};

/// SQLite looks a `$n` parameter up by name, one after the other: a statement's time grows with the square of its
/// parameters, and from some 300 on many rows are slower than few. ADR 0001 has the figures.
const MAX_PARAMETERS: usize = 256;
/// Beyond this many rows a statement gets no faster, on either engine.
const MAX_ROWS: usize = 128;

/// A table that rows are added to, many at a time.
pub(super) struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    /// What follows the values: empty, or an `on conflict` clause.
    pub tail: &'static str,
}

/// Adds all rows. `bind` adds a row's values in the order of the columns.
pub(super) async fn insert<R>(
    tx: &mut Tx,
    table: &Table,
    rows: &[R],
    bind: impl Fn(&mut Values, &R),
) -> Result<(), StoreError> {
    let placeholders = Placeholders::of(tx);
    let mut rest = rows;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(chunk(rest.len(), table.columns.len()));
        let mut values = Values::default();
        for row in now {
            bind(&mut values, row);
        }
        let arguments = values.arguments.map_err(sqlx::Error::Encode)?;
        sqlx::query_with(AssertSqlSafe(table.sql(now.len(), placeholders)), arguments).execute(tx.connection()).await?;
        rest = later;
    }
    Ok(())
}

/// How many rows the next statement takes: powers of two, so that few different statements are prepared and each is
/// found prepared the next time.
fn chunk(rows: usize, columns: usize) -> usize {
    let most = rows.min(MAX_ROWS).min(MAX_PARAMETERS / columns).max(1);
    1 << most.ilog2()
}

/// How the place of a value is written. SQLite takes `$1` too, but looks every such name up in a list: statements with
/// thousands of them spend most of their time there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholders {
    Numbered,
    Bare,
}

impl Placeholders {
    fn of(tx: &mut Tx) -> Self {
        if tx.connection().backend_name() == "SQLite" { Self::Bare } else { Self::Numbered }
    }
}

impl Table {
    fn sql(&self, rows: usize, placeholders: Placeholders) -> String {
        use std::fmt::Write;
        let width = self.columns.len();
        let mut sql = format!("insert into {} ({}) values ", self.name, self.columns.join(", "));
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..width {
                let separator = if column == 0 { "" } else { ", " };
                match placeholders {
                    Placeholders::Numbered => write!(sql, "{separator}${}", row * width + column + 1),
                    Placeholders::Bare => write!(sql, "{separator}?"),
                }
                .expect("writing to a String does not fail");
            }
            sql.push(')');
        }
        sql.push_str(self.tail);
        sql
    }
}

/// The values of a statement, in the order of its placeholders.
pub(super) struct Values {
    arguments: Result<AnyArguments, BoxDynError>,
}

impl Default for Values {
    fn default() -> Self {
        Self { arguments: Ok(AnyArguments::default()) }
    }
}

impl Values {
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.add(value)
    }

    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.add(value)
    }

    pub fn number(&mut self, value: i64) -> &mut Self {
        self.add(value)
    }

    pub fn count(&mut self, value: u64) -> &mut Self {
        self.add(crate::store::codec::stored(value))
    }

    pub fn optional_count(&mut self, value: Option<u64>) -> &mut Self {
        self.add(value.map(crate::store::codec::stored))
    }

    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.add(i64::from(value))
    }

    pub fn double(&mut self, value: f64) -> &mut Self {
        self.add(value)
    }

    fn add<'t>(&mut self, value: impl sqlx::Encode<'t, sqlx::Any> + sqlx::Type<sqlx::Any>) -> &mut Self {
        use sqlx::Arguments;
        if let Ok(arguments) = &mut self.arguments
            && let Err(error) = arguments.add(value)
        {
            self.arguments = Err(error);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_stay_within_the_limits_of_both_engines_and_take_every_row() {
        for columns in [1, 3, 59, 1000, 40_000] {
            for rows in [1, 2, 3, 127, 128, 129, 100_000] {
                let size = chunk(rows, columns);
                assert!(size >= 1 && size <= rows && size <= MAX_ROWS, "{rows} rows of {columns}: {size}");
                assert!(size == 1 || size * columns <= MAX_PARAMETERS, "{rows} rows of {columns}: {size}");
            }
        }
    }

    #[test]
    fn placeholders_count_through_all_rows() {
        let table = Table { name: "t", columns: &["a", "b"], tail: " on conflict (a) do nothing" };
        let sql = table.sql(2, Placeholders::Numbered);
        assert_eq!(sql, "insert into t (a, b) values ($1, $2), ($3, $4) on conflict (a) do nothing");
        let sql = table.sql(2, Placeholders::Bare);
        assert_eq!(sql, "insert into t (a, b) values (?, ?), (?, ?) on conflict (a) do nothing");
    }
}
