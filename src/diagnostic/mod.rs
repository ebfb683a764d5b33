//! How a failure is shown: what it is called, where it is, what to do. Each stage has its own
//! errors; what they share is here.

pub mod exchange;
mod explanation;
mod located;
mod sources;
mod spot;
mod suggestion;

pub use explanation::{Explanation, explanations};
pub use located::{Located, Many};
pub use sources::Sources;
pub use spot::Spot;
pub use suggestion::{did_you_mean, object_meant};
