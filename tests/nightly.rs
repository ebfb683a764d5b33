//! What stands in `examples/nightly`: units that systemd takes, a CronJob, lines that the program takes, and a script
//! that reaches a chat.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use project::{Database, Project, Ran};
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/project.rs"]
mod project;
#[path = "support/server.rs"]
mod server;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nightly").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(example(name)).unwrap()
}

fn scene() -> (Project, Database) {
    let project = Project::with("[table.t.column]\na = \"integer\"\n");
    let database = Database::of(&project);
    (project, database)
}

#[test]
fn systemd_takes_the_units() {
    let directory = tempfile::tempdir().unwrap();
    let units = ["pgconverge.service", "pgconverge.timer", "drift.service", "drift.timer"];
    for unit in units {
        let text =
            text(unit).replace("/usr/local/bin/pgconverge", env!("CARGO_BIN_EXE_pgconverge"));
        fs::write(directory.path().join(unit), text).unwrap();
    }
    let verify = |unit: &str| {
        let mut command = Command::new("systemd-analyze");
        let output = command.arg("verify").arg(directory.path().join(unit)).output();
        let output = output.unwrap_or_else(|error| panic!("systemd-analyze: {error}"));
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for unit in units {
        let (ok, said) = verify(unit);
        assert!(ok && !said.contains(unit), "{unit}: {said}");
    }
    fs::write(directory.path().join("wrong.service"), "[Service]\nExecStrat=/bin/true\n").unwrap();
    assert!(!verify("wrong.service").0);
}

/// The arguments of each run of the program in a text.
fn runs(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let parts = lines.flat_map(|line| line.split("&&"));
    let of = |part: &str| {
        let mut words = part.split_whitespace().map(str::to_owned);
        words.find(|word| {
            word.trim_start_matches("ExecStart=").rsplit('/').next() == Some("pgconverge")
        })?;
        Some(words.collect::<Vec<_>>())
    };
    // A directory and an account have that name, too.
    parts.filter_map(of).filter(|words| !words.is_empty()).collect()
}

#[test]
fn the_program_takes_what_units_and_crontab_call_it_with() {
    let (project, database) = scene();
    let all = [text("pgconverge.service"), text("drift.service"), text("crontab")].concat();
    let runs = runs(&all);
    assert_eq!(runs.len(), 5, "{runs:?}");
    // cron by itself does not look where the units have the program.
    let path =
        text("crontab").lines().find_map(|it| Some(it.strip_prefix("PATH=")?.to_owned())).unwrap();
    for line in all.lines().filter_map(|line| line.strip_prefix("ExecStart=")) {
        let directory = line.split("/pgconverge ").next().unwrap();
        assert!(path.split(':').any(|it| it == directory), "{line}, and {path}");
    }
    for arguments in runs {
        let here = |word: &String| word.replace("/var/lib/prometheus/node-exporter/", "");
        let arguments: Vec<String> = arguments.iter().map(here).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        project.run_on(&database, &arguments).succeeds();
    }
    let metrics = fs::read_to_string(project.path("pgconverge.prom")).unwrap();
    assert!(metrics.contains("pgconverge_drift_success"), "{metrics}");
}

#[test]
fn the_cron_job_is_one_and_runs() {
    let job = YamlLoader::load_from_str(&text("cronjob.yaml")).unwrap().remove(0);
    assert_eq!(
        (job["apiVersion"].as_str(), job["kind"].as_str()),
        (Some("batch/v1"), Some("CronJob"))
    );
    let schedule = job["spec"]["schedule"].as_str().unwrap();
    assert_eq!(schedule.split(' ').count(), 5, "{schedule}");
    let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["restartPolicy"].as_str(), Some("Never"));
    let container = &pod["containers"][0];
    // Every volume that is mounted is there.
    let names = |of: &Yaml| -> Vec<String> {
        let all = of.as_vec().unwrap().iter();
        all.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&container["volumeMounts"]), names(&pod["volumes"]));
    let words = |of: &Yaml| -> Vec<String> {
        let all = of.as_vec().unwrap().iter();
        all.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words(&container["command"]), ["pgconverge"]);
    let (project, database) = scene();
    project.write("pgconverge.toml", "[environment.production]\nmanage = \"schemas\"\n");
    let arguments = words(&container["args"]);
    let mut command = project.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    for variable in container["env"].as_vec().unwrap() {
        let name = variable["name"].as_str().unwrap();
        match variable["value"].as_str().map(|it| project.path(it.trim_start_matches('/'))) {
            Some(value) => command.env(name, value),
            None => command.env(name, &database.address),
        };
    }
    Ran::of(&mut command).succeeds();
}

#[test]
fn what_differs_reaches_a_chat() {
    let (project, database) = scene();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/hooks/abc", listener.local_addr().unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_pgconverge")).parent().unwrap();
    let run = |address: &str| {
        let path = std::env::var("PATH").unwrap();
        let command = project.command(&[]);
        let environment: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        let mut script = Command::new(example("drift-to-chat"));
        script.current_dir(project.path("")).args(["--as-of", project::DAY]);
        for (name, value) in environment {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        let path = format!("{}:{path}", program.display());
        Ran::of(script.env("PATH", path).env("DATABASE_URL", address).env("WEBHOOK", &hook))
    };
    // Nothing is said when nothing differs: the listener would never be asked.
    run(&database.address).finds_nothing();
    let heard = thread::spawn(move || {
        let one = |listener: &TcpListener| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            serde_json::from_slice::<Value>(&body).unwrap()["text"].as_str().unwrap().to_owned()
        };
        [one(&listener), one(&listener), one(&listener)]
    });
    database.execute("ALTER TABLE t ADD COLUMN b integer");
    run(&database.address).exits(2).prints(&["column.b"]);
    run("postgres://nobody@127.0.0.1:1/gone").exits(1);
    // The same script for many databases.
    let other = Database::of(&project);
    let targets = format!(
        "[targets.databases]\none = \"{}\"\ntwo = \"{}\"\n",
        database.address, other.address
    );
    project.write("pgconverge.toml", &targets);
    run(&database.address).exits(2).prints(&["1 of 2 has no drift; 1 differs."]);
    let [differs, failed, of_several] = heard.join().unwrap();
    let wanted = "1 of 2 has no drift; 1 differs.\n1 of 2 targets: one – 1 changed\n• changed `table public.t`";
    assert!(of_several.starts_with(wanted), "{of_several}");
    assert!(differs.contains("• changed `table public.t` (schema/schema.toml:1)"), "{differs}");
    assert!(failed.contains("failed on"), "{failed}");
}
