//! What is to be done to each target, and which of them are alike in that.

use futures_util::StreamExt;
use futures_util::stream;
use indexmap::IndexMap;

use super::fleet::{Fleet, Member};
use crate::cli::commands::against_strict;
use crate::cli::output::talk;
use crate::cli::progress::Working;
use crate::desired::Declared;
use crate::hazard::{self, Policy};
use crate::model::Hazard;
use crate::pipeline::{self, Outcome, SavedTarget, Settings, Wrong};

/// What was found of one target.
pub struct Found {
    pub declared: Declared,
    pub outcome: Outcome,
    pub hazards: Vec<Vec<Hazard>>,
}

/// What is the same for several.
pub struct Alike {
    pub fingerprint: String,
    pub members: Vec<String>,
    /// The one that is shown, which is the largest.
    pub shown: String,
    pub found: Found,
}

/// What there is to know of one target, as against the others.
pub struct Stand {
    /// Which group it is in.
    pub group: usize,
    /// Why it is refused under `--strict`.
    pub strict: Option<&'static str>,
    /// The windows that are left as they are.
    pub wrong: Vec<Wrong>,
    /// In what it is not as it was when its plan was looked at.
    pub moved: Vec<String>,
    /// What running just this plan needs, where that is wanted.
    pub saved: Option<SavedTarget>,
}

/// All of them, looked at.
#[derive(Default)]
pub struct Looked {
    pub groups: Vec<Alike>,
    /// One for each member of the fleet, in its order.
    pub stands: Vec<Result<Stand, miette::Report>>,
}

impl Found {
    fn of(declared: Declared, mut outcome: Outcome, policy: &Policy) -> Self {
        // It has the whole database in it.
        outcome.origin = None;
        let hazards = hazard::judge(&outcome.plan, policy);
        Self { declared, outcome, hazards }
    }

    fn size(&self) -> i64 {
        self.outcome.plan.relations.values().map(|relation| relation.bytes).sum()
    }

    /// Whether a step needs leave.
    pub fn needs_leave(&self) -> bool {
        self.hazards.iter().flatten().any(|hazard| hazard.needs_leave)
    }

    /// Whether the project forbids a step.
    pub fn is_refused(&self) -> bool {
        self.hazards.iter().flatten().any(|hazard| hazard.refused_by.is_some())
    }

    /// What is to be done, and said of it, in a few bytes: of alike targets the same.
    fn fingerprint(&self, settings: &Settings) -> String {
        let needs: Vec<String> = self
            .hazards
            .iter()
            .map(|of_step| {
                of_step.iter().map(|it| format!("{}{}", it.class, it.needs_leave)).collect()
            })
            .collect();
        pipeline::likeness(&self.outcome, &needs, settings.tenant.as_ref())
    }
}

/// Compares every target with the files. One that cannot be looked at is no matter of the others.
///
/// # Errors
/// What is wrong with the files.
pub async fn look(fleet: &Fleet, policy: &Policy) -> miette::Result<Looked> {
    let working = Working::new();
    let mut looked = Looked::default();
    if fleet.one_database {
        look_at_schemas(fleet, policy, &working, &mut looked).await?;
    } else {
        let working = &working;
        let each = fleet.members.iter().map(|member| async move {
            let found = look_at(member, policy, working).await;
            (member, found)
        });
        let mut each = stream::iter(each).buffered(fleet.concurrency);
        while let Some((member, found)) = each.next().await {
            add(&mut looked, member, policy, found);
        }
    }
    match fleet.shared.take_failure().await {
        Some(failure) => Err(failure),
        None => Ok(looked),
    }
}

async fn look_at(member: &Member, policy: &Policy, working: &Working) -> miette::Result<Found> {
    let told = |text: &str| working.talk(&format!("{}: {text}", member.name));
    let open = pipeline::open(&member.settings, &told).await?;
    let compared = pipeline::first_comparison(&member.settings, &open, &told).await;
    let closed = open.close().await;
    let (desired, outcome) = compared?;
    closed?;
    Ok(Found::of(desired.declared, outcome, policy))
}

/// The database is read once for all of its schemas.
async fn look_at_schemas(
    fleet: &Fleet,
    policy: &Policy,
    working: &Working,
    looked: &mut Looked,
) -> miette::Result<()> {
    let Some(first) = fleet.members.first() else { return Ok(()) };
    let told = |text: &str| working.talk(text);
    let open = pipeline::open(&first.settings, &told).await?;
    let all: Vec<&Settings> = fleet.members.iter().map(|member| &member.settings).collect();
    let mut compared = pipeline::Schemas::read(&all, &open, &told).await?;
    open.close().await?;
    for member in &fleet.members {
        let found = compared.compare(&member.settings).await;
        let found = found.map(|(declared, outcome)| Found::of(declared, outcome, policy));
        add(looked, member, policy, found);
    }
    Ok(())
}

/// In what a target is not as it was when its plan was looked at, if it was.
pub fn moved(member: &Member, outcome: &Outcome) -> Vec<String> {
    member.reviewed.as_ref().map(|reviewed| reviewed.moved(outcome)).unwrap_or_default()
}

fn add(looked: &mut Looked, member: &Member, policy: &Policy, found: miette::Result<Found>) {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            looked.stands.push(Err(error));
            return;
        }
    };
    let settings = &member.settings;
    let fingerprint = found.fingerprint(settings);
    let strict = against_strict(&found.outcome);
    let moved = moved(member, &found.outcome);
    let wrong = found.outcome.wrong.clone();
    let saved =
        settings.fingerprints.then(|| SavedTarget::of(settings, &found.outcome, &policy.allowed));
    let group = looked.groups.iter().position(|group| group.fingerprint == fingerprint);
    let group = match group {
        Some(n) => {
            let group = &mut looked.groups[n];
            group.members.push(member.name.clone());
            if found.size() > group.found.size() {
                group.found = found;
                group.shown.clone_from(&member.name);
            }
            n
        }
        None => {
            let (members, shown) = (vec![member.name.clone()], member.name.clone());
            looked.groups.push(Alike { fingerprint, members, shown, found });
            looked.groups.len() - 1
        }
    };
    looked.stands.push(Ok(Stand { group, strict, wrong, moved, saved }));
}

impl Looked {
    /// Tells in full why targets could not be looked at, and what is wrong with windows, the same once.
    pub fn tell_failures(&self, fleet: &Fleet) {
        let mut reasons: IndexMap<String, Vec<&str>> = IndexMap::new();
        for (member, stand) in fleet.members.iter().zip(&self.stands) {
            let of_target = match stand {
                Err(error) => vec![format!("{error:?}")],
                Ok(stand) => stand
                    .wrong
                    .iter()
                    .map(|it| format!("{:?}", miette::Report::from(it.problem.clone())))
                    .collect(),
            };
            for reason in of_target {
                reasons.entry(reason).or_default().push(&member.name);
            }
        }
        for (reason, names) in reasons {
            talk(&format!("{}:\n{}", names.join(", "), reason.trim_end()));
        }
    }

    /// What was found of the target at `n`, if it could be looked at.
    pub fn found(&self, n: usize) -> Option<(&Stand, &Found)> {
        let stand = self.stands.get(n)?.as_ref().ok()?;
        Some((stand, &self.groups.get(stand.group)?.found))
    }

    pub fn has_failures(&self) -> bool {
        self.stands.iter().any(Result::is_err)
    }

    /// Whether something is wrong with a window.
    pub fn has_wrong(&self) -> bool {
        self.stands.iter().flatten().any(|stand| !stand.wrong.is_empty())
    }

    /// Whether something is to be done anywhere.
    pub fn differ(&self) -> bool {
        self.groups.iter().any(|group| !group.found.outcome.plan.is_empty())
    }
}
