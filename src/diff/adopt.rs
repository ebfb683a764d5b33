//! The user's own spelling, for what changes.

use std::collections::{BTreeMap, HashMap};

use super::differences::differences;
use crate::kinds;
use crate::model::{Action, Address, Cause, Change, Database, Name, Object, Raw, Tag};
use crate::sql::same_types;

/// Puts the expressions as they were written into the desired objects of `changes`, and forgets
/// changes that were none: a live expression spelled just as the file has it, which PostgreSQL
/// spells otherwise when it reads it again.
pub fn adopt(changes: &mut BTreeMap<Address, Change>, declared: &Database<Raw>) {
    let mut routines: HashMap<Site<'_>, Vec<&Object>> = HashMap::new();
    if !changes.is_empty() {
        for object in declared.objects.values() {
            routines.entry(site(&object.address)).or_default().push(object);
        }
    }
    changes.retain(|address, change| {
        let Some(to) = &mut change.to else { return true };
        let written = declared.objects.get(address).or_else(|| {
            // An address that the server spells otherwise than the file: enough when only one
            // declared object can be meant.
            match routines.get(&site(address)).map(Vec::as_slice) {
                Some([one]) => Some(*one),
                Some(several) => only(several.iter().copied().filter(|one| {
                    let types = |address: &Address| address.arguments.clone().unwrap_or_default();
                    same_types(&types(&one.address), &types(address))
                })),
                None => None,
            }
        });
        if let Some(written) = written {
            (kinds::row(address.kind).1.adopt)(to, written, change.from.as_ref());
        }
        let Some(from) = &change.from else { return true };
        // What is taken along changes on another's account.
        if matches!(change.cause, Some(Cause::DependsOn(_))) {
            return true;
        }
        let regrouped = change.cause == Some(Cause::Regrouped);
        if from.is_as(to) && !regrouped {
            return false;
        }
        change.differences = differences(from, to);
        if change.action == Action::Replace && !regrouped {
            let row = kinds::row(address.kind).1;
            if (row.transition)(from, to) == crate::kind::Transition::InPlace {
                change.action = Action::Alter;
                change.cause = None;
            }
        }
        true
    });
}

fn only<'a>(mut several: impl Iterator<Item = &'a Object>) -> Option<&'a Object> {
    several.next().filter(|_| several.next().is_none())
}

type Site<'a> = (Tag, Option<&'a Name>, Option<&'a Name>, &'a Name);

fn site(address: &Address) -> Site<'_> {
    (address.kind, address.schema.as_ref(), address.relation.as_ref(), &address.name)
}
