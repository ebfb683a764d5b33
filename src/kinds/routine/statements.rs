//! CREATE FUNCTION and CREATE PROCEDURE.

use super::{Parallel, Routine, Volatility};
use crate::kind::Declared;
use crate::model::Address;
use crate::sql::{Fragment, Sql, quote_literal};

pub fn word(spec: &Routine) -> &'static str {
    if spec.procedure { "procedure" } else { "function" }
}

/// The name with the argument types that tell it from others of that name.
pub fn signature(address: &Address) -> String {
    format!("{}({})", address.qualified(), address.arguments.as_deref().unwrap_or_default())
}

/// An argument as a signature takes it. The default begins at the first `=` or DEFAULT that is in
/// no quotes and no parentheses, which neither names nor types can have.
pub fn without_default(argument: &str) -> &str {
    let (mut depth, mut quoted) = (0_i32, false);
    for (at, c) in argument.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            _ if quoted || depth > 0 => {}
            '=' => return argument[..at].trim_end_matches(':').trim_end(),
            _ if c.is_whitespace() => {
                let word = argument[at..].trim_start().split(char::is_whitespace).next();
                if word.is_some_and(|word| word.eq_ignore_ascii_case("default")) {
                    return argument[..at].trim_end();
                }
            }
            _ => {}
        }
    }
    argument
}

/// The whole definition, one attribute a line, the body last.
pub fn define(it: &Declared<'_, Routine>, verb: &str) -> Sql {
    let spec = it.spec;
    let mut sql = Sql::new(verb)
        .raw(&word(spec).to_uppercase())
        .raw(" ")
        .raw(&it.address.qualified())
        .raw("(")
        .fragments(&spec.arguments)
        .raw(")");
    if let Some(returns) = &spec.returns {
        sql = sql.raw("\n RETURNS ").fragment(returns);
    }
    sql = sql.raw("\n LANGUAGE ").identifier(&spec.language);
    if !spec.transform.is_empty() {
        sql = sql.raw("\n TRANSFORM FOR TYPE ");
        for (n, data_type) in spec.transform.iter().enumerate() {
            sql = if n > 0 { sql.raw(", FOR TYPE ") } else { sql }.fragment(data_type);
        }
    }
    sql = sql.raw(&attributes(spec));
    if let Some(support) = &spec.support {
        sql = sql.raw("\n SUPPORT ").fragment(support);
    }
    for (name, value) in &spec.set {
        sql = sql
            .raw("\n SET ")
            .raw(&setting_name(name))
            .raw(" TO ")
            .raw(&setting_value(name, value));
    }
    match (&spec.body, &spec.sql_body) {
        (Some(body), _) => {
            sql = sql.raw("\nAS ").body(body);
            if let Some(symbol) = &spec.symbol {
                sql = sql.raw(", ").literal(symbol);
            }
            sql
        }
        (None, Some(body)) => sql.raw("\n").fragment(body),
        (None, None) => sql,
    }
}

fn attributes(spec: &Routine) -> String {
    let mut words = Vec::new();
    if spec.window {
        words.push("WINDOW".to_owned());
    }
    match spec.volatility {
        Volatility::Volatile => {}
        Volatility::Stable => words.push("STABLE".to_owned()),
        Volatility::Immutable => words.push("IMMUTABLE".to_owned()),
    }
    if spec.strict {
        words.push("STRICT".to_owned());
    }
    if spec.security_definer {
        words.push("SECURITY DEFINER".to_owned());
    }
    if spec.leakproof {
        words.push("LEAKPROOF".to_owned());
    }
    match spec.parallel {
        Parallel::Unsafe => {}
        Parallel::Restricted => words.push("PARALLEL RESTRICTED".to_owned()),
        Parallel::Safe => words.push("PARALLEL SAFE".to_owned()),
    }
    if let Some(cost) = spec.cost {
        words.push(format!("COST {cost}"));
    }
    if let Some(rows) = spec.rows {
        words.push(format!("ROWS {rows}"));
    }
    if words.is_empty() { String::new() } else { format!("\n {}", words.join(" ")) }
}

/// A custom setting has a dot in its name, each side an identifier.
fn setting_name(name: &str) -> String {
    name.split('.').map(crate::sql::quote_identifier).collect::<Vec<_>>().join(".")
}

/// Settings that are lists of names are stored as the list is to be written; quoting it as one
/// string would make it one name. These are the server's GUC_LIST_QUOTE variables, as in
/// `variable_is_guc_list_quote` of pg_dump.
fn setting_value(name: &str, value: &str) -> String {
    const LISTS: &[&str] = &[
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    ];
    match value {
        // The list of one empty name, which only a string constant can say.
        "" | "\"\"" => "''".to_owned(),
        value if LISTS.contains(&name.to_ascii_lowercase().as_str()) => value.to_owned(),
        value => quote_literal(value),
    }
}

/// Whether CREATE OR REPLACE takes one list of arguments for the other: the same names and modes,
/// and at least the defaults that there were. What is not plainly so is replaced, which is
/// always right.
pub fn arguments_replaceable(from: &[Fragment], to: &[Fragment]) -> bool {
    from.len() == to.len()
        && from.iter().zip(to).all(|(from, to)| {
            let (from, to) = (from.as_str(), to.as_str());
            let head = |text: &str| text.split(" DEFAULT ").next().unwrap_or_default().to_owned();
            let same = head(from) == head(to) || is_named(&head(from), &head(to));
            same && (!from.contains(" DEFAULT ") || to.contains(" DEFAULT "))
        })
}

/// Whether an argument that had no name gets one, and nothing else happens to it.
fn is_named(from: &str, to: &str) -> bool {
    let name = to.strip_suffix(from).and_then(|name| name.strip_suffix(' '));
    name.is_some_and(|name| !matches!(name, "OUT" | "INOUT" | "VARIADIC"))
}

#[cfg(test)]
mod tests {
    use super::without_default;

    #[test]
    fn arguments_lose_their_defaults() {
        assert_eq!(without_default("p_limit integer = 50"), "p_limit integer");
        assert_eq!(without_default("p_limit integer DEFAULT 50"), "p_limit integer");
        assert_eq!(without_default("\"a = b\" numeric(10,2)"), "\"a = b\" numeric(10,2)");
        assert_eq!(without_default("integer"), "integer");
    }
}
