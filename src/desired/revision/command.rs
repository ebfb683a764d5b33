//! git, as it is called here.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use crate::diagnostic::Located;

/// What a hook of git has set, and what would make it another repository than the one around a directory.
const OF_HOOKS: [&str; 5] =
    ["GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// Runs git in a directory, to its end.
pub fn git<S: AsRef<OsStr>>(
    directory: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, Located> {
    output(command(directory).args(arguments))
}

/// git in a directory, whatever a hook has set.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    for variable in OF_HOOKS {
        command.env_remove(variable);
    }
    // Nobody is there to be asked for a password, should it fetch something.
    command.current_dir(directory).env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// Runs it; that it fails is no error here.
pub fn output(command: &mut Command) -> Result<Output, Located> {
    command.output().map_err(|error| {
        let message = format!("git cannot be run: {error}");
        Located::new("pgconverge::revision::no_git", message).help(
            "`--against` asks git for the files of a revision: install it, and have it on the PATH",
        )
    })
}

/// What it gave, where nothing but a broken repository can be in its way.
pub fn succeeded(output: Output) -> Result<Output, Located> {
    if output.status.success() {
        return Ok(output);
    }
    let message = "git cannot give the files of the revision".to_owned();
    Err(Located::new("pgconverge::revision::failed", message)
        .help(format!("see whether the repository is whole: `git fsck`{}", said(&output))))
}

/// What git has said, as far as it has said anything.
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    match text.trim() {
        "" => String::new(),
        text => format!("\ngit says: {text}"),
    }
}

/// What it gave, if that is one line.
pub fn one_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
