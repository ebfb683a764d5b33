//! Files compared with files: those that are there with those of a revision. No database is asked.

use std::collections::BTreeMap;

use super::Live;
use super::comparison::{Outcome, compare_with};
use super::desired_state::{DesiredState, desired_state, load};
use super::error::PipelineError;
use super::referred::Referred;
use super::rights;
use super::scope::Scope;
use super::settings::{Settings, Talk};
use super::shadow_major::shadow_major;
use super::windows::roll;
use crate::catalog::let_go;
use crate::desired::{self, Declared, Revision};
use crate::kind::{Reached, ServerVersion};
use crate::model::{Canonical, Database};
use crate::plan::Relations;

/// What there is to do in a database that equals the files of a revision, whatever else is in it and
/// however large it is.
///
/// # Errors
/// Those of git; what is wrong with the files of either side.
pub async fn against(
    settings: &Settings,
    reference: &str,
    talk: Talk<'_>,
) -> miette::Result<(DesiredState, Outcome)> {
    let declared = load(settings).await?;
    let before = files_of(settings, reference).await?;
    let major = shadow_major(settings, talk).await?;
    let mut desired = desired_state(settings, declared, major, None, talk).await?;
    // What is wrong there is no news, and nothing is to become of it.
    let usual = Settings { routines: None, ..settings.clone() };
    let mut before = desired_state(&usual, before, major, None, talk).await?;
    let live = as_database(&mut before, &desired, major)?;
    let_go(before);
    let mut outcome = compare_with(settings, &mut desired, live).await?;
    if let Some(wrong) = desired.take_wrong() {
        if !outcome.plan.is_empty() {
            return Err(wrong.into());
        }
        talk("warning: bodies of routines are wrong; `pgconverge check` shows where");
    }
    outcome.base = Some(reference.to_owned());
    if !outcome.plan.is_empty() {
        outcome.remarks.push(
            "no database was asked, so how large tables are, and what else is there, is not known"
                .to_owned(),
        );
    }
    Ok((desired, outcome))
}

async fn files_of(settings: &Settings, reference: &str) -> miette::Result<Declared> {
    let (directory, as_of) = (settings.schema.clone(), settings.as_of);
    let reference = reference.to_owned();
    let read = tokio::task::spawn_blocking(move || -> miette::Result<Declared> {
        let revision = Revision::take(&directory, &reference)?;
        Ok(desired::load(revision.files()?, as_of)?)
    });
    read.await.map_err(|_| PipelineError::Interrupted)?
}

/// A database that equals the files of `before`, for a comparison with those of `after`. There is no row in it,
/// and nothing that no file speaks of.
///
/// # Errors
/// A window that cannot be as it is declared.
pub fn as_database(
    before: &mut DesiredState,
    after: &DesiredState,
    major: u32,
) -> miette::Result<Live> {
    let mut database = before.canonical.clone();
    let rules = before.declared.rules.clone();
    roll(&mut before.declared, &mut database, &Database::empty(), &rules)?;
    // What is there has the name that it has, and has had no other.
    database.objects.values_mut().for_each(|object| object.any_name = false);
    database.renamed.clear();
    add_initial(&mut database, &after.canonical);
    let version = ServerVersion(major * 10_000);
    rights::expect_usual(&mut database, version);
    let rules = after.declared.rules.iter();
    let reached: BTreeMap<_, _> = rules
        .filter(|rule| rule.goes_by().is_some())
        .map(|rule| (rule.parent().clone(), Reached::Nowhere))
        .collect();
    let (referred, relations) = (Referred::new(), Relations::new());
    Ok(Live { database, version, roles: None, reached, referred, relations })
}

/// The schema that every new database has, also where no file names it yet.
fn add_initial(database: &mut Database<Canonical>, after: &Database<Canonical>) {
    let initial = after.objects.values().find(|object| Scope::is_initial(&object.address));
    let Some(initial) = initial.filter(|it| !database.objects.contains_key(&it.address)) else {
        return;
    };
    let mut initial = initial.clone();
    (initial.comment, initial.owner, initial.privileges) = (None, None, None);
    database.objects.insert(initial.address.clone(), initial);
}
