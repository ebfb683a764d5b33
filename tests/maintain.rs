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

use project::{Database, Databases, Project, Ran};

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

#[test]
fn every_window_in_trouble_is_told_at_once() {
    let project = Project::with(&["a", "b", "m"].map(|table| window(table, "")).concat());
    let database = Database::of(&project);
    database.execute(
        "CREATE TABLE stray_a PARTITION OF a FOR VALUES FROM ('2026-01-20') TO ('2026-02-20');
         CREATE TABLE stray_b PARTITION OF b FOR VALUES FROM ('2026-01-20') TO ('2026-02-20')",
    );
    let before = database.dump();
    for command in [&["plan"][..], &["apply", "--confirm"]] {
        on(&project, &database, "2025-12-01", command).exits(1).says(&[
            "Windows of partitions cannot be as they are declared",
            "a_2026_01 is due",
            "b_2026_01 is due",
            "list what is in the way under `partition`",
        ]);
    }
    project::assert_same(&before, &database.dump());
}

#[test]
fn one_window_in_trouble_keeps_no_target_from_anything() {
    let with = |table: &str| {
        window(table, &format!("[table.{table}.partition]\n{table}_def = \"DEFAULT\"\n"))
    };
    let project = Project::with(&["a", "b", "m"].map(with).concat());
    let databases = Databases::like(&Database::of(&project), 3);
    let list: Vec<String> =
        (1..=3).map(|n| format!("d{n} = \"{}\"\n", databases.address(n))).collect();
    project.write("pgconverge.toml", &format!("[targets.databases]\n{}", list.concat()));
    // One is in the way of a partition, rows are in the way of another.
    let stray =
        "CREATE TABLE stray PARTITION OF b FOR VALUES FROM ('2026-01-20') TO ('2026-02-20')";
    databases.at(1).execute(stray);
    databases.at(2).execute("INSERT INTO a_def VALUES (1, '2026-01-09')");
    let ran = |day: &str, arguments: &[&str]| {
        Ran::of(&mut project.command(&[arguments, &["--as-of", day]].concat()))
    };
    ran("2025-12-01", &["drift"]).exits(1).prints(&["d1: table public.b_2026_01 is due"]);
    ran("2025-12-01", &["maintain"])
        .exits(1)
        .prints(&["1 has windows that are left as they are", "d1: table public.b_2026_01 is due"]);
    ran("2025-12-01", &NIGHTLY)
        .exits(1)
        .prints(&[
            "1 converged, 2 partly as declared.",
            "partly as declared: d1: table public.b_2026_01 is due",
            "partly as declared: d2: rows of public.a_def that belong to public.a_2026_01",
        ])
        .says(&["list what is in the way under `partition`", "with `--allow copy`"]);
    let all = |table: &str| {
        ["2025_11", "2025_12", "2026_01", "def"].map(|it| format!("{table}_{it}")).join(" ")
    };
    let before = |table: &str| format!("{table}_2025_11 {table}_2025_12 {table}_def");
    let of = |n: usize| ["a", "b", "m"].map(|table| partitions(&databases.at(n), table));
    assert_eq!(of(1), [all("a"), format!("{} stray", before("b")), all("m")]);
    assert_eq!(of(2), [before("a"), all("b"), all("m")]);
    assert_eq!(of(3), ["a", "b", "m"].map(all));
    let again = ran("2025-12-02", &[&NIGHTLY[..], &["--format", "json"]].concat()).exits(1);
    let again: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["wrong"][0]["target"], "d1");
    let outcomes = again["ended"].as_array().unwrap().iter().map(|it| it["outcome"].clone());
    let outcomes: Vec<_> = outcomes.collect();
    assert_eq!(outcomes, ["partly as declared", "partly as declared", "as declared"]);
    ran("2025-12-02", &["maintain", "--format", "markdown"])
        .exits(1)
        .prints(&["1 has windows that are left as they are"]);
    databases.at(1).execute("DROP TABLE stray");
    databases.at(2).execute("DELETE FROM a_def");
    ran("2025-12-03", &NIGHTLY).succeeds().prints(&["2 converged, 1 as declared."]);
}

#[test]
fn a_partition_that_rows_refer_to_leaves_once_they_do_not() {
    let project = Project::with(
        &(window("m", "keep = \"1 month\"\nexpired = \"drop\"\n")
            + "[table.payments.column]\nof = \"bigint\"\nat = \"date\"\n\
               [table.payments.foreign_key]\n\
               payments_of = { columns = [\"of\", \"at\"], references = \"m (id, at)\" }\n"),
    );
    let database = Database::of(&project);
    database.execute(
        "INSERT INTO m VALUES (1, '2025-11-09'), (2, '2025-12-09');
         INSERT INTO payments VALUES (1, '2025-11-09'), (1, '2025-11-09'), (1, NULL)",
    );
    let stays = "table public.m_2025_11 would be dropped, since it is past the 1 month that are kept, but stays: \
                 2 rows of public.payments refer to its rows, by payments_of; delete these rows";
    // What else is due is done, by whatever does it.
    on(&project, &database, "2026-02-01", &NIGHTLY).succeeds().prints(&[stays]);
    assert_eq!(partitions(&database, "m"), "m_2025_11 m_2026_01 m_2026_02 m_2026_03");
    on(&project, &database, "2026-02-02", &NIGHTLY).succeeds().prints(&[stays]);
    on(&project, &database, "2026-03-01", &["apply", "--confirm"]).succeeds().prints(&[stays]);
    assert_eq!(partitions(&database, "m"), "m_2025_11 m_2026_02 m_2026_03 m_2026_04");
    let drift = on(&project, &database, "2026-03-01", &["drift", "--format", "json"]).succeeds();
    let drift: serde_json::Value = serde_json::from_str(&drift.out).unwrap();
    assert!(drift["remarks"][0].as_str().unwrap().starts_with(stays), "{drift}");
    database.execute("DELETE FROM payments WHERE at IS NOT NULL");
    on(&project, &database, "2026-03-01", &["drift"]).exits(2).prints(&["m_2025_11"]);
    on(&project, &database, "2026-03-02", &NIGHTLY).succeeds();
    assert_eq!(partitions(&database, "m"), "m_2026_02 m_2026_03 m_2026_04");
    assert_eq!(database.count("SELECT count(*) FROM m"), 0);
    on(&project, &database, "2026-03-02", &["drift"]).succeeds();
}

#[test]
fn a_partition_that_a_plan_takes_out_is_asked_about_at_once() {
    let files = "[table.m]\nprimary_key = [\"id\"]\npartition_by = \"list (id)\"\ncolumn.id = \"bigint\"\n\
                 [table.m.partition]\nm_1 = \"IN (1)\"\nm_2 = \"IN (2)\"\n";
    let key = "[table.r]\ncolumn.of = \"bigint\"\n[table.r.foreign_key]\nr_of = { columns = [\"of\"], references = \"m (id)\" }\n";
    let project = Project::with(&format!("{files}{key}"));
    let database = Database::of(&project);
    database.execute("INSERT INTO m VALUES (1), (2); INSERT INTO r VALUES (2)");
    let before = database.dump();
    let without = files.replace("m_2 = \"IN (2)\"\n", "");
    let changes = [
        // It goes, or is on its own.
        format!("{without}{key}"),
        format!("{without}{key}[table.m_2]\nprimary_key = [\"id\"]\ncolumn.id = \"bigint\"\n"),
    ];
    let apply = ["apply", "--confirm", "--allow", "all"];
    for files in &changes {
        project.write("schema/schema.toml", files);
        project.run_on(&database, &apply).exits(1).says(&[
            "pgconverge::preflight::rows",
            "rows of public.r that refer to rows of public.m_2, by r_of: 1, such as (2)",
            "schema/schema.toml:",
            "PostgreSQL takes no partition out whose rows are referred to",
        ]);
        project::assert_same(&before, &database.dump());
    }
    // A key that goes first is none in the way, be it that it comes back.
    project.write("schema/schema.toml", &format!("{}{key}", files.replace("IN (2)", "IN (2, 3)")));
    project.run_on(&database, &apply).succeeds();
    project.write("schema/schema.toml", &without);
    project.run_on(&database, &apply).succeeds();
    assert_eq!(partitions(&database, "m"), "m_1");
}

#[test]
fn the_ways_out_of_what_is_in_the_way_of_a_window_are_those_that_are_told() {
    let weekly = window("m", "").replace("1 month", "1 week").replace("{MM}", "{MM}_{DD}");
    let by_hand = "[table.m]\nprimary_key = [\"id\", \"at\"]\npartition_by = \"range (at)\"\n[table.m.column]\n\
                   id = \"bigint\"\nat = { type = \"date\", not_null = true }\n[table.m.partition]\n\
                   old = \"FROM ('2025-01-01') TO ('2025-11-20')\"\n";
    let listed = |partitions: &str| window("m", &format!("[table.m.partition]\n{partitions}"));
    let before_it = listed("old = \"FROM ('2025-01-01') TO ('2025-11-01')\"\n");
    let each = listed(
        "m_2025_11_03 = \"FROM ('2025-10-01') TO ('2025-10-02')\"\n\
         m_2025_11_10 = \"FROM ('2025-10-02') TO ('2025-10-03')\"\n",
    );
    let ways = [
        // It is listed; it was made by another `every`; the window begins after it.
        (by_hand, before_it, "m_2025_11 m_2025_12 old"),
        (&weekly, each, "m_2025_11 m_2025_11_03 m_2025_11_10 m_2025_12"),
        (by_hand, window("m", "start = \"2025-12-01\"\n"), "m_2025_12 old"),
    ];
    for (before, after, found) in ways {
        let project = Project::with(before);
        let database = Database::of(&project);
        database.execute(
            "INSERT INTO m VALUES (1, '2025-11-10'), (2, '2025-11-12'), (3, '2025-11-15')",
        );
        project.write("schema/schema.toml", &window("m", ""));
        on(&project, &database, "2025-11-15", &["plan"]).exits(1).says(&[
            "m_2025_11 is due",
            "list what is in the way under `partition`",
            "where `every` has changed, list each old one so",
            "or let the window begin after it, with `start`",
        ]);
        project.write("schema/schema.toml", &after);
        let apply = ["apply", "--confirm", "--allow", "copy"];
        on(&project, &database, "2025-11-15", &apply).succeeds();
        assert_eq!(partitions(&database, "m"), found);
        assert_eq!(database.count("SELECT count(*) FROM m"), 3);
    }
}

#[test]
fn a_partition_that_is_to_become_larger_says_what_is_in_its_way() {
    let project = Project::with(&window("m", ""));
    let database = Database::of(&project);
    database.execute(
        "CREATE TABLE m_2025 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2025-11-01')",
    );
    let yearly = window("m", "").replace("1 month", "1 year").replace("_{MM}", "");
    project.write("schema/schema.toml", &yearly);
    on(&project, &database, "2025-11-15", &["apply", "--confirm"])
        .exits(1)
        .says(&["m_2025 is due", "m_2025_11 holds FROM ('2025-11-01') TO ('2025-12-01')"]);
}
