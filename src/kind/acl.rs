//! A list of privileges as the catalog shows it.
//! <https://www.postgresql.org/docs/current/ddl-priv.html>: `grantee=privileges/grantor`.

use super::reading::DecodeError;
use crate::model::{Grants, Name, PUBLIC, Privilege};

/// One element of it.
#[derive(Debug, PartialEq)]
pub struct AclItem {
    pub grantee: Name,
    pub grants: Grants,
    pub grantor: Name,
}

impl AclItem {
    /// # Errors
    /// A text that is none, or has a privilege that is not known.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        let unknown =
            || DecodeError::Unknown { what: "list of privileges", value: text.to_owned() };
        let (grantee, rest) = role(text);
        let rest = rest.strip_prefix('=').ok_or_else(unknown)?;
        let (letters, grantor) = rest.split_once('/').ok_or_else(unknown)?;
        let mut grants = Grants::default();
        let mut last = None;
        for letter in letters.chars() {
            match (letter, last) {
                ('*', Some(privilege)) => grants.add(privilege, None, true),
                _ => {
                    let privilege = Privilege::of_letter(letter).ok_or_else(unknown)?;
                    grants.add(privilege, None, false);
                    last = Some(privilege);
                }
            }
        }
        let grantee = if grantee.is_empty() { PUBLIC.to_owned() } else { grantee };
        Ok(Self { grantee: grantee.into(), grants, grantor: role(grantor).0.into() })
    }
}

/// A role's name, in quotes where it has other characters than letters, digits and underscores;
/// and what comes after it. `putid` in `src/backend/utils/adt/acl.c`
fn role(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['=', '/']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c != '"' {
            name.push(c);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return (name, &quoted[at + 1..]);
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_lists() {
        let item = AclItem::parse("\"a\"\"=b/ é\"=r*w/\"O p\"").unwrap();
        assert_eq!((&*item.grantee, &*item.grantor), ("a\"=b/ é", "O p"));
        assert_eq!(item.grants.to_string(), "select with grant option, update");
        let item = AclItem::parse("=X/owner").unwrap();
        assert_eq!((&*item.grantee, &*item.grantor), ("public", "owner"));
        assert!(AclItem::parse("nobody").is_err());
    }
}
