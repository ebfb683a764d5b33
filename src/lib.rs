//! pgconverge: declarative schema-as-code for PostgreSQL.
//!
//! ARCHITECTURE.md is the map of this crate; `tests/architecture.rs` holds its rules.

pub mod canonical;
pub mod catalog;
pub mod cli;
pub mod desired;
pub mod diagnostic;
pub mod diff;
pub mod execute;
pub mod hazard;
pub mod kind;
pub mod kinds;
pub mod lint;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod render;
pub mod server;
pub mod sql;
pub mod verify;
