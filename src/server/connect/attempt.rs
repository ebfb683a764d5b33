//! One attempt at one address.

use tokio_postgres::config::SslMode as DriverSslMode;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::classify::{Failure, classify, is_about_admission};
use super::endpoint::{Address, Endpoint, Location};
use super::session::Connection;
use super::session_attributes::SessionAttributes;
use super::ssl_mode::SslMode;
use super::target::Target;

/// The parts of an attempt.
pub(super) struct AddressAttempt<'target> {
    pub target: &'target Target,
    pub endpoint: &'target Endpoint,
    pub address: Address,
}

impl AddressAttempt<'_> {
    /// Connects with the encryption that sslmode asks for, and checks that the server is of the wanted sort.
    pub async fn connect(&self, wanted: SessionAttributes) -> Result<Connection, Failure> {
        let limit = self.target.connect_timeout;
        let work = async {
            let connection = self.by_ssl_mode().await?;
            self.check_session(&connection.client, wanted).await?;
            Ok(connection)
        };
        match limit {
            None => work.await,
            Some(limit) => {
                tokio::time::timeout(limit, work).await.unwrap_or(Err(Failure::TimedOut))
            }
        }
    }

    /// `host:port`, with the address in parentheses where it was looked up.
    pub fn place(&self) -> String {
        let named = self.endpoint.describe();
        match (&self.endpoint.location, self.address) {
            (Location::Host(name) | Location::Address(_, Some(name)), Some(address))
                if *name != address.to_string() =>
            {
                format!("{named} ({address})")
            }
            _ => named,
        }
    }

    /// The order of attempts in the manual's table of sslmode values
    /// (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>); TLS is not for sockets.
    async fn by_ssl_mode(&self) -> Result<Connection, Failure> {
        let mode = match self.endpoint.location {
            Location::Socket(_) => SslMode::Disable,
            _ => self.target.tls.mode,
        };
        match mode {
            SslMode::Disable => self.plain().await,
            SslMode::Allow => match self.plain().await {
                Err(failure) if is_about_admission(&failure) => {
                    self.encrypted(DriverSslMode::Require).await.map_err(|(failure, _)| failure)
                }
                result => result,
            },
            SslMode::Prefer => match self.encrypted(DriverSslMode::Prefer).await {
                // Of two refusals that of the attempt that was preferred says more; but a host that cannot be reached
                // is to be passed over, whatever kept TLS from being tried.
                Err((failure, true)) => self.plain().await.map_err(|second| match second {
                    Failure::Stop(_) => failure,
                    second => second,
                }),
                Err((failure, false)) => Err(failure),
                Ok(connection) => Ok(connection),
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                self.encrypted(DriverSslMode::Require).await.map_err(|(failure, _)| failure)
            }
        }
    }

    async fn plain(&self) -> Result<Connection, Failure> {
        let mut config = self.config();
        config.ssl_mode(DriverSslMode::Disable);
        let (client, driver) = config.connect(NoTls).await.map_err(|error| self.failure(&error))?;
        Ok(Connection::start(client, driver, None))
    }

    /// With the failure comes whether the same server may admit a connection without TLS.
    async fn encrypted(&self, mode: DriverSslMode) -> Result<Connection, (Failure, bool)> {
        let place = self.place();
        let connector = self
            .target
            .tls
            .connector(self.endpoint.host_name(), &place)
            .map_err(|error| (Failure::Stop(error), true))?;
        let mut config = self.config();
        config.ssl_mode(mode).ssl_negotiation(self.target.tls.negotiation);
        match config.connect(connector.make.clone()).await {
            Ok((client, driver)) => Ok(Connection::start(client, driver, Some(connector.make))),
            Err(error) => {
                let failure = self.failure(&error);
                let by_tls = error.as_db_error().is_none() && matches!(failure, Failure::Stop(_));
                let retry = connector.was_used() && (by_tls || is_about_admission(&failure));
                Err((failure, retry))
            }
        }
    }

    fn failure(&self, error: &tokio_postgres::Error) -> Failure {
        classify(error, self.target, self.endpoint, &self.place())
    }

    fn config(&self) -> Config {
        let target = self.target;
        let mut config = Config::new();
        match (&self.endpoint.location, self.address) {
            (Location::Socket(directory), _) => {
                config.host_path(directory);
            }
            (_, Some(address)) => {
                let name = self.endpoint.host_name().map(str::to_owned);
                // The driver wants a name for every TLS handshake; an address is one that sends no SNI.
                config.hostaddr(address).host(name.unwrap_or_else(|| address.to_string()));
            }
            (Location::Host(name) | Location::Address(_, Some(name)), None) => {
                config.host(name);
            }
            (Location::Address(address, None), None) => {
                config.hostaddr(*address).host(address.to_string());
            }
        }
        config
            .port(self.endpoint.port)
            .user(&target.user)
            .dbname(&target.database)
            .application_name(&target.application_name)
            .channel_binding(target.channel_binding)
            .keepalives(target.keepalives.on);
        if let Some((password, _)) = target.password_for(self.endpoint) {
            config.password(password);
        }
        if let Some(options) = &target.options {
            config.options(options);
        }
        if let Some(idle) = target.keepalives.idle {
            config.keepalives_idle(idle);
        }
        if let Some(interval) = target.keepalives.interval {
            config.keepalives_interval(interval);
        }
        if let Some(count) = target.keepalives.count {
            config.keepalives_retries(count);
        }
        if let Some(timeout) = target.keepalives.user_timeout {
            config.tcp_user_timeout(timeout);
        }
        config
    }

    /// The server is asked rather than believed by its parameters, since poolers report their own.
    async fn check_session(
        &self,
        client: &Client,
        wanted: SessionAttributes,
    ) -> Result<(), Failure> {
        if wanted == SessionAttributes::Any {
            return Ok(());
        }
        let answer = client
            .simple_query("SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')")
            .await
            .map_err(|error| self.failure(&error))?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let is = |column, value| row.is_some_and(|row| row.get(column) == Some(value));
        match wanted.objection(is(0, "t"), is(1, "on")) {
            Some(objection) => Err(Failure::Unsuitable(objection)),
            None => Ok(()),
        }
    }
}
