//! `maintain`, night after night: what an earlier run has left behind, and windows that are in trouble.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

use project::{Database, Project, Ran};

/// A table with a window of months, and more of it.
fn window(table: &str, more: &str) -> String {
    format!(
        "[table.{table}]\nprimary_key = [\"id\", \"at\"]\npartition_by = \"range (at)\"\n\
         [table.{table}.column]\nid = \"bigint\"\nat = {{ type = \"date\", not_null = true }}\n\
         [table.{table}.partitions]\nevery = \"1 month\"\nname = \"{table}_{{YYYY}}_{{MM}}\"\nahead = 1\n{more}"
    )
}

/// With a default partition, some of whose rows are far off.
fn with_default() -> (Project, Database) {
    let project = Project::with(&window("m", "[table.m.partition]\nm_def = \"DEFAULT\"\n"));
    let database = Database::of(&project);
    let rows =
        "INSERT INTO m SELECT n, '2030-01-01' FROM generate_series(1, 20000) n; ANALYZE m_def";
    database.execute(rows);
    (project, database)
}

fn on(project: &Project, database: &Database, day: &str, arguments: &[&str]) -> Ran {
    let named = ["--as-of", day, "--database-url", &database.address];
    Ran::of(&mut project.command(&[arguments, &named].concat()))
}

const NIGHTLY: [&str; 4] = ["maintain", "--confirm", "--online-from", "0"];
const MOVING: [&str; 6] = ["maintain", "--confirm", "--online-from", "0", "--allow", "copy"];

/// The statements of a plan, one by one.
fn statements(
    project: &Project,
    database: &Database,
    day: &str,
    arguments: &[&str],
) -> Vec<String> {
    let mut plan = arguments.to_vec();
    plan.retain(|word| *word != "--confirm");
    let ran = on(project, database, day, &[&plan[..], &["--format", "json"]].concat()).succeeds();
    let plan: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let transactions = plan["transactions"].as_array().unwrap().iter();
    let steps = transactions.flat_map(|transaction| transaction["steps"].as_array().unwrap());
    steps.map(|step| step["sql"].as_str().unwrap().to_owned()).collect()
}

fn partitions(database: &Database, table: &str) -> String {
    database.ask(&format!(
        "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text)
         FROM pg_inherits WHERE inhparent = '{table}'::regclass"
    ))
}

fn helpers(database: &Database) -> i64 {
    database.count(
        "SELECT (SELECT count(*) FROM pg_constraint WHERE conname LIKE '%pgconverge')
              + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgconverge%')
              + (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgconverge%')",
    )
}

#[test]
fn a_night_that_was_cut_off_is_gone_on_with_by_the_next() {
    let mut cut = 0;
    loop {
        let (project, database) = with_default();
        let steps = statements(&project, &database, "2025-12-01", &NIGHTLY);
        for step in steps.iter().take(cut) {
            database.execute(step);
        }
        on(&project, &database, "2025-12-02", &NIGHTLY).succeeds();
        assert_eq!(partitions(&database, "m"), "m_2025_11 m_2025_12 m_2026_01 m_def", "{cut}");
        assert_eq!(helpers(&database), 0, "cut at {cut}");
        on(&project, &database, "2025-12-02", &["plan"]).finds_nothing();
        if cut >= steps.len() {
            break;
        }
        cut += 1;
    }
    assert!(cut >= 5, "{cut}");
}

#[test]
fn what_other_plans_have_left_on_the_tables_of_windows_goes() {
    let (project, database) = with_default();
    database.execute(
        "ALTER TABLE m_2025_12 ADD CONSTRAINT m_2025_12_bounds_pgconverge CHECK (id > 0) NOT VALID;
         CREATE INDEX m_2025_12_id_idx ON m_2025_12 (id);
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'm_2025_12_id_idx'::regclass;
         ALTER TABLE m_2025_12 ADD CONSTRAINT by_hand CHECK (id > -1) NOT VALID;
         CREATE INDEX by_hand ON m_2025_12 (at)",
    );
    on(&project, &database, "2025-12-02", &NIGHTLY)
        .succeeds()
        .prints(&["m_2025_12_bounds_pgconverge", "m_2025_12_id_idx"]);
    assert_eq!(helpers(&database), 0);
    assert_eq!(database.count("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), 0);
    // What is nobody's leftover is no business of a night.
    let kept = "SELECT count(*) FROM pg_class, pg_constraint WHERE relname = 'by_hand' AND conname = 'by_hand'";
    assert_eq!(database.count(kept), 1);
}

#[test]
fn rows_that_were_being_copied_are_gone_on_with() {
    let (project, database) = with_default();
    database.execute("INSERT INTO m SELECT n, '2026-01-09' FROM generate_series(1, 9) n");
    let steps = statements(&project, &database, "2025-12-01", &MOVING);
    let copies = steps.iter().position(|step| step.contains("%ROWTYPE"));
    for step in steps.iter().take(copies.unwrap()) {
        database.execute(step);
    }
    let begun =
        database.ask("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'pgconverge%'");
    let next = statements(&project, &database, "2025-12-02", &MOVING);
    assert!(!next.iter().any(|step| step.contains("CREATE SCHEMA")), "{next:#?}");
    assert!(next.iter().any(|step| step.contains(&begun)), "{next:#?}");
    on(&project, &database, "2025-12-02", &MOVING).succeeds();
    assert_eq!(partitions(&database, "m"), "m_2025_11 m_2025_12 m_2026_01 m_def");
    assert_eq!(database.count("SELECT count(*) FROM m_2026_01"), 9);
    assert_eq!(database.count("SELECT count(*) FROM m"), 20009);
    assert_eq!(helpers(&database), 0);
}

#[test]
fn partitions_that_are_divided_otherwise_from_now_on_keep_none_from_being_made() {
    let project = Project::with(&window("m", ""));
    let database = Database::of(&project);
    let hashed = |modulus: u32| {
        let mut each = "[table.m.partitions.each]\npartition_by = \"hash (id)\"\n\
                        [table.m.partitions.each.partition]\n"
            .to_owned();
        for n in 0..modulus {
            each += &format!("\"{{name}}_{n}\" = \"WITH (MODULUS {modulus}, REMAINDER {n})\"\n");
        }
        window("m", &each)
    };
    project.write("schema/schema.toml", &hashed(2));
    on(&project, &database, "2025-12-01", &NIGHTLY).succeeds();
    assert_eq!(partitions(&database, "m"), "m_2025_11 m_2025_12 m_2026_01");
    assert_eq!(partitions(&database, "m_2026_01"), "m_2026_01_0 m_2026_01_1");
    project.write("schema/schema.toml", &hashed(3));
    on(&project, &database, "2026-01-01", &NIGHTLY).succeeds();
    assert_eq!(partitions(&database, "m_2026_02"), "m_2026_02_0 m_2026_02_1 m_2026_02_2");
    assert_eq!(partitions(&database, "m_2026_01"), "m_2026_01_0 m_2026_01_1");
    // One that somebody took away comes back.
    database.execute("DROP TABLE m_2026_02_1");
    on(&project, &database, "2026-01-01", &NIGHTLY).succeeds();
    assert_eq!(partitions(&database, "m_2026_02"), "m_2026_02_0 m_2026_02_1 m_2026_02_2");
}

#[test]
fn one_window_in_trouble_leaves_the_others_alone() {
    let of = |table: &str| {
        window(table, &format!("[table.{table}.partition]\n{table}_def = \"DEFAULT\"\n"))
    };
    let project = Project::with(&["a", "b", "m"].map(of).concat());
    let database = Database::of(&project);
    database.execute(
        "INSERT INTO a_def VALUES (1, '2026-01-09');
         CREATE TABLE stray PARTITION OF b FOR VALUES FROM ('2026-01-20') TO ('2026-02-20')",
    );
    for day in ["2025-12-01", "2025-12-02"] {
        on(&project, &database, day, &NIGHTLY).exits(1).says(&[
            "belong to public.a_2026_01",
            "b_2026_01 is due",
            "stray holds",
        ]);
        assert_eq!(partitions(&database, "m"), "m_2025_11 m_2025_12 m_2026_01 m_def");
        assert_eq!(partitions(&database, "a"), "a_2025_11 a_2025_12 a_def");
        assert_eq!(partitions(&database, "b"), "b_2025_11 b_2025_12 b_def stray");
    }
    on(&project, &database, "2025-12-02", &["maintain"])
        .exits(1)
        .prints(&["Note: the window of table public.b is left as it is"]);
    // Who looks only sees what differs, and what is wrong.
    on(&project, &database, "2025-12-01", &["drift"])
        .exits(1)
        .prints(&["a_2026_01"])
        .says(&["b_2026_01 is due"]);
    database.execute("DELETE FROM a_def; DROP TABLE stray");
    on(&project, &database, "2025-12-03", &NIGHTLY).succeeds();
    for table in ["a", "b", "m"] {
        let all = ["2025_11", "2025_12", "2026_01", "def"].map(|it| format!("{table}_{it}"));
        assert_eq!(partitions(&database, table), all.join(" "));
    }
}
