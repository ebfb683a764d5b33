//! Rows that are in the way are found before the first step.

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

use project::{Database, Project, assert_same};

const BEFORE: &str = r#"
[table.parents]
primary_key = ["id"]
[table.parents.column]
id = "integer"
[table.rows]
primary_key = ["id"]
[table.rows.column]
id = "integer"
parent = "integer"
name = "text"
"Amount" = "integer"
[table.keyless.column]
x = "integer"
"#;

/// What is added, what is found, and what mends the rows.
const CASES: &[(&str, &str, &str)] = &[
    (
        "[table.rows.unique]\nrows_name_key = [\"name\"]",
        "values of (name) that several rows of public.rows have: 1, such as (same)",
        "UPDATE rows SET name = id",
    ),
    (
        "[table.rows.index]\ni = { columns = [\"name\"], unique = true, where = \"id < 3\" }",
        "values of (name) that several rows of public.rows have: 1",
        "UPDATE rows SET name = id",
    ),
    (
        "[table.rows.index]\ni = { columns = [\"parent\"], unique = true, nulls_not_distinct = true }",
        "values of (parent) that several rows of public.rows have: 1, such as (NULL)",
        "UPDATE rows SET parent = id",
    ),
    (
        "[table.rows.foreign_key]\nf = { columns = [\"parent\"], references = \"parents (id)\" }",
        "rows of public.rows whose (parent) is in no row of public.parents: 1, such as (9)",
        "UPDATE rows SET parent = 1 WHERE parent = 9",
    ),
    (
        "[table.rows.foreign_key]\nf = { columns = [\"parent\", \"Amount\"], references = \"pairs (a, b)\", match = \"full\" }\n[table.pairs]\nprimary_key = [\"a\", \"b\"]\n[table.pairs.column]\na = \"integer\"\nb = \"integer\"",
        "",
        "",
    ),
    (
        "[table.rows.check]\nc = '\"Amount\" > 5'",
        "rows of public.rows for which",
        "UPDATE rows SET \"Amount\" = 6",
    ),
];

#[test]
fn rows_in_the_way_are_counted_and_shown_and_nothing_is_done() {
    for (added, found, mended) in CASES {
        let project = Project::with(BEFORE);
        let database = Database::of(&project);
        database.execute(
            "INSERT INTO parents VALUES (1);
             INSERT INTO rows VALUES (1, 1, 'same', 1), (2, 9, 'same', 2), (3, NULL, 'c', 7), (4, NULL, NULL, NULL)",
        );
        let before = database.dump();
        project.write("schema/schema.toml", &format!("{BEFORE}{added}\n"));
        let apply = ["apply", "--confirm"];
        if found.is_empty() {
            // The table referred to comes with the plan, so the step itself finds out.
            let ran = project.run_on(&database, &apply).exits(1).says(&["SQLSTATE 23503"]);
            assert!(!ran.err.contains("could not be asked"), "{}", ran.err);
            continue;
        }
        let ran = project.run_on(&database, &apply).exits(1);
        ran.says(&[
            "pgconverge::preflight::rows",
            found,
            "schema/schema.toml:",
            "nothing was done",
        ]);
        assert_same(&before, &database.dump());
        database.execute(mended);
        project.run_on(&database, &apply).succeeds();
    }
}

#[test]
fn missing_values_are_found_in_all_columns_at_once() {
    let project = Project::with(BEFORE);
    let database = Database::of(&project);
    database.execute("INSERT INTO rows (id) VALUES (1), (2); INSERT INTO keyless VALUES (NULL)");
    project.edit("schema/schema.toml", "parent = \"integer\"", "parent = { type = \"integer\", not_null = true }\nmore = { type = \"integer\", not_null = true }");
    project.edit(
        "schema/schema.toml",
        "x = \"integer\"",
        "x = { type = \"integer\", not_null = true }",
    );
    project.run_on(&database, &["apply", "--confirm"]).exits(1).says(&[
        "Rows are in the way of the plan",
        "rows of public.rows with no value in parent: 2, such as (1), (2)",
        "rows of public.rows that would have no value in more: 2, such as (1), (2)",
        "rows of public.keyless with no value in x: 1, such as (ctid (0,1))",
    ]);
    project
        .run_on(&database, &["apply", "--confirm", "--no-preflight"])
        .exits(1)
        .says(&["SQLSTATE 23502"]);
}

#[test]
fn rows_of_the_default_partition_go_to_a_new_one_with_leave() {
    let before = "[table.t]\npartition_by = \"range (k)\"\ncolumn.k = \"integer\"\n[table.t.partition]\nt_rest = \"DEFAULT\"\n";
    let project = Project::with(before);
    let database = Database::of(&project);
    database.execute("INSERT INTO t SELECT n FROM generate_series(1, 30) n");
    project.write("schema/schema.toml", &format!("{before}t_1 = \"FROM (10) TO (20)\"\n"));
    project.run_on(&database, &["apply", "--confirm"]).exits(1).says(&[
        "pgconverge::preflight::rows",
        "rows of public.t_rest that belong to public.t_1, FROM (10) TO (20): 10, such as",
        "with `--allow copy` the plan moves them to where they belong",
    ]);
    assert_eq!(database.count("SELECT count(*) FROM ONLY t_rest"), 30);
    project.run_on(&database, &["apply", "--confirm", "--allow", "copy"]).succeeds();
    assert_eq!(
        database.ask("SELECT string_agg(k::text, ' ' ORDER BY k) FROM ONLY t_1"),
        "10 11 12 13 14 15 16 17 18 19"
    );
    assert_eq!(database.count("SELECT count(*) FROM ONLY t_rest"), 20);
    project.run_on(&database, &["drift"]).finds_nothing();
}

/// What there is, rows, what is wanted, what is found, and what mends the rows.
struct Scene {
    before: &'static str,
    rows: &'static str,
    after: &'static str,
    found: &'static [&'static str],
    mended: &'static str,
}

const SCENES: &[Scene] = &[
    // Casts, by assignment and by USING; what fits is not in the way.
    Scene {
        before: "[table.t]\nprimary_key = [\"id\"]\ncolumn.id = \"integer\"\ncolumn.code = \"text\"\ncolumn.note = \"text\"\ncolumn.n = \"bigint\"\n",
        rows: "INSERT INTO t VALUES (1, '7', 'short', 1), (2, 'x', 'much too long', 1), (3, NULL, NULL, NULL), (4, '1e', 'ok', 3000000000)",
        after: "[table.t]\nprimary_key = [\"id\"]\ncolumn.id = \"integer\"\ncolumn.code = \"integer\"\ncolumn.note = \"varchar(5)\"\ncolumn.n = \"integer\"\n",
        found: &[
            "rows of public.t whose code does not go into integer: 2, such as (2, x), (4, 1e)",
            "rows of public.t whose note does not go into character varying(5): 1, such as (2, much too long)",
            "rows of public.t whose n does not go into integer: 1, such as (4, 3000000000)",
        ],
        mended: "UPDATE t SET code = '8' WHERE id IN (2, 4); UPDATE t SET note = 'a', n = 1",
    },
    // To a domain, whose checks count as well, in a table without a key.
    Scene {
        before: "[domain.small]\ntype = \"integer\"\ncheck.small_check = \"VALUE < 10\"\n[table.t.column]\na = \"integer\"\n",
        rows: "INSERT INTO t VALUES (1), (11), (NULL)",
        after: "[domain.small]\ntype = \"integer\"\ncheck.small_check = \"VALUE < 10\"\n[table.t.column]\na = \"small\"\n",
        found: &[
            "rows of public.t whose a does not go into public.small: 1, such as (ctid (0,2), 11)",
        ],
        mended: "UPDATE t SET a = 1",
    },
    // Exclusions, with a condition and an expression.
    Scene {
        before: "[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"integer\"\nb = \"integer\"\nlive = \"boolean\"\n",
        rows: "INSERT INTO t VALUES (1, 1, 5, true), (2, 3, 9, true), (3, 9, 10, true), (4, 1, 5, false)",
        after: "[table.t]\nprimary_key = [\"id\"]\nexclude.t_apart = \"USING gist (int4range(a, b) WITH &&) WHERE (live)\"\n[table.t.column]\nid = \"integer\"\na = \"integer\"\nb = \"integer\"\nlive = \"boolean\"\n",
        found: &[
            "rows of public.t that are in each other's way, by (int4range(a, b)): 2, such as (1), (2)",
        ],
        mended: "DELETE FROM t WHERE id = 2",
    },
    // Unique expressions, of some rows.
    Scene {
        before: "[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\nname = \"text\"\n",
        rows: "INSERT INTO t VALUES (1, 'A'), (2, 'a'), (3, 'b'), (-4, 'B')",
        after: "[table.t]\nprimary_key = [\"id\"]\nindex.i = { columns = [\"lower(name) DESC\"], unique = true, where = \"id > 0\" }\n[table.t.column]\nid = \"integer\"\nname = \"text\"\n",
        found: &["values of (lower(name)) that several rows of public.t have: 1, such as (a)"],
        mended: "DELETE FROM t WHERE id = 2",
    },
    // Values that an enum loses, wherever they are.
    Scene {
        before: "[enum]\nmood = [\"sad\", \"ok\", \"glad\"]\n[domain.feeling]\ntype = \"mood\"\n[composite_type.pair.attribute]\none = \"mood\"\nother = \"text\"\n[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"mood\"\nb = \"mood[]\"\nc = \"pair\"\nd = \"feeling\"\n",
        rows: "INSERT INTO t VALUES (1, 'sad', NULL, NULL, 'ok'), (2, 'ok', '{ok,sad}', ('ok', 'sad'), 'ok'), (3, 'glad', '{ok,glad}', ('sad', 'x'), 'sad')",
        after: "[enum]\nmood = [\"ok\", \"glad\"]\n[domain.feeling]\ntype = \"mood\"\n[composite_type.pair.attribute]\none = \"mood\"\nother = \"text\"\n[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"mood\"\nb = \"mood[]\"\nc = \"pair\"\nd = \"feeling\"\n",
        found: &[
            "rows of public.t with a value in a that is gone: 'sad': 1, such as (1)",
            "rows of public.t with a value in b that is gone: 'sad': 1, such as (2)",
            "rows of public.t with a value in c that is gone: 'sad': 1, such as (3)",
            "rows of public.t with a value in d that is gone: 'sad': 1, such as (3)",
        ],
        mended: "UPDATE t SET a = 'ok', b = '{ok}', c = ('ok', 'sad'), d = 'ok'",
    },
    // A column that is of the type no longer has nothing to lose.
    Scene {
        before: "[enum]\nmood = [\"sad\", \"ok\"]\n[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"mood\"\nb = \"mood\"\n",
        rows: "INSERT INTO t VALUES (1, 'sad', 'ok'), (2, 'ok', 'sad')",
        after: "[enum]\nmood = [\"ok\"]\n[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"text\"\nb = \"mood\"\n",
        found: &[
            "Rows are in the way of the plan",
            "rows of public.t with a value in b that is gone: 'sad': 1, such as (2)",
        ],
        mended: "UPDATE t SET b = 'ok'",
    },
    // Rows for which a table that becomes partitioned has no partition, at any depth.
    Scene {
        before: "[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\nk = { type = \"integer\", not_null = true }\n",
        rows: "INSERT INTO t VALUES (1, 5), (2, 15), (35, 5), (25, 15)",
        after: "[table.t]\nprimary_key = [\"id\", \"k\"]\npartition_by = \"range (k)\"\n[table.t.column]\nid = \"integer\"\nk = { type = \"integer\", not_null = true }\n[table.t.partition]\nt_1 = { values = \"FROM (0) TO (10)\", partition_by = \"list (id)\", partition.t_1_1 = \"IN (1)\" }\nt_3 = \"FROM (20) TO (30)\"\n",
        found: &[
            "rows of public.t that no partition of public.t takes: 2, such as (2), (25)",
            "rows of public.t that no partition of public.t_1 takes: 1, such as (35)",
        ],
        mended: "DELETE FROM t WHERE id > 1",
    },
    // New checks of a domain.
    Scene {
        before: "[domain]\nsmall = \"integer\"\n[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"small\"\nb = \"small\"\n",
        rows: "INSERT INTO t VALUES (1, 11, 1), (2, NULL, 12), (3, 3, NULL)",
        after: "[domain.small]\ntype = \"integer\"\ncheck.small_check = \"VALUE < 10\"\n[table.t]\nprimary_key = [\"id\"]\n[table.t.column]\nid = \"integer\"\na = \"small\"\nb = \"small\"\n",
        found: &[
            "rows of public.t with a value in a for which (VALUE < 10) is false: 1, such as (1)",
            "rows of public.t with a value in b for which (VALUE < 10) is false: 1, such as (2)",
        ],
        mended: "UPDATE t SET a = 1, b = 1",
    },
];

#[test]
fn values_that_do_not_fit_are_counted_and_shown() {
    for scene in SCENES {
        let project = Project::with(scene.before);
        let database = Database::of(&project);
        database.execute(scene.rows);
        let before = database.dump();
        project.write("schema/schema.toml", scene.after);
        let apply = ["apply", "--confirm", "--allow", "all"];
        let ran = project.run_on(&database, &apply).exits(1).says(scene.found);
        assert!(!ran.err.contains("could not be asked"), "{}", ran.err);
        let problems = ran.err.matches("pgconverge::preflight::rows").count();
        let expected = scene.found.iter().filter(|it| !it.starts_with("Rows are")).count();
        assert_eq!(problems, expected, "{}", ran.err);
        assert_same(&before, &database.dump());
        database.execute(scene.mended);
        project.run_on(&database, &apply).succeeds();
    }
}

#[test]
fn of_a_long_value_only_the_beginning_is_shown() {
    let before = "[table.t.column]\na = \"text\"\nb = \"text\"\n";
    let project = Project::with(before);
    let database = Database::of(&project);
    database.execute("INSERT INTO t SELECT repeat('long ', 100), NULL FROM generate_series(1, 2)");
    let after = "unique.t_key = { columns = [\"a\", \"b\"], nulls_not_distinct = true }\n";
    project.write("schema/schema.toml", &format!("{before}[table.t]\n{after}"));
    let shown = format!("have: 1, such as ({}lo..., NULL)", "long ".repeat(11));
    project.run_on(&database, &["apply", "--confirm"]).exits(1).says(&[&*shown]);
}

/// As a run leaves them that is killed while it gives rows their values.
#[test]
fn columns_whose_filling_was_cut_off_are_gone_on_with() {
    let before = "[table.t.column]\nid = \"integer\"\n[table.p]\npartition_by = \"range (id)\"\n\
                  [table.p.column]\nid = \"integer\"\n[table.p.partition]\n\
                  p_1 = { values = \"FROM (0) TO (10)\", partition_by = \"list (id)\", partition.p_1_1 = \"IN (1)\" }\n\
                  p_2 = \"FROM (10) TO (20)\"\n";
    let token = "token = { type = \"uuid\", not_null = true, default = \"gen_random_uuid()\" }";
    let project = Project::with(before);
    let database = Database::of(&project);
    database.execute("INSERT INTO t VALUES (1), (2); INSERT INTO p VALUES (1), (11), (12)");
    for table in ["t", "p"] {
        database.execute(&format!(
            "ALTER TABLE {table} ADD COLUMN token uuid;
             COMMENT ON COLUMN {table}.token IS 'pgconverge: its rows are yet to get their values';
             ALTER TABLE {table} ALTER COLUMN token SET DEFAULT gen_random_uuid();
             INSERT INTO {table} VALUES (1)"
        ));
    }
    let after =
        before.replace("column]\nid = \"integer\"", &format!("column]\nid = \"integer\"\n{token}"));
    project.write("schema/schema.toml", &after);
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
    let values = "SELECT count(DISTINCT token) FROM (TABLE t UNION ALL TABLE p) both_of_them";
    assert_eq!(database.count(values), 7);
    project.run_on(&database, &["plan"]).finds_nothing();
}

#[test]
fn a_value_that_the_plan_adds_is_not_missed() {
    let project = Project::with("[enum]\nmood = [\"ok\"]\n[table.t.column]\na = \"text\"\n");
    let database = Database::of(&project);
    database.execute("INSERT INTO t VALUES ('new')");
    project.write(
        "schema/schema.toml",
        "[enum]\nmood = [\"ok\", \"new\"]\n[table.t.column]\na = \"mood\"\n",
    );
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
}

#[test]
fn a_role_is_told_what_it_lacks_before_the_first_step() {
    let role = project::role("small");
    let project = Project::with(
        "[table.theirs]\nprimary_key = [\"id\"]\ncolumn.id = \"integer\"\n[table.ours.column]\na = \"integer\"\n",
    );
    let database = Database::of(&project);
    database.execute(&format!(
        "ALTER TABLE ours OWNER TO {role}; GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON theirs TO {role}"
    ));
    let owner = database.ask("SELECT current_user::text");
    let before = database.dump();
    project.write(
        "schema/schema.toml",
        "[table.theirs]\nprimary_key = [\"id\"]\ncolumn.id = \"integer\"\ncolumn.more = \"integer\"\n\
         [table.ours]\ncolumn.a = \"integer\"\nforeign_key.f = { columns = [\"a\"], references = \"theirs (id)\" }\n\
         [table.new.column]\na = \"integer\"\n[schema.other]\n",
    );
    let address = database.address.replace("user=", "user_was=");
    let address = format!("{} user={role}", address.replace(&of_user(&address), ""));
    let mut command = project.command(&[
        "apply",
        "--confirm",
        "--as-of",
        project::DAY,
        "--database-url",
        &address,
    ]);
    command.args(["--shadow-url", &database.address]);
    project::Ran::of(&mut command).exits(1).says(&[
        "The role may not do all of the plan",
        "pgconverge::preflight::rights",
        &format!("it belongs to {owner}, of which {role} is no member"),
        &format!("{role} lacks CREATE on the database"),
        &format!("{role} lacks REFERENCES on public.theirs"),
        "nothing was done",
    ]);
    assert_same(&before, &database.dump());
    // What it may do is no matter.
    database.execute(&format!("GRANT {owner} TO {role}; GRANT CREATE ON SCHEMA public TO {role}"));
    let name = database.name();
    database.execute(&format!("GRANT CREATE ON DATABASE {name} TO {role}"));
    project::Ran::of(&mut command).succeeds();
}

/// The word `user_was=…` of an address.
fn of_user(address: &str) -> String {
    let word = address.split(' ').find(|word| word.starts_with("user_was="));
    word.unwrap().to_owned()
}

#[test]
fn a_plan_that_writes_too_much_is_refused() {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    database.execute("INSERT INTO t SELECT generate_series(1, 100000); ANALYZE t");
    project.write("schema/schema.toml", "[table.t.column]\na = \"bigint\"\n");
    project.write("pgconverge.toml", "room = \"1 MB\"\n");
    let apply = ["apply", "--confirm"];
    project.run_on(&database, &apply).exits(1).says(&[
        "pgconverge::preflight::room",
        "the plan writes up to 3568 kB anew, and may write 1024 kB",
        "raise `room` in pgconverge.toml",
    ]);
    project.write("pgconverge.toml", "room = \"1 GB\"\n");
    project.run_on(&database, &apply).succeeds().says(&["The plan writes up to 3568 kB of tables"]);
}

#[test]
fn who_has_been_there_for_a_while_is_named_before_the_first_step() {
    let project =
        Project::with("[table.t.column]\na = \"integer\"\n[table.u.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    project.write(
        "schema/schema.toml",
        "[table.t]\nindex.i = [\"a\"]\n[table.t.column]\na = \"integer\"\nb = \"integer\"\n[table.u.column]\na = \"integer\"\n",
    );
    let holder = database.connect();
    holder.execute("BEGIN; SELECT FROM t");
    // Whoever only reads is not in the way of whoever lets others read; `u` is nobody's business.
    let other = database.connect();
    other.execute("BEGIN; LOCK TABLE u IN ACCESS EXCLUSIVE MODE");
    let hasty = ["apply", "--confirm", "--lock-timeout", "1ms", "--lock-wait", "0s"];
    let ran = project.run_on(&database, &hasty).exits(1);
    let ran = ran.says(&[
        "warning: step",
        "will wait for public.t, which process",
        "SELECT FROM t holds",
    ]);
    assert!(!ran.err.contains("public.u"), "{}", ran.err);
}
