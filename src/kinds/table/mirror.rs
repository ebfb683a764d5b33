//! What others do to a table while it is copied, done to the copy as well.
//!
//! A trigger repeats every insert, update and delete. The rows that were there before are copied in the
//! order of their key, some at a time. Each batch holds its rows while it copies them (`FOR SHARE`), so
//! that nobody changes one in between; one that the trigger was faster with is there already, and is
//! passed over. How far it has come stands beside the copy: a run that was cut off goes on from there.
//!
//! Nobody's change fails because the copy refuses it, as it does with a row that no partition takes: that
//! is noted, the run fails instead, and the next one copies all rows again.

use super::Table;
use super::ways::Ways;
use crate::kind::{Copying, Declared, rest};
use crate::model::{Address, Name, Step};
use crate::sql::{Fragment, LockLevel, Sql, identifier_list, quote_identifier};

type It<'a> = Declared<'a, Table>;

/// How many rows are held at a time.
const BATCH: u32 = 5000;

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
        let refused = Sql::new("CREATE TABLE ").raw(&self.aside(REFUSED)).raw(" (reason text)");
        steps.push(self.step("note what the new one refuses", refused));
        // It runs for whoever writes, who may do nothing here.
        let body = Sql::new("CREATE FUNCTION ").raw(&function)
            .raw("() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS ")
            .body(&Fragment::new(self.body()));
        steps.push(self.step("repeat what others do", body));
        // Another copy may have left triggers behind that go with it.
        for old in &self.old {
            let each = Sql::new("CREATE TRIGGER ")
                .identifier(self.schema)
                .raw(" AFTER INSERT OR UPDATE OR DELETE ON ")
                .raw(old)
                .raw(" FOR EACH ROW EXECUTE FUNCTION ")
                .raw(&function)
                .raw("()");
            let all = Sql::new("CREATE TRIGGER ")
                .identifier(&format!("{}_truncate", &**self.schema))
                .raw(" AFTER TRUNCATE ON ")
                .raw(old)
                .raw(" FOR EACH STATEMENT EXECUTE FUNCTION ")
                .raw(&function)
                .raw("()");
            let held = |step: Step| step.lock(LockLevel::ShareRowExclusive, old.clone());
            steps.push(held(self.step("repeat every change of a row", each)));
            steps.push(held(self.step("repeat it when all rows go", all)));
        }
        steps
    }

    /// All rows that were there before, batch by batch.
    pub fn rows(&self) -> Vec<Step> {
        (0..self.old.len()).map(|n| self.rows_of(n)).collect()
    }

    fn rows_of(&self, n: usize) -> Step {
        let (progress, columns) =
            (self.progress(n), identifier_list(self.columns.iter().map(|it| &**it)));
        let key = identifier_list(self.key());
        let first = self.key.first().map_or_else(String::new, |name| quote_identifier(name));
        let last: Vec<String> =
            self.key().map(|name| format!("last.{}", quote_identifier(name))).collect();
        let last = last.join(", ");
        let down: Vec<String> =
            self.key().map(|name| format!("{} DESC", quote_identifier(name))).collect();
        let down = down.join(", ");
        let (old, new) = (&self.old[n], &self.new);
        // Only before the first rows: what comes later ends the run.
        let again = if n == 0 { self.again() } else { String::new() };
        let values = self.ways.values(self.columns, "");
        let block = format!(
            "
DECLARE
  last {progress}%ROWTYPE;
  began timestamptz;
BEGIN
{again}  SELECT * INTO last FROM {progress};
  LOOP
    began := clock_timestamp();
    WITH batch AS MATERIALIZED (
      SELECT {columns} FROM {old}
      WHERE last.{first} IS NULL OR ({key}) > ({last})
      ORDER BY {key} LIMIT {BATCH} FOR SHARE
    ), copied AS (
      INSERT INTO {new} ({columns}) OVERRIDING SYSTEM VALUE
      SELECT {values} FROM batch ON CONFLICT DO NOTHING
    )
    SELECT {key} INTO last FROM batch ORDER BY {down} LIMIT 1;
    EXIT WHEN NOT FOUND;
    DELETE FROM {progress};
    INSERT INTO {progress} VALUES ({last});
    COMMIT;
    {rest}
  END LOOP;
END
",
            rest = rest("began")
        );
        let sql = Sql::new("DO ").body(&Fragment::new(block));
        let mut step = self
            .step("copy the rows, some at a time", sql)
            .lock(LockLevel::RowShare, old.clone())
            .scans()
            .outside_transactions();
        step.copies = true;
        step
    }

    /// After a change that was refused, all rows are copied once more.
    fn again(&self) -> String {
        let refused = self.aside(REFUSED);
        let progress: Vec<String> = (0..self.old.len()).map(|n| self.progress(n)).collect();
        let (new, progress) = (&self.new, progress.join(", "));
        format!(
            "  IF EXISTS (SELECT FROM {refused}) THEN
    TRUNCATE {new}, {progress}, {refused};
    COMMIT;
  END IF;
"
        )
    }

    /// That the copy has all of it, once nobody changes anything any more.
    pub fn refusal(&self) -> Step {
        let refused = self.aside(REFUSED);
        let block = format!(
            "
DECLARE
  why text;
BEGIN
  SELECT reason INTO why FROM {refused} LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'a change that was made meanwhile does not go into the new table: %', why
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END
"
        );
        let check = Sql::new("DO ").body(&Fragment::new(block));
        self.step("see that nothing was refused", check)
    }

    /// The trigger is gone with the old one.
    pub fn end(&self) -> Vec<Step> {
        let mut steps = vec![
            self.step("nothing was refused", Sql::new("DROP TABLE ").raw(&self.aside(REFUSED))),
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
        let (new, refused) = (&self.new, self.aside(REFUSED));
        let columns = identifier_list(self.columns.iter().map(|it| &**it));
        let (old, values) =
            (self.ways.values(self.key, "OLD."), self.ways.values(self.columns, "NEW."));
        let key = identifier_list(self.key());
        let truncate = self.truncate();
        format!(
            "
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    {truncate};
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM {new} WHERE ({key}) = ({old});
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {new} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values});
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO {refused} VALUES (SQLERRM);
  RETURN NULL;
END
"
        )
    }

    /// What is in none of the old ones any more.
    fn truncate(&self) -> String {
        let new = &self.new;
        if self.old.len() == 1 {
            return format!("TRUNCATE {new}");
        }
        let of = |row: &str| {
            let each = self.key().map(|name| format!("{row}.{}", quote_identifier(name)));
            each.collect::<Vec<_>>().join(", ")
        };
        let (ours, theirs) = (of("copied"), of("there"));
        let gone = self.old.iter().map(|old| {
            format!("NOT EXISTS (SELECT FROM {old} AS there WHERE ({theirs}) = ({ours}))")
        });
        format!("DELETE FROM {new} AS copied WHERE {}", gone.collect::<Vec<_>>().join(" AND "))
    }

    fn progress(&self, n: usize) -> String {
        if n == 0 { self.aside(PROGRESS) } else { self.aside(&format!("{PROGRESS}_{n}")) }
    }

    fn key(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.key.iter().map(|name| &**name)
    }

    fn aside(&self, name: &str) -> String {
        format!("{}.{name}", quote_identifier(self.schema))
    }

    fn step(&self, title: &str, sql: Sql) -> Step {
        Step::alter(self.address, title, sql)
    }
}
