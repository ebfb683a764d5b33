//! The commands.

pub mod apply;
pub mod check;
pub mod dev;
pub mod drift;
pub mod plan;
pub mod pull;
pub mod sql;
