//! What an entry of a file of checks can say.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::sql::Fragment;

/// `[setup.NAME]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupForm {
    #[serde(default)]
    #[expect(dead_code, reason = "it is for who reads the file")]
    description: Option<String>,
    pub statements: Vec<Fragment>,
}

/// `[check.NAME]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckForm {
    pub description: String,
    #[serde(default)]
    pub uses: Vec<Fragment>,
    #[serde(default)]
    pub setup: Vec<Fragment>,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    pub expect: Vec<ExpectationForm>,
}

/// `[[check.NAME.expect]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectationForm {
    pub sql: Fragment,
    #[serde(default)]
    pub setup: Vec<Fragment>,
    pub within: Option<Fragment>,
    pub rows: Option<Vec<Vec<Cell>>>,
    pub same_as: Option<Fragment>,
    pub every: Option<Fragment>,
    pub count: Option<u64>,
    pub at_least: Option<u64>,
    pub at_most: Option<u64>,
    pub error: Option<Fragment>,
    pub constraint: Option<String>,
    pub plan: Option<PlanForm>,
    pub changed_by: Option<Fragment>,
}

/// `plan = { … }`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanForm {
    pub partitions: Option<u64>,
    pub scans: Option<Vec<String>>,
    pub index: Option<String>,
    pub sequential_scan: Option<bool>,
}

/// A value of a row, as the server writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell(pub String);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a whole number or a boolean (any other value is a string, as the server writes it)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell(number.to_string()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell(if value { "t" } else { "f" }.to_owned()))
    }
}
