//! How large relations are, and what partitions they have.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Row};

use super::error::CatalogError;
use crate::kind::DecodeError;
use crate::model::{Name, Partition, PartitionIndex, Relation, Shape};

/// The relations of those names, all that there are if none is given, each with its children at every
/// depth, parents first. Sizes are those of the files: what the catalog counted may be of last week. But
/// whoever asks for them waits for those who hold or want the relation alone; there, what was counted
/// has to do.
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE>
const RELATIONS: &str = "
WITH RECURSIVE alone AS MATERIALIZED (
  SELECT l.relation AS oid FROM pg_locks l
  WHERE l.mode = 'AccessExclusiveLock' AND l.relation IS NOT NULL AND l.pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
), closed AS MATERIALIZED (
  SELECT oid FROM alone
  UNION SELECT i.indrelid FROM pg_index i JOIN alone a ON a.oid = i.indexrelid
  UNION SELECT c.oid FROM pg_class c JOIN alone a ON a.oid = c.reltoastrelid
), tree AS (
  SELECT c.oid AS top, c.oid, NULL::oid AS parent, 0 AS depth
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.oid >= 16384
    AND ($1::text[] IS NULL
         OR (n.nspname::text, c.relname::text) IN (SELECT * FROM unnest($1::text[], $2::text[])))
  UNION ALL
  SELECT t.top, h.inhrelid, h.inhparent, t.depth + 1
  FROM tree t JOIN pg_inherits h ON h.inhparent = t.oid AND NOT h.inhdetachpending
  JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind NOT IN ('i', 'I')
)
SELECT s.nspname, r.relname, n.nspname, c.relname, p.nspname, q.relname, c.relkind::text,
       c.relispartition, t.depth, c.oid, c.reltuples::float8,
       coalesce(CASE WHEN x.oid IS NOT NULL THEN c.relpages
                     WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / b.size END, 0),
       coalesce(CASE WHEN x.oid IS NOT NULL THEN c.relpages * b.size
                     WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) END, 0)
FROM tree t
CROSS JOIN (SELECT current_setting('block_size')::int8 AS size) b
LEFT JOIN closed x ON x.oid = t.oid
JOIN pg_class r ON r.oid = t.top
JOIN pg_namespace s ON s.oid = r.relnamespace
JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class q ON q.oid = t.parent
LEFT JOIN pg_namespace p ON p.oid = q.relnamespace
ORDER BY s.nspname, r.relname, t.depth, n.nspname, c.relname";

const INDEXES: &str = "
SELECT i.indrelid, c.relname, i.indisvalid, n.nspname, p.relname,
       EXISTS (SELECT FROM pg_constraint k
               WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid
                 AND k.contype IN ('p', 'u', 'x'))
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
LEFT JOIN pg_class p ON p.oid = h.inhparent
LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE i.indrelid = ANY ($1)
ORDER BY c.relname";

/// The relations among those of `names`, or all of them.
pub async fn read(
    client: &Client,
    names: Option<&[(Name, Name)]>,
) -> Result<BTreeMap<(Name, Name), Relation>, CatalogError> {
    let columns = names.map(|names| {
        let (schemas, names) =
            names.iter().map(|(s, n)| ((**s).to_owned(), (**n).to_owned())).unzip();
        (schemas, names)
    });
    let (schemas, names): (Option<Vec<String>>, Option<Vec<String>>) = columns.unzip();
    let rows = client.query(RELATIONS, &[&schemas, &names]).await?;
    let mut partitions = Vec::new();
    for row in &rows {
        if row.try_get::<_, i32>(8)? > 0 && row.try_get(7)? {
            partitions.push(row.try_get::<_, u32>(9)?);
        }
    }
    let mut indexes: BTreeMap<u32, Vec<PartitionIndex>> = BTreeMap::new();
    if !partitions.is_empty() {
        for row in client.query(INDEXES, &[&partitions]).await? {
            indexes.entry(row.try_get(0)?).or_default().push(index(&row)?);
        }
    }
    let mut relations: BTreeMap<(Name, Name), Relation> = BTreeMap::new();
    for row in &rows {
        let name = |n: usize| Ok::<Name, DecodeError>(row.try_get::<_, &str>(n)?.into());
        let relation = relations.entry((name(0)?, name(1)?)).or_default();
        let kind: &str = row.try_get(6)?;
        relation.pages += row.try_get::<_, i64>(11)?;
        relation.bytes += row.try_get::<_, i64>(12)?;
        // A partitioned table's number is that of its partitions.
        if kind != "p" {
            relation.rows = counted(relation.rows, row.try_get(10)?);
        }
        if row.try_get::<_, i32>(8)? == 0 {
            relation.partitioned = kind == "p";
        } else if row.try_get(7)? {
            relation.partitions.push(Partition {
                schema: name(2)?,
                name: name(3)?,
                parent: (name(4)?, name(5)?),
                shape: match kind {
                    "p" => Shape::Partitioned,
                    "f" => Shape::Foreign,
                    _ => Shape::Leaf,
                },
                pages: row.try_get(11)?,
                indexes: indexes.get(&row.try_get(9)?).cloned().unwrap_or_default(),
            });
        }
    }
    Ok(relations)
}

/// Both together; −1 stands for what nobody counted.
fn counted(before: Option<i64>, rows: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a number of rows, as a float4 has it")]
    let rows = (rows >= 0.0).then_some(rows as i64);
    match (before, rows) {
        (Some(before), Some(rows)) => Some(before + rows),
        (one, other) => one.or(other),
    }
}

fn index(row: &Row) -> Result<PartitionIndex, DecodeError> {
    let parent = row.try_get::<_, Option<&str>>(3)?.zip(row.try_get::<_, Option<&str>>(4)?);
    Ok(PartitionIndex {
        name: row.try_get::<_, &str>(1)?.into(),
        valid: row.try_get(2)?,
        attached_to: parent.map(|(schema, name)| (schema.into(), name.into())),
        of_key: row.try_get(5)?,
    })
}
