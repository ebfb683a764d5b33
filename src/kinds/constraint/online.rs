//! Constraints of tables that others go on using: what has to be looked at row by row is, without
//! keeping anybody from the rows.
//! <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX>

use super::statements::{self, clause, deferral, referenced, referenced_address};
use super::{Check, Constraint, Constraints, ForeignKey, Key};
use crate::kind::{
    Declared, IndexTree, Kind, Label, Site, checks_of, relation_claim, successor_name,
};
use crate::model::{Effect, Name, Part, Reach, Shape, Step};
use crate::sql::{LockLevel, Sql};

type It<'a> = Declared<'a, Constraint>;

/// The first major that knows a foreign key of a partitioned table that is not valid.
/// <https://www.postgresql.org/docs/release/18.0/>
const NOT_VALID_ON_PARTITIONED: u32 = 18;

/// Steps that add it while the table is in use. `None`: the short way is the way.
pub fn create(it: &It<'_>) -> Option<Vec<Step>> {
    let site = it.site.filter(|site| site.online)?;
    match it.spec {
        Constraint::PrimaryKey(key) | Constraint::Unique(key) => key_steps(it, key, site),
        Constraint::ForeignKey(ForeignKey { not_valid: false, enforced: true, .. }) => {
            let whole =
                !site.relation.partitioned || site.version.major() >= NOT_VALID_ON_PARTITIONED;
            Some(if whole { in_two(it) } else { leaf_by_leaf(it, site) })
        }
        Constraint::Check(Check { not_valid: false, enforced: true, .. }) => Some(in_two(it)),
        _ => None,
    }
}

/// Steps that build the index of a key beside the one that it takes the place of.
pub fn replace(from: &It<'_>, to: &It<'_>) -> Option<Vec<Step>> {
    let site = to.site.filter(|site| site.online && site.beside)?;
    let (Constraint::PrimaryKey(key) | Constraint::Unique(key)) = to.spec else { return None };
    let schema = to.address.schema.as_ref()?;
    let named = |number: &str| successor_name(&to.address.name, number);
    let mut gone = statements::drop(from);
    "drop the old one".clone_into(&mut gone.title);
    if !site.relation.partitioned && !key.without_overlaps {
        let name = site.names.choose(schema, &named);
        let table = to.address.relation_qualified();
        let mut built = build(to, key, &name, &table);
        // One that an earlier run has left behind goes first.
        built.claims.push(relation_claim(schema, &name));
        return Some(vec![built, gone, using(to, &name, &table)]);
    }
    None
}

/// A key has its index built first.
fn key_steps(it: &It<'_>, key: &Key, site: Site<'_>) -> Option<Vec<Step>> {
    // An exclusion in disguise.
    if key.without_overlaps || key.only || site.again {
        return None;
    }
    if !site.relation.partitioned {
        let table = it.address.relation_qualified();
        let name = &it.address.name;
        let mut built = build(it, key, name, &table);
        built.claims = Constraints::claims(it.address);
        return Some(vec![built, using(it, name, &table)]);
    }
    IndexTree::possible(&site).then(|| on_tree(it, key, site, &|tree| tree.create()))
}

/// Steps that build what partitions lack of a key that their parent has.
pub fn complete(it: &It<'_>) -> Vec<Step> {
    let (Constraint::PrimaryKey(key) | Constraint::Unique(key)) = it.spec else {
        return Vec::new();
    };
    it.site.map(|site| on_tree(it, key, site, &|tree| tree.complete())).unwrap_or_default()
}

fn on_tree(
    it: &It<'_>,
    key: &Key,
    site: Site<'_>,
    make: &dyn Fn(IndexTree<'_>) -> Vec<Step>,
) -> Vec<Step> {
    let on_only = |table: &str, name: &Name| vec![add_to(it, "ALTER TABLE ONLY ", table, name)];
    let on_leaf = |table: &str, name: &Name| match site.online {
        true => vec![build(it, key, name, table), using(it, name, table)],
        false => vec![add_to(it, "ALTER TABLE ", table, name).builds()],
    };
    let columns = key.columns.iter().chain(&key.include).map(|name| (**name).to_owned());
    make(IndexTree {
        address: it.address,
        site,
        label: match it.spec {
            Constraint::PrimaryKey(_) => Label::PrimaryKey,
            _ => Label::Unique,
        },
        claims: Constraints::claims(it.address).into_iter().chain(statements::claims(it)).collect(),
        columns: &columns.collect::<Vec<_>>(),
        on_only: &on_only,
        on_leaf: &on_leaf,
    })
}

/// The constraint on a table of the tree.
fn add_to(it: &It<'_>, words: &str, table: &str, name: &Name) -> Step {
    let sql = Sql::new(words).raw(table).raw(" ADD ").append(&clause(it.spec, name));
    Step::new(it.address, Effect::Create, format!("add it to {table}"), sql)
        .lock(LockLevel::AccessExclusive, table.to_owned())
}

/// The index that a key is to have.
fn build(it: &It<'_>, key: &Key, name: &Name, table: &str) -> Step {
    let mut sql = Sql::new("CREATE UNIQUE INDEX CONCURRENTLY ")
        .identifier(name)
        .raw(" ON ")
        .raw(table)
        .raw(" (")
        .identifiers(key.columns.iter().map(|name| &**name))
        .raw(")");
    if !key.include.is_empty() {
        sql = sql.raw(" INCLUDE (").identifiers(key.include.iter().map(|name| &**name)).raw(")");
    }
    if key.nulls_not_distinct {
        sql = sql.raw(" NULLS NOT DISTINCT");
    }
    if let Some(settings) = it.spec.index() {
        sql = sql.raw(&settings.with_clause());
        if let Some(tablespace) = settings.tablespace {
            sql = sql.raw(" TABLESPACE ").identifier(tablespace);
        }
    }
    Step::new(it.address, Effect::Create, format!("build its index on {table}"), sql)
        .lock(LockLevel::ShareUpdateExclusive, table.to_owned())
        .builds()
        .outside_transactions()
}

/// The key, with the index that was built for it, which gets its name.
fn using(it: &It<'_>, index: &Name, table: &str) -> Step {
    let (words, key) = match it.spec {
        Constraint::PrimaryKey(key) => (" PRIMARY KEY USING INDEX ", Some(key)),
        Constraint::Unique(key) => (" UNIQUE USING INDEX ", Some(key)),
        _ => (" USING INDEX ", None),
    };
    let own = table == it.address.relation_qualified();
    let sql = Sql::new("ALTER TABLE ")
        .raw(table)
        .raw(" ADD CONSTRAINT ")
        .identifier(if own { &it.address.name } else { index })
        .raw(words)
        .identifier(index)
        .raw(key.map_or("", |key| deferral(key.deferrable)));
    let mut step =
        Step::new(it.address, Effect::Create, format!("add it to {table} with that index"), sql)
            .lock(LockLevel::AccessExclusive, table.to_owned())
            .makes(Part::whole(it.address));
    step.claims.extend(statements::claims(it).filter(|_| own));
    step
}

/// From now on rows are held to it; then those that are there already are looked at.
fn in_two(it: &It<'_>) -> Vec<Step> {
    let table = it.address.relation_qualified();
    let validate = Step { effect: Effect::Create, ..validate(it, &table) };
    vec![not_valid(it, &table), validate.makes(Part::whole(it.address))]
}

/// On every partition first, for PostgreSQL takes a foreign key of the whole for valid only at once; it
/// finds those of the partitions then, which are.
fn leaf_by_leaf(it: &It<'_>, site: Site<'_>) -> Vec<Step> {
    let leaves = site.relation.partitions.iter().filter(|it| it.shape == Shape::Leaf);
    let tables: Vec<String> = leaves.map(|it| format!("{}.{}", it.schema, it.name)).collect();
    let mut steps: Vec<Step> = tables.iter().map(|table| not_valid(it, table)).collect();
    for (step, table) in steps.iter_mut().zip(&tables) {
        // One that an earlier run has left behind goes first.
        step.claims.push(format!("constraint {table}.{}", it.address.name));
    }
    let validated = tables.iter().map(|table| validate(it, table));
    steps.extend(validated.map(|step| Step { effect: Effect::Create, ..step }));
    let mut whole = statements::add(it);
    whole.scans = false;
    if let Constraint::ForeignKey(key) = it.spec {
        // It takes the place of those of the partitions.
        whole.reach = referenced_address(key).map(Reach::Gathers);
    }
    steps.push(whole);
    steps
}

fn not_valid(it: &It<'_>, table: &str) -> Step {
    let spec = match it.spec.clone() {
        Constraint::ForeignKey(key) => {
            Constraint::ForeignKey(ForeignKey { not_valid: true, ..key })
        }
        Constraint::Check(check) => Constraint::Check(Check { not_valid: true, ..check }),
        other => other,
    };
    let clause = clause(&spec, &it.address.name);
    let sql = Sql::new("ALTER TABLE ").raw(table).raw(" ADD ").append(&clause);
    let step = Step::new(it.address, Effect::Create, "hold new rows to it", sql);
    if let Constraint::ForeignKey(key) = it.spec {
        return step
            .lock(LockLevel::ShareRowExclusive, table.to_owned())
            .lock(LockLevel::ShareRowExclusive, referenced(key));
    }
    let mut step = step.lock(LockLevel::AccessExclusive, table.to_owned());
    let parents = it.site.map(|site| site.parents(table.to_owned())).unwrap_or_default();
    step.frees.extend(parents.iter().map(|parent| checks_of(parent)));
    step
}

/// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT>
pub fn validate(it: &It<'_>, table: &str) -> Step {
    let sql = Sql::new("ALTER TABLE ")
        .raw(table)
        .raw(" VALIDATE CONSTRAINT ")
        .identifier(&it.address.name);
    let mut step = Step::alter(it.address, "look at the rows that are there", sql)
        .lock(LockLevel::ShareUpdateExclusive, table.to_owned())
        .scans();
    if let Constraint::ForeignKey(key) = it.spec {
        step = step.lock(LockLevel::RowShare, referenced(key));
    }
    if it.site.is_some_and(|site| site.online) { step.alone() } else { step }
}
