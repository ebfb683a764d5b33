//! Every example is a schema that a real server takes, and after which there is nothing to do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how a failure is told"
)]

#[path = "support/lab.rs"]
mod lab;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use lab::Lab;
use pgconverge::pipeline::{self, Manage};

#[test]
fn every_example_can_be_applied() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let lab = Lab::start().await;
        let mut wrong = Vec::new();
        for (name, schema) in examples() {
            if let Err(error) = applied(&lab, &schema).await {
                wrong.push(format!("{name}: {error:?}"));
            }
        }
        lab.stop().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

async fn applied(lab: &Lab, schema: &Path) -> miette::Result<()> {
    let database = lab.create_database().await;
    let mut settings = lab.settings(schema, &database, Date::constant(2025, 11, 15));
    settings.manage = Manage::Database;
    let mut desired = lab.desired(&settings).await?;
    let open = pipeline::open(&settings, &lab::silent).await?;
    let outcome = lab::plan(&settings, &mut desired, &open).await?;
    miette::ensure!(!outcome.plan.is_empty(), "it declares nothing");
    lab::apply(&outcome, &open).await?;
    let after = lab::plan(&settings, &mut desired, &open).await?;
    let left: Vec<&str> = after.plan.steps.iter().map(|step| step.sql.as_str()).collect();
    miette::ensure!(left.is_empty(), "there is something left to do:\n{}", left.join(";\n"));
    Ok(())
}

/// Whole projects, and the files of `examples/kinds`, each of which gets a folder of its own.
fn examples() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut examples = Vec::new();
    for directory in entries(&root) {
        if directory.join("schema").is_dir() {
            examples.push((directory.display().to_string(), directory.join("schema")));
        }
    }
    for file in entries(&root.join("kinds")) {
        if file.extension().is_some_and(|extension| extension == "toml") {
            let name = file.file_name().unwrap();
            let schema = Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join("examples")
                .join(file.file_stem().unwrap());
            fs::create_dir_all(&schema).unwrap();
            fs::copy(&file, schema.join(name)).unwrap();
            examples.push((file.display().to_string(), schema));
        }
    }
    examples
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths
}
