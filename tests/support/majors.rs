//! A test program that runs once for each of some majors: the oldest and the newest, say.
//!
//! Used by `#[path = "support/majors.rs"] mod majors;`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what runs is said as the harness says it, and a panic is how a failure is told"
)]

use std::process::{Command, exit};

/// The variable that names the one major to test with.
const MAJOR: &str = "PGCONVERGE_TEST_MAJOR";

/// Runs this program on some majors, one after the other, and ends it; unless the environment names a major.
/// What is the same on the oldest and the newest is so on those between.
pub fn run_on(majors: &[&str]) {
    if std::env::var(MAJOR).is_ok_and(|major| !major.is_empty()) {
        return;
    }
    let mut failed = false;
    for major in majors {
        println!("\nPostgreSQL {major}");
        let mut itself = Command::new(std::env::current_exe().unwrap());
        itself.args(std::env::args_os().skip(1)).env(MAJOR, major);
        failed |= !itself.status().unwrap().success();
    }
    exit(i32::from(failed));
}
