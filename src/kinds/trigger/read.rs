//! Triggers from the catalog.

use tokio_postgres::Row;

use super::{Enabled, Event, Level, Timing, Trigger, Triggers};
use crate::kind::{DecodeError, Kind, Reading};
use crate::model::{Name, Object};
use crate::sql::{Fragment, quote_literal};

/// Neither those that PostgreSQL makes for constraints (`tgisinternal`) nor the copies that
/// partitions have of their parent's (`tgparentid`).
pub const QUERY: &str = "
SELECT t.oid, t.tgrelid, t.tgname, t.tgtype, t.tgattr, t.tgenabled::text,
       quote_ident(n.nspname) || '.' || quote_ident(p.proname), t.tgargs, t.tgconstraint <> 0,
       t.tgdeferrable, t.tginitdeferred, t.tgoldtable, t.tgnewtable,
       CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END, d.description,
       t.tgconstrrelid <> 0
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_description d
  ON d.classoid = 'pg_trigger'::regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1) AND NOT t.tgisinternal AND t.tgparentid = 0";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let relation: u32 = row.try_get(1)?;
    let Some(address) = reading.on_relation(Triggers::TAG, relation, row.try_get(2)?) else {
        return Ok(());
    };
    let execute = execute(row.try_get(6)?, row.try_get(7)?);
    let when = row.try_get::<_, Option<&str>>(13)?.and_then(|text| condition(text, &execute));
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
        when: when.map(Fragment::new),
        execute: Fragment::new(execute),
        constraint,
        enabled: match row.try_get(5)? {
            "D" => Enabled::Disabled,
            "R" => Enabled::Replica,
            "A" => Enabled::Always,
            _ => Enabled::Origin,
        },
        before: Vec::new(),
        after: Vec::new(),
        instead_of: Vec::new(),
        for_each: Level::Statement,
    };
    set_type(&mut spec, row.try_get(3)?);
    if row.try_get(15)? {
        reading.cannot_manage(address.schema.as_ref(), format!("the FROM table of {address}"));
    }
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

/// The condition out of the server's own text: it can be had in no other way, since
/// `pg_get_expr` refuses expressions over both OLD and NEW. What stands after it is known, and
/// what stands before it ends with the first `WHEN (` after FOR EACH.
fn condition(definition: &str, execute: &str) -> Option<String> {
    let (_, rest) = definition.split_once(" FOR EACH ")?;
    let (_, rest) = rest.split_once(" WHEN (")?;
    let end = format!(") EXECUTE FUNCTION {execute}");
    Some(rest.strip_suffix(&end)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{condition, execute};

    #[test]
    fn conditions_and_arguments() {
        assert_eq!(execute("public.f", b"a\0it's\0"), "public.f('a', 'it''s')");
        assert_eq!(execute("public.f", b""), "public.f()");
        let text = "CREATE TRIGGER t BEFORE UPDATE ON public.x FOR EACH ROW \
                    WHEN ((old.a <> ') EXECUTE FUNCTION x'::text)) EXECUTE FUNCTION public.f()";
        assert_eq!(
            condition(text, "public.f()").as_deref(),
            Some("(old.a <> ') EXECUTE FUNCTION x'::text)")
        );
    }
}
