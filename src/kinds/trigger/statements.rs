//! CREATE, ALTER and DROP TRIGGER.

use super::{Event, Level, Timing, Trigger};
use crate::kind::{Declared, Enabled};
use crate::model::{Effect, Part, Step};
use crate::sql::{LockLevel, Sql, identifier_list};

type It<'a> = Declared<'a, Trigger>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    if let Some(state) = it.spec.inherited {
        // It is there as soon as the parent's trigger and the partition are.
        let mut step = enable(it, state);
        step.makes.push(Part::whole(it.address));
        return vec![step];
    }
    let create = Step::create(it.address, define(it, "CREATE "))
        .lock(LockLevel::ShareRowExclusive, it.address.relation_qualified());
    let enable = (it.spec.enabled != Enabled::Origin).then(|| enable(it, it.spec.enabled));
    std::iter::once(create).chain(enable).collect()
}

pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    if let Some(state) = to.spec.inherited {
        return vec![enable(to, state)];
    }
    let redefined = Trigger { enabled: to.spec.enabled, ..from.spec.clone() } != *to.spec;
    let mut steps = Vec::new();
    if redefined {
        steps.push(
            Step::alter(to.address, "redefine trigger", define(to, "CREATE OR REPLACE "))
                .lock(LockLevel::ShareRowExclusive, to.address.relation_qualified()),
        );
    }
    // A replaced trigger fires as a new one would.
    let enabled = if redefined { Enabled::Origin } else { from.spec.enabled };
    if enabled != to.spec.enabled {
        steps.push(enable(to, to.spec.enabled));
    }
    steps
}

pub fn drop(it: &It<'_>) -> Vec<Step> {
    if it.spec.inherited.is_some() {
        let mut step = enable(it, it.spec.parents.0);
        step.effect = Effect::Drop;
        return vec![step.unmakes(Part::whole(it.address))];
    }
    let sql = Sql::new("DROP TRIGGER ")
        .identifier(&it.address.name)
        .raw(" ON ")
        .raw(&it.address.relation_qualified());
    vec![
        Step::drop(it.address, sql)
            .lock(LockLevel::AccessExclusive, it.address.relation_qualified()),
    ]
}

fn define(it: &It<'_>, verb: &str) -> Sql {
    let spec = it.spec;
    let (timing, events) = match (&spec.before[..], &spec.after[..]) {
        ([], []) => ("INSTEAD OF", &spec.instead_of),
        ([], _) => ("AFTER", &spec.after),
        _ => ("BEFORE", &spec.before),
    };
    let words: Vec<String> = events.iter().map(|event| event_words(*event, spec)).collect();
    let mut sql = Sql::new(verb)
        .raw(if spec.constraint == Timing::No { "TRIGGER " } else { "CONSTRAINT TRIGGER " })
        .identifier(&it.address.name)
        .raw(&format!("\n    {timing} {} ON ", words.join(" OR ")))
        .raw(&it.address.relation_qualified());
    if let Some(table) = &spec.from_table {
        sql = sql.raw(" FROM ").fragment(table);
    }
    sql = sql.raw(match spec.constraint {
        Timing::No | Timing::NotDeferrable => "",
        Timing::Immediate => " DEFERRABLE",
        Timing::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    });
    if spec.old_table.is_some() || spec.new_table.is_some() {
        sql = sql.raw("\n    REFERENCING");
        for (words, name) in
            [(" OLD TABLE AS ", &spec.old_table), (" NEW TABLE AS ", &spec.new_table)]
        {
            if let Some(name) = name {
                sql = sql.raw(words).identifier(name);
            }
        }
    }
    sql = sql.raw(match spec.for_each {
        Level::Row => "\n    FOR EACH ROW",
        Level::Statement => "\n    FOR EACH STATEMENT",
    });
    if let Some(condition) = &spec.when {
        sql = sql.raw(" WHEN (").fragment(condition).raw(")");
    }
    sql.raw("\n    EXECUTE FUNCTION ").fragment(&spec.execute)
}

fn event_words(event: Event, spec: &Trigger) -> String {
    match event {
        Event::Insert => "INSERT".to_owned(),
        Event::Delete => "DELETE".to_owned(),
        Event::Truncate => "TRUNCATE".to_owned(),
        Event::Update if spec.update_of.is_empty() => "UPDATE".to_owned(),
        Event::Update => {
            format!("UPDATE OF {}", identifier_list(spec.update_of.iter().map(|name| &**name)))
        }
    }
}

fn enable(it: &It<'_>, state: Enabled) -> Step {
    let sql = Sql::new("ALTER TABLE ")
        .raw(&it.address.relation_qualified())
        .raw(&format!(" {} TRIGGER ", state.words()))
        .identifier(&it.address.name);
    Step::alter(it.address, state.title("trigger"), sql)
        .lock(LockLevel::ShareRowExclusive, it.address.relation_qualified())
}
