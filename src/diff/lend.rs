//! What stands on an object because it stands on one of its parents.

use std::collections::HashMap;

use crate::kinds;
use crate::model::{Address, Canonical, Database, Dependency, Name, Object, Part};

/// Shows inherited objects, which are otherwise their parent's alone, where one needs to see them:
/// an heir that leaves keeps them as its own, and one that joins must have them before. The other
/// side may also have one of its own that is taken for the inherited one.
pub fn lend(desired: &mut Database<Canonical>, live: &mut Database<Canonical>) {
    one_side(desired, live, true);
    // A partition that leaves is dropped and made anew.
    one_side(live, desired, false);
}

fn one_side(side: &mut Database<Canonical>, other: &Database<Canonical>, partitions: bool) {
    let parents = |object: &Object| (kinds::row(object.address.kind).1.parents)(object);
    let heirs: Vec<&Object> =
        side.objects.values().filter(|object| !parents(object).is_empty()).collect();
    if heirs.is_empty() {
        return;
    }
    let mut inherited: HashMap<(Option<&Name>, &Name), Vec<&Object>> = HashMap::new();
    for object in side.objects.values() {
        if let Some(relation) = &object.address.relation
            && (kinds::row(object.address.kind).1.is_inherited)(object)
        {
            let relation = (object.address.schema.as_ref(), relation);
            inherited.entry(relation).or_default().push(object);
        }
    }
    let mut lent: Vec<(Object, Address, Address)> = Vec::new();
    for heir in heirs {
        let counterpart = other.objects.get(&heir.address);
        let moves = counterpart.is_some_and(|counterpart| {
            (partitions || heir.partition_of.is_none())
                && counterpart.partition_of.is_none()
                && parents(counterpart) != parents(heir)
        });
        let mut ancestors = parents(heir);
        while let Some(ancestor) = ancestors.pop() {
            let relation = (ancestor.schema.as_ref(), &ancestor.name);
            for object in inherited.get(&relation).into_iter().flatten() {
                let address = Address {
                    schema: heir.address.schema.clone(),
                    relation: Some(heir.address.name.clone()),
                    ..object.address.clone()
                };
                if (moves || other.objects.contains_key(&address))
                    && !side.objects.contains_key(&address)
                {
                    let object = Object { address, comment: None, ..(*object).clone() };
                    lent.push((object, ancestor.clone(), heir.address.clone()));
                }
            }
            ancestors.extend(side.objects.get(&ancestor).map(parents).unwrap_or_default());
        }
    }
    for (object, from, to) in lent {
        let theirs = Address {
            schema: from.schema.clone(),
            relation: Some(from.name.clone()),
            ..object.address.clone()
        };
        // It needs of its own relation what the original needs of the parent.
        let needs = side.dependencies.iter().filter(|need| need.dependent.address == theirs);
        let needs: Vec<Dependency> = needs
            .map(|need| Dependency {
                dependent: Part::whole(&object.address),
                referenced: match need.referenced.address == from {
                    true => Part { address: to.clone(), ..need.referenced.clone() },
                    false => need.referenced.clone(),
                },
                automatic: need.automatic,
            })
            .collect();
        side.dependencies.extend(needs);
        side.objects.insert(object.address.clone(), object);
    }
}
