//! Aggregate functions. The keys are the options of CREATE AGGREGATE.
//! <https://www.postgresql.org/docs/current/sql-createaggregate.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;

use crate::kind::{
    Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section, ServerVersion,
    Transition, is_default,
};
use crate::model::{Address, Grantable, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct Aggregates;

/// An aggregate. What is left out is PostgreSQL's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// The name, where the key in the file cannot be it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is aggregated; of an ordered-set aggregate, the direct arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Fragment>,
    /// The aggregated arguments of an ordered-set aggregate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_by: Vec<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub hypothetical: bool,
    pub stype: Fragment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sspace: Option<i32>,
    pub sfunc: Fragment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalfunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub finalfunc_extra: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalfunc_modify: Option<Modify>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combinefunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serialfunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deserialfunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initcond: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mstype: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msspace: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msfunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minvfunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfinalfunc: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub mfinalfunc_extra: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfinalfunc_modify: Option<Modify>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minitcond: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sortop: Option<Fragment>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub parallel: Parallel,
}

/// What a final function may do to the state; `read_only`, or for an ordered set `read_write`, when
/// absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modify {
    ReadOnly,
    Shareable,
    ReadWrite,
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

const SECTIONS: &[Section] = &[Section {
    key: "aggregate",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

/// As for functions, the key is the name, with the argument types where several have it.
fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Aggregate = entry.form.read()?;
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    if spec.hypothetical && spec.order_by.is_empty() {
        return Err(invalid("a hypothetical-set aggregate has arguments in `order_by`"));
    }
    let usual = spec.usual_modify();
    spec.finalfunc_modify = spec.finalfunc_modify.filter(|modify| *modify != usual);
    spec.mfinalfunc_modify = spec.mfinalfunc_modify.filter(|modify| *modify != usual);
    let key = &**entry.name;
    let name = match spec.name.take() {
        Some(name) => name,
        None => key.split_once('(').map_or(key, |(name, _)| name).to_owned(),
    };
    let arguments: Vec<&str> =
        spec.arguments.iter().chain(&spec.order_by).map(Fragment::as_str).collect();
    let mut address = Address::in_schema(Aggregates::TAG, entry.schema, &name.into());
    address.arguments = Some(arguments.join(", ").into());
    Ok(Object::new(address, spec))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec: Aggregate = object.spec.get::<Aggregate>()?.clone();
    spec.sortop = spec.sortop.map(|operator| {
        let bare = operator.as_str().strip_prefix("OPERATOR(pg_catalog.");
        bare.and_then(|bare| bare.strip_suffix(')')).map(Fragment::new).unwrap_or(operator)
    });
    serde_json::to_value(spec).ok()
}

impl Aggregate {
    fn usual_modify(&self) -> Modify {
        if self.order_by.is_empty() { Modify::ReadOnly } else { Modify::ReadWrite }
    }

    /// What names types and functions.
    fn fragments(&mut self) -> [Option<&mut Fragment>; 11] {
        [
            Some(&mut self.stype),
            Some(&mut self.sfunc),
            self.finalfunc.as_mut(),
            self.combinefunc.as_mut(),
            self.serialfunc.as_mut(),
            self.deserialfunc.as_mut(),
            self.mstype.as_mut(),
            self.msfunc.as_mut(),
            self.minvfunc.as_mut(),
            self.mfinalfunc.as_mut(),
            self.sortop.as_mut(),
        ]
    }
}

impl Kind for Aggregates {
    type Spec = Aggregate;
    const TAG: Tag = Tag("aggregate");
    const CATALOG: Catalog = Catalog::PG_PROC;
    const ANY: Option<&str> = Some("SELECT FROM pg_aggregate WHERE aggfnoid >= 16384");
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

    fn adopt(canonical: &mut Aggregate, written: &Aggregate, live: Option<&Aggregate>) {
        let (mut written, mut live) = (written.clone(), live.cloned());
        let of = |live: &Option<Aggregate>, by: fn(&Aggregate) -> &Vec<Fragment>| {
            live.as_ref().map(by).cloned().unwrap_or_default()
        };
        let direct = of(&live, |live| &live.arguments);
        Fragment::adopt_list(&mut canonical.arguments, &written.arguments, &direct);
        let ordered = of(&live, |live| &live.order_by);
        Fragment::adopt_list(&mut canonical.order_by, &written.order_by, &ordered);
        let mut live = live.as_mut().map(Aggregate::fragments).into_iter().flatten();
        for (canonical, written) in canonical.fragments().into_iter().zip(written.fragments()) {
            let live = live.next().flatten();
            if let (Some(canonical), Some(written)) = (canonical, written) {
                canonical.adopt(written, live.as_deref());
            }
        }
    }

    /// The state's type and the final function decide on the type of the result, which has to stay.
    fn transition(from: &Aggregate, to: &Aggregate) -> Transition {
        let shape = |it: &Aggregate| (it.arguments.clone(), it.order_by.clone(), it.hypothetical);
        if shape(from) != shape(to) {
            Transition::Replace("the arguments of an aggregate cannot change in place")
        } else if from.stype != to.stype || from.finalfunc != to.finalfunc {
            Transition::Replace("the type of an aggregate's result cannot change in place")
        } else {
            Transition::InPlace
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        let arguments = address.arguments.as_deref().unwrap_or_default();
        vec![format!("routine {}({arguments})", address.qualified())]
    }

    fn create(it: &Declared<'_, Aggregate>) -> Vec<Step> {
        vec![Step::create(it.address, statements::define(it, "CREATE "))]
    }

    fn alter(_from: &Declared<'_, Aggregate>, to: &Declared<'_, Aggregate>) -> Vec<Step> {
        let sql = statements::define(to, "CREATE OR REPLACE ");
        vec![Step::alter(to.address, "redefine aggregate", sql)]
    }

    fn drop(it: &Declared<'_, Aggregate>) -> Vec<Step> {
        let sql = Sql::new("DROP AGGREGATE ").raw(&statements::signature(it.address));
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("AGGREGATE ").raw(&statements::signature(address))
    }

    fn grant_target(address: &Address) -> Sql {
        Sql::new("ROUTINE ").raw(&statements::routine_signature(address))
    }
}
