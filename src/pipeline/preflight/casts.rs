//! Rows whose values another type refuses: PostgreSQL is asked to assign each.

use tokio_postgres::Client;

use super::samples::shown as shown_value;
use crate::model::Name;
use crate::sql::{Fragment, Sql, quote_identifier, quote_literal};

/// What is found, and how it is shown.
pub type Found = (i64, Vec<String>);

/// Rows of `relation` whose `column` cannot be assigned to `data_type`, up to `most` of them; `key` says which they
/// are, of `shown` of them. An assignment in PL/pgSQL casts as ALTER COLUMN TYPE does, and is held to the length of
/// a type and the checks of a domain.
/// <https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-ASSIGNMENT>
pub async fn refused(
    client: &Client,
    relation: &str,
    (column, way, data_type): (&Name, &Sql, &Fragment),
    key: &str,
    (most, shown): (i64, i64),
) -> Result<Found, tokio_postgres::Error> {
    let (column, way) = (quote_identifier(column), way.as_str());
    let value = shown_value(&format!("it.{column}"));
    let (found_at, shown_at) = (quote_literal(FOUND), quote_literal(SHOWN));
    // What can be assigned altogether is not looked at one by one.
    let block = format!(
        "
DECLARE
  probed record;
  assigned {data_type};
  found bigint := 0;
  shown text[] := ARRAY[]::text[];
BEGIN
  BEGIN
    FOR probed IN SELECT it.{column} AS value FROM {relation} it LOOP
      assigned := probed.value{way};
    END LOOP;
    PERFORM set_config({found_at}, '0', true), set_config({shown_at}, shown::text, true);
    RETURN;
  EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
  END;
  FOR probed IN SELECT concat_ws(', ', {key}, {value}) AS key, it.{column} AS value FROM {relation} it LOOP
    BEGIN
      assigned := probed.value{way};
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
      found := found + 1;
      IF found <= {shown} THEN
        shown := shown || probed.key;
      END IF;
      EXIT WHEN found = {most};
    END;
  END LOOP;
  PERFORM set_config({found_at}, found::text, true), set_config({shown_at}, shown::text, true);
END
"
    );
    let block = Sql::new("DO ").body(&Fragment::new(block));
    client.batch_execute(block.as_str()).await?;
    let answer =
        format!("SELECT current_setting({found_at})::bigint, current_setting({shown_at})::text[]");
    let row = client.query_one(&answer, &[]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Where a block, which cannot return anything, leaves its answer until the transaction ends.
const FOUND: &str = "pgconverge.found";
const SHOWN: &str = "pgconverge.shown";
