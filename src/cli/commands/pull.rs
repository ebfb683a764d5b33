//! `pull`: the live database as files.

use crate::cli::Exit;
use crate::cli::arguments::{Common, PullArguments};
use crate::cli::configuration::configure;
use crate::cli::output::talk;
use crate::pipeline::{Scope, live, open};

pub async fn run(common: &Common, arguments: &PullArguments) -> miette::Result<Exit> {
    let settings = configure(common)?.settings;
    let open = open(&settings, &talk).await?;
    let schemas = (!arguments.schemas.is_empty())
        .then(|| arguments.schemas.iter().map(|name| name.as_str().into()).collect());
    let scope = Scope::new(schemas, &settings.ignore);
    let database = live(&open.connection.client, &scope).await?;
    open.close().await?;
    talk(&format!("{} objects", database.objects.len()));
    Ok(Exit::Success)
}
