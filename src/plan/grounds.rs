//! On what a plan stands: what there is before it.

use std::collections::{BTreeMap, BTreeSet};

use super::passage;
use crate::kind::{Names, ServerVersion, Site, relation_claim};
use crate::kinds;
use crate::model::{
    Action, Address, Cause, Change, Dependency, Latent, Name, Natures, Part, Partition, Relation,
};

/// Relations by schema and name.
pub type Relations = BTreeMap<(Name, Name), Relation>;

/// What there is, beyond objects and their dependencies, that decides on the way to take.
#[derive(Debug, Clone, Default)]
pub struct Grounds {
    pub relations: Relations,
    /// How many pages make a relation one that is changed online; none: every change takes the short
    /// way.
    pub online_from: Option<i64>,
    /// Names that relations have, as kinds claim them.
    pub taken: BTreeSet<String>,
    /// What partitions have of their parents' indexes and keys.
    pub latent: Vec<Latent>,
    /// Of the server.
    pub version: ServerVersion,
    /// What only a server knows of columns as they are to be, and as they are.
    pub natures: Natures,
    pub before: Natures,
}

/// The sites of changes.
pub struct Sites<'a> {
    grounds: &'a Grounds,
    names: Names,
    /// The claims of relations that are made anew, or cease to be.
    going: BTreeSet<String>,
    /// Relations of which some partitions go or leave with the plan, without these.
    left: Relations,
    /// The tables that partitions go from or leave.
    shrinking: BTreeSet<(Name, Name)>,
    /// The tables that get partitions, or whose partitions change.
    growing: BTreeSet<(Name, Name)>,
    /// What uses something that the plan makes anew or changes.
    disturbed: BTreeSet<Address>,
    /// The relations that go from one parent to another.
    moving: BTreeSet<(Name, Name)>,
    /// What is changed in the short way, however large the relation is.
    hurried: &'a BTreeSet<Address>,
}

impl<'a> Sites<'a> {
    pub fn new(
        grounds: &'a Grounds,
        changes: &BTreeMap<Address, Change>,
        desired: &[Dependency],
        live: &[Dependency],
        hurried: &'a BTreeSet<Address>,
    ) -> Self {
        let ends = changes.values().filter(|change| change.action != Action::Alter);
        let claims = |change: &Change| (kinds::row(change.address.kind).1.claims)(&change.address);
        let freed: BTreeSet<String> = ends.clone().flat_map(claims).collect();
        let going = ends.filter(|change| change.address.relation.is_none()).flat_map(claims);
        let mut taken = grounds.taken.clone();
        for relation in grounds.relations.values() {
            for partition in &relation.partitions {
                for index in &partition.indexes {
                    let parent = index.attached_to.as_ref();
                    let goes = parent.is_some_and(|(s, n)| freed.contains(&relation_claim(s, n)));
                    if !goes {
                        taken.insert(relation_claim(&partition.schema, &index.name));
                    }
                }
            }
        }
        taken.retain(|claim| !freed.contains(claim));
        let going: BTreeSet<String> = going.collect();
        let used = desired.iter().chain(live).filter(|it| disturbs(changes, it));
        let used = used.map(|it| it.dependent.address.clone());
        // Whatever the dependency is: the rows that it holds come to another place.
        let held = changes.values().filter(|change| depends_on_what_goes(changes, change));
        Self {
            grounds,
            names: Names::new(taken),
            left: left(&grounds.relations, changes),
            growing: growing(changes).filter_map(key).collect(),
            shrinking: leaving(changes).filter_map(|it| key(it.parents()[0]?)).collect(),
            going,
            disturbed: used.chain(held.map(|change| change.address.clone())).collect(),
            moving: passage::moving(changes),
            hurried,
        }
    }

    /// Where a change happens, unless the relation comes or goes with the plan.
    pub fn of(&self, change: &Change) -> Option<Site<'_>> {
        let left = self.left_alone(change);
        let leaves = left.is_some_and(|left| self.is_large(left));
        if let (Action::Drop, Some(left)) = (change.action, left) {
            return Some(Site { whole: left.into(), leaves, ..self.site(left, leaves) });
        }
        let [_, parent] = change.parents();
        let whole = parent.and_then(|parent| self.staying(parent));
        let relation = match change.action {
            Action::Create if parent.is_some() => whole?,
            _ => self.staying(&change.address)?,
        };
        let online = self.is_large(relation) && !self.is_hurried(change);
        let beside = !self.disturbed.contains(&change.address);
        Some(Site { whole, beside, leaves, ..self.site(relation, online) })
    }

    /// What a relation leaves for good, if that stays as it is but for that.
    fn left_alone(&self, change: &Change) -> Option<&Relation> {
        let [Some(whole), None] = change.parents() else { return None };
        let goes = matches!(change.action, Action::Drop | Action::Alter);
        self.staying(whole)
            .filter(|_| goes && key(whole).is_some_and(|it| !self.growing.contains(&it)))
    }

    /// Where a change happens that is on a relation which is made anew with its rows, and comes when that is in its
    /// place.
    pub fn of_copy(&self, change: &Change) -> Option<Site<'_>> {
        let relation = self.grounds.relations.get(&key(&change.address)?)?;
        let online = self.is_large(relation);
        Some(Site { beside: false, again: true, ..self.site(relation, online) })
    }

    /// What is to be put into a relation that stays.
    pub fn within(&self, parent: &Address, online: bool) -> Option<Site<'_>> {
        let relation = self.staying(parent)?;
        Some(Site { whole: Some(relation), ..self.site(relation, online) })
    }

    fn site<'s>(&'s self, relation: &'s Relation, online: bool) -> Site<'s> {
        Site {
            relation,
            whole: None,
            shrinking: &self.shrinking,
            online,
            leaves: false,
            beside: true,
            again: false,
            names: &self.names,
            version: self.grounds.version,
            natures: &self.grounds.natures,
        }
    }

    /// Whether others are to go on using a relation, which may be made anew.
    pub fn online(&self, address: &Address) -> bool {
        let relation = key(address).and_then(|key| self.grounds.relations.get(&key));
        relation.is_some_and(|relation| self.is_large(relation))
    }

    /// Whether nothing of the change may take long: what can be made in advance is made where the relation still is,
    /// and all else on the way.
    fn is_hurried(&self, change: &Change) -> bool {
        let on_it = change.address.relation.is_some()
            && matches!(change.action, Action::Drop | Action::Alter);
        let moves = key(&change.address).is_some_and(|key| self.moving.contains(&key));
        on_it && moves || self.hurried.contains(&change.address)
    }

    fn is_large(&self, relation: &Relation) -> bool {
        self.grounds.online_from.is_some_and(|from| relation.pages >= from)
    }

    /// The relation that an object is, or is on, unless it comes or goes.
    fn staying(&self, address: &Address) -> Option<&Relation> {
        let key = key(address).filter(|(s, n)| !self.going.contains(&relation_claim(s, n)))?;
        self.left.get(&key).or_else(|| self.grounds.relations.get(&key))
    }
}

/// Whether the dependent cannot be there twice for a while: what it refers to is not the same before
/// and after.
fn disturbs(changes: &BTreeMap<Address, Change>, it: &Dependency) -> bool {
    let Part { address, column } = &it.referenced;
    let Some(change) = changes.get(address).filter(|_| *address != it.dependent.address) else {
        return false;
    };
    let (Action::Alter, Some(from), Some(to)) = (change.action, &change.from, &change.to) else {
        return true;
    };
    let own = key(&it.dependent.address) == key(address);
    match column {
        Some(name) => {
            let mut disturbed = (kinds::row(address.kind).1.disturbs)(from, to).into_iter();
            disturbed.any(|(disturbed, _)| disturbed == *name)
                || change.released.iter().any(|(part, _)| part.column == *column)
        }
        None => !own,
    }
}

fn depends_on_what_goes(changes: &BTreeMap<Address, Change>, change: &Change) -> bool {
    let Some(Cause::DependsOn(part)) = &change.cause else { return false };
    let goes = |change: &Change| matches!(change.action, Action::Drop | Action::Replace);
    change.action == Action::Replace && changes.get(&part.address).is_some_and(goes)
}

/// The changes with which a relation goes, or leaves its parent.
fn leaving(changes: &BTreeMap<Address, Change>) -> impl Iterator<Item = &Change> {
    let leaves = |change: &&Change| {
        let [from, to] = change.parents();
        change.action != Action::Create && from != to
            || matches!(change.action, Action::Drop | Action::Replace)
    };
    changes.values().filter(|change| change.address.relation.is_none()).filter(leaves)
}

/// The relations which others come to, or on which they change.
fn growing(changes: &BTreeMap<Address, Change>) -> impl Iterator<Item = &Address> {
    let others = changes.values().filter(|change| change.action != Action::Drop);
    others.filter_map(|change| change.parents()[1])
}

/// Of relations that lose partitions with the plan, what is left.
fn left(relations: &Relations, changes: &BTreeMap<Address, Change>) -> Relations {
    let leaving: BTreeSet<(Name, Name)> =
        leaving(changes).filter_map(|change| key(&change.address)).collect();
    let mut left = Relations::new();
    for (name, relation) in relations {
        // What leaves takes its own partitions along.
        let mut gone = leaving.clone();
        gone.remove(name);
        let stays = relation.partitions.iter().filter(|it| {
            let key = (it.schema.clone(), it.name.clone());
            let goes = gone.contains(&key) || gone.contains(&it.parent);
            if goes {
                gone.insert(key);
            }
            !goes
        });
        let partitions: Vec<Partition> = stays.cloned().collect();
        if partitions.len() < relation.partitions.len() {
            left.insert(name.clone(), Relation { partitions, ..relation.clone() });
        }
    }
    left
}

/// The relations that changes are about, and those that they may lock beside them: what these are parts of, and
/// what they refer to.
#[must_use]
pub fn concerned(
    changes: &BTreeMap<Address, Change>,
    live: &[Dependency],
) -> BTreeSet<(Name, Name)> {
    let mut names: BTreeSet<(Name, Name)> = changes.keys().filter_map(key).collect();
    let sides = changes.values().flat_map(|change| [&change.from, &change.to]).flatten();
    names.extend(sides.filter_map(|it| it.partition_of.as_ref()).filter_map(key));
    let referenced = live.iter().filter(|it| changes.contains_key(&it.dependent.address));
    names.extend(referenced.filter_map(|it| key(&it.referenced.address)));
    names
}

/// The relation that an object is, or is on.
#[must_use]
pub fn key(address: &Address) -> Option<(Name, Name)> {
    let schema = address.schema.clone()?;
    Some((schema, address.relation.clone().unwrap_or_else(|| address.name.clone())))
}
