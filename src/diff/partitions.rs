//! What changes of partitions bring with them.

use std::collections::{BTreeMap, BTreeSet};

use super::loosen::loosen;
use super::regroup::regroup;
use super::unsettle::unsettle;
use crate::model::{Address, Canonical, Change, Database};

/// Has others change as well, or in another way, for those that partitions of one parent go through: such as have rows for
/// each other; what is below one that leaves for a moment; and what refers to rows of those. `giving`: default
/// partitions with rows that belong to what comes.
pub fn settle_partitions(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Database<Canonical>,
    live: &Database<Canonical>,
    giving: &BTreeSet<String>,
) {
    regroup(changes, desired, live, giving);
    unsettle(changes, desired, live);
    loosen(changes, desired, live);
}
