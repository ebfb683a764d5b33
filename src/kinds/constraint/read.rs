//! Constraints from the catalog.

use indexmap::IndexMap;
use tokio_postgres::Row;

use super::{Check, Constraint, Constraints, Deferrable, Exclude, ForeignKey, Key, Match};
use crate::kind::{Aside, Catalog, DecodeError, Kind, Reading, ServerVersion, by_name};
use crate::model::{Name, Object, Part};
use crate::sql::{Fragment, identifier_list, quote_identifier, quote_literal};

/// Keys are built from columns, only expressions are deparsed. A constraint that a partition has
/// from its parent (`conparentid`, `coninhcount`) is the parent's.
pub fn query(version: ServerVersion) -> String {
    let nulls_not_distinct =
        if version.major() >= 15 { "coalesce(i.indnullsnotdistinct, false)" } else { "false" };
    let set_columns = if version.major() >= 15 { "c.confdelsetcols" } else { "NULL::int2[]" };
    let (period, enforced) =
        if version.major() >= 18 { ("c.conperiod", "c.conenforced") } else { ("false", "true") };
    format!(
        "
SELECT c.oid, c.conrelid, c.conname, c.contype::text, c.conkey, c.confrelid, c.confkey,
       c.confupdtype::text, c.confdeltype::text, c.confmatchtype::text, c.condeferrable,
       c.condeferred, c.convalidated, c.connoinherit, c.conindid, i.indkey,
       {nulls_not_distinct}, {set_columns},
       CASE c.contype WHEN 'c' THEN pg_get_expr(c.conbin, c.conrelid)
                      WHEN 'x' THEN pg_get_constraintdef(c.oid) END,
       d.description, x.reloptions, s.spcname, coalesce(i.indisclustered, false),
       coalesce(x.relkind = 'I', false), {period}, {enforced}, coalesce(i.indisvalid, true)
FROM pg_constraint c
LEFT JOIN pg_index i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
LEFT JOIN pg_description d
  ON d.classoid = 'pg_constraint'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.connamespace = ANY ($1) AND c.conrelid <> 0 AND c.conparentid = 0
  AND c.contype IN ('p', 'u', 'f', 'c', 'x') AND (c.coninhcount = 0 OR c.conislocal)"
    )
}

/// One row of [`query`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let oid: u32 = row.try_get(0)?;
    let relation: u32 = row.try_get(1)?;
    let Some(address) = reading.on_relation(Constraints::TAG, relation, row.try_get(2)?) else {
        return Ok(());
    };
    let contype: &str = row.try_get(3)?;
    let numbers: Vec<i16> = row.try_get::<_, Option<_>>(4)?.unwrap_or_default();
    let columns = reading.column_names(relation, &numbers);
    let deferrable = match (row.try_get(10)?, row.try_get(11)?) {
        (false, _) => Deferrable::No,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
    };
    let text: Option<&str> = row.try_get(18)?;
    let (period, enforced) = (row.try_get(24)?, row.try_get(25)?);
    let not_valid = !row.try_get::<_, bool>(12)? && enforced;
    let valid: bool = row.try_get(26)?;
    let storage = by_name(row.try_get(20)?);
    let tablespace = row.try_get::<_, Option<&str>>(21)?.map(Name::from);
    let (clustered, partitioned) = (row.try_get(22)?, Aside(row.try_get(23)?));
    let spec = match contype {
        "p" | "u" => {
            let all: Vec<i16> = row.try_get::<_, Option<_>>(15)?.unwrap_or_default();
            let include = all.get(columns.len()..).unwrap_or_default();
            let key = Key {
                only: !valid,
                include: reading.column_names(relation, include),
                nulls_not_distinct: row.try_get(16)?,
                without_overlaps: period,
                deferrable,
                storage,
                tablespace,
                clustered,
                partitioned,
                columns,
            };
            if contype == "p" { Constraint::PrimaryKey(key) } else { Constraint::Unique(key) }
        }
        "f" => Constraint::ForeignKey(ForeignKey {
            references: references(row, reading)?,
            match_type: if row.try_get::<_, &str>(9)? == "f" { Match::Full } else { Match::Simple },
            on_update: action(row.try_get(7)?, &[]),
            on_delete: {
                let set: Vec<i16> = row.try_get::<_, Option<_>>(17)?.unwrap_or_default();
                action(row.try_get(8)?, &reading.column_names(relation, &set))
            },
            deferrable,
            not_valid,
            enforced,
            period,
            columns,
        }),
        "c" => Constraint::Check(Check {
            expression: Fragment::new(text.unwrap_or_default()),
            no_inherit: row.try_get(13)?,
            not_valid,
            enforced,
        }),
        _ => {
            let text = text.unwrap_or_default();
            let definition = text.strip_prefix("EXCLUDE ").unwrap_or(text);
            let definition = Fragment::new(without_storage(definition, &storage));
            Constraint::Exclude(Exclude { definition, storage, tablespace, clustered, partitioned })
        }
    };
    if !valid && contype == "x" {
        let what = format!("{address}, which not every partition has");
        reading.cannot_manage(address.schema.as_ref(), what);
    }
    // Whoever depends on the index behind a key depends on the key.
    if matches!(contype, "p" | "u" | "x") {
        let index = row.try_get(14)?;
        reading.alias(Catalog::PG_CLASS, index, Part::whole(&address));
    }
    let object = Object::new(address, spec).with_comment(row.try_get(19)?);
    reading.add(Constraints::CATALOG, oid, object);
    Ok(())
}

/// Every schema is read, so that the table is known whichever schema it is in.
fn references(row: &Row, reading: &Reading) -> Result<Fragment, DecodeError> {
    let relation: u32 = row.try_get(5)?;
    let numbers: Vec<i16> = row.try_get::<_, Option<_>>(6)?.unwrap_or_default();
    let Some(table) = reading.any_address(Catalog::PG_CLASS, relation) else {
        return Err(DecodeError::Unknown { what: "table", value: relation.to_string() });
    };
    let columns = reading.column_names(relation, &numbers);
    let columns = identifier_list(columns.iter().map(|name| &**name));
    Ok(Fragment::new(format!("{} ({columns})", table.qualified())))
}

/// <https://www.postgresql.org/docs/current/catalog-pg-constraint.html>
fn action(code: &str, columns: &[Name]) -> Option<Fragment> {
    let words = match code {
        "r" => "restrict",
        "c" => "cascade",
        "n" => "set null",
        "d" => "set default",
        _ => return None,
    };
    Some(Fragment::new(if columns.is_empty() {
        words.to_owned()
    } else {
        format!("{words} ({})", identifier_list(columns.iter().map(|name| &**name)))
    }))
}

/// The definition of an exclusion without the storage parameters, which have a key of their own.
/// They are spelled as `flatten_reloptions` does, in `src/backend/utils/adt/ruleutils.c`.
fn without_storage(definition: &str, storage: &IndexMap<String, String>) -> String {
    let spelled = |value: &str| {
        let plain = quote_identifier(value) == value;
        if plain { value.to_owned() } else { quote_literal(value) }
    };
    let list: Vec<String> = storage
        .iter()
        .map(|(name, value)| format!("{}={}", quote_identifier(name), spelled(value)))
        .collect();
    definition.replacen(&format!(" WITH ({})", list.join(", ")), "", 1)
}
