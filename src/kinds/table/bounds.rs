//! What the rows of a partition have in common, as a condition on the key of its parent: what
//! PostgreSQL holds every row of a partition to, so that a check that says the same spares it from
//! reading them.
//! <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ATTACH-PARTITION>

use super::inheritance::parent;
use super::{Table, hash, key};
use crate::kind::Declared;
use crate::model::Name;
use crate::sql::{Sql, parse_names, split_list};

/// The condition of a partition, with its own bounds. Nothing, where only the server could say: keys
/// with expressions, operator classes or collations of their own, hashes (see [`super::hash`]); nor for a default partition.
pub fn condition(it: &Declared<'_, Table>) -> Option<Sql> {
    let (method, key) = key::parts(parent(it)?)?;
    let values = it.spec.values.as_ref()?.as_str().trim();
    let names = parse_names(key).ok()?;
    let columns: Vec<Name> = names.iter().map(|name| name.as_str().into()).collect();
    match method.to_ascii_lowercase().as_str() {
        "range" => range(&columns, values),
        "list" => list(columns.first()?, values),
        _ => None,
    }
}

/// The condition that a check says, so that PostgreSQL need not read the rows of what is attached: its own bounds, and
/// those of everything that its parent is a partition of.
pub fn proof(it: &Declared<'_, Table>) -> Option<Sql> {
    let own = condition(it).or_else(|| hash::proof(it))?;
    let spec = parent(it)?;
    if spec.values.is_none() {
        return Some(own);
    }
    let partition_of = Some(&spec.parents.0.first()?.0);
    let above = Declared { address: it.partition_of?, partition_of, spec, site: None };
    Some(all(&[own, proof(&above)?]))
}

/// `FROM (1, MINVALUE) TO (2, 'x')`, column by column as the server compares rows:
/// `get_qual_for_range` in `src/backend/partitioning/partbounds.c`.
fn range(columns: &[Name], values: &str) -> Option<Sql> {
    let (from, to) = values.strip_prefix("FROM (")?.split_once(") TO (")?;
    let (from, to) = (split_list(from), split_list(to.strip_suffix(')')?));
    if from.len() != columns.len() || to.len() != columns.len() {
        return None;
    }
    let present =
        columns.iter().map(|column| Sql::default().identifier(column).raw(" IS NOT NULL"));
    let mut terms: Vec<Sql> = present.collect();
    // What both ends begin with, every row begins with.
    let bare = |text: &str| matches!(text, "MINVALUE" | "MAXVALUE");
    let pairs = columns.iter().zip(from.iter().zip(&to));
    let same = pairs.take_while(|(_, (from, to))| from == to && !bare(from)).count();
    for n in 0..same {
        terms.push(compared(&columns[n], "=", from[n]));
    }
    let (columns, from, to) = (&columns[same..], &from[same..], &to[same..]);
    terms.extend(beyond(columns, from, ("MINVALUE", ">", ">=")));
    terms.extend(beyond(columns, to, ("MAXVALUE", "<", "<")));
    Some(all(&terms))
}

/// One end of a range: nothing, where it has no end.
fn beyond(columns: &[Name], bound: &[&str], (open, beyond, at): (&str, &str, &str)) -> Option<Sql> {
    let mut alternatives: Vec<Sql> = Vec::new();
    let mut equal: Vec<Sql> = Vec::new();
    for (n, (column, constant)) in columns.iter().zip(bound).enumerate() {
        if *constant == open {
            // Whatever it is, it is in.
            if equal.is_empty() {
                return None;
            }
            alternatives.push(all(&equal));
            break;
        }
        if matches!(*constant, "MINVALUE" | "MAXVALUE") {
            break;
        }
        let last = n + 1 == bound.len();
        let mut terms = equal.clone();
        terms.push(compared(column, if last { at } else { beyond }, constant));
        alternatives.push(all(&terms));
        equal.push(compared(column, "=", constant));
    }
    match alternatives.as_slice() {
        [] => Some(Sql::new("false")),
        [one] => Some(one.clone()),
        many => Some(joined(many, " OR ")),
    }
}

/// `IN ('a', NULL)`
fn list(column: &Name, values: &str) -> Option<Sql> {
    let items = split_list(values.strip_prefix("IN (")?.strip_suffix(')')?);
    let (nulls, some): (Vec<&str>, Vec<&str>) =
        items.into_iter().partition(|item| item.eq_ignore_ascii_case("null"));
    let is_null = || Sql::default().identifier(column).raw(" IS NULL");
    let is_one = || {
        let sql = Sql::default().identifier(column);
        match some.as_slice() {
            [one] => sql.raw(" = ").raw(one),
            many => sql.raw(" IN (").raw(&many.join(", ")).raw(")"),
        }
    };
    let present = || Sql::default().identifier(column).raw(" IS NOT NULL");
    match (nulls.is_empty(), some.is_empty()) {
        (true, false) => Some(all(&[present(), is_one()])),
        (false, false) => Some(joined(&[is_null(), is_one()], " OR ")),
        (false, true) => Some(is_null()),
        (true, true) => None,
    }
}

fn compared(column: &Name, operator: &str, constant: &str) -> Sql {
    Sql::default().identifier(column).raw(" ").raw(operator).raw(" ").raw(constant)
}

fn all(terms: &[Sql]) -> Sql {
    match terms {
        [one] => one.clone(),
        many => joined(many, " AND "),
    }
}

fn joined(terms: &[Sql], between: &str) -> Sql {
    let sql = terms.iter().enumerate().fold(Sql::new("("), |sql, (n, term)| {
        if n > 0 { sql.raw(between) } else { sql }.append(term)
    });
    sql.raw(")")
}

/// The constants of a list partition.
pub fn constants_of(values: &str) -> Option<Vec<String>> {
    let list = values.trim().strip_prefix("IN (")?.strip_suffix(')')?;
    Some(split_list(list).into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(columns: &[&str], values: &str) -> String {
        let columns: Vec<Name> = columns.iter().map(|name| Name::from(*name)).collect();
        let sql = match values.starts_with("FROM") {
            true => range(&columns, values),
            false => list(&columns[0], values),
        };
        sql.map(|sql| sql.as_str().to_owned()).unwrap_or_default()
    }

    #[test]
    fn ranges() {
        let one = |values| text(&["a"], values);
        assert_eq!(one("FROM (1) TO ('5')"), "(a IS NOT NULL AND a >= 1 AND a < '5')");
        assert_eq!(one("FROM (MINVALUE) TO (5)"), "(a IS NOT NULL AND a < 5)");
        assert_eq!(one("FROM (1) TO (MAXVALUE)"), "(a IS NOT NULL AND a >= 1)");
        assert_eq!(one("FROM (MINVALUE) TO (MAXVALUE)"), "a IS NOT NULL");
        let two = |values| text(&["a", "B"], values);
        assert_eq!(
            two("FROM (1, 'x, ''y') TO (2, MAXVALUE)"),
            "(a IS NOT NULL AND \"B\" IS NOT NULL AND (a > 1 OR (a = 1 AND \"B\" >= 'x, ''y')) \
             AND (a < 2 OR a = 2))"
        );
        assert_eq!(
            two("FROM (1, 3) TO (1, 5)"),
            "(a IS NOT NULL AND \"B\" IS NOT NULL AND a = 1 AND \"B\" >= 3 AND \"B\" < 5)"
        );
        assert_eq!(
            two("FROM (1, MINVALUE) TO (2, MINVALUE)"),
            "(a IS NOT NULL AND \"B\" IS NOT NULL AND (a > 1 OR a = 1) AND a < 2)"
        );
    }

    #[test]
    fn lists() {
        let one = |values| text(&["k"], values);
        assert_eq!(one("IN (1)"), "(k IS NOT NULL AND k = 1)");
        assert_eq!(one("IN ('a,b', 'c')"), "(k IS NOT NULL AND k IN ('a,b', 'c'))");
        assert_eq!(one("IN (NULL)"), "k IS NULL");
        assert_eq!(one("IN (NULL, 'x')"), "(k IS NULL OR k = 'x')");
    }
}
