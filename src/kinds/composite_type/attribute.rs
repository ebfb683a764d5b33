//! The attributes of a composite type.

use serde::{Deserialize, Deserializer, Serialize};

use crate::kind::short_form;
use crate::sql::Fragment;

/// An attribute. In a file its type alone may stand for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Attribute {
    #[serde(rename = "type")]
    pub data_type: Fragment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<Fragment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    #[serde(rename = "type")]
    data_type: Fragment,
    #[serde(default)]
    collation: Option<Fragment>,
    #[serde(default)]
    comment: Option<String>,
}

impl From<Fragment> for Attribute {
    fn from(data_type: Fragment) -> Self {
        Self { data_type, ..Self::default() }
    }
}

impl From<Long> for Attribute {
    fn from(long: Long) -> Self {
        Self { data_type: long.data_type, collation: long.collation, comment: long.comment }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        short_form::<_, Self, Long>(deserializer)
    }
}
