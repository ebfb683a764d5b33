//! How the values of a column are kept and what the planner is told of them.
//! <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-STORAGE>

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Aside, DecodeError, by_name, storage};
use crate::model::Name;
use crate::sql::Sql;

/// What few columns have: apart from the column, so that the many without it stay small.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tuning {
    pub storage: Option<Storage>,
    pub compression: Option<Compression>,
    /// The statistics target.
    pub statistics: Option<i32>,
    /// `n_distinct` and the like.
    pub options: IndexMap<String, String>,
    /// The storage that the column's type has by itself.
    pub usual: Aside<Option<Storage>>,
}

/// <https://www.postgresql.org/docs/current/storage-toast.html#STORAGE-TOAST-ONDISK>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    Plain,
    External,
    Extended,
    Main,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// What the server does by itself, where the parent's column says otherwise.
    Default,
    Pglz,
    Lz4,
}

impl Storage {
    fn read(letter: &str) -> Result<Self, DecodeError> {
        Ok(match letter {
            "p" => Self::Plain,
            "e" => Self::External,
            "x" => Self::Extended,
            "m" => Self::Main,
            _ => return Err(DecodeError::Unknown { what: "storage", value: letter.to_owned() }),
        })
    }

    fn words(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::External => "EXTERNAL",
            Self::Extended => "EXTENDED",
            Self::Main => "MAIN",
        }
    }
}

impl Compression {
    fn read(letter: &str) -> Result<Self, DecodeError> {
        Ok(match letter {
            "p" => Self::Pglz,
            "l" => Self::Lz4,
            _ => {
                return Err(DecodeError::Unknown { what: "compression", value: letter.to_owned() });
            }
        })
    }

    fn words(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pglz => "pglz",
            Self::Lz4 => "lz4",
        }
    }
}

impl Tuning {
    /// From the letters of storage, of the type's storage and of the compression, and the
    /// statistics target, each of them empty at its default; and from `attoptions`.
    ///
    /// # Errors
    /// A letter that is not known.
    pub fn read(
        words: &[Option<&str>],
        options: Option<Vec<String>>,
    ) -> Result<Option<Box<Self>>, DecodeError> {
        let word = |n: usize| words.get(n).copied().flatten().filter(|word| !word.is_empty());
        let mut options = by_name(options);
        options.sort_keys();
        let tuning = Self {
            storage: word(0).map(Storage::read).transpose()?,
            usual: Aside(word(1).map(Storage::read).transpose()?),
            compression: word(2).map(Compression::read).transpose()?,
            statistics: word(3).and_then(|target| target.parse().ok()),
            options,
        };
        Ok(tuning.boxed())
    }

    /// Nothing, if there is nothing to say.
    #[must_use]
    pub fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }

    /// Its own where it is unlike the parent's column, whose storage and compression a new child
    /// takes over.
    #[must_use]
    pub fn beside(own: Option<&Self>, parent: Option<&Self>) -> Option<Box<Self>> {
        let mut own = own.cloned().unwrap_or_default();
        if let Some(parent) = parent {
            if own.storage.is_none() && parent.storage.is_some() {
                own.storage = parent.usual.0;
            }
            if own.compression.is_none() && parent.compression.is_some() {
                own.compression = Some(Compression::Default);
            }
        }
        own.boxed()
    }
}

/// Whether what changes is only what the planner is told, which keeps nobody away.
#[must_use]
pub fn is_about_statistics(old: Option<&Tuning>, new: Option<&Tuning>, retyped: bool) -> bool {
    let kept = |it: Option<&Tuning>| it.map_or((None, None), |it| (it.storage, it.compression));
    kept(new) == if retyped { (None, None) } else { kept(old) }
}

/// The actions of ALTER TABLE that lead a column from one to the other, if any. A changed type
/// brings its own storage and compression along.
#[must_use]
pub fn actions(
    name: &Name,
    old: Option<&Tuning>,
    new: Option<&Tuning>,
    retyped: bool,
) -> Option<Sql> {
    let (none, nothing) = (Tuning::default(), Tuning::default());
    let (mut old, new) = (old.unwrap_or(&none).clone(), new.unwrap_or(&nothing));
    if retyped {
        old = Tuning { storage: None, compression: None, ..old };
    }
    let mut words = Vec::new();
    if old.storage != new.storage
        && let Some(storage) = new.storage.or(old.usual.0)
    {
        words.push(format!("SET STORAGE {}", storage.words()));
    }
    if old.compression != new.compression {
        let compression = new.compression.unwrap_or(Compression::Default);
        words.push(format!("SET COMPRESSION {}", compression.words()));
    }
    if old.statistics != new.statistics {
        words.push(format!("SET STATISTICS {}", new.statistics.unwrap_or(-1)));
    }
    let options = storage::changes(&old.options, &new.options);
    words.extend(options.iter().map(|action| action.as_str().to_owned()));
    let sql = words.iter().enumerate().fold(Sql::default(), |sql, (n, action)| {
        let sql = if n > 0 { sql.raw(", ") } else { sql };
        sql.raw("ALTER COLUMN ").identifier(name).raw(" ").raw(action)
    });
    (!sql.is_empty()).then_some(sql)
}
