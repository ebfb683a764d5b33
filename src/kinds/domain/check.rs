//! The checks of a domain.

use serde::{Deserialize, Deserializer, Serialize};

use crate::kind::{is_default, short_form};
use crate::sql::Fragment;

/// A check. In a file its expression alone may stand for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Check {
    /// Over `VALUE`.
    pub expression: Fragment,
    #[serde(skip_serializing_if = "is_default")]
    pub not_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    expression: Fragment,
    #[serde(default)]
    not_valid: bool,
    #[serde(default)]
    comment: Option<String>,
}

impl From<Fragment> for Check {
    fn from(expression: Fragment) -> Self {
        Self { expression, ..Self::default() }
    }
}

impl From<Long> for Check {
    fn from(long: Long) -> Self {
        Self { expression: long.expression, not_valid: long.not_valid, comment: long.comment }
    }
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        short_form::<_, Self, Long>(deserializer)
    }
}
