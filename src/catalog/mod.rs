//! The live side: a database's catalog, read in one snapshot into the model.

mod contents;
mod dependencies;
mod error;
mod finds;
mod lanes;
mod latent;
mod let_go;
mod natures;
mod ownership;
mod prelude;
mod presence;
mod reach;
mod referring;
mod relations;
mod session;
mod snapshot;
mod unmanaged;

pub use contents::read as contents;
pub use error::{CatalogError, reason};
pub use let_go::let_go;
pub use ownership::Roles;
pub use referring::{Referring, referring};
pub use session::version;
pub use snapshot::Snapshot;
