//! pgconverge: declarative schema-as-code for PostgreSQL.
//!
//! ARCHITECTURE.md is the map of this crate; `tests/architecture.rs` holds its rules.

pub mod desired;
pub mod diagnostic;
pub mod kind;
pub mod kinds;
pub mod model;
pub mod server;
pub mod sql;
