//! The command line: arguments in, exit code out. One file a command.

mod annotations;
mod arguments;
mod commands;
mod conduct;
mod configuration;
mod duration;
mod examples;
mod files;
mod formats;
mod interruption;
mod journal;
mod output;
mod policy;
mod progress;
mod rest;
mod stages;
mod subject;
mod targets;
mod terminal;
mod undo;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tokio::runtime::Builder;

use arguments::{Arguments, Command};

/// How a run ended, beyond success and error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Success,
    /// Something failed that is no matter of all the rest, and was told.
    Failure,
    /// There are differences, or findings, and the caller is to be told by the exit code.
    Differences,
    /// A hazard has no leave.
    Refused,
    /// A saved plan is not of these two sides any more.
    Moved,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::FAILURE,
            Exit::Differences => Self::from(2),
            Exit::Refused => Self::from(3),
            Exit::Moved => Self::from(4),
        }
    }
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let begun = Instant::now();
    output::set_up_errors();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no failures. 2 is taken: it means differences.
            let code = u8::from(error.use_stderr());
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    terminal::settle(arguments.common.color, arguments.common.loudness());
    let timings = arguments.common.timings;
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return output::failure(&miette::miette!("the runtime cannot start: {error}"));
        }
    };
    let code = match runtime.block_on(run(arguments)) {
        Ok(exit) => exit.into(),
        Err(error) => output::failure(&error),
    };
    if timings {
        stages::report(begun);
    }
    code
}

async fn run(arguments: Arguments) -> miette::Result<Exit> {
    let common = arguments.common;
    match arguments.command {
        Command::Plan(arguments) => commands::plan::run(&common, &arguments).await,
        Command::Apply(arguments) => commands::apply::run(&common, &arguments).await,
        Command::Maintain(arguments) => commands::maintain::run(&common, &arguments).await,
        Command::Drift(arguments) => commands::drift::run(&common, &arguments).await,
        Command::Pull(arguments) => commands::pull::run(&common, &arguments).await,
        Command::Check(arguments) => commands::check::run(&common, &arguments).await,
        Command::Verify(arguments) => commands::verify::run(&common, &arguments).await,
        Command::Init(arguments) => commands::init::run(&common, &arguments).await,
        Command::Why(arguments) => commands::why::run(&common, &arguments).await,
        Command::Completions(arguments) => commands::completions::run(&arguments),
        Command::Man(arguments) => commands::man::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Schema => commands::schema::run(),
        Command::Sql => commands::sql::run(&common).await,
        Command::Dev => commands::dev::run(&common).await,
    }
}
