//! The two sides, compared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio_postgres::Client;

use super::anew;
use super::desired_state::{DesiredState, desired_state, load, unchanged};
use super::fingerprint::{Fingerprints, Sides};
use super::giving::giving;
use super::open::OpenTarget;
use super::referred::{Referred, held, holding};
use super::renamed::{self, Renamed};
use super::rights;
use super::scope::Scope;
use super::settings::{Manage, Settings, Talk};
use super::stages::Stage;
use super::undo::Origin;
use super::verdict;
use super::windows::{Wrong, roll_apart};
use super::{Known, Live};
use crate::canonical::Key;
use crate::catalog::{Snapshot, let_go, version};
use crate::desired::Declared;
use crate::diff::{self, Lookalike};
use crate::kind::{Reached, Rolling, ServerVersion};
use crate::kinds;
use crate::model::{Address, Canonical, Change, Database, Name, Natures, Plan, Unmanaged};
use crate::plan::{self, Grounds, Relations};
use crate::server::connect::Target;

/// What a comparison found.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub plan: Plan,
    pub remarks: Vec<String>,
    pub unmanaged: Vec<Unmanaged>,
    pub left_alone: Vec<String>,
    /// How far rows had come.
    pub reached: BTreeMap<Address, Reached>,
    /// What refers to partitions that were to leave.
    pub referred: Referred,
    /// Windows that are left as they are, where that is no end of the run.
    pub wrong: Vec<Wrong>,
    /// Where they were wanted.
    pub sides: Option<Sides>,
    /// What the catalogs hold, in a few bytes; where nothing is to do, and it takes long to find that out.
    pub contents: Option<String>,
    /// What goes and comes and looks as if it were renamed.
    pub lookalikes: Vec<Lookalike>,
    /// What the files were compared with, if it was no database.
    pub base: Option<String>,
    /// What the way back is made of, where there is one to go.
    pub origin: Option<Box<Origin>>,
}

/// What there is of the desired side once the files are read.
enum Side {
    Known(Box<DesiredState>),
    Declared(Box<Declared>),
}

/// Reads both sides, the files while the server is busy with its catalog, and compares them.
///
/// # Errors
/// Those of every stage.
pub async fn first_comparison(
    settings: &Settings,
    open: &OpenTarget,
    talk: Talk<'_>,
) -> miette::Result<(DesiredState, Outcome)> {
    let client = &open.connection.client;
    let major = version(client).await?.major();
    let texts = match verdict::known(settings, open, major).await? {
        Some((texts, Some(outcome))) => {
            return Ok((DesiredState::unread(Database::empty(), texts), outcome));
        }
        other => other.map(|(texts, _)| texts),
    };
    let (snapshot, mut desired) = match &settings.shared {
        Some(shared) => {
            let desired = shared.state(settings, major, Some(&open.target), talk).await?;
            (live_side(settings, open).await?, desired)
        }
        None => {
            let desired = desired_side(settings, major, texts);
            let (snapshot, side) =
                futures_util::future::try_join(live_side(settings, open), desired).await?;
            let desired = match side {
                Side::Known(desired) => *desired,
                Side::Declared(declared) => {
                    desired_state(settings, *declared, major, Some(&open.target), talk).await?
                }
            };
            (snapshot, desired)
        }
    };
    let known = Known { reached: &settings.given.reached, referred: None };
    let outcome = conclude(settings, &mut desired, open, snapshot, known).await?;
    // What is wrong and there already is no news, where nothing is to be done.
    if let Some(wrong) = desired.take_wrong() {
        if !outcome.plan.is_empty() {
            return Err(wrong.into());
        }
        talk("warning: bodies of routines are wrong; `pgconverge check` shows where");
    }
    if let Some(texts) = desired.texts() {
        verdict::remember(settings, texts, &outcome);
    }
    Ok((desired, outcome))
}

async fn live_side<'a>(settings: &Settings, open: &'a OpenTarget) -> miette::Result<Snapshot<'a>> {
    let _stage = settings.stages.enter(Stage::Catalog);
    Ok(Snapshot::read_over(&open.connection.client, Some(&open.target)).await?)
}

async fn desired_side(settings: &Settings, major: u32, texts: Option<Key>) -> miette::Result<Side> {
    Ok(match unchanged(settings, major, texts).await? {
        Some(desired) => Side::Known(Box::new(desired)),
        None => Side::Declared(Box::new(load(settings).await?)),
    })
}

/// Compares the database, as it is now, with a desired state that is at hand.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn compare(
    settings: &Settings,
    desired: &mut DesiredState,
    open: &OpenTarget,
) -> miette::Result<Outcome> {
    let snapshot = live_side(settings, open).await?;
    let known = Known { reached: &BTreeMap::new(), referred: None };
    conclude(settings, desired, open, snapshot, known).await
}

/// Compares once what `before` found is done: rows that came meanwhile are for the next run.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn compare_again(
    settings: &Settings,
    desired: &mut DesiredState,
    open: &OpenTarget,
    before: &Outcome,
) -> miette::Result<Outcome> {
    let snapshot = live_side(settings, open).await?;
    let known = Known { reached: &before.reached, referred: Some(&before.referred) };
    conclude(settings, desired, open, snapshot, known).await
}

/// Compares with a state of the database that was read before, by [`read_whole`].
///
/// # Errors
/// Steps that wait for each other.
pub async fn compare_with(
    settings: &Settings,
    desired: &mut DesiredState,
    live: Live,
) -> miette::Result<Outcome> {
    conclude_with(settings, desired, live, None, None).await
}

/// The live side with all its dependencies, for who compares it more than once; and with what `rules`,
/// those of every state that it is compared with, need to know of rows.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn read_whole(client: &Client, rules: &[Arc<dyn Rolling>]) -> miette::Result<Live> {
    let mut snapshot = Snapshot::read(client).await?;
    let mut live = Live::taken(&mut snapshot)?;
    let known = Known { reached: &BTreeMap::new(), referred: None };
    live.ask(&snapshot, rules, known, &[]).await?;
    live.database.dependencies = snapshot.dependencies().await?;
    live.database.natures = snapshot.natures().await?;
    live.relations = snapshot.relations(None).await?;
    snapshot.close().await?;
    Ok(live)
}

async fn conclude(
    settings: &Settings,
    desired: &mut DesiredState,
    open: &OpenTarget,
    mut snapshot: Snapshot<'_>,
    known: Known<'_>,
) -> miette::Result<Outcome> {
    let mut live = Live::taken(&mut snapshot)?;
    let due = renamed::due(settings, desired, &live.database).await?;
    live.ask(&snapshot, &desired.declared.rules, known, &due).await?;
    conclude_with(settings, desired, live, Some(snapshot), Some(&open.target)).await
}

/// `snapshot`: where the dependencies of `live` are still to be read; `target`: the server of both, where a
/// shadow may be.
async fn conclude_with(
    settings: &Settings,
    desired: &mut DesiredState,
    mut live: Live,
    snapshot: Option<Snapshot<'_>>,
    target: Option<&Target>,
) -> miette::Result<Outcome> {
    let _stage = settings.stages.enter(Stage::Compare);
    let due = renamed::due(settings, desired, &live.database).await?;
    let renamed =
        renamed::settle(settings, desired, &mut live, due, snapshot.as_ref(), target).await?;
    let Live { database: mut live, version, roles, reached, referred, relations } = live;
    let maker = roles.as_ref().map(|roles| rights::maker(&live, roles)).unwrap_or_default();
    // What is made of it in the face of this live side is not what it is to the next.
    let mut wanted = desired.canonical.clone();
    let scope = Scope::of(settings, desired.schemas(), &wanted);
    let mut left_alone = scope.restrict(&mut live);
    if settings.tenant.is_some() {
        // The other tenants are no news.
        left_alone.clear();
    }
    Scope::forgive_initial(&mut live, &wanted);
    let sides = settings.fingerprints.then(|| {
        let rules = desired.declared.rules.iter();
        let desired = rules.fold(Fingerprints::of(&wanted), |all, rule| {
            all.with(format!("window of {}", rule.parent()), &format!("{rule:?}"))
        });
        Sides { live: Fingerprints::of(&live), desired }
    });
    let whole = settings.manage == Manage::Database;
    let more = |address: &Address| whole && rights::gives_more(&maker, address);
    let told = diff::told(&desired.declared.rules, &wanted.renamed, &live, &reached);
    let apart = settings.windows_apart.as_ref();
    let rolled = roll_apart(&mut desired.declared, &mut wanted, &live, told, apart)?;
    diff::expose(&mut wanted, &mut live, &more);
    diff::lend(&mut wanted, &mut live);
    diff::take_names(&mut wanted, &live);
    for side in [&mut wanted, &mut live] {
        diff::inform(side);
        diff::inherit(side);
    }
    if whole {
        rights::expect_usual(&mut wanted, version);
    }
    let variables = |name: &str| settings.environment.get(name).map(str::to_owned);
    let unset = diff::recognise(&wanted, &mut live, &variables);
    let compared = |rules: &[Arc<dyn Rolling>]| {
        let mut comparison = diff::compare(&wanted, &live, rules);
        if settings.only_windows {
            diff::only_windows(&mut comparison, &wanted, &live, &rolled.right);
        }
        comparison
    };
    let mut comparison = compared(&rolled.rules);
    let held = held(&comparison.changes, &referred, &renamed);
    if !held.is_empty() {
        comparison = compared(&holding(&rolled.rules, &held));
    }
    let wrong = rolled.wrong;
    let remarks = comparison.remarks.into_iter().chain(rolled.remarks);
    let remarks = remarks.chain(held.into_values()).chain(unset);
    let mut remarks: Vec<String> = remarks.collect();
    if comparison.changes.is_empty() && renamed.is_empty() {
        let mut contents = None;
        if let Some(snapshot) = snapshot {
            if is_all_there_is(desired, &wanted) {
                contents = snapshot.contents().await;
            }
            snapshot.close().await?;
        }
        let (plan, unmanaged) = (Plan::default(), std::mem::take(&mut live.unmanaged));
        let_go((live, wanted));
        let outcome = Outcome {
            plan,
            remarks,
            unmanaged,
            left_alone,
            reached,
            referred,
            wrong,
            sides,
            contents,
            ..Outcome::default()
        };
        return Ok(outcome);
    }
    desired.read_declared(settings).await?;
    diff::adopt(&mut comparison.changes, &desired.declared.database);
    if let Some(snapshot) = snapshot.as_ref().filter(|_| renamed.is_empty()) {
        live.dependencies = snapshot.dependencies().await?;
        live.natures = snapshot.natures().await?;
        diff::inform(&mut live);
        diff::inform_changes(&mut comparison.changes, &live.natures);
    }
    let lookalikes = diff::lookalikes(&comparison.changes, &wanted);
    remarks.extend(lookalikes.iter().map(ToString::to_string));
    let mut anew = Vec::new();
    if renamed.is_empty() {
        let (changes, snapshot) = (&comparison.changes, snapshot.as_ref());
        anew = anew::candidates(settings, changes, &wanted, &live, &relations, snapshot).await?;
    }
    if !settings.moves {
        remarks.extend(anew.drain(..).map(|address| anew::remark(&address)));
    }
    let mut along = comparison.changes.clone();
    diff::make_anew(&mut along, &anew);
    diff::take_along(&mut along, &wanted, &live);
    let giving = giving(settings, &along, snapshot.as_ref()).await?;
    let settled = |anew: &[Address]| {
        let mut changes = comparison.changes.clone();
        diff::make_anew(&mut changes, anew);
        diff::take_along(&mut changes, &wanted, &live);
        diff::settle_partitions(&mut changes, &wanted, &live, &giving);
        diff::adopt(&mut changes, &desired.declared.database);
        diff::settle_owners(&mut changes, &live);
        changes
    };
    let mut changes = settled(&anew);
    let grounds =
        grounds(settings, &changes, &live, relations, snapshot, version, &renamed).await?;
    let grounds = Grounds { natures: wanted.natures.clone(), ..grounds };
    let mut plan = loop {
        let (needs, has) = (&wanted.dependencies, &live.dependencies);
        let plan = plan::plan(changes, needs, has, &maker, &grounds)?;
        let before = anew.len();
        // What cannot be copied is changed in place: nothing may be lost for that.
        anew.retain(|address| anew::is_copied(&plan, address));
        if anew.len() == before {
            break plan;
        }
        changes = settled(&anew);
    };
    plan::rename_first(&mut plan, renamed.renamings, &live.objects);
    if let Some(roles) = &roles {
        rights::roles_exist(&plan, &desired.declared, roles)?;
    }
    let unmanaged = std::mem::take(&mut live.unmanaged);
    let (wanted, latent) = (wanted.dependencies, wanted.latent);
    let origin = Some(Box::new(Origin { live, wanted, latent, maker, version }));
    let contents = None;
    Ok(Outcome {
        plan,
        remarks,
        unmanaged,
        left_alone,
        reached,
        referred,
        wrong,
        sides,
        contents,
        lookalikes,
        origin,
        base: None,
    })
}

/// Whether files and catalog alone decide on whether there is something to do: no day, no rows, no
/// variable of the environment.
fn is_all_there_is(desired: &DesiredState, wanted: &Database<Canonical>) -> bool {
    let mut kinds = wanted.objects.keys().map(|address| kinds::row(address.kind).1);
    desired.texts().is_some() && !kinds.any(|row| row.has_secrets)
}

/// What decides on the way that changes take. `relations` are those at hand, else `snapshot` is asked, and
/// closed.
async fn grounds(
    settings: &Settings,
    changes: &BTreeMap<Address, Change>,
    live: &Database<Canonical>,
    mut relations: Relations,
    snapshot: Option<Snapshot<'_>>,
    version: ServerVersion,
    renamed: &Renamed,
) -> miette::Result<Grounds> {
    if let Some(snapshot) = snapshot {
        let concerned = plan::concerned(changes, &live.dependencies);
        let renamed_ones = renamed.addresses().filter_map(plan::key);
        let names: BTreeSet<(Name, Name)> =
            concerned.into_iter().chain(renamed_ones).map(|name| renamed.was(name)).collect();
        if !names.is_empty() {
            let names: Vec<_> = names.into_iter().collect();
            relations = snapshot.relations(Some(&names)).await?;
        }
        snapshot.close().await?;
    }
    let mut relations = renamed.relations(relations);
    for ((schema, name), relation) in &mut relations {
        if let Some(size) = settings.given.sizes.get(&format!("{schema}.{name}")) {
            size.put(relation);
        }
    }
    let claims = |address: &Address| (kinds::row(address.kind).1.claims)(address);
    let taken = live.objects.keys().flat_map(claims).collect();
    let latent = live.latent.clone();
    let before = live.natures.clone();
    let online_from = settings.online_from;
    let natures = Natures::new();
    Ok(Grounds { relations, online_from, taken, latent, version, natures, before })
}
