//! CREATE TYPE … AS RANGE.

use super::RangeType;
use super::names::name_constructors;
use crate::kind::{Declared, name_aside, replacement};
use crate::model::{Address, Effect, Name, Part, Step};
use crate::sql::{Sql, parse_qualified};

type It<'a> = Declared<'a, RangeType>;

pub fn create(it: &It<'_>) -> Step {
    let spec = it.spec;
    let mut sql = Sql::new("CREATE TYPE ")
        .raw(&it.address.qualified())
        .raw(" AS RANGE (SUBTYPE = ")
        .fragment(&spec.subtype);
    let options = [
        (", SUBTYPE_OPCLASS = ", &spec.subtype_opclass),
        (", COLLATION = ", &spec.collation),
        (", SUBTYPE_DIFF = ", &spec.subtype_diff),
    ];
    for (words, value) in options {
        if let Some(value) = value {
            sql = sql.raw(words).fragment(value);
        }
    }
    if spec.multirange.is_some() {
        sql = sql.raw(", MULTIRANGE_TYPE_NAME = ").raw(&multirange(it).qualified());
    }
    Step::create(it.address, sql.raw(")"))
}

/// The name that PostgreSQL gives a multirange type by itself: `makeMultirangeTypeName` in
/// `src/backend/catalog/pg_type.c`.
pub fn usual_multirange(range: &Name) -> String {
    match range.find("range") {
        Some(at) => format!("{}multi{}", &range[..at], &range[at..]),
        None => format!("{}_multirange", &**range),
    }
}

fn multirange(it: &It<'_>) -> Address {
    let named = it.spec.multirange.as_ref().and_then(|name| parse_qualified(name.as_str()).ok());
    let (schema, name) = match named {
        Some((schema, name, _)) => (schema.map(Name::from), name),
        None => (None, usual_multirange(&it.address.name)),
    };
    let schema = schema.or_else(|| it.address.schema.clone());
    Address { schema, name: name.into(), ..it.address.clone() }
}

/// The functions get the names that they are to have.
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let due = from.spec.misnamed && !to.spec.misnamed;
    let step = due.then(|| {
        let sql = name_constructors(to.address);
        Step::alter(to.address, "name its functions after it", sql).makes(Part::whole(to.address))
    });
    step.into_iter().collect()
}

/// With the old type go its multirange type and the constructors of both, out of the way of the new
/// ones.
pub fn replace(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let multirange = multirange(from);
    let aside = |address: &Address| Address { name: name_aside(&address.name), ..address.clone() };
    let rename = |words: &str, what: &str, name: &Name| {
        let sql =
            Sql::new("ALTER ").raw(words).raw(" ").raw(what).raw(" RENAME TO ").identifier(name);
        Step::new(to.address, Effect::Drop, "set what comes with it aside", sql)
            .unmakes(Part::whole(to.address))
    };
    let range = aside(from.address).qualified();
    let subtype = from.spec.subtype.as_str();
    let function = |of: &Address, arguments: &str| {
        let signature = format!("{}({arguments})", of.qualified());
        rename("FUNCTION", &signature, &name_aside(&of.name))
    };
    let mut steps = replacement(to.address, "TYPE", vec![create(to)]);
    let beside = [
        rename("TYPE", &multirange.qualified(), &name_aside(&multirange.name)),
        function(from.address, &format!("{subtype}, {subtype}")),
        function(from.address, &format!("{subtype}, {subtype}, text")),
        function(&multirange, ""),
        function(&multirange, &range),
        function(&multirange, &format!("{range}[]")),
    ];
    steps.splice(1..1, beside);
    if from.spec.misnamed {
        let sql = name_constructors(to.address);
        let first = Step::new(to.address, Effect::Drop, "name its functions after it", sql);
        steps.insert(0, first.unmakes(Part::whole(to.address)));
    }
    steps
}
