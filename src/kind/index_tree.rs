//! An index, or a key with the index behind it, of a table with partitions, built partition by
//! partition: on the table alone first, where it is not valid, then on every partition, each attached
//! to its parent's. With the last one the first becomes valid.
//! <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>

use std::collections::{HashMap, HashSet};

use super::claims::{builds_of, departures_of, indexes_of, relation_claim};
use super::site::Site;
use super::usual_name::{Label, usual_index_name};
use crate::model::{Address, Effect, Name, Part, Shape, Step};
use crate::sql::{LockLevel, Sql};

/// Schema and name.
type Qualified = (Name, Name);

/// What is to be built, and how on one table.
#[expect(missing_debug_implementations, reason = "functions have none")]
pub struct IndexTree<'a> {
    /// The index or the key on the topmost table.
    pub address: &'a Address,
    pub site: Site<'a>,
    pub label: Label,
    /// The names that it takes.
    pub claims: Vec<String>,
    /// The names of its columns, as those of the partitions go by them.
    pub columns: &'a [String],
    /// The steps that make it on one table and none of its partitions: the table, and the name.
    pub on_only: &'a dyn Fn(&str, &Name) -> Vec<Step>,
    /// The same on a partition that has none.
    pub on_leaf: &'a dyn Fn(&str, &Name) -> Vec<Step>,
    /// The steps with which it goes.
    pub drop: &'a dyn Fn() -> Vec<Step>,
}

impl IndexTree<'_> {
    /// Whether it can be built so: PostgreSQL never takes one for valid that a foreign partition has
    /// not, and a foreign partition has none.
    #[must_use]
    pub fn possible(site: &Site<'_>) -> bool {
        let relation = site.relation;
        relation.partitioned
            && !relation.partitions.is_empty()
            && relation.partitions.iter().all(|partition| partition.shape != Shape::Foreign)
    }

    /// All steps.
    #[must_use]
    pub fn create(&self) -> Vec<Step> {
        let table = self.address.relation_qualified();
        let mut steps = self.alone_on(&table, &self.address.name);
        if let Some(first) = steps.first_mut() {
            first.claims.extend(self.claims.clone());
        }
        let (built, again) = self.partitions(false);
        steps.extend(built);
        self.in_order(steps, again)
    }

    /// The steps that are left where the table has it already, and some of the partitions.
    #[must_use]
    pub fn complete(&self) -> Vec<Step> {
        if self.site.relation.partitions.is_empty() {
            return self.anew();
        }
        let (built, again) = self.partitions(true);
        self.in_order(built, again)
    }

    /// PostgreSQL looks whether it is valid only when the index of a partition is attached: where none is left, one
    /// that is made is valid at once.
    fn anew(&self) -> Vec<Step> {
        let table = self.address.relation_qualified();
        let mut gone = (self.drop)();
        if let Some(first) = gone.first_mut() {
            first.claims.push(departures_of(&table));
        }
        for step in &mut gone {
            step.unmakes.clear();
        }
        let made = self.alone_on(&table, &self.address.name);
        self.in_order(gone.into_iter().chain(made).collect(), Vec::new())
    }

    /// A partition that joins later gets the index by that; one that has joined has none yet.
    fn alone_on(&self, table: &str, name: &Name) -> Vec<Step> {
        let mut steps = (self.on_only)(table, name);
        if let Some(step) = steps.last_mut() {
            step.frees.push(indexes_of(table));
        }
        steps
    }

    /// What builds and attaches theirs, and what has PostgreSQL look again where one leaves that has none. `begun`: some
    /// of them may have theirs.
    fn partitions(&self, begun: bool) -> (Vec<Step>, Vec<Step>) {
        let Address { schema: Some(schema), relation: Some(table), name, .. } = self.address else {
            return (Vec::new(), Vec::new());
        };
        let mut attached: HashSet<Qualified> = HashSet::new();
        let mut invalid: HashSet<Qualified> = HashSet::new();
        invalid.extend(begun.then(|| (schema.clone(), table.clone())));
        let mut indexes: HashMap<Qualified, Qualified> = HashMap::new();
        indexes.insert((schema.clone(), table.clone()), (schema.clone(), name.clone()));
        let mut steps = Vec::new();
        for partition in &self.site.relation.partitions {
            let Some(parent) = indexes.get(&partition.parent).cloned() else { continue };
            let mut there = partition.indexes.iter().filter(|_| begun);
            let there = there.find(|index| index.attached_to.as_ref() == Some(&parent));
            let at = (partition.schema.clone(), partition.name.clone());
            let table = text(&at);
            if let Some(index) = there {
                invalid.extend((!index.valid).then(|| at.clone()));
                indexes.insert(at, (partition.schema.clone(), index.name.clone()));
                continue;
            }
            let named =
                |number: &str| usual_index_name(&partition.name, self.columns, self.label, number);
            let name = self.site.names.choose(&partition.schema, &named);
            let mut built = match partition.shape {
                Shape::Partitioned => self.alone_on(&table, &name),
                Shape::Leaf | Shape::Foreign => (self.on_leaf)(&table, &name),
            };
            if let Some(first) = built.first_mut() {
                first.claims.push(relation_claim(&partition.schema, &name));
            }
            steps.extend(built);
            let index = (partition.schema.clone(), name);
            steps.push(self.attach(&parent, &index, table));
            indexes.insert(at, index);
            attached.extend(self.upwards(&partition.parent));
        }
        let partitions = self.site.relation.partitions.iter().rev();
        let parents = partitions.map(|it| (it.schema.clone(), it.name.clone()));
        let mut again = Vec::new();
        for table in parents.chain([(schema.clone(), table.clone())]) {
            let leaves = self.site.shrinking.contains(&table);
            if !leaves && (attached.contains(&table) || !invalid.contains(&table)) {
                continue;
            }
            let mut below = self.site.relation.partitions.iter().filter(|it| it.parent == table);
            let Some(first) = below.next() else { continue };
            let own = (first.schema.clone(), first.name.clone());
            let Some((parent, index)) = indexes.get(&table).zip(indexes.get(&own)) else {
                continue;
            };
            let mut step = self.attach(parent, index, text(&own));
            "attach one again, now that every partition has one".clone_into(&mut step.title);
            step.claims.push(departures_of(&text(&table)));
            again.push(step);
            attached.extend(self.upwards(&table));
        }
        (steps, again)
    }

    /// A table of the tree, and those that it is below: PostgreSQL looks at them as well, once its own is valid.
    fn upwards(&self, table: &Qualified) -> Vec<Qualified> {
        let above = |table: &Qualified| {
            let mut partitions = self.site.relation.partitions.iter();
            partitions
                .find(|it| (&it.schema, &it.name) == (&table.0, &table.1))
                .map(|it| it.parent.clone())
        };
        std::iter::successors(Some(table.clone()), above).collect()
    }

    /// <https://www.postgresql.org/docs/current/sql-alterindex.html>
    fn attach(&self, parent: &Qualified, index: &Qualified, table: String) -> Step {
        let sql =
            Sql::new("ALTER INDEX ").raw(&text(parent)).raw(" ATTACH PARTITION ").raw(&text(index));
        let title = format!("attach the index of {table}");
        Step::alter(self.address, title, sql)
            .lock(LockLevel::AccessShare, table)
            .lock(LockLevel::AccessExclusive, text(index))
    }

    /// One after the other; the object is there with the last. Who leaves waits for what is `built`, and what comes
    /// `again` for them.
    fn in_order(&self, built: Vec<Step>, again: Vec<Step>) -> Vec<Step> {
        let mut steps = built;
        if let Some(last) = steps.last_mut() {
            let parents = self.site.parents(self.address.relation_qualified());
            last.frees.extend(parents.iter().map(|parent| builds_of(parent)));
        }
        steps.extend(again);
        for step in &mut steps {
            step.effect = Effect::Create;
            step.makes.clear();
        }
        if let Some(last) = steps.last_mut() {
            last.makes.push(Part::whole(self.address));
        }
        steps
    }
}

fn text((schema, name): &Qualified) -> String {
    format!("{schema}.{name}")
}
