//! The questions.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::bonds::bonds;
use super::shape::{Key, Shape, Text};
use crate::kind::form::FormError;

/// A key, and a word, that nothing has and nothing is like.
const UNKNOWN: &str = "qqqqqqqqqqqq";

/// How deep tables are looked into: deeper than any is.
const DEEPEST: usize = 8;

/// Reads a value as a kind would, and says what is wrong with it.
pub type Reader<'a> = &'a dyn Fn(&Spanned<DeValue<'_>>) -> Result<(), FormError>;

/// What `read` takes.
#[must_use]
pub fn shape_of(read: Reader<'_>) -> Shape {
    let shape =
        Asking { read, before: "value = ".to_owned(), after: String::new(), depth: 0 }.shape();
    // What takes everything does not look: there is nothing to say.
    let blind = shape.boolean && shape.number && shape.text.is_some() && shape.list.is_some();
    if blind { Shape { table: Some(Vec::new()), ..Shape::default() } } else { shape }
}

/// What the answer to a value is.
enum Answer {
    /// It is taken, or refused for what it is about and not for its form.
    Fits,
    /// It is of another type.
    Refused,
    /// It is a table, whose keys are these.
    Keys(&'static [&'static str]),
    /// It is a word, and one of these.
    Words(&'static [&'static str]),
    /// It lacks this key.
    Lacks(&'static str),
}

/// A place for a value: a document with a gap.
struct Asking<'a> {
    read: Reader<'a>,
    before: String,
    after: String,
    depth: usize,
}

impl Asking<'_> {
    fn shape(&self) -> Shape {
        if self.depth > DEEPEST {
            return Shape::default();
        }
        let fits = |value: &str| matches!(self.answer(value), Answer::Fits | Answer::Lacks(_));
        let integer = fits("1").then(|| fits("-1"));
        let text = self.text();
        let (table, names) = self.table();
        let passes = |value: &str| {
            let text = format!("{}{value}{}", self.before, self.after);
            let table = DeTable::parse(&text).ok();
            let whole = table.as_ref().and_then(|table| table.get_ref().get("value"));
            whole.is_some_and(|whole| (self.read)(whole).is_ok())
        };
        let bonds = table.as_ref().map(|keys| bonds(&passes, keys, self.depth == 0));
        Shape {
            boolean: fits("true"),
            integer,
            number: fits("1.5"),
            text,
            list: fits("[]").then(|| Box::new(self.within("[", "]").shape())),
            table,
            bonds: bonds.unwrap_or_default(),
            names,
        }
    }

    fn text(&self) -> Option<Text> {
        match self.answer(&format!("'{UNKNOWN}'")) {
            Answer::Words(words) => {
                // A privilege may have columns after it.
                let more =
                    |word: &&str| matches!(self.answer(&format!("'{word} (a)'")), Answer::Fits);
                let more = words.iter().any(more);
                Some(if more { Text::Any } else { Text::OneOf(words.to_vec()) })
            }
            Answer::Refused | Answer::Keys(_) => None,
            Answer::Fits | Answer::Lacks(_) => Some(Text::Any),
        }
    }

    fn table(&self) -> (Option<Vec<Key>>, Option<Box<Shape>>) {
        match self.answer(&format!("{{ {UNKNOWN} = 1 }}")) {
            // Serde takes a word also as the key of a table, which no file means.
            Answer::Refused | Answer::Words(_) => (None, None),
            Answer::Keys(names) => (Some(self.keys(names)), None),
            Answer::Fits | Answer::Lacks(_) => {
                let value = self.within(&format!("{{ {UNKNOWN} = "), " }").shape();
                (None, Some(Box::new(value)))
            }
        }
    }

    fn keys(&self, names: &'static [&'static str]) -> Vec<Key> {
        let mut keys: Vec<Key> = names
            .iter()
            .map(|name| {
                let shape = self.within(&format!("{{ {name} = "), " }").shape();
                Key { name, required: false, shape }
            })
            .collect();
        // One that is missing is told at a time: it is given a value, and what else is missing is asked.
        let mut given: Vec<String> = Vec::new();
        while let Answer::Lacks(missing) = self.answer(&format!("{{ {} }}", given.join(", "))) {
            let Some(key) = keys.iter_mut().find(|key| key.name == missing && !key.required) else {
                break;
            };
            key.required = true;
            given.push(format!("{missing} = {}", sample(&key.shape)));
        }
        keys
    }

    fn within(&self, open: &str, close: &str) -> Asking<'_> {
        Asking {
            read: self.read,
            before: format!("{}{open}", self.before),
            after: format!("{close}{}", self.after),
            depth: self.depth + 1,
        }
    }

    fn answer(&self, value: &str) -> Answer {
        let text = format!("{}{value}{}", self.before, self.after);
        let Ok(table) = DeTable::parse(&text) else { return Answer::Refused };
        let Some(whole) = table.get_ref().get("value") else { return Answer::Refused };
        let Err(error) = (self.read)(whole) else { return Answer::Fits };
        let at = error.place.map_or(0, |place| place.start as usize);
        let (start, end) = (self.before.len(), self.before.len() + value.len());
        if at < start || at >= end {
            return Answer::Fits;
        }
        match (error.code, error.expected(), error.missing()) {
            ("pgconverge::desired::unknown_key", Some(keys), _) => Answer::Keys(keys),
            ("pgconverge::desired::unknown_value", Some(words), _) => Answer::Words(words),
            (_, _, Some(key)) if at == start => Answer::Lacks(key),
            ("pgconverge::desired::type_mismatch", ..) if at == start => Answer::Refused,
            _ => Answer::Fits,
        }
    }
}

/// A value of a shape.
pub fn sample(shape: &Shape) -> String {
    match shape {
        Shape { text: Some(Text::OneOf(words)), .. } => {
            format!("'{}'", words.first().copied().unwrap_or_default())
        }
        Shape { text: Some(Text::Any), .. } => "'a'".to_owned(),
        Shape { list: Some(of), .. } => format!("[{}]", sample(of)),
        Shape { integer: Some(_), .. } => "1".to_owned(),
        Shape { boolean: true, .. } => "true".to_owned(),
        _ => "{}".to_owned(),
    }
}
