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

/// The run, and what it found; without a finding it failed, and nobody knows of differences then.
#[must_use]
pub fn prometheus(database: &str, run: Run, drift: Option<&Drift>) -> String {
    let of = label("database", database);
    let mut out = String::new();
    let success = u8::from(drift.is_some());
    gauge(&mut out, "success", "Whether the last comparison could be made.");
    sample(&mut out, "success", &of, success);
    gauge(&mut out, "last_run_timestamp_seconds", "When the last comparison ended.");
    sample(&mut out, "last_run_timestamp_seconds", &of, format!("{:.3}", run.ended));
    gauge(&mut out, "duration_seconds", "How long the last comparison took.");
    sample(&mut out, "duration_seconds", &of, format!("{:.3}", run.took));
    let Some(drift) = drift else { return out };
    gauge(&mut out, "objects", "Objects that are not as the files say, by class.");
    for (class, count) in drift.counts() {
        sample(&mut out, "objects", &format!("{of},{}", label("class", class.name())), count);
    }
    let by_kind = drift.by_kind();
    if !by_kind.is_empty() {
        gauge(&mut out, "objects_by_kind", "The same by class and kind, where there are any.");
    }
    for ((class, kind), count) in by_kind {
        let labels = format!("{of},{},{}", label("class", class.name()), label("kind", kind.0));
        sample(&mut out, "objects_by_kind", &labels, count);
    }
    out
}

fn gauge(out: &mut String, name: &str, help: &str) {
    let _ = writeln!(out, "# HELP pgconverge_drift_{name} {help}");
    let _ = writeln!(out, "# TYPE pgconverge_drift_{name} gauge");
}

fn sample(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "pgconverge_drift_{name}{{{labels}}} {value}");
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
