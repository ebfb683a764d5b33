//! A type in the place of another: the old one stays until everything has stepped over.

use crate::model::{Address, Effect, Name, Part, Step};
use crate::sql::Sql;

/// PostgreSQL cuts a longer name off.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const LONGEST_NAME: usize = 63;

const PREFIX: &str = "pgconverge_old_";

/// The old type under another name, the new one, then the end of the old one. `word` is what
/// stands after ALTER and DROP.
#[must_use]
pub fn replacement(address: &Address, word: &str, create: Vec<Step>) -> Vec<Step> {
    let aside = name_aside(&address.name);
    let old = Address { name: aside.clone(), ..address.clone() };
    let rename = Sql::new("ALTER ")
        .raw(word)
        .raw(" ")
        .raw(&address.qualified())
        .raw(" RENAME TO ")
        .identifier(&aside);
    let rename = Step::new(address, Effect::Drop, "set the old one aside", rename);
    let end = Sql::new("DROP ").raw(word).raw(" ").raw(&old.qualified());
    let mut end = Step::new(address, Effect::Drop, "drop the old one", end);
    end.finishes = true;
    let mut steps = vec![rename.unmakes(Part::whole(address))];
    steps.extend(create);
    steps.push(end);
    steps
}

/// The name that the old one of two has in between.
#[must_use]
pub fn name_aside(name: &Name) -> Name {
    let mut text = format!("{PREFIX}{}", &**name);
    while text.len() > LONGEST_NAME {
        text.pop();
    }
    text.into()
}
