//! What a database is made of, for both sides alike: objects, how they depend on each other, what
//! changes between two databases, and the steps that carry a change out. No kind is known here.

mod address;
mod change;
mod database;
mod dependency;
mod hazard;
mod object;
mod plan;
mod step;

pub use address::{Address, Name, Tag};
pub use change::{Action, Cause, Change, Difference};
pub use database::{Canonical, Database, Raw, Unmanaged};
pub use dependency::{Dependency, Part};
pub use hazard::{Hazard, HazardClass};
pub use object::{AnySpec, Object, Spec};
pub use plan::{Plan, Transaction};
pub use step::{Effect, Fold, Lock, Step};
