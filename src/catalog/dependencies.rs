//! `pg_depend`, in terms of the model.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::{Catalog, Reading};
use crate::model::{Dependency, Part};

/// A default is a row of `pg_attrdef` and stands for its column; a row type, or an array of one,
/// stands for its table. Below 16384 is what initdb made, `public` (2200) apart.
/// <https://www.postgresql.org/docs/current/catalog-pg-depend.html>
const QUERY: &str = "
SELECT CASE WHEN a.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass::oid END,
       coalesce(a.adrelid, d.objid), coalesce(a.adnum::int4, d.objsubid),
       CASE WHEN r.oid IS NULL THEN d.refclassid ELSE 'pg_class'::regclass::oid END,
       coalesce(r.oid, d.refobjid), d.refobjsubid, d.deptype::text
FROM pg_depend d
LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typlen = -1
LEFT JOIN pg_class r ON r.oid = coalesce(nullif(t.typrelid, 0), nullif(e.typrelid, 0))
WHERE d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refobjid = 2200)
  AND d.deptype IN ('n', 'a', 'i', 'P', 'S')";

/// Every dependency between two objects that were read.
pub async fn read(client: &Client, reading: &Reading) -> Result<Vec<Dependency>, CatalogError> {
    let mut dependencies = reading.dependencies().to_vec();
    for row in client.query(QUERY, &[]).await? {
        let dependent = reading.part(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let referenced = reading.part(row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
        if let Some((dependent, referenced)) = dependent.zip(referenced)
            && (dependent.address != referenced.address || between_columns(&dependent, &referenced))
        {
            // A table takes its row of a publication along, and not the publication.
            let automatic = row.try_get::<_, &str>(6)? != "n"
                && !Catalog::MEMBERSHIPS.contains(&Catalog(row.try_get(0)?));
            dependencies.push(Dependency { dependent, referenced, automatic });
        }
    }
    let inherited = dependencies.iter().flat_map(|dependency| inherited(dependency, reading));
    let inherited: Vec<_> = inherited.collect();
    dependencies.extend(inherited);
    dependencies.sort();
    dependencies.dedup();
    Ok(dependencies)
}

/// A generated column depends on other columns of its table.
fn between_columns(dependent: &Part, referenced: &Part) -> bool {
    dependent.column.is_some()
        && referenced.column.is_some()
        && dependent.column != referenced.column
}

/// Whoever uses a column of a partition, or of another child, is touched by what happens to the
/// column in its parents.
fn inherited(dependency: &Dependency, reading: &Reading) -> Vec<Dependency> {
    let Some(column) = &dependency.referenced.column else { return Vec::new() };
    let mut found = Vec::new();
    let mut heirs = vec![dependency.referenced.address.clone()];
    while let Some(heir) = heirs.pop() {
        for parent in reading.parents(&heir) {
            let referenced = Part::column(parent, column);
            if dependency.dependent.address != *parent {
                found.push(Dependency { referenced, ..dependency.clone() });
            }
            heirs.push(parent.clone());
        }
    }
    found
}
