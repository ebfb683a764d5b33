//! A table whose rows are copied into a new one: nobody loses any, and those who use it notice the moment in
//! which the one takes the place of the other.

use super::Table;
use super::batches::batches;
use super::column::Column;
use super::column_steps::conversion;
use super::create::{self, row_security};
use super::inheritance::effective;
use super::mirror::Mirror;
use super::rows::{copied_as, keep_out, stored};
use super::sequence_steps::{continue_after_rows, sequence_of};
use super::ways::Ways;
use crate::kind::{Copied, Copying, Declared, leave_nothing, make_room, say_what_it_is};
use crate::model::{Address, Effect, Name, Part, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// [`crate::kind::Kind::copy`]
pub fn copy(from: &It<'_>, to: &It<'_>, copying: &Copying<'_>) -> Option<Copied> {
    let schema = copying.schema;
    let aside = Address { schema: Some(schema.clone()), ..to.address.clone() };
    let columns = columns(from, to);
    if columns.is_empty() || to.partition_of.is_some() {
        return None;
    }
    let own = |title: &str, sql: Sql| Step::alter(to.address, title, sql);
    let old = from.address.qualified();
    let ways = Ways::of(from, to, &columns);
    let mirror = Mirror::new(from, to, &aside, &columns, Ways::of(from, to, &columns), copying);
    let mirror = mirror.filter(|_| copying.online);

    let mut build = vec![make_room(to.address, schema)];
    // Row security would be in the way of the rows.
    let open =
        Table { row_level_security: false, force_row_level_security: false, ..to.spec.clone() };
    let made = Declared { address: &aside, partition_of: None, spec: &open, site: None };
    build.extend(
        create::steps(&made).into_iter().map(|step| Step { address: to.address.clone(), ..step }),
    );

    let (mut begin, mut rows) = match &mirror {
        Some(mirror) => (mirror.begin(), batches(mirror)),
        None => {
            let values = ways.values(&columns, "");
            let sql = copied_as(&aside.qualified(), &columns, &values, &old);
            let mut rows =
                own("copy the rows", sql).lock(LockLevel::AccessExclusive, old.clone()).scans();
            rows.copies = true;
            (Vec::new(), vec![keep_out(to.address, None, std::slice::from_ref(&old)), rows])
        }
    };
    begin.push(say_what_it_is(to.address, schema, &old));
    if mirror.is_some() {
        let sql = Sql::new("ANALYZE ").raw(&aside.qualified());
        // As long as it takes, what refers to the old one is not taken away yet.
        rows.push(own("count the rows for the planner", sql).scans().alone());
    }

    let mut swap = Vec::new();
    if let Some(mirror) = &mirror {
        swap.push(keep_out(to.address, None, std::slice::from_ref(&old)));
        swap.push(mirror.settle());
    }
    swap.extend(positions(from, to, &aside));
    let mut drop = Step::drop(from.address, Sql::new("DROP TABLE ").raw(&old))
        .lock(LockLevel::AccessExclusive, old);
    "drop the old one, whose rows are copied".clone_into(&mut drop.title);
    let lost = lost(from, to, &columns);
    if !lost.is_empty() {
        drop = drop.loses(lost.join(" and "));
    }
    swap.push(drop);
    swap.extend(mirror.iter().flat_map(Mirror::end));
    for address in std::iter::once(to.address).chain(copying.partitions) {
        let sql = Sql::new("ALTER TABLE ")
            .identifier(schema)
            .raw(".")
            .identifier(&address.name)
            .raw(" SET SCHEMA ")
            .identifier(to.address.schema.as_ref()?);
        swap.push(
            Step::new(address, Effect::Create, "put the new one in its place", sql)
                .makes(Part::whole(address)),
        );
    }
    swap.push(leave_nothing(to.address, schema));
    let security =
        [(to.spec.row_level_security, "ENABLE"), (to.spec.force_row_level_security, "FORCE")];
    swap.extend(security.iter().filter(|(on, _)| *on).map(|(_, action)| row_security(to, action)));
    Some(Copied { build, begin, rows, swap })
}

/// [`crate::kind::Kind::written_anew`]. What has its columns from elsewhere is written anew with that, and children that
/// are no partitions would have to go with the old one.
pub fn written_anew(from: &Table, to: &Table) -> Option<&'static str> {
    let alone = |it: &Table| it.values.is_none() && it.inherits.is_empty() && it.of.is_none();
    let has_heirs = from.has_children.0 && from.partition_by.is_none();
    if !alone(from) || !alone(to) || has_heirs || from.using != to.using {
        return None;
    }
    let stored = |column: &Column| column.generated.is_some() && !column.is_virtual;
    to.column.iter().find_map(|(name, new)| match from.column.get(name) {
        None if stored(new) => Some("a stored value of every row would be computed at once"),
        None if new.serial || new.identity.is_some() => Some("every row would be numbered at once"),
        None => None,
        Some(old) => {
            let retyped = old.data_type != new.data_type && conversion(old, new).rewrites;
            let computed = stored(new) && old.generated != new.generated;
            if retyped {
                Some("values of another type would be written at once")
            } else {
                computed.then_some("a stored value of every row would be computed at once")
            }
        }
    })
}

/// The columns that both have, but for those that are computed.
fn columns(from: &It<'_>, to: &It<'_>) -> Vec<Name> {
    let there = |name: &Name| effective(from.spec, name).is_some();
    stored(to.spec).into_iter().filter(there).collect()
}

/// What of the old one is not copied, and cannot be computed.
fn lost(from: &It<'_>, to: &It<'_>, copied: &[Name]) -> Vec<String> {
    let old = from.address.qualified();
    let gone = stored(from.spec).into_iter().filter(|name| !copied.contains(name));
    let gone = gone.map(|name| format!("every value of {old}.{name}"));
    let less = copied.iter().filter_map(|name| {
        let (before, after) = (effective(from.spec, name)?, effective(to.spec, name)?);
        let data_type = after.data_type.as_ref().filter(|_| before.data_type != after.data_type)?;
        conversion(&before, &after).loss(&format!("{old}.{name}"), data_type)
    });
    gone.chain(less).collect()
}

/// The sequences of the new one go on where those of the old one are.
fn positions(from: &It<'_>, to: &It<'_>, aside: &Address) -> Vec<Step> {
    let new = Declared { address: aside, ..*to };
    let steps = to.spec.column.keys().filter_map(|name| {
        let theirs = sequence_of(&new, name)?;
        let Some(ours) = sequence_of(from, name) else {
            let step = continue_after_rows(&new, name);
            return Some(Step { makes: Vec::new(), ..step });
        };
        let sql = Sql::new("SELECT setval(")
            .literal(&theirs)
            .raw("::regclass, last_value, is_called) FROM ")
            .raw(&ours);
        Some(Step::alter(to.address, format!("go on with {name}'s sequence where it is"), sql))
    });
    steps.map(|step| Step { address: to.address.clone(), ..step }).collect()
}
