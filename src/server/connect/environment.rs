//! The process's surroundings, as a value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The process's variables, home directory and operating-system user, as a value so that tests can make one.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    operating_system_user: Option<String>,
}

impl Environment {
    /// What this process sees. Variables that are not UTF-8 are left out: no connection parameter can hold them.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Environment {
            variables,
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            operating_system_user: whoami::username().ok(),
        }
    }

    /// An environment of these variables and this home directory, with no operating-system user.
    pub fn new(
        variables: impl IntoIterator<Item = (String, String)>,
        home: Option<PathBuf>,
    ) -> Self {
        Environment {
            variables: variables.into_iter().collect(),
            home,
            operating_system_user: None,
        }
    }

    /// The same environment, run by this operating-system user.
    #[must_use]
    pub fn with_operating_system_user(mut self, name: impl Into<String>) -> Self {
        self.operating_system_user = Some(name.into());
        self
    }

    /// The variable's value; `None` when it is unset or empty, which libpq's parameters do not tell apart in effect.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.variables.get(variable).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The home directory, in which the password, service and certificate files have their default places.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The name of the operating-system user, libpq's default for `user`.
    pub fn operating_system_user(&self) -> Option<&str> {
        self.operating_system_user.as_deref()
    }
}

/// Names only: PGPASSWORD and DATABASE_URL hold secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("operating_system_user", &self.operating_system_user)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let environment = Environment::new([("PGHOST".to_owned(), String::new())], None);
        assert_eq!(environment.get("PGHOST"), None);
    }

    #[test]
    fn debug_shows_no_values() {
        let environment = Environment::new([("PGPASSWORD".to_owned(), "s3cret".to_owned())], None);
        assert!(!format!("{environment:?}").contains("s3cret"));
    }
}
