//! The elements of an index's key, each as CREATE INDEX has it.

use std::collections::HashMap;

use indexmap::IndexMap;
use tokio_postgres::Row;

use crate::kind::{DecodeError, Reading, by_name};
use crate::sql::{Fragment, quote_identifier, quote_literal};

/// What is said of single columns of indexes.
pub struct Options {
    columns: HashMap<(u32, i16), OfColumn>,
}

/// Operator class parameters, and a statistics target.
type OfColumn = (Option<Vec<String>>, Option<i32>);

impl Options {
    pub fn read(rows: &[Row]) -> Result<Self, DecodeError> {
        let mut columns = HashMap::with_capacity(rows.len());
        for row in rows {
            let at = (row.try_get(0)?, row.try_get(1)?);
            columns.insert(at, (row.try_get(2)?, row.try_get(3)?));
        }
        Ok(Self { columns })
    }

    /// The parameters of the operator class of the element at `n`, in parentheses.
    fn of_class(&self, index: u32, n: usize) -> String {
        let number = i16::try_from(n + 1).unwrap_or_default();
        let Some((Some(options), _)) = self.columns.get(&(index, number)) else {
            return String::new();
        };
        let list: Vec<String> = by_name(Some(options.clone()))
            .iter()
            .map(|(name, value)| format!("{} = {}", quote_identifier(name), quote_literal(value)))
            .collect();
        format!(" ({})", list.join(", "))
    }

    /// The statistics targets of an index, by the position of the column.
    pub fn statistics(&self, index: u32) -> IndexMap<String, i32> {
        // An index has 32 columns at most.
        let target = |n: i16| {
            let target = self.columns.get(&(index, n))?.1.filter(|target| *target >= 0)?;
            Some((n.to_string(), target))
        };
        if self.columns.is_empty() {
            IndexMap::new()
        } else {
            (1..=32).filter_map(target).collect()
        }
    }
}

struct OperatorClass {
    schema: String,
    name: String,
    default: bool,
    input: u32,
}

/// What elements name, by OID.
pub struct Names {
    operator_classes: HashMap<u32, OperatorClass>,
    collations: HashMap<u32, String>,
}

impl Names {
    /// Rows of operator classes, and of collations.
    pub fn read(classes: &[Row], collations: &[Row]) -> Result<Self, DecodeError> {
        let mut names = Self { operator_classes: HashMap::new(), collations: HashMap::new() };
        for row in classes {
            let class = OperatorClass {
                schema: row.try_get(1)?,
                name: row.try_get(2)?,
                default: row.try_get(3)?,
                input: row.try_get(4)?,
            };
            names.operator_classes.insert(row.try_get(0)?, class);
        }
        for row in collations {
            names.collations.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(names)
    }
}

/// The key of one index, as columns of `pg_index`.
pub struct Elements<'a> {
    pub index: u32,
    pub relation: u32,
    pub numbers: &'a [i16],
    pub classes: Vec<u32>,
    pub collations: Vec<u32>,
    pub options: Vec<i16>,
    pub expressions: Vec<String>,
    pub type_collations: Vec<u32>,
    pub types: Vec<u32>,
}

impl Elements<'_> {
    /// One key element, with everything said that is not implied. Saying more than needed is
    /// harmless: both sides of a comparison say it.
    pub fn element(
        &self,
        n: usize,
        method: &str,
        names: &Names,
        options: &Options,
        reading: &Reading,
    ) -> Fragment {
        let column = reading.column(self.relation, self.numbers[n]);
        let (mut text, type_oid, type_collation) = match column {
            Some(column) => (quote_identifier(&column.name), column.type_oid, column.collation),
            None => (
                self.expressions.get(n).cloned().unwrap_or_default(),
                self.types.get(n).copied().unwrap_or_default(),
                self.type_collations.get(n).copied().unwrap_or_default(),
            ),
        };
        let collation = self.collations.get(n).copied().unwrap_or_default();
        if collation != 0
            && collation != type_collation
            && let Some(name) = names.collations.get(&collation)
        {
            text.push_str(" COLLATE ");
            text.push_str(name);
        }
        let parameters = options.of_class(self.index, n);
        if let Some(class) = self.classes.get(n).and_then(|oid| names.operator_classes.get(oid))
            && !(class.default && implied(class.input, type_oid) && parameters.is_empty())
        {
            text.push(' ');
            if class.schema != "pg_catalog" {
                text.push_str(&class.schema);
                text.push('.');
            }
            text.push_str(&class.name);
            text.push_str(&parameters);
        }
        // INDOPTION_DESC is 1, INDOPTION_NULLS_FIRST 2; DESC implies NULLS FIRST.
        let option = self.options.get(n).copied().unwrap_or_default();
        if method == "btree" {
            text.push_str(match option & 3 {
                1 => " DESC NULLS LAST",
                2 => " NULLS FIRST",
                3 => " DESC",
                _ => "",
            });
        }
        Fragment::new(text)
    }
}

/// Whether a default operator class is the one that a column of the type gets. A varchar column
/// gets the one for text; arrays, enums and ranges get polymorphic ones (anyarray 2277, anyenum
/// 3500, anyrange 3831, anymultirange 4537, record 2249).
fn implied(input: u32, column: u32) -> bool {
    input == column
        || (input == 25 && column == 1043)
        || matches!(input, 2277 | 3500 | 3831 | 4537 | 2249)
}
