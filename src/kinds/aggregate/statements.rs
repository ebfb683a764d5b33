//! CREATE AGGREGATE.

use super::{Aggregate, Modify, Parallel};
use crate::kind::Declared;
use crate::model::Address;
use crate::sql::{Fragment, Sql};

/// The name with the types of all arguments; one without arguments is `count(*)`.
pub fn signature(address: &Address) -> String {
    let arguments = address.arguments.as_deref().filter(|arguments| !arguments.is_empty());
    format!("{}({})", address.qualified(), arguments.unwrap_or("*"))
}

/// The same as a routine has it, whose list of arguments is one.
pub fn routine_signature(address: &Address) -> String {
    let arguments = address.arguments.as_deref().unwrap_or_default();
    let list = arguments.replace(" ORDER BY ", ", ").replace("ORDER BY ", "");
    format!("{}({list})", address.qualified())
}

/// The whole definition, one option a line.
pub fn define(it: &Declared<'_, Aggregate>, verb: &str) -> Sql {
    let spec = it.spec;
    let mut sql = Sql::new(verb).raw("AGGREGATE ").raw(&it.address.qualified()).raw("(");
    sql = match (&spec.arguments[..], &spec.order_by[..]) {
        ([], []) => sql.raw("*"),
        (plain, []) => sql.fragments(plain),
        ([], ordered) => sql.raw("ORDER BY ").fragments(ordered),
        (direct, ordered) => sql.fragments(direct).raw(" ORDER BY ").fragments(ordered),
    };
    let mut options = Options { sql: sql.raw(") ("), any: false };
    options.fragment("SFUNC", Some(&spec.sfunc));
    options.fragment("STYPE", Some(&spec.stype));
    options.number("SSPACE", spec.sspace);
    options.fragment("FINALFUNC", spec.finalfunc.as_ref());
    options.flag("FINALFUNC_EXTRA", spec.finalfunc_extra);
    options.modify("FINALFUNC_MODIFY", spec.finalfunc_modify);
    options.fragment("COMBINEFUNC", spec.combinefunc.as_ref());
    options.fragment("SERIALFUNC", spec.serialfunc.as_ref());
    options.fragment("DESERIALFUNC", spec.deserialfunc.as_ref());
    options.text("INITCOND", spec.initcond.as_deref());
    options.fragment("MSFUNC", spec.msfunc.as_ref());
    options.fragment("MINVFUNC", spec.minvfunc.as_ref());
    options.fragment("MSTYPE", spec.mstype.as_ref());
    options.number("MSSPACE", spec.msspace);
    options.fragment("MFINALFUNC", spec.mfinalfunc.as_ref());
    options.flag("MFINALFUNC_EXTRA", spec.mfinalfunc_extra);
    options.modify("MFINALFUNC_MODIFY", spec.mfinalfunc_modify);
    options.text("MINITCOND", spec.minitcond.as_deref());
    options.fragment("SORTOP", spec.sortop.as_ref());
    match spec.parallel {
        Parallel::Unsafe => {}
        Parallel::Restricted => options.word("PARALLEL", "RESTRICTED"),
        Parallel::Safe => options.word("PARALLEL", "SAFE"),
    }
    options.flag("HYPOTHETICAL", spec.hypothetical);
    options.sql.raw("\n)")
}

/// The list of options as it grows.
struct Options {
    sql: Sql,
    any: bool,
}

impl Options {
    fn add(&mut self, add: impl FnOnce(Sql) -> Sql) {
        let comma = if self.any { ",\n  " } else { "\n  " };
        self.sql = add(std::mem::take(&mut self.sql).raw(comma));
        self.any = true;
    }

    fn word(&mut self, name: &str, value: &str) {
        self.add(|sql| sql.raw(name).raw(" = ").raw(value));
    }

    fn fragment(&mut self, name: &str, value: Option<&Fragment>) {
        if let Some(value) = value {
            self.add(|sql| sql.raw(name).raw(" = ").fragment(value));
        }
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(|sql| sql.raw(name).raw(" = ").literal(value));
        }
    }

    fn number(&mut self, name: &str, value: Option<i32>) {
        if let Some(value) = value {
            self.word(name, &value.to_string());
        }
    }

    fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.add(|sql| sql.raw(name));
        }
    }

    fn modify(&mut self, name: &str, value: Option<Modify>) {
        match value {
            None => {}
            Some(Modify::ReadOnly) => self.word(name, "READ_ONLY"),
            Some(Modify::Shareable) => self.word(name, "SHAREABLE"),
            Some(Modify::ReadWrite) => self.word(name, "READ_WRITE"),
        }
    }
}
