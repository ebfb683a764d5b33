//! Rows that refer to rows of a partition, by a foreign key to what it is a partition of.

use tokio_postgres::{Client, Row};

use super::error::CatalogError;
use crate::kind::Doubt;
use crate::model::Name;

/// A partition that is referred to has a part of the foreign key of its own, below one that names what it is in.
/// At the top stands what somebody declared, which is asked once, however it is partitioned itself. What is not
/// valid or not enforced counts as well.
const KEYS: &str = "
WITH RECURSIVE up AS (
  SELECT c.oid AS own, c.oid, c.conparentid
  FROM pg_constraint c
  JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
  WHERE c.contype = 'f' AND c.conparentid <> 0
    AND (n.nspname::text, p.relname::text) IN (SELECT * FROM unnest($1::text[], $2::text[]))
  UNION ALL
  SELECT u.own, c.oid, c.conparentid FROM up u JOIN pg_constraint c ON c.oid = u.conparentid
)
SELECT DISTINCT ON (n.nspname, p.relname, t.oid)
       n.nspname, p.relname, s.nspname, r.relname, t.conname, r.relkind = 'p', t.confdeltype = 'c',
       array(SELECT a.attname FROM unnest(t.conkey) WITH ORDINALITY k (number, at)
             JOIN pg_attribute a ON a.attrelid = t.conrelid AND a.attnum = k.number ORDER BY k.at),
       array(SELECT a.attname FROM unnest(c.confkey) WITH ORDINALITY k (number, at)
             JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.at),
       array(SELECT format('%I.%s', m.nspname, o.oprname)
             FROM unnest(t.conpfeqop) WITH ORDINALITY k (operator, at)
             JOIN pg_operator o ON o.oid = k.operator
             JOIN pg_namespace m ON m.oid = o.oprnamespace ORDER BY k.at)
FROM up u
JOIN pg_constraint t ON t.oid = u.oid AND u.conparentid = 0
JOIN pg_constraint c ON c.oid = u.own
JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
JOIN pg_class r ON r.oid = t.conrelid JOIN pg_namespace s ON s.oid = r.relnamespace
ORDER BY n.nspname, p.relname, t.oid";

/// A foreign key that may keep a partition where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referring {
    /// Schema and name of the partition.
    pub partition: (Name, Name),
    /// Schema and name of the relation whose rows refer to it, and the name of the foreign key.
    pub relation: (Name, Name),
    pub key: Name,
    /// Whether the rows that refer to others are deleted with these.
    pub cascades: bool,
    /// The rows.
    pub doubt: Doubt,
}

/// The foreign keys whose rows may refer to `partitions`, each a schema and a name.
///
/// # Errors
/// A broken connection.
pub async fn referring(
    client: &Client,
    partitions: &[(Name, Name)],
) -> Result<Vec<Referring>, CatalogError> {
    let schemas: Vec<&str> = partitions.iter().map(|(schema, _)| &**schema).collect();
    let names: Vec<&str> = partitions.iter().map(|(_, name)| &**name).collect();
    let rows = client.query(KEYS, &[&schemas, &names]).await?;
    let read = |row: &Row| {
        let name = |n: usize| row.try_get::<_, &str>(n).map(Name::from);
        let (partition, relation, key) = ((name(0)?, name(1)?), (name(2)?, name(3)?), name(4)?);
        let columns: Vec<String> = row.try_get(7)?;
        let others: Vec<String> = row.try_get(8)?;
        let operators: Vec<String> = row.try_get(9)?;
        let compared = columns.iter().zip(&operators).zip(&others);
        let compared: Vec<_> = compared.map(|((it, by), other)| (&**it, &**by, &**other)).collect();
        let doubt = Doubt::referring(&relation, row.try_get(5)?, &key, &compared, &partition);
        Ok(Referring { partition, relation, key, cascades: row.try_get(6)?, doubt })
    };
    rows.iter().map(read).collect()
}
