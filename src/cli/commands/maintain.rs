//! `maintain`: keep the windows of partitions, and leave all else alone.

use std::collections::BTreeSet;

use super::apply::{Errand, carry_out};
use crate::cli::Exit;
use crate::cli::arguments::{ApplyArguments, Common};
use crate::cli::configuration::configure;
use crate::cli::targets;

pub async fn run(common: &Common, arguments: &ApplyArguments) -> miette::Result<Exit> {
    let mut configured = configure(common)?;
    configured.settings.only_windows = true;
    configured.settings.windows_apart = Some(BTreeSet::new());
    if let Some(fleet) =
        targets::fleet(&mut configured, &arguments.targeting, Some(&arguments.roll_out.canary))
            .await?
    {
        return targets::apply(fleet, &configured, arguments, "maintain", None).await;
    }
    let errand =
        Errand { command: "maintain", reached: "every window is as the files say", reviewed: None };
    carry_out(&configured, arguments, &errand).await
}
