//! Objects as a file nests them: what is on a table under the table, a partition under its parent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostic::{Located, Many};
use crate::kind::Section;
use crate::kinds;
use crate::model::{Address, Object};

/// The key that a comment has in every section.
pub const COMMENT: &str = "comment";
/// The key of the role that an object belongs to.
pub const OWNER: &str = "owner";
/// The key of what roles may do with it.
pub const PRIVILEGES: &str = "privileges";
/// The key of what is said to lint rules.
pub const LINT: &str = "lint";
/// The key that says the name where the entry's own key does not.
pub const NAME: &str = "name";

/// An object as an entry of a file.
#[derive(Debug)]
pub struct Node<'a> {
    pub object: &'a Object,
    pub section: &'static Section,
    /// The key of the entry; none in a section that holds one object without a name.
    pub key: Option<String>,
    /// What the entry says; the comment, the owner and the privileges included.
    pub attributes: Map<String, Value>,
    /// In the order in which a file has them.
    pub nested: Vec<Node<'a>>,
}

/// The objects that stand at the top of files, each with everything that nests under it.
///
/// # Errors
/// Every object that no section can hold.
pub fn forest(objects: &BTreeMap<Address, Object>) -> Result<Vec<Node<'_>>, Many> {
    let mut grown = Grown { children: HashMap::new(), overloads: HashMap::new() };
    let mut problems = Vec::new();
    let mut roots = Vec::new();
    for object in objects.values() {
        let Some(entry) = place(objects, object) else {
            problems.push(unwritable(object));
            continue;
        };
        *grown.overloads.entry(overload(object, entry.section)).or_default() += 1;
        match &entry.parent {
            Some(parent) => grown.children.entry(parent.clone()).or_default().push(entry),
            None => roots.push(entry),
        }
    }
    if problems.is_empty() {
        return Ok(grown.nodes(roots));
    }
    let headline = "The database has objects that no file can declare".to_owned();
    Err(Many { headline, problems: Arc::new(problems) })
}

/// The entry of an object by itself: its section and what it says.
pub fn attributes(object: &Object) -> Option<(&'static Section, Map<String, Value>)> {
    let nests = object.partition_of.is_some() || object.address.relation.is_some();
    let sections = (kinds::row(object.address.kind).1.sections)();
    let fitting = sections.iter().filter(|section| section.within.is_empty() != nests);
    let (section, value) =
        fitting.filter_map(|section| Some((section, (section.write)(object)?))).next()?;
    let Value::Object(mut attributes) = value else { return None };
    if let Some(name) = name_apart(object, section) {
        attributes.shift_insert(0, NAME.to_owned(), name.into());
    }
    if let Some(comment) = &object.comment {
        attributes.insert(COMMENT.to_owned(), comment.as_str().into());
    }
    if let Some(owner) = &object.owner {
        attributes.insert(OWNER.to_owned(), (&**owner).into());
    }
    if let Some(privileges) = object.privileges.as_ref().and_then(|p| serde_json::to_value(p).ok())
    {
        attributes.insert(PRIVILEGES.to_owned(), privileges);
    }
    Some((section, attributes))
}

struct Placed<'a> {
    object: &'a Object,
    parent: Option<Address>,
    section: &'static Section,
    attributes: Map<String, Value>,
}

fn place<'a>(objects: &BTreeMap<Address, Object>, object: &'a Object) -> Option<Placed<'a>> {
    let parent = kinds::parent(object, objects);
    if let Some(parent) = &parent {
        objects.contains_key(parent).then_some(())?;
    }
    let (section, attributes) = attributes(object)?;
    Some(Placed { object, parent, section, attributes })
}

/// The name where it must be an attribute: in a section without names, unless it is the one that
/// PostgreSQL gives by itself; and for a routine whose name would not survive as a key, because the
/// reader takes what stands before a parenthesis.
fn name_apart(object: &Object, section: &Section) -> Option<String> {
    let name = &*object.address.name;
    if section.named {
        return (object.address.arguments.is_some() && name.contains('(')).then(|| name.to_owned());
    }
    let given = default_name(section, object.address.relation.as_deref()?);
    (given.as_deref() != Some(name) && !name.is_empty()).then(|| name.to_owned())
}

/// The name that PostgreSQL gives an object of a section without names, unless it is taken or too
/// long: an entry without a name stands for an object of any name, so leaving out this one loses
/// nothing. `ChooseIndexName` in `src/backend/commands/indexcmds.c`
fn default_name(section: &Section, relation: &str) -> Option<String> {
    (section.key == "primary_key").then(|| format!("{relation}_pkey"))
}

fn unwritable(object: &Object) -> Located {
    let address = &object.address;
    let message = format!("no section of a file can hold {address}");
    Located::new("pgconverge::desired::unwritable", message)
        .help("leave it out by naming it under `ignore` in pgconverge.toml")
}

/// What the entries of one section are told apart by when they are routines.
type Overload = (Option<crate::model::Name>, &'static str, crate::model::Name);

fn overload(object: &Object, section: &'static Section) -> Overload {
    (object.address.schema.clone(), section.key, object.address.name.clone())
}

struct Grown<'a> {
    children: HashMap<Address, Vec<Placed<'a>>>,
    overloads: HashMap<Overload, usize>,
}

impl<'a> Grown<'a> {
    fn nodes(&mut self, placed: Vec<Placed<'a>>) -> Vec<Node<'a>> {
        let mut nodes: Vec<_> = placed.into_iter().map(|placed| self.node(placed)).collect();
        nodes.sort_by_cached_key(|node| {
            let address = &node.object.address;
            (order(node), address.name.clone(), address.arguments.clone())
        });
        nodes
    }

    fn node(&mut self, placed: Placed<'a>) -> Node<'a> {
        let Placed { object, section, attributes, .. } = placed;
        let name = &*object.address.name;
        let key = match &object.address.arguments {
            _ if !section.named => None,
            Some(types) if self.overloads.get(&overload(object, section)) > Some(&1) => {
                Some(format!("{name}({types})"))
            }
            _ => Some(name.to_owned()),
        };
        let children = self.children.remove(&object.address).unwrap_or_default();
        Node { object, section, key, attributes, nested: self.nodes(children) }
    }
}

/// The order of the registry, but what is of its parent's own kind, and as long, comes last.
fn order(node: &Node<'_>) -> (bool, usize, usize) {
    let (rank, row) = kinds::row(node.object.address.kind);
    let at = (row.sections)().iter().position(|section| section.key == node.section.key);
    (node.section.within.contains(&row.tag), rank, at.unwrap_or_default())
}
