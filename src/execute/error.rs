//! What can go wrong while a plan runs.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use tokio_postgres::error::ErrorPosition;

use super::blocker::Blocker;
use crate::model::Step;

/// A plan that did not run to its end.
#[derive(Debug)]
pub enum ExecuteError {
    /// The session could not be set up, or broke between two steps.
    Session(tokio_postgres::Error),
    /// Another run holds the lock of this database.
    Busy { other: Option<Blocker> },
    /// A secret that a step needs is not in the environment.
    Secret { step: String, variable: String },
    /// Somebody wanted it to stop.
    Interrupted {
        /// The step that it did not begin, or did not end.
        at: usize,
        committed: usize,
        steps: usize,
        /// Whether that had begun, with no transaction that would have undone it.
        outside: bool,
    },
    /// A statement failed.
    Statement(Box<Failure>),
}

const BUSY: &str = "another pgconverge is at work on this database";

/// A failed statement, and how far the plan had come.
#[derive(Debug)]
pub struct Failure {
    headline: String,
    message: String,
    code: Option<String>,
    advice: Option<String>,
    sql: NamedSource<String>,
    at: Option<usize>,
    committed: usize,
    steps: usize,
    /// Whether there was no transaction that would have undone it.
    outside: bool,
    /// Who was in the way, when it was a lock that did not come.
    blockers: Vec<Blocker>,
}

impl ExecuteError {
    pub(super) fn secret(step: &Step, variable: String) -> Self {
        Self::Secret { step: format!("{} ({})", step.title, step.address), variable }
    }

    /// The same, with those who held the locks that it needs.
    pub(super) fn because_of(mut self, blockers: Vec<Blocker>) -> Self {
        if let Self::Statement(failure) = &mut self {
            failure.blockers = blockers;
        }
        self
    }

    /// The same, should the server have repeated one of `secrets`.
    pub(super) fn without(mut self, secrets: &[String]) -> Self {
        if let Self::Statement(failure) = &mut self {
            for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                for text in failure.advice.iter_mut().chain([&mut failure.message]) {
                    *text = text.replace(secret.as_str(), "(secret)");
                }
            }
        }
        self
    }

    pub(super) fn step(
        number: usize,
        step: &Step,
        error: &tokio_postgres::Error,
        committed: usize,
        steps: usize,
    ) -> Self {
        let headline = format!("step {number}, {} ({}), failed", step.title, step.address);
        let mut failed = Self::failure(headline, step.sql.as_str(), error, committed, steps);
        if let Self::Statement(failure) = &mut failed {
            failure.outside = !step.transactional;
        }
        failed
    }

    pub(super) fn transaction(
        sql: &str,
        error: &tokio_postgres::Error,
        committed: usize,
        steps: usize,
    ) -> Self {
        Self::failure(format!("{sql} failed"), sql, error, committed, steps)
    }

    fn failure(
        headline: String,
        sql: &str,
        error: &tokio_postgres::Error,
        committed: usize,
        steps: usize,
    ) -> Self {
        let refusal = error.as_db_error();
        let advice = refusal.map(|refusal| [refusal.detail(), refusal.hint()]);
        let advice: Vec<&str> = advice.into_iter().flatten().flatten().collect();
        let position = match refusal.and_then(|refusal| refusal.position()) {
            Some(ErrorPosition::Original(position)) => Some(*position as usize),
            _ => None,
        };
        Self::Statement(Box::new(Failure {
            headline,
            message: refusal.map_or_else(|| error.to_string(), |r| r.message().to_owned()),
            code: refusal.map(|refusal| refusal.code().code().to_owned()),
            advice: (!advice.is_empty()).then(|| advice.join("\n")),
            at: position.map(|position| byte_of(sql, position)),
            sql: NamedSource::new("statement", sql.to_owned()).with_language("SQL"),
            committed,
            steps,
            outside: false,
            blockers: Vec::new(),
        }))
    }
}

/// What there is of a plan whose last step ran `outside` of a transaction, or inside one.
fn left(outside: bool, committed: usize, steps: usize) -> String {
    if outside { begun(committed, steps) } else { kept(committed, steps) }
}

/// How far a plan came.
fn kept(committed: usize, steps: usize) -> String {
    match committed {
        0 => "nothing of the plan was kept".to_owned(),
        n => format!("steps 1 to {n} of {steps} were kept, the rest was undone"),
    }
}

/// The same, where the step that failed undoes nothing itself.
fn begun(committed: usize, steps: usize) -> String {
    let left = "what this one has begun may be there still, an invalid index say";
    match committed {
        0 => format!("no step of the plan is done; {left}"),
        n => format!("steps 1 to {n} of {steps} were kept; {left}"),
    }
}

/// The byte of the character that the server counts from 1.
fn byte_of(sql: &str, position: usize) -> usize {
    sql.char_indices().nth(position.saturating_sub(1)).map_or(sql.len(), |(byte, _)| byte)
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error) => match error.as_db_error() {
                Some(refusal) => {
                    let code = refusal.code().code();
                    write!(f, "the session failed: {} (SQLSTATE {code})", refusal.message())
                }
                None => write!(f, "the session failed: {error}"),
            },
            Self::Busy { other: None } => f.write_str(BUSY),
            Self::Busy { other: Some(other) } => write!(f, "{BUSY}: {other}"),
            Self::Secret { step, variable } => {
                write!(
                    f,
                    "{step} needs a secret, and the environment variable {variable} is not set"
                )
            }
            Self::Interrupted { at, steps, outside, .. } => {
                let how = if *outside { "in the middle of" } else { "before" };
                write!(f, "stopped {how} step {at} of {steps}, as was asked")
            }
            Self::Statement(failure) => {
                write!(f, "{}: {}", failure.headline, failure.message)?;
                match &failure.code {
                    Some(code) => write!(f, " (SQLSTATE {code})"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for ExecuteError {}

impl Diagnostic for ExecuteError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(match self {
            Self::Session(_) => "pgconverge::execute::session",
            Self::Busy { .. } => "pgconverge::execute::busy",
            Self::Secret { .. } => "pgconverge::execute::secret",
            Self::Interrupted { .. } => "pgconverge::execute::interrupted",
            Self::Statement(_) => "pgconverge::execute::statement",
        }))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            Self::Session(_) => {
                Some(Box::new("run the command again; it goes on from what is there"))
            }
            Self::Busy { .. } => {
                Some(Box::new("wait until it is done, then run the command again"))
            }
            Self::Secret { .. } => Some(Box::new("set it for this run; nothing was done")),
            Self::Interrupted { committed, steps, outside, .. } => Some(Box::new(format!(
                "{}; the next plan goes on from there",
                left(*outside, *committed, *steps)
            ))),
            Self::Statement(failure) => Some(Box::new(failure.help())),
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Self::Statement(failure) => Some(&failure.sql),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Self::Statement(failure) = self else { return None };
        let length = failure.sql.inner().len();
        let span = match failure.at {
            Some(at) => LabeledSpan::new(
                Some("the server stops here".to_owned()),
                at,
                usize::from(at < length),
            ),
            None => LabeledSpan::new(Some("the server refuses this".to_owned()), 0, length),
        };
        Some(Box::new(std::iter::once(span)))
    }
}

impl Failure {
    fn help(&self) -> String {
        let undone = left(self.outside, self.committed, self.steps);
        let advice = match self.code.as_deref() {
            // https://www.postgresql.org/docs/current/errcodes-appendix.html
            Some("55P03" | "40P01") => Some(self.locked()),
            Some("53100") => Some(
                "the server has no room left on disk; make room, then run the command again"
                    .to_owned(),
            ),
            Some("57014") => Some(
                "the statement took longer than it may; give it longer with --statement-timeout"
                    .to_owned(),
            ),
            Some("42501") => Some("the role may not do this; connect as the owner".to_owned()),
            _ => None,
        };
        let lines = [self.advice.as_deref(), advice.as_deref()];
        let mut help: Vec<&str> = lines.into_iter().flatten().collect();
        let tail = format!("{undone}; the next plan goes on from there");
        help.push(&tail);
        help.join("\n")
    }

    fn locked(&self) -> String {
        let mut lines = vec!["somebody else holds a lock that this step needs".to_owned()];
        lines.extend(self.blockers.iter().map(|blocker| format!("  {blocker}")));
        lines.push(
            "run the command again when they are done, or let it wait longer: --lock-wait"
                .to_owned(),
        );
        lines.join("\n")
    }
}
