//! Rules from the catalog.

use tokio_postgres::Row;

use super::{Event, Rule, Rules};
use crate::kind::{DecodeError, Enabled, Kind, Reading};
use crate::model::Object;
use crate::sql::{Fragment, split_at_word};

pub const QUERY: &str = "
SELECT r.oid, r.ev_class, r.rulename, r.ev_type::text, r.is_instead, r.ev_enabled::text,
       pg_get_ruledef(r.oid), d.description
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
LEFT JOIN pg_description d
  ON d.classoid = 'pg_rewrite'::regclass AND d.objoid = r.oid AND d.objsubid = 0
WHERE c.relnamespace = ANY ($1) AND r.rulename <> '_RETURN'";

/// One row of [`QUERY`].
pub fn decode(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
    let Some(address) = reading.on_relation(Rules::TAG, row.try_get(1)?, row.try_get(2)?) else {
        return Ok(());
    };
    // CmdType in src/include/nodes/nodes.h
    let on = match row.try_get(3)? {
        "2" => Event::Update,
        "3" => Event::Insert,
        "4" => Event::Delete,
        other => {
            return Err(DecodeError::Unknown { what: "event of a rule", value: other.to_owned() });
        }
    };
    let instead = row.try_get(4)?;
    let definition: &str = row.try_get(6)?;
    let head = format!(" TO {}", address.relation_qualified());
    let Some((condition, action)) = parts(definition, &head, instead) else {
        let value = definition.to_owned();
        return Err(DecodeError::Unknown { what: "shape of a rule", value });
    };
    let spec = Rule {
        on,
        condition: condition.map(Fragment::new),
        instead,
        action: Fragment::new(action),
        enabled: Enabled::read(row.try_get(5)?),
    };
    let object = Object::new(address, spec).with_comment(row.try_get(7)?);
    reading.add(Rules::CATALOG, row.try_get(0)?, object);
    Ok(())
}

/// Condition and commands out of the server's own text: they can be had in no other way, since
/// `pg_get_expr` refuses expressions over both OLD and NEW. `head` is what stands before them.
fn parts<'a>(definition: &'a str, head: &str, instead: bool) -> Option<(Option<&'a str>, &'a str)> {
    let (_, rest) = definition.split_once(head)?;
    let (condition, action) = split_at_word(rest, "DO")?;
    let condition = condition.trim().strip_prefix("WHERE ");
    let action = action.trim().strip_suffix(';')?;
    let action = if instead { action.strip_prefix("INSTEAD")? } else { action };
    Some((condition, action.trim()))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn conditions_and_commands() {
        assert_eq!(
            parts(
                "CREATE RULE r AS\n    ON DELETE TO public.t DO INSTEAD NOTHING;",
                " TO public.t",
                true
            ),
            Some((None, "NOTHING"))
        );
        let text = "CREATE RULE r AS\n    ON UPDATE TO public.t\n   WHERE (old.a <> ' DO '::text) \
                    AND old.x IS DOCUMENT DO\n ( INSERT INTO public.l (a)\n  VALUES (new.a);\n DELETE FROM public.m;\n);";
        assert_eq!(
            parts(text, " TO public.t", false),
            Some((
                Some("(old.a <> ' DO '::text) AND old.x IS DOCUMENT"),
                "( INSERT INTO public.l (a)\n  VALUES (new.a);\n DELETE FROM public.m;\n)"
            ))
        );
    }
}
