//! A database that the user named.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::ChannelBinding;

use super::choices;
use super::endpoint::{Endpoint, Location};
use super::environment::Environment;
use super::error::ConnectError;
use super::establish;
use super::keepalives::Keepalives;
use super::password_file::PasswordFile;
use super::session::Connection;
use super::session_attributes::SessionAttributes;
use super::settings::{Setting, Settings};
use super::tls::TlsSettings;

const APPLICATION_NAME: &str = "pgconverge";

/// A database that the user named, resolved as libpq would
/// (<https://www.postgresql.org/docs/current/libpq-connect.html>).
#[derive(Clone)]
pub struct Target {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) password: Option<Setting>,
    pub(super) password_file: Arc<PasswordFile>,
    pub(super) options: Option<String>,
    pub(super) application_name: String,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) keepalives: Keepalives,
    pub(super) session_attributes: SessionAttributes,
    pub(super) channel_binding: ChannelBinding,
    pub(super) tls: TlsSettings,
}

impl Target {
    /// The database that `named` and the environment mean.
    ///
    /// `named` is what --database-url or DATABASE_URL holds: a URL, a keyword string, or a bare name without `=`
    /// and `://`, which is a database's. `None` when neither it nor any of PGHOST, PGHOSTADDR, PGPORT, PGDATABASE,
    /// PGUSER and PGSERVICE names a server. An empty `named` is an error rather than libpq's defaults: it is most
    /// likely an unset variable in a script, and the wrong database must not stand in for the one that was meant.
    ///
    /// # Errors
    /// Everything that can be wrong with the parameters; certificates and keys are read only on connecting.
    pub fn resolve(
        named: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Target>, ConnectError> {
        let Some(settings) = Settings::collect(named, environment)? else {
            return Ok(None);
        };
        let owned = |keyword| settings.value(keyword).map(str::to_owned);
        let user = owned("user")
            .or_else(|| environment.operating_system_user().map(str::to_owned))
            .ok_or(ConnectError::NoUser)?;
        Ok(Some(Target {
            endpoints: Endpoint::list(&settings)?,
            database: owned("dbname").unwrap_or_else(|| user.clone()),
            user,
            password: settings.get("password").cloned(),
            password_file: Arc::new(PasswordFile::read(settings.value("passfile"), environment)),
            options: owned("options"),
            application_name: owned("application_name")
                .or_else(|| owned("fallback_application_name"))
                .unwrap_or_else(|| APPLICATION_NAME.to_owned()),
            connect_timeout: choices::connect_timeout(&settings)?,
            keepalives: Keepalives::of(&settings)?,
            session_attributes: SessionAttributes::of(&settings)?,
            channel_binding: choices::channel_binding(&settings)?,
            tls: TlsSettings::of(&settings, environment)?,
        }))
    }

    /// A database of a server that listens on a unix socket and asks for no password, as our own servers do. Nothing
    /// of the environment takes part.
    pub fn unix_socket(directory: &Path, port: u16, user: &str, database: &str) -> Target {
        Target {
            endpoints: vec![Endpoint { location: Location::Socket(directory.to_owned()), port }],
            user: user.to_owned(),
            database: database.to_owned(),
            password: None,
            password_file: Arc::default(),
            options: None,
            application_name: APPLICATION_NAME.to_owned(),
            connect_timeout: None,
            keepalives: Keepalives::default(),
            session_attributes: SessionAttributes::Any,
            channel_binding: ChannelBinding::Prefer,
            tls: TlsSettings::disabled(),
        }
    }

    /// Another database of the same server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Target {
        Target { database: name.to_owned(), ..self.clone() }
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The role that connects.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// `db on host:5432 as user`, for people; never a password.
    pub fn describe(&self) -> String {
        let endpoints: Vec<_> = self.endpoints.iter().map(Endpoint::describe).collect();
        format!("{} on {} as {}", self.database, endpoints.join(", "), self.user)
    }

    /// What the user should know although the connection may succeed, such as a password file that was ignored.
    pub fn warnings(&self) -> Vec<String> {
        self.password_file.warning().into_iter().collect()
    }

    /// Connects to the first host in the list that answers and fits.
    ///
    /// # Errors
    /// Those of the files that TLS needs, of every host when none can be reached, and of the first host that
    /// refuses: as in libpq, the hosts after it are then not tried.
    pub async fn connect(&self) -> Result<Connection, ConnectError> {
        establish::establish(self).await
    }

    /// The password for one of the endpoints, and where it is from.
    pub(super) fn password_for(&self, endpoint: &Endpoint) -> Option<(String, String)> {
        if let Some(setting) = &self.password {
            return Some((setting.value.clone(), setting.source.to_string()));
        }
        let host = endpoint.password_file_host();
        let found =
            self.password_file.password(&host, endpoint.port, &self.database, &self.user)?;
        Some((found, format!("the password file {}", self.password_file.path().display())))
    }
}

/// Nothing but [`Target::describe`]: the parameters hold a password.
impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Target").field(&self.describe()).finish()
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
