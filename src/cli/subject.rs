//! Which object somebody means.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use crate::diagnostic::{Located, object_meant};
use crate::kinds;
use crate::model::{Address, Name, Part};
use crate::pipeline::{DesiredState, Outcome, type_name};
use crate::sql::argument_types;

/// How many objects are suggested of those that come into question.
const SUGGESTED: usize = 3;

/// What a comparison knows by name.
pub struct Known<'a> {
    /// Objects by their names after the plan, and the columns that they have.
    objects: BTreeMap<&'a Address, BTreeSet<Name>>,
    outcome: &'a Outcome,
}

impl<'a> Known<'a> {
    /// The objects of both sides.
    pub fn of(desired: &'a DesiredState, outcome: &'a Outcome) -> Self {
        let mut objects: BTreeMap<&Address, BTreeSet<Name>> = BTreeMap::new();
        let live = outcome.origin.as_ref().map(|origin| &origin.live);
        let sides = desired.canonical.objects.values();
        let sides = sides.chain(live.into_iter().flat_map(|live| live.objects.values()));
        for object in sides {
            let row = kinds::row(object.address.kind).1;
            let columns = (row.columns)(object).into_iter().map(|(name, _)| name);
            let all = objects.entry(&object.address).or_default();
            all.extend(columns.chain((row.parts)(object)));
        }
        for address in outcome.plan.changes.keys() {
            objects.entry(address).or_default();
        }
        Self { objects, outcome }
    }

    /// What is called `text`: an object or a column, as it is shown or as it was before a rename, with its kind or
    /// without; the types of a routine in any spelling that the server has for them.
    ///
    /// # Errors
    /// Nothing is called so, and what is near; a broken connection.
    pub async fn find(&self, text: &str, client: &Client) -> miette::Result<Part> {
        let found = self.object(text).or_else(|| self.column(text)).or_else(|| self.was(text));
        if let Some(part) = found {
            return Ok(part);
        }
        if let Some(routine) = self.routine(text, client).await? {
            return Ok(Part::whole(routine));
        }
        Err(self.elsewhere(text).unwrap_or_else(|| self.unknown(text)).into())
    }

    fn object(&self, text: &str) -> Option<Part> {
        self.objects.keys().find(|address| address.is_called(text)).map(|it| Part::whole(it))
    }

    /// `column email of table public.customers`, or `public.customers.email`.
    fn column(&self, text: &str) -> Option<Part> {
        let mut columns = self.objects.iter().flat_map(|(address, columns)| {
            columns.iter().map(|column| Part::column(address, column))
        });
        columns.find(|part| {
            let Some(column) = &part.column else { return false };
            let short = format!("{}.{column}", part.address.qualified());
            part.to_string() == text || short == text
        })
    }

    /// By the name that it has until it is renamed.
    fn was(&self, text: &str) -> Option<Part> {
        let renamings = &self.outcome.plan.renamings;
        let mut whole = renamings.iter().filter(|it| it.from.column.is_none());
        let itself = whole.clone().find(|it| it.from.address.is_called(text));
        let column = renamings.iter().find(|it| it.from.to_string() == text);
        if let Some(renaming) = itself.or(column) {
            return Some(renaming.to.clone());
        }
        whole.find_map(|it| {
            let (from, to) = (&it.from.address, &it.to.address);
            let on_it = |address: &&&Address| {
                address.schema == to.schema && address.relation.as_ref() == Some(&to.name)
            };
            let then = |address: &&&Address| {
                let (schema, relation) = (from.schema.clone(), Some(from.name.clone()));
                Address { schema, relation, ..(**address).clone() }.is_called(text)
            };
            self.objects.keys().filter(on_it).find(then).map(|address| Part::whole(address))
        })
    }

    async fn routine(&self, text: &str, client: &Client) -> miette::Result<Option<&'a Address>> {
        let Some((name, list)) = text.strip_suffix(')').and_then(|text| text.split_once('('))
        else {
            return Ok(None);
        };
        let mut types = Vec::new();
        for written in argument_types(list) {
            let shown = type_name(client, &written).await?;
            types.push(shown.unwrap_or(written));
        }
        let text = format!("{name}({})", types.join(", "));
        Ok(self.objects.keys().copied().find(|address| address.is_called(&text)))
    }

    /// What is there and not looked at.
    fn elsewhere(&self, text: &str) -> Option<Located> {
        let is = |what: &str| {
            let name = what.rsplit_once(' ').map_or(what, |(_, name)| name);
            what == text || name == text
        };
        let unmanaged = self.outcome.unmanaged.iter().find(|thing| is(&thing.what));
        if let Some(thing) = unmanaged {
            let message = format!("{} is in the database, and not managed", thing.what);
            return Some(Located::new("pgconverge::why::not_managed", message).help(
                "this version cannot manage it, and leaves it as it is: no plan has a step for it",
            ));
        }
        let name = text.rsplit_once(' ').map_or(text, |(_, name)| name);
        let within = |what: &&String| {
            let own = what.strip_prefix("schema ");
            is(what) || own.is_some_and(|own| name.starts_with(&format!("{own}.")))
        };
        let alone = self.outcome.left_alone.iter().find(within)?;
        let message = match is(alone) {
            true => format!("{alone} is in the database, and left alone"),
            false => format!("`{text}` would be in {alone}, which is left alone"),
        };
        Some(Located::new("pgconverge::why::not_managed", message).help(
            "the files do not name it, and so have no say over it: declare it, or take `--manage database`",
        ))
    }

    fn unknown(&self, text: &str) -> Located {
        let names: Vec<String> = self.objects.keys().map(ToString::to_string).collect();
        // Whoever leaves out the schema, the kind or the types is understood.
        let name = text.split_once('(').map_or(text, |(name, _)| name);
        let bare = |address: &&&Address| {
            address.arguments.is_some()
                && Address { arguments: None, ..(**address).clone() }.is_called(name)
        };
        let mut near: Vec<String> =
            self.objects.keys().filter(bare).map(ToString::to_string).take(SUGGESTED).collect();
        if near.is_empty() {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            near.extend(object_meant(text, &names).map(str::to_owned));
        }
        let near: Vec<String> = near.iter().map(|near| format!("`{near}`")).collect();
        let help = match near.is_empty() {
            true => "objects are called as in a plan: `table public.books`, or `public.books`"
                .to_owned(),
            false => format!("did you mean {}?", near.join(" or ")),
        };
        let message = format!(
            "nothing that the files or the managed part of the database have is called `{text}`"
        );
        Located::new("pgconverge::why::unknown_object", message).help(help)
    }
}
