//! What stands below the help of each command: how it is called, and what for.

pub const PROGRAM: &str = "\
Examples:
  pgconverge init --pull                   begin with the database that DATABASE_URL names
  pgconverge plan                          what would be done
  pgconverge apply --confirm               do it
  pgconverge drift                         in what the database is not as the files say
  pgconverge help plan                     more about a command";

pub const INIT: &str = "\
Examples:
  pgconverge init                          begin with nothing
  pgconverge init --pull                   begin with the database that DATABASE_URL names
  pgconverge init --pull --database-url service=shop --schema db/schema";

pub const PLAN: &str = "\
Examples:
  pgconverge plan
  pgconverge plan --environment production --exit-code
  pgconverge plan --format markdown --out plan.json
  pgconverge plan --format sql             a script for psql
  pgconverge plan --undo                   the way back";

pub const APPLY: &str = "\
Examples:
  pgconverge apply                         print the plan, do nothing
  pgconverge apply --confirm
  pgconverge apply --plan plan.json --confirm
  pgconverge apply --confirm --allow data-loss --lock-wait 30m";

pub const MAINTAIN: &str = "\
Examples:
  pgconverge maintain --confirm            every night
  pgconverge maintain --as-of 2026-07-01   what it will do then";

pub const DRIFT: &str = "\
Examples:
  pgconverge drift
  pgconverge drift --format json --strict
  pgconverge drift --report prometheus=drift.prom --report junit=drift.xml
  pgconverge drift --accept                the database is right: write it into the files
  pgconverge drift --accept 'index books_title_idx on public.books'";

pub const PULL: &str = "\
Examples:
  pgconverge pull                          all schemas
  pgconverge pull public audit
  pgconverge pull --schema copy --database-url service=shop";

pub const CHECK: &str = "\
Examples:
  pgconverge check
  pgconverge check --fix
  pgconverge check --format sarif";

pub const VERIFY: &str = "\
Examples:
  pgconverge verify
  pgconverge verify 'orders_*' --skip orders_slow
  pgconverge verify --shadow               on a database made from the files";

pub const WHY: &str = "\
Examples:
  pgconverge why public.books
  pgconverge why 'index books_title_idx on public.books'
  pgconverge why public.books --format json";

pub const EXPLAIN: &str = "\
Examples:
  pgconverge explain                       all codes
  pgconverge explain pgconverge::desired::unknown_key
  pgconverge explain redundant-index";

pub const SCHEMA: &str = "\
Examples:
  pgconverge schema > pgconverge.schema.json           for your editor";

pub const SQL: &str = "\
Examples:
  pgconverge sql > schema.sql
  pgconverge sql | psql app";

pub const DEV: &str = "\
Examples:
  pgconverge dev                           then, elsewhere: psql \"host=… port=…\" as it says";

pub const COMPLETIONS: &str = "\
Examples:
  pgconverge completions bash > ~/.local/share/bash-completion/completions/pgconverge
  pgconverge completions zsh > ~/.zfunc/_pgconverge    a directory of $fpath
  pgconverge completions fish > ~/.config/fish/completions/pgconverge.fish";

pub const MAN: &str = "\
Examples:
  pgconverge man                           of the program; read it with: pgconverge man | man -l -
  pgconverge man plan
  pgconverge man --dir man1                one file a command";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test, a panic is how a failure is told")]

    use clap::{CommandFactory, Parser};

    use crate::cli::arguments::Arguments;

    #[test]
    fn every_command_has_examples_that_it_takes() {
        let program = Arguments::command();
        for command in std::iter::once(&program).chain(program.get_subcommands()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> =
                help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
            assert!(!lines.is_empty(), "{} has none", command.get_name());
            for line in lines {
                // What follows several blanks says what it is for.
                let call = line.split("   ").next().unwrap().replace('\'', "");
                // Where the shell puts the output is no argument.
                let call = call.split(['>', '|']).next().unwrap().trim_end();
                assert!(line.len() <= 98, "{line}: as wide as a help has room for");
                let quoted = line.contains('\'');
                let words: Vec<&str> = match quoted {
                    false => call.split(' ').collect(),
                    true => {
                        let (before, rest) = line.split_once('\'').unwrap();
                        let (text, after) = rest.split_once('\'').unwrap();
                        let after = after.split("   ").next().unwrap();
                        before
                            .split_whitespace()
                            .chain([text])
                            .chain(after.split_whitespace())
                            .collect()
                    }
                };
                let taken = Arguments::try_parse_from(&words);
                let is_help = words.get(1) == Some(&"help");
                assert!(taken.is_ok() || is_help, "{line}: {}", taken.unwrap_err());
            }
        }
    }
}
