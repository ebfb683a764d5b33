//! An index, or a key with the index behind it, of a table with partitions, built partition by
//! partition: on the table alone first, where it is not valid, then on every partition, each attached
//! to its parent's. With the last one the first becomes valid.
//! <https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE>

use std::collections::HashMap;

use super::claims::{builds_of, indexes_of, relation_claim};
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
        steps.extend(self.partitions(false));
        self.in_order(steps)
    }

    /// The steps that are left where the table has it already, and some of the partitions.
    #[must_use]
    pub fn complete(&self) -> Vec<Step> {
        self.in_order(self.partitions(true))
    }

    /// A partition that joins later gets the index by that; one that has joined has none yet.
    fn alone_on(&self, table: &str, name: &Name) -> Vec<Step> {
        let mut steps = (self.on_only)(table, name);
        if let Some(step) = steps.last_mut() {
            step.frees.push(indexes_of(table));
        }
        steps
    }

    /// `begun`: some of them may have theirs.
    fn partitions(&self, begun: bool) -> Vec<Step> {
        let Address { schema: Some(schema), relation: Some(table), name, .. } = self.address else {
            return Vec::new();
        };
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
        }
        steps
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

    /// One after the other; the object is there with the last.
    fn in_order(&self, mut steps: Vec<Step>) -> Vec<Step> {
        for step in &mut steps {
            step.effect = Effect::Create;
            step.makes.clear();
        }
        if let Some(last) = steps.last_mut() {
            last.makes.push(Part::whole(self.address));
            let parents = self.site.parents(self.address.relation_qualified());
            last.frees.extend(parents.iter().map(|parent| builds_of(parent)));
        }
        steps
    }
}

fn text((schema, name): &Qualified) -> String {
    format!("{schema}.{name}")
}
