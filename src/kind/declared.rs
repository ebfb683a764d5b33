//! An object before its kind.

use super::site::Site;
use crate::model::{Address, Object};

/// An object as its kind sees it.
#[derive(Debug)]
pub struct Declared<'a, S> {
    pub address: &'a Address,
    /// The parent, if the object is a partition.
    pub partition_of: Option<&'a Address>,
    pub spec: &'a S,
    /// Where it is changed, when steps are asked for.
    pub site: Option<Site<'a>>,
}

impl<'a, S: 'static> Declared<'a, S> {
    /// An object as its kind sees it, wherever it is changed. `None` would mean that it carries another
    /// kind's facts.
    #[must_use]
    pub fn of(object: &'a Object) -> Option<Self> {
        Some(Self {
            address: &object.address,
            partition_of: object.partition_of.as_ref(),
            spec: object.spec.get()?,
            site: None,
        })
    }
}
