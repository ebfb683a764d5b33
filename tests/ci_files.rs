//! The YAML of `examples/ci`: it can be read, and what it names is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

const ROOT: &str = "examples/ci";

fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn yaml(path: &Path) -> Yaml {
    let text = fs::read_to_string(path).unwrap();
    let mut all = YamlLoader::load_from_str(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(all.len(), 1, "{}", path.display());
    all.remove(0)
}

fn keys(map: &Yaml) -> BTreeSet<String> {
    let names = map.as_hash().into_iter().flat_map(|map| map.keys());
    names.map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// The texts of all values of a key, wherever it stands.
fn values(yaml: &Yaml, key: &str, found: &mut Vec<String>) {
    match yaml {
        Yaml::Hash(map) => {
            for (name, value) in map {
                if name.as_str() == Some(key) {
                    match value {
                        Yaml::String(text) => found.push(text.clone()),
                        Yaml::Array(all) => {
                            found.extend(all.iter().map(|it| it.as_str().unwrap().to_owned()));
                        }
                        _ => {}
                    }
                }
                values(value, key, found);
            }
        }
        Yaml::Array(all) => all.iter().for_each(|value| values(value, key, found)),
        _ => {}
    }
}

fn all(yaml: &Yaml, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    values(yaml, key, &mut found);
    found
}

/// The expressions `${{ … }}` of a text.
fn expressions(text: &str) -> Vec<&str> {
    text.split("${{").skip(1).map(|rest| rest.split("}}").next().unwrap().trim()).collect()
}

#[test]
fn every_script_that_is_called_is_there() {
    let mut called = BTreeSet::new();
    for path in files(Path::new(ROOT), ".yml") {
        let yaml = yaml(&path);
        for text in all(&yaml, "run").into_iter().chain(all(&yaml, "script")) {
            for word in text.split_whitespace().filter(|word| word.contains("/scripts/")) {
                let name = word.trim_matches('"').rsplit('/').next().unwrap().to_owned();
                assert!(
                    Path::new(ROOT).join("scripts").join(&name).is_file(),
                    "{}: {word}",
                    path.display()
                );
                called.insert(name);
            }
            // A text that somebody chooses is no part of a command.
            assert_eq!(expressions(&text), [""; 0], "{}: {text}", path.display());
        }
    }
    assert_eq!(called, ["apply.sh", "plan.sh"].map(str::to_owned).into());
    // From an action's directory to the scripts.
    for action in ["plan", "apply"] {
        assert!(
            Path::new(ROOT).join("github").join(action).join("../../scripts/forge.py").is_file()
        );
    }
}

#[test]
fn actions_take_what_workflows_give_and_scripts_what_actions_give() {
    for name in ["plan", "apply"] {
        let action = yaml(&Path::new(ROOT).join("github").join(name).join("action.yml"));
        assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
        let inputs = keys(&action["inputs"]);
        let text = format!("{action:?}");
        let used: BTreeSet<String> = expressions(&text)
            .into_iter()
            .chain(text.split('"').filter(|text| text.contains("inputs.")))
            .flat_map(|text| text.split("inputs.").skip(1))
            .map(|rest| {
                rest.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap().to_owned()
            })
            .collect();
        assert_eq!(used, inputs, "{name}: what is used, and what can be given");
        for (input, about) in action["inputs"].as_hash().unwrap() {
            assert!(about["description"].as_str().is_some(), "{name}: {input:?}");
        }

        // What a step of its own hands over is read by a script.
        let scripts = ["py", "sh"].map(|ending| files(&Path::new(ROOT).join("scripts"), ending));
        let scripts: String =
            scripts.iter().flatten().map(|it| fs::read_to_string(it).unwrap()).collect();
        let steps = action["runs"]["steps"].as_vec().unwrap();
        for variable in steps.iter().flat_map(|step| keys(&step["env"])) {
            let read =
                [format!("${{{variable}"), format!("\"{variable}\""), format!("'{variable}'")];
            let known = read.iter().any(|it| scripts.contains(it));
            assert!(known || variable == "DATABASE_URL", "{name}: nobody reads {variable}");
        }
        for step in steps.iter().filter(|step| !step["run"].is_badvalue()) {
            assert_eq!(step["shell"].as_str(), Some("bash"), "{name}");
        }

        let path = format!("{ROOT}/github/workflows/pgconverge-{name}.yml");
        let workflow = yaml(Path::new(&path));
        let steps = workflow["jobs"][name]["steps"].as_vec().unwrap();
        let own = format!("./.github/pgconverge/github/{name}");
        let step = steps.iter().find(|step| step["uses"].as_str() == Some(&own)).unwrap();
        let given = keys(&step["with"]);
        assert!(given.is_subset(&inputs), "{path}: {given:?}");
        for (input, about) in action["inputs"].as_hash().unwrap() {
            let required = about["required"].as_bool() == Some(true);
            assert!(!required || given.contains(input.as_str().unwrap()), "{path}: {input:?}");
        }
    }
}

#[test]
fn a_plan_may_read_and_a_roll_out_waits_for_approval() {
    let plan = yaml(Path::new("examples/ci/github/workflows/pgconverge-plan.yml"));
    assert!(keys(&plan["on"]).contains("pull_request"));
    assert!(!keys(&plan["on"]).contains("pull_request_target"));
    assert_eq!(plan["permissions"]["contents"].as_str(), Some("read"));
    assert_eq!(plan["permissions"]["pull-requests"].as_str(), Some("write"));
    let checkout = &plan["jobs"]["plan"]["steps"][0];
    assert_eq!(checkout["with"]["fetch-depth"].as_i64(), Some(2), "HEAD^1 is the base");

    let apply = yaml(Path::new("examples/ci/github/workflows/pgconverge-apply.yml"));
    assert_eq!(apply["jobs"]["apply"]["environment"].as_str(), Some("production"));
    let writes = apply["permissions"].as_hash().unwrap().values();
    assert!(writes.clone().all(|it| it.as_str() == Some("read")));
    assert_eq!(apply["concurrency"]["cancel-in-progress"].as_bool(), Some(false));
    assert_eq!(apply["concurrency"]["queue"].as_str(), Some("max"));
    // What a run that is started by hand may be given.
    assert!(keys(&plan["on"]["workflow_dispatch"]["inputs"]).contains("allow"));
    let steps = plan["jobs"]["plan"]["steps"].as_vec().unwrap();
    assert_eq!(steps.last().unwrap()["with"]["allow"].as_str(), Some("${{ inputs.allow }}"));
    assert_eq!(plan["jobs"]["plan"]["env"], apply["jobs"]["apply"]["env"], "the same program");

    let gitlab = yaml(Path::new("examples/ci/gitlab/pgconverge.yml"));
    let apply = &gitlab["pgconverge-apply"];
    assert_eq!(apply["environment"]["name"].as_str(), Some("production"));
    let rules = apply["rules"].as_vec().unwrap();
    assert!(rules.iter().all(|rule| rule["when"].as_str() == Some("manual")));
    // What was started by hand on the main branch makes a plan and may run it; a merge train makes none.
    let by_hand = "$CI_PIPELINE_SOURCE == \"web\" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH";
    let plans = gitlab["pgconverge-plan"]["rules"].as_vec().unwrap();
    for rules in [rules, plans] {
        assert!(rules.iter().any(|rule| rule["if"].as_str() == Some(by_hand)), "{rules:?}");
    }
    let train = "$CI_MERGE_REQUEST_EVENT_TYPE == \"merge_train\"";
    assert_eq!(plans[0]["if"].as_str(), Some(train));
    assert_eq!(plans[0]["when"].as_str(), Some("never"));
    assert_eq!(apply["variables"]["PLAN_JOB"].as_str(), Some("pgconverge-plan"));
    assert!(!gitlab["pgconverge-plan"].is_badvalue());
}

#[test]
fn scripts_can_be_read_by_what_runs_them() {
    for path in files(&Path::new(ROOT).join("scripts"), ".sh") {
        assert!(Command::new("bash").arg("-n").arg(&path).status().unwrap().success());
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#!/usr/bin/env bash\n"), "{}", path.display());
        assert!(
            text.contains("\nset -euo pipefail\n") && !text.contains("set -x"),
            "{}",
            path.display()
        );
    }
    for path in files(&Path::new(ROOT).join("scripts"), ".py") {
        let code = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
        assert!(Command::new("python3").args(["-c", code]).arg(&path).status().unwrap().success());
    }
}

#[test]
fn what_was_fetched_and_made_is_kept_for_the_next_run() {
    for name in ["plan", "apply"] {
        let path = format!("{ROOT}/github/workflows/pgconverge-{name}.yml");
        let workflow = yaml(Path::new(&path));
        let steps = workflow["jobs"][name]["steps"].as_vec().unwrap();
        let is_cache =
            |step: &&Yaml| step["uses"].as_str().is_some_and(|it| it.starts_with("actions/cache@"));
        let cache = &steps.iter().find(is_cache).unwrap()["with"];
        // One that is there is never written again.
        let (key, newest) =
            (cache["key"].as_str().unwrap(), cache["restore-keys"].as_str().unwrap());
        assert!(
            key.starts_with(newest.trim_end()) && key.contains("hashFiles('schema/**'"),
            "{path}"
        );
    }
    let gitlab = yaml(Path::new("examples/ci/gitlab/pgconverge.yml"));
    let job = &gitlab[".pgconverge"];
    assert!(job["variables"]["npm_config_registry"].as_str().unwrap().starts_with("https://"));
    // Where root keeps servers that were fetched.
    assert_eq!(job["variables"]["XDG_CACHE_HOME"].as_str(), Some("/var/cache"));
    let of_cache = |key: &str| -> Vec<String> {
        let lines = all(job, key).into_iter();
        lines.filter(|line| line.contains(".pgconverge-cache.tar")).collect()
    };
    assert!(all(job, "paths").contains(&".pgconverge-cache.tar".to_owned()));
    let (before, after) = (of_cache("before_script"), of_cache("after_script"));
    assert_eq!((before.len(), after.len()), (1, 1));
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let run = |line: &str, cache: &str| {
        let mut command = Command::new("bash");
        command.args(["-ec", line]).current_dir(at("project")).env("XDG_CACHE_HOME", at(cache));
        assert!(command.status().unwrap().success(), "{line}");
    };
    for directory in ["project", "first/pgconverge/postgresql", "second"] {
        fs::create_dir_all(at(directory)).unwrap();
    }
    fs::write(at("first/pgconverge/postgresql/postgres"), "a server").unwrap();
    // The first run finds nothing, and may leave nothing.
    run(&before[0], "first");
    run(&after[0], "second");
    assert!(!at("project/.pgconverge-cache.tar").exists());
    run(&after[0], "first");
    run(&before[0], "second");
    assert_eq!(
        fs::read_to_string(at("second/pgconverge/postgresql/postgres")).unwrap(),
        "a server"
    );
}
