//! Which major version the declared state is made on, where no database says it.

use super::settings::{Settings, Talk};
use crate::catalog::version;
use crate::server::connect::Target;
use crate::server::embedded;

/// That of the server that `--shadow-url` names; else of the newest one that is installed, or would be fetched.
///
/// # Errors
/// A server that cannot be connected to; no server at all.
pub async fn shadow_major(settings: &Settings, talk: Talk<'_>) -> miette::Result<u32> {
    if let Some(url) = &settings.shadow_url
        && let Some(target) = Target::resolve(Some(url), &settings.environment)?
    {
        let connection = target.connect().await?;
        return Ok(version(&connection.client).await?.major());
    }
    Ok(embedded::binaries(None, &settings.embedded, talk).await?.major())
}
