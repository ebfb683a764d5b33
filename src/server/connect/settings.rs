//! Which value each parameter has, and where it comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::environment::Environment;
use super::error::ConnectError;
use super::parameters::{self, PARAMETERS, Support};
use super::{keyword_string, service_file, uri};

/// Where a value was found; shown in errors instead of values that are secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The URL or keyword string that names the database.
    DatabaseUrl,
    /// A service file (<https://www.postgresql.org/docs/current/libpq-pgservice.html>).
    ServiceFile(PathBuf),
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::DatabaseUrl => formatter.write_str("the database URL"),
            Source::ServiceFile(path) => write!(formatter, "the service file {}", path.display()),
            Source::Variable(name) => write!(formatter, "the variable {name}"),
        }
    }
}

/// One parameter's value.
#[derive(Clone)]
pub(super) struct Setting {
    pub value: String,
    pub source: Source,
}

/// The parameters that were given, before defaults. Not `Debug`: one of them is the password.
#[derive(Clone, Default)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, Setting>,
}

impl Settings {
    /// Everything that the name, the service file and the variables say, the first of them winning.
    ///
    /// `None` when nothing names a server.
    ///
    /// # Errors
    /// A malformed name or service file, an unknown keyword, a parameter that is not supported.
    pub fn collect(
        named: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Settings>, ConnectError> {
        let mut settings = Settings::default();
        match named {
            Some(text) => settings.add_name(text)?,
            None if !names_a_server(environment) => return Ok(None),
            None => {}
        }
        service_file::add_service(&mut settings, environment)?;
        settings.add_variables(environment);
        settings.refuse_unsupported()?;
        Ok(Some(settings))
    }

    /// The setting of this keyword. An empty value stands for the default, as it does in libpq.
    pub fn get(&self, keyword: &str) -> Option<&Setting> {
        self.values.get(keyword).filter(|setting| !setting.value.is_empty())
    }

    /// The value of this keyword, if it is not empty.
    pub fn value(&self, keyword: &str) -> Option<&str> {
        self.get(keyword).map(|setting| setting.value.as_str())
    }

    /// Adds parameters of one source; what an earlier source gave stays.
    ///
    /// # Errors
    /// An unknown keyword.
    pub fn add(
        &mut self,
        pairs: Vec<(String, String)>,
        source: &Source,
    ) -> Result<(), ConnectError> {
        let mut added: BTreeMap<&'static str, Setting> = BTreeMap::new();
        let mut after_secret = false;
        for (keyword, value) in pairs {
            let Some(parameter) = parameters::find(&keyword) else {
                return Err(unknown(&keyword, after_secret, source));
            };
            after_secret = parameters::is_secret(parameter.keyword);
            let setting = Setting { value, source: source.clone() };
            // Within one source the last one counts, as in libpq's conninfo_storeval.
            added.insert(parameter.keyword, setting);
        }
        for (keyword, setting) in added {
            self.values.entry(keyword).or_insert(setting);
        }
        Ok(())
    }

    fn add_name(&mut self, text: &str) -> Result<(), ConnectError> {
        let pairs = match Form::of(text)? {
            Form::Uri => uri::parse(text)?,
            Form::KeywordString => keyword_string::parse(text)?,
            Form::DatabaseName => vec![("dbname".to_owned(), text.to_owned())],
        };
        self.add(pairs, &Source::DatabaseUrl)
    }

    fn add_variables(&mut self, environment: &Environment) {
        for parameter in PARAMETERS {
            if let Some(name) = parameter.variable
                && let Some(value) = environment.get(name)
            {
                self.values
                    .entry(parameter.keyword)
                    .or_insert(Setting { value: value.to_owned(), source: Source::Variable(name) });
            }
        }
    }

    fn refuse_unsupported(&self) -> Result<(), ConnectError> {
        for parameter in PARAMETERS {
            if let Support::Refused { harmless, instead } = &parameter.support
                && let Some(setting) = self.get(parameter.keyword)
                && !harmless.contains(&setting.value.as_str())
            {
                return Err(ConnectError::UnsupportedParameter {
                    keyword: parameter.keyword,
                    origin: setting.source.clone(),
                    instead,
                });
            }
        }
        Ok(())
    }
}

/// How the user wrote the name.
enum Form {
    Uri,
    KeywordString,
    DatabaseName,
}

impl Form {
    fn of(text: &str) -> Result<Form, ConnectError> {
        if text.trim().is_empty() {
            return Err(ConnectError::EmptyName);
        }
        if uri::is_uri(text) {
            return Ok(Form::Uri);
        }
        if let Some((scheme, _)) = text.split_once("://")
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        {
            return Err(ConnectError::UnknownScheme { scheme: scheme.to_owned() });
        }
        if text.contains('=') {
            return Ok(Form::KeywordString);
        }
        // A URL whose scheme was forgotten would pass as a database name, and its password be shown as one.
        if text.contains('@') || text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return Err(ConnectError::MalformedUrl {
                reason: "it does not begin with postgres:// or postgresql://".to_owned(),
            });
        }
        Ok(Form::DatabaseName)
    }
}

/// Whether a variable names a server; those that only say how to connect (PGPASSWORD, PGSSLMODE) do not.
fn names_a_server(environment: &Environment) -> bool {
    const NAMING: [&str; 6] =
        ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"];
    NAMING.iter().any(|variable| environment.get(variable).is_some())
}

/// A word that follows a password may be the rest of it, so it is not shown.
fn unknown(keyword: &str, after_secret: bool, origin: &Source) -> ConnectError {
    if after_secret {
        return ConnectError::UnknownParameterAfterPassword { origin: origin.clone() };
    }
    ConnectError::UnknownParameter {
        keyword: keyword.to_owned(),
        origin: origin.clone(),
        suggestion: parameters::nearest(keyword)
            .map(|nearest| format!("Did you mean `{nearest}`?"))
            .unwrap_or_else(|| {
                "See the list at https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"
                    .to_owned()
            }),
    }
}
