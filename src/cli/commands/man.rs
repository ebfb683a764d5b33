//! `man`: pages of the manual.

use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command, CommandFactory};
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

/// The day that the pages are of, as others have it that are made by nobody's clock.
const DAY: &str = "2026-11-28";

fn page(command: &Command) -> String {
    let mut page = Vec::new();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command.clone().after_help(Resettable::Reset));
    let version = format!("pgconverge {}", env!("CARGO_PKG_VERSION"));
    let man = man.title(called(command)).date(DAY).source(version).manual("pgconverge");
    // Writing into memory cannot fail.
    let _ = man.render(&mut page);
    let page = String::from_utf8_lossy(&page);
    let page = tidy(&page, &synopsis(command));
    // What stands below the help is in columns, and its lines are lines of the page.
    let lines = examples.lines().skip(1).map(|line| roff(line.trim_start()));
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    format!("{}\n.SH EXAMPLES\n.nf\n{lines}.fi\n", page.trim_end())
}

/// The page with this synopsis, and without breaks around what is a break already.
fn tidy(page: &str, synopsis: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut of_synopsis = false;
    for line in page.lines() {
        if line.starts_with(".SH") {
            of_synopsis = line == ".SH SYNOPSIS";
            lines.push(line);
            if of_synopsis {
                lines.push(synopsis);
            }
        } else if of_synopsis || (line == ".br" && lines.last() == Some(&".sp")) {
        } else if line.is_empty() || line == ".sp" {
            // An empty line is the space of one.
            while lines.last() == Some(&".br") {
                lines.pop();
            }
            if lines.last() != Some(&".sp") {
                lines.push(".sp");
            }
        } else {
            lines.push(line.trim_end());
        }
    }
    lines.join("\n")
}

/// How the command is called: its flags with what they take, then what stands alone.
fn synopsis(command: &Command) -> String {
    let shown = |argument: &Arg| {
        let flag = match (argument.get_short(), argument.get_long()) {
            (Some(short), Some(long)) => format!("\\fB\\-{short}\\fR|\\fB\\-\\-{}\\fR", roff(long)),
            (Some(short), None) => format!("\\fB\\-{short}\\fR"),
            (None, Some(long)) => format!("\\fB\\-\\-{}\\fR", roff(long)),
            (None, None) => String::new(),
        };
        let takes = argument.get_num_args().is_some_and(|count| count.takes_values());
        let names = argument.get_value_names().unwrap_or_default().iter().filter(|_| takes);
        let names: Vec<String> = names.map(|name| format!("\\fI{}\\fR", roff(name))).collect();
        let values = names.join(" ");
        let many = matches!(argument.get_action(), ArgAction::Append);
        let dots = if many { "\\|..." } else { "" };
        let gap = if flag.is_empty() || values.is_empty() { "" } else { " " };
        let text = format!("{flag}{gap}{values}");
        match argument.is_required_set() {
            true => format!("{text}{dots}"),
            false => format!("[{text}]{dots}"),
        }
    };
    let name = roff(command.get_bin_name().unwrap_or_else(|| command.get_name()));
    let flags = command.get_opts().chain(command.get_arguments().filter(is_switch));
    let flags = flags.filter(|argument| !argument.is_hide_set());
    let mut words = vec![format!("\\fB{name}\\fR")];
    words.extend(flags.map(shown));
    words.extend(command.get_positionals().map(shown));
    if command.has_subcommands() {
        words.push("\\fICOMMAND\\fR".to_owned());
    }
    words.join("\n")
}

/// Whether it is a flag that takes nothing.
fn is_switch(argument: &&Arg) -> bool {
    !argument.is_positional() && !argument.get_num_args().is_some_and(|count| count.takes_values())
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
