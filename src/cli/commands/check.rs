//! `check`: are the files right, as far as PostgreSQL can tell without the database?

use crate::cli::Exit;
use crate::cli::arguments::Common;
use crate::cli::configuration::configure;
use crate::cli::output::{data, talk};
use crate::pipeline::{desired_state, load};
use crate::server::embedded;

pub async fn run(common: &Common) -> miette::Result<Exit> {
    let settings = configure(common)?.settings;
    let declared = load(&settings).await?;
    let major = embedded::binaries(None, &settings.embedded, &talk).await?.major();
    let desired = desired_state(&settings, declared, major, None, &talk).await?;
    let objects = desired.canonical.objects.len();
    data(&format!("The files are right: {objects} objects, on PostgreSQL {major}.\n"))?;
    Ok(Exit::Success)
}
