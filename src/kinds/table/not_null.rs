//! What there is to say of a NOT NULL: from PostgreSQL 18 on it is a constraint, with a name.
//! <https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL>

use std::collections::HashMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use tokio_postgres::Row;

use super::Table;
use super::alter::alter;
use super::column::{Column, retyped};
use super::not_null_online::{self, validate};
use crate::kind::{Declared, DecodeError, ServerVersion, Unfinished, is_default};
use crate::model::{Name, Part, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Table>;

/// In what a NOT NULL is unlike the one that `not_null = true` makes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotNull {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_inherit: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_valid: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The key `not_null`: a boolean, or a table with what is particular.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given(pub bool, pub Option<Box<NotNull>>);

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.1 {
            Some(particular) => particular.serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, or a table with `name` and other keys")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Given, E> {
        Ok(Given(value, None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Given, A::Error> {
        let particular = NotNull::deserialize(MapAccessDeserializer::new(map))?;
        let particular = Some(particular).filter(|it| *it != NotNull::default());
        Ok(Given(true, particular.map(Box::new)))
    }
}

/// A detach, and constraints, that were begun and not ended.
pub fn unfinished(live: &Table, wanted: Option<&Table>) -> Vec<Unfinished> {
    let mut found = Vec::new();
    if live.detaching {
        let what = "detaching it was cut off: its rows are neither the parent's nor its own";
        found.push(Unfinished::new(&["detaching"], what).leaving());
    }
    let not_valid = |column: &Column| {
        column.particular_not_null.as_ref().is_some_and(|particular| particular.not_valid)
    };
    let so_too = |name: &Name| wanted.and_then(|it| it.column.get(name)).is_some_and(not_valid);
    let columns = live.column.iter().filter(|(name, column)| not_valid(column) && !so_too(name));
    let what = "NOT NULL is not validated: rows from before it may have none";
    found.extend(columns.map(|(name, _)| Unfinished::new(&["column", name, "not_null"], what)));
    found
}

/// The constraints that are not just as `not_null = true` makes them. What is inherited is the
/// parent's, but for a name that it keeps when the parent is left.
pub fn query(version: ServerVersion) -> Option<String> {
    (version.major() >= 18).then(|| {
        "
SELECT c.conrelid, c.conkey[1],
       nullif(c.conname, r.relname || '_' || a.attname || '_not_null'), c.connoinherit,
       NOT c.convalidated, d.description,
       CASE WHEN c.coninhcount > 0 THEN c.conname END, a.attname,
       CASE WHEN r.relispartition AND c.coninhcount > 0
            THEN ARRAY(SELECT relid::oid FROM pg_partition_ancestors(r.oid)) END,
       format('%I.%I', n.nspname, r.relname)
FROM pg_constraint c
JOIN pg_class r ON r.oid = c.conrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
LEFT JOIN pg_description d
  ON d.classoid = 'pg_constraint'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.connamespace = ANY ($1) AND c.contype = 'n' AND c.conrelid <> 0
  AND CASE WHEN c.coninhcount > 0
           THEN CASE WHEN r.relispartition THEN c.conislocal
                     ELSE c.conname <> r.relname || '_' || a.attname || '_not_null' END
           ELSE c.conname <> r.relname || '_' || a.attname || '_not_null' OR c.connoinherit
                OR NOT c.convalidated OR d.objoid IS NOT NULL END"
            .to_owned()
    })
}

/// What [`query`] found.
#[derive(Debug, Default)]
pub struct Found {
    /// By table and number of the column.
    pub particular: HashMap<(u32, i16), NotNull>,
    /// Unusual names of inherited constraints, by table: of the column, and of the constraint.
    pub inherited: HashMap<u32, Vec<(Name, Name)>>,
    /// What stays when a partitioned table, given here, lets go of it: the partition, and the column.
    pub own: HashMap<u32, Vec<(String, Name)>>,
}

/// Rows of [`query`].
pub fn decode(rows: &[Row]) -> Result<Found, DecodeError> {
    let mut found = Found::default();
    for row in rows {
        let table = row.try_get(0)?;
        if let Some(ancestors) = row.try_get::<_, Option<Vec<u32>>>(8)? {
            for ancestor in ancestors.into_iter().filter(|ancestor| *ancestor != table) {
                let own = (row.try_get(9)?, row.try_get::<_, &str>(7)?.into());
                found.own.entry(ancestor).or_default().push(own);
            }
            continue;
        }
        if let Some(constraint) = row.try_get::<_, Option<&str>>(6)? {
            let names = (row.try_get::<_, &str>(7)?.into(), constraint.into());
            found.inherited.entry(table).or_default().push(names);
            continue;
        }
        let particular = NotNull {
            name: row.try_get::<_, Option<&str>>(2)?.map(Name::from),
            no_inherit: row.try_get(3)?,
            not_valid: row.try_get(4)?,
            comment: row.try_get(5)?,
        };
        found.particular.insert((table, row.try_get(1)?), particular);
    }
    Ok(found)
}

/// The clause within the definition of a column. One that is not valid comes on its own.
pub fn clause(column: &Column) -> Sql {
    let Some(particular) = &column.particular_not_null else {
        let implied = column.serial || !column.not_null;
        return Sql::new(if implied { "" } else { " NOT NULL" });
    };
    if particular.not_valid {
        return Sql::default();
    }
    let named = match &particular.name {
        Some(name) => Sql::new(" CONSTRAINT ").identifier(name),
        None => Sql::default(),
    };
    named.raw(if particular.no_inherit { " NOT NULL NO INHERIT" } else { " NOT NULL" })
}

/// What the definition of a column leaves to be said of it.
pub fn beyond_definition(it: &It<'_>, name: &Name, column: &Column) -> Vec<Step> {
    let Some(particular) = &column.particular_not_null else { return Vec::new() };
    let add = particular.not_valid.then(|| add(it, name, Some(particular)));
    let comment = particular.comment.is_some().then(|| comment(it, name, particular));
    add.into_iter().chain(comment).collect()
}

/// The steps between two columns that are not null, or nullable, each in its way.
pub fn changes(it: &It<'_>, name: &Name, old: &Column, new: &Column) -> Vec<Step> {
    let part = Part::column(it.address, name);
    let (before, after) = (old.particular_not_null.as_deref(), new.particular_not_null.as_deref());
    let mut steps = Vec::new();
    let usual = NotNull::default();
    let mut is = before.unwrap_or(&usual).clone();
    let wanted = after.unwrap_or(&usual);
    let anew = old.not_null && new.not_null && wanted.not_valid && !is.not_valid;
    if old.not_null && (!new.not_null || anew) {
        // Not while a primary key holds on to the column.
        let action = Sql::new("ALTER COLUMN ").identifier(name).raw(" DROP NOT NULL");
        steps.push(alter(it, format!("make {name} nullable"), &action).unmakes(part.clone()));
        // A primary key has left theirs to partitions.
        for (partition, _) in it.spec.own_not_nulls.0.iter().filter(|(_, column)| column == name) {
            let sql = Sql::new("ALTER TABLE ").raw(partition).raw(" ").append(&action);
            let title = format!("make {name} of {partition} nullable");
            let step = Step::alter(it.address, title, sql).unmakes(part.clone());
            steps.push(step.lock(LockLevel::AccessExclusive, partition.clone()));
        }
    }
    if new.not_null && (!old.not_null || anew) {
        // A column that is written anew is looked at by that.
        let online = Some(wanted).filter(|wanted| !wanted.not_valid && !retyped(old, new));
        let added = online.and_then(|wanted| not_null_online::add(it, name, wanted));
        let added = added.unwrap_or_else(|| vec![add(it, name, after)]);
        steps.extend(added.into_iter().map(|step| step.makes(part.clone())));
        is = NotNull { comment: None, ..wanted.clone() };
    } else if !new.not_null {
        return steps;
    }
    let constraint = |is: &NotNull| constraint_name(it, name, is);
    if is.name != wanted.name {
        let action = Sql::new("RENAME CONSTRAINT ")
            .identifier(&constraint(&is))
            .raw(" TO ")
            .identifier(&constraint(wanted));
        let title = format!("rename the constraint that {name} is not null");
        steps.push(alter(it, title, &action).makes(part.clone()));
    }
    if is.no_inherit != wanted.no_inherit {
        let action = Sql::new("ALTER CONSTRAINT ")
            .identifier(&constraint(wanted))
            .raw(if wanted.no_inherit { " NO INHERIT" } else { " INHERIT" });
        let title = format!("change whether children inherit that {name} is not null");
        steps.push(alter(it, title, &action).makes(part.clone()));
    }
    if is.not_valid && !wanted.not_valid {
        steps.push(validate(it, name, &constraint(wanted)).makes(part.clone()));
    }
    if is.comment != wanted.comment {
        steps.push(comment(it, name, wanted).makes(part));
    }
    steps
}

fn add(it: &It<'_>, name: &Name, particular: Option<&NotNull>) -> Step {
    let title = format!("make {name} not null");
    let Some(particular) = particular else {
        let action = Sql::new("ALTER COLUMN ").identifier(name).raw(" SET NOT NULL");
        return alter(it, title, &action).scans();
    };
    let action = added_as(name, particular);
    if particular.not_valid {
        return alter(it, title, &action.raw(" NOT VALID"));
    }
    alter(it, title, &action).scans()
}

/// ADD with all that is particular, but for whether it is valid.
pub fn added_as(name: &Name, particular: &NotNull) -> Sql {
    let mut action = Sql::new("ADD ");
    if let Some(constraint) = &particular.name {
        action = action.raw("CONSTRAINT ").identifier(constraint).raw(" ");
    }
    let action = action.raw("NOT NULL ").identifier(name);
    if particular.no_inherit { action.raw(" NO INHERIT") } else { action }
}

/// The constraint of a partition has the name that the parent's has, once they are one.
pub fn of_partition(version: ServerVersion, table: &Table, column: &Name) -> Option<Box<NotNull>> {
    let (parent, spec) = table.parents.0.first().filter(|_| version.major() >= 18)?;
    let spec = spec.get::<Table>()?;
    let theirs = of_partition(version, spec, column).and_then(|theirs| theirs.name);
    let own = || spec.column.get(column)?.particular_not_null.as_ref()?.name.clone();
    let name = theirs.or_else(own).unwrap_or_else(|| usual_name(&parent.name, column));
    Some(Box::new(NotNull { name: Some(name), ..NotNull::default() }))
}

fn usual_name(table: &Name, column: &Name) -> Name {
    format!("{}_{}_not_null", &**table, &**column).into()
}

/// The name that PostgreSQL gives, where none is wanted.
pub fn constraint_name(it: &It<'_>, column: &Name, particular: &NotNull) -> Name {
    particular.name.clone().unwrap_or_else(|| usual_name(&it.address.name, column))
}

fn comment(it: &It<'_>, name: &Name, particular: &NotNull) -> Step {
    let sql = Sql::new("COMMENT ON CONSTRAINT ")
        .identifier(&constraint_name(it, name, particular))
        .raw(" ON ")
        .raw(&it.address.qualified())
        .raw(" IS ");
    let sql = match &particular.comment {
        Some(comment) => sql.literal(comment),
        None => sql.raw("NULL"),
    };
    Step::alter(it.address, format!("comment on {name} being not null"), sql)
}
