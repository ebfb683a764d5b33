//! The record of a run: a file of JSON lines.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::output::talk;
use crate::execute::{Blocker, Watcher};
use crate::model::{Plan, Step};

/// Writes what happens as it happens, each line at once: a run that is killed has its record, too.
pub struct Journal {
    file: Option<File>,
    path: PathBuf,
    /// The steps' statements, with the names of secrets and not the secrets.
    steps: Vec<(String, String, String)>,
    began: Option<Timestamp>,
    running: usize,
}

impl Journal {
    /// A new file below `directory`. A journal that cannot be written is said, and hinders nothing.
    pub fn begin(directory: &Path, command: &str, plan: &Plan) -> Self {
        let now = Timestamp::now();
        let name = format!("{}-{}.jsonl", now.strftime("%Y-%m-%dT%H-%M-%SZ"), std::process::id());
        let path = directory.join(name);
        let file = std::fs::create_dir_all(directory).and_then(|()| File::create_new(&path));
        let file = file.map_err(|error| said(&path, &error)).ok();
        let of = |step: &Step| {
            (step.title.clone(), step.address.to_string(), step.sql.as_str().to_owned())
        };
        let steps = plan.steps.iter().map(of).collect();
        let mut journal = Self { file, path, steps, began: None, running: 0 };
        journal.line(
            "begin",
            &json!({
                "version": env!("CARGO_PKG_VERSION"),
                "command": command,
                "steps": plan.steps.len(),
            }),
        );
        journal
    }

    /// The last line: how the run ended.
    pub fn end(&mut self, outcome: &str, error: Option<&str>) {
        if let (Some(error), n @ 1..) = (error, self.running) {
            self.step(n, "failed", &json!({"error": error}));
        }
        self.line("end", &json!({"outcome": outcome, "error": error}));
    }

    /// Where it is, if it could be written.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|_| &*self.path)
    }

    fn step(&mut self, number: usize, outcome: &str, more: &Value) {
        let (title, object, sql) = self.steps.get(number - 1).cloned().unwrap_or_default();
        let mut value = json!({
            "number": number,
            "title": title,
            "object": object,
            "sql": sql,
            "begin": self.began.take().map(|began| began.to_string()),
            "outcome": outcome,
        });
        add(&mut value, more);
        self.running = 0;
        self.line("step", &value);
    }

    fn line(&mut self, event: &str, more: &Value) {
        let Some(file) = &mut self.file else { return };
        let mut value = json!({"event": event, "time": Timestamp::now().to_string()});
        add(&mut value, more);
        if let Err(error) = writeln!(file, "{value}") {
            said(&self.path, &error);
            self.file = None;
        }
    }
}

fn add(value: &mut Value, more: &Value) {
    if let (Some(value), Some(more)) = (value.as_object_mut(), more.as_object()) {
        value.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

fn said(path: &Path, error: &std::io::Error) {
    talk(&format!("warning: the journal {} cannot be written: {error}", path.display()));
}

impl Watcher for Journal {
    fn begins(&mut self, number: usize, _step: &Step) {
        (self.began, self.running) = (Some(Timestamp::now()), number);
    }

    fn done(&mut self, number: usize, rows: u64) {
        self.step(number, "done", &json!({"rows": rows}));
    }

    fn committed(&mut self, number: usize) {
        self.line("committed", &json!({"through": number}));
    }

    fn waits(&mut self, number: usize, blockers: &[Blocker]) {
        let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
        self.line("waits", &json!({"number": number, "blockers": blockers}));
    }

    fn retries(&mut self, number: usize, pause: Duration) {
        self.step(number, "undone", &json!({"pause_ms": pause.as_millis()}));
    }
}
