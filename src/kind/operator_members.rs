//! The operators and functions that an operator class, or a family, gives to an index method.
//! <https://www.postgresql.org/docs/current/xindex.html>

use std::collections::HashMap;

use tokio_postgres::Row;

use super::reading::{Catalog, DecodeError, Reading};
use crate::model::{Address, Part};
use crate::sql::{Fragment, Sql};

/// Members by the OID of what they belong to.
#[derive(Debug, Default)]
pub struct OperatorMembers(HashMap<u32, Members>);

/// Operators as `1 <(integer,integer)`, functions as `1 (integer, integer) btint4cmp(integer,integer)`.
#[derive(Debug, Default)]
pub struct Members {
    pub operators: Vec<Fragment>,
    pub functions: Vec<Fragment>,
    rows: Vec<(Catalog, u32)>,
}

impl OperatorMembers {
    /// The statement that reads the members of all objects of `owners`, which is `pg_opclass` or
    /// `pg_opfamily`: what is in a class depends on the class, the rest on the family.
    #[must_use]
    pub fn query(Catalog(owners): Catalog) -> String {
        format!(
            "
SELECT w.refobjid, 2602::oid, m.oid,
       m.amopstrategy || ' ' || m.amopopr::regoperator::text
       || CASE WHEN f.oid IS NULL THEN ''
               ELSE ' FOR ORDER BY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname) END
FROM pg_depend w
JOIN pg_amop m ON m.oid = w.objid
LEFT JOIN (pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace) ON f.oid = m.amopsortfamily
WHERE w.classid = 'pg_amop'::regclass AND w.refclassid = {owners}
  AND w.refobjid >= 16384 AND cardinality($1::oid[]) > 0
UNION ALL
SELECT w.refobjid, 2603, m.oid,
       format('%s (%s, %s) %s', m.amprocnum, format_type(m.amproclefttype, NULL),
              format_type(m.amprocrighttype, NULL), m.amproc::regprocedure)
FROM pg_depend w
JOIN pg_amproc m ON m.oid = w.objid
WHERE w.classid = 'pg_amproc'::regclass AND w.refclassid = {owners}
  AND w.refobjid >= 16384
ORDER BY 1, 2, 4"
        )
    }

    /// The rows of [`OperatorMembers::query`].
    ///
    /// # Errors
    /// When a row is not what the query promises.
    pub fn decode(rows: &[Row]) -> Result<Self, DecodeError> {
        let mut all = Self::default();
        for row in rows {
            let members = all.0.entry(row.try_get(0)?).or_default();
            let catalog = Catalog(row.try_get(1)?);
            let text = Fragment::new(row.try_get::<_, &str>(3)?);
            match catalog {
                Catalog::PG_AMOP => members.operators.push(text),
                _ => members.functions.push(text),
            }
            members.rows.push((catalog, row.try_get(2)?));
        }
        Ok(all)
    }

    /// The members of one class or family, which from now on stands for them in dependencies.
    pub fn take(&mut self, oid: u32, address: &Address, reading: &mut Reading) -> Members {
        let members = self.0.remove(&oid).unwrap_or_default();
        for (catalog, row) in &members.rows {
            reading.alias(*catalog, *row, Part::whole(address));
        }
        members
    }
}

/// The clauses of members, as both CREATE OPERATOR CLASS and ALTER OPERATOR FAMILY ADD have them.
#[must_use]
pub fn member_clauses(operators: &[Fragment], functions: &[Fragment]) -> Vec<Sql> {
    let clause = |word: &'static str| move |member: &Fragment| Sql::new(word).fragment(member);
    let operators = operators.iter().map(clause("OPERATOR "));
    operators.chain(functions.iter().map(clause("FUNCTION "))).collect()
}
