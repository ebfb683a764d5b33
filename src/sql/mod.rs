//! SQL as text: identifiers, literals, lock levels, and statements that remember which
//! characters of them came from which place of a file. The only module that quotes.

mod casts;
mod fragment;
mod identifier;
mod idiom;
mod key_element;
mod literal;
mod lock;
mod place;
mod reference;
mod signature;
mod statement;
mod type_name;

pub use casts::{cast_exists, stored_alike};
pub use fragment::{FRAGMENT, Fragment};
pub use identifier::quote_identifier;
pub use idiom::{idiomatic, idiomatic_default, parenthesized_after, split_at_word, split_list};
pub use key_element::{exclusion, key_expression};
pub use literal::{dollar_quote, quote_literal};
pub use lock::LockLevel;
pub use place::{FileId, Place};
pub use reference::{
    ReferenceError, leading_name, parse_identifier_list, parse_names, parse_qualified,
};
pub use signature::{argument_types, same_types};
pub use statement::{Sql, Variables, identifier_list};
pub use type_name::short_type;
