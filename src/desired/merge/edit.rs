//! Changes to a TOML document that leave everything else in it as it is.

use serde_json::{Map, Value};
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, TomlError};

use super::array::{is_commented, merged};
use crate::desired::layout;
use crate::desired::toml_text::several_lines;
use crate::desired::tree::Node;

/// The item that `path` leads to.
pub fn item<'a>(document: &'a mut DocumentMut, path: &[String]) -> Option<&'a mut Item> {
    path.iter().try_fold(document.as_item_mut(), |item, key| {
        item.as_table_like_mut().and_then(|table| table.get_mut(key))
    })
}

/// Brings an entry from what it says to what it should say. Keys that both have alike stay
/// untouched. `short` is the key that the entry's value stands for when it is no table.
///
/// # Errors
/// None that text written by [`several_lines`] could give.
pub fn change(
    item: &mut Item,
    short: Option<&str>,
    from: &Map<String, Value>,
    to: &Map<String, Value>,
) -> Result<(), TomlError> {
    if item.is_table_like() {
        return change_table(item, from, to);
    }
    if let Some(short) = short.filter(|_| to.len() > 1)
        && from.get(short).is_some_and(|value| to.get(short) == Some(value))
    {
        // What the short form says is so still, and stays as it is spelled.
        *item = Item::Value(lengthened(item, short));
        return change_table(item, from, to);
    }
    let only = to.iter().next().filter(|(key, _)| to.len() == 1 && short == Some(key));
    let value = only.map_or_else(|| Value::Object(to.clone()), |(_, value)| value.clone());
    replace(item, &value)
}

/// Removes what `path` leads to, and the section that it was in if nothing is left there.
pub fn remove(document: &mut DocumentMut, path: &[String]) {
    let Some((key, above)) = path.split_last() else { return };
    let Some(container) = item(document, above) else { return };
    if let Some(table) = container.as_table_like_mut() {
        table.remove(key);
    }
    tidy_inline(container);
    let is_empty = container.as_table_like().is_some_and(TableLike::is_empty);
    // Sections and names take turns: an odd number of keys leads to a section.
    if above.len() % 2 == 1 && is_empty {
        remove(document, above);
    } else if let (Some(table), true) = (container.as_table_mut(), is_empty && !above.is_empty()) {
        // An object about which nothing is left to say is declared by its header alone.
        table.set_implicit(false);
    }
}

/// Adds an entry, with all that nests under it, to the entry at `path`, or to the top of the file.
/// `short` is as for [`change`], of the entry at `path`.
///
/// # Errors
/// As [`change`].
pub fn add(
    document: &mut DocumentMut,
    path: &[String],
    short: Option<&str>,
    node: &Node<'_>,
) -> Result<(), TomlError> {
    lengthen(document, path, short);
    let mut target = path.to_vec();
    let mut wanted = [path, &[node.section.key.to_owned()]].concat();
    let mut new_section = node.key.as_deref();
    if let (Some(key), Some(_)) = (&node.key, item(document, &wanted)) {
        target.clone_from(&wanted);
        wanted.push(key.clone());
        new_section = None;
    }
    let new = if takes_headers(document, &target) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let mut fresh: DocumentMut = layout::entry(&keys, node).parse()?;
        let mut new = item(&mut fresh, &wanted).map(std::mem::take).unwrap_or_default();
        loosen(&mut new);
        new
    } else {
        let entry = layout::whole(node);
        parsed(&match new_section {
            Some(key) => Value::Object(Map::from_iter([(key.to_owned(), entry)])),
            None => entry,
        })?
    };
    if let (Some(target), Some(key)) = (item(document, &target), wanted.last()) {
        insert(target, key, new);
    }
    Ok(())
}

/// Removes what `path` leads to, and the tables that held nothing else, but for those that the first
/// `kept` keys lead to.
pub fn remove_down_to(document: &mut DocumentMut, path: &[String], kept: usize) {
    let Some((key, above)) = path.split_last() else { return };
    let Some(container) = item(document, above) else { return };
    if let Some(table) = container.as_table_like_mut() {
        table.remove(key);
    }
    tidy_inline(container);
    if !container.as_table_like().is_some_and(TableLike::is_empty) {
        return;
    }
    if above.len() > kept {
        remove_down_to(document, above, kept);
    } else if let (Some(table), false) = (container.as_table_mut(), above.is_empty()) {
        table.set_implicit(false);
    }
}

fn change_table(
    item: &mut Item,
    from: &Map<String, Value>,
    to: &Map<String, Value>,
) -> Result<(), TomlError> {
    if let Some(table) = item.as_table_like_mut() {
        for key in from.keys().filter(|key| !to.contains_key(*key)) {
            table.remove(key);
        }
    }
    for (key, value) in to.iter().filter(|(key, value)| from.get(*key) != Some(value)) {
        let existing = item.as_table_like_mut().and_then(|table| table.get_mut(key));
        match (existing, value) {
            (Some(existing), Value::Object(to)) if existing.is_table_like() => {
                let nothing = Map::new();
                let from = from.get(key).and_then(Value::as_object).unwrap_or(&nothing);
                change_table(existing, from, to)?;
            }
            (Some(existing), value) => replace(existing, value)?,
            (None, value) => insert(item, key, parsed(value)?),
        }
    }
    tidy_inline(item);
    Ok(())
}

/// Puts a value in place of another; the comment after it and the blanks around it stay.
fn replace(item: &mut Item, value: &Value) -> Result<(), TomlError> {
    let decor = item.as_value().map(|old| old.decor().clone());
    let new = parsed(value)?;
    *item = match (item.as_array(), new.as_array()) {
        (Some(old), Some(new)) if is_commented(old) => Item::Value(merged(old, new).into()),
        _ => new,
    };
    if let (Some(new), Some(decor)) = (item.as_value_mut(), decor) {
        *new.decor_mut() = decor;
    }
    Ok(())
}

fn parsed(value: &Value) -> Result<Item, TomlError> {
    let mut value: toml_edit::Value = several_lines(value).parse()?;
    value.decor_mut().clear();
    Ok(Item::Value(value))
}

/// Adds a key at the end, its equals sign under those of the lines before if they are aligned.
fn insert(item: &mut Item, key: &str, new: Item) {
    let column = item.as_table().and_then(equals_column);
    let is_line = new.is_value();
    if let Some(table) = item.as_table_like_mut() {
        table.insert(key, new);
        if let (Some(column), true, Some(mut key)) = (column, is_line, table.key_mut(key)) {
            let width = key.display_repr().chars().count();
            let blanks = column.saturating_sub(width).max(1);
            key.leaf_decor_mut().set_suffix(" ".repeat(blanks));
        }
    }
    tidy_inline(item);
}

/// The column that all lines of a table have their equals sign in, if that is no accident: there are
/// several lines, or one with more than a blank before the sign.
fn equals_column(table: &Table) -> Option<usize> {
    let lines: Vec<(usize, usize)> = table
        .iter()
        .filter(|(_, item)| item.is_value())
        .filter_map(|(key, _)| {
            let key = table.key(key)?;
            let blanks = key.leaf_decor().suffix().and_then(|suffix| suffix.as_str());
            let blanks = blanks.map_or(1, |blanks| blanks.chars().count());
            Some((key.display_repr().chars().count() + blanks, blanks))
        })
        .collect();
    let (column, blanks) = *lines.first()?;
    let aligned = lines.iter().all(|line| line.0 == column) && (lines.len() > 1 || blanks > 1);
    aligned.then_some(column)
}

/// An entry in short form that is to have others under it becomes a table.
fn lengthen(document: &mut DocumentMut, path: &[String], short: Option<&str>) {
    let headers = path.split_last().is_some_and(|(_, above)| takes_headers(document, above));
    let (Some(item), Some(short)) = (item(document, path), short) else { return };
    if item.is_table_like() {
        return;
    }
    *item = match lengthened(item, short) {
        toml_edit::Value::InlineTable(table) if headers => Item::Table(table.into_table()),
        value => Item::Value(value),
    };
}

/// The table that the value in short form stands for, with what is around it.
fn lengthened(item: &Item, short: &str) -> toml_edit::Value {
    let mut table = InlineTable::new();
    if let Some(mut value) = item.as_value().cloned() {
        *table.decor_mut() = value.decor().clone();
        value.decor_mut().clear();
        table.insert(short, value);
    }
    toml_edit::Value::InlineTable(table)
}

/// Whether what is at `path` can have headers below it: only tables do that have headers themselves.
fn takes_headers(document: &mut DocumentMut, path: &[String]) -> bool {
    (0..=path.len()).all(|end| {
        let item = item(document, &path[..end]);
        item.is_some_and(|item| item.as_table().is_some_and(|table| !table.is_dotted()))
    })
}

/// Frees the headers of an item from the places that they had in another document.
fn loosen(item: &mut Item) {
    if let Some(table) = item.as_table_mut() {
        table.set_position(None);
        table.decor_mut().set_prefix("\n");
        table.iter_mut().for_each(|(_, item)| loosen(item));
    }
}

/// The blanks before the closing brace belong to the last value: after a change that may be
/// another.
fn tidy_inline(item: &mut Item) {
    let Some(table) = item.as_inline_table_mut() else { return };
    let last = table.len().saturating_sub(1);
    for (at, (_, value)) in table.iter_mut().enumerate() {
        let suffix = value.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default();
        if suffix.chars().all(|c| c == ' ') {
            value.decor_mut().set_suffix(if at == last { " " } else { "" });
        }
    }
}
