//! Triggers from the catalog.

use tokio_postgres::Row;

use super::{Event, Level, Timing, Trigger, Triggers};
use crate::kind::{Aside, Catalog, DecodeError, Enabled, Kind, Reading};
use crate::model::{Name, Object};
use crate::sql::{Fragment, parenthesized_after, quote_literal};

/// Not those that PostgreSQL makes for constraints (`tgisinternal`), and of the copies that partitions
/// have of their parent's (`tgparentid`) only those in another state.
pub const QUERY: &str = "
SELECT t.oid, t.tgrelid, t.tgname, t.tgtype, t.tgattr, t.tgenabled::text,
       quote_ident(n.nspname) || '.' || quote_ident(p.proname), t.tgargs, t.tgconstraint <> 0,
       t.tgdeferrable, t.tginitdeferred, t.tgoldtable, t.tgnewtable,
       CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END, d.description,
       t.tgconstrrelid, o.tgenabled::text
FROM pg_trigger t
LEFT JOIN pg_trigger o ON o.oid = t.tgparentid
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_description d
  ON d.classoid = 'pg_trigger'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1) AND (NOT t.tgisinternal OR t.tgparentid <> 0)
  AND (t.tgparentid = 0 OR NOT o.tgisinternal AND o.tgenabled <> t.tgenabled)";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let relation: u32 = row.try_get(1)?;
    let Some(address) = reading.on_relation(Triggers::TAG, relation, row.try_get(2)?) else {
        return Ok(());
    };
    if let Some(parents) = row.try_get(16)? {
        let spec = Trigger {
            inherited: Some(Enabled::read(row.try_get(5)?)),
            parents: Aside(Enabled::read(parents)),
            ..Trigger::default()
        };
        reading.add(Triggers::CATALOG, row.try_get(0)?, Object::new(address, spec));
        return Ok(());
    }
    let when = row.try_get::<_, Option<&str>>(13)?;
    let from = match row.try_get(15)? {
        0 => None,
        relation => match reading.any_address(Catalog::PG_CLASS, relation) {
            Some(table) => Some(Fragment::new(table.qualified())),
            None => {
                return Err(DecodeError::Unknown { what: "table", value: relation.to_string() });
            }
        },
    };
    let constraint = match (row.try_get(8)?, row.try_get(9)?, row.try_get(10)?) {
        (false, _, _) => Timing::No,
        (true, false, _) => Timing::NotDeferrable,
        (true, true, false) => Timing::Immediate,
        (true, true, true) => Timing::Deferred,
    };
    let columns: Vec<i16> = row.try_get(4)?;
    let mut spec = Trigger {
        update_of: reading.column_names(relation, &columns),
        old_table: row.try_get::<_, Option<&str>>(11)?.map(Name::from),
        new_table: row.try_get::<_, Option<&str>>(12)?.map(Name::from),
        // The server's own text is the only one: `pg_get_expr` refuses expressions over both OLD and
        // NEW.
        when: when.and_then(|text| parenthesized_after(text, " WHEN ")).map(Fragment::new),
        execute: Fragment::new(execute(row.try_get(6)?, row.try_get(7)?)),
        from_table: from,
        constraint,
        enabled: Enabled::read(row.try_get(5)?),
        ..Trigger::default()
    };
    set_type(&mut spec, row.try_get(3)?);
    let object = Object::new(address, spec).with_comment(row.try_get(14)?);
    reading.add(Triggers::CATALOG, row.try_get(0)?, object);
    Ok(())
}

/// The bits of `tgtype`, from `src/include/catalog/pg_trigger.h`.
fn set_type(spec: &mut Trigger, bits: i16) {
    const ROW: i16 = 1;
    const BEFORE: i16 = 2;
    const INSTEAD: i16 = 64;
    let events =
        [(4, Event::Insert), (16, Event::Update), (8, Event::Delete), (32, Event::Truncate)];
    let events =
        events.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, event)| *event).collect();
    if bits & ROW != 0 {
        spec.for_each = Level::Row;
    }
    if bits & INSTEAD != 0 {
        spec.instead_of = events;
    } else if bits & BEFORE != 0 {
        spec.before = events;
    } else {
        spec.after = events;
    }
}

/// `tgargs` holds the arguments, each ended by a zero byte.
fn execute(function: &str, arguments: &[u8]) -> String {
    let arguments: Vec<String> = arguments
        .split_inclusive(|byte| *byte == 0)
        .map(|argument| {
            quote_literal(&String::from_utf8_lossy(argument.strip_suffix(&[0]).unwrap_or(argument)))
        })
        .collect();
    format!("{function}({})", arguments.join(", "))
}

#[cfg(test)]
mod tests {
    use super::execute;

    #[test]
    fn arguments() {
        assert_eq!(execute("public.f", b"a\0it's\0"), "public.f('a', 'it''s')");
        assert_eq!(execute("public.f", b""), "public.f()");
    }
}
