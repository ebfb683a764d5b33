//! The processes of this machine, as [Linux](https://man7.org/linux/man-pages/man5/proc.5.html) shows them.
//!
//! Used by `#[path = "support/processes.rs"] mod processes;`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

/// The processes that a process has started, and those that they have.
pub fn descendants(process: u32) -> Vec<u32> {
    let mut found = vec![process];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        next += 1;
        for entry in fs::read_dir("/proc").unwrap() {
            let name = entry.unwrap().file_name();
            let Some(child) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if parent_of(child) == Some(parent) {
                found.push(child);
            }
        }
    }
    found.remove(0);
    found
}

/// Who started a process. `None` for one that has ended: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.
pub fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    (state != "Z").then(|| fields.next()?.parse().ok()).flatten()
}

/// What a process was started with; empty once it has ended.
pub fn command_line(process: u32) -> String {
    fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default()
}
