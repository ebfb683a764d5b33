//! Running the checks.

use std::iter;
use std::sync::Mutex;

use futures_util::future::try_join_all;
use tokio_postgres::Client;

use super::attempt::{Attempt, Stop};
use super::built_in;
use super::declared::{Checks, Declared};
use super::failure::Failure;
use super::report::{Report, Verdict};
use super::selection::Selection;
use super::session::{self, Sequences};
use crate::catalog::reason;
use crate::diagnostic::Located;
use crate::pipeline::{DesiredState, OpenTarget, Outcome, Settings};
use crate::sql::Fragment;

/// Whose the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Others may use it, and nothing may stay behind.
    Shared,
    /// It was made for this run.
    Own,
}

/// How often a check is run that the server undid because of another one.
const ATTEMPTS: u32 = 5;

/// How long a check waits for somebody's lock, in milliseconds.
const LONGEST_WAIT: &str = "5000";

/// Runs the checks of `selection`: first those that are built in, then those that are declared, the latter over
/// as many as `sessions` sessions.
///
/// # Errors
/// A catalog that cannot be read, a connection that breaks. What a check finds is no error.
pub async fn verify(
    settings: &Settings,
    open: &OpenTarget,
    ground: Ground,
    compared: Option<(&mut DesiredState, &Outcome)>,
    checks: &Checks,
    selection: &Selection,
    sessions: usize,
) -> miette::Result<Report> {
    let mut verdicts = Vec::new();
    if let Some((desired, outcome)) = compared {
        verdicts = built_in::run(settings, open, desired, outcome, selection).await?;
    }
    let wanted: Vec<&Declared> =
        checks.checks.iter().filter(|declared| selection.has(&declared.name)).collect();
    let sequences = match ground {
        Ground::Shared if !wanted.is_empty() => Sequences::of(&open.connection.client).await?,
        _ => Sequences::default(),
    };
    let mut connections = vec![open.target.connect().await?];
    while connections.len() < sessions.min(wanted.len()) {
        // With as many as the server has room for it takes longer, and no more than that.
        let Ok(connection) = open.target.connect().await else { break };
        connections.push(connection);
    }
    let run = Run {
        checks,
        ground,
        sequences: &sequences,
        writing: tokio::sync::Mutex::new(()),
        moved: Mutex::default(),
    };
    // Shared by the sessions: each takes the next that nobody has taken.
    let waiting = Mutex::new(wanted.into_iter().enumerate());
    let lanes = connections.iter().map(|connection| {
        let mine = iter::from_fn(|| waiting.lock().ok()?.next());
        let run = &run;
        async move {
            let mut done = Vec::new();
            for (n, declared) in mine {
                done.push((n, run.one(&connection.client, declared).await?));
            }
            Ok::<_, Located>(done)
        }
    });
    let mut done: Vec<(usize, Verdict)> =
        try_join_all(lanes).await?.into_iter().flatten().collect();
    done.sort_by_key(|(n, _)| *n);
    verdicts.extend(done.into_iter().map(|(_, verdict)| verdict));
    let moved = run.moved.into_inner().unwrap_or_default();
    Ok(Report { verdicts, remarks: remarks(&sequences, &moved) })
}

/// What had to stay behind.
fn remarks(sequences: &Sequences, moved: &Moved) -> Vec<String> {
    let mut remarks = Vec::new();
    if moved.others {
        let names = sequences.others.join(", ");
        remarks.push(format!(
            "sequences that another role owns may have moved on, since only that role can keep their positions: {names}"
        ));
    }
    if let Some(reason) = &moved.not_kept {
        remarks.push(format!(
            "sequences may have moved on, since their positions could not be kept: {reason}"
        ));
    }
    remarks
}

/// Why positions of sequences may not be what they were.
#[derive(Debug, Default)]
struct Moved {
    /// Another role owns some.
    others: bool,
    /// What the server said when they were to be kept.
    not_kept: Option<String>,
}

/// What the checks of one run share.
struct Run<'a> {
    checks: &'a Checks,
    ground: Ground,
    sequences: &'a Sequences,
    /// Held by the one check that writes, where others use the database: it holds fewer locks then.
    writing: tokio::sync::Mutex<()>,
    moved: Mutex<Moved>,
}

impl Run<'_> {
    async fn one(&self, client: &Client, declared: &Declared) -> Result<Verdict, Located> {
        let sources = &self.checks.sources;
        // Whether a check writes, the server knows: it is asked in a transaction that refuses to.
        let prepares = declared.preparation(self.checks).next().is_some();
        let mut attempt = Attempt { client, sources, read_only: !prepares, within: None };
        let shared = self.ground == Ground::Shared;
        let mut attempts = 0;
        let failures = loop {
            let writes = !attempt.read_only;
            let alone = if writes && shared { Some(self.writing.lock().await) } else { None };
            let kept = (alone.is_some() && self.keeps()).then_some(self.sequences);
            self.note(|moved| moved.others |= alone.is_some() && !self.sequences.others.is_empty());
            let result = self.attempt(&attempt, declared, kept).await;
            let undone = session::undo(client).await;
            let result = result.and_then(|failures| undone.map(|()| failures));
            attempts += 1;
            match result {
                Ok(failures) => break failures,
                Err(Stop::Writes) => attempt.read_only = false,
                // The next time, nobody tries.
                Err(Stop::NotKept(failure)) => {
                    self.note(|moved| moved.not_kept = Some(failure.message));
                }
                Err(Stop::Undone(_)) if attempts < ATTEMPTS => {}
                Err(Stop::Failed(failure) | Stop::Undone(failure)) => break vec![failure],
                Err(Stop::Escaped(failure)) => {
                    let message = "a statement ended the transaction that the check was in: what came before it may have \
                                   stayed in the database";
                    break vec![Failure { message: message.to_owned(), ..failure }];
                }
                Err(Stop::Broken(error)) => return Err(broken(&declared.name, &error)),
            }
        };
        Ok(Verdict {
            name: declared.name.clone(),
            description: declared.description.clone(),
            declared_at: Some(sources.describe(declared.place)),
            failures,
        })
    }

    async fn attempt(
        &self,
        attempt: &Attempt<'_>,
        declared: &Declared,
        kept: Option<&Sequences>,
    ) -> Result<Vec<Failure>, Stop> {
        let waits = match self.ground {
            Ground::Shared => LONGEST_WAIT,
            // Only for other checks, which come to an end.
            Ground::Own => "0",
        };
        session::begin(attempt, waits, &declared.settings, kept).await?;
        for statement in declared.preparation(self.checks) {
            attempt.prepare(statement).await.map_err(|stop| in_setup(attempt, statement, stop))?;
        }
        let mut failures = Vec::new();
        for expectation in &declared.expectations {
            match expectation.hold(attempt).await {
                Ok(()) => {}
                Err(Stop::Failed(failure)) => failures.push(failure),
                Err(other) => return Err(other),
            }
        }
        Ok(failures)
    }

    /// Whether positions of sequences can be kept, as far as this run knows: to see that they cannot takes a while.
    fn keeps(&self) -> bool {
        self.moved.lock().is_ok_and(|moved| moved.not_kept.is_none())
    }

    fn note(&self, what: impl FnOnce(&mut Moved)) {
        if let Ok(mut moved) = self.moved.lock() {
            what(&mut moved);
        }
    }
}

/// Whatever is expected cannot be seen when what comes before it fails.
fn in_setup(attempt: &Attempt<'_>, statement: &Fragment, stop: Stop) -> Stop {
    let stop = match stop {
        Stop::Failed(failure) => {
            let message = format!("the setup fails: {}", failure.message);
            Stop::Failed(Failure { message, ..failure })
        }
        other => other,
    };
    stop.or_at(|| statement.place().map(|place| attempt.sources.describe(place)))
}

fn broken(name: &str, error: &tokio_postgres::Error) -> Located {
    let message = format!("the connection broke in the check {name}: {}", reason(error));
    Located::new("pgconverge::verify::connection", message)
        .help("run the command again; what the check did is undone by the server")
}
