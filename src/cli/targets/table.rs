//! What `pgconverge.toml` says of targets.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::diagnostic::Located;

/// `[targets]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    databases: Option<Listed>,
    query: Option<String>,
    control: Option<String>,
    tenant: Option<String>,
    schemas: Option<Vec<String>>,
    canary: Option<Canaries>,
    concurrency: Option<u8>,
    keep_going: bool,
}

/// Names of databases, or their addresses by the names of the targets.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a list of names of databases, or a table of databases by name")]
enum Listed {
    Names(Vec<String>),
    Addresses(IndexMap<String, String>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "how many come first, or a list of patterns")]
enum Canaries {
    Number(u16),
    Patterns(Vec<String>),
}

/// The targets of a run, before anybody is asked.
#[derive(Debug, Clone)]
pub struct Targets {
    pub source: Source,
    /// The schema of the files that stands for each target, where the targets are schemas.
    pub tenant: Option<String>,
    /// Numbers and patterns.
    pub canary: Vec<String>,
    pub concurrency: usize,
    pub keep_going: bool,
}

/// Where the list of them is.
#[derive(Debug, Clone)]
pub enum Source {
    /// Names, and what is found under them.
    Listed(Vec<(String, String)>),
    /// A query, and the database that it is asked of, unless it is the usual one.
    Query { sql: String, control: Option<String> },
}

/// How many are looked at at once.
const CONCURRENCY: u8 = 8;

impl Table {
    /// What it means.
    ///
    /// # Errors
    /// Keys that do not go together.
    pub fn targets(&self) -> Result<Targets, Located> {
        let Self { databases, query, control, tenant, schemas, .. } = self;
        if tenant.is_some() && databases.is_some() {
            return Err(invalid(
                "`tenant` is about schemas of one database, and `databases` about databases",
            )
            .help(
                "name the schemas with `schemas` or `query`, and the database with `database_url`",
            ));
        }
        if tenant.is_none() && schemas.is_some() {
            return Err(invalid(
                "`schemas` are targets, and nothing says which schema of the files they are as",
            )
            .help("add `tenant = \"NAME\"`, the schema that the files declare"));
        }
        if control.is_some() && query.is_none() {
            return Err(invalid(
                "`control` is the database that a `query` is asked of, and there is none",
            ));
        }
        let same = |name: &String| (name.clone(), name.clone());
        let listed = match (databases, schemas) {
            (Some(Listed::Names(names)), _) => Some(names.iter().map(same).collect()),
            (Some(Listed::Addresses(addresses)), _) => {
                Some(addresses.iter().map(|(name, at)| (name.clone(), at.clone())).collect())
            }
            (None, Some(schemas)) => Some(schemas.iter().map(same).collect()),
            (None, None) => None,
        };
        let source = match (listed, query) {
            (Some(listed), None) => Source::Listed(listed),
            (None, Some(sql)) => Source::Query { sql: sql.clone(), control: control.clone() },
            (listed, _) => {
                let what = if listed.is_some() { "both a list and a query" } else { "nothing" };
                return Err(invalid(&format!("{what} says which targets there are"))
                    .help("exactly one of `databases`, `schemas` and `query` does"));
            }
        };
        let canary = match &self.canary {
            None => Vec::new(),
            Some(Canaries::Number(number)) => vec![number.to_string()],
            Some(Canaries::Patterns(patterns)) => patterns.clone(),
        };
        let concurrency = usize::from(self.concurrency.unwrap_or(CONCURRENCY)).max(1);
        let (tenant, keep_going) = (tenant.clone(), self.keep_going);
        Ok(Targets { source, tenant, canary, concurrency, keep_going })
    }
}

fn invalid(message: &str) -> Located {
    Located::new("pgconverge::configuration::invalid", format!("[targets]: {message}"))
        .help("see docs/targets.md")
}
