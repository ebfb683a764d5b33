//! What a database is made of, for both sides alike: objects, how they depend on each other, what
//! changes between two databases, and the steps that carry a change out. No kind is known here.

mod address;
mod change;
mod database;
mod dependency;
mod grant;
mod hazard;
mod maker;
mod nature;
mod object;
mod plan;
mod privilege;
mod privilege_text;
mod relation;
mod rename;
mod step;
mod wait;

pub use address::{Address, Name, Tag};
pub use change::{Action, Cause, Change, Difference};
pub use database::{Canonical, Database, Latent, Raw, Unmanaged};
pub use dependency::{Dependency, Part};
pub use grant::statements as grant_statements;
pub use hazard::{Hazard, HazardClass};
pub use maker::Maker;
pub use nature::{Nature, Natures, Underneath};
pub use object::{AnySpec, Object, Spec};
pub use plan::{Plan, Transaction};
pub use privilege::{Grantable, Grants, PUBLIC, Privilege, Privileges};
pub use relation::{Partition, PartitionIndex, Relation, Shape, in_bytes};
pub use rename::{Former, Renaming};
pub use step::{Effect, Fold, Lock, Reach, Step};
pub use wait::{Reason, Wait};
