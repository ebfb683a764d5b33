//! Servers: how to reach the one the user means, and the embedded ones that the tool runs itself.

pub mod connect;
pub mod embedded;
