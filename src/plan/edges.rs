//! Which step waits for which.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::steps::Implied;
use crate::kinds;
use crate::model::{Address, Dependency, Effect, Latent, Part, Reach, Reason, Step};

/// `(before, after)`, as positions in the list of steps, and why: the first reason of several.
pub type Edges = BTreeMap<(usize, usize), Reason>;

/// Every reason for which one step must come before another.
pub fn between(
    steps: &[Step],
    implied: &Implied,
    desired: &[Dependency],
    live: &[Dependency],
    latent: &[Latent],
) -> Edges {
    let graph = Graph::new(steps, implied);
    let mut edges = Edges::new();
    graph.within_objects(&mut edges);
    graph.create_after_needs(desired, &mut edges);
    graph.end_before_needs(desired, live, &mut edges);
    graph.names_free(latent, &mut edges);
    graph.last_and_first(&mut edges);
    graph.leave_with(latent, &mut edges);
    edges
}

struct Graph<'a> {
    steps: &'a [Step],
    implied: &'a Implied,
    of: HashMap<&'a Address, Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(steps: &'a [Step], implied: &'a Implied) -> Self {
        let mut of: HashMap<&Address, Vec<usize>> = HashMap::new();
        for (n, step) in steps.iter().enumerate() {
            of.entry(&step.address).or_default().push(n);
        }
        Self { steps, implied, of }
    }

    fn steps_of(&self, address: &Address) -> &[usize] {
        self.of.get(address).map_or(&[], Vec::as_slice)
    }

    /// The steps after which `part` is there in its new form.
    fn makers<'s>(&'s self, part: &'s Part) -> impl Iterator<Item = usize> + 's {
        let steps = self.steps_of(&part.address).iter().copied();
        steps.filter(|n| self.steps[*n].makes.iter().any(|made| covers(made, part)))
    }

    fn creates(&self, step: usize) -> bool {
        self.steps[step].effect == Effect::Create
    }

    /// The steps with which `part` ceases to be as it was.
    fn enders(&self, part: &Part) -> Vec<usize> {
        if let Some(others) = self.implied.get(&part.address) {
            return others.iter().flat_map(|other| self.enders(other)).collect();
        }
        let steps = self.steps_of(&part.address).iter().copied();
        steps.filter(|n| self.steps[*n].unmakes.iter().any(|gone| covers(gone, part))).collect()
    }

    /// The steps after which nothing is left of the object as it was, where that is later than when
    /// its name is free.
    fn finishers(&self, address: &Address) -> Vec<usize> {
        let steps = self.steps_of(address).iter().copied();
        steps.filter(|n| self.steps[*n].finishes).collect()
    }

    /// Steps of one object keep their order where they are about the same thing, and the creating
    /// step comes before all others, the dropping one before that. One that wants to come last does not
    /// come before the others.
    fn within_objects(&self, edges: &mut Edges) {
        for (address, steps) in &self.of {
            for (i, &first) in steps.iter().enumerate() {
                for &second in &steps[i + 1..] {
                    let (a, b) = (&self.steps[first], &self.steps[second]);
                    let last = |step: &Step| step.after_all.contains(*address);
                    if a.yields || last(a) && !last(b) {
                        continue;
                    }
                    let related = a.effect != Effect::Alter
                        || (parts(a).next().is_none() && parts(b).next().is_none())
                        || parts(a).any(|part| parts(b).any(|other| other == part));
                    if related {
                        edges.entry((first, second)).or_insert(Reason::Follows);
                    }
                    // The next of its like comes before all that follow, and so does it.
                    if related && a.effect != Effect::Alter && b.effect == a.effect {
                        break;
                    }
                }
            }
        }
    }

    /// A step of an object waits for what the object, in its new form, depends on.
    fn create_after_needs(&self, desired: &[Dependency], edges: &mut Edges) {
        for dependency in desired {
            let Dependency { dependent, referenced, .. } = dependency;
            if takes_in(dependency) {
                let makers = self.makers(referenced).filter(|n| self.creates(*n));
                for maker in makers {
                    let before = self.makers(dependent).filter(|n| self.creates(*n));
                    add(edges, before.map(|n| (n, maker)), || needs(referenced, dependent));
                }
                continue;
            }
            for &n in self.steps_of(&dependent.address) {
                let step = &self.steps[n];
                let concerned = step.effect != Effect::Drop
                    && !step.without.contains(&referenced.address)
                    && (dependent.column.is_none()
                        || step.beside
                        || step.makes.iter().any(|made| covers(made, dependent)));
                if concerned {
                    // What makes the object makes all of it, and waits for no other step about it.
                    let own = step.effect == Effect::Create && step.address == referenced.address;
                    let before = self.makers(referenced).filter(|maker| *maker != n && !own);
                    add(edges, before.map(|maker| (maker, n)), || needs(dependent, referenced));
                }
            }
        }
    }

    /// What an object, in its old form, depends on ends after it has let go.
    fn end_before_needs(&self, desired: &[Dependency], live: &[Dependency], edges: &mut Edges) {
        let kept: HashSet<(&Part, &Part)> =
            desired.iter().map(|d| (&d.dependent, &d.referenced)).collect();
        for dependency in live {
            let Dependency { dependent, referenced, .. } = dependency;
            let enders = self.enders(referenced);
            let finishers = self.finishers(&referenced.address);
            let last = if finishers.is_empty() { &enders } else { &finishers };
            if last.is_empty() {
                continue;
            }
            // What goes by itself with any of several things holds up none of them.
            if dependency.automatic && self.implied.contains_key(&dependent.address) {
                continue;
            }
            let mut letting_go = self.enders(dependent);
            let of_dependent = self.steps_of(&dependent.address).iter().copied();
            letting_go.extend(of_dependent.filter(|n| self.steps[*n].beside));
            let kept = kept.contains(&(dependent, referenced));
            if !kept {
                let altering = |n: &usize| self.steps[*n].effect == Effect::Alter;
                let steps = self.steps_of(&dependent.address).iter().copied().filter(altering);
                // A partition has nothing to do with its parent once it has left that.
                let leaves = |n: &usize| leaves(&self.steps[*n], &referenced.address);
                match steps.clone().find(leaves) {
                    Some(leave) => letting_go.push(leave),
                    None => letting_go
                        .extend(steps.filter(|n| makes_or_is_about(&self.steps[*n], dependent))),
                }
            }
            letting_go.retain(|n| !self.steps[*n].without.contains(&referenced.address));
            for n in letting_go {
                // What steps over needs the old and the new.
                let over = kept && self.steps[n].makes.iter().any(|made| covers(made, dependent));
                let ends = if over { last } else { &enders };
                let pairs = ends.iter().filter(|ender| **ender != n).map(|ender| (n, *ender));
                add(edges, pairs, || lets_go(dependent, referenced));
            }
            let rest = self.finishers(&dependent.address).into_iter();
            let pairs = rest.flat_map(|n| last.iter().map(move |ender| (n, *ender)));
            add(edges, pairs, || lets_go(dependent, referenced));
        }
    }

    /// A name is free only when its old owner is gone.
    fn names_free(&self, latent: &[Latent], edges: &mut Edges) {
        let mut given_up: HashMap<String, Vec<usize>> = HashMap::new();
        let ending = self.of.keys().copied().chain(self.implied.keys());
        let with_parents = latent.iter().map(|Latent { own, of }| (own, of));
        for (address, of) in ending.map(|address| (address, address)).chain(with_parents) {
            let enders = self.enders(&Part::whole(of));
            if !enders.is_empty() {
                for claim in claims(address) {
                    given_up.entry(claim).or_default().extend(&enders);
                }
            }
        }
        for (n, step) in self.steps.iter().enumerate() {
            for name in &step.frees {
                given_up.entry(name.clone()).or_default().push(n);
            }
        }
        for (n, step) in self.steps.iter().enumerate() {
            let mut taken = step.claims.clone();
            if step.effect == Effect::Create && step.makes.contains(&Part::whole(&step.address)) {
                taken.extend(claims(&step.address));
            }
            for claim in taken {
                let enders = given_up.get(&claim).into_iter().flatten();
                let pairs = enders.filter(|ender| **ender != n).map(|ender| (*ender, n));
                add(edges, pairs, || Reason::Name(claim.clone()));
            }
        }
    }

    /// Some steps want everything else about certain relations done, or not yet done.
    fn last_and_first(&self, edges: &mut Edges) {
        for (n, step) in self.steps.iter().enumerate() {
            for relation in &step.after_all {
                let others = self.about(relation).filter(|m| *m != n);
                let others = others.filter(|m| !self.steps[*m].after_all.contains(relation));
                add(edges, others.map(|m| (m, n)), || Reason::Last(relation.clone()));
            }
            for relation in step.before_all.iter().filter(|_| !step.yields) {
                let others = self.about(relation).filter(|m| *m != n);
                let others = others.filter(|m| !self.steps[*m].before_all.contains(relation));
                // What it waits for itself is no such other.
                let others: Vec<usize> = others.filter(|m| !edges.contains_key(&(*m, n))).collect();
                add(edges, others.into_iter().map(|m| (n, m)), || Reason::First(relation.clone()));
            }
        }
    }

    /// What a partition keeps as its own when it leaves is not taken from its parent before.
    fn leave_with(&self, latent: &[Latent], edges: &mut Edges) {
        let out = |n: &usize| self.steps[*n].before_all.contains(&self.steps[*n].address);
        let leave: Vec<usize> = (0..self.steps.len()).filter(out).collect();
        for Latent { own, of } in latent.iter().filter(|_| !leave.is_empty()) {
            let enders = self.enders(&Part::whole(of));
            let heir = |n: &&usize| {
                let heir = &self.steps[**n].address;
                heir.schema == own.schema && Some(&heir.name) == own.relation.as_ref()
            };
            for n in leave.iter().filter(heir) {
                let pairs = enders.iter().filter(|ender| *ender != n).map(|ender| (*n, *ender));
                add(edges, pairs, || Reason::Keeps(own.clone()));
            }
        }
    }

    /// The steps of a relation and of what is on it.
    fn about<'s>(&'s self, relation: &'s Address) -> impl Iterator<Item = usize> + 's {
        let concerned = move |address: &Address| {
            address == relation
                || (address.schema == relation.schema
                    && address.relation.as_ref() == Some(&relation.name))
        };
        self.of.iter().filter(move |(address, _)| concerned(address)).flat_map(|(_, n)| n.clone())
    }
}

fn add(
    edges: &mut Edges,
    pairs: impl Iterator<Item = (usize, usize)>,
    reason: impl Fn() -> Reason,
) {
    for pair in pairs {
        edges.entry(pair).or_insert_with(&reason);
    }
}

fn needs(dependent: &Part, referenced: &Part) -> Reason {
    Reason::Needs { dependent: dependent.clone(), referenced: referenced.clone() }
}

fn lets_go(dependent: &Part, referenced: &Part) -> Reason {
    Reason::LetsGo { dependent: dependent.clone(), referenced: referenced.clone() }
}

/// Whether PostgreSQL makes the dependent, which has to be there first, a part of what it is said to
/// depend on: the key that a partition has by itself, of an index that its parent gets. No other
/// object on a relation goes by itself with one of a later kind.
fn takes_in(Dependency { dependent, referenced, automatic }: &Dependency) -> bool {
    let on_relations = [dependent, referenced].iter().all(|part| part.address.relation.is_some());
    let rank = |part: &Part| kinds::row(part.address.kind).0;
    *automatic && on_relations && rank(dependent) < rank(referenced)
}

/// The names that an object has: its own among the objects of its kind, and what the kind says.
fn claims(address: &Address) -> Vec<String> {
    let mut claims = (kinds::row(address.kind).1.claims)(address);
    claims.push(address.to_string());
    claims
}

fn parts(step: &Step) -> impl Iterator<Item = &Part> {
    step.makes.iter().chain(&step.unmakes)
}

/// A whole object covers its columns.
fn covers(whole: &Part, part: &Part) -> bool {
    whole.address == part.address && (whole.column.is_none() || whole.column == part.column)
}

/// Whether a partition leaves this parent with the step.
fn leaves(step: &Step, parent: &Address) -> bool {
    matches!(&step.reach, Some(Reach::Leaves(left)) if left == parent)
}

/// Whether the step has to do with `part`: it makes it, or `part` is the object as a whole.
fn makes_or_is_about(step: &Step, part: &Part) -> bool {
    part.column.is_none() || parts(step).any(|made| covers(made, part))
}
