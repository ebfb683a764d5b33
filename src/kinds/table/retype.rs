//! What a change of a column's type does to its values.

use super::retype_values::{Value, between};
use crate::model::Nature;
use crate::sql::{Fragment, Sql};

/// How values get from one type to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// Every value keeps its meaning, or the server refuses the change: an assignment does, where
    /// an explicit cast would cut off what does not fit.
    /// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE>
    pub assigned: bool,
    /// There is no cast: values go by way of their text, and what cannot be read is refused.
    pub by_text: bool,
    /// Something of a value may be gone, and nobody is told.
    pub lossy: bool,
    /// What of it is a zone: values are taken, or written, as of UTC, which is the zone of every session.
    pub zone: Option<Zone>,
    /// The table is written anew.
    pub rewrites: bool,
    /// A value may have no counterpart.
    pub refuses: bool,
}

/// What becomes of the zone of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Values get one.
    Taken,
    /// They had one.
    Gone,
}

impl Conversion {
    /// Values are what they were, as they are stored.
    pub const KEPT: Self = Self {
        assigned: true,
        by_text: false,
        lossy: false,
        zone: None,
        rewrites: false,
        refuses: false,
    };
    /// Each has its counterpart.
    pub const WIDENED: Self = Self { rewrites: true, ..Self::KEPT };
    /// What has none is refused by an assignment.
    pub const ASSIGNED: Self = Self { refuses: true, ..Self::WIDENED };
    /// The same by a cast.
    pub const CAST: Self = Self { assigned: false, ..Self::ASSIGNED };
    pub const BY_TEXT: Self = Self { by_text: true, ..Self::CAST };
    pub const LOSSY: Self = Self { lossy: true, ..Self::CAST };
    pub const BY_LOSSY_TEXT: Self = Self { lossy: true, ..Self::BY_TEXT };

    /// The casts to `to` that follow a value; none where the server adds what it needs.
    pub fn way(self, to: &Fragment) -> Sql {
        match (self.assigned, self.by_text) {
            (true, _) => Sql::default(),
            (false, true) => Sql::new("::text::").fragment(to),
            (false, false) => Sql::new("::").fragment(to),
        }
    }

    /// What is gone of the values of a column of that name, which is of the type `to` then.
    pub fn loss(self, column: &str, to: &Fragment) -> Option<String> {
        let words = match self.zone {
            Some(Zone::Taken) => {
                format!("the zone that values of {column} were meant in: they are taken as of UTC")
            }
            Some(Zone::Gone) => format!("the zone of {column}: its values are written as of UTC"),
            None => format!("what {to} cannot hold of {column}"),
        };
        self.lossy.then_some(words)
    }
}

/// A type as the server spells it, and what only it knows.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    pub data_type: &'a Fragment,
    pub nature: Option<&'a Nature>,
}

/// The conversion between two types. What is not known to be harmless is an explicit cast, which may lose
/// something.
pub fn conversion(from: Held<'_>, to: Held<'_>) -> Conversion {
    if from.data_type == to.data_type {
        // Only the collation changes: indexes are built anew, the table stays as it is.
        return Conversion::KEPT;
    }
    let (before, after) = (Value::of(&from), Value::of(&to));
    let between = between(&before, &after);
    let domain = |held: &Held<'_>| held.nature.and_then(|nature| nature.domain.as_ref()).is_some();
    let constrained = |nature: &Nature| nature.domain.as_ref().is_some_and(|it| it.constrained);
    let checked = to.nature.is_some_and(constrained);
    // The modifiers of what is under a domain are forgotten on the way.
    let measured = domain(&from) && after.has_modifiers();
    Conversion {
        rewrites: between.rewrites || checked || measured,
        refuses: between.refuses || checked,
        ..between
    }
}
