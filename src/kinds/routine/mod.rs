//! Functions and procedures.
//! <https://www.postgresql.org/docs/current/sql-createfunction.html>

mod read;
mod statements;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default,
};
use crate::model::{Address, Grantable, Name, Object, Part, Step, Tag};
use crate::sql::{Fragment, Sql, parse_names, quote_identifier};

/// The kind.
#[derive(Debug)]
pub struct Routines;

/// A function or a procedure. What is left out is PostgreSQL's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routine {
    /// The name, where the key in the file cannot be it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub procedure: bool,
    /// Each as SQL has it: `p_limit integer DEFAULT 50`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Fragment>,
    pub language: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub window: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub volatility: Volatility,
    #[serde(default, skip_serializing_if = "is_default")]
    pub strict: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub security_definer: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub leakproof: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub parallel: Parallel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<f64>,
    /// The planner's support function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<Fragment>,
    /// The types whose transforms a call applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transform: Vec<Fragment>,
    /// Settings for the time of a call.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub set: IndexMap<String, String>,
    /// The body as a string, in the language named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Fragment>,
    /// An SQL-standard body: `RETURN …` or `BEGIN ATOMIC … END`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql_body: Option<Fragment>,
    /// The link symbol of a C function, whose `body` is its library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

/// <https://www.postgresql.org/docs/current/xfunc-volatility.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Volatility {
    #[default]
    Volatile,
    Stable,
    Immutable,
}

/// <https://www.postgresql.org/docs/current/parallel-safety.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parallel {
    #[default]
    Unsafe,
    Restricted,
    Safe,
}

const SECTIONS: &[Section] = &[
    Section {
        key: "function",
        within: &[],
        named: true,
        short: None,
        from_file: Some(("body", "body_file")),
        read: |entry| read(entry, false),
        write: |object| write(object, false),
    },
    Section {
        key: "procedure",
        within: &[],
        named: true,
        short: None,
        from_file: Some(("body", "body_file")),
        read: |entry| read(entry, true),
        write: |object| write(object, true),
    },
];

/// The key is the name; for one of several routines of a name it is the name with its argument
/// types, which tell the keys apart and say nothing that `arguments` does not.
fn read(entry: &Entry<'_>, procedure: bool) -> Result<Object, FormError> {
    let mut spec: Routine = entry.form.read()?;
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    if spec.procedure {
        return Err(invalid("a procedure is declared as [procedure.…]"));
    }
    if procedure && spec.returns.is_some() {
        return Err(invalid("a procedure returns nothing; its results are OUT arguments"));
    }
    if spec.body.is_some() == spec.sql_body.is_some() {
        return Err(invalid("a routine has either a `body` or an `sql_body`"));
    }
    spec.procedure = procedure;
    let key = &**entry.name;
    let name = match spec.name.take() {
        Some(name) => name,
        None => key.split_once('(').map_or(key, |(name, _)| name).to_owned(),
    };
    let arguments: Vec<&str> = spec
        .arguments
        .iter()
        .map(|argument| statements::without_default(argument.as_str()))
        .collect();
    let mut address = Address::in_schema(Routines::TAG, entry.schema, &name.into());
    address.arguments = Some(arguments.join(", ").into());
    Ok(Object::new(address, spec))
}

fn write(object: &Object, procedure: bool) -> Option<Value> {
    let mut spec: Routine = object.spec.get::<Routine>()?.clone();
    if spec.procedure != procedure {
        return None;
    }
    spec.procedure = false;
    serde_json::to_value(spec).ok()
}

impl Kind for Routines {
    type Spec = Routine;
    const TAG: Tag = Tag("routine");
    const CATALOG: Catalog = Catalog::PG_PROC;
    const ANY: Option<&str> = Some("SELECT FROM pg_proc WHERE oid >= 16384");
    const CALLS_UNSEEN: bool = true;
    const GRANTABLE: Option<Grantable> = Some(Grantable::Routine);

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn follow_schema(spec: &mut Routine, from: &Name, to: &Name) {
        let Some(path) = spec.set.get_mut("search_path") else { return };
        let Ok(names) = parse_names(path) else { return };
        if names.iter().any(|name| **name == **from) {
            let moved =
                names.iter().map(|name| if **name == **from { &**to } else { name.as_str() });
            *path = moved.map(quote_identifier).collect::<Vec<_>>().join(", ");
        }
    }

    fn body(spec: &Routine) -> Option<&Fragment> {
        spec.body.as_ref()
    }

    fn adopt(canonical: &mut Routine, written: &Routine, live: Option<&Routine>) {
        let live_arguments = live.map_or(&[][..], |live| &live.arguments);
        Fragment::adopt_list(&mut canonical.arguments, &written.arguments, live_arguments);
        let live_types = live.map_or(&[][..], |live| &live.transform);
        Fragment::adopt_list(&mut canonical.transform, &written.transform, live_types);
        for (of, written, live) in [
            (&mut canonical.returns, &written.returns, live.and_then(|live| live.returns.as_ref())),
            (&mut canonical.support, &written.support, live.and_then(|live| live.support.as_ref())),
            (
                &mut canonical.sql_body,
                &written.sql_body,
                live.and_then(|live| live.sql_body.as_ref()),
            ),
            (&mut canonical.body, &written.body, live.and_then(|live| live.body.as_ref())),
        ] {
            Fragment::adopt_option(of, written.as_ref(), live);
        }
    }

    /// What CREATE OR REPLACE refuses to change.
    /// <https://www.postgresql.org/docs/current/sql-createfunction.html#id-1.9.3.67.6>
    fn transition(from: &Routine, to: &Routine) -> Transition {
        if from.procedure != to.procedure {
            Transition::Replace("a function cannot become a procedure, nor the other way")
        } else if from.returns != to.returns {
            Transition::Replace("the return type cannot change in place")
        } else if from.window != to.window {
            Transition::Replace("a window function cannot become a plain one, nor the other way")
        } else if !statements::arguments_replaceable(&from.arguments, &to.arguments) {
            Transition::Replace(
                "the names of arguments cannot change, nor defaults be removed, in place",
            )
        } else {
            Transition::InPlace
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![format!("routine {}", statements::signature(address))]
    }

    /// One with an SQL-standard body refuses it; the others have no dependency to be asked about.
    fn survives_retype(_it: &Declared<'_, Routine>, _of: &[&Part]) -> bool {
        false
    }

    fn create(it: &Declared<'_, Routine>) -> Vec<Step> {
        vec![Step::create(it.address, statements::define(it, "CREATE "))]
    }

    fn alter(_from: &Declared<'_, Routine>, to: &Declared<'_, Routine>) -> Vec<Step> {
        let title = format!("redefine {}", statements::word(to.spec));
        vec![Step::alter(to.address, title, statements::define(to, "CREATE OR REPLACE "))]
    }

    fn drop(it: &Declared<'_, Routine>) -> Vec<Step> {
        let sql = Sql::new("DROP ")
            .raw(if it.spec.procedure { "PROCEDURE " } else { "FUNCTION " })
            .raw(&statements::signature(it.address));
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        // ROUTINE stands for both kinds.
        Sql::new("ROUTINE ").raw(&statements::signature(address))
    }
}
