//! How large a relation is that is there, and what partitions it has.

use super::address::Name;

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
