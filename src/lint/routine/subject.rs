//! The routines whose bodies are looked into, as the catalog has them.

use std::collections::HashMap;

use tokio_postgres::{Client, Error, Row};

use crate::sql::quote_identifier;

/// A routine.
#[derive(Debug)]
pub struct Subject {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub language: String,
    pub source: String,
    pub arguments: Vec<Argument>,
    /// The type of the result, and whether there are many of it.
    pub returns: String,
    pub returns_set: bool,
    pub is_procedure: bool,
    /// Whether it reads only, and can be called without arguments.
    pub is_callable: bool,
    /// Settings for the time of a call, each as `name=value`.
    pub settings: Vec<String>,
    /// Of a function for triggers: the tables whose triggers call it.
    pub tables: Vec<Table>,
}

/// An argument, or a column of the result.
#[derive(Debug)]
pub struct Argument {
    pub name: String,
    pub mode: String,
    pub data_type: String,
}

/// A table with triggers.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    /// What the triggers call the tables with the rows that a statement changed.
    pub transitions: Vec<String>,
}

/// Arguments as an actual call would have them: what stands for any type is one of them.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Names and types, in the order of the body's `$1`, `$2` and so on.
    pub arguments: Vec<(String, String)>,
    /// The table whose trigger it is.
    pub table: Option<Table>,
}

/// What a polymorphic type is tried as.
const STAND_INS: &[[&str; 4]] = &[
    ["integer", "integer[]", "int4range", "int4multirange"],
    ["text", "text[]", "int4range", "int4multirange"],
    ["timestamp with time zone", "timestamp with time zone[]", "tstzrange", "tstzmultirange"],
    ["numeric", "numeric[]", "numrange", "nummultirange"],
    ["jsonb", "jsonb[]", "int4range", "int4multirange"],
];

/// All routines in SQL and PL/pgSQL whose bodies are text.
///
/// # Errors
/// A server that does not answer.
pub async fn read(client: &Client) -> Result<Vec<Subject>, Error> {
    let mut tables: HashMap<u32, Vec<Table>> = HashMap::new();
    for row in client.query(TABLES, &[]).await? {
        let table = Table { name: row.try_get(1)?, transitions: row.try_get(2)? };
        tables.entry(row.try_get(0)?).or_default().push(table);
    }
    let rows = client.query(ROUTINES, &[]).await?;
    rows.iter().map(|row| subject(row, &mut tables)).collect()
}

/// Partitions have the triggers of their parents.
const TABLES: &str = "
SELECT tgfoid, tgrelid::regclass::text,
       array_remove(array_agg(tgoldtable::text) || array_agg(tgnewtable::text), NULL)
FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
GROUP BY tgfoid, tgrelid ORDER BY tgfoid, tgrelid::regclass::text";

const ROUTINES: &str = "
SELECT p.oid, n.nspname::text, p.proname::text, l.lanname::text, p.prosrc,
       format_type(p.prorettype, NULL), p.proretset, p.prokind = 'p', p.proconfig,
       p.proargnames, p.proargmodes::text[],
       ARRAY(SELECT format_type(a.of, NULL)
             FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
                  WITH ORDINALITY AS a (of, n) ORDER BY a.n),
       p.provolatile <> 'v' AND p.prokind = 'f' AND p.pronargs = p.pronargdefaults
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND l.lanname IN ('plpgsql', 'sql') AND p.prosqlbody IS NULL
ORDER BY p.oid";

fn subject(row: &Row, tables: &mut HashMap<u32, Vec<Table>>) -> Result<Subject, Error> {
    let oid = row.try_get(0)?;
    let names: Option<Vec<String>> = row.try_get(9)?;
    let modes: Option<Vec<String>> = row.try_get(10)?;
    let types: Vec<String> = row.try_get(11)?;
    let argument = |(n, data_type): (usize, String)| Argument {
        name: names.as_ref().and_then(|names| names.get(n)).cloned().unwrap_or_default(),
        mode: modes.as_ref().and_then(|modes| modes.get(n)).map_or("i", String::as_str).to_owned(),
        data_type,
    };
    Ok(Subject {
        oid,
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        language: row.try_get(3)?,
        source: row.try_get(4)?,
        arguments: types.into_iter().enumerate().map(argument).collect(),
        returns: row.try_get(5)?,
        returns_set: row.try_get(6)?,
        is_procedure: row.try_get(7)?,
        is_callable: row.try_get(12)?,
        settings: row.try_get::<_, Option<Vec<String>>>(8)?.unwrap_or_default(),
        tables: tables.remove(&oid).unwrap_or_default(),
    })
}

/// Whether a type stands for others, and for which of a family of four.
fn polymorphic(data_type: &str) -> Option<usize> {
    match data_type {
        "anyelement" | "anynonarray" | "anyenum" | "anycompatible" | "anycompatiblenonarray" => {
            Some(0)
        }
        "anyarray" | "anycompatiblearray" => Some(1),
        "anyrange" | "anycompatiblerange" => Some(2),
        "anymultirange" | "anycompatiblemultirange" => Some(3),
        _ => None,
    }
}

impl Subject {
    #[must_use]
    pub fn is_trigger(&self) -> bool {
        self.returns == "trigger"
    }

    #[must_use]
    pub fn is_polymorphic(&self) -> bool {
        self.arguments.iter().any(|argument| polymorphic(&argument.data_type).is_some())
    }

    #[must_use]
    pub fn has_search_path(&self) -> bool {
        self.settings.iter().any(|setting| setting.starts_with("search_path="))
    }

    /// Whether its result is columns of its own, and those are known.
    #[must_use]
    pub fn has_known_result(&self) -> bool {
        let own =
            self.arguments.iter().any(|argument| matches!(argument.mode.as_str(), "o" | "b" | "t"));
        !self.is_polymorphic() && (own || self.returns != "record")
    }

    /// Whether it has to end with RETURN.
    #[must_use]
    pub fn needs_return(&self) -> bool {
        let out = self.arguments.iter().any(|argument| matches!(argument.mode.as_str(), "o" | "b"));
        let nothing = ["void", "event_trigger"].contains(&self.returns.as_str());
        !(self.is_procedure || self.returns_set || nothing || out)
    }

    /// The calls that are tried.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant> {
        if self.is_trigger() {
            let unknown = Table { name: "record".to_owned(), transitions: Vec::new() };
            let one = |table: &Table, known: bool| {
                let row = ["new", "old"].map(|name| (name.to_owned(), table.name.clone()));
                let more = TRIGGER
                    .iter()
                    .map(|(name, data_type)| ((*name).to_owned(), (*data_type).to_owned()));
                let arguments = row.into_iter().chain(more).collect();
                Variant { arguments, table: known.then(|| table.clone()) }
            };
            if self.tables.is_empty() {
                return vec![one(&unknown, false)];
            }
            return self.tables.iter().map(|table| one(table, true)).collect();
        }
        if self.returns == "event_trigger" {
            let text = |name: &str| (name.to_owned(), "text".to_owned());
            let arguments = vec![text("tg_event"), text("tg_tag")];
            return vec![Variant { arguments, table: None }];
        }
        let families = if self.is_polymorphic() { STAND_INS } else { &STAND_INS[..1] };
        let one = |family: &[&str; 4]| {
            let arguments = self.arguments.iter().map(|argument| {
                let of = &argument.data_type;
                let actual = polymorphic(of).map_or(of.as_str(), |n| family[n]);
                (argument.name.clone(), actual.to_owned())
            });
            Variant { arguments: arguments.collect(), table: None }
        };
        families.iter().map(one).collect()
    }

    /// What stands between the parentheses and after RETURNS for a probe with the routine's own result.
    #[must_use]
    pub fn signature(&self) -> String {
        let one = |argument: &Argument, mode: &str| {
            let name = if argument.name.is_empty() {
                String::new()
            } else {
                quote_identifier(&argument.name)
            };
            format!("{mode} {name} {}", argument.data_type)
        };
        let of = |modes: &[(&str, &str)]| -> Vec<String> {
            let known = |argument: &Argument| {
                let found = modes.iter().find(|(mode, _)| *mode == argument.mode)?;
                Some(one(argument, found.1))
            };
            self.arguments.iter().filter_map(known).collect()
        };
        let inputs = of(&[("i", "IN"), ("v", "IN"), ("o", "OUT"), ("b", "INOUT")]).join(", ");
        let columns = of(&[("t", "")]).join(", ");
        if columns.is_empty() {
            format!("({inputs}) RETURNS SETOF {}", self.returns)
        } else {
            format!("({inputs}) RETURNS TABLE ({columns})")
        }
    }

    /// Nulls for the arguments that a call gives.
    #[must_use]
    pub fn nulls(&self) -> String {
        let given = self.arguments.iter().filter(|a| matches!(a.mode.as_str(), "i" | "v" | "b"));
        given.map(|a| format!("NULL::{}", a.data_type)).collect::<Vec<_>>().join(", ")
    }
}

/// What a function for triggers knows, beside the rows.
/// <https://www.postgresql.org/docs/current/plpgsql-trigger.html>
const TRIGGER: &[(&str, &str)] = &[
    ("tg_name", "name"),
    ("tg_when", "text"),
    ("tg_level", "text"),
    ("tg_op", "text"),
    ("tg_relid", "oid"),
    ("tg_relname", "name"),
    ("tg_table_name", "name"),
    ("tg_table_schema", "name"),
    ("tg_nargs", "integer"),
    ("tg_argv", "text[]"),
];
