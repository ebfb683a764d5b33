//! GRANT and REVOKE.
//! <https://www.postgresql.org/docs/current/sql-grant.html>

use super::address::Name;
use super::privilege::{Grants, PUBLIC, Privilege};
use crate::sql::{Sql, identifier_list};

/// The statements that lead a grantee from one set of privileges to another, on what `on` names.
/// `before` is what stands before them: `ALTER DEFAULT PRIVILEGES …`.
#[must_use]
pub fn statements(before: &Sql, on: &Sql, grantee: &Name, from: &Grants, to: &Grants) -> Vec<Sql> {
    changes(from, to)
        .iter()
        .map(|change| {
            let (verb, preposition) = match change.verb {
                Verb::Grant => ("GRANT ", " TO "),
                Verb::Revoke => ("REVOKE ", " FROM "),
                Verb::RevokeOption => ("REVOKE GRANT OPTION FOR ", " FROM "),
            };
            let sql = before.clone().raw(verb).raw(&list(&change.what)).raw(" ON ").append(on);
            let sql = sql.raw(preposition).raw(&role(grantee));
            if change.verb == Verb::Grant && change.grantable {
                return sql.raw(" WITH GRANT OPTION");
            }
            sql
        })
        .collect()
}

/// A grantee, as a statement names it.
fn role(grantee: &Name) -> String {
    if &**grantee == PUBLIC { "PUBLIC".to_owned() } else { grantee.to_string() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Revoke,
    RevokeOption,
    Grant,
}

struct Clause<'a> {
    verb: Verb,
    grantable: bool,
    what: Vec<(Privilege, Option<&'a Name>)>,
}

/// What is taken away comes first: taking a privilege on the whole takes it on every column, too.
fn changes<'a>(from: &'a Grants, to: &'a Grants) -> Vec<Clause<'a>> {
    let mut clauses = Vec::new();
    let mut now = from.clone();
    let mut add = |verb, grantable, what: Vec<_>| {
        if !what.is_empty() {
            clauses.push(Clause { verb, grantable, what });
        }
    };
    let all = to.get(Privilege::All, None);
    if from.get(Privilege::All, None).is_some() && all.is_none() {
        add(Verb::Revoke, false, vec![(Privilege::All, None)]);
        now = Grants::default();
    }
    let is_whole = |privilege: Privilege| {
        to.get(privilege, None).or(all.filter(|_| privilege != Privilege::All))
    };
    let lost = |now: &Grants, whole: bool| -> Vec<(Privilege, Option<&'a Name>)> {
        let gone = from.iter().filter(|(privilege, column, _)| {
            let wanted = match column {
                Some(_) => to.get(*privilege, *column),
                None => is_whole(*privilege),
            };
            column.is_none() == whole && wanted.is_none() && now.get(*privilege, *column).is_some()
        });
        gone.map(|(privilege, column, _)| (privilege, column)).collect()
    };
    let whole = lost(&now, true);
    now.retain(|privilege, _| !whole.contains(&(privilege, None)));
    let columns = lost(&now, false);
    now.retain(|privilege, column| !columns.contains(&(privilege, column)));
    add(Verb::Revoke, false, [whole, columns].concat());

    let optional = |now: &Grants, whole: bool| -> Vec<(Privilege, Option<&'a Name>)> {
        let gone = from.iter().filter(|(privilege, column, _)| {
            let wanted = match column {
                Some(_) => to.get(*privilege, *column),
                None => is_whole(*privilege),
            };
            column.is_none() == whole
                && wanted == Some(false)
                && now.get(*privilege, *column) == Some(true)
        });
        gone.map(|(privilege, column, _)| (privilege, column)).collect()
    };
    let whole = optional(&now, true);
    let every = whole.contains(&(Privilege::All, None));
    now.without_option(|privilege| every || whole.contains(&(privilege, None)));
    let columns = optional(&now, false);
    add(Verb::RevokeOption, false, [whole, columns].concat());

    for grantable in [false, true] {
        let new = to.iter().filter(|(privilege, column, option)| {
            *option == grantable && now.get(*privilege, *column).is_none_or(|had| grantable && !had)
        });
        add(
            Verb::Grant,
            grantable,
            new.map(|(privilege, column, _)| (privilege, column)).collect(),
        );
    }
    clauses
}

/// `SELECT, UPDATE (name, email)`
fn list(what: &[(Privilege, Option<&Name>)]) -> String {
    let mut parts: Vec<(Privilege, Vec<&str>)> = Vec::new();
    for (privilege, column) in what {
        match (parts.last_mut(), column) {
            (Some((last, columns)), Some(column)) if last == privilege && !columns.is_empty() => {
                columns.push(column);
            }
            (_, column) => parts.push((*privilege, column.iter().map(|name| &***name).collect())),
        }
    }
    let part = |(privilege, columns): &(Privilege, Vec<&str>)| {
        let word = privilege.word().to_uppercase();
        match columns.as_slice() {
            [] => word,
            columns => format!("{word} ({})", identifier_list(columns.iter().copied())),
        }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(from: &str, to: &str) -> Vec<String> {
        let read = |json: &str| serde_json::from_str::<Grants>(json).unwrap();
        let (from, to) = (read(from), read(to));
        let all = statements(&Sql::new(""), &Sql::new("t"), &"r".into(), &from, &to);
        all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn grants_and_revokes() {
        assert_eq!(
            sql(r#"["select"]"#, r#"["select", "insert", "update (a, b)"]"#),
            ["GRANT INSERT, UPDATE (a, b) ON t TO r"]
        );
        assert_eq!(
            sql(r#""all""#, r#"["select"]"#),
            ["REVOKE ALL ON t FROM r", "GRANT SELECT ON t TO r"]
        );
        assert_eq!(sql(r#"["select"]"#, r#""all""#), ["GRANT ALL ON t TO r"]);
        assert_eq!(
            sql(r#"["select", "select (a)"]"#, r#"["select (a)"]"#),
            ["REVOKE SELECT ON t FROM r", "GRANT SELECT (a) ON t TO r"]
        );
        assert_eq!(
            sql(r#"["select with grant option", "insert"]"#, r#""all""#),
            ["REVOKE GRANT OPTION FOR SELECT ON t FROM r", "GRANT ALL ON t TO r"]
        );
        assert_eq!(
            sql(r#""all with grant option""#, r#""all""#),
            ["REVOKE GRANT OPTION FOR ALL ON t FROM r"]
        );
        assert_eq!(
            sql(r#"["select", "insert"]"#, r#"["select with grant option"]"#),
            ["REVOKE INSERT ON t FROM r", "GRANT SELECT ON t TO r WITH GRANT OPTION"]
        );
        assert_eq!(sql(r#"["select"]"#, r#"["select"]"#), Vec::<String>::new());
    }
}
