//! From two databases to what changes between them. Pure: no I/O, no kind known by name.

mod adopt;
mod along;
mod anew;
mod compare;
mod differences;
mod expose;
mod inform;
mod inherit;
mod lend;
mod lookalikes;
mod names;
mod owners;
mod regroup;
mod renames;
mod roll;
mod secrets;
mod siblings;
mod windows;

pub use adopt::adopt;
pub use along::take_along;
pub use anew::{make_anew, written_anew};
pub use compare::{Comparison, compare};
pub use differences::differences;
pub use expose::{expose, expose_parts};
pub use inform::{inform, inform_changes};
pub use inherit::inherit;
pub use lend::lend;
pub use lookalikes::{Lookalike, lookalikes};
pub use names::take_names;
pub use owners::settle_owners;
pub use regroup::regroup;
pub use renames::{BothThere, Renamed, as_it_was, as_it_will_be, implied, renames};
pub use roll::{roll, told};
pub use secrets::recognise;
pub use siblings::by_parent;
pub use windows::only_windows;
