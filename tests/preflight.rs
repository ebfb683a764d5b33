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
        "values of (parent) that several rows of public.rows have: 1, such as ()",
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
        "rows of public.keyless with no value in x: 1, such as ((0,1))",
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
