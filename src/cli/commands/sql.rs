//! `sql`: the desired state as one script.

use crate::cli::Exit;
use crate::cli::arguments::Common;
use crate::cli::configuration::configure;
use crate::cli::output::{data, talk, with_report};
use crate::pipeline::{Outcome, desired_state, from_nothing, load, shadow_major};
use crate::render;

pub async fn run(common: &Common) -> miette::Result<Exit> {
    let settings = configure(common)?.settings;
    let declared = load(&settings).await?;
    let major = shadow_major(&settings, &talk).await?;
    let mut desired = desired_state(&settings, declared, major, None, &talk).await?;
    let plan = from_nothing(&mut desired)?;
    let outcome = Outcome { plan, ..Outcome::default() };
    let text = with_report(&desired.declared, &outcome, &[], None, render::sql);
    data(&text)?;
    Ok(Exit::Success)
}
