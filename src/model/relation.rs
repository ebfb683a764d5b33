//! How large a relation is that is there, and what partitions it has.

use super::address::Name;

/// In bytes: less is done in a moment.
const WORTH_A_WORD: i64 = 1 << 20;

/// A relation of the live side, as its catalog and its files have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relation {
    /// Pages of rows, those of all its children included; not of indexes, nor of what is kept apart.
    pub pages: i64,
    /// Everything on disk, indexes and what is kept apart included.
    pub bytes: i64,
    /// As the last ANALYZE or VACUUM counted them; none where there was none.
    pub rows: Option<i64>,
    pub partitioned: bool,
    /// Its partitions at every depth, each after its parent.
    pub partitions: Vec<Partition>,
}

/// A partition, wherever in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    pub schema: Name,
    pub name: Name,
    /// The parent, schema and name.
    pub parent: (Name, Name),
    /// The default partition.
    pub takes_the_rest: bool,
    pub shape: Shape,
    /// Pages of rows of its own.
    pub pages: i64,
    pub indexes: Vec<PartitionIndex>,
}

/// What a partition can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// It has rows of its own.
    Leaf,
    /// It has partitions itself.
    Partitioned,
    /// Its rows are elsewhere.
    Foreign,
}

/// An index of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionIndex {
    pub name: Name,
    pub valid: bool,
    /// The index of the parent that it is attached to, schema and name.
    pub attached_to: Option<(Name, Name)>,
    /// Whether a key is behind it.
    pub of_key: bool,
}

impl Relation {
    /// How large it is, in words that follow its name, where that is worth a word.
    #[must_use]
    pub fn amount(&self) -> Option<String> {
        if self.bytes < WORTH_A_WORD {
            return None;
        }
        let rows = self.rows.map(|rows| format!("about {}, ", numbered(rows, "row")));
        Some(format!(" ({}{})", rows.unwrap_or_default(), in_bytes(self.bytes)))
    }
}

/// A number of bytes in words: 310 MB.
#[must_use]
pub fn in_bytes(bytes: i64) -> String {
    let mut units = ["MB", "GB", "TB"].into_iter();
    let (mut amount, mut unit) = (bytes / 1024, "kB");
    while amount >= 10 * 1024
        && let Some(larger) = units.next()
    {
        (amount, unit) = (amount / 1024, larger);
    }
    format!("{amount} {unit}")
}

/// 1 row, 1,234,567 rows.
fn numbered(count: i64, what: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {what}{}", if count == 1 { "" } else { "s" })
}
