//! Embedded servers: PostgreSQL started by the tool itself, on a private socket, for as long as
//! a command runs.
//!
//! [`shadow`] gives the scratch server of the round trip, [`development`] the server of somebody
//! who named none. Both run programs that [`binaries`] found on the machine or fetched.

mod account;
mod binaries;
mod blocking;
mod cluster;
mod development;
mod directories;
mod download;
mod error;
mod fetch;
mod leftovers;
mod lock;
mod package;
mod postmaster_file;
mod process;
mod project_data;
mod registry_setting;
mod settings;
mod slot;
mod supervisor;
mod unpack;

pub use binaries::{Binaries, binaries};
pub use development::{development, development_kept_up};
pub use error::EmbeddedError;
pub use process::EmbeddedServer;
pub use settings::EmbeddedSettings;
pub use slot::shadow;

/// The oldest and the newest major version that the tool supports.
const MAJORS: std::ops::RangeInclusive<u32> = 14..=18;
