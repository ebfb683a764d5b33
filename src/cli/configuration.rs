//! `pgconverge.toml`, and how flags and variables go over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::arguments::{ApplyArguments, Common, Leave, ManageArgument};
use super::duration::of_key;
use super::policy;
use super::rest;
use super::stages::stages;
use super::targets::{self, Targets};
use crate::diagnostic::{Located, Sources, did_you_mean};
use crate::execute::Patience;
use crate::hazard::Policy;
use crate::kind::{from_value, place_of};
use crate::lint::{Level, Levels, RULES};
use crate::model::HazardClass;
use crate::pipeline::{Given, Manage, Settings};
use crate::server::connect::Environment;
use crate::server::embedded::EmbeddedSettings;
use crate::sql::Fragment;

pub const FILE: &str = "pgconverge.toml";

/// 8 MiB: what is read through in the time that a statement takes anyway.
const ONLINE_FROM: i64 = 1024;

/// What the file can say at its top.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    schema: Option<PathBuf>,
    database_url: Option<String>,
    shadow_url: Option<String>,
    manage: Option<Manage>,
    ignore: Vec<String>,
    policy: policy::Table,
    protect: Vec<Fragment>,
    online_from: Option<i64>,
    #[serde(deserialize_with = "of_key")]
    lock_timeout: Option<Duration>,
    #[serde(deserialize_with = "of_key")]
    lock_wait: Option<Duration>,
    #[serde(deserialize_with = "of_key")]
    statement_timeout: Option<Duration>,
    #[serde(deserialize_with = "rest::of_key")]
    rest: Option<f64>,
    room: Option<Fragment>,
    journal: Option<PathBuf>,
    checks: Option<PathBuf>,
    lint: BTreeMap<String, Level>,
    targets: Option<targets::Table>,
    environment: BTreeMap<String, Named>,
}

/// What it can say under `[environment.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Named {
    schema: Option<PathBuf>,
    database_url: Option<String>,
    shadow_url: Option<String>,
    manage: Option<Manage>,
    ignore: Vec<String>,
    policy: policy::Table,
    protect: Vec<Fragment>,
    online_from: Option<i64>,
    #[serde(deserialize_with = "of_key")]
    lock_timeout: Option<Duration>,
    #[serde(deserialize_with = "of_key")]
    lock_wait: Option<Duration>,
    #[serde(deserialize_with = "of_key")]
    statement_timeout: Option<Duration>,
    #[serde(deserialize_with = "rest::of_key")]
    rest: Option<f64>,
    room: Option<Fragment>,
    journal: Option<PathBuf>,
    checks: Option<PathBuf>,
    targets: Option<targets::Table>,
}

/// The settings of a run, and what the project makes of hazards.
pub struct Configured {
    pub settings: Settings,
    pub policy: Policy,
    /// How long a plan waits for locks, unless flags say otherwise.
    pub patience: Patience,
    /// How many bytes a plan may write anew, if that is said.
    pub room: Option<i64>,
    /// The directory of journals.
    pub journal: PathBuf,
    /// The directory of checks, if it is said.
    pub checks: Option<PathBuf>,
    /// How much findings of lint rules weigh.
    pub levels: Levels,
    /// The databases that the project is about, where they are several and the run does not name one.
    pub targets: Option<Targets>,
}

/// Flags win over the named environment, that over the file's top, that over variables.
pub fn configure(common: &Common) -> miette::Result<Configured> {
    let (top, sources) = read(Path::new(FILE))?;
    let named = match &common.environment {
        Some(name) => Some(top.environment.get(name).ok_or_else(|| unknown(name, &top))?),
        None => None,
    };
    let environment = Environment::of_process();
    let project = PathBuf::from(".");
    let database_url = common
        .database_url
        .clone()
        .or_else(|| named.and_then(|named| named.database_url.clone()))
        .or_else(|| top.database_url.clone())
        .or_else(|| environment.get("DATABASE_URL").map(str::to_owned));
    let schema = common
        .schema
        .clone()
        .or_else(|| named.and_then(|named| named.schema.clone()))
        .or_else(|| top.schema.clone())
        .unwrap_or_else(|| PathBuf::from("schema"));
    let manage = common.manage.map(|manage| match manage {
        ManageArgument::Schemas => Manage::Schemas,
        ManageArgument::Database => Manage::Database,
    });
    let mut ignore = common.ignore.clone();
    ignore.extend(named.into_iter().flat_map(|named| named.ignore.clone()));
    ignore.extend(top.ignore.clone());
    let settings = Settings {
        moves: false,
        schema,
        project,
        database_url,
        target: None,
        shared: None,
        tenant: None,
        shadow_url: common
            .shadow_url
            .clone()
            .or_else(|| named.and_then(|named| named.shadow_url.clone()))
            .or_else(|| top.shadow_url.clone()),
        as_of: common
            .as_of
            .unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()),
        manage: manage
            .or_else(|| named.and_then(|named| named.manage))
            .or(top.manage)
            .unwrap_or_default(),
        online_from: (!common.offline).then(|| {
            let named = named.and_then(|named| named.online_from);
            common.online_from.or(named).or(top.online_from).unwrap_or(ONLINE_FROM)
        }),
        only_windows: false,
        windows_apart: None,
        routines: None,
        fingerprints: false,
        given: Given::default(),
        ignore,
        cache: if common.no_cache { None } else { cache_directory(&environment) },
        environment,
        stages: stages(),
        embedded: EmbeddedSettings::from_environment(),
    };
    let tables: Vec<_> =
        named.map(|named| &named.policy).into_iter().chain([&top.policy]).collect();
    let protect: Vec<_> = named.map(|named| &named.protect[..]).into_iter().collect();
    let policy = policy::policy(&tables, &[&protect[..], &[&top.protect[..]]].concat(), &sources)?;
    let usual = Patience::default();
    let patience = Patience {
        lock_timeout: named
            .and_then(|named| named.lock_timeout)
            .or(top.lock_timeout)
            .unwrap_or(usual.lock_timeout),
        lock_wait: named
            .and_then(|named| named.lock_wait)
            .or(top.lock_wait)
            .unwrap_or(usual.lock_wait),
        statement_timeout: named
            .and_then(|named| named.statement_timeout)
            .or(top.statement_timeout),
        rest: named.and_then(|named| named.rest).or(top.rest).unwrap_or(usual.rest),
    };
    let journal = named
        .and_then(|named| named.journal.clone())
        .or_else(|| top.journal.clone())
        .unwrap_or_else(|| settings.project.join(".pgconverge").join("journal"));
    let checks = named.and_then(|named| named.checks.clone()).or_else(|| top.checks.clone());
    let levels = levels(&top)?;
    let room = named.and_then(|named| named.room.as_ref()).or(top.room.as_ref());
    let room = room.map(|room| policy::bytes(room, &sources)).transpose()?;
    let targets = named.and_then(|named| named.targets.as_ref()).or(top.targets.as_ref());
    let targets = targets.filter(|_| common.database_url.is_none());
    let targets = targets.map(targets::Table::targets).transpose()?;
    Ok(Configured { settings, policy, patience, room, journal, checks, levels, targets })
}

fn levels(top: &Configuration) -> miette::Result<Levels> {
    let names = || RULES.iter().map(|rule| rule.name);
    if let Some(name) = top.lint.keys().find(|name| !names().any(|rule| rule == *name)) {
        let message = format!("{FILE} speaks of the lint rule `{name}`, and there is none");
        return Err(Located::new("pgconverge::configuration::invalid", message)
            .help(match did_you_mean(name, names()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "docs/lint.md has all rules".to_owned(),
            })
            .into());
    }
    Ok(Levels(top.lint.clone()))
}

/// What a run makes of hazards, given leave for some.
pub fn policy_with(configured: &Configured, leaves: &[Leave]) -> Policy {
    let mut policy = configured.policy.clone();
    for leave in leaves {
        match leave {
            Leave::DataLoss => policy.allowed.extend([HazardClass::DataLoss]),
            Leave::Copy => policy.allowed.extend([HazardClass::Copy]),
            Leave::Rewrite => policy.allowed.extend([HazardClass::Rewrite]),
            Leave::BlocksReads => policy.allowed.extend([HazardClass::BlocksReads]),
            Leave::BlocksWrites => policy.allowed.extend([HazardClass::BlocksWrites]),
            Leave::All => policy.allowed.extend(HazardClass::ALL),
        }
    }
    policy
}

/// How long a run waits for locks.
pub fn patience(configured: &Configured, arguments: &ApplyArguments) -> Patience {
    Patience {
        lock_timeout: arguments.lock_timeout.unwrap_or(configured.patience.lock_timeout),
        lock_wait: arguments.lock_wait.unwrap_or(configured.patience.lock_wait),
        statement_timeout: arguments.statement_timeout.or(configured.patience.statement_timeout),
        rest: arguments.rest.unwrap_or(configured.patience.rest),
    }
}

/// <https://specifications.freedesktop.org/basedir-spec/latest/>
fn cache_directory(environment: &Environment) -> Option<PathBuf> {
    let base = environment
        .get("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(environment.home()?.join(".cache")))?;
    Some(base.join("pgconverge").join("canonical"))
}

fn read(path: &Path) -> miette::Result<(Configuration, Sources)> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((Configuration::default(), Sources::default()));
        }
        Err(error) => {
            let message = format!("{} cannot be read: {error}", path.display());
            return Err(Located::new("pgconverge::configuration::unreadable", message)
                .help("check that it is UTF-8 text and that you may read it")
                .into());
        }
    };
    let mut sources = Sources::default();
    // What is shown of the file in an error must not show the passwords in it.
    let file = sources.add(path.to_owned(), without_addresses(&text));
    let table = DeTable::parse(&text).map_err(|error| {
        let place = place_of(file, &Spanned::new(error.span().unwrap_or(0..0), ()));
        Located::new("pgconverge::configuration::not_toml", error.message().to_owned())
            .at(&sources, place, "here")
            .help("the file is not TOML: https://toml.io")
    })?;
    let whole = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
    let result: Result<Configuration, _> = from_value(file, &whole);
    match result {
        Ok(configuration) => Ok((configuration, sources)),
        Err(error) => {
            let mut problem =
                Located::new("pgconverge::configuration::invalid", error.message.clone());
            if let Some(place) = error.place {
                problem = problem.at(&sources, place, "here");
            }
            let help = error.help.unwrap_or_else(|| "see docs/configuration.md".to_owned());
            Err(problem.help(help).into())
        }
    }
}

/// The text with every character of an address replaced, and all others where they were.
fn without_addresses(text: &str) -> String {
    let star = |c: char| if c.is_whitespace() { c.into() } else { "*".repeat(c.len_utf8()) };
    let hide = |line: &str| match line.split_once('=') {
        Some((key, value)) if key.trim().trim_matches(['"', '\'']).ends_with("_url") => {
            format!("{key}={}", value.chars().map(star).collect::<String>())
        }
        // Of targets, under any name, or none; and a keyword string.
        _ if line.contains("://") || line.contains("password") => line.chars().map(star).collect(),
        _ => line.to_owned(),
    };
    text.split('\n').map(hide).collect::<Vec<_>>().join("\n")
}

fn unknown(name: &str, configuration: &Configuration) -> Located {
    let message = format!("{FILE} has no environment `{name}`");
    let known = || configuration.environment.keys().map(String::as_str);
    Located::new("pgconverge::configuration::unknown_environment", message).help(
        match did_you_mean(name, known()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("declare it there as [environment.{name}]"),
        },
    )
}
