//! The names that PostgreSQL gives to what is on a relation: indexes, constraints, sequences.

/// The longest name that PostgreSQL keeps (`NAMEDATALEN` - 1).
const LONGEST: usize = 63;

/// What the names of helpers end with that are there only while a plan runs.
const OURS: &str = "_pgconverge";

/// What such a name ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    PrimaryKey,
    Unique,
    Exclude,
    Index,
    ForeignKey,
    Check,
    Sequence,
    Statistics,
}

impl Label {
    fn text(self) -> &'static str {
        match self {
            Self::PrimaryKey => "pkey",
            Self::Unique => "key",
            Self::Exclude => "excl",
            Self::Index => "idx",
            Self::ForeignKey => "fkey",
            Self::Check => "check",
            Self::Sequence => "seq",
            Self::Statistics => "stat",
        }
    }
}

/// `ChooseIndexName` in `src/backend/commands/indexcmds.c`, and its like: of an index with these columns on a
/// table.
/// `number` is empty, or what tells the name from one that is taken.
#[must_use]
pub fn usual_index_name(table: &str, columns: &[String], label: Label, number: &str) -> String {
    let columns = match label {
        Label::PrimaryKey => String::new(),
        _ => additions(columns),
    };
    object_name(table, &columns, &format!("{}{number}", label.text()))
}

/// A name that nobody else gives, and by which one that was left behind is known.
#[must_use]
pub fn successor_name(name: &str, number: &str) -> String {
    let room = LONGEST - OURS.len() - number.len();
    format!("{}{OURS}{number}", clipped(name, room.min(name.len())))
}

/// Whether it is such a name.
#[must_use]
pub fn is_helper(name: &str) -> bool {
    name.trim_end_matches(|end: char| end.is_ascii_digit()).ends_with(OURS)
}

/// `ChooseIndexNameAddition` in the same file.
fn additions(columns: &[String]) -> String {
    let mut text = String::new();
    for column in columns {
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(column);
        if text.len() > LONGEST {
            break;
        }
    }
    text
}

/// `makeObjectName` in the same file.
fn object_name(table: &str, columns: &str, label: &str) -> String {
    let (mut first, mut second) = (table.len(), columns.len());
    let between = if columns.is_empty() { 1 } else { 2 };
    let room = LONGEST.saturating_sub(label.len() + between);
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let (table, columns) = (clipped(table, first), clipped(columns, second));
    if columns.is_empty() {
        format!("{table}_{label}")
    } else {
        format!("{table}_{columns}_{label}")
    }
}

fn clipped(text: &str, length: usize) -> &str {
    let end = (0..=length).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::{Label, usual_index_name};

    #[test]
    fn names_that_postgresql_gives() {
        let name = |table: &str, columns: &[&str], label| {
            let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
            usual_index_name(table, &columns, label, "")
        };
        assert_eq!(name("t", &["a"], Label::PrimaryKey), "t_pkey");
        assert_eq!(name("t_1", &["a", "b"], Label::Index), "t_1_a_b_idx");
        assert_eq!(usual_index_name("t", &["a".to_owned()], Label::Unique, "1"), "t_a_key1");
        let (long, longer) = ("a".repeat(40), "b".repeat(40));
        let expected = format!("{}_{}_idx", "a".repeat(29), "b".repeat(29));
        assert_eq!(name(&long, &[&longer], Label::Index), expected);
    }
}
