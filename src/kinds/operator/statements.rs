//! CREATE and ALTER OPERATOR.

use super::Operator;
use crate::kind::Declared;
use crate::model::{Address, Step};
use crate::sql::{Fragment, Sql};

/// The operator with its operand types: `public.## (path, path)`. Its name takes no quotes.
pub fn signature(address: &Address) -> String {
    format!("{} ({})", name(address), address.arguments.as_deref().unwrap_or_default())
}

fn name(address: &Address) -> String {
    match &address.schema {
        Some(schema) => format!("{schema}.{}", &*address.name),
        None => (*address.name).to_owned(),
    }
}

pub fn create(it: &Declared<'_, Operator>) -> Vec<Step> {
    let spec = it.spec;
    let mut sql = Sql::new("CREATE OPERATOR ")
        .raw(&name(it.address))
        .raw(" (\n    FUNCTION = ")
        .fragment(&spec.function);
    let clauses = [
        ("LEFTARG", spec.left.as_ref()),
        ("RIGHTARG", Some(&spec.right)),
        ("COMMUTATOR", spec.commutator.as_ref()),
        ("NEGATOR", spec.negator.as_ref()),
        ("RESTRICT", spec.restrict.as_ref()),
        ("JOIN", spec.join.as_ref()),
    ];
    for (word, value) in clauses {
        if let Some(value) = value {
            sql = sql.raw(",\n    ").raw(word).raw(" = ").fragment(value);
        }
    }
    for (word, wanted) in [("HASHES", spec.hashes), ("MERGES", spec.merges)] {
        if wanted {
            sql = sql.raw(",\n    ").raw(word);
        }
    }
    vec![Step::create(it.address, sql.raw("\n)"))]
}

pub fn alter(from: &Declared<'_, Operator>, to: &Declared<'_, Operator>) -> Vec<Step> {
    let changes = [
        ("RESTRICT", &from.spec.restrict, &to.spec.restrict),
        ("JOIN", &from.spec.join, &to.spec.join),
    ];
    let none = Fragment::new("NONE");
    let mut sql = Sql::new("ALTER OPERATOR ").raw(&signature(to.address)).raw(" SET (");
    let before = sql.len();
    for (word, old, new) in changes {
        if old != new {
            let comma = if sql.len() > before { ", " } else { "" };
            sql = sql.raw(comma).raw(word).raw(" = ").fragment(new.as_ref().unwrap_or(&none));
        }
    }
    vec![Step::alter(to.address, "change the estimators", sql.raw(")"))]
}
