//! What a live database will be once something in it has another name.
//!
//! PostgreSQL changes whatever refers to it, and only PostgreSQL knows how that is spelled then. So the
//! live objects are made in a shadow database, get their new names there, and are read back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio_postgres::Client;

use super::build::build_live;
use super::error::CanonicalError;
use super::shadow::{Shadow, ShadowDatabase};
use crate::catalog::Snapshot;
use crate::diff::{Renamed, as_it_will_be};
use crate::kind::Catalog;
use crate::kinds;
use crate::model::{
    Address, Canonical, Database, Dependency, Grantable, Latent, Name, Object, Part, Renaming, Spec,
};
use crate::plan;

/// A database after renames.
#[derive(Debug)]
pub struct Outlook {
    pub database: Database<Canonical>,
    /// Those that were asked for, and those that follow from them.
    pub renamings: Vec<Renaming>,
    /// What objects are called before, by what they are called afterwards.
    pub was: BTreeMap<Address, Address>,
}

/// What becomes of `live`, with all its dependencies, by the renames that are `due`, and by those that
/// `implied` makes of it then. What the shadow cannot hold is as in `live`, under its new address.
///
/// # Errors
/// A rename that PostgreSQL refuses; a shadow database that cannot be made or read.
pub async fn renamed(
    live: &Database<Canonical>,
    due: &[Renaming],
    implied: &dyn Fn(&Renamed<'_>) -> Vec<Renaming>,
    shadow: &Shadow,
) -> Result<Outlook, CanonicalError> {
    let objects = live.objects.values();
    let of_kind = |object: &Object| (kinds::row(object.address.kind).1.roles)(object);
    let roles: BTreeSet<Name> = objects.clone().flat_map(of_kind).collect();
    let spaces = objects.flat_map(|it| (kinds::row(it.address.kind).1.tablespaces)(it)).collect();
    let database = shadow.create_empty(&roles, &spaces).await?;
    let result = replay(live, due, implied, &database).await;
    let dropped = database.drop().await;
    let outlook = result?;
    dropped?;
    Ok(outlook)
}

async fn replay(
    live: &Database<Canonical>,
    due: &[Renaming],
    implied: &dyn Fn(&Renamed<'_>) -> Vec<Renaming>,
    database: &ShadowDatabase,
) -> Result<Outlook, CanonicalError> {
    let client = &database.connection().client;
    let refused = build_live(live, client).await?;
    let before = Sight::of(client).await?;
    let mut renamings = Vec::new();
    for renaming in due {
        let known =
            refused.iter().find(|(address, _)| as_it_will_be(address, due) == renaming.to.address);
        let done = match known {
            Some((_, reason)) => Err(reason.clone()),
            None => carry_out(client, renaming).await?,
        };
        if let Err(reason) = done {
            return Err(CanonicalError::Rename { renaming: Box::new(renaming.clone()), reason });
        }
        renamings.push(renaming.clone());
    }
    let mut outlook = outlook(live, &before, &Sight::of(client).await?, renamings);
    let view = Renamed { before: live, after: &outlook.database, was: &outlook.was };
    let further = implied(&view);
    if !further.is_empty() {
        for renaming in further {
            // One that cannot be is none that has to be.
            if carry_out(client, &renaming).await?.is_ok() {
                outlook.renamings.push(renaming);
            }
        }
        outlook = self::outlook(live, &before, &Sight::of(client).await?, outlook.renamings);
    }
    Ok(outlook)
}

/// Renames; or why not, as the server says.
pub(super) async fn carry_out(
    client: &Client,
    renaming: &Renaming,
) -> Result<Result<(), String>, CanonicalError> {
    let steps = plan::rename_steps(std::slice::from_ref(renaming));
    let statements: Vec<&str> = steps.iter().map(|step| step.sql.as_str()).collect();
    match client.batch_execute(&statements.join(";\n")).await {
        Ok(()) => Ok(Ok(())),
        Err(error) => match error.as_db_error() {
            Some(refusal) => Ok(Err(refusal.message().to_owned())),
            None => Err(CanonicalError::shadow("given new names")(error)),
        },
    }
}

/// The shadow database at a moment, and by which rows of its catalogs it is known.
pub(super) struct Sight {
    pub(super) database: Database<Canonical>,
    parts: HashMap<(u32, u32), Part>,
    /// Of relations, by number.
    columns: HashMap<u32, Vec<(i16, Name)>>,
}

impl Sight {
    pub(super) async fn of(client: &Client) -> Result<Self, CanonicalError> {
        let mut snapshot = Snapshot::read(client).await?;
        let (parts, columns) = (snapshot.parts(), snapshot.columns());
        let mut database = snapshot.take_database()?;
        database.dependencies = snapshot.dependencies().await?;
        database.natures = snapshot.natures().await?;
        snapshot.close().await?;
        Ok(Self { database, parts, columns })
    }
}

/// Which part is which afterwards.
struct Moves<'a> {
    parts: HashMap<&'a Address, &'a Part>,
    columns: HashMap<(&'a Address, &'a Name), &'a Name>,
    renamings: &'a [Renaming],
}

impl<'a> Moves<'a> {
    fn new(before: &'a Sight, after: &'a Sight, renamings: &'a [Renaming]) -> Self {
        let whole = before.parts.iter().filter(|(_, part)| part.column.is_none());
        let moved = whole.filter_map(|(row, part)| Some((&part.address, after.parts.get(row)?)));
        let mut columns = HashMap::new();
        for (relation, old) in &before.columns {
            let Some(part) = after.parts.get(&(Catalog::PG_CLASS.0, *relation)) else { continue };
            let new = after.columns.get(relation).into_iter().flatten();
            for (number, name) in new {
                let was = old.iter().find(|(other, was)| other == number && was != name);
                columns.extend(was.map(|(_, was)| ((&part.address, was), name)));
            }
        }
        Self { parts: moved.collect(), columns, renamings }
    }

    fn part(&self, part: &Part) -> Part {
        let moved = match self.parts.get(&part.address) {
            Some(moved) => (*moved).clone(),
            None => Part::whole(&as_it_will_be(&part.address, self.renamings)),
        };
        match (&moved.column, &part.column) {
            (None, Some(column)) => {
                let column = self.column(&moved.address, column);
                Part { column: Some(column), ..moved }
            }
            _ => moved,
        }
    }

    fn column(&self, of: &Address, column: &Name) -> Name {
        self.columns.get(&(of, column)).map_or(column, |column| *column).clone()
    }

    fn address(&self, address: &Address) -> Address {
        self.part(&Part::whole(address)).address
    }
}

/// What becomes of `live` by renames, given a shadow of it before and after.
pub(super) fn outlook(
    live: &Database<Canonical>,
    before: &Sight,
    after: &Sight,
    renamings: Vec<Renaming>,
) -> Outlook {
    let moves = Moves::new(before, after, &renamings);
    let mut was = BTreeMap::new();
    let mut objects = BTreeMap::new();
    for object in live.objects.values() {
        let moved = moves.part(&Part::whole(&object.address));
        if moved.column.is_some() {
            // It is nothing but a part of another object under this name, as the sequence of a
            // serial column is.
            continue;
        }
        let address = moved.address;
        let spec = spec(object, &address, before, after);
        let column = |column: &Name| moves.column(&address, column);
        let privileges = object.privileges.as_ref().map(|it| it.with_columns(&column));
        let partition_of = object.partition_of.as_ref().map(|parent| moves.address(parent));
        was.insert(address.clone(), object.address.clone());
        let object =
            Object { address: address.clone(), spec, privileges, partition_of, ..object.clone() };
        objects.insert(address, object);
    }
    let news: BTreeSet<&Address> = after.database.objects.keys().collect();
    let appeared = |address: &&&Address| {
        !objects.contains_key(**address) && !before.database.objects.contains_key(**address)
    };
    let news: BTreeSet<Address> = news.iter().filter(appeared).map(|it| (**it).clone()).collect();
    let mut dependencies: BTreeSet<Dependency> = live
        .dependencies
        .iter()
        .map(|Dependency { dependent, referenced, automatic }| Dependency {
            dependent: moves.part(dependent),
            referenced: moves.part(referenced),
            automatic: *automatic,
        })
        .filter(|it| it.dependent != it.referenced)
        .collect();
    let of_news =
        after.database.dependencies.iter().filter(|it| {
            news.contains(&it.dependent.address) || news.contains(&it.referenced.address)
        });
    dependencies.extend(of_news.cloned());
    for address in &news {
        let Some(object) = after.database.objects.get(address) else { continue };
        let row = kinds::row(address.kind).1;
        let with = (row.owned_with)(object);
        let owner =
            with.iter().find_map(|it| objects.get(&it.address)).and_then(|it| it.owner.clone());
        let privileges = row.grantable.map(Grantable::usual);
        objects.insert(address.clone(), Object { owner, privileges, ..object.clone() });
    }
    let dependencies = dependencies.into_iter().collect();
    let mut database = after.database.clone();
    (database.objects, database.dependencies) = (objects, dependencies);
    database.unmanaged.clone_from(&live.unmanaged);
    let latent =
        |it: &Latent| Latent { own: as_it_will_be(&it.own, &renamings), of: moves.address(&it.of) };
    database.latent = live.latent.iter().map(latent).collect();
    Outlook { database, renamings, was }
}

/// What renames do not touch is as it is in the live database, where the shadow's may not be in everything.
fn spec(object: &Object, address: &Address, before: &Sight, after: &Sight) -> Spec {
    let shadow =
        |sight: &Sight, address| sight.database.objects.get(address).map(|it| it.spec.clone());
    match (shadow(before, &object.address), shadow(after, address)) {
        (Some(old), Some(new)) if old != new => new,
        _ => object.spec.clone(),
    }
}
