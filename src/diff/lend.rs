//! What stands on an object because it stands on one of its parents.

use std::collections::HashMap;

use crate::kinds;
use crate::model::{Address, Canonical, Database, Dependency, Latent, Name, Object, Part};

/// Shows inherited objects, which are otherwise their parent's alone, where one needs to see them:
/// an heir that leaves keeps them as its own, and one that joins must have them before. The other
/// side may also have one of its own that is taken for the inherited one.
pub fn lend(desired: &mut Database<Canonical>, live: &mut Database<Canonical>) {
    one_side(desired, live);
    one_side(live, desired);
}

/// An object on an heir, the one on an ancestor that it is as, and who the two are on.
struct Lent {
    object: Object,
    of: Address,
    ancestor: Address,
    heir: Address,
    /// The heir leaves, or comes.
    moves: bool,
}

fn one_side(side: &mut Database<Canonical>, other: &Database<Canonical>) {
    let parents = |object: &Object| (kinds::row(object.address.kind).1.parents)(object);
    let is_leaving = |object: &Object| {
        let unfinished = (kinds::row(object.address.kind).1.unfinished)(object, None);
        unfinished.iter().any(|it| it.leaves)
    };
    let heirs: Vec<&Object> =
        side.objects.values().filter(|object| !parents(object).is_empty()).collect();
    if heirs.is_empty() {
        return;
    }
    let mut inherited: HashMap<Site<'_>, Vec<&Object>> = HashMap::new();
    for object in side.objects.values() {
        if (kinds::row(object.address.kind).1.is_inherited)(object)
            && let Some(site) = site(&object.address)
        {
            inherited.entry(site).or_default().push(object);
        }
    }
    let mut latent: HashMap<Site<'_>, Vec<&Latent>> = HashMap::new();
    for kept in &side.latent {
        if let Some(site) = site(&kept.own) {
            latent.entry(site).or_default().push(kept);
        }
    }
    let mut lent: Vec<Lent> = Vec::new();
    for heir in heirs {
        let counterpart = other.objects.get(&heir.address);
        let moves = counterpart.is_some_and(|counterpart| {
            parents(counterpart) != parents(heir) || is_leaving(counterpart) || is_leaving(heir)
        });
        let heir_site = (heir.address.schema.as_ref(), &heir.address.name);
        for kept in latent.get(&heir_site).into_iter().flatten().filter(|_| moves) {
            let original = side.objects.get(&kept.of);
            let ancestor = original.and_then(|original| kinds::parent(original, &side.objects));
            if let Some((original, ancestor)) = original.zip(ancestor) {
                let object =
                    Object { address: kept.own.clone(), comment: None, ..original.clone() };
                let (of, heir) = (kept.of.clone(), heir.address.clone());
                lent.push(Lent { object, of, ancestor, heir, moves: false });
            }
        }
        let mut ancestors = parents(heir);
        while let Some(ancestor) = ancestors.pop() {
            let of_ancestor = (ancestor.schema.as_ref(), &ancestor.name);
            for object in inherited.get(&of_ancestor).into_iter().flatten() {
                let address = Address {
                    schema: heir.address.schema.clone(),
                    relation: Some(heir.address.name.clone()),
                    ..object.address.clone()
                };
                if (moves || other.objects.contains_key(&address))
                    && !side.objects.contains_key(&address)
                {
                    lent.push(Lent {
                        object: Object { address, comment: None, ..(*object).clone() },
                        of: object.address.clone(),
                        ancestor: ancestor.clone(),
                        heir: heir.address.clone(),
                        moves,
                    });
                }
            }
            ancestors.extend(side.objects.get(&ancestor).map(parents).unwrap_or_default());
        }
    }
    for Lent { object, of, ancestor, heir, moves } in lent {
        // It needs of its own relation what the original needs of the parent.
        let needs = side.dependencies.iter().filter(|need| need.dependent.address == of);
        let needs: Vec<Dependency> = needs
            .map(|need| Dependency {
                dependent: Part::whole(&object.address),
                referenced: match need.referenced.address == ancestor {
                    true => Part { address: heir.clone(), ..need.referenced.clone() },
                    false => need.referenced.clone(),
                },
                automatic: need.automatic,
            })
            .collect();
        side.dependencies.extend(needs);
        if moves {
            side.latent.push(Latent { own: object.address.clone(), of });
        }
        side.objects.insert(object.address.clone(), object);
    }
}

/// The relation that something is on.
type Site<'a> = (Option<&'a Name>, &'a Name);

fn site(address: &Address) -> Option<Site<'_>> {
    Some((address.schema.as_ref(), address.relation.as_ref()?))
}
