//! One schema a tenant: what files declare as one schema is to be so in each of several.

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
#[path = "support/until.rs"]
mod until;

use project::{Database, Project, assert_same};
use until::until;

/// Names of the schema in every place where PostgreSQL knows them to be that.
const FILES: &str = r#"
schema = "app"

[enum.status]
values = ["new", "paid"]

[domain.code]
type = "varchar(8)"
[domain.code.check]
code_form = "VALUE ~ '^[A-Z]+$'"

[table.clients]
primary_key = ["id"]
comment     = "who buys"
row_level_security = true
[table.clients.column]
id   = { type = "bigint", serial = true }
code = "code"
kind = { type = "varchar(10)", not_null = true, default = "'one'" }
[table.clients.check]
clients_kind_check = "kind IN ('one', 'two')"
[table.clients.policy.own]
using = "app.is_open(id)"
[table.clients.trigger.clients_touch]
before   = ["update"]
for_each = "row"
execute  = "touch()"

[table.orders]
primary_key  = ["id", "day"]
partition_by = "range (day)"
[table.orders.partitions]
every = "1 month"
name  = "orders_{YYYY}_{MM}"
keep  = "2 months"
ahead = 1
[table.orders.column]
id     = { type = "bigint", not_null = true }
day    = { type = "date", not_null = true }
client = "bigint"
status = { type = "status", not_null = true, default = "'new'" }
[table.orders.foreign_key]
orders_client_fkey = { columns = ["client"], references = "app.clients (id)" }
[table.orders.index]
orders_open_idx = { columns = ["client"], where = "status = 'new'::app.status" }

[view.open_orders]
query = "SELECT o.id, c.code FROM app.orders o JOIN clients c ON c.id = o.client WHERE o.status = 'new'"

[function.is_open]
arguments = ["client bigint"]
returns   = "boolean"
language  = "sql"
volatility = "stable"
sql_body  = "RETURN EXISTS (SELECT FROM app.orders o WHERE o.client = is_open.client)"

[function.touch]
returns  = "trigger"
language = "plpgsql"
body     = "BEGIN PERFORM count(*) FROM clients; RETURN NEW; END"
set.search_path = "app, pg_temp"
"#;

const TENANTS: [&str; 3] = ["acme", "Globex, Inc", "app"];

const SECOND: &str = "(ARRAY[('one'::character varying)::text, ('two'::character varying)::text])";

fn files() -> Project {
    let project = Project::with(FILES);
    project.write("schema/schemas.toml", "[schema.app]\ncomment = \"what a tenant has\"\n");
    project
}

fn scene() -> (Project, Database) {
    let project = files();
    let database = Database::new();
    project.write(
        "pgconverge.toml",
        &format!(
            "database_url = \"{}\"\n[targets]\ntenant = \"app\"\nschemas = {TENANTS:?}\n",
            database.address
        ),
    );
    (project, database)
}

#[test]
fn every_schema_becomes_what_the_files_say_of_one() {
    let (project, database) = scene();
    database.execute("CREATE SCHEMA other; CREATE TABLE other.app (id integer)");
    let counter = Database::new();
    let sessions =
        format!("SELECT sessions FROM pg_stat_database WHERE datname = '{}'", counter.name());
    let before = database.count(&sessions);
    let plan = ["plan", "--no-cache", "--shadow-url", &counter.address];
    let ran = project.run(&plan).succeeds();
    ran.prints(&["3 targets of 3: acme, Globex, Inc, app", "3 of 3 differ."]);
    until("the sessions are counted", || database.count(&sessions) >= before + 2);
    // One for the files, one in which the schema gets each name in turn; however many tenants there are.
    assert_eq!(database.count(&sessions), before + 2, "shadows");

    let ran = project.run(&["apply", "--confirm"]).succeeds();
    ran.prints(&["3 converged."]);
    project.run(&["drift", "--strict"]).succeeds().prints(&["3 of 3 are alike: no drift."]);
    project.run(&["plan", "--target", "acme"]).finds_nothing();
    assert_eq!(database.count("SELECT count(*) FROM other.app"), 0);

    // Each is what a database has that is made from the files as they stand.
    let alone = files();
    let whole = Database::of(&alone).dump();
    let dump = database.dump();
    for (schema, written) in [("acme", "acme"), ("Globex, Inc", "\"Globex, Inc\"")] {
        let of_tenant = statements(&dump, written);
        let expected: Vec<String> = statements(&whole, "app")
            .iter()
            .map(|it| it.replace("app.", &format!("{written}.")))
            .collect();
        let mut expected: Vec<String> = expected
            .iter()
            .map(|it| {
                // As it is spelled once it has been read again.
                it.replace(
                    "((ARRAY['one'::character varying, 'two'::character varying])::text[])",
                    SECOND,
                )
                .replace("SCHEMA app", &format!("SCHEMA {written}"))
                .replace("'app'", &format!("'{schema}'"))
            })
            .collect();
        expected.sort();
        assert_same(&expected.join("\n"), &of_tenant.join("\n"));
    }

    // Both spellings that PostgreSQL has of an expression are the same in each.
    database.execute(
        "ALTER TABLE acme.clients DROP CONSTRAINT clients_kind_check,
         ADD CONSTRAINT clients_kind_check CHECK (kind IN ('one', 'two'))",
    );
    project.run(&["drift"]).succeeds();

    // Only what differs is told, and windows go on in each.
    database.execute(
        "ALTER TABLE acme.clients ADD x integer; ALTER TABLE \"Globex, Inc\".clients ADD x integer",
    );
    let ran = project.run(&["drift"]).exits(2);
    ran.prints(&[
        "2 targets of 3: acme, Globex, Inc",
        "1 of 3 has no drift; 2 differ.",
        "(schema/schema.toml:",
    ]);
    let ran = project.run(&["apply", "--confirm", "--allow", "data-loss"]).succeeds();
    ran.prints(&["2 converged, 1 as declared."]);
    let mut later = project.command(&["maintain", "--confirm", "--as-of", "2025-12-09"]);
    project::Ran::of(&mut later).succeeds().prints(&["3 converged."]);
    let partitions =
        "SELECT count(*) FROM pg_inherits WHERE inhparent = '\"Globex, Inc\".orders'::regclass";
    assert!(database.count(partitions) >= 3);
}

/// The statements of a dump about one schema, in an order of their own.
fn statements(dump: &str, schema: &str) -> Vec<String> {
    let plain = dump.lines().filter(|line| !line.starts_with("--") && !line.starts_with("SET "));
    let text = plain.collect::<Vec<_>>().join("\n");
    let names = |statement: &&str| {
        [format!("{schema}."), format!("SCHEMA {schema}")].iter().any(|it| statement.contains(it))
    };
    let mut all: Vec<String> =
        text.split("\n\n").filter(names).map(|it| it.trim().to_owned()).collect();
    all.sort();
    all
}

#[test]
fn names_change_in_every_schema() {
    let (project, database) = scene();
    project.run(&["apply", "--confirm"]).succeeds();
    database.execute("INSERT INTO acme.clients (kind) VALUES ('two')");
    project.edit(
        "schema/schema.toml",
        "[table.clients]",
        "[table.clients]\nrenamed_from = \"customers\"",
    );
    database.execute(
        "ALTER TABLE acme.clients RENAME TO customers; ALTER TABLE app.clients RENAME TO customers",
    );
    let ran = project.run(&["apply", "--confirm"]).succeeds();
    ran.prints(&["ALTER TABLE acme.customers RENAME TO clients", "2 converged, 1 as declared."]);
    assert_eq!(database.count("SELECT count(*) FROM acme.clients"), 1);
}

#[test]
fn what_cannot_be_true_of_every_schema_is_refused_at_its_place() {
    let (project, _database) = scene();
    project.edit("schema/schema.toml", "FROM clients; RETURN", "FROM app.clients; RETURN");
    let ran = project.run(&["plan"]).exits(1);
    let ran = ran.says(&[
        "pgconverge::targets::schema_in_text",
        "routine acme.touch() names the schema app in a text",
        "set.search_path",
    ]);
    assert_eq!(ran.err.matches("schema_in_text").count(), 1, "{}", ran.err);
    project.edit("schema/schema.toml", "FROM app.clients; RETURN", "FROM clients; RETURN");
    project.write("schema/more.toml", "[publication.changes]\ntables = [\"app.clients\"]\n");
    let ran = project.run(&["plan"]).exits(1);
    ran.says(&["pgconverge::targets::shared", "publication changes is no tenant's own"]);
    project.write("schema/more.toml", "");
    project.edit("pgconverge.toml", "tenant = \"app\"", "tenant = \"apps\"");
    let ran = project.run(&["plan"]).exits(1);
    ran.says(&["pgconverge::targets::no_schema", "the files name: app"]);
    // A name that PostgreSQL takes from nobody.
    project.edit("pgconverge.toml", "tenant = \"apps\"", "tenant = \"app\"");
    project.edit("pgconverge.toml", "\"acme\"", "\"pg_acme\"");
    project.run(&["plan"]).exits(1).says(&["pgconverge::canonical::rename_refused"]);
}

#[test]
fn files_are_not_written_from_one_tenant() {
    let (project, database) = scene();
    project.run(&["apply", "--confirm"]).succeeds();
    database.execute("ALTER TABLE acme.clients ADD x integer");
    project.run(&["drift", "--target", "acme"]).exits(2).prints(&["column.x"]);
    project.run(&["why", "acme.clients", "--target", "acme"]).succeeds();
    for command in [&["drift", "--accept"][..], &["pull"], &["verify"], &["check", "--sizes"]] {
        let ran = project.run(&[command, &["--target", "acme"]].concat());
        ran.exits(1).says(&["pgconverge::targets::databases_only", "acme is a schema of one"]);
    }
    assert!(!project.path("schema/acme").exists());
}
