//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::duration::duration;
use super::examples;
use super::formats::report_file;
pub use super::formats::{
    CheckFormat, DriftFormat, PlanFormat, ReportFile, VerifyFormat, WhyFormat,
};
use super::rest::rest;
use super::terminal::Loudness;

/// Declarative schema-as-code for PostgreSQL: the schema is described in TOML files, and the
/// database is made to equal them.
#[derive(Debug, Parser)]
#[command(name = "pgconverge", version, max_term_width = 100, after_help = examples::PROGRAM)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Directory of the schema's files [default: schema]
    #[arg(long, global = true, value_name = "DIR")]
    pub schema: Option<PathBuf>,
    /// The database: a URL or a libpq keyword string. Else DATABASE_URL, else libpq's PG*
    /// variables, service file and password file; none of these: the development server
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// A server for the shadow database, instead of an embedded one
    #[arg(long, global = true, value_name = "URL")]
    pub shadow_url: Option<String>,
    /// The day that windows of partitions are rolled to [default: today, UTC]
    #[arg(long, global = true, value_name = "DATE")]
    pub as_of: Option<jiff::civil::Date>,
    /// What the files have a say over: the schemas that they name, or the whole database
    /// [default: schemas]
    #[arg(long, global = true, value_enum)]
    pub manage: Option<ManageArgument>,
    /// Objects that are somebody else's, as `schema.name` with `*` and `?`; may be repeated
    #[arg(long, global = true, value_name = "PATTERN")]
    pub ignore: Vec<String>,
    /// From how many pages of rows on a relation is changed in ways that let others use it meanwhile
    /// [default: 1024]
    #[arg(long, global = true, value_name = "PAGES")]
    pub online_from: Option<i64>,
    /// Take the short way with relations of any size: for a database that nobody uses
    #[arg(long, global = true, conflicts_with = "online_from")]
    pub offline: bool,
    /// The environment in pgconverge.toml to take settings from
    #[arg(long, global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// Make the canonical state anew, and do not keep it
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// When to colour: on a terminal, unless NO_COLOR or CLICOLOR_FORCE says otherwise, or as told
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorArgument,
    /// Say nothing besides what was asked for, errors, and why something is refused
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: where it connects to, what is known from before, what takes how long
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Say at the end where the time went
    #[arg(long, global = true)]
    pub timings: bool,
}

impl Common {
    pub fn loudness(&self) -> Loudness {
        match (self.quiet, self.verbose) {
            (true, _) => Loudness::Quiet,
            (_, true) => Loudness::Verbose,
            _ => Loudness::Usual,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArgument {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ManageArgument {
    Schemas,
    Database,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a project here, with nothing or with a database that is there; nothing is overwritten
    #[command(after_help = examples::INIT)]
    Init(InitArguments),
    /// Print the steps from the live database to the files
    #[command(after_help = examples::PLAN)]
    Plan(PlanArguments),
    /// Make the database equal the files; without --confirm, print the plan only
    #[command(after_help = examples::APPLY)]
    Apply(ApplyFileArguments),
    /// Make the partitions that windows are to have, and let go of those that are past; nothing else.
    /// Without --confirm, print the plan only
    #[command(after_help = examples::MAINTAIN)]
    Maintain(ApplyArguments),
    /// Name every difference between the database and the files, and change nothing
    #[command(after_help = examples::DRIFT)]
    Drift(DriftArguments),
    /// Write the live database as TOML files
    #[command(after_help = examples::PULL)]
    Pull(PullArguments),
    /// Check the files, and look for defects that PostgreSQL accepts; no database is needed
    #[command(after_help = examples::CHECK)]
    Check(CheckArguments),
    /// Run the project's checks on the database, and undo whatever they do
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArguments),
    /// Say of an object what orders, blocks or rebuilds it, what it depends on and what needs it
    #[command(after_help = examples::WHY)]
    Why(WhyArguments),
    /// Print what is to be known of the code of an error, or of a lint rule; without one, list all
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArguments),
    /// Print a JSON Schema of the files, for editors
    #[command(after_help = examples::SCHEMA)]
    Schema,
    /// Print the desired state as one SQL script
    #[command(after_help = examples::SQL)]
    Sql,
    /// Keep the development server up and print its address
    #[command(after_help = examples::DEV)]
    Dev,
    /// Print a script with which a shell completes commands and flags
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArguments),
    /// Print a page of the manual: of the program, or of a command
    #[command(after_help = examples::MAN)]
    Man(ManArguments),
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// Write the files of the database that is named, as `pull` does
    #[arg(long)]
    pub pull: bool,
}

#[derive(Debug, Args)]
pub struct WhyArguments {
    /// As a plan shows it, such as `table public.books`, or without the kind
    pub object: String,
    #[arg(long, value_enum, default_value_t)]
    pub format: WhyFormat,
    #[command(flatten)]
    pub one: OneTarget,
}

#[derive(Debug, Args)]
pub struct CompletionsArguments {
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct ManArguments {
    /// The command; the program without one
    pub command: Option<String>,
    /// Write all pages into this directory instead, one file each
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(flatten)]
    pub policy: Policy,
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// Exit with 2 when there is something to do
    #[arg(long)]
    pub exit_code: bool,
    /// Write the plan to a file, too, so that `apply --plan` can run just that
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print the way back from the plan instead, and what it does not bring back
    #[arg(long, conflicts_with_all = ["out", "exit_code"])]
    pub undo: bool,
    /// Compare with the files of a git revision instead of a database, such as a branch, or `main...` for where
    /// this branch began
    #[arg(long, value_name = "REF", conflicts_with = "out")]
    pub against: Option<String>,
    #[command(flatten)]
    pub targeting: Targeting,
}

/// Which of the targets in pgconverge.toml a command is about.
#[derive(Debug, Args)]
pub struct Targeting {
    /// Of the targets in pgconverge.toml this one alone, or those that fit a pattern with `*` and `?`; may be
    /// repeated
    #[arg(long, value_name = "NAME")]
    pub target: Vec<String>,
    /// How many targets are connected to at once [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    pub concurrency: Option<u8>,
}

/// Which of the targets in pgconverge.toml a command is about that is about one database.
#[derive(Debug, Args)]
pub struct OneTarget {
    /// Of the targets in pgconverge.toml this one
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
}

/// In which order targets come, and what becomes of the others when one fails.
#[derive(Debug, Args)]
pub struct RollOut {
    /// Targets that come first, by name or pattern, or how many; the others follow if all of these are as the
    /// files say then; may be repeated
    #[arg(long, value_name = "NAME")]
    pub canary: Vec<String>,
    /// Go on with the other targets when one fails or is refused
    #[arg(long)]
    pub keep_going: bool,
}

#[derive(Debug, Args)]
pub struct ApplyFileArguments {
    #[command(flatten)]
    pub arguments: ApplyArguments,
    /// Run just what `plan --out` wrote to this file; exit with 4 if the database or the files are not
    /// as they were then
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ApplyArguments {
    #[command(flatten)]
    pub policy: Policy,
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// Run the plan
    #[arg(long)]
    pub confirm: bool,
    /// How long a step waits for a lock while others may queue behind it, such as 500ms; then its
    /// transaction is undone and tried again [default: 800ms]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub lock_timeout: Option<Duration>,
    /// How long a transaction is tried again when it does not get its locks, such as 30s or 1h
    /// [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub lock_wait: Option<Duration>,
    /// How long a statement may take, such as 10m [default: as long as it needs]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub statement_timeout: Option<Duration>,
    /// How long a batch of rows that are copied or filled rests before the next one, as a multiple of
    /// how long it took; 0 is without rest [default: 1]
    #[arg(long, value_name = "TIMES", value_parser = rest)]
    pub rest: Option<f64>,
    /// Do not ask the rows beforehand whether they are in the way
    #[arg(long)]
    pub no_preflight: bool,
    /// Where the journal of the run is written, one file a run [default: .pgconverge/journal]
    #[arg(long, value_name = "DIR")]
    pub journal: Option<PathBuf>,
    #[command(flatten)]
    pub targeting: Targeting,
    #[command(flatten)]
    pub roll_out: RollOut,
}

#[derive(Debug, Args)]
pub struct DriftArguments {
    #[command(flatten)]
    pub targeting: Targeting,
    #[arg(long, value_enum, default_value_t)]
    pub format: DriftFormat,
    /// Write a report to a file, too, whole or not at all; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    pub report: Vec<ReportFile>,
    /// Write what the database has into the files: of the objects named, as drift names them; of all
    /// without a name
    #[arg(long, value_name = "OBJECT", num_args = 0.., conflicts_with_all = ["format", "report", "strict"])]
    pub accept: Option<Vec<String>>,
    /// Count what cannot be managed as a difference
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The checks to run, by name, with `*` and `?`; all of them when none is named
    pub names: Vec<String>,
    /// Checks not to run; may be repeated
    #[arg(long, value_name = "NAME")]
    pub skip: Vec<String>,
    /// Directory of the files of checks [default: checks, beside the schema's directory]
    #[arg(long, value_name = "DIR")]
    pub checks: Option<PathBuf>,
    /// Run them on a database that is made from the files, and touch no other
    #[arg(long, conflicts_with = "target")]
    pub shadow: bool,
    /// How many declared checks run at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..))]
    pub sessions: u8,
    #[arg(long, value_enum, default_value_t)]
    pub format: VerifyFormat,
    #[command(flatten)]
    pub one: OneTarget,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Take out of the files what lint rules find and what can go without harm
    #[arg(long)]
    pub fix: bool,
    /// Say of superfluous indexes how large they are in the database
    #[arg(long)]
    pub sizes: bool,
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// With --sizes, of the targets in pgconverge.toml this one
    #[arg(long, value_name = "NAME", requires = "sizes")]
    pub target: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// As it is shown, such as pgconverge::desired::unknown_key or redundant-index
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub struct PullArguments {
    /// The schemas to write; all that are not the system's when none is named
    pub schemas: Vec<String>,
    #[command(flatten)]
    pub one: OneTarget,
}

/// Leave for what is otherwise refused.
#[derive(Debug, Args)]
pub struct Policy {
    /// Give leave for steps of a hazard class; may be repeated
    #[arg(long, value_enum, value_name = "CLASS")]
    pub allow: Vec<Leave>,
    /// Refuse to go on while the database has objects that cannot be managed
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leave {
    /// Steps that lose rows, values or positions
    DataLoss,
    /// Rows are copied into a new table, which takes the place of the old one.
    Copy,
    /// Tables that are written anew while nobody can read them
    Rewrite,
    /// Reads and writes that wait
    BlocksReads,
    /// Writes that wait
    BlocksWrites,
    /// Everything: for scratch databases
    All,
}
