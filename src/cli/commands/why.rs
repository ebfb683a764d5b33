//! `why`: what orders, blocks or rebuilds an object.

use std::collections::BTreeSet;

use super::compared;
use crate::cli::Exit;
use crate::cli::arguments::{Common, WhyArguments, WhyFormat};
use crate::cli::configuration::{configure, policy_with};
use crate::cli::output::{data, limits, shown, style, with_report};
use crate::cli::targets::{One, one};
use crate::diagnostic::{Located, object_meant};
use crate::hazard;
use crate::model::Address;
use crate::render::why;

pub async fn run(common: &Common, arguments: &WhyArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    one(&mut configured, arguments.one.target.as_deref(), ("why", One::Any)).await?;
    // That nothing is to do is no answer here: both sides are read, whatever is known from before.
    configured.settings.fingerprints = true;
    let (open, mut desired, outcome) = compared(&configured.settings).await?;
    open.close().await?;
    desired.read_declared(&configured.settings).await?;
    let policy = policy_with(&configured, &[]);
    let hazards = hazard::judge(&outcome.plan, &policy);
    let limits = Some(limits(&configured.patience));
    let live = outcome.origin.as_ref().map(|origin| &origin.live);
    let known: BTreeSet<&Address> = outcome
        .plan
        .changes
        .keys()
        .chain(desired.canonical.objects.keys())
        .chain(live.into_iter().flat_map(|live| live.objects.keys()))
        .collect();
    let called = |address: &&Address| address.is_called(&arguments.object);
    let object = known.iter().copied().find(called);
    let object = object.ok_or_else(|| unknown(&known, &arguments.object))?;
    // What goes is on the live side alone.
    let dependencies = match live.filter(|_| !desired.canonical.objects.contains_key(object)) {
        Some(live) => &live.dependencies,
        None => &desired.canonical.dependencies,
    };
    let text = with_report(&desired.declared, &outcome, &hazards, limits, |report| {
        let why = why::why(report, object, dependencies);
        match arguments.format {
            WhyFormat::Text => shown(&why::text(&why, style())),
            WhyFormat::Json => why::json(&why),
        }
    });
    data(&text)?;
    Ok(Exit::Success)
}

fn unknown(known: &BTreeSet<&Address>, name: &str) -> Located {
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let help = object_meant(name, &names).map_or_else(
        || "objects are called as in a plan: `table public.books`, or `public.books`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("neither the files nor the database have an object called `{name}`");
    Located::new("pgconverge::why::unknown_object", message).help(help)
}
