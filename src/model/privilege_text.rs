//! Privileges as files have them: `reader = ["select"]`, `writer = ["update (name, email)",
//! "delete with grant option"]`, `admin = "all"`.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::address::Name;
use super::privilege::{Grants, Privilege, Privileges};
use crate::sql::{identifier_list, parse_names};

const OPTION: &str = " with grant option";

const WORDS: &[&str] = &[
    "all",
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
    "maintain",
    "usage",
    "create",
    "execute",
];

impl Grants {
    /// Each privilege as files write it, the columns of one together.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<(Privilege, bool, Vec<&Name>)> = Vec::new();
        for (privilege, column, grantable) in self.iter() {
            let same = texts.iter_mut().find(|(other, option, columns)| {
                (*other, *option) == (privilege, grantable) && !columns.is_empty()
            });
            match (same, column) {
                (Some((_, _, columns)), Some(column)) => columns.push(column),
                (_, column) => texts.push((privilege, grantable, column.into_iter().collect())),
            }
        }
        let text = |(privilege, grantable, columns): &(Privilege, bool, Vec<&Name>)| {
            let list = match columns.as_slice() {
                [] => String::new(),
                columns => format!(" ({})", identifier_list(columns.iter().map(|name| &***name))),
            };
            let option = if *grantable { OPTION } else { "" };
            format!("{}{list}{option}", privilege.word())
        };
        texts.iter().map(text).collect()
    }

    fn read<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        let whole = text.trim();
        let lower = whole.to_ascii_lowercase();
        let grantable = lower.ends_with(OPTION);
        let rest = if grantable { &whole[..whole.len() - OPTION.len()] } else { whole };
        let (word, columns) =
            match rest.trim_end().strip_suffix(')').and_then(|r| r.split_once('(')) {
                Some((word, columns)) => (word, Some(columns)),
                None => (rest, None),
            };
        let word = word.trim().to_ascii_lowercase();
        let Some(privilege) = Privilege::of_word(&word) else {
            return Err(de::Error::unknown_variant(&word, WORDS));
        };
        let Some(columns) = columns else {
            self.add(privilege, None, grantable);
            return Ok(());
        };
        let names = parse_names(columns).map_err(|error| E::custom(error.to_string()))?;
        for name in names {
            self.add(privilege, Some(name.into()), grantable);
        }
        Ok(())
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.texts().as_slice() {
            [] => f.write_str("nothing"),
            texts => f.write_str(&texts.join(", ")),
        }
    }
}

impl Serialize for Grants {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = self.texts();
        match texts.as_slice() {
            [all] if self.get(Privilege::All, None).is_some() => serializer.serialize_str(all),
            texts => {
                let mut list = serializer.serialize_seq(Some(texts.len()))?;
                texts.iter().try_for_each(|text| list.serialize_element(text))?;
                list.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Grants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GrantsVisitor)
    }
}

struct GrantsVisitor;

impl<'de> Visitor<'de> for GrantsVisitor {
    type Value = Grants;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of privileges")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Grants, E> {
        let mut grants = Grants::default();
        grants.read(text)?;
        Ok(grants)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Grants, A::Error> {
        let mut grants = Grants::default();
        while let Some(Item(item)) = list.next_element()? {
            for (privilege, column, grantable) in item.iter() {
                grants.add(privilege, column.cloned(), grantable);
            }
        }
        Ok(grants)
    }
}

/// One text of a list, so that what is wrong with it is shown at its place.
struct Item(Grants);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl Visitor<'_> for One {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a privilege")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
                GrantsVisitor.visit_str(text).map(Item)
            }
        }
        deserializer.deserialize_str(One)
    }
}

impl Serialize for Privileges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.iter().try_for_each(|(grantee, grants)| map.serialize_entry(grantee, grants))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Privileges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Privileges;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of roles with their privileges")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Privileges, A::Error> {
                let mut privileges = Privileges::default();
                while let Some((grantee, grants)) = map.next_entry::<String, Grants>()? {
                    privileges.insert(grantee.into(), grants);
                }
                Ok(privileges)
            }
        }
        deserializer.deserialize_map(Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Grantable;

    fn read(json: &str) -> Privileges {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            r#"{"admin":"all","boss":"all with grant option","nobody":[],"reader":["select"]}"#,
            r#"{"w":["select","update (\"B c\", a)","delete with grant option"]}"#,
            r#"{"w":["update (a)","update (b) with grant option"]}"#,
        ] {
            assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
        }
    }

    #[test]
    fn a_complete_list_is_all() {
        let list = read(r#"{"r":["UPDATE", "usage", "select", "select"]}"#);
        assert_eq!(list.normalized(Grantable::Sequence, 15), read(r#"{"r":"all"}"#));
        let more = read(r#"{"r":["all", "select with grant option"]}"#);
        let told = read(r#"{"r":["select with grant option", "update", "usage"]}"#);
        assert_eq!(more.normalized(Grantable::Sequence, 15), told);
    }

    #[test]
    fn an_unknown_word_is_an_error() {
        assert!(serde_json::from_str::<Privileges>(r#"{"r":["selekt"]}"#).is_err());
        assert!(serde_json::from_str::<Privileges>(r#"{"r":["select ()"]}"#).is_err());
    }
}
