//! The server that a run is about.

use super::settings::{Settings, Talk};
use super::stages::Stage;
use crate::server::connect::{Connection, Target};
use crate::server::embedded::{self, EmbeddedServer};

/// The target, connected to. An embedded server lives as long as this does.
#[derive(Debug)]
pub struct OpenTarget {
    pub target: Target,
    pub connection: Connection,
    /// Whether it is the development server.
    pub embedded: bool,
    server: Option<EmbeddedServer>,
}

impl OpenTarget {
    /// A database on a server of our own, which stops when this is closed; or on another one.
    pub(super) fn of(
        target: Target,
        connection: Connection,
        server: Option<EmbeddedServer>,
    ) -> Self {
        Self { target, connection, embedded: server.is_some(), server }
    }

    /// Ends the connection, and the embedded server if there is one.
    ///
    /// # Errors
    /// A server that does not stop.
    pub async fn close(self) -> miette::Result<()> {
        drop(self.connection);
        match self.server {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

/// Connects to the database that the user named; to the development server when none is.
///
/// # Errors
/// A name that leads nowhere, a refused connection, an embedded server that does not start.
pub async fn open(settings: &Settings, talk: Talk<'_>) -> miette::Result<OpenTarget> {
    let _stage = settings.stages.enter(Stage::Connect);
    let named = match &settings.target {
        Some(target) => Some(target.clone()),
        None => Target::resolve(settings.database_url.as_deref(), &settings.environment)?,
    };
    if let Some(target) = named {
        for warning in target.warnings() {
            talk(&format!("warning: {warning}"));
        }
        let connection = target.connect().await?;
        settings.stages.detail(|| format!("connected to {}", target.describe()));
        return Ok(OpenTarget { target, connection, embedded: false, server: None });
    }
    talk("No database is named: using the development server, whose data are in .pgconverge/.");
    let server = embedded::development(&settings.project, None, &settings.embedded, talk).await?;
    let target =
        Target::unix_socket(server.socket_directory(), server.port(), server.user(), "postgres");
    let connection = target.connect().await?;
    Ok(OpenTarget { target, connection, embedded: true, server: Some(server) })
}
