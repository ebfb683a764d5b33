//! A step: one statement, and the facts about it that planning and judging need.

use super::address::Address;
use super::dependency::Part;
use crate::sql::{LockLevel, Sql};

/// What a step does to the object it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    Drop,
    Create,
    Alter,
}

/// A lock that a step takes on a relation that exists before the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    pub level: LockLevel,
    /// The relation, schema and name.
    pub relation: String,
}

/// A clause that may stand inside another step's statement instead of being one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The object whose creating statement may take the clause in.
    pub into: Address,
    pub clause: Sql,
}

/// One statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub address: Address,
    pub effect: Effect,
    /// What happens, in a few words: "add column note".
    pub title: String,
    pub sql: Sql,
    pub locks: Vec<Lock>,
    /// Writes the whole relation anew.
    pub rewrites: bool,
    /// Reads the whole relation.
    pub scans: bool,
    /// Copies its rows to where they are to be.
    pub copies: bool,
    /// Builds an index over its rows.
    pub builds: bool,
    /// Makes, in another place, what its object is to be, or a part of that, or is the last that is done there: all
    /// that the object needs comes before it, and what it needed goes after it.
    pub beside: bool,
    /// Runs expressions of the object beyond checking that they can be run.
    pub evaluates: bool,
    /// The data that is gone afterwards, in words.
    pub loses: Option<String>,
    /// It is something of every row of the relation.
    pub of_every_row: bool,
    /// The files themselves say that this data is to go.
    pub ruled: bool,
    /// May run inside a transaction block.
    pub transactional: bool,
    /// What exists, or has its new form, once the step is done.
    pub makes: Vec<Part>,
    /// What is gone, or loses its old form.
    pub unmakes: Vec<Part>,
    /// Dependencies of the object that this step can do without, because a later one of the same
    /// object brings them in.
    pub without: Vec<Address>,
    /// Relations that the step comes after every other step of, and of what is on them.
    pub after_all: Vec<Address>,
    /// The same, before.
    pub before_all: Vec<Address>,
    /// It comes as late as can be all the same, for nobody finds the relation until it has joined a parent again.
    pub yields: bool,
    /// Names that the step takes, beyond those of its object; see [`crate::kind::Kind::claims`].
    pub claims: Vec<String>,
    /// Names that the step sets free, beyond those of its object.
    pub frees: Vec<String>,
    /// Ends what the object's dependents stepped over from: comes after all of their steps.
    pub finishes: bool,
    /// What it makes can be used only once the transaction that it runs in is committed.
    pub settles: bool,
    /// A transaction begins with this step, because it uses what an earlier one made.
    pub begins: bool,
    /// It may take long, and has a transaction of its own: nobody waits meanwhile for what other
    /// steps have locked.
    pub alone: bool,
    pub fold: Option<Fold>,
    /// What cannot be called so any more.
    pub renames: Option<String>,
    /// Where in `sql` clauses of other steps may go.
    pub opening: Option<usize>,
    /// What it does to others than those in `locks`, as the planner finds them.
    pub reach: Option<Reach>,
}

/// How a statement reaches relations that it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Those with columns of the type: it locks them, and reads them through.
    Users(LockLevel),
    /// The table comes to this parent.
    Joins(Address),
    /// It leaves this parent.
    Leaves(Address),
    /// It goes, once it has left this parent.
    Left(Address),
    /// The keys of its partitions that refer to this table become one.
    Gathers(Address),
    /// The column has another type: what is about it is made anew.
    Retypes(Part),
    /// The same, where what is about it has stepped aside.
    Converts(Part),
}

impl Step {
    /// A step inside a transaction, with no lock on anything that is there and no data lost.
    #[must_use]
    pub fn new(address: &Address, effect: Effect, title: impl Into<String>, sql: Sql) -> Self {
        Self {
            address: address.clone(),
            effect,
            title: title.into(),
            sql,
            locks: Vec::new(),
            rewrites: false,
            scans: false,
            copies: false,
            builds: false,
            beside: false,
            evaluates: false,
            loses: None,
            of_every_row: false,
            ruled: false,
            transactional: true,
            makes: Vec::new(),
            unmakes: Vec::new(),
            without: Vec::new(),
            after_all: Vec::new(),
            before_all: Vec::new(),
            yields: false,
            claims: Vec::new(),
            frees: Vec::new(),
            finishes: false,
            settles: false,
            begins: false,
            alone: false,
            fold: None,
            renames: None,
            opening: None,
            reach: None,
        }
    }

    /// The step that brings `address` into being.
    #[must_use]
    pub fn create(address: &Address, sql: Sql) -> Self {
        Self::new(address, Effect::Create, format!("create {}", address.kind), sql)
            .makes(Part::whole(address))
    }

    /// The step that ends `address`.
    #[must_use]
    pub fn drop(address: &Address, sql: Sql) -> Self {
        Self::new(address, Effect::Drop, format!("drop {}", address.kind), sql)
            .unmakes(Part::whole(address))
    }

    /// A step that changes `address` in place.
    #[must_use]
    pub fn alter(address: &Address, title: impl Into<String>, sql: Sql) -> Self {
        Self::new(address, Effect::Alter, title, sql)
    }

    /// Whether it can be in the transaction of the step before it.
    #[must_use]
    pub fn joins(&self) -> bool {
        self.transactional && !self.begins && !self.alone
    }

    /// The statement that sets the path along which names in this step's expressions are looked
    /// up, as they were in the file: the object's own schema, then `public`.
    #[must_use]
    pub fn search_path(&self) -> String {
        match &self.address.schema {
            Some(schema) if &**schema != "public" => format!("SET search_path = {schema}, public"),
            _ => "SET search_path = public".to_owned(),
        }
    }

    #[must_use]
    pub fn makes(mut self, part: Part) -> Self {
        self.makes.push(part);
        self
    }

    #[must_use]
    pub fn unmakes(mut self, part: Part) -> Self {
        self.unmakes.push(part);
        self
    }

    /// Adds a lock on `relation`. The stronger of two is the one that counts.
    #[must_use]
    pub fn lock(mut self, level: LockLevel, relation: String) -> Self {
        match self.locks.iter_mut().find(|held| held.relation == relation) {
            Some(held) => held.level = held.level.max(level),
            None => self.locks.push(Lock { level, relation }),
        }
        self
    }

    #[must_use]
    pub fn rewrites(mut self) -> Self {
        self.rewrites = true;
        self
    }

    #[must_use]
    pub fn evaluates(mut self) -> Self {
        self.evaluates = true;
        self
    }

    #[must_use]
    pub fn scans(mut self) -> Self {
        self.scans = true;
        self
    }

    /// It reads the relation and builds an index over it.
    #[must_use]
    pub fn builds(mut self) -> Self {
        self.builds = true;
        self.scans()
    }

    /// See [`Step::reach`].
    #[must_use]
    pub fn reaches(mut self, reach: Reach) -> Self {
        self.reach = Some(reach);
        self
    }

    /// See [`Step::alone`].
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// PostgreSQL refuses it in a transaction block.
    #[must_use]
    pub fn outside_transactions(mut self) -> Self {
        self.transactional = false;
        self
    }

    #[must_use]
    pub fn loses(mut self, what: impl Into<String>) -> Self {
        self.loses = Some(what.into());
        self
    }

    /// Adds that something of every row is gone afterwards.
    #[must_use]
    pub fn loses_of_every_row(self, what: impl Into<String>) -> Self {
        Self { of_every_row: true, ..self.loses(what) }
    }
}
