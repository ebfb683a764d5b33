//! `OPTIONS (…)` of foreign-data wrappers, servers, user mappings, foreign tables and their columns.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::FormError;
use crate::sql::{Sql, Variables};

/// Options by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ForeignOptions {
    pub values: IndexMap<String, OptionValue>,
    /// There may be some, but the role that reads the catalog is not shown them.
    #[serde(skip)]
    pub unreadable: Unreadable,
}

/// A flag that makes no difference.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unreadable(pub bool);

impl PartialEq for Unreadable {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Unreadable {}

/// The value of an option.
#[derive(Clone, PartialEq, Eq)]
pub enum OptionValue {
    Text(String),
    /// What an environment variable holds. A file says no more of a secret.
    Environment(String),
    /// A secret as a live database has it: never shown and never written.
    Hidden(Secret),
}

/// A value that can be compared, and not seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// What is shown of a secret.
const HIDDEN: &str = "(secret)";

/// What stands before the variable's name where a shadow database has a reference for a value.
const REFERENCE: &str = "pgconverge:environment:";

/// The environment of a shadow database: a variable is its own value there, so that it is read back.
#[must_use]
pub fn reference(variable: &str) -> Option<String> {
    Some(format!("{REFERENCE}{variable}"))
}

/// How an option's name gives its value away.
const TELLING: &[&str] = &[
    "passw",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "private_key",
    "access_key",
    "conn_string",
    "connection_string",
];

/// Options of user mappings that are no secrets; all others may be.
const OPEN: &[&str] = &[
    "user",
    "username",
    "user_name",
    "password_required",
    "use_scram_passthrough",
    "sslcert",
    "sslkey",
];

/// Which options may be secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Those of a user, unless they are known to be none.
    OfUser,
    /// Those whose names tell it.
    ByName,
    /// Those of a column are none.
    None,
}

impl Secrecy {
    fn hides(self, name: &str) -> bool {
        let name = name.to_lowercase();
        match self {
            Self::OfUser => !OPEN.contains(&name.as_str()),
            Self::ByName => {
                !OPEN.contains(&name.as_str()) && TELLING.iter().any(|part| name.contains(part))
            }
            Self::None => false,
        }
    }
}

impl ForeignOptions {
    /// Whether a value is hidden, or all are.
    #[must_use]
    pub fn hides(&self) -> bool {
        let hidden = |value: &OptionValue| matches!(value, OptionValue::Hidden(_));
        self.unreadable.0 || self.values.values().any(hidden)
    }

    /// Options as the catalog keeps them, `name=value`, those that may be secrets hidden.
    #[must_use]
    pub fn read(options: Option<Vec<String>>, secrecy: Secrecy) -> Self {
        let pairs = super::by_name(options).into_iter().map(|(name, value)| {
            let value = match value.strip_prefix(REFERENCE) {
                Some(variable) => OptionValue::Environment(variable.to_owned()),
                None if secrecy.hides(&name) => OptionValue::Hidden(Secret(value)),
                None => OptionValue::Text(value),
            };
            (name, value)
        });
        Self { values: pairs.collect(), unreadable: Unreadable::default() }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Refuses secrets that stand in a file.
    ///
    /// # Errors
    /// The first of them, without its value.
    pub fn check(&self, secrecy: Secrecy) -> Result<(), FormError> {
        let bare = |(name, value): &(&String, &OptionValue)| {
            secrecy.hides(name) && matches!(value, OptionValue::Text(_))
        };
        match self.values.iter().find(bare) {
            None => Ok(()),
            Some((name, _)) => Err(FormError::new(
                "pgconverge::desired::secret",
                format!("the option `{name}` may be a secret, which no file should hold"),
            )
            .help(format!(
                "name the environment variable that has it: {name} = {{ env = \"…\" }}"
            ))),
        }
    }

    /// With references in place of secrets, to variables that are named after `parts`.
    #[must_use]
    pub fn written(&self, parts: &[&str]) -> Self {
        let values = self.values.iter().map(|(name, value)| {
            let value = match value {
                OptionValue::Hidden(_) => OptionValue::Environment(variable(parts, name)),
                other => other.clone(),
            };
            (name.clone(), value)
        });
        Self { values: values.collect(), ..self.clone() }
    }

    /// ` OPTIONS (a 'b', …)` of something new; nothing when there are none.
    #[must_use]
    pub fn clause(&self, sql: Sql) -> Sql {
        if self.is_empty() {
            return sql;
        }
        let mut sql = sql.raw(" OPTIONS (");
        for (n, (name, value)) in self.values.iter().enumerate() {
            sql = if n > 0 { sql.raw(", ") } else { sql }.identifier(name).raw(" ");
            sql = value.append(sql);
        }
        sql.raw(")")
    }

    /// ` OPTIONS (ADD a 'b', SET c 'd', DROP e)`; `None` when nothing changes.
    #[must_use]
    pub fn changes(&self, from: &Self, sql: Sql) -> Option<Sql> {
        let mut sql = sql.raw(" OPTIONS (");
        let mut any = false;
        let mut next = |sql: Sql, word: &str, name: &str| {
            let comma = if std::mem::replace(&mut any, true) { ", " } else { "" };
            sql.raw(comma).raw(word).identifier(name)
        };
        for (name, value) in &self.values {
            match from.values.get(name) {
                Some(old) if old == value => {}
                old => {
                    let word = if old.is_some() { "SET " } else { "ADD " };
                    sql = value.append(next(sql, word, name).raw(" "));
                }
            }
        }
        for name in from.values.keys().filter(|name| !self.values.contains_key(*name)) {
            sql = next(sql, "DROP ", name);
        }
        any.then(|| sql.raw(")"))
    }

    /// Gives what `live` has the form that it has here, where it is the same: a value that
    /// is in the variable, or that cannot be told. Returns why not.
    pub fn recognise(&self, live: &mut Self, variables: Variables<'_>) -> Vec<String> {
        if live.unreadable.0 {
            live.values.clone_from(&self.values);
            let some = !self.values.is_empty();
            return some.then(|| "its options may not be read".to_owned()).into_iter().collect();
        }
        let mut unset = Vec::new();
        for (name, value) in &self.values {
            let (OptionValue::Environment(of), Some(there)) = (value, live.values.get_mut(name))
            else {
                continue;
            };
            let same = match (variables(of), &*there) {
                (None, _) => {
                    unset.push(format!("{of} is not set"));
                    true
                }
                (Some(text), OptionValue::Hidden(Secret(there)) | OptionValue::Text(there)) => {
                    text == *there
                }
                (Some(_), OptionValue::Environment(_)) => false,
            };
            if same {
                *there = value.clone();
            }
        }
        unset
    }
}

impl OptionValue {
    fn append(&self, sql: Sql) -> Sql {
        match self {
            Self::Text(text) => sql.literal(text),
            Self::Environment(variable) => sql.secret(variable),
            // Nobody wishes for a value that is not known.
            Self::Hidden(_) => sql.literal(HIDDEN),
        }
    }
}

/// `STOCK_APP_PASSWORD`
fn variable(parts: &[&str], name: &str) -> String {
    let words = parts.iter().copied().chain([name]).collect::<Vec<_>>().join("_");
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    words.chars().map(plain).collect()
}

impl fmt::Debug for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => fmt::Debug::fmt(text, f),
            Self::Environment(variable) => write!(f, "env {variable}"),
            Self::Hidden(_) => f.write_str(HIDDEN),
        }
    }
}

impl Serialize for OptionValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Environment(variable) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("env", variable)?;
                map.end()
            }
            Self::Hidden(_) => serializer.serialize_str(HIDDEN),
        }
    }
}

impl<'de> Deserialize<'de> for OptionValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = OptionValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or { env = \"VARIABLE\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OptionValue, E> {
        Ok(OptionValue::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OptionValue, A::Error> {
        let mut variable = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "env" => variable = Some(map.next_value()?),
                other => return Err(de::Error::unknown_field(other, &["env"])),
            }
        }
        variable.map(OptionValue::Environment).ok_or_else(|| de::Error::missing_field("env"))
    }
}
