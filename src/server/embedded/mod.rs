//! Embedded servers: PostgreSQL started by the tool itself, on a private socket, for as long as
//! a command runs.
//!
//! [`binaries`] finds their programs on the machine, or fetches them.

mod account;
mod binaries;
mod blocking;
mod directories;
mod download;
mod error;
mod fetch;
mod lock;
mod package;
mod registry_setting;
mod settings;
mod unpack;

pub use binaries::{Binaries, binaries};
pub use error::EmbeddedError;
pub use settings::EmbeddedSettings;

/// The oldest and the newest major version that the tool supports.
const MAJORS: std::ops::RangeInclusive<u32> = 14..=18;
