/// Why requests cannot be looked for as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// A moment that cannot be read.
    #[error("`{text}` is no moment: write `24h` or `7d` (ago), `2026-01-31`, `2026-01-31T14:00:00Z` or `now`")]
    Moment {
        /// What was written.
        text: String,
    },
    /// A period that ends before it starts.
    #[error("the period would end ({until}) before it starts ({since}): swap `since` and `until`")]
    Period {
        /// Its start.
        since: String,
        /// Its end.
        until: String,
    },
    /// A filter without an operator.
    #[error("`{text}` is no filter: write `caller=ana`, `code!=ok`, `latency>2s` or `stream=yes`")]
    Filter {
        /// What was written.
        text: String,
    },
    /// A field that is none.
    #[error("requests have no `{name}`{hint}; they are filtered by {known}")]
    Field {
        /// What was written.
        name: String,
        /// `: did you mean …?`, or nothing.
        hint: String,
        /// All of them.
        known: String,
    },
    /// An operator that the field does not have.
    #[error("`{name}` cannot be compared like this: write {instead}")]
    Operator {
        /// The field.
        name: &'static str,
        /// How it is filtered by.
        instead: &'static str,
    },
    /// A value that the field cannot have.
    #[error("`{value}` is no value of `{name}`: write {instead}")]
    Value {
        /// The field.
        name: &'static str,
        /// What was written.
        value: String,
        /// What its values look like.
        instead: &'static str,
    },
    /// An order that is none.
    #[error("`{name}` is no order: write `newest`, `cost` or `latency`")]
    Order {
        /// What was written.
        name: String,
    },
    /// Too long a period for that order.
    #[error("`sort={name}` looks through at most {days} days")]
    TooLong {
        /// The order.
        name: &'static str,
        /// The longest period.
        days: i64,
    },
    /// More filters than anybody means.
    #[error("at most {most} filters, with at most {most} values each")]
    TooMany {
        /// How many there may be.
        most: usize,
    },
}
