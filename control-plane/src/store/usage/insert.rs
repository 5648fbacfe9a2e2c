use std::sync::Arc;

use sqlx::{Arguments, AssertSqlSafe, any::AnyArguments, error::BoxDynError};

use crate::store::{StoreError, Tx};

/// The most values in a statement. What a statement costs apart from its rows (a turn of the database's thread, or of the
/// network) is then shared by many; beyond this many, statements get no faster on either engine. `docs/performance.md` has
/// the figures.
const MAX_VALUES: usize = 4096;
/// Both engines stay below 65,535 values only if rows are bounded, too.
const MAX_ROWS: usize = 512;

/// Adds rows to a table, many at a time. `row` says a row's columns in their order, the same for each row; where some
/// replace others, they do in the row that has the same `key`.
pub(super) async fn insert<R>(
    tx: &mut Tx,
    table: &str,
    key: &[&str],
    rows: &[R],
    row: impl Fn(&mut Row, &R),
) -> Result<(), StoreError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let columns = Columns::of(|it| row(it, first));
    let placeholders = Placeholders::of(tx);
    let mut statement: (usize, Arc<str>) = (0, "".into());
    let mut rest = rows;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(chunk(rest.len(), columns.names.len()));
        if statement.0 != now.len() {
            statement = (now.len(), columns.sql(table, key, now.len(), placeholders).into());
        }
        let mut values = Row::binding(now.len() * columns.names.len());
        for it in now {
            row(&mut values, it);
        }
        let arguments = values.arguments.map_err(sqlx::Error::Encode)?;
        sqlx::query_with(AssertSqlSafe(Arc::clone(&statement.1)), arguments).execute(tx.connection()).await?;
        rest = later;
    }
    Ok(())
}

/// How many rows the next statement takes: powers of two, so that few different statements are prepared and each is
/// found prepared the next time.
fn chunk(rows: usize, columns: usize) -> usize {
    let most = rows.min(MAX_ROWS).min(MAX_VALUES / columns).max(1);
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

/// A table's columns, as a row says them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Columns {
    names: Vec<&'static str>,
    /// Those that take the place of what is there.
    replaced: Vec<&'static str>,
}

impl Columns {
    fn of(row: impl FnOnce(&mut Row)) -> Self {
        let mut first = Row { columns: Some(Self::default()), arguments: Ok(AnyArguments::default()) };
        row(&mut first);
        first.columns.unwrap_or_default()
    }

    fn sql(&self, table: &str, key: &[&str], rows: usize, placeholders: Placeholders) -> String {
        use std::fmt::Write;
        let width = self.names.len();
        let mut sql = format!("insert into {table} ({}) values ", self.names.join(", "));
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
        if !self.replaced.is_empty() {
            let replaced: Vec<_> = self.replaced.iter().map(|it| format!("{it} = excluded.{it}")).collect();
            write!(sql, " on conflict ({}) do update set {}", key.join(", "), replaced.join(", "))
                .expect("writing to a String does not fail");
        }
        sql
    }
}

/// A row as it is said: each column's name beside its value.
pub(super) struct Row {
    /// Where names go; `None`: they are known already.
    columns: Option<Columns>,
    arguments: Result<AnyArguments, BoxDynError>,
}

impl Row {
    fn binding(values: usize) -> Self {
        let mut arguments = AnyArguments::default();
        arguments.reserve(values, 0);
        Self { columns: None, arguments: Ok(arguments) }
    }

    pub fn text(&mut self, column: &'static str, value: &str) -> &mut Self {
        self.add(column, value)
    }

    pub fn bytes(&mut self, column: &'static str, value: &[u8]) -> &mut Self {
        self.add(column, value)
    }

    pub fn number(&mut self, column: &'static str, value: i64) -> &mut Self {
        self.add(column, value)
    }

    pub fn count(&mut self, column: &'static str, value: u64) -> &mut Self {
        self.add(column, crate::store::codec::stored(value))
    }

    pub fn optional_count(&mut self, column: &'static str, value: Option<u64>) -> &mut Self {
        self.add(column, value.map(crate::store::codec::stored))
    }

    pub fn flag(&mut self, column: &'static str, value: bool) -> &mut Self {
        self.add(column, i64::from(value))
    }

    pub fn double(&mut self, column: &'static str, value: f64) -> &mut Self {
        self.add(column, value)
    }

    /// A number that takes the place of the one that is there.
    pub fn replaced(&mut self, column: &'static str, value: u64) -> &mut Self {
        self.replaces(column);
        self.count(column, value)
    }

    /// A text that takes the place of the one that is there.
    pub fn replaced_text(&mut self, column: &'static str, value: &str) -> &mut Self {
        self.replaces(column);
        self.text(column, value)
    }

    fn replaces(&mut self, column: &'static str) {
        if let Some(columns) = &mut self.columns {
            columns.replaced.push(column);
        }
    }

    fn add<'t>(
        &mut self,
        column: &'static str,
        value: impl sqlx::Encode<'t, sqlx::Any> + sqlx::Type<sqlx::Any>,
    ) -> &mut Self {
        if let Some(columns) = &mut self.columns {
            columns.names.push(column);
        }
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
                assert!(size == 1 || size * columns <= MAX_VALUES, "{rows} rows of {columns}: {size}");
            }
        }
    }

    #[test]
    fn placeholders_count_through_all_rows() {
        let columns = Columns::of(|row| {
            row.number("a", 1).text("b", "x");
        });
        let sql = columns.sql("t", &[], 2, Placeholders::Numbered);
        assert_eq!(sql, "insert into t (a, b) values ($1, $2), ($3, $4)");
        let sql = columns.sql("t", &[], 2, Placeholders::Bare);
        assert_eq!(sql, "insert into t (a, b) values (?, ?), (?, ?)");
    }

    #[test]
    fn what_is_there_is_replaced() {
        let columns = Columns::of(|row| {
            row.number("a", 1).replaced("n", 2).replaced_text("m", "x");
        });
        let sql = columns.sql("t", &["a"], 1, Placeholders::Bare);
        let replaced = "on conflict (a) do update set n = excluded.n, m = excluded.m";
        assert_eq!(sql, format!("insert into t (a, n, m) values (?, ?, ?) {replaced}"));
    }
}
