//! `init`: a project to begin with.

use std::path::{Path, PathBuf};

use super::pull;
use crate::cli::Exit;
use crate::cli::arguments::{Common, InitArguments};
use crate::cli::configuration::{FILE, configure};
use crate::cli::files::replace;
use crate::cli::output::{data, talk};
use crate::desired::{Updated, WrittenFile};
use crate::diagnostic::Located;
use crate::kinds;
use crate::model::{Canonical, Database};
use crate::pipeline::Settings;
use crate::server::connect::Target;

/// Where the development server's data are, and nothing that belongs to the project.
const IGNORED: &str = "/.pgconverge/\n";

const SETTINGS: &str = "\
# Settings of pgconverge. A flag wins over what stands here.

# The database, unless --database-url or DATABASE_URL names one. A password belongs into ~/.pgpass or the environment.
# database_url = \"postgres://app@db.example.com/app?sslmode=verify-full\"

# What the files have a say over: the schemas that they name, or the whole database.
# manage = \"database\"

# Objects that are somebody else's.
# ignore = [\"audit.*\"]

# What is taken with --environment production.
# [environment.production]
# database_url = \"service=production\"
# policy.rewrite = \"refuse\"
";

const EXAMPLE: &str = "\
# What the database is to look like. Every .toml file below this directory counts; how they are split is a matter of
# taste. `pgconverge schema` prints what editors need to complete and check keys.
#
# [table.books]
# comment     = \"What is on the shelves\"
# primary_key = [\"id\"]
#
# [table.books.column]
# id    = { type = \"bigint\", identity = \"always\" }
# title = { type = \"text\", not_null = true }
# price = \"numeric(10,2)\"
#
# [table.books.check]
# books_price_check = \"price > 0\"
#
# [table.books.index]
# books_title_idx = [\"title\"]
";

pub async fn run(common: &Common, arguments: &InitArguments) -> miette::Result<Exit> {
    if Path::new(FILE).exists() {
        return Err(is_project(FILE).into());
    }
    let settings = configure(common)?.settings;
    if pull::has_files(&settings.schema) {
        return Err(is_project(&settings.schema.display().to_string()).into());
    }
    let (schema, unfinished) = match arguments.pull {
        true => pulled(&settings).await?,
        false => (vec![WrittenFile { path: "schema.toml".into(), text: EXAMPLE.to_owned() }], 0),
    };
    let mut written = vec![WrittenFile { path: FILE.into(), text: settings_file(&settings) }];
    let below = |file: WrittenFile| WrittenFile { path: settings.schema.join(file.path), ..file };
    written.extend(schema.into_iter().map(below));
    let gitignore = Path::new(".gitignore");
    if !gitignore.exists() {
        written.push(WrittenFile { path: gitignore.into(), text: IGNORED.to_owned() });
    }
    let paths: Vec<PathBuf> = written.iter().map(|file| file.path.clone()).collect();
    replace(Path::new(""), &Updated { written, removed: Vec::new() })?;
    for path in &paths {
        data(&format!("{}\n", path.display()))?;
    }
    if !paths.iter().any(|path| path == gitignore) {
        talk("A .gitignore is there already, and stays as it is: /.pgconverge/ should be in it.");
    }
    say_what_is_next(&settings, arguments.pull, unfinished);
    Ok(Exit::Success)
}

fn is_project(path: &str) -> Located {
    let message = format!("{path} is there already: this is a project, and stays as it is");
    Located::new("pgconverge::init::is_project", message).help(
        "begin in another directory, or name another one with --schema; `pgconverge pull` brings files up to date",
    )
}

/// The files of the database, and how many of its objects are not as any file could say.
async fn pulled(settings: &Settings) -> miette::Result<(Vec<WrittenFile>, usize)> {
    if Target::resolve(settings.database_url.as_deref(), &settings.environment)?.is_none() {
        let message = "no database is named to pull from".to_owned();
        let problem = Located::new("pgconverge::init::no_database", message);
        return Err(problem.help("name it with --database-url or DATABASE_URL").into());
    }
    let found = pull::read(settings, None).await?;
    pull::say_what_is_not_written(&found.live);
    let unfinished = say_what_is_unfinished(&found.live);
    Ok((found.updated.written, unfinished))
}

/// Names what was begun and not ended, which no file can wish for.
fn say_what_is_unfinished(live: &Database<Canonical>) -> usize {
    let mut count = 0;
    for object in live.objects.values() {
        // Its own file says the rest.
        let unfinished = (kinds::row(object.address.kind).1.unfinished)(object, Some(object));
        for what in &unfinished {
            talk(&format!("Not as a file can say: {}: {}", object.address, what.what));
        }
        count += usize::from(!unfinished.is_empty());
    }
    count
}

fn settings_file(settings: &Settings) -> String {
    let usual = settings.schema == Path::new("schema");
    let path = toml_edit::value(settings.schema.display().to_string());
    match usual {
        true => SETTINGS.to_owned(),
        false => {
            let (head, rest) = SETTINGS.split_once("\n\n").unwrap_or((SETTINGS, ""));
            format!("{head}\n\n# Where the files are.\nschema = {path}\n\n{rest}")
        }
    }
}

fn say_what_is_next(settings: &Settings, pulled: bool, unfinished: usize) {
    // The files say what is there, which nobody has made anything of yet.
    let first = match unfinished {
        0 => "compares them with the database: there should be nothing to do",
        _ => "ends what is named above, and should have nothing else to do",
    };
    let files = settings.schema.display();
    talk("Next:");
    let steps = match pulled {
        true => [
            ("pgconverge plan".to_owned(), first),
            (format!("$EDITOR {files}"), "change something"),
            ("pgconverge plan".to_owned(), "shows what that means"),
            ("pgconverge apply --confirm".to_owned(), "does it"),
        ],
        false => [
            (
                format!("$EDITOR {}", settings.schema.join("schema.toml").display()),
                "has an example",
            ),
            ("pgconverge check".to_owned(), "finds what is wrong with it"),
            (
                "pgconverge plan".to_owned(),
                "shows what would be done; with no database named, on a server of its own",
            ),
            ("pgconverge apply --confirm".to_owned(), "does it"),
        ],
    };
    let width = steps.iter().map(|(step, _)| step.chars().count()).max().unwrap_or_default();
    for (step, what) in &steps {
        talk(&format!("  {step:width$}  {what}"));
    }
}
