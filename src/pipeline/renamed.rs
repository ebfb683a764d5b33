//! Renames, in the face of what there is.

use std::collections::BTreeMap;

use super::Live;
use super::desired_state::{DesiredState, on_shadow};
use super::settings::Settings;
use super::stages::Stage;
use crate::canonical::{Outlook, Shadow, renamed};
use crate::catalog::Snapshot;
use crate::diagnostic::{Located, Many};
use crate::diff::{self, BothThere, Renamed as View};
use crate::model::{Address, Name, Renaming};
use crate::plan::Relations;
use crate::server::connect::Target;

/// What has been renamed in the picture of a live database, and is to be renamed in the database.
#[derive(Debug, Default)]
pub struct Renamed {
    pub renamings: Vec<Renaming>,
    /// What objects are called in the database, by what they are called afterwards.
    was: BTreeMap<Address, Address>,
}

impl Renamed {
    pub fn is_empty(&self) -> bool {
        self.renamings.is_empty()
    }

    /// What has another name afterwards, itself or a part of it.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.renamings.iter().map(|renaming| &renaming.to.address)
    }

    /// What a relation is called in the database.
    pub fn was(&self, (schema, name): (Name, Name)) -> (Name, Name) {
        let of = |(new, old): (&Address, &Address)| {
            let same = new.relation.is_none() && new.schema.as_ref() == Some(&schema);
            (same && new.name == name && has_parts(new))
                .then(|| Some((old.schema.clone()?, old.name.clone())))?
        };
        self.was.iter().find_map(of).unwrap_or((schema, name))
    }

    /// Relations by the names that they have afterwards.
    pub fn relations(&self, relations: Relations) -> Relations {
        if self.is_empty() {
            return relations;
        }
        let names: BTreeMap<(Name, Name), (Name, Name)> = self
            .was
            .iter()
            .filter(|(new, _)| new.relation.is_none() && has_parts(new))
            .filter_map(|(new, old)| {
                let key = |it: &Address| Some((it.schema.clone()?, it.name.clone()));
                Some((key(old)?, key(new)?))
            })
            .collect();
        let now = |name: (Name, Name)| names.get(&name).cloned().unwrap_or(name);
        let all = relations.into_iter().map(|(name, mut relation)| {
            for partition in &mut relation.partitions {
                (partition.schema, partition.name) =
                    now((partition.schema.clone(), partition.name.clone()));
                partition.parent = now(partition.parent.clone());
            }
            (now(name), relation)
        });
        all.collect()
    }
}

/// Whether it is of a kind on whose objects others are.
fn has_parts(address: &Address) -> bool {
    crate::kinds::sections(Some(address.kind)).next().is_some()
}

/// The renames that are due. Whoever is after windows alone renames nothing.
///
/// # Errors
/// What is there under its old name and its new one.
pub async fn due(
    settings: &Settings,
    desired: &mut DesiredState,
    live: &crate::model::Database<crate::model::Canonical>,
) -> miette::Result<Vec<Renaming>> {
    if settings.only_windows || desired.canonical.renamed.is_empty() {
        return Ok(Vec::new());
    }
    match diff::renames(&desired.canonical, live) {
        Ok(due) => Ok(due),
        Err(found) => {
            desired.read_declared(settings).await?;
            let problems: Vec<Located> = found.iter().map(|it| both_there(desired, it)).collect();
            let headline = "Names that the files give up are there beside the new ones".to_owned();
            Err(Many { headline, problems: problems.into() }.into())
        }
    }
}

fn both_there(desired: &DesiredState, BothThere { part, former }: &BothThere) -> Located {
    let message = format!("{part} is said to have been {former}, and the database has both");
    let problem = Located::new("pgconverge::diff::both_names", message).help(
        "if the rename is done, remove `renamed_from`, and the plan drops the other; if not, one of them has to \
         get out of the way first",
    );
    let declared = &desired.declared;
    match declared.renamed_at.find(part) {
        Some(place) => problem.at(&declared.sources, place, "said here"),
        None => problem,
    }
}

/// Makes `live` what it is after the renames that are `due`, and those that follow from them. `snapshot`: where
/// its dependencies are still to be read.
///
/// # Errors
/// A rename that PostgreSQL refuses; no server for the shadow.
pub async fn settle(
    settings: &Settings,
    desired: &DesiredState,
    live: &mut Live,
    due: Vec<Renaming>,
    snapshot: Option<&Snapshot<'_>>,
    target: Option<&Target>,
) -> miette::Result<Renamed> {
    if due.is_empty() {
        return Ok(Renamed::default());
    }
    if let Some(snapshot) = snapshot {
        live.database.dependencies = snapshot.dependencies().await?;
        live.database.natures = snapshot.natures().await?;
    }
    let (database, wanted) = (&live.database, &desired.canonical);
    let implied = |view: &View<'_>| diff::implied(wanted, view, &due);
    let trip = async |shadow: &Shadow| renamed(database, &due, &implied, shadow).await;
    let major = live.version.major();
    let _stage = settings.stages.enter(Stage::Renames);
    let outlook = on_shadow(settings, major, target, &|_| {}, trip).await?;
    let Outlook { database, renamings, was } = outlook;
    live.database = database;
    Ok(Renamed { renamings, was })
}
