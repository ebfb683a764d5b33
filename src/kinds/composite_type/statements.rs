//! CREATE and ALTER TYPE for composite types.

use super::{Attribute, CompositeType};
use crate::kind::{Declared, replacement};
use crate::model::{Name, Part, Step};
use crate::sql::Sql;

type It<'a> = Declared<'a, CompositeType>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let mut sql = Sql::new("CREATE TYPE ").raw(&it.address.qualified()).raw(" AS (");
    for (n, (name, attribute)) in it.spec.attribute.iter().enumerate() {
        sql = sql.raw(if n == 0 { "\n    " } else { ",\n    " });
        sql = sql.append(&definition(name, attribute));
    }
    let mut steps = vec![Step::create(it.address, sql.raw("\n)"))];
    let commented = it.spec.attribute.iter().filter(|(_, attribute)| attribute.comment.is_some());
    steps.extend(commented.map(|(name, attribute)| comment(it, name, attribute)));
    steps
}

fn definition(name: &Name, attribute: &Attribute) -> Sql {
    let sql = Sql::default().identifier(name).raw(" ").fragment(&attribute.data_type);
    match &attribute.collation {
        Some(collation) => sql.raw(" COLLATE ").fragment(collation),
        None => sql,
    }
}

fn comment(it: &It<'_>, name: &Name, attribute: &Attribute) -> Step {
    let sql = Sql::new("COMMENT ON COLUMN ")
        .raw(&it.address.qualified())
        .raw(".")
        .identifier(name)
        .raw(" IS ");
    let sql = match &attribute.comment {
        Some(comment) => sql.literal(comment),
        None => sql.raw("NULL"),
    };
    Step::alter(it.address, format!("comment on {name}"), sql).makes(Part::column(it.address, name))
}

/// The attributes that can stay: new ones come last, so whatever else is to come after a new one, or
/// after one that was behind it, is dropped and comes again.
pub fn kept(from: &CompositeType, to: &CompositeType) -> Vec<Name> {
    let mut last = None;
    let stays = to.attribute.keys().take_while(|name| {
        let at = from.attribute.get_index_of(*name);
        let next = at.is_some() && at > last;
        last = at;
        next
    });
    stays.cloned().collect()
}

/// <https://www.postgresql.org/docs/current/sql-altertype.html>
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let kept = kept(from.spec, to.spec);
    let mut steps = attributes(from, to, &kept);
    for (name, attribute) in &to.spec.attribute {
        let old = kept.contains(name).then(|| from.spec.attribute[name].comment.as_ref()).flatten();
        if old != attribute.comment.as_ref() {
            steps.push(comment(to, name, attribute));
        }
    }
    steps
}

fn attributes(from: &It<'_>, to: &It<'_>, kept: &[Name]) -> Vec<Step> {
    // Tables of the type go along; who else depends on an attribute is known, and must not.
    let along = if from.spec.has_tables.0 { " CASCADE" } else { "" };
    let act = |title: String, name: &Name, action: Sql| {
        let sql = Sql::new("ALTER TYPE ").raw(&to.address.qualified()).raw(" ").append(&action);
        Step::alter(to.address, title, sql.raw(along))
            .makes(Part::column(to.address, name))
            .unmakes(Part::column(to.address, name))
    };
    let mut steps = Vec::new();
    for name in from.spec.attribute.keys().filter(|name| !kept.contains(name)) {
        let action = Sql::new("DROP ATTRIBUTE ").identifier(name);
        let mut step = act(format!("drop attribute {name}"), name, action)
            .loses(format!("every value of {}.{name}", to.address.qualified()));
        step.makes.clear();
        steps.push(step);
    }
    for (name, attribute) in to.spec.attribute.iter().filter(|(name, _)| !kept.contains(name)) {
        let action = Sql::new("ADD ATTRIBUTE ").append(&definition(name, attribute));
        let mut step = act(format!("add attribute {name}"), name, action);
        step.unmakes.clear();
        steps.push(step);
    }
    steps
}

/// The old type gets the attributes of the new one first: values step over by way of their text,
/// where they have no names.
pub fn replace(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let mut steps = attributes(from, to, &kept(from.spec, to.spec));
    for step in &mut steps {
        step.unmakes.push(Part::whole(to.address));
    }
    steps.extend(replacement(to.address, "TYPE", create(to)));
    steps
}
