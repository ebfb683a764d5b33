//! What a plan costs on a large database, next to `pg_dump --schema-only` of the same one:
//!
//! ```text
//! cargo bench --bench catalog -- [SIZE]… [--rounds N] [--cached] [--json FILE]
//! ```
//!
//! A size is a number of tables; 1000 and 5000 when none is given. `--cached` leaves out the runs
//! that fill a shadow, which take most of the time. Linux only: CPU time and memory come from /proc.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark fails by panicking, and its output is what it is for"
)]

mod generate;
mod measure;
mod report;
mod scenarios;

#[path = "../../tests/support/postgres.rs"]
mod postgres;
#[path = "../../tests/support/server.rs"]
mod server;

use std::path::PathBuf;

fn main() {
    let options = Options::parse(std::env::args().skip(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(server::start());
    let results: Vec<_> = options
        .sizes
        .iter()
        .map(|tables| scenarios::run(&runtime, &server, *tables, &options))
        .collect();
    println!("{}", report::text(&results));
    if let Some(file) = &options.json {
        std::fs::write(file, report::json(&results)).unwrap();
    }
}

struct Options {
    sizes: Vec<usize>,
    rounds: usize,
    cached: bool,
    json: Option<PathBuf>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut options = Self { sizes: Vec::new(), rounds: 5, cached: false, json: None };
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
            match argument.as_str() {
                // What cargo itself adds.
                "--bench" => {}
                "--cached" => options.cached = true,
                "--rounds" => options.rounds = value().parse().unwrap(),
                "--json" => options.json = Some(value().into()),
                size => match size.parse() {
                    Ok(size) => options.sizes.push(size),
                    Err(_) => {
                        panic!("{size} is neither a number of tables nor a flag")
                    }
                },
            }
        }
        if options.sizes.is_empty() {
            options.sizes = vec![1000, 5000];
        }
        options
    }
}
