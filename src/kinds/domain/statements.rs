//! CREATE and ALTER DOMAIN.

use super::{Check, Domain};
use crate::kind::{Declared, Release};
use crate::model::{Effect, Name, Part, Reach, Step, Tag};
use crate::sql::{Fragment, LockLevel, Sql};

type It<'a> = Declared<'a, Domain>;

/// The domain; what its definition cannot say, checks that are not valid and comments, after it.
pub fn create(it: &It<'_>) -> Vec<Step> {
    let spec = it.spec;
    let mut sql = Sql::new("CREATE DOMAIN ")
        .raw(&it.address.qualified())
        .raw(" AS ")
        .fragment(&spec.data_type);
    if let Some(collation) = &spec.collation {
        sql = sql.raw(" COLLATE ").fragment(collation);
    }
    if let Some(default) = &spec.default {
        sql = sql.raw(" DEFAULT ").fragment(default);
    }
    if spec.not_null {
        sql = sql.raw(" NOT NULL");
    }
    for (name, check) in spec.check.iter().filter(|(_, check)| !check.not_valid) {
        sql = sql.raw("\n    ").append(&clause(name, check));
    }
    let mut steps = vec![Step::create(it.address, sql)];
    for (name, check) in &spec.check {
        if check.not_valid {
            steps.push(add(it, name, check));
        }
        if check.comment.is_some() {
            steps.push(comment(it, name, check));
        }
    }
    steps
}

fn clause(name: &Name, check: &Check) -> Sql {
    let sql = Sql::new("CONSTRAINT ").identifier(name).raw(" CHECK (").fragment(&check.expression);
    sql.raw(")")
}

/// <https://www.postgresql.org/docs/current/sql-alterdomain.html>
fn act(it: &It<'_>, title: impl Into<String>, action: &Sql) -> Step {
    let sql = Sql::new("ALTER DOMAIN ").raw(&it.address.qualified()).raw(" ").append(action);
    Step::alter(it.address, title, sql).makes(Part::whole(it.address))
}

fn add(it: &It<'_>, name: &Name, check: &Check) -> Step {
    let action = Sql::new("ADD ").append(&clause(name, check));
    let action = if check.not_valid { action.raw(" NOT VALID") } else { action };
    let step = act(it, format!("add check {name}"), &action);
    if check.not_valid { step } else { over_rows(step) }
}

/// Every column of the domain is looked at.
fn over_rows(step: Step) -> Step {
    step.reaches(Reach::Users(LockLevel::Share)).scans()
}

fn drop(it: &It<'_>, name: &Name) -> Step {
    let action = Sql::new("DROP CONSTRAINT ").identifier(name);
    act(it, format!("drop check {name}"), &action)
}

fn comment(it: &It<'_>, name: &Name, check: &Check) -> Step {
    let sql = Sql::new("COMMENT ON CONSTRAINT ")
        .identifier(name)
        .raw(" ON DOMAIN ")
        .raw(&it.address.qualified())
        .raw(" IS ");
    let sql = match &check.comment {
        Some(comment) => sql.literal(comment),
        None => sql.raw("NULL"),
    };
    Step::alter(it.address, format!("comment on check {name}"), sql).makes(Part::whole(it.address))
}

fn default(it: &It<'_>, default: Option<&Fragment>) -> Step {
    match default {
        Some(default) => act(it, "set the default", &Sql::new("SET DEFAULT ").fragment(default)),
        None => act(it, "drop the default", &Sql::new("DROP DEFAULT")),
    }
}

/// What goes first, then what is renamed, then what comes.
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let (old, new) = (from.spec, to.spec);
    let mut steps = Vec::new();
    let mut before = old.check.clone();
    let mut renames = Vec::new();
    for (name, check) in old.check.iter().filter(|(name, _)| !new.check.contains_key(*name)) {
        let taken = |other: &Name| renames.iter().any(|(_, to)| to == other);
        let same = new.check.iter().find(|(other, new)| {
            !old.check.contains_key(*other) && !taken(other) && same_but_for_comment(check, new)
        });
        before.remove(name);
        match same {
            Some((other, _)) => {
                before.insert(other.clone(), check.clone());
                renames.push((name.clone(), other.clone()));
            }
            None => steps.push(drop(to, name)),
        }
    }
    for (name, check) in &new.check {
        let other = before
            .get(name)
            .is_some_and(|old| !validates(old, check) && !same_but_for_comment(old, check));
        if other {
            before.remove(name);
            steps.push(drop(to, name));
        }
    }
    for (name, other) in renames {
        let action =
            Sql::new("RENAME CONSTRAINT ").identifier(&name).raw(" TO ").identifier(&other);
        steps.push(act(to, format!("rename check {name}"), &action));
    }
    if old.default != new.default {
        steps.push(default(to, new.default.as_ref()));
    }
    match (old.not_null, new.not_null) {
        (true, false) => steps.push(act(to, "allow null", &Sql::new("DROP NOT NULL"))),
        (false, true) => steps.push(over_rows(act(to, "refuse null", &Sql::new("SET NOT NULL")))),
        _ => {}
    }
    for (name, check) in &new.check {
        let old = before.get(name);
        match old {
            None => steps.push(add(to, name, check)),
            Some(old) if validates(old, check) => {
                let action = Sql::new("VALIDATE CONSTRAINT ").identifier(name);
                steps.push(over_rows(act(to, format!("validate check {name}"), &action)));
            }
            Some(_) => {}
        }
        if old.and_then(|old| old.comment.as_ref()) != check.comment.as_ref() {
            steps.push(comment(to, name, check));
        }
    }
    steps
}

fn same_but_for_comment(a: &Check, b: &Check) -> bool {
    a.expression == b.expression && a.not_valid == b.not_valid
}

fn validates(old: &Check, new: &Check) -> bool {
    old.expression == new.expression && old.not_valid && !new.not_valid
}

/// Default and checks, out of the way and back.
pub fn release(it: &It<'_>, referenced: &[Part]) -> Option<Release> {
    let types = [Tag("enum"), Tag("domain"), Tag("composite_type"), Tag("range_type")];
    let underneath = it.spec.data_type.as_str().trim_end_matches("[]");
    let is_underneath = |part: &Part| {
        types.contains(&part.address.kind)
            // A multirange type stands for its range type under another name.
            && (part.address.qualified() == underneath || part.address.kind == Tag("range_type"))
    };
    let sorts = |part: &Part| {
        part.address.kind == Tag("collation")
            && it.spec.collation.as_ref().is_some_and(|it| it.as_str() == part.address.qualified())
    };
    if referenced.iter().any(|part| is_underneath(part) || sorts(part)) {
        return None;
    }
    let mut release = Release::default();
    let part = Part::whole(it.address);
    let gone = |mut step: Step| {
        (step.makes, step.unmakes) = (Vec::new(), vec![part.clone()]);
        // It waits for nothing that is to be there afterwards.
        step.effect = Effect::Drop;
        step
    };
    if it.spec.default.is_some() {
        release.aside.push(gone(default(it, None)));
        release.back.push(default(it, it.spec.default.as_ref()));
    }
    for (name, check) in &it.spec.check {
        release.aside.push(gone(drop(it, name)));
        release.back.push(add(it, name, check));
        release.back.extend(check.comment.is_some().then(|| comment(it, name, check)));
    }
    Some(release)
}
