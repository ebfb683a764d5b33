//! `case.toml`: in what a case is unlike the others.
//!
//! Used by `#[path = "support/options.rs"] mod options;`.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use pgconverge::model::HazardClass;
use pgconverge::pipeline::Manage;
use serde::Deserialize;

/// Every major version that the cases run on.
pub const MAJORS: RangeInclusive<u32> = 14..=18;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The major versions that can do what the case is about: `15..`, `..16`, `15..16`, both ends
    /// included.
    #[serde(deserialize_with = "majors")]
    pub majors: RangeInclusive<u32>,
    /// Hazards that one of the directions has and needs leave for.
    pub allow: BTreeSet<HazardClass>,
    pub as_of: String,
    /// The day of the state `to`, when it is another one.
    pub as_of_to: Option<String>,
    pub manage: Manage,
    pub ignore: Vec<String>,
    /// Rows are meant to go: none are compared.
    pub loses_rows: bool,
    /// Columns, as "table.column", whose values are meant to change.
    pub changes_values: Vec<String>,
    /// Partitions leave their parent, or come to it: rows are counted where they are, and not in
    /// the parent.
    pub partitions_move: bool,
    /// Partitions, schema and name, whose rows go to others, or come from them: they are counted in the
    /// parent alone.
    pub rows_move: Vec<String>,
    /// Tables in which, taken together, all their rows are found after every transaction of the way forward.
    pub found_in: Vec<String>,
    /// The rows of `rows.sql` cannot go the way back.
    pub one_way: bool,
    /// What a migration leaves in place is not what the files alone would make.
    pub leaves_more: bool,
    /// The live database is one that was dumped and restored.
    pub restored: bool,
    /// New partitions take their rows from the default partition.
    pub moves: bool,
    /// Tables with rows are changed while others use them, however small they are.
    pub online: bool,
    /// Whether a dump says everything that the files say.
    pub restorable: bool,
    /// The case fails, and its error has this text: a known defect, whose mending takes the line
    /// away, or a refusal that has to be loud.
    pub fails: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            majors: MAJORS,
            allow: BTreeSet::new(),
            as_of: "2025-11-15".to_owned(),
            as_of_to: None,
            manage: Manage::Schemas,
            ignore: Vec::new(),
            loses_rows: false,
            changes_values: Vec::new(),
            partitions_move: false,
            rows_move: Vec::new(),
            found_in: Vec::new(),
            one_way: false,
            leaves_more: false,
            restored: false,
            moves: false,
            online: false,
            restorable: true,
            fails: None,
        }
    }
}

impl Options {
    /// Those of the case in `directory`; what is wrong with them.
    pub fn of(directory: &Path) -> Result<Self, String> {
        match fs::read_to_string(directory.join("case.toml")) {
            Ok(text) => toml::from_str(&text).map_err(|error| format!("case.toml: {error}")),
            Err(_) => Ok(Self::default()),
        }
    }
}

fn majors<'de, D: serde::Deserializer<'de>>(text: D) -> Result<RangeInclusive<u32>, D::Error> {
    let text = String::deserialize(text)?;
    let range = || {
        let (low, high) = text.split_once("..")?;
        let bound = |text: &str, otherwise: &u32| match text {
            "" => Some(*otherwise),
            text => text.parse().ok().filter(|major| MAJORS.contains(major)),
        };
        Some(bound(low, MAJORS.start())?..=bound(high, MAJORS.end())?)
    };
    range().filter(|range| !range.is_empty()).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "majors is {text:?}, and should be like \"15..\" or \"..16\""
        ))
    })
}
