//! How do many rows get into a table quickly?
//!
//! In: a table with its columns, values that bind themselves. Out: one statement for up to [`ROWS`] of them. Each
//! statement is a trip to the connection's thread and costs more than a row does. (A list in JSON was tried: SQLite takes
//! thirty microseconds a row to read it, three times what the row itself takes.) It never touches a
//! connection.

use super::Query;

/// Rows of one statement; where there are fewer, the rest stays unbound, which is NULL, and is left out.
const ROWS: usize = 32;

/// An insertion of many rows.
pub(super) struct Insert(String);

impl Insert {
    /// Into `table (column, column, …)`; `conflict` says what to do about a row that is there.
    pub fn new(into: &str, conflict: &str) -> Self {
        let columns = into.matches(',').count() + 1;
        // `?` and not `$1`: SQLite searches for the name of a numbered place, and sqlx asks for each at each call.
        let row = format!("({})", vec!["?"; columns].join(", "));
        let rows = vec![row; ROWS].join(", ");
        Self(format!("INSERT INTO {into} SELECT * FROM (VALUES {rows}) AS given WHERE column1 IS NOT NULL {conflict}"))
    }

    /// The statements that write all rows; `bind` binds one of them, column by column, the first never NULL.
    pub fn of<'r, T: 'r>(
        &'static self,
        rows: impl IntoIterator<Item = &'r T>,
        bind: impl Fn(Query, &'r T) -> Query,
    ) -> Vec<Query> {
        let mut rows = rows.into_iter().peekable();
        let mut statements = Vec::new();
        while rows.peek().is_some() {
            statements.push(rows.by_ref().take(ROWS).fold(sqlx::query(self.0.as_str()), &bind));
        }
        statements
    }
}
