//! How fast rows that are gone through in batches are.

use crate::sql::quote_literal;

/// The setting of a session that says how long a batch rests, as a multiple of how long it took; 1, where nobody has
/// set it, as in a script that somebody runs.
/// <https://www.postgresql.org/docs/current/runtime-config-custom.html>
pub const REST: &str = "pgconverge.rest";

/// A statement of PL/pgSQL after the end of a batch that began at `began`.
#[must_use]
pub fn rest(began: &str) -> String {
    format!(
        "PERFORM pg_sleep_for((clock_timestamp() - {began})
      * coalesce(nullif(current_setting({setting}, true), ''), '1')::double precision);",
        setting = quote_literal(REST)
    )
}
