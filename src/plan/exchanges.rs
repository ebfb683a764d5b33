//! Partitions of one parent that take the place of others, with their rows, or their own with other bounds.

use std::collections::{BTreeMap, BTreeSet};

use super::aside::Tree;
use super::copies::{Changes, Copies, assemble, feeds};
use super::grounds::{Sites, key};
use super::steps::Implied;
use crate::kind::{Exchanging, departures_of};
use crate::kinds;
use crate::model::{Action, Address, Cause, Change, Effect, Name, Object, Reach, Step};

/// What happens beside it to the parent, and to what holds the rows.
#[derive(Debug)]
pub struct Exchange {
    parent: Address,
    covered: BTreeSet<Address>,
}

/// Of every parent that has such partitions.
pub fn of(changes: &Changes, implied: &Implied, sites: &Sites<'_>) -> Copies {
    let mut families: BTreeMap<&Address, Vec<&Change>> = BTreeMap::new();
    for change in changes.values() {
        let row = kinds::row(change.address.kind).1;
        let side =
            [&change.to, &change.from].into_iter().flatten().find(|it| (row.is_regrouped)(it));
        if let Some(parent) = side.and_then(|side| side.partition_of.as_ref()) {
            families.entry(parent).or_default().push(change);
        }
    }
    let mut copies = Copies::default();
    for (parent, family) in families {
        if let Some((steps, exchange)) = exchange(parent, &family, changes, implied, sites) {
            copies.steps.extend(steps);
            copies.exchanges.push(exchange);
        }
    }
    let mut rejoining: BTreeMap<&Address, BTreeSet<Address>> = BTreeMap::new();
    for (change, parent) in changes.values().filter_map(|it| Some((it, rejoined(it)?))) {
        rejoining.entry(parent).or_default().insert(change.address.clone());
    }
    // What is below one that is away is away with it.
    let mut whole: BTreeMap<&Address, BTreeSet<Address>> = BTreeMap::new();
    for (parent, covered) in &rejoining {
        let mut top = *parent;
        while let Some((above, _)) = rejoining.iter().find(|(_, below)| below.contains(top)) {
            top = above;
        }
        whole.entry(top).or_default().extend(covered.iter().cloned());
    }
    let whole = whole.into_iter();
    copies
        .exchanges
        .extend(whole.map(|(parent, covered)| Exchange { parent: parent.clone(), covered }));
    copies
}

/// The parent that a partition leaves, and joins again, with the change.
fn rejoined(change: &Change) -> Option<&Address> {
    let sides = change.from.as_ref().zip(change.to.as_ref());
    let (from, to) = sides.filter(|_| change.action == Action::Alter)?;
    let rejoins = (kinds::row(change.address.kind).1.rejoins)(from, to);
    to.partition_of.as_ref().filter(|_| rejoins)
}

fn exchange(
    parent: &Address,
    family: &[&Change],
    changes: &Changes,
    implied: &Implied,
    sites: &Sites<'_>,
) -> Option<(BTreeMap<Address, Vec<Step>>, Exchange)> {
    let row = kinds::row(parent.kind).1;
    let sources: Vec<&Object> = family.iter().filter_map(|it| it.from.as_ref()).collect();
    let takers: Vec<&Object> = family.iter().filter_map(|it| it.to.as_ref()).collect();
    let tree = Tree::of(&takers, changes)?;
    let built = takers.iter().chain(&tree.partitions).map(|object| object.address.clone());
    let built: Vec<Address> = built.collect();
    if sources.iter().any(|source| feeds(implied, changes, &source.address, &built)) {
        return None;
    }
    let online = sources.iter().any(|source| sites.online(&source.address));
    let made = |schema: &Name| {
        let site = sites.within(parent, online);
        let exchanging = Exchanging { schema, partitions: &tree.partitions, site, online };
        let mut made = (row.exchange)(&sources, &takers, &exchanging)?;
        made.build.extend(tree.steps(schema));
        Some(made)
    };
    let covered = sources.iter().chain(&takers).chain(&tree.partitions).chain(&tree.on);
    let covered: BTreeSet<Address> = covered.map(|object| object.address.clone()).collect();
    let main = &takers.first()?.address;
    let (mut steps, before) = assemble(main, &made, covered.iter().cloned().collect(), changes)?;
    let exchange = Exchange { parent: parent.clone(), covered };
    if let Some(own) = steps.get_mut(main) {
        // What goes stays until then, whatever becomes of the parent before; what comes is made like the parent as it
        // is to be.
        own.iter_mut().for_each(|step| step.without.push(parent.clone()));
        own.first_mut()?.claims.push(exchange.tag("changes"));
        own.get_mut(before.checked_sub(1)?)?.frees.push(exchange.tag("copies"));
        own.get_mut(before)?.claims.push(exchange.tag("loose"));
        own.last_mut()?.frees.push(exchange.tag("whole"));
    }
    Some((steps, exchange))
}

impl Exchange {
    /// Puts the steps of another change where they belong: those of the parent before it, and around the moment
    /// of it what holds rows by way of the parent.
    pub fn order(&self, change: &Change, steps: &mut [Step]) {
        if self.covered.contains(&change.address) {
            if rejoined(change).is_some() {
                self.around(steps);
            }
            return;
        }
        let holds = change.action == Action::Replace
            && matches!(&change.cause, Some(Cause::DependsOn(part)) if self.covered.contains(&part.address));
        // What waits for partitions to leave waits for the exchange.
        let waits = departures_of(&self.parent.qualified());
        let about = key(&change.address).is_some() && key(&change.address) == key(&self.parent);
        for step in steps {
            match (holds, step.effect) {
                (true, Effect::Drop) => {
                    step.claims.push(self.tag("copies"));
                    step.frees.push(self.tag("loose"));
                }
                (true, _) => {
                    step.claims.push(self.tag("whole"));
                    // What wants to be the last about a relation does not wait for it.
                    let all = self.covered.iter().chain([&self.parent]);
                    let own = all.filter(|relation| key(relation) == key(&change.address));
                    step.after_all.extend(own.cloned());
                }
                (false, _) if about && !step.claims.contains(&waits) => {
                    step.frees.push(self.tag("changes"));
                }
                _ => {}
            }
        }
    }

    /// Lets go of the rows of one that leaves and comes back for that moment alone.
    fn around(&self, steps: &mut [Step]) {
        let out = steps.iter().position(|step| matches!(step.reach, Some(Reach::Leaves(_))));
        for (n, step) in steps.iter_mut().enumerate() {
            if Some(n + 1) == out {
                step.frees.push(self.tag("copies"));
            } else if Some(n) == out {
                step.claims.push(self.tag("loose"));
            } else if matches!(step.reach, Some(Reach::Joins(_))) {
                step.frees.push(self.tag("whole"));
            }
        }
    }

    fn tag(&self, what: &str) -> String {
        format!("{what} of {}", self.parent)
    }
}
