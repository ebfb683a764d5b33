//! For the textfile collector of Prometheus' `node_exporter`.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::fmt::Write;

use super::Drift;

/// When a run ended and how long it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Seconds since 1970.
    pub ended: f64,
    /// Seconds.
    pub took: f64,
}

/// What a run found of a database; nothing, if it failed, and nobody knows of differences then.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    pub database: &'a str,
    /// What it is called among several.
    pub target: Option<&'a str>,
    pub drift: Option<&'a Drift>,
}

/// The run, and what it found.
#[must_use]
pub fn prometheus(database: &str, run: Run, drift: Option<&Drift>) -> String {
    let measured = Measured { database, target: None, drift };
    metrics(&[measured], run, &measured.labels())
}

/// The same of several targets: a sample each has the label `target`. How long it took is known of all together.
#[must_use]
pub fn prometheus_of(targets: &[Measured<'_>], run: Run) -> String {
    metrics(targets, run, "")
}

fn metrics(all: &[Measured<'_>], run: Run, whole: &str) -> String {
    let mut out = String::new();
    gauge(&mut out, "success", "Whether the last comparison could be made.");
    for it in all {
        sample(&mut out, "success", &it.labels(), u8::from(it.drift.is_some()));
    }
    gauge(&mut out, "last_run_timestamp_seconds", "When the last comparison ended.");
    for it in all {
        let ended = format!("{:.3}", run.ended);
        sample(&mut out, "last_run_timestamp_seconds", &it.labels(), ended);
    }
    gauge(&mut out, "duration_seconds", "How long the last comparison took.");
    sample(&mut out, "duration_seconds", whole, format!("{:.3}", run.took));
    let known = || all.iter().filter_map(|it| Some((it.labels(), it.drift?)));
    if known().next().is_some() {
        gauge(&mut out, "objects", "Objects that are not as the files say, by class.");
    }
    for (of, drift) in known() {
        for (class, count) in drift.counts() {
            sample(&mut out, "objects", &format!("{of},{}", label("class", class.name())), count);
        }
    }
    if known().any(|(_, drift)| !drift.by_kind().is_empty()) {
        gauge(&mut out, "objects_by_kind", "The same by class and kind, where there are any.");
    }
    for (of, drift) in known() {
        for ((class, kind), count) in drift.by_kind() {
            let labels = format!("{of},{},{}", label("class", class.name()), label("kind", kind.0));
            sample(&mut out, "objects_by_kind", &labels, count);
        }
    }
    out
}

impl Measured<'_> {
    fn labels(&self) -> String {
        let database = label("database", self.database);
        match self.target {
            Some(target) => format!("{database},{}", label("target", target)),
            None => database,
        }
    }
}

fn gauge(out: &mut String, name: &str, help: &str) {
    let _ = writeln!(out, "# HELP pgconverge_drift_{name} {help}");
    let _ = writeln!(out, "# TYPE pgconverge_drift_{name} gauge");
}

fn sample(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
    let _ = writeln!(out, "pgconverge_drift_{name}{labels} {value}");
}

fn label(name: &str, value: &str) -> String {
    let mut out = format!("{name}=\"");
    for c in value.chars() {
        match c {
            '\\' | '"' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
