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
    /// What is known already of the step that runs.
    running: Option<Value>,
}

impl Journal {
    /// A new file below `directory`. A journal that cannot be written is said, and hinders nothing.
    /// `target`: which of several databases it is about.
    pub fn begin(directory: &Path, command: &str, target: Option<&str>, plan: &Plan) -> Self {
        let directory = match target {
            Some(target) => directory.join(folder(target)),
            None => directory.to_owned(),
        };
        let now = Timestamp::now();
        let name = format!("{}-{}.jsonl", now.strftime("%Y-%m-%dT%H-%M-%SZ"), std::process::id());
        let path = directory.join(name);
        let file = std::fs::create_dir_all(&directory).and_then(|()| File::create_new(&path));
        let file = file.map_err(|error| said(&path, &error)).ok();
        let mut journal = Self { file, path, running: None };
        let mut begin = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "command": command,
            "steps": plan.steps.len(),
        });
        if let Some(target) = target {
            add(&mut begin, &json!({"target": target}));
        }
        journal.line("begin", &begin);
        journal
    }

    /// Writes a text beside the journal, if that could be written; where it is then.
    pub fn keep(&self, extension: &str, text: &str) -> Option<PathBuf> {
        let path = self.path()?.with_extension(extension);
        let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| said(&path, &error)).ok()?;
        Some(path)
    }

    /// The last line: how the run ended.
    pub fn end(&mut self, outcome: &str, error: Option<&str>) {
        if let Some(error) = error {
            self.step("failed", &json!({"error": error}));
        }
        self.line("end", &json!({"outcome": outcome, "error": error}));
    }

    /// Where it is, if it could be written.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|_| &*self.path)
    }

    /// How the step ended that runs, if one does.
    fn step(&mut self, outcome: &str, more: &Value) {
        let Some(mut value) = self.running.take() else { return };
        add(&mut value, &json!({"outcome": outcome}));
        add(&mut value, more);
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

/// A folder for a target: what a name of a file cannot have is in it by number.
fn folder(target: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let text: String = target
        .chars()
        .map(|c| if plain(c) { c.to_string() } else { format!("%{:X}", u32::from(c)) })
        .collect();
    // No folder is called that, or goes up.
    if text.chars().all(|c| c == '.') { format!("%{text}") } else { text }
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
    fn begins(&mut self, number: usize, step: &Step) {
        self.running = Some(json!({
            "number": number,
            "title": step.title,
            "object": step.address.to_string(),
            // With the names of secrets, and not the secrets.
            "sql": step.sql.as_str(),
            "begin": Timestamp::now().to_string(),
        }));
    }

    fn done(&mut self, _number: usize, rows: u64) {
        self.step("done", &json!({"rows": rows}));
    }

    fn committed(&mut self, number: usize) {
        self.line("committed", &json!({"through": number}));
    }

    fn waits(&mut self, number: usize, blockers: &[Blocker]) {
        let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
        self.line("waits", &json!({"number": number, "blockers": blockers}));
    }

    fn retries(&mut self, _number: usize, pause: Duration) {
        self.step("undone", &json!({"pause_ms": pause.as_millis()}));
    }
}
