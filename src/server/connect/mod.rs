//! Connections as libpq makes them.
//!
//! A user who can connect with psql connects with the same words here: a URL or a keyword string, the `PG*`
//! variables, a service file, a password file, and every `sslmode`. The rules are those of
//! <https://www.postgresql.org/docs/current/libpq-connect.html>; where this module departs from them, the place
//! says so. tokio-postgres speaks the protocol; what it lacks (the resolution, the certificate checks, the
//! order of attempts) is here.

mod attempt;
mod certificate_names;
mod choices;
mod classify;
mod client_certificate;
mod endpoint;
mod environment;
mod error;
mod establish;
mod keepalives;
mod keyword_string;
mod parameters;
mod password_file;
mod refusal;
mod service_file;
mod session;
mod session_attributes;
mod settings;
mod ssl_mode;
mod target;
mod tls;
mod tls_files;
mod uri;
mod verifier;

pub use environment::Environment;
pub use error::{Attempt, ConnectError};
pub use session::{CancelHandle, Connection};
pub use settings::Source;
pub use target::Target;
