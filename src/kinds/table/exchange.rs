//! Partitions that take the place of others, with their rows: built aside as partitions of a table that is like the
//! parent, so that PostgreSQL finds each row its place, and exchanged in a moment.

use super::attach::{Attachment, Check};
use super::batches::batches;
use super::bounds::proof;
use super::create::{self, row_security};
use super::exchange_below::{Below, below};
use super::mirror::Mirror;
use super::moves::{detach_plainly, join};
use super::rows::{copied, keep_out, stored};
use super::ways::Ways;
use super::{Table, inheritance};
use crate::kind::{Aside, COPY, Copied, Declared, Exchanging, successor_name};
use crate::model::{Address, Effect, Name, Part, Reach, Step};
use crate::sql::{Fragment, LockLevel, Sql, quote_literal};

type It<'a> = Declared<'a, Table>;

/// The name of the table that is like the parent.
const WHOLE: &str = "pgconverge_whole";

/// [`crate::kind::Kind::exchange`]
pub fn exchange(
    sources: &[It<'_>],
    takers: &[It<'_>],
    exchanging: &Exchanging<'_>,
) -> Option<Copied> {
    let exchange = Exchange::new(sources, takers, exchanging)?;
    let mirror = exchange.mirror();
    let (begin, rows) = exchange.rows(mirror.as_ref());
    let swap = exchange.swap(mirror.as_ref());
    Some(Copied { build: exchange.build(), begin, rows, swap })
}

struct Exchange<'a> {
    /// Whose steps those are that are about all of them.
    address: &'a Address,
    parent: &'a Address,
    /// The parent, as what comes knows it.
    theirs: &'a Table,
    sources: Vec<String>,
    old: &'a [It<'a>],
    takers: &'a [It<'a>],
    refers: &'a [String],
    key: Option<&'a [Name]>,
    columns: Vec<Name>,
    whole: Address,
    here: &'a Exchanging<'a>,
}

impl<'a> Exchange<'a> {
    fn new(old: &'a [It<'a>], takers: &'a [It<'a>], here: &'a Exchanging<'a>) -> Option<Self> {
        let first = takers.first()?;
        let parent = first.partition_of?;
        let family = &first.spec.regrouped.0.as_ref()?.family;
        let names = takers.iter().map(|it| &it.address.name);
        if names.collect::<std::collections::BTreeSet<_>>().len() < takers.len() {
            return None;
        }
        let whole = Address::in_schema(parent.kind, here.schema, &WHOLE.into());
        Some(Self {
            address: first.address,
            parent,
            theirs: inheritance::parent(first)?,
            sources: old.iter().map(|it| it.address.qualified()).collect(),
            old,
            takers,
            refers: &family.refers,
            key: family.key.as_deref(),
            columns: stored(first.spec),
            whole,
            here,
        })
    }

    fn mirror(&self) -> Option<Mirror<'_>> {
        let key = self.key.filter(|_| self.here.online)?;
        Some(Mirror {
            address: self.address,
            schema: self.here.schema,
            old: self.sources.clone(),
            new: self.whole.qualified(),
            columns: &self.columns,
            ways: Ways::default(),
            key,
        })
    }

    fn build(&self) -> Vec<Step> {
        let make = Sql::new("CREATE SCHEMA ").identifier(self.here.schema);
        let like = Sql::new("CREATE TABLE ")
            .raw(&self.whole.qualified())
            .raw(" (LIKE ")
            .raw(&self.parent.qualified())
            .raw(
                " INCLUDING COMPRESSION INCLUDING CONSTRAINTS INCLUDING DEFAULTS \
                 INCLUDING GENERATED INCLUDING INDEXES INCLUDING STORAGE)",
            );
        let like =
            create::options(like, &Table { storage: Default::default(), ..self.theirs.clone() });
        let mut steps = vec![
            self.own("make room for the new ones", make),
            self.own("make a table like the parent", like),
        ];
        steps.extend(self.references());
        for it in self.takers {
            // Row security would be in the way of the rows.
            let open = Table {
                row_level_security: false,
                force_row_level_security: false,
                joins: Aside(false),
                regrouped: Aside(None),
                ..it.spec.clone()
            };
            let aside = self.aside(it.address);
            let made = Declared {
                address: &aside,
                partition_of: Some(&self.whole),
                spec: &open,
                site: None,
            };
            let made = create::steps(&made).into_iter();
            steps.extend(made.map(|step| Step { address: it.address.clone(), ..step }));
            steps.extend(self.check(it));
        }
        steps.extend(self.takers.iter().filter(|it| it.spec.is_default()).map(|it| self.rest(it)));
        steps
    }

    /// Rows are held to the foreign keys of the parent from the start: ATTACH PARTITION would look at all of them.
    fn references(&self) -> Option<Step> {
        if self.refers.is_empty() {
            return None;
        }
        let (parent, whole) = (quote_literal(&self.parent.qualified()), self.whole.qualified());
        let block = format!(
            "
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = {parent}::regclass AND contype = 'f' AND confrelid <> conrelid ORDER BY conname
  LOOP
    EXECUTE format('ALTER TABLE {whole} ADD CONSTRAINT %I %s', one.conname, one.definition);
  END LOOP;
END
"
        );
        let sql = Sql::new("DO ").body(&Fragment::new(block));
        let step = self.own("hold the rows to the parent's foreign keys", sql);
        let lock = |step: Step, to: &String| step.lock(LockLevel::ShareRowExclusive, to.clone());
        Some(self.refers.iter().fold(step, lock))
    }

    /// What spares ATTACH PARTITION from reading the rows.
    fn check(&self, it: &It<'_>) -> Option<Step> {
        let sql = self.alter(&self.aside(it.address), "ADD CONSTRAINT ");
        let sql = sql.identifier(&check_of(it)).raw(" CHECK (").append(&proof(it)?).raw(")");
        Some(Step::alter(it.address, "say what its bounds are", sql))
    }

    /// The same for a default partition: that it has nothing of all the others, as the server has them.
    fn rest(&self, it: &It<'_>) -> Step {
        let (parent, whole) = (self.parent.qualified(), self.whole.qualified());
        let (aside, name) = (self.aside(it.address).qualified(), check_of(it));
        let gone: Vec<String> =
            self.sources.iter().map(|one| format!("{}::regclass", quote_literal(one))).collect();
        let block = format!(
            "
DECLARE
  others text;
BEGIN
  SELECT string_agg(format('NOT %s', pg_get_partition_constraintdef(i.inhrelid)), ' AND ') INTO others
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent IN ({parent}::regclass, {whole}::regclass)
    AND i.inhrelid NOT IN ({gone}, {own}::regclass)
    AND pg_get_partition_constraintdef(i.inhrelid) IS NOT NULL;
  IF others IS NOT NULL THEN
    EXECUTE format('ALTER TABLE {aside} ADD CONSTRAINT %I CHECK (%s)', {name}, others);
  END IF;
END
",
            parent = quote_literal(&parent),
            whole = quote_literal(&whole),
            gone = gone.join(", "),
            own = quote_literal(&aside),
            name = quote_literal(&name),
        );
        let sql = Sql::new("DO ").body(&Fragment::new(block));
        Step::alter(it.address, "say that it has nothing of the others", sql)
    }

    /// What begins the copy, and the copy.
    fn rows(&self, mirror: Option<&Mirror<'_>>) -> (Vec<Step>, Vec<Step>) {
        let (mut begin, mut rows) = match mirror {
            Some(mirror) => (mirror.begin(), batches(mirror)),
            None => {
                let each = self.sources.iter().map(|old| {
                    let sql = copied(&self.whole.qualified(), &self.columns, old);
                    let mut step = self
                        .own("copy the rows", sql)
                        .lock(LockLevel::AccessExclusive, old.clone())
                        .scans();
                    step.copies = true;
                    step
                });
                (Vec::new(), std::iter::once(self.keep_out()).chain(each).collect())
            }
        };
        let comment = format!("{COPY}{}", self.sources.join(", "));
        let sql = Sql::new("COMMENT ON SCHEMA ").identifier(self.here.schema).raw(" IS ");
        begin.push(self.own("say what it is", sql.literal(&comment)));
        if mirror.is_some() {
            let sql = Sql::new("ANALYZE ").raw(&self.whole.qualified());
            rows.push(self.own("count the rows for the planner", sql).alone());
        }
        begin.extend(self.below().iter().filter_map(Below::check));
        // Before anybody is kept out.
        let held = self.beside().into_iter().flat_map(|(it, check)| check.held(it));
        (begin, held.chain(rows).collect())
    }

    fn swap(&self, mirror: Option<&Mirror<'_>>) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(mirror) = mirror {
            steps.push(self.keep_out());
            steps.push(mirror.settle());
        }
        // Nobody comes or goes with a default partition in its place.
        let (rest, others): (Vec<&It<'_>>, Vec<&It<'_>>) =
            self.old.iter().partition(|it| it.spec.is_default());
        for it in rest.into_iter().chain(others) {
            steps.push(detach_plainly(it, self.parent));
            let sql = Sql::new("DROP TABLE ").raw(&it.address.qualified());
            let mut drop = Step::drop(it.address, sql)
                .lock(LockLevel::AccessExclusive, it.address.qualified());
            "drop it, whose rows are copied".clone_into(&mut drop.title);
            drop.reach = Some(Reach::Left(self.parent.clone()));
            steps.push(drop);
        }
        steps.extend(mirror.iter().flat_map(|mirror| mirror.end()));
        let (rest, others): (Vec<&It<'_>>, Vec<&It<'_>>) =
            self.takers.iter().partition(|it| it.spec.is_default());
        for it in others.iter().chain(&rest) {
            steps.extend(self.put(it));
        }
        steps.extend(self.here.partitions.iter().filter_map(|it| self.settle(&it.address)));
        steps.extend(self.below().iter().flat_map(Below::numbered));
        steps.push(self.own(
            "drop what is like the parent",
            Sql::new("DROP TABLE ").raw(&self.whole.qualified()),
        ));
        let sql = Sql::new("DROP SCHEMA ").identifier(self.here.schema);
        steps.push(self.own("leave nothing behind", sql));
        for (it, check) in self.beside() {
            steps.push(check.dropped(it));
        }
        for it in self.takers {
            let security = [
                (it.spec.row_level_security, "ENABLE"),
                (it.spec.force_row_level_security, "FORCE"),
            ];
            steps.extend(
                security.iter().filter(|(on, _)| *on).map(|(_, it_is)| row_security(it, it_is)),
            );
        }
        steps
    }

    /// One partition in its place.
    fn put(&self, it: &It<'_>) -> Vec<Step> {
        let aside = self.aside(it.address);
        let out = self.alter(&self.whole, "DETACH PARTITION ").raw(&aside.qualified());
        let mut steps = vec![Step::alter(it.address, "take the new one out", out)];
        steps.extend(self.settle(it.address));
        let Some(values) = &it.spec.values else { return steps };
        let step = join(it.address, self.parent, values);
        let spec = Table { beside_default: Aside(self.default_beside(it)), ..it.spec.clone() };
        let placed = Declared { spec: &spec, site: self.here.site, ..*it };
        let has_check = proof(it).is_some() || it.spec.is_default();
        let mut join = Attachment { it: &placed, filled: !has_check, step }.step_alone();
        join.claims.clear();
        steps.push(join);
        if has_check {
            let sql = self
                .alter(it.address, "DROP CONSTRAINT ")
                .raw("IF EXISTS ")
                .identifier(&check_of(it));
            steps.push(
                Step::alter(it.address, "drop that check", sql)
                    .lock(LockLevel::AccessExclusive, it.address.qualified()),
            );
        }
        steps
    }

    /// The default partition that stays beside one that comes.
    fn default_beside(&self, it: &It<'_>) -> Option<String> {
        let rest = it.spec.beside_default.0.clone()?;
        (!self.sources.contains(&rest)).then_some(rest)
    }

    /// Checks that spare the default partition from being read, with those whose rows it has not.
    fn beside(&self) -> Vec<(&It<'a>, Check)> {
        let of = |it: &'_ It<'a>| {
            let rest = self.default_beside(it).filter(|_| self.here.online)?;
            Check::elsewhere(it, rest)
        };
        self.takers.iter().filter_map(|it| Some((it, of(it)?))).collect()
    }

    fn below(&self) -> Vec<Below<'a>> {
        below(self.here, self.theirs, self.takers)
    }

    /// The parent first, as whoever writes by way of it does.
    fn keep_out(&self) -> Step {
        keep_out(self.address, Some(self.parent.qualified()), &self.sources)
    }

    /// From the schema where it was built to its own.
    fn settle(&self, address: &Address) -> Option<Step> {
        let sql = self.alter(&self.aside(address), "SET SCHEMA ");
        let sql = sql.identifier(address.schema.as_ref()?);
        let step = Step::new(address, Effect::Create, "put it in its place", sql);
        Some(step.makes(Part::whole(address)))
    }

    fn aside(&self, address: &Address) -> Address {
        Address { schema: Some(self.here.schema.clone()), ..address.clone() }
    }

    fn alter(&self, relation: &Address, action: &str) -> Sql {
        Sql::new("ALTER TABLE ").raw(&relation.qualified()).raw(" ").raw(action)
    }

    fn own(&self, title: &str, sql: Sql) -> Step {
        Step::alter(self.address, title, sql)
    }
}

fn check_of(it: &It<'_>) -> String {
    successor_name(&format!("{}_bounds", &*it.address.name), "")
}
