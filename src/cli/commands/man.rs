//! `man`: pages of the manual.

use clap::builder::Resettable;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::Exit;
use crate::cli::arguments::{Arguments, ManArguments};
use crate::cli::files::write;
use crate::cli::output::data;
use crate::diagnostic::{Located, did_you_mean};

pub fn run(arguments: &ManArguments) -> miette::Result<Exit> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    // Flags of every command are in each page.
    program.build();
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    if let Some(directory) = &arguments.dir {
        std::fs::create_dir_all(directory).map_err(|error| {
            let message = format!("{} cannot be made: {error}", directory.display());
            Located::new("pgconverge::man::unwritable", message)
                .help("name a directory that you may write to")
        })?;
        for command in std::iter::once(&program).chain(&commands) {
            let path = directory.join(format!("{}.1", called(command)));
            write(&path, &page(command), "pgconverge::man::unwritable")?;
            data(&format!("{}\n", path.display()))?;
        }
        return Ok(Exit::Success);
    }
    let command = match &arguments.command {
        None => &program,
        Some(name) => commands.iter().find(|it| it.get_name() == name).ok_or_else(|| {
            let near = did_you_mean(name, commands.iter().map(Command::get_name));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            Located::new(
                "pgconverge::man::unknown_command",
                format!("there is no command `{name}`"),
            )
            .help(help.unwrap_or_else(|| "`pgconverge help` lists them".to_owned()))
        })?,
    };
    data(&page(command))?;
    Ok(Exit::Success)
}

fn page(command: &Command) -> String {
    let mut page = Vec::new();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    // Writing into memory cannot fail.
    let _ = Man::new(command.clone().after_help(Resettable::Reset)).render(&mut page);
    let page = String::from_utf8_lossy(&page);
    // What stands below the help is in columns, and its lines are lines of the page.
    let lines = examples.lines().skip(1).map(|line| roff(line.trim_start()));
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    format!("{}\n.SH EXAMPLES\n.nf\n{lines}.fi\n", page.trim_end())
}

/// Text that roff shows as it is.
fn roff(text: &str) -> String {
    let one = |c| match c {
        '\\' => "\\e".to_owned(),
        '-' => "\\-".to_owned(),
        '\'' => "\\(aq".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}

/// `pgconverge`, `pgconverge-plan`
fn called(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}
