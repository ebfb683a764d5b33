//! The measurements, for people and for programs.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::measure::Cost;
use crate::scenarios::{Results, Scenario};

/// A table for each size, then how the cost of a table grows from the first size to the last.
pub fn text(results: &[Results]) -> String {
    let mut out = String::new();
    for result in results {
        writeln!(
            out,
            "\n{} tables, PostgreSQL {}: {}",
            result.tables, result.version, result.holds
        )
        .unwrap();
        writeln!(
            out,
            "{:36} {:>8} {:>8} {:>8} {:>8} {:>7}  {:>14}",
            "", "wall min", "median", "client", "server", "peak", "of pg_dump's"
        )
        .unwrap();
        writeln!(
            out,
            "{:36} {:>8} {:>8} {:>8} {:>8} {:>7}  {:>6} {:>7}",
            "", "ms", "ms", "CPU ms", "CPU ms", "MB", "wall", "CPU"
        )
        .unwrap();
        let dump = Summary::of(costs(result, Scenario::Dump));
        for (scenario, costs) in &result.scenarios {
            let it = Summary::of(costs);
            writeln!(
                out,
                "{:36} {:>8} {:>8} {:>8} {:>8} {:>7.1}  {:>6.2} {:>7.2}",
                scenario.title(),
                it.wall_min.as_millis(),
                it.wall.as_millis(),
                it.client.as_millis(),
                it.server.as_millis(),
                megabytes(it.peak),
                ratio(it.wall, dump.wall),
                ratio(it.client + it.server, dump.client + dump.server),
            )
            .unwrap();
        }
    }
    if let [first, .., last] = results {
        writeln!(
            out,
            "\nMedian wall time a table, {} tables over {}: 1 would be linear",
            last.tables, first.tables
        )
        .unwrap();
        for (scenario, costs) in &last.scenarios {
            let growth = growth(first, last, *scenario, costs);
            writeln!(out, "{:36} {growth:>8.2}", scenario.title()).unwrap();
        }
    }
    out
}

/// The same as JSON, every round included.
pub fn json(results: &[Results]) -> String {
    let results: Vec<Value> = results
        .iter()
        .map(|result| {
            let dump = Summary::of(costs(result, Scenario::Dump));
            let scenarios: Vec<Value> = result
                .scenarios
                .iter()
                .map(|(scenario, costs)| {
                    let it = Summary::of(costs);
                    let rounds: Vec<Value> = costs
                        .iter()
                        .map(|cost| {
                            json!({
                                "wall_ms": milliseconds(cost.wall),
                                "client_cpu_ms": milliseconds(cost.client),
                                "server_cpu_ms": milliseconds(cost.server),
                                "peak_bytes": cost.peak,
                            })
                        })
                        .collect();
                    json!({
                        "name": scenario.title(),
                        "wall_min_ms": milliseconds(it.wall_min),
                        "wall_median_ms": milliseconds(it.wall),
                        "client_cpu_median_ms": milliseconds(it.client),
                        "server_cpu_median_ms": milliseconds(it.server),
                        "peak_bytes": it.peak,
                        "wall_of_pg_dump": ratio(it.wall, dump.wall),
                        "cpu_of_pg_dump": ratio(it.client + it.server, dump.client + dump.server),
                        "rounds": rounds,
                    })
                })
                .collect();
            json!({
                "tables": result.tables,
                "postgresql": result.version,
                "holds": result.holds,
                "scenarios": scenarios,
            })
        })
        .collect();
    let whole = json!({"pgconverge": env!("CARGO_PKG_VERSION"), "sizes": results});
    format!("{}\n", serde_json::to_string_pretty(&whole).unwrap())
}

/// Medians, but for what is named otherwise.
struct Summary {
    wall_min: Duration,
    wall: Duration,
    client: Duration,
    server: Duration,
    /// The largest of all.
    peak: u64,
}

impl Summary {
    fn of(costs: &[Cost]) -> Self {
        Self {
            wall_min: costs.iter().map(|cost| cost.wall).min().unwrap(),
            wall: median(costs, |cost| cost.wall),
            client: median(costs, |cost| cost.client),
            server: median(costs, |cost| cost.server),
            peak: costs.iter().map(|cost| cost.peak).max().unwrap(),
        }
    }
}

fn costs(result: &Results, wanted: Scenario) -> &[Cost] {
    let found = result.scenarios.iter().find(|(scenario, _)| *scenario == wanted);
    found.map(|(_, costs)| costs.as_slice()).unwrap()
}

fn growth(first: &Results, last: &Results, scenario: Scenario, costs_of_last: &[Cost]) -> f64 {
    let wall = |costs: &[Cost]| Summary::of(costs).wall.as_secs_f64();
    let small = wall(costs(first, scenario)) / first.tables as f64;
    let large = wall(costs_of_last) / last.tables as f64;
    large / small
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> Duration {
    let mut all: Vec<Duration> = costs.iter().map(of).collect();
    all.sort();
    (all[(all.len() - 1) / 2] + all[all.len() / 2]) / 2
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
