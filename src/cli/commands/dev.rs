//! `dev`: keep the development server up.

use crate::cli::Exit;
use crate::cli::arguments::Common;
use crate::cli::configuration::configure;
use crate::cli::output::{data, talk};
use crate::server::embedded;

pub async fn run(common: &Common) -> miette::Result<Exit> {
    let settings = configure(common)?.settings;
    let server =
        embedded::development_kept_up(&settings.project, None, &settings.embedded, &talk).await?;
    let directory = server.socket_directory().display();
    data(&format!(
        "host={directory} port={} user={} dbname=postgres\n",
        server.port(),
        server.user()
    ))?;
    talk("The development server is up; Ctrl-C stops it.");
    // Without a signal handler there is nothing to wait for but the end.
    let _ = tokio::signal::ctrl_c().await;
    server.stop().await?;
    Ok(Exit::Success)
}
