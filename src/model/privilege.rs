//! What roles may do with an object.
//! <https://www.postgresql.org/docs/current/ddl-priv.html>

use std::collections::BTreeMap;

use super::address::Name;

/// A privilege, in the order in which files and statements list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// Everything that there is to be had on an object: the form that a complete list takes.
    All,
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
    Maintain,
    Usage,
    Create,
    Execute,
}

impl Privilege {
    /// Every privilege, with the word of files and statements, and the letter of an ACL.
    const WORDS: [(Self, &'static str, char); 12] = [
        (Self::All, "all", '\0'),
        (Self::Select, "select", 'r'),
        (Self::Insert, "insert", 'a'),
        (Self::Update, "update", 'w'),
        (Self::Delete, "delete", 'd'),
        (Self::Truncate, "truncate", 'D'),
        (Self::References, "references", 'x'),
        (Self::Trigger, "trigger", 't'),
        (Self::Maintain, "maintain", 'm'),
        (Self::Usage, "usage", 'U'),
        (Self::Create, "create", 'C'),
        (Self::Execute, "execute", 'X'),
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(privilege, ..)| *privilege == self);
        found.map_or("", |(_, word, _)| word)
    }

    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known, _)| *known == word).map(|(privilege, ..)| *privilege)
    }

    /// <https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGE-ABBREVS-TABLE>
    #[must_use]
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::WORDS.iter().find(|(_, _, known)| *known == letter).map(|(privilege, ..)| *privilege)
    }
}

/// What sort of object privileges are on: it decides which there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantable {
    Relation,
    Sequence,
    Routine,
    Type,
    Schema,
    Language,
    ForeignDataWrapper,
    ForeignServer,
    LargeObject,
}

impl Grantable {
    /// The privileges that there are, on servers of `major`.
    /// <https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGES-SUMMARY-TABLE>
    #[must_use]
    pub fn privileges(self, major: u32) -> &'static [Privilege] {
        use Privilege::{
            Create, Delete, Execute, Insert, Maintain, References, Select, Trigger, Truncate,
            Update, Usage,
        };
        const RELATION: &[Privilege] =
            &[Select, Insert, Update, Delete, Truncate, References, Trigger, Maintain];
        match self {
            Self::Relation if major < 17 => &RELATION[..7],
            Self::Relation => RELATION,
            Self::Sequence => &[Select, Update, Usage],
            Self::Routine => &[Execute],
            Self::Schema => &[Usage, Create],
            Self::Type | Self::Language | Self::ForeignDataWrapper | Self::ForeignServer => {
                &[Usage]
            }
            Self::LargeObject => &[Select, Update],
        }
    }

    /// Those of them that there are on single columns.
    #[must_use]
    pub fn on_columns(self) -> &'static [Privilege] {
        match self {
            Self::Relation => {
                &[Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::References]
            }
            _ => &[],
        }
    }

    fn has(self, privilege: Privilege, column: Option<&Name>) -> bool {
        match column {
            Some(_) => self.on_columns().contains(&privilege),
            None => privilege == Privilege::All || self.privileges(NEWEST).contains(&privilege),
        }
    }

    /// What an object has of which nobody said anything: `acldefault` in
    /// `src/backend/utils/adt/acl.c`.
    #[must_use]
    pub fn usual(self) -> Privileges {
        match self {
            // Everything that there is on these.
            Self::Routine | Self::Type | Self::Language => {
                Privileges::of([(PUBLIC.into(), Grants::all())])
            }
            _ => Privileges::default(),
        }
    }
}

/// The newest server that the tool knows, which has every privilege.
const NEWEST: u32 = 18;

/// Everybody, as a grantee. No role can have this name.
pub const PUBLIC: &str = "public";

/// The privileges that one role has on an object: whether each, on the whole object or on one
/// column, comes with the grant option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<(Privilege, Option<Name>), bool>);

impl Grants {
    /// Everything, without the grant option: what an owner has.
    #[must_use]
    pub fn all() -> Self {
        Self([((Privilege::All, None), false)].into())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a privilege; one that is there keeps its grant option.
    pub fn add(&mut self, privilege: Privilege, column: Option<Name>, grantable: bool) {
        *self.0.entry((privilege, column)).or_default() |= grantable;
    }

    /// Each privilege with its column and whether it comes with the grant option.
    pub fn iter(&self) -> impl Iterator<Item = (Privilege, Option<&Name>, bool)> {
        self.0
            .iter()
            .map(|((privilege, column), grantable)| (*privilege, column.as_ref(), *grantable))
    }

    /// Whether it is there, and if so whether with the grant option.
    #[must_use]
    pub fn get(&self, privilege: Privilege, column: Option<&Name>) -> Option<bool> {
        self.0.get(&(privilege, column.cloned())).copied()
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, keep: impl Fn(Privilege, Option<&Name>) -> bool) {
        self.0.retain(|(privilege, column), _| keep(*privilege, column.as_ref()));
    }

    /// Takes the grant option from every privilege that is `concerned`.
    pub(super) fn without_option(&mut self, concerned: impl Fn(Privilege) -> bool) {
        for ((privilege, _), grantable) in &mut self.0 {
            *grantable &= !concerned(*privilege);
        }
    }

    /// Adds what another has. Beside everything, a privilege on the whole object counts only for
    /// its grant option.
    fn absorb(&mut self, other: &Self) {
        for (privilege, column, grantable) in other.iter() {
            self.add(privilege, column.cloned(), grantable);
        }
        if self.get(Privilege::All, None).is_some() {
            self.0.retain(|(privilege, column), grantable| {
                column.is_some() || *privilege == Privilege::All || *grantable
            });
        }
    }

    /// A complete list becomes [`Privilege::All`], and what goes without saying beside that goes.
    fn normalize(&mut self, known: &[Privilege]) {
        if let Some(all) = self.get(Privilege::All, None) {
            let apart = |grants: &Self| {
                grants.iter().any(|(_, column, grantable)| column.is_none() && grantable && !all)
            };
            if !apart(self) {
                self.0.retain(|(privilege, column), _| {
                    column.is_some() || *privilege == Privilege::All
                });
                return;
            }
            self.0.remove(&(Privilege::All, None));
            for privilege in known {
                self.add(*privilege, None, all);
            }
        }
        let first = known.first().and_then(|privilege| self.get(*privilege, None));
        let Some(grantable) = first else { return };
        if known.iter().all(|privilege| self.get(*privilege, None) == Some(grantable)) {
            self.0.retain(|(_, column), _| column.is_some());
            self.add(Privilege::All, None, grantable);
        }
    }
}

/// Who may do what with an object. Its owner stands in it only with other privileges than an
/// owner has by himself, which are all, without grant options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Privileges(BTreeMap<Name, Grants>);

impl Privileges {
    #[must_use]
    pub fn of(grants: impl IntoIterator<Item = (Name, Grants)>) -> Self {
        Self(grants.into_iter().collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The roles, each with what it may do.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Grants)> {
        self.0.iter()
    }

    #[must_use]
    pub fn get(&self, grantee: &Name) -> Option<&Grants> {
        self.0.get(grantee)
    }

    pub fn insert(&mut self, grantee: Name, grants: Grants) {
        self.0.insert(grantee, grants);
    }

    /// With a role that has nothing, unless it is there already.
    #[must_use]
    pub fn mention(mut self, role: &Name) -> Self {
        self.0.entry(role.clone()).or_default();
        self
    }

    /// The same on one column instead of the whole object.
    #[must_use]
    pub fn on_column(self, column: &Name) -> Self {
        let narrowed = |grants: Grants| {
            let entries = grants.0.into_iter();
            Grants(entries.map(|((p, _), option)| ((p, Some(column.clone())), option)).collect())
        };
        Self(self.0.into_iter().map(|(role, grants)| (role, narrowed(grants))).collect())
    }

    /// What of them there cannot be: the grantee, and the reason.
    #[must_use]
    pub fn impossible(&self, on: Grantable) -> Option<(&Name, String)> {
        self.iter().find_map(|(grantee, grants)| {
            let (privilege, column, _) =
                grants.iter().find(|(privilege, column, _)| !on.has(*privilege, *column))?;
            let (known, of) = match column {
                Some(_) => (on.on_columns(), " of a column"),
                None => (on.privileges(NEWEST), ""),
            };
            let known: Vec<_> = known.iter().map(|known| known.word()).collect();
            let known = match known.as_slice() {
                [] => "none".to_owned(),
                known => known.join(", "),
            };
            let word = privilege.word();
            Some((grantee, format!("there is no privilege `{word}`{of} here; there is {known}")))
        })
    }

    /// The roles, without [`PUBLIC`].
    pub fn roles(&self) -> impl Iterator<Item = &Name> {
        self.0.keys().filter(|name| &***name != PUBLIC)
    }

    /// In the one form that a list of privileges has on servers of `major`.
    #[must_use]
    pub fn normalized(mut self, on: Grantable, major: u32) -> Self {
        for grants in self.0.values_mut() {
            grants.normalize(on.privileges(major));
        }
        self
    }

    /// Whether both say the same about an object of `owner`.
    #[must_use]
    pub fn same(&self, other: &Self, owner: Option<&Name>) -> bool {
        self == other || self.without_usual(owner) == other.without_usual(owner)
    }

    /// Without the owner, if he has what an owner has by himself, and without others who have
    /// nothing.
    #[must_use]
    pub fn without_usual(&self, owner: Option<&Name>) -> Self {
        let mut without = self.clone();
        without.0.retain(|grantee, grants| match owner == Some(grantee) {
            true => *grants != Grants::all(),
            false => !grants.is_empty(),
        });
        without
    }

    /// What the owner has.
    #[must_use]
    pub fn of_owner(&self, owner: &Name) -> Grants {
        self.0.get(owner).cloned().unwrap_or_else(Grants::all)
    }

    /// What becomes of them when the object passes from one owner to another: whatever was the old
    /// owner's is the new one's (`aclnewowner` in `src/backend/utils/adt/acl.c`).
    #[must_use]
    pub fn passed(&self, from: &Name, to: &Name) -> Self {
        let mut passed = self.clone();
        if from == to {
            return passed;
        }
        let mut grants = passed.0.remove(from).unwrap_or_else(Grants::all);
        if let Some(more) = passed.0.remove(to) {
            grants.absorb(&more);
        }
        passed.0.insert(to.clone(), grants);
        passed.without_usual(Some(to))
    }

    /// These on an object of `owner`, and `others` beside them.
    #[must_use]
    pub fn with(mut self, others: &Self, owner: Option<&Name>) -> Self {
        for (grantee, grants) in others.iter() {
            let had =
                self.0.entry(grantee.clone()).or_insert_with(|| match owner == Some(grantee) {
                    true => Grants::all(),
                    false => Grants::default(),
                });
            had.absorb(grants);
        }
        self.without_usual(owner)
    }

    /// Keeps what `keep` says.
    /// The same, once columns have the names that `of` gives them.
    #[must_use]
    pub fn with_columns(&self, of: &dyn Fn(&Name) -> Name) -> Self {
        let renamed = |grants: &Grants| {
            let all = grants.0.iter().map(|((privilege, column), grantable)| {
                ((*privilege, column.as_ref().map(of)), *grantable)
            });
            Grants(all.collect())
        };
        Self(self.0.iter().map(|(role, grants)| (role.clone(), renamed(grants))).collect())
    }

    pub fn retain(&mut self, keep: impl Fn(Privilege, Option<&Name>) -> bool) {
        for grants in self.0.values_mut() {
            grants.retain(&keep);
        }
        self.0.retain(|_, grants| !grants.is_empty());
    }
}
