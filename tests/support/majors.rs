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

/// The oldest major and the newest: what is the same on both is so on those between.
const BOTH: [&str; 2] = ["14", "18"];

/// Runs this program on both, one after the other, and ends it; unless the environment names a major.
pub fn run_on_both() {
    if std::env::var(MAJOR).is_ok_and(|major| !major.is_empty()) {
        return;
    }
    let mut failed = false;
    for major in BOTH {
        println!("\nPostgreSQL {major}");
        let mut itself = Command::new(std::env::current_exe().unwrap());
        itself.args(std::env::args_os().skip(1)).env(MAJOR, major);
        failed |= !itself.status().unwrap().success();
    }
    exit(i32::from(failed));
}
