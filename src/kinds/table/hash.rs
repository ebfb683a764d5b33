//! What a hash partition holds: the rows whose hash leaves a remainder.
//! <https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-PARTITION-OF>

use super::inheritance::{effective, parent};
use super::{Table, key};
use crate::kind::Declared;
use crate::model::Name;
use crate::sql::{Sql, parse_names, quote_literal, split_list};

/// `WITH (modulus 4, remainder 1)`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Residue {
    modulus: u32,
    remainder: u32,
}

impl Residue {
    pub fn parse(values: &str) -> Option<Self> {
        let inner = values.trim().strip_prefix("WITH (")?.strip_suffix(')')?;
        let (modulus, remainder) = inner.split_once(',')?;
        let number = |text: &str, word: &str| text.trim().strip_prefix(word)?.trim().parse().ok();
        let residue = Self {
            modulus: number(modulus, "modulus ")?,
            remainder: number(remainder, "remainder ")?,
        };
        (residue.remainder < residue.modulus).then_some(residue)
    }

    /// Of two moduli of one parent, one is a multiple of the other.
    pub fn overlaps(self, other: Self) -> bool {
        let smaller = self.modulus.min(other.modulus);
        self.remainder % smaller == other.remainder % smaller
    }

    /// Whether the others, all together, leave nothing of this one.
    pub fn is_covered_by(self, others: &[Self]) -> bool {
        let finest = others.iter().map(|other| other.modulus).fold(self.modulus, u32::max);
        let step = usize::try_from(self.modulus).unwrap_or(usize::MAX);
        (self.remainder..finest)
            .step_by(step)
            .all(|hash| others.iter().any(|other| hash % other.modulus == other.remainder))
    }
}

/// The condition of a partition, which holds as long as its parent has the key that it has: by the function that
/// PostgreSQL itself holds rows to. Nothing, where the key has operator classes or collations of its own.
/// `get_qual_for_hash` in `src/backend/partitioning/partbounds.c`.
pub fn condition(it: &Declared<'_, Table>) -> Option<Sql> {
    let residue = Residue::parse(it.spec.values.as_ref()?.as_str())?;
    let key = parts(parent(it)?)?;
    // An expression has its parentheses, after which would come what it has of its own.
    let plain = |part: &&str| parse_names(part).is_ok_and(|names| names.len() == 1);
    if !key.iter().all(|part| plain(part) || part.ends_with(')')) {
        return None;
    }
    let parent = quote_literal(&it.partition_of?.qualified());
    let call = format!("satisfies_hash_partition({parent}::regclass, ");
    let numbers = format!("{}, {}, ", residue.modulus, residue.remainder);
    Some(Sql::new(&call).raw(&numbers).raw(&key.join(", ")).raw(")"))
}

/// The same, where a check that says it spares PostgreSQL from reading the rows: it knows its own condition again
/// where that has no collation.
pub fn proof(it: &Declared<'_, Table>) -> Option<Sql> {
    let parent = parent(it)?;
    let is_bare = |part: &&str| {
        let names = parse_names(part).unwrap_or_default();
        let column = names.first().and_then(|name| effective(parent, &Name::from(name.as_str())));
        let data_type = column.and_then(|column| column.data_type);
        data_type.is_some_and(|it| WITHOUT_COLLATION.contains(&it.as_str()))
    };
    condition(it).filter(|_| parts(parent).is_some_and(|key| key.iter().all(is_bare)))
}

const WITHOUT_COLLATION: [&str; 8] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "uuid",
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
];

/// The parts of a hash key.
fn parts(parent: &Table) -> Option<Vec<&str>> {
    let (method, key) = key::parts(parent)?;
    method.eq_ignore_ascii_case("hash").then(|| split_list(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residue(modulus: u32, remainder: u32) -> Residue {
        Residue::parse(&format!("WITH (modulus {modulus}, remainder {remainder})")).unwrap()
    }

    #[test]
    fn what_is_none_is_none() {
        for values in ["WITH (modulus 2, remainder 2)", "WITH (modulus 2)", "IN (1)", "DEFAULT"] {
            assert_eq!(Residue::parse(values), None, "{values}");
        }
    }

    #[test]
    fn a_finer_one_takes_a_part() {
        let (half, quarter) = (residue(2, 1), residue(4, 3));
        assert!(half.overlaps(quarter) && quarter.overlaps(half));
        assert!(!half.overlaps(residue(4, 2)));
        assert!(quarter.is_covered_by(&[half]));
        assert!(!half.is_covered_by(&[quarter]));
        assert!(half.is_covered_by(&[quarter, residue(8, 1), residue(8, 5)]));
    }
}
