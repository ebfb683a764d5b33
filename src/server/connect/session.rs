//! A connection that was made.

use std::fmt;
use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A session on a server. Dropping it ends the session in the background; [`Connection::close`] waits for that.
pub struct Connection {
    /// The session.
    pub client: Client,
    /// The server's notices (`RAISE NOTICE`, warnings), in their order.
    pub notices: UnboundedReceiver<DbError>,
    driver: JoinHandle<Result<(), Error>>,
    tls: Option<MakeRustlsConnect>,
}

impl Connection {
    /// Spawns the driver, which needs a tokio runtime to be there.
    pub(super) fn start<S, T>(
        client: Client,
        driver: tokio_postgres::Connection<S, T>,
        tls: Option<MakeRustlsConnect>,
    ) -> Connection
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, notices) = unbounded_channel();
        Connection { client, notices, driver: tokio::spawn(drive(driver, sender)), tls }
    }

    /// A handle that cancels what the session is running, also while the client is borrowed.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { token: self.client.cancel_token(), tls: self.tls.clone() }
    }

    /// Ends the session and waits until the server has been told.
    ///
    /// # Errors
    /// What broke the connection before, such as the FATAL message of a server that was shut down: the client's own
    /// calls then only say that it is closed.
    pub async fn close(self) -> Result<(), Error> {
        drop(self.client);
        // A driver that was aborted belongs to a runtime that is shutting down; there is nobody left to tell.
        self.driver.await.unwrap_or(Ok(()))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("client", &self.client)
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

/// Cancels what a session is running
/// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS>).
#[derive(Clone)]
pub struct CancelHandle {
    token: CancelToken,
    tls: Option<MakeRustlsConnect>,
}

impl CancelHandle {
    /// Asks the server to cancel; the session's call then fails with SQLSTATE 57014, unless it was done already.
    ///
    /// # Errors
    /// The server could not be asked.
    pub async fn cancel(&self) -> Result<(), Error> {
        match &self.tls {
            Some(tls) => self.token.cancel_query(tls.clone()).await,
            None => self.token.cancel_query(NoTls).await,
        }
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CancelHandle").finish_non_exhaustive()
    }
}

async fn drive<S, T>(
    mut driver: tokio_postgres::Connection<S, T>,
    notices: UnboundedSender<DbError>,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|context| driver.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message? {
            // Nobody need listen.
            let _ = notices.send(notice);
        }
    }
    Ok(())
}
