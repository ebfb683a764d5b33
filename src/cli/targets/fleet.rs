//! Which targets a run is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_postgres::SimpleQueryMessage;

use super::choice::{Canaries, chosen, not_chosen, nothing_to_choose_from, only_databases};
use super::table::{Source, Targets};
use crate::catalog::reason;
use crate::cli::arguments::Targeting;
use crate::cli::configuration::Configured;
use crate::diagnostic::Located;
use crate::model::Name;
use crate::pipeline::{Manage, Reviewed, Settings, Shared, Tenant};
use crate::server::connect::Target;

/// The targets, in the order in which they are named.
pub struct Fleet {
    pub members: Vec<Member>,
    pub shared: Arc<Shared>,
    /// How many are looked at at once.
    pub concurrency: usize,
    pub canary: Vec<String>,
    pub keep_going: bool,
    /// Whether they are schemas of one database.
    pub one_database: bool,
}

/// One of them.
pub struct Member {
    pub name: String,
    pub settings: Settings,
    /// The plan that it has to be.
    pub reviewed: Option<Reviewed>,
}

/// The targets that a command is about; nothing, where it is about one database, as it is where no targets are
/// declared, or where one is named. Then `configured` is about that. `canary` is what a roll-out was told of which
/// come first, else none of its concern.
///
/// # Errors
/// A list that cannot be had, names that are none.
pub async fn fleet(
    configured: &mut Configured,
    targeting: &Targeting,
    canary: Option<&[String]>,
) -> miette::Result<Option<Fleet>> {
    let Some(targets) = configured.targets.clone() else {
        let said = targeting.target.iter().chain(canary.into_iter().flatten());
        return match said.into_iter().next() {
            None => Ok(None),
            Some(name) => Err(nothing_to_choose_from(name).into()),
        };
    };
    let (members, shared) = all(&targets, &configured.settings).await?;
    let Targets { canary: usual, keep_going, .. } = targets;
    let canary = match canary {
        Some([]) => usual,
        Some(said) => said.to_vec(),
        None => Vec::new(),
    };
    Canaries::of(&canary).exist(&members)?;
    let members = chosen(members, &targeting.target)?;
    if let ([member], [name]) = (&members[..], &targeting.target[..])
        && member.name == *name
    {
        configured.settings = member.settings.clone();
        return Ok(None);
    }
    let concurrency = targeting.concurrency.map_or(targets.concurrency, usize::from);
    let one_database = targets.tenant.is_some();
    Ok(Some(Fleet { members, shared, concurrency, canary, keep_going, one_database }))
}

/// What a command that is about one target can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum One {
    Any,
    /// It makes nothing of a schema that the files declare under another name.
    Database,
}

/// Makes `configured` about the one target that is called `name`, where targets are declared, for a `command` that
/// is about one; `of` is what it can be about.
///
/// # Errors
/// No name, or one that is none, or that is several's; a schema where it is to be a database; a list that cannot be
/// had.
pub async fn one(
    configured: &mut Configured,
    name: Option<&str>,
    (command, of): (&str, One),
) -> miette::Result<()> {
    let Some(targets) = configured.targets.clone() else {
        return name.map_or(Ok(()), |name| Err(nothing_to_choose_from(name).into()));
    };
    let Some(name) = name else { return Err(not_chosen(command).into()) };
    let (members, _) = all(&targets, &configured.settings).await?;
    let patterns = [name.to_owned()];
    match &chosen(members, &patterns)?[..] {
        [member] if of == One::Database && member.settings.tenant.is_some() => {
            Err(only_databases(command, &member.name).into())
        }
        [member] => {
            configured.settings = member.settings.clone();
            Ok(())
        }
        _ => Err(not_chosen(command).into()),
    }
}

/// All targets, and what they share.
async fn all(targets: &Targets, settings: &Settings) -> miette::Result<(Vec<Member>, Arc<Shared>)> {
    let mut members = members(targets, settings).await?;
    let tenants = members.iter().filter_map(|member| member.settings.tenant.as_ref());
    let shared = Arc::new(Shared::new(tenants.map(|it| it.schema.clone()).collect()));
    for member in &mut members {
        member.settings.shared = Some(Arc::clone(&shared));
    }
    Ok((members, shared))
}

async fn members(targets: &Targets, settings: &Settings) -> miette::Result<Vec<Member>> {
    let usual = Target::resolve(settings.database_url.as_deref(), &settings.environment)?;
    let listed = match &targets.source {
        Source::Listed(listed) => {
            listed.iter().map(|(name, at)| (Some(name.clone()), at.clone())).collect()
        }
        Source::Query { sql, control } => {
            let control = match control {
                Some(control) => at(usual.as_ref(), control, settings)?,
                None => usual.clone().ok_or_else(|| no_server("the query"))?,
            };
            asked(sql, &control).await?
        }
    };
    if listed.is_empty() {
        return Err(Located::new("pgconverge::targets::none", "there are no targets")
            .help("the list, or what the query of [targets] gives, is empty")
            .into());
    }
    let mut members = Vec::new();
    let mut names = BTreeSet::new();
    for (name, place) in listed {
        let mut settings = settings.clone();
        let name = match &targets.tenant {
            Some(declared) => {
                settings.target = Some(usual.clone().ok_or_else(|| no_server(&place))?);
                let (declared, schema) = (Name::from(declared.as_str()), Name::from(&*place));
                settings.tenant = Some(Tenant { declared, schema });
                name.unwrap_or(place)
            }
            None => {
                let target = at(usual.as_ref(), &place, &settings)?;
                // An address may have a password in it.
                let name = name.unwrap_or_else(|| match is_name(&place) {
                    true => place.clone(),
                    false => target.describe(),
                });
                settings.target = Some(target);
                name
            }
        };
        if settings.tenant.is_some() && settings.manage == Manage::Database {
            let message =
                "files that have a say over the whole database cannot be about one tenant's schema";
            return Err(Located::new("pgconverge::targets::manage", message)
                .help("leave `manage` at \"schemas\"; the other tenants would be dropped")
                .into());
        }
        if !names.insert(name.clone()) {
            return Err(Located::new("pgconverge::targets::twice", format!("two targets are called {name}"))
                .help("give each a name of its own: a table under `databases`, or a second column of the query")
                .into());
        }
        members.push(Member { name, settings, reviewed: None });
    }
    Ok(members)
}

/// The database of an address, which is one of the usual server where it is a bare name.
fn at(usual: Option<&Target>, place: &str, settings: &Settings) -> miette::Result<Target> {
    if is_name(place) {
        return Ok(usual.ok_or_else(|| no_server(place))?.with_database(place));
    }
    let target = Target::resolve(Some(place), &settings.environment)?;
    Ok(target.ok_or_else(|| no_server(place))?)
}

/// Whether it can only be the name of a database.
fn is_name(place: &str) -> bool {
    !place.trim().is_empty() && !place.contains(['=', '@']) && !place.contains("://")
}

fn no_server(what: &str) -> Located {
    let message = format!("no server is named that {what} could be on");
    Located::new("pgconverge::targets::no_server", message)
        .help("name one with `database_url` in pgconverge.toml, DATABASE_URL or PGHOST")
}

/// What a query gives: names, or names and addresses. It changes nothing.
async fn asked(sql: &str, control: &Target) -> miette::Result<Vec<(Option<String>, String)>> {
    let connection = control.connect().await?;
    let failed = |error: &tokio_postgres::Error| {
        let message = format!("the query of [targets] failed: {}", reason(error));
        Located::new("pgconverge::targets::query", message).help(format!(
            "it is asked of {}, in a transaction that only reads",
            control.describe()
        ))
    };
    let client = &connection.client;
    client.batch_execute("BEGIN READ ONLY").await.map_err(|error| failed(&error))?;
    let rows = client.simple_query(sql).await.map_err(|error| failed(&error))?;
    client.batch_execute("ROLLBACK").await.map_err(|error| failed(&error))?;
    let mut listed = Vec::new();
    for message in rows {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let value = |n| (n < row.len()).then(|| row.get(n)).flatten().map(str::to_owned);
        let one = match row.len() {
            1 => value(0).map(|place| (None, place)),
            _ => value(0).zip(value(1)).map(|(name, place)| (Some(name), place)),
        };
        listed.push(one.ok_or_else(|| {
            let message = "the query of [targets] gives a row without a value";
            Located::new("pgconverge::targets::query", message)
                .help("it gives the name of a database or an address, or a name and an address")
        })?);
    }
    connection.close().await.map_err(|error| failed(&error))?;
    Ok(listed)
}
