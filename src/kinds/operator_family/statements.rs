//! CREATE and ALTER OPERATOR FAMILY.

use super::{OperatorFamilies, OperatorFamily};
use crate::kind::{Declared, Kind, member_clauses};
use crate::model::Step;
use crate::sql::{Fragment, Sql};

type It<'a> = Declared<'a, OperatorFamily>;

pub fn create(it: &It<'_>) -> Vec<Step> {
    let sql = Sql::new("CREATE ").append(&OperatorFamilies::comment_target(it.address));
    let create = Step::create(it.address, sql);
    std::iter::once(create).chain(add(it, &it.spec.operators, &it.spec.functions)).collect()
}

/// Members that go, then members that come.
pub fn alter(from: &It<'_>, to: &It<'_>) -> Vec<Step> {
    let beyond = |some: &[Fragment], others: &[Fragment]| -> Vec<Fragment> {
        some.iter().filter(|member| !others.contains(member)).cloned().collect()
    };
    let (old, new) = (from.spec, to.spec);
    let gone = (beyond(&old.operators, &new.operators), beyond(&old.functions, &new.functions));
    let come = (beyond(&new.operators, &old.operators), beyond(&new.functions, &old.functions));
    let dropped = dropped(&gone.0, &gone.1);
    let drop = (!dropped.is_empty()).then(|| {
        let sql = Sql::new("ALTER ")
            .append(&OperatorFamilies::comment_target(to.address))
            .raw(" DROP\n    ")
            .raw(&dropped.join(",\n    "));
        Step::alter(to.address, "drop members", sql)
    });
    drop.into_iter().chain(add(to, &come.0, &come.1)).collect()
}

fn add(it: &It<'_>, operators: &[Fragment], functions: &[Fragment]) -> Option<Step> {
    let clauses = member_clauses(operators, functions);
    let mut sql =
        Sql::new("ALTER ").append(&OperatorFamilies::comment_target(it.address)).raw(" ADD");
    for (n, clause) in clauses.iter().enumerate() {
        sql = sql.raw(if n == 0 { "\n    " } else { ",\n    " }).append(clause);
    }
    (!clauses.is_empty()).then(|| Step::alter(it.address, "add members", sql))
}

/// A member to be dropped is named by its number and its types, which both forms have in
/// parentheses: of an operator they come last, of a function first.
fn dropped(operators: &[Fragment], functions: &[Fragment]) -> Vec<String> {
    let types = |text: &str, last: bool| {
        let text = text.split(" FOR ORDER BY ").next().unwrap_or_default();
        let start = if last { text.rfind('(') } else { text.find('(') }?;
        let end = text[start..].find(')')? + start;
        let number = text.split_whitespace().next()?;
        Some(format!("{number} {}", &text[start..=end]))
    };
    let operators = operators.iter().filter_map(|text| types(text.as_str(), true));
    let functions = functions.iter().filter_map(|text| types(text.as_str(), false));
    let operators = operators.map(|member| format!("OPERATOR {member}"));
    operators.chain(functions.map(|member| format!("FUNCTION {member}"))).collect()
}
