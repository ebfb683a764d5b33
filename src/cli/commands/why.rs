//! `why`: what orders, blocks or rebuilds an object.

use super::compared;
use crate::cli::Exit;
use crate::cli::arguments::{Common, WhyArguments, WhyFormat};
use crate::cli::configuration::{configure, policy_with};
use crate::cli::output::{data, limits, shown, style, with_report};
use crate::cli::subject::Known;
use crate::cli::targets::{One, one};
use crate::hazard;
use crate::render::why;

pub async fn run(common: &Common, arguments: &WhyArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    one(&mut configured, arguments.one.target.as_deref(), ("why", One::Any)).await?;
    // That nothing is to do is no answer here: both sides are read, whatever is known from before.
    configured.settings.fingerprints = true;
    let (open, mut desired, outcome) = compared(&configured.settings).await?;
    desired.read_declared(&configured.settings).await?;
    let known = Known::of(&desired, &outcome);
    let part = known.find(&arguments.object, &open.connection.client).await;
    open.close().await?;
    let part = part?;
    let policy = policy_with(&configured, &[]);
    let hazards = hazard::judge(&outcome.plan, &policy);
    let limits = Some(limits(&configured.patience));
    let live = outcome.origin.as_ref().map(|origin| &origin.live);
    // What goes is on the live side alone.
    let dependencies = match live.filter(|_| !desired.canonical.objects.contains_key(&part.address))
    {
        Some(live) => &live.dependencies,
        None => &desired.canonical.dependencies,
    };
    let text = with_report(&desired.declared, &outcome, &hazards, limits, |report| {
        let why = why::why(report, &part, dependencies);
        match arguments.format {
            WhyFormat::Text => shown(&why::text(&why, style())),
            WhyFormat::Json => why::json(&why),
        }
    });
    data(&text)?;
    Ok(Exit::Success)
}
