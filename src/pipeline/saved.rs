//! A plan that was looked at before it is run: what it needs to be made once more, just the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use similar::TextDiff;

use super::comparison::Outcome;
use super::fingerprint::Sides;
use super::settings::{Given, Manage, Settings, Size};
use crate::diagnostic::Located;
use crate::kind::Reached;
use crate::kinds::REGISTRY;
use crate::model::{Address, HazardClass, Plan};

/// The version of the file's form. Within one, keys are only ever added.
pub const FORMAT: u32 = 1;

/// What stands under `saved` in the file of a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    /// The version of pgconverge that made it.
    pub version: String,
    pub as_of: jiff::civil::Date,
    pub manage: Manage,
    pub ignore: Vec<String>,
    pub online_from: Option<i64>,
    pub only_windows: bool,
    /// The hazards that it was given leave for.
    pub allow: BTreeSet<HazardClass>,
    /// How large relations were: that decides on the way that their changes take.
    pub sizes: BTreeMap<String, Size>,
    /// How far rows had come.
    pub reached: Vec<Stand>,
    pub fingerprints: Sides,
    /// That of the plan as a whole, as it is shown.
    #[serde(default)]
    pub fingerprint: String,
}

/// How far the rows of a relation had come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stand {
    pub kind: String,
    pub schema: String,
    pub name: String,
    pub reached: Reached,
}

/// The plan of one of several targets, as far as running it needs.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedTarget {
    saved: Saved,
    transactions: Vec<Transaction>,
}

/// The file of a plan, or of the plans of several targets, as far as running it needs.
#[derive(Debug, Deserialize)]
struct File {
    format: u32,
    transactions: Option<Vec<Transaction>>,
    saved: Option<Saved>,
    #[serde(default)]
    plans: BTreeMap<String, SavedTarget>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Transaction {
    block: bool,
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    sql: String,
}

/// A plan that was read from its file.
#[derive(Debug, Clone)]
pub struct Reviewed {
    pub saved: Saved,
    script: String,
}

impl Saved {
    /// Of a plan that was made under `settings` with fingerprints, given leave for `allow`.
    #[must_use]
    pub fn of(settings: &Settings, outcome: &Outcome, allow: &BTreeSet<HazardClass>) -> Self {
        let sizes = outcome.plan.relations.iter();
        let reached = outcome.reached.iter().map(|(relation, reached)| Stand {
            kind: relation.kind.0.to_owned(),
            schema: relation.schema.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: relation.name.to_string(),
            reached: reached.clone(),
        });
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            as_of: settings.as_of,
            manage: settings.manage,
            ignore: settings.ignore.clone(),
            online_from: settings.online_from,
            only_windows: settings.only_windows,
            allow: allow.clone(),
            sizes: sizes.map(|(name, relation)| (name.clone(), Size::of(relation))).collect(),
            reached: reached.collect(),
            fingerprints: outcome.sides.clone().unwrap_or_default(),
            fingerprint: fingerprint(outcome).unwrap_or_default(),
        }
    }
}

impl SavedTarget {
    /// As [`Saved::of`].
    #[must_use]
    pub fn of(settings: &Settings, outcome: &Outcome, allow: &BTreeSet<HazardClass>) -> Self {
        let saved = Saved::of(settings, outcome, allow);
        Self { saved, transactions: transactions(&outcome.plan) }
    }
}

impl File {
    fn read(path: &Path) -> miette::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Located::new(
                "pgconverge::saved::unreadable",
                format!("{shown} cannot be read: {error}"),
            )
            .help("it is what `pgconverge plan --out` wrote")
        })?;
        let file: File = serde_json::from_str(&text).map_err(|error| {
            let message = format!("{shown} is not a saved plan: {error}");
            Located::new("pgconverge::saved::not_a_plan", message)
                .help("make one with `pgconverge plan --out`")
        })?;
        if file.format != FORMAT {
            let message = format!("{shown} has format {}, and this is {FORMAT}", file.format);
            return Err(Located::new("pgconverge::saved::format", message)
                .help("make the plan anew with this version of pgconverge")
                .into());
        }
        Ok(file)
    }
}

impl Reviewed {
    /// Reads the file of a plan; `target` is whose it is to be, where the file has those of several.
    ///
    /// # Errors
    /// A file that cannot be read, or is no saved plan, or one of a form that is not known.
    pub fn read(path: &Path, target: Option<&str>) -> miette::Result<Self> {
        let mut file = File::read(path)?;
        let shown = path.display();
        if !file.plans.is_empty() {
            let saved = target.and_then(|target| file.plans.remove(target));
            return Ok(saved.map(Self::of).ok_or_else(|| {
                let whose = target.map(|target| format!(", and none of {target}"));
                let whose = whose.unwrap_or_default();
                let message = format!("{shown} has the plans of several targets{whose}");
                Located::new("pgconverge::saved::not_a_plan", message)
                    .help("choose one of them with --target NAME")
            })?);
        }
        let saved = file.saved.zip(file.transactions).ok_or_else(|| {
            let message = format!("{shown} is a plan, but not one that can be run");
            Located::new("pgconverge::saved::not_a_plan", message).help(
                "`plan --format json` is for reading; `plan --out` writes one that can be run",
            )
        })?;
        Ok(Self::of(SavedTarget { saved: saved.0, transactions: saved.1 }))
    }

    /// Reads the file of the plans of several targets, by their names.
    ///
    /// # Errors
    /// Those of [`Reviewed::read`].
    pub fn read_all(path: &Path) -> miette::Result<BTreeMap<String, Self>> {
        let file = File::read(path)?;
        if file.plans.is_empty() {
            let message = format!("{} has not the plans of several targets", path.display());
            return Err(Located::new("pgconverge::saved::not_a_plan", message)
                .help("make one with `pgconverge plan --out`, or choose one target with --target NAME")
                .into());
        }
        Ok(file.plans.into_iter().map(|(name, plan)| (name, Self::of(plan))).collect())
    }

    fn of(plan: SavedTarget) -> Self {
        Self { script: script(&plan.transactions), saved: plan.saved }
    }

    /// The settings under which it was made, over those of this run.
    pub fn settle(&self, settings: &mut Settings) {
        let Saved { as_of, manage, ignore, online_from, only_windows, .. } = &self.saved;
        (settings.as_of, settings.manage) = (*as_of, *manage);
        settings.ignore.clone_from(ignore);
        (settings.online_from, settings.only_windows) = (*online_from, *only_windows);
        settings.fingerprints = true;
        let reached = self.saved.reached.iter().filter_map(|stand| {
            let tag = REGISTRY.iter().map(|row| row.tag).find(|tag| tag.0 == stand.kind)?;
            let (schema, name) = (stand.schema.as_str().into(), stand.name.as_str().into());
            Some((Address::in_schema(tag, &schema, &name), stand.reached.clone()))
        });
        settings.given = Given { sizes: self.saved.sizes.clone(), reached: reached.collect() };
    }

    /// What is not any more as it was when the plan was made; nothing, when `outcome` has the very plan.
    #[must_use]
    pub fn moved(&self, outcome: &Outcome) -> Vec<String> {
        let before = &self.saved.fingerprints;
        let after = outcome.sides.clone().unwrap_or_default();
        let live = before.live.moved(&after.live);
        let desired = before.desired.moved(&after.desired);
        let mut moved: Vec<String> = live.iter().map(|what| format!("database: {what}")).collect();
        moved.extend(desired.iter().map(|what| format!("files: {what}")));
        let now = script(&transactions(&outcome.plan));
        if moved.is_empty() && now != self.script {
            moved.push("both sides are as they were, but the steps would be others:".to_owned());
            let diff = TextDiff::from_lines(&self.script, &now);
            moved.extend(diff.unified_diff().to_string().lines().map(str::to_owned));
        }
        moved
    }
}

/// What a plan is called by who looks at it and by who runs it: it is the same for the same steps between the
/// same two sides. None, where fingerprints of these were not asked for.
#[must_use]
pub fn fingerprint(outcome: &Outcome) -> Option<String> {
    let sides = outcome.sides.as_ref()?;
    Some(sides.of_plan(&script(&transactions(&outcome.plan))))
}

fn transactions(plan: &Plan) -> Vec<Transaction> {
    let of = |n: usize| Step { sql: plan.steps[n].sql.as_str().to_owned() };
    let transactions = plan.transactions().into_iter();
    transactions
        .map(|it| Transaction { block: it.block, steps: it.steps.map(of).collect() })
        .collect()
}

fn script(transactions: &[Transaction]) -> String {
    let mut text = String::new();
    for transaction in transactions {
        text.push_str(if transaction.block { "BEGIN;\n" } else { "" });
        for step in &transaction.steps {
            text.push_str(&step.sql);
            text.push_str(";\n");
        }
        text.push_str(if transaction.block { "COMMIT;\n" } else { "" });
    }
    text
}
