//! Aggregates from the catalog.

use tokio_postgres::Row;

use super::{Aggregate, Aggregates, Modify, Parallel};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, quote_identifier};

/// Only few routines are aggregates: their rows of `pg_aggregate` come first.
/// <https://www.postgresql.org/docs/current/catalog-pg-aggregate.html>
pub const QUERY: &str = "
SELECT p.oid, p.pronamespace, p.proname, p.proparallel::text,
       (SELECT array_agg(format_type(t, NULL) ORDER BY n)
        FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n)),
       p.proargmodes::text[], p.proargnames, a.aggkind::text, a.aggnumdirectargs,
       a.aggtransfn::text, a.aggfinalfn::text, a.aggcombinefn::text,
       a.aggserialfn::text, a.aggdeserialfn::text,
       a.aggmtransfn::text, a.aggminvtransfn::text,
       a.aggmfinalfn::text, a.aggfinalextra, a.aggmfinalextra,
       a.aggfinalmodify::text, a.aggmfinalmodify::text,
       'OPERATOR(' || quote_ident(s.nspname) || '.' || o.oprname || ')',
       format_type(a.aggtranstype, NULL), a.aggtransspace,
       CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
       a.aggmtransspace, a.agginitval, a.aggminitval, d.description
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
LEFT JOIN (pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace) ON o.oid = a.aggsortop
LEFT JOIN pg_description d
  ON d.classoid = 'pg_proc'::regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE p.prokind = 'a' AND p.pronamespace = ANY ($1)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let fragment = |column: usize| -> Result<Option<Fragment>, DecodeError> {
        // What is no function is shown as a dash.
        let text = row.try_get::<_, Option<&str>>(column)?;
        Ok(text.filter(|text| *text != "-").map(Fragment::new))
    };
    let space = |column: usize| -> Result<Option<i32>, DecodeError> {
        Ok(Some(row.try_get(column)?).filter(|space| *space != 0))
    };
    let types: Vec<String> = row.try_get::<_, Option<_>>(4)?.unwrap_or_default();
    let kind: &str = row.try_get(7)?;
    let (arguments, order_by) = arguments(row, &types, kind)?;
    let mut spec = Aggregate {
        name: None,
        arguments,
        order_by,
        hypothetical: kind == "h",
        sfunc: fragment(9)?.unwrap_or_default(),
        finalfunc: fragment(10)?,
        combinefunc: fragment(11)?,
        serialfunc: fragment(12)?,
        deserialfunc: fragment(13)?,
        msfunc: fragment(14)?,
        minvfunc: fragment(15)?,
        mfinalfunc: fragment(16)?,
        finalfunc_extra: row.try_get(17)?,
        mfinalfunc_extra: row.try_get(18)?,
        finalfunc_modify: None,
        mfinalfunc_modify: None,
        sortop: fragment(21)?,
        stype: fragment(22)?.unwrap_or_default(),
        sspace: space(23)?,
        mstype: fragment(24)?,
        msspace: space(25)?,
        initcond: row.try_get(26)?,
        minitcond: row.try_get(27)?,
        parallel: match row.try_get(3)? {
            "s" => Parallel::Safe,
            "r" => Parallel::Restricted,
            _ => Parallel::Unsafe,
        },
    };
    let usual = spec.usual_modify();
    spec.finalfunc_modify = Some(modify(row.try_get(19)?)).filter(|modify| *modify != usual);
    spec.mfinalfunc_modify = Some(modify(row.try_get(20)?)).filter(|modify| *modify != usual);
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let mut address = Address::in_schema(Aggregates::TAG, &schema, &name);
    address.arguments = Some(types.join(", ").into());
    let object = Object::new(address, spec).with_comment(row.try_get(28)?);
    reading.add(Aggregates::CATALOG, row.try_get(0)?, object);
    Ok(())
}

fn modify(letter: &str) -> Modify {
    match letter {
        "s" => Modify::Shareable,
        "w" => Modify::ReadWrite,
        _ => Modify::ReadOnly,
    }
}

/// The arguments before and after ORDER BY. One that is VARIADIC on both sides of it is stored once.
fn arguments(
    row: &Row,
    types: &[String],
    kind: &str,
) -> Result<(Vec<Fragment>, Vec<Fragment>), DecodeError> {
    let modes: Option<Vec<String>> = row.try_get(5)?;
    let names: Option<Vec<String>> = row.try_get(6)?;
    let direct: i16 = row.try_get(8)?;
    let mut arguments = Vec::new();
    for (n, data_type) in types.iter().enumerate() {
        let mode = modes.as_ref().and_then(|modes| modes.get(n)).map_or("i", String::as_str);
        let name = names.as_ref().and_then(|names| names.get(n)).filter(|name| !name.is_empty());
        let mut text = if mode == "v" { "VARIADIC ".to_owned() } else { String::new() };
        if let Some(name) = name {
            text.push_str(&quote_identifier(name));
            text.push(' ');
        }
        text.push_str(data_type);
        arguments.push(Fragment::new(text));
    }
    if kind == "n" {
        return Ok((arguments, Vec::new()));
    }
    let mut ordered = arguments.split_off(usize::try_from(direct).unwrap_or_default());
    if ordered.is_empty() {
        ordered.extend(arguments.last().cloned());
    }
    Ok((arguments, ordered))
}
