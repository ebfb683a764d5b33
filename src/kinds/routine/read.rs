//! Routines from the catalog.

use tokio_postgres::Row;

use super::{Parallel, Routine, Routines, Volatility};
use crate::kind::{DecodeError, Kind, Reading, by_name};
use crate::model::{Address, Name, Object};
use crate::sql::{Fragment, quote_identifier};

/// Argument types and defaults are deparsed one by one, so that no list has to be taken apart.
/// `pg_get_function_arg_default` counts all arguments, from 1, and knows those of the input.
pub const QUERY: &str = "
SELECT p.oid, p.pronamespace, p.proname, p.prokind::text, l.lanname, p.provolatile::text,
       p.proparallel::text, p.proisstrict, p.prosecdef, p.proleakproof, p.procost::float8,
       p.prorows::float8, p.proretset, p.proconfig,
       CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END, pg_get_function_sqlbody(p.oid),
       p.probin, pg_get_function_result(p.oid),
       coalesce((SELECT array_agg(format_type(t, NULL) ORDER BY n)
                 FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n)), '{}'),
       coalesce((SELECT array_agg(format_type(t, NULL) ORDER BY n)
                 FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
                      WITH ORDINALITY a (t, n)), '{}'),
       p.proargmodes::text[], p.proargnames,
       coalesce((SELECT array_agg(pg_get_function_arg_default(p.oid, n::int4) ORDER BY n)
                 FROM generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) n
                 WHERE p.pronargdefaults > 0), '{}'),
       CASE WHEN p.prosupport <> 0 THEN p.prosupport::text END,
       CASE WHEN p.protrftypes IS NOT NULL THEN
            (SELECT array_agg(format_type(t, NULL) ORDER BY n)
             FROM unnest(p.protrftypes) WITH ORDINALITY a (t, n)) END,
       d.description
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_description d
  ON d.classoid = 'pg_proc'::regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE p.pronamespace = ANY ($1) AND p.prokind <> 'a'
  AND NOT (l.lanname = 'internal' AND p.prosrc IN ('range_constructor2', 'range_constructor3',
    'multirange_constructor0', 'multirange_constructor1', 'multirange_constructor2'))";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(schema) = reading.schema(row.try_get(1)?).cloned() else {
        return Ok(());
    };
    let name: Name = row.try_get::<_, &str>(2)?.into();
    let language: String = row.try_get(4)?;
    let prokind: &str = row.try_get(3)?;
    let set_returning: bool = row.try_get(12)?;
    let native = matches!(language.as_str(), "c" | "internal");
    let source: Option<&str> = row.try_get(14)?;
    let library: Option<&str> = row.try_get(16)?;
    let (body, symbol) = match (library, source) {
        (Some(library), symbol) => (Some(library), symbol),
        (None, source) => (source, None),
    };
    let cost: f64 = row.try_get(10)?;
    let rows: f64 = row.try_get(11)?;
    let spec = Routine {
        name: None,
        procedure: prokind == "p",
        arguments: arguments(row)?,
        returns: row.try_get::<_, Option<&str>>(17)?.map(Fragment::new),
        window: prokind == "w",
        volatility: match row.try_get(5)? {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        strict: row.try_get(7)?,
        security_definer: row.try_get(8)?,
        leakproof: row.try_get(9)?,
        parallel: match row.try_get(6)? {
            "s" => Parallel::Safe,
            "r" => Parallel::Restricted,
            _ => Parallel::Unsafe,
        },
        // COST defaults to 1 for native languages, to 100 for the others; ROWS to 1000.
        cost: Some(cost).filter(|cost| *cost != if native { 1.0 } else { 100.0 }),
        rows: Some(rows).filter(|rows| set_returning && *rows != 1000.0),
        support: row.try_get::<_, Option<&str>>(23)?.map(Fragment::new),
        transform: row
            .try_get::<_, Option<Vec<&str>>>(24)?
            .map(|types| types.into_iter().map(Fragment::new).collect())
            .unwrap_or_default(),
        set: by_name(row.try_get(13)?),
        body: body.map(Fragment::new),
        sql_body: row.try_get::<_, Option<&str>>(15)?.map(Fragment::new),
        symbol: symbol.map(str::to_owned),
        language,
    };
    let types: Vec<String> = row.try_get(18)?;
    let mut address = Address::in_schema(Routines::TAG, &schema, &name);
    address.arguments = Some(types.join(", ").into());
    let object = Object::new(address, spec).with_comment(row.try_get(25)?);
    reading.add(Routines::CATALOG, row.try_get(0)?, object);
    Ok(())
}

/// Each argument as `[mode] [name] type [DEFAULT expression]`; the columns of RETURNS TABLE
/// (mode 't') are part of the result.
fn arguments(row: &Row) -> Result<Vec<Fragment>, DecodeError> {
    let types: Vec<String> = row.try_get(19)?;
    let modes: Option<Vec<String>> = row.try_get(20)?;
    let names: Option<Vec<String>> = row.try_get(21)?;
    let defaults: Vec<Option<String>> = row.try_get(22)?;
    let mut arguments = Vec::new();
    for (n, data_type) in types.iter().enumerate() {
        let mode = modes.as_ref().and_then(|modes| modes.get(n)).map_or("i", String::as_str);
        if mode == "t" {
            continue;
        }
        let mut text = match mode {
            "o" => "OUT ",
            "b" => "INOUT ",
            "v" => "VARIADIC ",
            _ => "",
        }
        .to_owned();
        if let Some(name) = names.as_ref().and_then(|names| names.get(n)).filter(|n| !n.is_empty())
        {
            text.push_str(&quote_identifier(name));
            text.push(' ');
        }
        text.push_str(data_type);
        if let Some(Some(default)) = defaults.get(n) {
            text.push_str(" DEFAULT ");
            text.push_str(default);
        }
        arguments.push(Fragment::new(text));
    }
    Ok(arguments)
}
