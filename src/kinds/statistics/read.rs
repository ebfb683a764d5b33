//! Statistics objects from the catalog.

use tokio_postgres::Row;

use super::{Gathered, Statistics, StatisticsObjects};
use crate::kind::{Catalog, DecodeError, Kind, Reading};
use crate::model::{Address, Name, Object};
use crate::sql::Fragment;

/// A target of its own is 0 or more: before version 17, -1 stands for none.
pub const QUERY: &str = "
SELECT s.oid, s.stxrelid, s.stxnamespace, s.stxname, s.stxkeys, s.stxkind::text[],
       CASE WHEN s.stxexprs IS NOT NULL THEN pg_get_statisticsobjdef_expressions(s.oid) END,
       nullif(s.stxstattarget::int4, -1), d.description
FROM pg_statistic_ext s
LEFT JOIN pg_description d
  ON d.classoid = 'pg_statistic_ext'::regclass AND d.objoid = s.oid AND d.objsubid = 0
WHERE s.stxnamespace = ANY ($1)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let relation: u32 = row.try_get(1)?;
    let name: &str = row.try_get(3)?;
    let (Some(schema), Some(on)) = (
        reading.schema(row.try_get(2)?),
        reading.on_relation(StatisticsObjects::TAG, relation, name),
    ) else {
        return Ok(());
    };
    let nested = on.schema.as_ref() == Some(schema);
    let table = (!nested).then(|| Fragment::new(on.relation_qualified()));
    let address = if nested {
        on
    } else {
        Address::in_schema(StatisticsObjects::TAG, schema, &Name::from(name))
    };
    let numbers: Vec<i16> = row.try_get(4)?;
    let columns = reading.column_names(relation, &numbers);
    let expressions: Vec<String> = row.try_get::<_, Option<_>>(6)?.unwrap_or_default();
    let codes: Vec<String> = row.try_get(5)?;
    let gathered =
        [("d", Gathered::NDistinct), ("f", Gathered::Dependencies), ("m", Gathered::Mcv)];
    let kinds: Vec<Gathered> = gathered
        .iter()
        .filter(|(code, _)| codes.iter().any(|found| found == code))
        .map(|(_, kind)| *kind)
        .collect();
    let spec = Statistics {
        on: table,
        columns: columns
            .iter()
            .map(|column| Fragment::new(column.to_string()))
            .chain(expressions.iter().map(|text| Fragment::new(format!("({text})"))))
            .collect(),
        kinds: if kinds.len() == gathered.len() { Vec::new() } else { kinds },
        target: row.try_get(7)?,
    };
    let object = Object::new(address, spec).with_comment(row.try_get(8)?);
    reading.add(Catalog::PG_STATISTIC_EXT, row.try_get(0)?, object);
    Ok(())
}
