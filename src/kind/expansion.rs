//! Objects that a file declares by a rule rather than one by one.

use std::fmt;
use std::sync::Arc;

use crate::model::{Address, Object};

/// What a desired object stands for beyond itself.
#[derive(Debug, Default)]
pub struct Expansion {
    pub objects: Vec<Object>,
    pub spared: Option<Spared>,
}

/// Partitions that may exist without being declared: the plan leaves them alone.
#[derive(Clone)]
pub struct Spared {
    /// The partitioned table whose further partitions these are.
    pub parent: Address,
    /// Tells, for a live partition that is not declared, what there is to say of it, if anything.
    pub remark: Arc<Remark>,
}

/// What there is to say of an object, if anything.
pub type Remark = dyn Fn(&Object) -> Option<String> + Send + Sync;

impl fmt::Debug for Spared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spared").field("parent", &self.parent).finish_non_exhaustive()
    }
}
