//! What rows may have against a change.

use crate::model::Name;
use crate::sql::{Fragment, Sql};

/// A question to the rows that are there: those that it finds are in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The relation that is asked, schema and name.
    pub relation: String,
    /// Another one that the answer depends on.
    pub other: Option<String>,
    /// From FROM on; the relation is called `it`.
    pub from: Sql,
    /// The columns of what is found that tell one from the other; the primary key's, if none.
    pub shown: Vec<Name>,
    /// What is found, before a number: "rows of public.a with no value in b".
    pub what: String,
    /// With leave, a plan moves what is found to where it belongs.
    pub moves: bool,
}

impl Doubt {
    /// Rows for which `condition` is true.
    #[must_use]
    pub fn rows(relation: &str, condition: &Sql, what: String) -> Self {
        let from = from(relation).raw(" WHERE ").append(condition);
        Self {
            relation: relation.to_owned(),
            other: None,
            from,
            shown: Vec::new(),
            what,
            moves: false,
        }
    }

    /// Rows with no value in a column that is to have one.
    #[must_use]
    pub fn nulls(relation: &str, column: &str) -> Self {
        let condition = Sql::new("it.").identifier(column).raw(" IS NULL");
        Self::rows(relation, &condition, format!("rows of {relation} with no value in {column}"))
    }

    /// Values of `columns` that several rows have, among those that `predicate` is true of; with
    /// `nulls`, NULL is a value as any other.
    #[must_use]
    pub fn duplicates(
        relation: &str,
        columns: &[Name],
        predicate: Option<&Fragment>,
        nulls: bool,
    ) -> Self {
        let names = || columns.iter().map(|column| &**column);
        let mut from = from(relation).raw(" WHERE ");
        from = match predicate {
            Some(predicate) => from.raw("(").fragment(predicate).raw(")"),
            None => from.raw("true"),
        };
        if !nulls {
            from = columns.iter().fold(from, |from, column| {
                from.raw(" AND ").identifier(column).raw(" IS NOT NULL")
            });
        }
        let from = from.raw(" GROUP BY ").identifiers(names()).raw(" HAVING count(*) > 1");
        let list = names().collect::<Vec<_>>().join(", ");
        let what = format!("values of ({list}) that several rows of {relation} have");
        Self {
            relation: relation.to_owned(),
            other: None,
            from,
            shown: columns.to_vec(),
            what,
            moves: false,
        }
    }

    /// Rows whose `columns` refer to no row of `referenced`; with `full`, those that have only some of
    /// them, too.
    #[must_use]
    pub fn orphans(
        relation: &str,
        columns: &[Name],
        referenced: &str,
        keys: &[Name],
        full: bool,
    ) -> Self {
        let each = |sql: Sql, between: &str, one: &dyn Fn(Sql, usize) -> Sql| {
            (0..columns.len())
                .fold(sql, |sql, n| one(if n > 0 { sql.raw(between) } else { sql }, n))
        };
        let of = |sql: Sql, n: usize| sql.raw("it.").identifier(&columns[n]);
        let present = each(Sql::new("("), " AND ", &|sql, n| of(sql, n).raw(" IS NOT NULL"));
        let matched = each(Sql::default(), " AND ", &|sql, n| {
            let key = keys.get(n).map_or("", |key| key);
            of(sql.raw("other.").identifier(key).raw(" = "), n)
        });
        let mut condition = present
            .raw(" AND NOT EXISTS (SELECT FROM ")
            .raw(referenced)
            .raw(" other WHERE ")
            .append(&matched)
            .raw("))");
        if full && columns.len() > 1 {
            let some = each(Sql::new(" OR ("), " OR ", &|sql, n| of(sql, n).raw(" IS NOT NULL"));
            let none = each(Sql::new(") AND ("), " OR ", &|sql, n| of(sql, n).raw(" IS NULL"));
            condition = condition.append(&some).append(&none).raw(")");
        }
        let list = columns.iter().map(|column| &**column).collect::<Vec<_>>().join(", ");
        let what = format!("rows of {relation} whose ({list}) is in no row of {referenced}");
        let other = Some(referenced.to_owned());
        Self { other, shown: columns.to_vec(), ..Self::rows(relation, &condition, what) }
    }
}

fn from(relation: &str) -> Sql {
    Sql::new("FROM ").raw(relation).raw(" it")
}
