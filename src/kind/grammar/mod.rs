//! What entries of files can be: asked of the very deserializers that read them, so that there is no
//! second list of keys and types. Each is given values that it may refuse, and what it says of them
//! tells what it takes.

mod ask;
mod bonds;
mod json;
mod shape;

pub use ask::shape_of;
pub use json::{Words, describe, fill, schema};
pub use shape::{Bonds, Key, Shape, Text};
