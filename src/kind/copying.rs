//! Relations that are made anew with the rows of old ones.

use super::site::Site;
use crate::model::{Address, Name, Object, Step};
use crate::sql::Sql;

/// What there is to know of the new one when its rows are copied.
#[derive(Debug, Clone, Copy)]
pub struct Copying<'a> {
    /// The schema in which it is built, under the name that it is to have. Nobody else uses it.
    pub schema: &'a Name,
    /// Its partitions, at every depth, parents first.
    pub partitions: &'a [Address],
    /// The columns of the primary keys, before and after.
    pub old_key: Option<&'a [Name]>,
    pub new_key: Option<&'a [Name]>,
    /// Others are to go on using the old one for as long as it takes.
    pub online: bool,
}

/// What partitions have in common that take the place of others, with their rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// The columns of the primary key.
    pub key: Option<Vec<Name>>,
    /// The relations that rows refer to.
    pub refers: Vec<String>,
}

/// Where such partitions are built.
#[derive(Debug, Clone, Copy)]
pub struct Exchanging<'a> {
    /// A schema that nobody else uses.
    pub schema: &'a Name,
    /// What the new ones have below them, at every depth.
    pub partitions: &'a [&'a Object],
    /// Where they are put at last.
    pub site: Option<Site<'a>>,
    /// Others are to go on using the old ones for as long as it takes.
    pub online: bool,
}

/// The steps, between which come those of the partitions and of what is on the relations.
#[derive(Debug)]
pub struct Copied {
    /// The relation itself, aside.
    pub build: Vec<Step>,
    /// From here on, what happens to the old one happens to the new one.
    pub begin: Vec<Step>,
    /// The rows: the first of these goes on where it was cut off.
    pub rows: Vec<Step>,
    /// The one in the place of the other.
    pub swap: Vec<Step>,
}

/// What the name of such a schema begins with, and its comment.
pub const ASIDE: &str = "pgconverge_copy_";
pub const COPY: &str = "pgconverge: a copy of ";

/// The relations that such a comment names.
pub fn copied(comment: &str) -> impl Iterator<Item = &str> {
    comment.strip_prefix(COPY).into_iter().flat_map(|relations| relations.split(", "))
}

/// The schema in which the new one is built.
#[must_use]
pub fn make_room(address: &Address, schema: &Name) -> Step {
    let sql = Sql::new("CREATE SCHEMA ").identifier(schema);
    Step::alter(address, "make room for the new one", sql)
}

/// Its comment: the next plan knows it by that, should this one be cut off.
#[must_use]
pub fn say_what_it_is(address: &Address, schema: &Name, old: &str) -> Step {
    let sql = Sql::new("COMMENT ON SCHEMA ").identifier(schema).raw(" IS ");
    Step::alter(address, "say what it is", sql.literal(&format!("{COPY}{old}")))
}

/// Its end, once the new one is in its place.
#[must_use]
pub fn leave_nothing(address: &Address, schema: &Name) -> Step {
    Step::alter(address, "leave nothing behind", Sql::new("DROP SCHEMA ").identifier(schema))
}
