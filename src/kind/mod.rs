//! The contract that a kind of object fulfils, and its erased form: a row of functions. The
//! stages work on rows and never ask which kind one is.

mod acl;
mod aside;
mod authority;
mod claims;
mod consequences;
mod contract;
mod copying;
mod declared;
mod doubt;
mod enabled;
mod expansion;
mod form;
pub mod grammar;
mod index_settings;
mod index_tree;
mod operator_members;
mod options;
mod pace;
pub mod query_columns;
mod reading;
mod replacement;
mod row;
mod section;
mod sequence;
mod sequence_options;
mod short_form;
mod site;
pub mod storage;
pub mod tuning;
mod unfinished;
mod usual_name;

pub use acl::AclItem;
pub use aside::Aside;
pub use authority::Authority;
pub use claims::{
    builds_of, checks_of, departures_of, indexes_of, leavers_of, primary_key_of, relation_claim,
};
pub use consequences::{Disturbance, Gift, Release, Transition};
pub use contract::Kind;
pub use copying::{
    ASIDE, COPY, Copied, Copying, Exchanging, Family, copied, leave_nothing, make_room,
    say_what_it_is,
};
pub use declared::Declared;
pub use doubt::{Doubt, Question};
pub use enabled::Enabled;
pub use expansion::{Due, Expansion, Fate, Further, InTheWay, Misfit, Reached, Rolling, TooLong};
pub use form::{Form, FormError, RENAMED_FROM, from_value, place_of};
pub use index_settings::IndexSettings;
pub use index_tree::IndexTree;
pub use operator_members::{Members, OperatorMembers, member_clauses};
pub use options::{ForeignOptions, OptionValue, Secrecy, reference};
pub use pace::{REST, rest};
pub use reading::{Catalog, ColumnFacts, DecodeError, Reading, Serial, ServerVersion};
pub use replacement::{name_aside, replacement};
pub use row::KindRow;
pub use section::{Entry, Section};
pub use sequence::Sequence;
pub use sequence_options::SequenceOptions;
pub use short_form::{short_form, shorten};
pub use site::{Names, Site};
pub use unfinished::Unfinished;
pub use usual_name::{Label, is_helper, successor_name, usual_index_name};

/// For `#[serde(skip_serializing_if)]`: what is at its default is left out of files and cache.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `name=value` texts, as the catalog keeps storage parameters and settings, by name.
#[must_use]
pub fn by_name(options: Option<Vec<String>>) -> indexmap::IndexMap<String, String> {
    let options = options.unwrap_or_default();
    let pairs = options.iter().filter_map(|option| option.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
