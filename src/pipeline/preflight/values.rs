//! Columns that hold values of a type: as they are, in arrays and ranges, in composite values and under
//! domains, however deep.

use tokio_postgres::Client;

use crate::model::Name;

/// A column with values of a type.
pub struct Holder {
    /// Schema and name, quoted.
    pub relation: String,
    pub schema: Name,
    pub table: Name,
    pub column: Name,
    /// From the column, `it` being its relation, to the values: items of a FROM, the last of which is called
    /// `v0` and has each as `value`.
    pub from: String,
}

/// Columns of tables, each partition with its parent, with values of the type `name`.
///
/// # Errors
/// A broken connection.
pub async fn holders(client: &Client, name: &str) -> Result<Vec<Holder>, tokio_postgres::Error> {
    let rows = client.query(HOLDERS, &[&name]).await?;
    let text = |row: &tokio_postgres::Row, n| row.try_get::<_, String>(n);
    let holder = |row| {
        let (schema, table) = (text(row, 1)?.into(), text(row, 2)?.into());
        let (column, from) = (text(row, 3)?.into(), text(row, 4)?);
        Ok(Holder { relation: text(row, 0)?, schema, table, column, from })
    };
    rows.iter().map(holder).collect()
}

/// Each step takes values of the outer type, `v1.value`, apart.
const HOLDERS: &str = r#"
WITH RECURSIVE parts (outer_type, inner_type, taken) AS (
  SELECT t.oid, t.typelem, 'SELECT u AS value FROM unnest(%s.value) u'
  FROM pg_type t WHERE t.typsubscript = 'array_subscript_handler'::regproc
  UNION ALL
  SELECT t.oid, t.typbasetype,
         'SELECT %s.value::' || replace(format_type(t.typbasetype, t.typtypmod), '%', '%%') || ' AS value'
  FROM pg_type t WHERE t.typtype = 'd'
  UNION ALL
  SELECT c.reltype, a.atttypid, 'SELECT (%s.value).' || replace(quote_ident(a.attname), '%', '%%') || ' AS value'
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid >= 16384 AND c.relkind IN ('c', 'r', 'p')
  UNION ALL
  SELECT r.rngtypid, r.rngsubtype, 'SELECT unnest(ARRAY[lower(%1$s.value), upper(%1$s.value)]) AS value'
  FROM pg_range r
), ways (type, depth, taken) AS (
  SELECT to_regtype($1)::oid, 0, '' COLLATE "C"
  UNION ALL
  SELECT p.outer_type, w.depth + 1,
         (', LATERAL (' || format(p.taken, 'v' || w.depth + 1) || ') v' || w.depth || w.taken) COLLATE "C"
  FROM ways w JOIN parts p ON p.inner_type = w.type
  WHERE w.depth < 8
)
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), n.nspname::text, c.relname::text, a.attname::text,
       '(SELECT it.' || quote_ident(a.attname) || ' AS value) v' || w.depth || w.taken
FROM ways w
JOIN pg_attribute a ON a.atttypid = w.type AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
ORDER BY 1, 4, 5"#;
