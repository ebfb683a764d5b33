//! What others do to a table while it is copied, done to the copy as well.
//!
//! A trigger has the copy of each row that somebody changes made again, from the row as it is then: whatever else
//! the change sets off, and in whichever order, the last one counts. It does so for replicated changes, too. The rows
//! that were there before are copied by [`super::batches`].
//!
//! Nobody's change fails because the copy refuses it, as it does with a row that no partition takes: its key is
//! noted, and whoever copies tries once more, as does the exchange, when nobody changes anything any more. So are the
//! keys of what a transaction changes that sees the copy as it was when it began.
//! <https://www.postgresql.org/docs/current/transaction-iso.html#XACT-REPEATABLE-READ>

use super::Table;
use super::ways::Ways;
use crate::kind::{Copying, Declared};
use crate::model::{Address, Name, Step};
use crate::sql::{Fragment, LockLevel, Sql, identifier_list, quote_identifier};

type It<'a> = Declared<'a, Table>;

const NAME: &str = "pgconverge_mirror";

/// Where it stands how far the copy has come.
const PROGRESS: &str = "pgconverge_copied";

/// What the copy has refused.
const REFUSED: &str = "pgconverge_refused";

pub struct Mirror<'a> {
    pub address: &'a Address,
    pub schema: &'a Name,
    /// What is copied: tables that share no row.
    pub old: Vec<String>,
    pub new: String,
    pub columns: &'a [Name],
    pub ways: Ways,
    /// What tells rows apart, before and after.
    pub key: &'a [Name],
}

impl<'a> Mirror<'a> {
    /// None, where rows cannot be told apart by a primary key, before and after.
    pub fn new(
        from: &It<'_>,
        to: &It<'a>,
        aside: &Address,
        columns: &'a [Name],
        ways: Ways,
        copying: &Copying<'a>,
    ) -> Option<Self> {
        let key = copying.old_key?;
        let kept = |key: &[Name]| key.iter().all(|name| columns.contains(name));
        (kept(key) && kept(copying.new_key?)).then(|| Self {
            address: to.address,
            schema: copying.schema,
            old: vec![from.address.qualified()],
            new: aside.qualified(),
            columns,
            ways,
            key,
        })
    }

    /// The triggers, and where their progress is kept.
    pub fn begin(&self) -> Vec<Step> {
        let function = self.aside(NAME);
        let noted = self.old.iter().enumerate().map(|(n, old)| {
            let sql = Sql::new("CREATE TABLE ")
                .raw(&self.progress(n))
                .raw(" AS SELECT ")
                .identifiers(self.key())
                .raw(" FROM ")
                .raw(old)
                .raw(" WITH NO DATA");
            self.step("note how far the copy has come", sql)
        });
        let mut steps: Vec<Step> = noted.collect();
        let refused = Sql::new("CREATE TABLE ")
            .raw(&self.refused())
            .raw(" AS SELECT NULL::text AS pgconverge_reason, ")
            .identifiers(self.key())
            .raw(" FROM ")
            .raw(&self.old[0])
            .raw(" WITH NO DATA");
        steps.push(self.step("note what the new one refuses", refused));
        // It runs for whoever writes, who may do nothing here.
        let body = Sql::new("CREATE FUNCTION ").raw(&function)
            .raw("() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS ")
            .body(&Fragment::new(self.body()));
        steps.push(self.step("repeat what others do", body));
        // Another copy may have left triggers behind that go with it.
        for old in &self.old {
            let held = |step: Step| step.lock(LockLevel::ShareRowExclusive, old.clone());
            let triggers = [
                ("", " AFTER INSERT OR UPDATE OR DELETE ON ", "ROW", "every change of a row"),
                ("_truncate", " AFTER TRUNCATE ON ", "STATEMENT", "it when all rows go"),
            ];
            for (suffix, event, each, what) in triggers {
                let name = format!("{}{suffix}", &**self.schema);
                let made = Sql::new("CREATE TRIGGER ")
                    .identifier(&name)
                    .raw(event)
                    .raw(old)
                    .raw(" FOR EACH ")
                    .raw(each)
                    .raw(" EXECUTE FUNCTION ")
                    .raw(&function)
                    .raw("()");
                steps.push(held(self.step(&format!("repeat {what}"), made)));
                // https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER
                let always = Sql::new("ALTER TABLE ")
                    .raw(old)
                    .raw(" ENABLE ALWAYS TRIGGER ")
                    .identifier(&name);
                let title = format!("repeat {what}, be it replicated");
                steps.push(held(self.step(&title, always)));
            }
        }
        steps
    }

    /// What was refused, once more, when nobody changes anything any more.
    pub fn settle(&self) -> Step {
        let (refused, first) = (self.refused(), self.first());
        let (keys, again) = (self.list("noted"), self.again("one"));
        let block = format!(
            "
DECLARE
  one {refused}%ROWTYPE;
  why text;
BEGIN
  SELECT noted.pgconverge_reason INTO why FROM {refused} AS noted WHERE noted.{first} IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'all rows went, and the new table could not follow: %', why;
  END IF;
  FOR one IN SELECT DISTINCT NULL::text, {keys} FROM {refused} AS noted LOOP
{again}
  END LOOP;
END
"
        );
        let sql = Sql::new("DO ").body(&Fragment::new(block));
        self.step("copy what was refused meanwhile", sql)
    }

    /// The trigger is gone with the old one.
    pub fn end(&self) -> Vec<Step> {
        let mut steps = vec![
            self.step("nothing was refused", Sql::new("DROP TABLE ").raw(&self.refused())),
            self.step(
                "repeat nothing any more",
                Sql::new("DROP FUNCTION ").raw(&self.aside(NAME)).raw("()"),
            ),
        ];
        let progress = (0..self.old.len()).map(|n| Sql::new("DROP TABLE ").raw(&self.progress(n)));
        steps.extend(progress.map(|sql| self.step("the copy is whole", sql)));
        steps
    }

    fn body(&self) -> String {
        let (refused, truncate) = (self.refused(), self.truncate());
        let (old, new) = (self.list("OLD"), self.list("NEW"));
        let (gone, come) = (self.again("OLD"), self.again("NEW"));
        format!(
            "
BEGIN
  IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
    RAISE EXCEPTION 'a transaction that does not see what was copied after it began';
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    {truncate};
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ({old}) IS DISTINCT FROM ({new}) THEN
{gone}
  END IF;
  IF TG_OP <> 'DELETE' THEN
{come}
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO {refused} VALUES (SQLERRM);
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO {refused} VALUES (SQLERRM, {old});
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {refused} VALUES (SQLERRM, {new});
  END IF;
  RETURN NULL;
END
"
        )
    }

    /// Statements after which the copy has what there is of the key that `row` has.
    pub fn again(&self, row: &str) -> String {
        let (new, columns) = (&self.new, self.columns());
        let (copied, theirs) = (self.list("copied"), self.converted(row));
        let (values, ours, key) =
            (self.ways.values(self.columns, "it."), self.list("it"), self.list(row));
        let there = self.there();
        format!(
            "    DELETE FROM {new} AS copied WHERE ({copied}) = ({theirs});
    INSERT INTO {new} ({columns}) OVERRIDING SYSTEM VALUE
    SELECT {values} FROM {there} AS it WHERE ({ours}) = ({key});"
        )
    }

    /// All that is copied.
    fn there(&self) -> String {
        if let [old] = &self.old[..] {
            return old.clone();
        }
        let each = self.old.iter().map(|old| format!("SELECT {} FROM {old}", self.columns()));
        format!("({})", each.collect::<Vec<_>>().join(" UNION ALL "))
    }

    /// What is in none of the old ones any more.
    fn truncate(&self) -> String {
        let new = &self.new;
        if self.old.len() == 1 {
            return format!("TRUNCATE {new}");
        }
        let (ours, theirs) = (self.list("copied"), self.list("there"));
        let gone = self.old.iter().map(|old| {
            format!("NOT EXISTS (SELECT FROM {old} AS there WHERE ({theirs}) = ({ours}))")
        });
        format!("DELETE FROM {new} AS copied WHERE {}", gone.collect::<Vec<_>>().join(" AND "))
    }

    /// Where it stands how far the copy of the nth has come.
    pub fn progress(&self, n: usize) -> String {
        if n == 0 { self.aside(PROGRESS) } else { self.aside(&format!("{PROGRESS}_{n}")) }
    }

    /// Which keys the copy has refused. One without a key means all rows.
    pub fn refused(&self) -> String {
        self.aside(REFUSED)
    }

    pub fn columns(&self) -> String {
        identifier_list(self.columns.iter().map(|it| &**it))
    }

    pub fn first(&self) -> String {
        self.key.first().map_or_else(String::new, |name| quote_identifier(name))
    }

    /// The key that `row` has. A column without a row before it could be taken for a variable.
    pub fn list(&self, row: &str) -> String {
        let each = self.key().map(|name| format!("{row}.{}", quote_identifier(name)));
        each.collect::<Vec<_>>().join(", ")
    }

    /// The same, as the copy has it.
    pub fn converted(&self, row: &str) -> String {
        self.ways.values(self.key, &format!("{row}."))
    }

    pub fn key(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.key.iter().map(|name| &**name)
    }

    fn aside(&self, name: &str) -> String {
        format!("{}.{name}", quote_identifier(self.schema))
    }

    pub fn step(&self, title: &str, sql: Sql) -> Step {
        Step::alter(self.address, title, sql)
    }
}
