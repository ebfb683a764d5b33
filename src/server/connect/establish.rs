//! The order in which hosts and addresses are tried.

use std::time::Duration;

use super::attempt::AddressAttempt;
use super::classify::Failure;
use super::endpoint::{Address, Endpoint};
use super::error::{Attempt, ConnectError};
use super::session::Connection;
use super::session_attributes::SessionAttributes;
use super::target::Target;

/// Connects to the first address of the first host that answers and fits; hosts are tried in their order, each with
/// all its addresses (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>).
///
/// # Errors
/// The refusal of the first server that answers, or what became of every address.
pub(super) async fn establish(target: &Target) -> Result<Connection, ConnectError> {
    let mut tried = Tried::default();
    for &wanted in target.session_attributes.rounds() {
        tried = Tried::default();
        for endpoint in &target.endpoints {
            let addresses = match lookup(endpoint, target.connect_timeout).await {
                Ok(addresses) => addresses,
                Err(failure) => {
                    tried.add(endpoint.describe(), failure)?;
                    continue;
                }
            };
            for address in addresses {
                let attempt = AddressAttempt { target, endpoint, address };
                match attempt.connect(wanted).await {
                    Ok(connection) => return Ok(connection),
                    Err(failure) => tried.add(attempt.place(), failure)?,
                }
            }
        }
    }
    Err(tried.into_error(target.connect_timeout, target.session_attributes))
}

async fn lookup(endpoint: &Endpoint, limit: Option<Duration>) -> Result<Vec<Address>, Failure> {
    let work = endpoint.addresses();
    let found = match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| Failure::TimedOut)?,
    };
    match found {
        Ok(addresses) if addresses.is_empty() => {
            Err(Failure::Next("the name has no address".to_owned()))
        }
        Ok(addresses) => Ok(addresses),
        Err(error) => Err(Failure::Next(error.to_string())),
    }
}

/// What was tried in vain.
#[derive(Default)]
struct Tried {
    attempts: Vec<Attempt>,
    timed_out: usize,
    unsuitable: usize,
}

impl Tried {
    fn add(&mut self, place: String, failure: Failure) -> Result<(), ConnectError> {
        let reason = match failure {
            Failure::Stop(error) => return Err(error),
            Failure::Next(reason) => reason,
            Failure::TimedOut => {
                self.timed_out += 1;
                "no answer in time".to_owned()
            }
            Failure::Unsuitable(objection) => {
                self.unsuitable += 1;
                objection.to_owned()
            }
        };
        self.attempts.push(Attempt { place, reason });
        Ok(())
    }

    fn into_error(self, limit: Option<Duration>, wanted: SessionAttributes) -> ConnectError {
        let attempts = self.attempts;
        if self.unsuitable > 0 {
            return ConnectError::NoSuitableServer { wanted: wanted.name(), attempts };
        }
        match limit {
            Some(limit) if self.timed_out == attempts.len() => {
                ConnectError::TimedOut { seconds: limit.as_secs(), attempts }
            }
            _ => ConnectError::Unreachable { attempts },
        }
    }
}
