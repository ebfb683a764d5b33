//! Partitions that come by a rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::siblings::by_parent;
use crate::kind::{Further, Misfit, Reached, Rolling};
use crate::kinds;
use crate::model::{Address, Canonical, Database, Dependency, Former, Latent, Name, Object, Part};

/// The rules where they stand, as the rows of their tables say that were asked; and what is to be said
/// of those that nobody can ask. Where there is no table yet, there are no rows. `renamed`: what the files say
/// had another name.
pub fn told(
    rules: &[Arc<dyn Rolling>],
    renamed: &BTreeMap<Part, Former>,
    live: &Database<Canonical>,
    reached: &BTreeMap<Address, Reached>,
) -> (Vec<Arc<dyn Rolling>>, Vec<String>) {
    let mut remarks = Vec::new();
    let formerly = |rule: &Arc<dyn Rolling>| {
        let names = former(rule.parent(), renamed);
        let rule = Arc::clone(rule);
        if names.is_empty() { rule } else { rule.formerly(&names).unwrap_or(rule) }
    };
    let rules: Vec<_> = rules.iter().map(formerly).collect();
    if rules.iter().all(|rule| rule.goes_by().is_none()) {
        return (rules, remarks);
    }
    let partitions = by_parent(live);
    let told = |rule: &Arc<dyn Rolling>| {
        let parent = rule.parent();
        let reached = match (rule.goes_by(), live.objects.contains_key(parent)) {
            (None, _) => return Arc::clone(rule),
            (Some(_), false) => &Reached::Nowhere,
            (Some(_), true) => reached.get(parent).unwrap_or(&Reached::Unknown),
        };
        if *reached == Reached::Unknown {
            remarks.push(format!(
                "the window of {parent} is left as it is: only its rows say how far it has come, and they cannot be read"
            ));
        }
        let partitions = partitions.get(parent).map_or(&[][..], Vec::as_slice);
        rule.told(reached, partitions).unwrap_or_else(|| Arc::clone(rule))
    };
    (rules.iter().map(told).collect(), remarks)
}

/// What an object may be called that has got another name, or whose schema has.
fn former(address: &Address, renamed: &BTreeMap<Part, Former>) -> Vec<Address> {
    let part = Part::whole(address);
    let own = renamed.get(&part).and_then(|former| former.of(&part)).map(|part| part.address);
    let names: Vec<Address> = own.into_iter().chain([address.clone()]).collect();
    let schemas = renamed.iter().filter(|(part, _)| {
        (kinds::row(part.address.kind).1.namespace)(&part.address.name).is_some()
    });
    let elsewhere = schemas.flat_map(|(part, former)| {
        let of = Some(&part.address.name);
        let was = former.of(part).map(|part| part.address.name);
        let there = names.iter().filter(move |name| name.schema.as_ref() == of);
        there.filter_map(move |name| Some(Address { schema: Some(was.clone()?), ..name.clone() }))
    });
    names.iter().cloned().chain(elsewhere).filter(|name| name != address).collect()
}

/// Adds to the desired side what rules say is due in the face of what there is, and takes away what
/// is not needed; `expanded` is desired for the sake of the rules. What came, with the table whose
/// window it came by.
///
/// # Errors
/// All windows that cannot be as they are declared.
pub fn roll(
    desired: &mut Database<Canonical>,
    live: &Database<Canonical>,
    rules: &[Arc<dyn Rolling>],
    expanded: &[Address],
) -> Result<Vec<(Address, Address)>, Vec<Misfit>> {
    let mut added = Vec::new();
    if rules.is_empty() {
        return Ok(added);
    }
    let expanded: BTreeSet<&Address> = expanded.iter().collect();
    let (theirs, ours) = (by_parent(live), by_parent(desired));
    let (mut dues, mut misfits) = (Vec::new(), Vec::new());
    for rule in rules {
        let children = |of: &Address| ours.get(of).into_iter().flatten().copied();
        let whole: Vec<&Object> = children(rule.parent())
            .flat_map(|child| std::iter::once(child).chain(children(&child.address)))
            .collect();
        let partitions = theirs.get(rule.parent()).map_or(&[][..], Vec::as_slice);
        let due = rule.due(&whole, partitions, &|address| expanded.contains(address), &|address| {
            live.objects.get(address).is_some_and(|object| object.partition_of.is_none())
        });
        match due {
            Ok(due) => dues.push((rule.parent().clone(), due)),
            Err(misfit) => misfits.push(*misfit),
        }
    }
    if !misfits.is_empty() {
        return Err(misfits);
    }
    for (parent, due) in dues {
        let mut models: HashMap<Address, (Object, Vec<Dependency>)> = HashMap::new();
        for Further { like, .. } in &due.further {
            let model = desired.objects.get(like).filter(|_| !models.contains_key(like));
            models.extend(model.map(|model| (like.clone(), (model.clone(), Vec::new()))));
        }
        for need in &desired.dependencies {
            if let Some((_, needs)) = models.get_mut(&need.dependent.address) {
                needs.push(need.clone());
            }
        }
        take_away(desired, due.covered);
        for further in due.further {
            if let Some((model, needs)) = models.get(&further.like) {
                let needs = needs.iter().map(|need| readdressed(need, &further, model));
                desired.dependencies.extend(needs);
            }
            let latent = desired.latent.iter().filter_map(|kept| kept_by(kept, &further));
            let latent: Vec<Latent> = latent.collect();
            desired.latent.extend(latent);
            added.push((further.object.address.clone(), parent.clone()));
            desired.objects.insert(further.object.address.clone(), further.object);
        }
    }
    Ok(added)
}

/// With their own partitions.
fn take_away(desired: &mut Database<Canonical>, covered: Vec<Address>) {
    let mut gone: BTreeSet<Address> = BTreeSet::new();
    let mut next = covered;
    while !next.is_empty() {
        gone.extend(next);
        let within = desired.objects.values().filter(|object| {
            !gone.contains(&object.address)
                && object.partition_of.as_ref().is_some_and(|parent| gone.contains(parent))
        });
        next = within.map(|object| object.address.clone()).collect();
    }
    if gone.is_empty() {
        return;
    }
    desired.objects.retain(|address, _| !gone.contains(address));
    desired.dependencies.retain(|Dependency { dependent, referenced, .. }| {
        !gone.contains(&dependent.address) && !gone.contains(&referenced.address)
    });
}

/// What a partition would keep, named as the one that it is like names it.
fn kept_by(kept: &Latent, further: &Further) -> Option<Latent> {
    let (like, own) = (&further.like, &further.object.address);
    let on = kept.own.schema == like.schema && kept.own.relation.as_ref() == Some(&like.name);
    let name = match kept.own.name.strip_prefix(&*like.name) {
        Some(rest) => Name::from(format!("{}{rest}", &*own.name)),
        None => kept.own.name.clone(),
    };
    let address = Address {
        schema: own.schema.clone(),
        relation: Some(own.name.clone()),
        name,
        ..kept.own.clone()
    };
    on.then(|| Latent { own: address, of: kept.of.clone() })
}

/// What a partition needs where the one that it is like needs the same.
fn readdressed(need: &Dependency, further: &Further, like: &Object) -> Dependency {
    let object = &further.object;
    let own = |part: &Part| {
        let address = if part.address == like.address {
            object.address.clone()
        } else if like.partition_of.as_ref() == Some(&part.address) {
            object.partition_of.clone().unwrap_or_else(|| part.address.clone())
        } else {
            part.address.clone()
        };
        Part { address, ..part.clone() }
    };
    let Dependency { dependent, referenced, automatic } = need;
    Dependency { dependent: own(dependent), referenced: own(referenced), automatic: *automatic }
}
