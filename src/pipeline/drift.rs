//! What a comparison found, as drift: in what the database is not as the files say.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::Outcome;
use crate::desired::Declared;
use crate::diagnostic::{Located, Many, Spot};
use crate::kind::{Reached, Unfinished};
use crate::kinds;
use crate::model::{Action, Address, Cause, Change, Difference, Name, Object, Part};
use crate::render::drift::{Attribute, Class, Drift, Entry, Files};
use crate::sql::FileId;

/// What `outcome` has, which came of comparing the database named `database` with what the files in
/// the directory `files` say. Whether what cannot be managed counts is up to `strict`.
#[must_use]
pub fn drift(
    declared: &Declared,
    outcome: &Outcome,
    database: &str,
    files: &str,
    strict: bool,
) -> Drift {
    let told = Told { declared, outcome };
    let changes = outcome.plan.changes.values().filter(|change| differs(change));
    let mut entries: Vec<Entry> = changes.map(|change| told.entry(change)).collect();
    entries.sort_by_cached_key(|entry| {
        let on = entry.address().is_some_and(|address| address.relation.is_some());
        (entry.group(), on, entry.object())
    });
    Drift {
        database: database.to_owned(),
        files: told.files(files),
        entries,
        unmanaged: outcome.unmanaged.iter().map(|thing| thing.what.clone()).collect(),
        strict,
        remarks: outcome.remarks.clone(),
        left_alone: outcome.left_alone.clone(),
    }
}

/// Whether a change is a matter of a window of partitions, which the files need not change for.
#[must_use]
pub fn of_window(declared: &Declared, outcome: &Outcome, change: &Change) -> bool {
    let told = Told { declared, outcome };
    let due = |to: &Object| change.action == Action::Create && told.window_of(to).is_some();
    told.ruled(change).is_some() || change.to.as_ref().is_some_and(due)
}

/// What could not be compared, since `role` may not read it, and the grants that it lacks.
///
/// # Errors
/// All of it, if there is any.
pub fn all_read(declared: &Declared, outcome: &Outcome, role: &str) -> Result<(), Many> {
    let unknown = declared.rules.iter().filter_map(|rule| {
        let unread = outcome.reached.get(rule.parent()) == Some(&Reached::Unknown);
        unread.then_some((rule.parent(), rule.goes_by()?))
    });
    let problems: Vec<Located> =
        unknown.map(|(table, column)| unread(declared, table, column, role)).collect();
    if problems.is_empty() {
        return Ok(());
    }
    let headline = "Something could not be compared, since it may not be read".to_owned();
    Err(Many { headline, problems: problems.into() })
}

fn unread(declared: &Declared, table: &Address, column: &Name, role: &str) -> Located {
    let role = Name::from(role);
    let message = format!(
        "only the rows of {table} say how far its window has come, and {role} may not read them"
    );
    let schema = table.schema.as_ref().map(ToString::to_string).unwrap_or_default();
    let problem = Located::new("pgconverge::drift::unreadable", message).help(format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ({column}) ON {} TO {role}; \
         where row security hides rows from it, ALTER ROLE {role} BYPASSRLS",
        table.qualified()
    ));
    match declared.places.find(&Part::whole(table)) {
        Some(place) => problem.at(&declared.sources, place, "the window declared here"),
        None => problem,
    }
}

/// What only comes along with something else, or steps aside for it, is as the files say.
fn differs(change: &Change) -> bool {
    let ruled = matches!(change.cause, Some(Cause::Ruled(_)));
    let comes_or_goes = matches!(change.action, Action::Create | Action::Drop);
    ruled || comes_or_goes || !change.differences.is_empty()
}

struct Told<'a> {
    declared: &'a Declared,
    outcome: &'a Outcome,
}

impl Told<'_> {
    fn entry(&self, change: &Change) -> Entry {
        let address = &change.address;
        let place = self.place(&Part::whole(address)).filter(|_| change.to.is_some());
        let attribute = |difference: &Difference| self.attribute(address, difference, &place);
        let attributes = change.differences.iter().map(attribute).collect();
        let (class, because) = self.class(change);
        Entry {
            class,
            declared: change.to.as_ref().map(|_| address.clone()),
            live: change.from.as_ref().map(|_| self.former(address)),
            attributes,
            because,
            place: place.or_else(|| self.place(&Part::whole(&self.on(change)?))),
        }
    }

    fn class(&self, change: &Change) -> (Class, Vec<String>) {
        if let Some(reason) = self.ruled(change) {
            return (Class::Invalid, vec![reason]);
        }
        let row = kinds::row(change.address.kind).1;
        let unfinished = |live| (row.unfinished)(live, change.to.as_ref());
        let unfinished: Vec<Unfinished> = change.from.as_ref().map(unfinished).unwrap_or_default();
        let because = unfinished.iter().map(|it| it.what.to_owned()).collect();
        let explained = |difference: &Difference| {
            unfinished.iter().any(|it| difference.path.starts_with(&it.path))
        };
        match (change.action, &change.to) {
            (Action::Drop, _) => (Class::Extra, because),
            (Action::Create, Some(to)) => match self.window_of(to) {
                Some(table) => {
                    (Class::Invalid, vec![format!("due by the window of {table}, which lags")])
                }
                None => (Class::Missing, because),
            },
            _ if !unfinished.is_empty() && change.differences.iter().all(explained) => {
                (Class::Invalid, because)
            }
            _ => (Class::Changed, because),
        }
    }

    /// What a rule makes of an object, or of what it is on and goes with.
    fn ruled(&self, change: &Change) -> Option<String> {
        let mut at = change;
        loop {
            if let Some(Cause::Ruled(reason)) = &at.cause {
                return Some(reason.clone());
            }
            let from = at.from.as_ref().filter(|_| at.action == Action::Drop)?;
            at = self.outcome.plan.changes.get(&self.parent(from)?)?;
        }
    }

    /// The table by whose window an object is due: a partition that no file declares, or something on
    /// one.
    fn window_of(&self, object: &Object) -> Option<Address> {
        let mut object = object;
        loop {
            let declared = &self.declared;
            let written = declared.database.objects.contains_key(&object.address)
                && !declared.expanded.contains(&object.address);
            let ruled = |of: &&Address| declared.rules.iter().any(|it| it.parent() == *of);
            if let Some(table) = object.partition_of.as_ref().filter(ruled)
                && !written
            {
                return Some(table.clone());
            }
            let parent = self.parent(object)?;
            object = self.outcome.plan.changes.get(&parent)?.to.as_ref()?;
        }
    }

    /// What an object that is in no file is on.
    fn on(&self, change: &Change) -> Option<Address> {
        self.parent(change.from.as_ref()?)
    }

    fn parent(&self, object: &Object) -> Option<Address> {
        kinds::parent(object, &self.declared.database.objects)
    }

    /// What an object is called in the database.
    fn former(&self, address: &Address) -> Address {
        let mut renamings = self.outcome.plan.renamings.iter();
        let renaming = renamings.find(|it| it.to == Part::whole(address));
        renaming.map_or_else(|| address.clone(), |it| it.from.address.clone())
    }

    fn attribute(
        &self,
        address: &Address,
        difference: &Difference,
        place: &Option<Spot>,
    ) -> Attribute {
        let column = difference.path.get(1).map(|column| Name::from(column.as_str()));
        let own = column.and_then(|column| self.place(&Part::column(address, &column)));
        Attribute {
            path: difference.path.join("."),
            declared: difference.to.clone(),
            live: difference.from.clone(),
            place: own.filter(|own| place.as_ref().is_some_and(|it| it.line != own.line)),
        }
    }

    /// Which files there are in a directory, by what they declare.
    fn files(&self, directory: &str) -> Files {
        let Declared { database, places, sources, .. } = self.declared;
        let declared = database.objects.keys().filter_map(|address| {
            Some((places.find(&Part::whole(address))?.file, address.schema.as_ref()))
        });
        let declared: BTreeSet<_> = declared.collect();
        let path = |file: &FileId| sources.path(*file).display().to_string();
        let mut of_schemas = BTreeMap::new();
        for (file, schema) in &declared {
            if let Some(schema) = schema {
                of_schemas.entry((*schema).clone()).or_insert_with(|| path(file));
            }
        }
        let first = declared.first().map(|(file, _)| path(file));
        Files { of_schemas, any: first.unwrap_or_else(|| directory.to_owned()) }
    }

    fn place(&self, part: &Part) -> Option<Spot> {
        let place = self.declared.places.find(part)?;
        Some(Spot::of(place, &self.declared.sources))
    }
}
