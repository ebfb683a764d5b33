//! `completions`: what a shell knows of the program.

use clap::CommandFactory;
use clap_complete::generate;

use crate::cli::Exit;
use crate::cli::arguments::{Arguments, CompletionsArguments};
use crate::cli::output::data;

pub fn run(arguments: &CompletionsArguments) -> miette::Result<Exit> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Arguments::command(), "pgconverge", &mut script);
    data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
