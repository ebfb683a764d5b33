//! The rows of a table that is copied while others use it, in the order of their key, some at a time.
//!
//! A batch holds its rows while it copies them (`FOR SHARE`), so that nobody changes or removes one in between. It
//! waits for nobody meanwhile: rows that somebody has are left out (`SKIP LOCKED`) and waited for afterwards, one by
//! one, when it holds no other. Where it ends is known before it takes any, since a row that is waited for may come
//! back with another key. What the trigger has copied is passed over. How far it has come stands beside the copy: a run
//! that was cut off goes on from there.
//! <https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE>

use super::mirror::Mirror;
use crate::kind::rest;
use crate::model::Step;
use crate::sql::{Fragment, LockLevel, Sql, quote_identifier};

/// How many rows are held at a time.
const BATCH: u32 = 5000;

/// A step for each table that is copied.
pub fn batches(mirror: &Mirror<'_>) -> Vec<Step> {
    (0..mirror.old.len()).map(|n| rows_of(mirror, n)).collect()
}

fn rows_of(mirror: &Mirror<'_>, n: usize) -> Step {
    let (old, new, progress) = (&mirror.old[n], &mirror.new, mirror.progress(n));
    let (columns, values) = (mirror.columns(), mirror.ways.values(mirror.columns, "it."));
    let (first, it, batch) = (mirror.first(), mirror.list("it"), mirror.list("batch"));
    let (last, bound, one) = (mirror.list("last"), mirror.list("bound"), mirror.list("one"));
    let down = mirror.key().map(|name| format!("batch.{} DESC", quote_identifier(name)));
    let down = down.collect::<Vec<_>>().join(", ");
    let missing = format!(
        "NOT EXISTS (SELECT FROM {new} AS copied WHERE ({}) = ({}))",
        mirror.list("copied"),
        mirror.converted("it")
    );
    let beyond = format!("(last.{first} IS NULL OR ({it}) > ({last}))");
    // Only before the first rows, and after the last ones.
    let begin = if n == 0 { from_the_beginning(mirror) } else { String::new() };
    let end = if n + 1 == mirror.old.len() { refused(mirror) } else { String::new() };
    let block = format!(
        "
DECLARE
  last {progress}%ROWTYPE;
  bound {progress}%ROWTYPE;
  one {progress}%ROWTYPE;
  began timestamptz;
  tables oid[];
  places tid[];
BEGIN
{begin}  SELECT * INTO last FROM {progress};
  LOOP
    began := clock_timestamp();
    SELECT {batch} INTO bound FROM (
      SELECT {it} FROM {old} AS it WHERE {beyond} ORDER BY {it} LIMIT {BATCH}
    ) AS batch ORDER BY {down} LIMIT 1;
    EXIT WHEN NOT FOUND;
    SELECT array_agg(held.tableoid), array_agg(held.ctid) INTO tables, places FROM (
      SELECT it.tableoid, it.ctid FROM {old} AS it
      WHERE {beyond} AND ({it}) <= ({bound}) FOR SHARE SKIP LOCKED
    ) AS held;
    INSERT INTO {new} ({columns}) OVERRIDING SYSTEM VALUE
    SELECT {values} FROM {old} AS it
    WHERE it.ctid = ANY (places)
      AND (it.tableoid, it.ctid) IN (SELECT unnest(tables), unnest(places))
      AND {missing};
    COMMIT;
    LOOP
      SELECT {it} INTO one FROM {old} AS it
      WHERE {beyond} AND ({it}) <= ({bound}) AND {missing} ORDER BY {it} LIMIT 1;
      EXIT WHEN NOT FOUND;
      PERFORM FROM {old} AS it WHERE ({it}) = ({one}) FOR SHARE;
      INSERT INTO {new} ({columns}) OVERRIDING SYSTEM VALUE
      SELECT {values} FROM {old} AS it WHERE ({it}) = ({one}) AND {missing};
      COMMIT;
    END LOOP;
    DELETE FROM {progress};
    INSERT INTO {progress} VALUES ({bound});
    COMMIT;
    last := bound;
    {rest}
  END LOOP;
{end}END
",
        rest = rest("began")
    );
    let sql = Sql::new("DO ").body(&Fragment::new(block));
    let mut step = mirror
        .step("copy the rows, some at a time", sql)
        .lock(LockLevel::RowShare, old.clone())
        .scans()
        .outside_transactions();
    if !end.is_empty() {
        let others = mirror.old.iter().filter(|other| *other != old);
        step = others.fold(step, |step, other| step.lock(LockLevel::RowShare, other.clone()));
    }
    step.copies = true;
    step
}

/// After all rows went and the copy could not follow.
fn from_the_beginning(mirror: &Mirror<'_>) -> String {
    let (refused, first, new) = (mirror.refused(), mirror.first(), &mirror.new);
    let progress: Vec<String> = (0..mirror.old.len()).map(|n| mirror.progress(n)).collect();
    let progress = progress.join(", ");
    format!(
        "  IF EXISTS (SELECT FROM {refused} AS noted WHERE noted.{first} IS NULL) THEN
    TRUNCATE {new}, {progress}, {refused};
    COMMIT;
  END IF;
"
    )
}

/// What the copy has refused so far, once more: somebody may have mended it, or it was refused only because whoever
/// changed it did not see yet what the copy has.
fn refused(mirror: &Mirror<'_>) -> String {
    let (refused, first, it) = (mirror.refused(), mirror.first(), mirror.list("it"));
    let (noted, one, again) = (mirror.list("noted"), mirror.list("one"), mirror.again("one"));
    let held = mirror
        .old
        .iter()
        .map(|old| format!("    PERFORM FROM {old} AS it WHERE ({it}) = ({one}) FOR SHARE;\n"));
    let held: String = held.collect();
    format!(
        "  FOR one IN
    SELECT DISTINCT {noted} FROM {refused} AS noted WHERE noted.{first} IS NOT NULL
  LOOP
    DELETE FROM {refused} AS noted WHERE ({noted}) = ({one});
{held}{again}
    COMMIT;
  END LOOP;
"
    )
}
