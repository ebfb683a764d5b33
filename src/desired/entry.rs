//! From a parsed file to objects: what is nested under a table is lifted out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::files::unreadable;
use super::tree::{COMMENT, LINT, NAME, OWNER, PRIVILEGES};
use super::{Allow, AllowScope, Declared, Files, Places, allow, json_schema, renamed, rights};
use crate::diagnostic::{Located, Sources, did_you_mean};
use crate::kind::{Entry, Form, FormError, KindRow, Rolling, Section, from_value, place_of};
use crate::kinds;
use crate::model::{Address, Database, Former, Name, Object, Part};
use crate::sql::{FileId, Fragment, Place};

/// Collects the objects of all files, and everything that is wrong with them.
pub struct Reader {
    sources: Sources,
    directory: PathBuf,
    shown: PathBuf,
    objects: BTreeMap<Address, Object>,
    places: Places,
    rules: Vec<Arc<dyn Rolling>>,
    expanded: Vec<Address>,
    allows: Vec<Allow>,
    renamed: BTreeMap<Part, Former>,
    renamed_at: Places,
    schemas: BTreeMap<Name, Place>,
    /// A schema, and the name that it goes by instead.
    moved: Option<(Name, Name)>,
    problems: Vec<Located>,
}

/// The keys of an entry that its kind does not read.
pub fn elsewhere(row: &KindRow, section: &Section) -> Vec<&'static str> {
    let mut keys = vec![LINT];
    keys.extend(row.commentable.then_some(COMMENT));
    keys.extend(row.owned.then_some(OWNER));
    keys.extend(renamed::keys(row));
    keys.extend(row.grantable.map(|_| PRIVILEGES));
    keys.extend(kinds::sections(Some(row.tag)).map(|(_, section)| section.key));
    keys.extend((!section.named).then_some(NAME));
    keys.extend(section.from_file.map(|(_, file)| file));
    keys
}

/// What surrounds an entry.
#[derive(Clone, Copy)]
struct Around<'a> {
    file: FileId,
    schema: &'a Name,
    parent: Option<&'a Address>,
}

impl Reader {
    pub fn new(files: Files) -> Self {
        let Files { sources, directory, shown } = files;
        Self {
            sources,
            directory,
            shown,
            objects: BTreeMap::new(),
            places: Places::default(),
            rules: Vec::new(),
            expanded: Vec::new(),
            allows: Vec::new(),
            renamed: BTreeMap::new(),
            renamed_at: Places::default(),
            schemas: BTreeMap::new(),
            moved: None,
            problems: Vec::new(),
        }
    }

    /// The same, with one schema under another name.
    pub fn with_moved(self, moved: (Name, Name)) -> Self {
        Self { moved: Some(moved), ..self }
    }

    /// What a schema goes by.
    fn now(&self, schema: &Name) -> Name {
        let moved = self.moved.as_ref().filter(|(from, _)| from == schema);
        moved.map_or(schema, |(_, to)| to).clone()
    }

    /// Every file, one after the other.
    pub fn read_all(&mut self) {
        let files: Vec<(FileId, String)> =
            self.sources.files().map(|(file, _, text)| (file, text.to_owned())).collect();
        for (file, text) in files {
            let (table, errors) = DeTable::parse_recoverable(&text);
            for error in &errors {
                let span = error.span().unwrap_or(0..0);
                let place = place_of(file, &Spanned::new(span, ()));
                self.problems.push(
                    Located::new("pgconverge::desired::not_toml", error.message().to_owned())
                        .at(&self.sources, place, "here")
                        .help("the file is not TOML: https://toml.io"),
                );
            }
            if errors.is_empty() {
                self.read_file(file, table.get_ref());
            }
        }
    }

    fn read_file(&mut self, file: FileId, table: &DeTable<'_>) {
        let mut schema = Name::from("public");
        if let Some((key, value)) = table.get_key_value("schema")
            && value.get_ref().is_str()
        {
            schema = value.get_ref().as_str().unwrap_or_default().into();
            self.schemas.entry(self.now(&schema)).or_insert(place_of(file, key));
        }
        let schema = self.now(&schema);
        let around = Around { file, schema: &schema, parent: None };
        for (key, value) in table {
            if key.get_ref() == "schema" && value.get_ref().is_str() {
                continue;
            }
            if key.get_ref() == LINT {
                self.read_allows(file, value, &AllowScope::File(file));
                continue;
            }
            match kinds::sections(None).find(|(_, section)| section.key == key.get_ref()) {
                Some((row, section)) => self.read_section(around, row, section, key, value),
                None => self.unknown_section(file, key),
            }
        }
    }

    fn unknown_section(&mut self, file: FileId, key: &Spanned<std::borrow::Cow<'_, str>>) {
        let word = &**key.get_ref();
        let known = || kinds::sections(None).map(|(_, section)| section.key);
        let nested = kinds::REGISTRY
            .iter()
            .flat_map(|row| (row.sections)())
            .filter(|section| section.key == word);
        let nested = nested.flat_map(|section| section.within).next();
        let help = match (nested, did_you_mean(word, known())) {
            (Some(kind), _) => {
                format!("`{word}` belongs under a {kind}: [{}.NAME.{word}]", kind.0)
            }
            (None, Some(key)) => format!("did you mean `{key}`?"),
            (None, None) => {
                let known: Vec<_> = known().map(|key| format!("`{key}`")).collect();
                format!("at the top of a file there can be {}", known.join(", "))
            }
        };
        self.problems.push(
            Located::new("pgconverge::desired::unknown_key", format!("unknown key `{word}`"))
                .at(&self.sources, place_of(file, key), "here")
                .help(help),
        );
    }

    fn read_section(
        &mut self,
        around: Around<'_>,
        row: &KindRow,
        section: &Section,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let place = place_of(around.file, key);
        if !section.named {
            let name = value.get_ref().as_table().and_then(|table| table.get("name"));
            match name.map(|name| from_value::<String>(around.file, name)).transpose() {
                Ok(name) => {
                    let name = name.unwrap_or_default().into();
                    self.read_entry(around, row, section, &name, place, value);
                }
                Err(error) => self.report(error),
            }
            return;
        }
        let Some(entries) = value.get_ref().as_table() else {
            let message = format!("`{}` holds objects by name", section.key);
            let error = FormError::new("pgconverge::desired::type_mismatch", message);
            self.report(error.or_at(place_of(around.file, value)));
            return;
        };
        for (name, value) in entries {
            let place = place_of(around.file, name);
            let name = Name::from(&**name.get_ref());
            self.read_entry(around, row, section, &name, place, value);
        }
    }

    fn read_entry(
        &mut self,
        around: Around<'_>,
        row: &KindRow,
        section: &Section,
        name: &Name,
        place: Place,
        value: &Spanned<DeValue<'_>>,
    ) {
        let nested: Vec<_> = kinds::sections(Some(row.tag)).collect();
        let elsewhere = elsewhere(row, section);
        let mut form = Form {
            file: around.file,
            value,
            short: section.short,
            elsewhere: &elsewhere,
            parts: row.part.filter(|_| row.parts_are_tables),
            from_file: None,
        };
        let result = self.text_from_file(section, &form).and_then(|text| {
            form.from_file = text;
            let comment = form.get("comment").map(|value| from_value(around.file, value));
            let entry =
                Entry { schema: around.schema, parent: around.parent, name, form: form.clone() };
            let object = (section.read)(&entry).map_err(|error| error.or_at(place))?;
            let mut object = object.with_comment(comment.transpose()?);
            let address = &mut object.address;
            address.schema = address.schema.as_ref().map(|schema| self.now(schema));
            if (row.namespace)(&address.name).is_some() {
                address.name = self.now(&address.name);
            }
            rights::read(&mut object, &form)?;
            let renamed = renamed::read(&object, &form)?;
            Ok((object, renamed))
        });
        let (object, said) = match result {
            Ok(read) => read,
            Err(error) => return self.report(json_schema::with_described(error, section, &form)),
        };
        let address = object.address.clone();
        self.add(object, place);
        for (part, former, place) in said {
            self.renamed_at.insert(part.clone(), place);
            self.renamed.insert(part, former);
        }
        if let Some(value) = form.get(LINT) {
            self.read_allows(around.file, value, &AllowScope::Object(address.clone()));
        }
        let Some(table) = value.get_ref().as_table() else { return };
        for (key, value) in table {
            if let Some((row, section)) = nested.iter().find(|(_, s)| s.key == key.get_ref()) {
                // A partition may be in another schema than its parent, and takes along what is
                // nested under it.
                let schema = address.schema.as_ref().unwrap_or(around.schema);
                let around = Around { schema, parent: Some(&address), ..around };
                self.read_section(around, row, section, key, value);
            }
        }
    }

    fn read_allows(&mut self, file: FileId, value: &Spanned<DeValue<'_>>, scope: &AllowScope) {
        match allow::read(file, value, scope) {
            Ok(allows) => self.allows.extend(allows),
            Err(error) => self.report(error),
        }
    }

    /// `body_file = "…"`: a path below the directory of the files.
    fn text_from_file(
        &mut self,
        section: &Section,
        form: &Form<'_>,
    ) -> Result<Option<(&'static str, Fragment)>, FormError> {
        let Some((key, file_key)) = section.from_file else { return Ok(None) };
        let Some(value) = form.get(file_key) else { return Ok(None) };
        let place = place_of(form.file, value);
        let path: String = from_value(form.file, value)?;
        let shown = self.shown.join(&path);
        let text = std::fs::read_to_string(self.directory.join(path)).map_err(|error| {
            let problem = unreadable(&shown, &error);
            FormError::new("pgconverge::desired::unreadable", problem.to_string())
                .help("the path is taken from the directory of the schema's files")
                .or_at(place)
        })?;
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let file = self.sources.add_plain(shown, text.clone());
        Ok(Some((key, Fragment::at(text, Place { file, start: 0, end }))))
    }

    fn add(&mut self, object: Object, place: Place) {
        if let Some(other) = self.places.exactly(&object.address) {
            let message = format!("{} is declared twice", object.address);
            self.problems.push(
                Located::new("pgconverge::desired::duplicate", message)
                    .at(&self.sources, place, "declared here")
                    .at(&self.sources, other, "and here")
                    .help("remove one of the two, or give it another name"),
            );
            return;
        }
        for (column, column_place) in (kinds::row(object.address.kind).1.columns)(&object) {
            let part = Part::column(&object.address, &column);
            self.places.insert(part, column_place.unwrap_or(place));
        }
        self.places.insert(Part::whole(&object.address), place);
        self.objects.insert(object.address.clone(), object);
    }

    fn report(&mut self, error: FormError) {
        let mut problem = Located::new(error.code, error.message);
        if let Some(place) = error.place {
            problem = problem.at(&self.sources, place, "here");
        }
        if let Some(help) = error.help {
            problem = problem.help(help);
        }
        self.problems.push(problem);
    }

    /// Adds the objects that rules stand for; one that is declared by itself has precedence.
    pub fn expand(&mut self, as_of: jiff::civil::Date) {
        let mut expansions = Vec::new();
        for object in self.objects.values() {
            let expansion = (kinds::row(object.address.kind).1.expand)(object, as_of);
            expansions.push((self.places.exactly(&object.address), expansion));
        }
        for (place, expansion) in expansions {
            self.rules.extend(expansion.rule);
            // The others are like the first that is not declared, which PostgreSQL has to make once: the rule adds
            // them. One that is declared has the partitions that are declared with it.
            let mut first: BTreeSet<Address> = BTreeSet::new();
            for object in expansion.objects {
                let within = object.partition_of.as_ref().is_some_and(|of| first.contains(of));
                if let (None, Some(place)) = (self.places.exactly(&object.address), place)
                    && (first.is_empty() || within)
                {
                    first.insert(object.address.clone());
                    self.expanded.push(object.address.clone());
                    self.add(object, place);
                }
            }
        }
    }

    /// A schema that a file is about exists without being declared.
    pub fn add_schemas(&mut self) {
        let mut used: BTreeMap<Name, Place> = self.schemas.clone();
        for object in self.objects.values() {
            if let (Some(schema), Some(place)) =
                (&object.address.schema, self.places.exactly(&object.address))
            {
                used.entry(schema.clone()).or_insert(place);
            }
        }
        for (name, place) in used {
            for object in kinds::REGISTRY.iter().filter_map(|row| (row.namespace)(&name)) {
                if self.places.exactly(&object.address).is_none() {
                    self.add(object, place);
                }
            }
        }
    }

    pub fn finish(self) -> (Declared, Vec<Located>) {
        let mut database = Database::raw(self.objects);
        database.renamed = self.renamed;
        let declared = Declared {
            database,
            sources: self.sources,
            places: self.places,
            rules: self.rules,
            expanded: self.expanded,
            allows: self.allows,
            renamed_at: self.renamed_at,
        };
        (declared, self.problems)
    }
}
