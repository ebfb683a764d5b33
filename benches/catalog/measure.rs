//! Running a program, and what that costs.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What one run of a program took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub wall: Duration,
    /// User and system time of the program and of the processes it waited for.
    pub client: Duration,
    /// The same of the server's backends that ended meanwhile.
    pub server: Duration,
    /// The program's own largest resident set, in bytes.
    pub peak: u64,
}

/// A run, with what it printed.
pub struct Run {
    pub cost: Cost,
    pub output: String,
}

/// Runs `command` to its end, which must be success. `postmaster` is the server it asks, and
/// `idle` returns once the backends that it asked have ended.
pub fn run(command: &mut Command, postmaster: u32, idle: impl Fn()) -> Run {
    let (own, server) = (children_time("self"), children_time(&postmaster.to_string()));
    let begin = Instant::now();
    // Into files, not pipes: nobody waits for a reader.
    let output = tempfile::NamedTempFile::new().unwrap();
    let errors = tempfile::NamedTempFile::new().unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.reopen().unwrap())
        .stderr(errors.reopen().unwrap())
        .spawn()
        .unwrap();
    let pid = child.id();
    let watcher = thread::spawn(move || {
        let mut peak = 0;
        while let Some(now) = largest_resident_set(pid) {
            peak = peak.max(now);
            thread::sleep(Duration::from_millis(3));
        }
        peak
    });
    let status = child.wait().unwrap();
    let wall = begin.elapsed();
    let peak = watcher.join().unwrap();
    assert!(
        status.success(),
        "{command:?} failed:\n{}",
        fs::read_to_string(errors.path()).unwrap()
    );
    idle();
    let cost = Cost {
        wall,
        client: children_time("self") - own,
        server: children_time(&postmaster.to_string()) - server,
        peak,
    };
    Run { cost, output: fs::read_to_string(output.path()).unwrap() }
}

/// `cutime` and `cstime` of a process, in ticks of 10 ms:
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.
fn children_time(process: &str) -> Duration {
    let fields = stat(process);
    let ticks: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
    Duration::from_millis(10 * ticks)
}

/// The process that started `process`.
pub fn parent(process: u32) -> u32 {
    stat(&process.to_string())[1].parse().unwrap()
}

/// The fields after the name, which alone may have spaces in it: the state is the first.
fn stat(process: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = text.rsplit_once(") ").unwrap();
    fields.split_whitespace().map(str::to_owned).collect()
}

/// `None` once the process has ended.
fn largest_resident_set(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
