//! What rows may have against a change.

use crate::model::Name;
use crate::sql::{Fragment, Sql, exclusion, quote_identifier};

/// A question to the rows that are there: those that it finds are in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The relation that is asked, schema and name; of [`Question::Values`], the type.
    pub relation: String,
    /// Another one that the answer depends on.
    pub other: Option<String>,
    pub question: Question,
    /// The columns of what is found that tell one from the other; the primary key's, if none.
    pub shown: Vec<Name>,
    /// What is found, before a number: "rows of public.a with no value in b".
    pub what: String,
    /// With leave, a plan moves what is found to where it belongs.
    pub moves: bool,
}

/// What is asked; the relation is called `it`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// From FROM on: the rows that it finds.
    Rows(Sql),
    /// The same, where every row may have to be compared with every other one.
    Pairs(Sql),
    /// Rows whose `column` cannot be assigned to `data_type`, by way of the casts `way`.
    Assignment { column: Name, way: Sql, data_type: Fragment },
    /// Rows with a `value` of the type, in whichever column, of which this is true.
    Values(Sql),
}

impl Doubt {
    /// Rows for which `condition` is true.
    #[must_use]
    pub fn rows(relation: &str, condition: &Sql, what: String) -> Self {
        Self::of(relation, Question::Rows(from(relation).raw(" WHERE ").append(condition)), what)
    }

    fn of(relation: &str, question: Question, what: String) -> Self {
        let relation = relation.to_owned();
        Self { relation, other: None, question, shown: Vec::new(), what, moves: false }
    }

    /// What finds the rows, from FROM on, where one statement does.
    #[must_use]
    pub fn from(&self) -> Option<&Sql> {
        match &self.question {
            Question::Rows(from) | Question::Pairs(from) => Some(from),
            Question::Assignment { .. } | Question::Values(_) => None,
        }
    }

    /// Rows with no value in a column that is to have one.
    #[must_use]
    pub fn nulls(relation: &str, column: &str) -> Self {
        let condition = Sql::new("it.").identifier(column).raw(" IS NULL");
        Self::rows(relation, &condition, format!("rows of {relation} with no value in {column}"))
    }

    /// Rows whose value in a column is refused where it becomes one of another type, or means nothing in it.
    #[must_use]
    pub fn assignment(relation: &str, column: &Name, way: Sql, data_type: &Fragment) -> Self {
        let what = format!("rows of {relation} whose {column} does not go into {data_type}");
        let (column, data_type) = (column.clone(), data_type.clone());
        Self::of(relation, Question::Assignment { column, way, data_type }, what)
    }

    /// Rows with values of a type for which `condition`, which calls them `value`, is true. `what` follows the
    /// name of the relation and of the column.
    #[must_use]
    pub fn values(data_type: &str, condition: Sql, what: String) -> Self {
        Self::of(data_type, Question::Values(condition), what)
    }

    /// Values of `keys`, columns or expressions, that several rows have, among those that `predicate` is true
    /// of; with `nulls`, NULL is a value as any other.
    #[must_use]
    pub fn duplicates(
        relation: &str,
        keys: &[String],
        predicate: Option<&Fragment>,
        nulls: bool,
    ) -> Self {
        let mut from = Sql::new("FROM (SELECT ");
        for (n, key) in keys.iter().enumerate() {
            from = from.raw(if n > 0 { ", " } else { "" }).raw(key).raw(" AS ");
            from = from.identifier(&nth(n));
        }
        from = from.raw(" FROM ").raw(relation).raw(" it WHERE ");
        from = match predicate {
            Some(predicate) => from.raw("(").fragment(predicate).raw(")"),
            None => from.raw("true"),
        };
        let names: Vec<Name> = (0..keys.len()).map(|n| Name::from(nth(n))).collect();
        from = from.raw(") it WHERE true");
        if !nulls {
            from = names
                .iter()
                .fold(from, |from, name| from.raw(" AND ").identifier(name).raw(" IS NOT NULL"));
        }
        let list = names.iter().map(|name| &**name);
        let from = from.raw(" GROUP BY ").identifiers(list).raw(" HAVING count(*) > 1");
        let list = keys.join(", ");
        let what = format!("values of ({list}) that several rows of {relation} have");
        Self { shown: names, ..Self::of(relation, Question::Rows(from), what) }
    }

    /// Rows that an exclusion, which has `definition` after EXCLUDE, does not allow beside others. None, where
    /// it cannot be read.
    #[must_use]
    pub fn exclusion(relation: &str, definition: &Fragment) -> Option<Self> {
        let read = exclusion(definition.as_str())?;
        Some(Self::conflicts(relation, &read.compared, read.predicate))
    }

    /// Rows beside which there are others for which all the operators hold.
    #[must_use]
    pub fn conflicts(relation: &str, compared: &[(String, &str)], predicate: Option<&str>) -> Self {
        let side = |name: &str| {
            let mut sql = Sql::new("(SELECT *, tableoid AS \"pgconverge t\", ctid");
            for (n, (key, _)) in compared.iter().enumerate() {
                sql = sql.raw(", ").raw(key).raw(" AS ").identifier(&nth(n));
            }
            sql = sql.raw(" FROM ").raw(relation);
            sql = match predicate {
                Some(predicate) => sql.raw(" WHERE ").raw(predicate),
                None => sql,
            };
            sql.raw(") ").raw(name)
        };
        let mut from = Sql::new("FROM ").append(&side("it")).raw(" WHERE EXISTS (SELECT FROM ");
        from = from
            .append(&side("other"))
            .raw(" WHERE (other.\"pgconverge t\", other.ctid) <> (it.\"pgconverge t\", it.ctid)");
        for (n, (_, operator)) in compared.iter().enumerate() {
            from = from.raw(" AND it.").identifier(&nth(n)).raw(" ").raw(operator);
            from = from.raw(" other.").identifier(&nth(n));
        }
        let list: Vec<&str> = compared.iter().map(|(key, _)| &**key).collect();
        let list = list.join(", ");
        let what = format!("rows of {relation} that are in each other's way, by ({list})");
        Self::of(relation, Question::Pairs(from.raw(")")), what)
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

    /// Rows of a relation, schema and name, whose columns are by their operators to others of `partition` as its
    /// foreign key `key` says; with `partitioned`, those of its partitions are its own.
    #[must_use]
    pub fn referring(
        relation: &(Name, Name),
        partitioned: bool,
        key: &str,
        compared: &[(&str, &str, &str)],
        partition: &(Name, Name),
    ) -> Self {
        let [relation, partition] = [relation, partition].map(|(schema, name)| {
            format!("{}.{}", quote_identifier(schema), quote_identifier(name))
        });
        let mut from = Sql::new(if partitioned { "FROM " } else { "FROM ONLY " }).raw(&relation);
        from = from.raw(" it WHERE EXISTS (SELECT FROM ").raw(&partition).raw(" other WHERE true");
        for (column, operator, other) in compared {
            from = from.raw(" AND other.").identifier(other).raw(" OPERATOR(").raw(operator);
            from = from.raw(") it.").identifier(column);
        }
        let what = format!("rows of {relation} that refer to rows of {partition}, by {key}");
        let shown = compared.iter().map(|(column, ..)| Name::from(*column)).collect();
        let other = Some(partition);
        Self { other, shown, ..Self::of(&relation, Question::Rows(from.raw(")")), what) }
    }

    /// Rows of whose period, the last of the `columns`, some is in none of the periods that rows of `referenced`
    /// with the same other columns have.
    /// <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES>
    #[must_use]
    pub fn uncovered(
        relation: &str,
        columns: &[Name],
        referenced: &str,
        keys: &[Name],
    ) -> Option<Self> {
        let ((period, others), (span, same)) = (columns.split_last()?, keys.split_last()?);
        let mut condition = Sql::new("it.").identifier(period).raw(" IS NOT NULL");
        let mut covering = Sql::new("SELECT it.").identifier(period);
        covering = covering.raw(" <@ range_agg(other.").identifier(span).raw(") FROM ");
        covering = covering.raw(referenced).raw(" other WHERE true");
        for (column, key) in others.iter().zip(same) {
            condition = condition.raw(" AND it.").identifier(column).raw(" IS NOT NULL");
            covering = covering.raw(" AND other.").identifier(key).raw(" = it.").identifier(column);
        }
        condition = condition.raw(" AND NOT coalesce((").append(&covering).raw("), false)");
        let list = columns.iter().map(|column| &**column).collect::<Vec<_>>().join(", ");
        let what =
            format!("rows of {relation} whose period ({list}) rows of {referenced} do not cover");
        let other = Some(referenced.to_owned());
        let shown = columns.to_vec();
        Some(Self { other, shown, ..Self::rows(relation, &condition, what) })
    }
}

fn from(relation: &str) -> Sql {
    Sql::new("FROM ").raw(relation).raw(" it")
}

/// What the nth of several expressions is called.
fn nth(n: usize) -> String {
    format!("pgconverge {n}")
}
