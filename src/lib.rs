//! pgconverge: declarative schema-as-code for PostgreSQL.
//!
//! ARCHITECTURE.md is the map of this crate; `tests/architecture.rs` holds its rules.

pub mod server;
