//! When a trigger or a rule fires, given the role that the session plays in replication.

use serde::{Deserialize, Serialize};

/// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enabled {
    #[default]
    Origin,
    Disabled,
    Replica,
    Always,
}

impl Enabled {
    /// From the letter that the catalog has.
    #[must_use]
    pub fn read(letter: &str) -> Self {
        match letter {
            "D" => Self::Disabled,
            "R" => Self::Replica,
            "A" => Self::Always,
            _ => Self::Origin,
        }
    }

    /// What makes it so, as SQL has it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Origin => "ENABLE",
            Self::Disabled => "DISABLE",
            Self::Replica => "ENABLE REPLICA",
            Self::Always => "ENABLE ALWAYS",
        }
    }

    /// The same in words for a plan, about `what`.
    #[must_use]
    pub fn title(self, what: &str) -> String {
        match self {
            Self::Origin => format!("enable {what}"),
            Self::Disabled => format!("disable {what}"),
            Self::Replica => format!("enable {what} on replicas"),
            Self::Always => format!("enable {what} always"),
        }
    }
}
