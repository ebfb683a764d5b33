//! Indexes of relations that others go on using.
//! <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>

use super::attached::EXPRESSION;
use super::{Index, Indexes, statements};
use crate::kind::{
    Declared, IndexTree, Kind, Label, Site, relation_claim, successor_name, usual_index_name,
};
use crate::model::{Effect, Name, Part, Step};
use crate::sql::{Fragment, LockLevel, Sql, leading_name};

type It<'a> = Declared<'a, Index>;

const CONCURRENTLY: &str = "CONCURRENTLY ";

/// Steps that build it while the relation is in use. `None`: the short way is the way, as where a unique one
/// has to go first, and rows are to be held to it all the same.
pub fn create(it: &It<'_>) -> Option<Vec<Step>> {
    let site = it.site.filter(|site| site.online && !(site.again && it.spec.unique))?;
    if !site.relation.partitioned {
        let table = it.address.relation_qualified();
        return Some(vec![
            build(it, it.spec, &it.address.name, &table).makes(Part::whole(it.address)),
        ]);
    }
    let whole = IndexTree::possible(&site) && !it.spec.only && !it.spec.takes_keys.0;
    whole.then(|| on_tree(it, site, &|tree| tree.create()))
}

/// Steps that build what partitions lack of an index that their parent has.
pub fn complete(it: &It<'_>) -> Vec<Step> {
    it.site.map(|site| on_tree(it, site, &|tree| tree.complete())).unwrap_or_default()
}

/// Steps that build it beside the one that it takes the place of, which serves until then. One that no build
/// has made whole serves nobody: it goes, and is built as if it had not been there.
pub fn replace(from: &It<'_>, to: &It<'_>) -> Option<Vec<Step>> {
    if from.spec.invalid && from.spec.attached_to.is_none() && to.site.is_some() {
        return Some([statements::drop(from), statements::create(to)].concat());
    }
    let site = to.site.filter(|site| site.online && site.beside)?;
    let attached = |it: &It<'_>| it.spec.attached_to.is_some();
    if site.relation.partitioned || attached(from) || attached(to) {
        return None;
    }
    let schema = to.address.schema.as_ref()?;
    let successor = site.names.choose(schema, &|number| successor_name(&to.address.name, number));
    let mut built = build(to, to.spec, &successor, &to.address.relation_qualified());
    "build its successor".clone_into(&mut built.title);
    // One that an earlier run has left behind goes first.
    built.claims.push(relation_claim(schema, &successor));
    let mut gone = drop(from)?;
    "drop the old one".clone_into(&mut gone.title);
    let sql = Sql::new("ALTER INDEX ")
        .raw(&format!("{schema}.{successor}"))
        .raw(" RENAME TO ")
        .identifier(&to.address.name);
    let renamed = Step::new(to.address, Effect::Create, "let it take its name", sql)
        .lock(LockLevel::ShareUpdateExclusive, format!("{schema}.{successor}"))
        .makes(Part::whole(to.address));
    let mut steps = vec![built, gone, renamed];
    steps.extend(to.spec.settings().cluster(to.address));
    steps.extend(statements::statistics(&Index::default(), to));
    Some(steps)
}

/// Nobody waits for it, and it for everybody who may still use the index. Where something else has to
/// wait for it in turn, that is gone in a moment which would have to last.
pub fn drop(it: &It<'_>) -> Option<Step> {
    let site = it.site.filter(|site| site.online && site.beside)?;
    // PostgreSQL has no such way for an index with others attached, nor for one that goes with a key.
    if site.relation.partitioned || it.spec.takes_keys.0 {
        return None;
    }
    let sql = Sql::new("DROP INDEX CONCURRENTLY ").raw(&it.address.qualified());
    Some(
        Step::drop(it.address, sql)
            .lock(LockLevel::ShareUpdateExclusive, it.address.relation_qualified())
            .outside_transactions(),
    )
}

fn build(it: &It<'_>, spec: &Index, name: &Name, table: &str) -> Step {
    let sql = statements::definition(spec, CONCURRENTLY, name, " ON ", table);
    Step::new(it.address, Effect::Create, "create index", sql)
        .lock(LockLevel::ShareUpdateExclusive, table.to_owned())
        .builds()
        .outside_transactions()
}

fn on_tree(it: &It<'_>, site: Site<'_>, make: &dyn Fn(IndexTree<'_>) -> Vec<Step>) -> Vec<Step> {
    let columns = column_names(it.spec);
    let on_only = |table: &str, name: &Name| {
        let sql = statements::definition(it.spec, "", name, " ON ONLY ", table);
        let title = format!("create it on {table} alone");
        vec![Step::alter(it.address, title, sql).lock(LockLevel::Share, table.to_owned())]
    };
    let on_leaf = |table: &str, name: &Name| {
        let title = format!("create it on {table}");
        let step = if site.online {
            build(it, it.spec, name, table)
        } else {
            let sql = statements::definition(it.spec, "", name, " ON ", table);
            Step::alter(it.address, "", sql).lock(LockLevel::Share, table.to_owned()).builds()
        };
        vec![Step { title, ..step }]
    };
    make(IndexTree {
        address: it.address,
        site,
        label: Label::Index,
        claims: Indexes::claims(it.address),
        columns: &columns,
        on_only: &on_only,
        on_leaf: &on_leaf,
    })
}

/// The name that PostgreSQL gives an index on such columns of its table.
pub fn default_name(it: &It<'_>) -> Option<String> {
    let table = it.address.relation.as_deref()?;
    Some(usual_index_name(table, &column_names(it.spec), Label::Index, ""))
}

fn column_names(spec: &Index) -> Vec<String> {
    let included = spec.include.iter().map(|name| (**name).to_owned());
    spec.columns.iter().map(column_name).chain(included).collect()
}

/// What stands for an element of the index in the names of those of partitions: a column's name, that
/// of a function.
fn column_name(element: &Fragment) -> String {
    leading_name(element.as_str()).unwrap_or_else(|| EXPRESSION.to_owned())
}
