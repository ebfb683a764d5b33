//! The names of what comes with a range type: its multirange type, and the functions that make values of both.
//!
//! PostgreSQL gives them names when the type is made, and leaves them alone when that is renamed.

use super::statements::usual_multirange;
use crate::model::Address;
use crate::sql::{Fragment, Sql, quote_identifier, quote_literal};

/// Gives the functions the names of their types, and has them where these are; all that has its name keeps it.
pub fn name_constructors(range: &Address) -> Sql {
    block("", range)
}

/// After a range type got the name `to`: its multirange type, if it has the name that PostgreSQL gave it after
/// `from`, follows, and so do the functions.
pub fn follow(from: &Address, to: &Address) -> Option<Sql> {
    let (old_schema, new_schema) = (from.schema.as_ref()?, to.schema.as_ref()?);
    let (old, new) = (usual_multirange(&from.name), usual_multirange(&to.name));
    let qualified = |schema: &str, name: &str| {
        format!("{}.{}", quote_identifier(schema), quote_identifier(name))
    };
    let mut changes = String::new();
    if old_schema != new_schema {
        changes += &format!(
            "\n    ALTER TYPE {} SET SCHEMA {};",
            qualified(old_schema, &old),
            quote_identifier(new_schema)
        );
    }
    if old != new {
        changes += &format!(
            "\n    ALTER TYPE {} RENAME TO {};",
            qualified(new_schema, &old),
            quote_identifier(&new)
        );
    }
    let first = format!(
        "
  IF EXISTS (SELECT FROM pg_range r JOIN pg_type m ON m.oid = r.rngmultitypid
             JOIN pg_namespace n ON n.oid = m.typnamespace
             WHERE r.rngtypid = {range}::regtype AND m.typname = {name} AND n.nspname = {schema}) THEN{changes}
  END IF;",
        range = quote_literal(&to.qualified()),
        name = quote_literal(&old),
        schema = quote_literal(old_schema),
    );
    Some(block(if changes.is_empty() { "" } else { &first }, to))
}

fn block(first: &str, range: &Address) -> Sql {
    let block = format!(
        "
DECLARE
  it record;
BEGIN{first}
  FOR it IN
    SELECT p.oid::regprocedure AS maker, p.proname <> t.typname AS named, t.typname AS name,
           p.pronamespace <> t.typnamespace AS placed, t.typnamespace::regnamespace AS place
    FROM pg_range r
    JOIN pg_type t ON t.oid IN (r.rngtypid, r.rngmultitypid)
    JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid = t.oid
                     AND d.classid = 'pg_proc'::regclass AND d.deptype = 'i'
    JOIN pg_proc p ON p.oid = d.objid
    WHERE r.rngtypid = {range}::regtype AND (p.proname, p.pronamespace) <> (t.typname, t.typnamespace)
  LOOP
    IF it.placed THEN
      EXECUTE format('ALTER FUNCTION %s SET SCHEMA %s', it.maker, it.place);
    END IF;
    IF it.named THEN
      EXECUTE format('ALTER FUNCTION %s RENAME TO %I', it.maker, it.name);
    END IF;
  END LOOP;
END
",
        range = quote_literal(&range.qualified()),
    );
    Sql::new("DO ").body(&Fragment::new(block))
}
