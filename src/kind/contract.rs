//! What a kind must say about itself.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;

use super::authority::Authority;
use super::consequences::{Disturbance, Gift, Release, Transition};
use super::copying::{Copied, Copying, Exchanging, Family};
use super::declared::Declared;
use super::doubt::Doubt;
use super::expansion::Expansion;
use super::options::ForeignOptions;
use super::reading::{Catalog, DecodeError, Reading, ServerVersion};
use super::section::Section;
use super::unfinished::Unfinished;
use crate::model::{
    Address, Change, Grantable, Name, Natures, Object, Part, Privileges, Spec, Step, Tag,
};
use crate::sql::{Fragment, Place, Sql};

/// A kind of object: its facts, how they are read from a catalog and written in TOML, and the
/// statements that create, alter and drop it. Implemented once per folder of `kinds`.
pub trait Kind: 'static {
    /// The facts of one object, apart from its identity and its comment. What it serializes to is
    /// its TOML form; a fact at PostgreSQL's default is left out.
    type Spec: Serialize + DeserializeOwned + PartialEq + fmt::Debug + Clone + Send + Sync;

    const TAG: Tag;
    /// The system catalog whose rows are these objects.
    const CATALOG: Catalog;
    /// A cheap query that has a row where there is any object of this kind, also an extension's: where it has none,
    /// the statements that read them are spared. What initdb made has numbers below 16384, and is never a user's.
    /// <https://www.postgresql.org/docs/current/system-catalog-initial-data.html#SYSTEM-CATALOG-OID-ASSIGNMENT>
    const ANY: Option<&str> = None;
    /// Whether reading them takes longest: where several sessions read, they are asked for first.
    const MOST: bool = false;
    /// Whether it may use, when it is called, what `pg_depend` does not tell of, as a routine does.
    const CALLS_UNSEEN: bool = false;
    /// Whether it ties its relation to another, as a foreign key does: who changes one locks the other.
    const TIES: bool = false;
    /// Whether such an object has a say over what is made after it: it comes when all else is there.
    const RULES_NEW: bool = false;
    /// What can be granted on an object of this kind.
    const GRANTABLE: Option<Grantable> = None;
    /// What it takes to make one.
    const AUTHORITY: Authority = Authority::Place;
    /// Whether there can be a comment on one.
    const COMMENTABLE: bool = true;
    /// Whether such an object has an owner of its own.
    const OWNED: bool = Self::GRANTABLE.is_some();
    /// Whether PostgreSQL can give such an object another name.
    const RENAMABLE: bool = true;
    /// What a part of it is called that has a name of its own and can get another one; the key under
    /// which the parts stand in a file.
    const PART: Option<&str> = None;
    /// Whether the key holds a table for each part, which has room for `renamed_from`; if not, the former
    /// names stand by the new ones under `renamed_` and the plural of the key.
    const PARTS_ARE_TABLES: bool = true;
    /// Whether the relation that it is on is locked while it gets another name.
    const RENAME_LOCKS_RELATION: bool = true;
    /// Whether parts are called after what the object shows, and keep that name when it gets another one.
    const PART_FOLLOWS: bool = false;
    /// Whether [`Kind::options`] has anything to say.
    const HAS_SECRETS: bool = false;

    /// The statement that reads all objects of this kind; `$1` is the list of schemas, as OIDs. A kind
    /// that needs several has [`Kind::queries`] and [`Kind::decode`] instead.
    #[must_use]
    fn query(_version: ServerVersion) -> String {
        String::new()
    }

    /// Turns a row of that statement into an object.
    ///
    /// # Errors
    /// When the row does not have the shape that the statement promises.
    fn decode_row(_row: &Row, _reading: &mut Reading) -> Result<(), DecodeError> {
        Ok(())
    }

    /// The statements that read all objects of this kind.
    #[must_use]
    fn queries(version: ServerVersion) -> Vec<String> {
        vec![Self::query(version)]
    }

    /// Turns the rows of those statements into objects, in the same order.
    ///
    /// # Errors
    /// When a row does not have the shape that the statement promises.
    fn decode(rows: Vec<Vec<Row>>, reading: &mut Reading) -> Result<(), DecodeError> {
        rows.into_iter().flatten().try_for_each(|row| Self::decode_row(&row, reading))
    }

    /// Where these objects stand in a file.
    fn sections() -> &'static [Section];

    /// The object that holds others by being the `schema` of their address, if it is of this kind.
    fn namespace(_name: &Name) -> Option<Object> {
        None
    }

    /// Whether that is one of our own, in which a relation is built: nothing in it is an object yet.
    fn is_workshop(_spec: &Self::Spec) -> bool {
        false
    }

    /// The roles that an object names.
    fn roles(_it: &Declared<'_, Self::Spec>) -> Vec<Name> {
        Vec::new()
    }

    /// The tablespaces that an object names.
    fn tablespaces(_spec: &Self::Spec) -> Vec<Name> {
        Vec::new()
    }

    /// Options whose values may be secrets.
    fn options(_spec: &mut Self::Spec) -> Option<&mut ForeignOptions> {
        None
    }

    /// The schemas that an object is put into, beside the one in its address. They need not be
    /// declared: then they are somebody else's, and left alone.
    fn schemas(_spec: &Self::Spec) -> Vec<Name> {
        Vec::new()
    }

    /// Where PostgreSQL keeps the name of a schema as a text: says `to` there for `from`, which is what
    /// becomes of everything else by itself when a schema gets another name.
    fn follow_schema(_spec: &mut Self::Spec, _from: &Name, _to: &Name) {}

    /// The comment that a live object would have if nobody had given it one.
    fn initial_comment(_spec: &Self::Spec) -> Option<&str> {
        None
    }

    /// The tables, and the columns of tables, that a desired object names as such.
    fn needs(_it: &Declared<'_, Self::Spec>) -> Vec<Part> {
        Vec::new()
    }

    /// Its program in a procedural language, or in SQL as text, which PostgreSQL looks into when it runs.
    fn body(_spec: &Self::Spec) -> Option<&Fragment> {
        None
    }

    /// The columns that a desired object has.
    fn columns(_spec: &Self::Spec) -> Vec<(Name, Option<Place>)> {
        Vec::new()
    }

    /// The names of its parts, where [`Kind::PART`] says what these are.
    fn parts(spec: &Self::Spec) -> Vec<Name> {
        Self::columns(spec).into_iter().map(|(name, _)| name).collect()
    }

    /// Whether only a server knows what further columns it has.
    fn has_more_columns(_spec: &Self::Spec) -> bool {
        false
    }

    /// The objects of the same kind that this one has columns from.
    fn parents(_it: &Declared<'_, Self::Spec>) -> Vec<Address> {
        Vec::new()
    }

    /// Notes what only a server knows of the columns of the object at an address.
    fn inform(_it: &Address, _spec: &mut Self::Spec, _natures: &Natures) {}

    /// Marks those of the partitions of one parent that come, go or change which have rows for each other, and has made
    /// anew what would be altered; or names others that have to change for that. `giving`: those with rows for others.
    fn regroup(
        _changes: &mut [&mut Change],
        _family: &Family,
        _giving: &BTreeSet<String>,
    ) -> Vec<String> {
        Vec::new()
    }

    /// Whether it is marked so.
    fn is_regrouped(_spec: &Self::Spec) -> bool {
        false
    }

    /// A part of it that stays, with the mark that the change takes from it what it gets by coming anew.
    fn unsettled(_: [&Declared<'_, Self::Spec>; 2], _part: &Self::Spec) -> Option<Self::Spec> {
        None
    }

    /// Whether a partition that keeps its parent is taken out of it and put back with the change.
    fn rejoins(_from: &Self::Spec, _to: &Self::Spec) -> bool {
        false
    }

    /// Steps that put `takers`, partitions of one parent, in the place of `sources`, with their rows; none: these are lost.
    fn exchange(
        _sources: &[Declared<'_, Self::Spec>],
        _takers: &[Declared<'_, Self::Spec>],
        _exchanging: &Exchanging<'_>,
    ) -> Option<Copied> {
        None
    }

    /// Makes these, as they are on the same side, known to the object.
    fn inherit(_spec: &mut Self::Spec, _parents: Vec<(Address, Spec)>) {}

    /// The object with all that it has from its parents, as it would be without them.
    fn whole(spec: &Self::Spec) -> Self::Spec {
        spec.clone()
    }

    /// Tells an object that is to come that its whole is there already, in use, and which parts it has.
    fn joins(_spec: &mut Self::Spec, _beside: &[&Object]) {}

    /// Whether an object on a relation is also on those that have the relation as a parent.
    fn is_inherited(_spec: &Self::Spec) -> bool {
        false
    }

    /// Further objects that a desired one stands for.
    fn expand(_it: &Declared<'_, Self::Spec>, _as_of: jiff::civil::Date) -> Expansion {
        Expansion::default()
    }

    /// Puts the expressions of `written`, an object in the user's spelling, into the canonical one
    /// ([`crate::sql::Fragment::adopt`]); `live` is its counterpart, if there is one.
    fn adopt(_canonical: &mut Self::Spec, _written: &Self::Spec, _live: Option<&Self::Spec>) {}

    /// The object in a longer form, and with it objects that are otherwise part of it: those among
    /// them that `wanted` says the other side has as objects of their own.
    fn expose(
        _it: &Declared<'_, Self::Spec>,
        _wanted: &dyn Fn(&Address) -> bool,
    ) -> Option<(Self::Spec, Vec<Object>)> {
        None
    }

    /// Whether a live object that no file declares is left as it is: one that comes and goes with
    /// another, and that a file merely may speak of.
    fn stays(_spec: &Self::Spec) -> bool {
        false
    }

    /// What of a live object was begun and not ended, but for what `wanted`, its desired counterpart, has so, too.
    fn unfinished(_live: &Self::Spec, _wanted: Option<&Self::Spec>) -> Vec<Unfinished> {
        Vec::new()
    }

    /// Whether PostgreSQL can get from one to the other in place.
    fn transition(_from: &Self::Spec, _to: &Self::Spec) -> Transition {
        Transition::InPlace
    }

    /// The columns whose dependents an alteration in place disturbs.
    fn disturbs(_from: &Self::Spec, _to: &Self::Spec) -> Vec<(Name, Disturbance)> {
        Vec::new()
    }

    /// Whether an object lives through changes of type of the columns `of` that it uses.
    fn survives_retype(_it: &Declared<'_, Self::Spec>, _of: &[&Part]) -> bool {
        true
    }

    /// The names that only one object at a time can have, over all kinds.
    fn claims(_address: &Address) -> Vec<String> {
        Vec::new()
    }

    /// What rows that are there may have against it: against what is made, or made anew, where there is
    /// no `from`; else against the alteration.
    fn doubts(
        _from: Option<&Declared<'_, Self::Spec>>,
        _to: &Declared<'_, Self::Spec>,
    ) -> Vec<Doubt> {
        Vec::new()
    }

    /// Why PostgreSQL would write a relation anew, whose rows [`Kind::copy`] can copy instead.
    fn written_anew(_from: &Self::Spec, _to: &Self::Spec) -> Option<&'static str> {
        None
    }

    /// What the rows may have against a relation that is made anew with them, and is to have these below it.
    fn unplaced(_it: &Declared<'_, Self::Spec>, _below: &[Declared<'_, Self::Spec>]) -> Vec<Doubt> {
        Vec::new()
    }

    /// The values that its type has no longer: what is stored of them has to go somewhere.
    fn values_gone(_from: &Self::Spec, _to: &Self::Spec) -> Vec<String> {
        Vec::new()
    }

    /// Steps that bring the object into being, comment apart.
    fn create(it: &Declared<'_, Self::Spec>) -> Vec<Step>;

    /// Steps that take it from one form to the other in place, comment apart.
    fn alter(from: &Declared<'_, Self::Spec>, to: &Declared<'_, Self::Spec>) -> Vec<Step>;

    /// Steps that end it.
    fn drop(it: &Declared<'_, Self::Spec>) -> Vec<Step>;

    /// Steps that put a new object in the place of an old one that is still needed while its
    /// dependents step over: the last of them, which end it, are [`Step::finishes`]. `None`: the
    /// old one is dropped before the new one is created.
    fn replace(
        _from: &Declared<'_, Self::Spec>,
        _to: &Declared<'_, Self::Spec>,
    ) -> Option<Vec<Step>> {
        None
    }

    /// Steps that put a new relation in the place of an old one, with its rows. `None`: what is replaced
    /// loses them.
    fn copy(
        _from: &Declared<'_, Self::Spec>,
        _to: &Declared<'_, Self::Spec>,
        _copying: &Copying<'_>,
    ) -> Option<Copied> {
        None
    }

    /// The columns that tell rows of its relation apart, where it is the relation's primary key.
    fn row_key(_spec: &Self::Spec) -> Option<&[Name]> {
        None
    }

    /// Whether it can be on a new relation before its rows are, and moves with it to another schema.
    fn comes_with_relation(_spec: &Self::Spec) -> bool {
        false
    }

    /// Steps that make the object, or one column of it, let go of `referenced` while these are
    /// replaced, and take hold of them again. `None`: the whole object must be replaced.
    fn release(
        _it: &Declared<'_, Self::Spec>,
        _column: Option<&Name>,
        _referenced: &[Part],
    ) -> Option<Release> {
        None
    }

    /// Steps that make PostgreSQL read the object's expressions once more, from the text it has.
    fn reread(it: &Declared<'_, Self::Spec>) -> Vec<Step> {
        [Self::drop(it), Self::create(it)].concat()
    }

    /// The statement that gives the object at `from` the name of `to`, which is in the same place.
    fn rename(from: &Address, to: &Address) -> Sql {
        let target = Self::comment_target(from);
        Sql::new("ALTER ").append(&target).raw(" RENAME TO ").identifier(&to.name)
    }

    /// What it takes then for that which comes with the object to follow: a title, and the statement.
    fn rename_along(_from: &Address, _to: &Address) -> Option<(&'static str, Sql)> {
        None
    }

    /// The statement that gives a part of it another name.
    fn rename_part(address: &Address, from: &Name, to: &Name) -> Sql {
        let target = Self::comment_target(address);
        let part = Self::PART.unwrap_or_default().to_uppercase();
        let sql = Sql::new("ALTER ").append(&target).raw(" RENAME ").raw(&part).raw(" ");
        sql.identifier(from).raw(" TO ").identifier(to)
    }

    /// The name that PostgreSQL would give it, but for a number at the end; `columns`: those that it needs.
    fn default_name(_it: &Declared<'_, Self::Spec>, _columns: &[Name]) -> Option<String> {
        None
    }

    /// What stands after `COMMENT ON`, and after `ALTER` where the owner changes.
    /// <https://www.postgresql.org/docs/current/sql-comment.html>
    fn comment_target(address: &Address) -> Sql;

    /// What stands after `GRANT … ON`.
    /// <https://www.postgresql.org/docs/current/sql-grant.html>
    fn grant_target(address: &Address) -> Sql {
        Self::comment_target(address)
    }

    /// What others may do with a new object before anybody says anything about it.
    fn usual_privileges(_address: &Address, _version: ServerVersion) -> Privileges {
        Self::GRANTABLE.map(Grantable::usual).unwrap_or_default()
    }

    /// What it belongs to, whose owner is always its own, too. One of them there is: a name does not say of which kind.
    fn owned_with(_it: &Declared<'_, Self::Spec>) -> Vec<Part> {
        Vec::new()
    }

    /// What new objects give to others because of this one.
    fn gives(_it: &Declared<'_, Self::Spec>) -> Vec<Gift> {
        Vec::new()
    }
}
