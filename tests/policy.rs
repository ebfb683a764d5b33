//! What a project makes of hazards: its policy, and what it protects.

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

use project::{Database, Project};

const BEFORE: &str = "[table.a.column]\nid = \"integer\"\nold = \"text\"\n[table.b.column]\nid = \"integer\"\n\
                      [schema.billing]\n";

fn scene(after: &str, configuration: &str) -> (Project, Database) {
    let project = Project::with(BEFORE);
    let database = Database::of(&project);
    database.execute("INSERT INTO a SELECT n, 'x' FROM generate_series(1, 100000) n; ANALYZE");
    project.write("schema/schema.toml", after);
    project.write("pgconverge.toml", configuration);
    (project, database)
}

const RETYPED: &str = "[table.a.column]\nid = \"bigint\"\nold = \"text\"\n[table.b.column]\nid = \"integer\"\n\
                       [schema.billing]\n";

#[test]
fn a_rewrite_is_refused_by_class_relation_and_size_and_the_line_is_named() {
    let rule = "[policy]\nrewrite = \"warn\"\n[[policy.rule]]\nclass = \"rewrite\"\nrelation = \"public.a*\"\n\
                over = \"1 MB\"\nthen = \"refuse\"\n";
    let (project, database) = scene(RETYPED, rule);
    let plan = project.run_on(&database, &["plan"]).exits(3);
    plan.prints(&[
        "!! writes the whole of public.a anew",
        "(pgconverge.toml:7)",
        "--allow rewrite",
    ])
    .says(&["— pgconverge.toml:7", "To give leave for one run: --allow rewrite"]);
    for apply in [&["apply", "--confirm"][..], &["apply"]] {
        let apply = project.run_on(&database, apply).exits(3);
        apply.says(&["Nothing was done", "— pgconverge.toml:7"]);
    }
    // Smaller than that, another relation, another class: no matter.
    for (from, to) in [("1 MB", "1 TB"), ("public.a*", "public.b"), ("\"rewrite\"\n", "\"copy\"\n")]
    {
        let edited = rule.replacen(from, to, 1);
        assert_ne!(edited, rule);
        project.write("pgconverge.toml", &edited);
        project.run_on(&database, &["plan"]).succeeds().prints(&["! writes the whole"]);
    }
    // Whoever would read or write waits for it.
    for class in ["blocks-reads", "blocks-writes"] {
        let edited = rule.replacen("\"rewrite\"", &format!("\"{class}\""), 1);
        project.write("pgconverge.toml", &edited);
        project.run_on(&database, &["plan"]).exits(3).prints(&[
            "! writes the whole",
            "!! reads and writes of public.a wait while it is written anew",
            &format!("--allow {class}"),
        ]);
        let leave = ["plan", "--allow", class];
        let given = project.run_on(&database, &leave).succeeds();
        assert!(!given.out.contains("reads and writes"), "{}", given.out);
    }
    project.write("pgconverge.toml", rule);
    project.run_on(&database, &["apply", "--confirm", "--allow", "rewrite"]).succeeds();
}

#[test]
fn an_environment_has_a_policy_of_its_own_before_that_of_the_top() {
    let policy =
        "[policy]\nrewrite = \"allow\"\n[environment.production.policy]\nrewrite = \"refuse\"\n";
    let (project, database) = scene(RETYPED, policy);
    let plan = project.run_on(&database, &["plan"]).succeeds();
    assert!(!plan.out.contains("writes the whole"), "{}", plan.out);
    let there = project.run_on(&database, &["plan", "--environment", "production"]);
    there.exits(3).prints(&["(pgconverge.toml:4)"]);
}

#[test]
fn data_may_be_given_up_by_policy() {
    let after = BEFORE.replace("old = \"text\"\n", "");
    let (project, database) = scene(&after, "policy.data-loss = \"allow\"\n");
    // It is still said.
    project.run_on(&database, &["plan"]).succeeds().prints(&["! loses"]);
    project.run_on(&database, &["apply", "--confirm"]).succeeds();
}

#[test]
fn what_is_protected_and_goes_with_something_else_is_named_at_the_step_that_ends_it() {
    let before = "[table.p]\npartition_by = \"list (k)\"\n[table.p.column]\nk = \"integer\"\n\
                  [table.p.partition]\np1 = \"IN (1)\"\n[table.a.column]\nid = \"integer\"\n\
                  [table.a.unique]\na_key.columns = [\"id\"]\n";
    let project = Project::with(before);
    let database = Database::of(&project);
    let after = "[table.a.column]\nid = \"integer\"\n[table.a.unique]\n\
                 a_id_key = { columns = [\"id\"], renamed_from = \"a_key\" }\n";
    project.write("schema/schema.toml", after);
    project.write("pgconverge.toml", "protect = [\"public.p1\"]\n");
    let plan = project.run_on(&database, &["plan"]).exits(3);
    plan.prints(&[
        "DROP TABLE public.p;\n        !! ends table public.p1, which is protected (pgconverge.toml:1)",
    ])
    .says(&["step 2, drop table (table public.p): ends table public.p1, which is protected"]);
}

#[test]
fn what_is_protected_is_dropped_by_no_plan() {
    let (project, database) = scene(
        "[table.a.column]\nid = \"integer\"\nold = \"text\"\n[schema.billing]\n",
        "protect = [\"public.b\", \"billing.*\"]\n",
    );
    let refused = ["apply", "--confirm", "--allow", "all"];
    let plan = project.run_on(&database, &["plan"]).exits(3);
    plan.prints(&["!! ends table public.b, which is protected (pgconverge.toml:1)"]);
    project.run_on(&database, &refused).exits(3).says(&["What is protected stays"]);
    // A schema is protected with its pattern; without it, and with leave, it goes.
    project.write("schema/schema.toml", &BEFORE.replace("[schema.billing]\n", ""));
    project
        .run_on(&database, &["apply", "--confirm", "--allow", "all", "--manage", "database"])
        .exits(3)
        .says(&["ends schema billing, which is protected"]);
    project.write("pgconverge.toml", "");
    project
        .run_on(&database, &["apply", "--confirm", "--allow", "all", "--manage", "database"])
        .succeeds();
}

#[test]
fn a_policy_that_cannot_be_is_an_error_at_its_place() {
    let (project, database) = scene(BEFORE, "");
    let with = |text: &str| {
        project.write("pgconverge.toml", text);
        project.run_on(&database, &["plan"]).exits(1)
    };
    with("[policy]\nrewrite = \"refues\"\n").says(&[
        "`refues` is no verdict",
        "did you mean `refuse`?",
        "pgconverge.toml:2:11",
    ]);
    with("[policy]\nrewrites = \"warn\"\n").says(&["rewrites", "pgconverge.toml:2"]);
    with("[[policy.rule]]\nclass = \"rewrit\"\nthen = \"warn\"\n")
        .says(&["`rewrit` is no hazard class", "did you mean `rewrite`?"]);
    with("[[policy.rule]]\nover = \"5 parsecs\"\nthen = \"warn\"\n")
        .says(&["`5 parsecs` is no size", "500 MB"]);
    with("[[policy.rule]]\nclass = \"rewrite\"\n").says(&["then"]);
}
