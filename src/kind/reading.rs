//! A catalog being read: what the kinds put their objects into, and look each other's up in.

use std::collections::HashMap;

use super::sequence_options::SequenceOptions;
use crate::model::{Address, Dependency, Name, Object, Part, Tag, Unmanaged};

/// A system catalog, by its fixed OID (`src/include/catalog/pg_*.h`): what `pg_depend.classid`
/// holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Catalog(pub u32);

impl Catalog {
    pub const PG_DEFAULT_ACL: Self = Self(826);
    pub const PG_FOREIGN_SERVER: Self = Self(1417);
    pub const PG_USER_MAPPING: Self = Self(1418);
    pub const PG_FOREIGN_DATA_WRAPPER: Self = Self(2328);
    pub const PG_TYPE: Self = Self(1247);
    pub const PG_PROC: Self = Self(1255);
    pub const PG_CLASS: Self = Self(1259);
    pub const PG_INDEX: Self = Self(2610);
    pub const PG_CONSTRAINT: Self = Self(2606);
    /// The operators of operator classes and families.
    pub const PG_AMOP: Self = Self(2602);
    /// Their functions.
    pub const PG_AMPROC: Self = Self(2603);
    pub const PG_NAMESPACE: Self = Self(2615);
    pub const PG_OPCLASS: Self = Self(2616);
    pub const PG_OPERATOR: Self = Self(2617);
    /// Rules; the one named `_RETURN` stands for its view.
    pub const PG_REWRITE: Self = Self(2618);
    pub const PG_EXTENSION: Self = Self(3079);
    pub const PG_TRIGGER: Self = Self(2620);
    pub const PG_OPFAMILY: Self = Self(2753);
    pub const PG_COLLATION: Self = Self(3456);
    pub const PG_POLICY: Self = Self(3256);
    pub const PG_STATISTIC_EXT: Self = Self(3381);
    pub const PG_EVENT_TRIGGER: Self = Self(3466);
    pub const PG_PUBLICATION: Self = Self(6104);
    pub const PG_PUBLICATION_REL: Self = Self(6106);
    pub const PG_PUBLICATION_NAMESPACE: Self = Self(6237);

    /// Catalogs whose rows say that one object is in another, which can be without it.
    pub const MEMBERSHIPS: [Self; 4] =
        [Self::PG_AMOP, Self::PG_AMPROC, Self::PG_PUBLICATION_REL, Self::PG_PUBLICATION_NAMESPACE];
}

/// `server_version_num`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(pub u32);

impl ServerVersion {
    #[must_use]
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }
}

/// A row that is not what its query promised: a defect of ours, or a server we do not know.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    Column(#[from] tokio_postgres::Error),
    #[error("the catalog has an unknown {what}: {value}")]
    Unknown { what: &'static str, value: String },
}

/// The objects read so far.
#[derive(Debug, Default)]
pub struct Reading {
    /// The server's.
    pub version: ServerVersion,
    /// In the order of the catalog; sorted once, when all are there.
    pub objects: Vec<Object>,
    pub unmanaged: Vec<Unmanaged>,
    addresses: HashMap<(Catalog, u32), Part>,
    columns: HashMap<u32, Vec<ColumnFacts>>,
    schemas: HashMap<u32, Name>,
    /// What extensions own, with the extension.
    members: HashMap<(u32, u32), u32>,
    serials: HashMap<(u32, i16), Serial>,
    /// The sequences of those columns; from when they were read, with their objects.
    serial_sequences: HashMap<u32, Option<Object>>,
    extension_names: HashMap<(Catalog, u32), Address>,
    identities: HashMap<(u32, i16), SequenceOptions>,
    parents: HashMap<Address, Vec<Address>>,
    dependencies: Vec<Dependency>,
}

/// What a column has that `serial` made.
#[derive(Debug)]
pub struct Serial {
    /// The sequence, which has nothing about it that `serial` does not give.
    pub sequence: u32,
    /// The default that feeds from it.
    pub default: String,
}

/// What other kinds need to know of a column.
#[derive(Debug, Clone)]
pub struct ColumnFacts {
    /// `pg_attribute.attnum`; the numbers have gaps where columns were dropped.
    pub number: i16,
    pub name: Name,
    /// `atttypid`
    pub type_oid: u32,
    /// `attcollation`
    pub collation: u32,
}

impl Reading {
    /// A reading of `schemas`.
    #[must_use]
    pub fn new(version: ServerVersion, schemas: HashMap<u32, Name>) -> Self {
        Self { version, schemas, ..Self::default() }
    }

    /// Makes known what extensions own (`pg_depend.deptype` 'e'), which is left out.
    pub fn set_members(&mut self, members: HashMap<(u32, u32), u32>) {
        self.members = members;
    }

    /// Makes known the columns that `serial` may have made; and what is particular about the sequences
    /// behind identity columns.
    pub fn set_sequences(
        &mut self,
        serials: HashMap<(u32, i16), Serial>,
        identities: HashMap<(u32, i16), SequenceOptions>,
    ) {
        self.serial_sequences = serials.values().map(|serial| (serial.sequence, None)).collect();
        self.serials = serials;
        self.identities = identities;
    }

    /// The sequence of a column with that default that is just as `serial` makes it: nothing about the
    /// sequence is worth an object of its own.
    pub fn take_serial(
        &mut self,
        relation: u32,
        column: i16,
        default: Option<&str>,
    ) -> Option<u32> {
        let serial = self.serials.get(&(relation, column))?;
        if default != Some(&serial.default) {
            return None;
        }
        self.serial_sequences.remove(&serial.sequence);
        Some(serial.sequence)
    }

    /// Takes a sequence in, unless it is a serial column's: that is known when the columns are.
    pub fn add_sequence(&mut self, oid: u32, object: Object) {
        match self.serial_sequences.get_mut(&oid) {
            Some(waiting) => *waiting = Some(object),
            None => self.add(Catalog::PG_CLASS, oid, object),
        }
    }

    /// Takes in the sequences that turned out to be no serial column's. To be called when all columns
    /// are known.
    pub fn add_other_sequences(&mut self) {
        for (oid, object) in std::mem::take(&mut self.serial_sequences) {
            if let Some(object) = object {
                self.add(Catalog::PG_CLASS, oid, object);
            }
        }
    }

    /// What is particular about the sequence behind an identity column.
    #[must_use]
    pub fn identity(&self, relation: u32, column: i16) -> Option<&SequenceOptions> {
        self.identities.get(&(relation, column))
    }

    /// Takes an object in, unless an extension owns it.
    pub fn add(&mut self, catalog: Catalog, oid: u32, object: Object) {
        if self.is_member(catalog, oid) {
            self.extension_names.insert((catalog, oid), object.address);
        } else {
            self.addresses.insert((catalog, oid), Part::whole(&object.address));
            self.objects.push(object);
        }
    }

    /// Takes a type in. Its array type, and whichever else comes with it, stands for it in
    /// dependencies.
    pub fn add_type(&mut self, oid: u32, others: &[u32], object: Object) {
        let part = Part::whole(&object.address);
        let member = self.is_member(Catalog::PG_TYPE, oid);
        self.add(Catalog::PG_TYPE, oid, object);
        for other in others.iter().filter(|other| !member && **other != 0) {
            self.alias(Catalog::PG_TYPE, *other, part.clone());
        }
    }

    /// Whether an extension owns it.
    #[must_use]
    pub fn is_member(&self, catalog: Catalog, oid: u32) -> bool {
        self.members.contains_key(&(catalog.0, oid))
    }

    /// Makes another catalog row stand for `part` in dependencies: the index behind a key, the
    /// sequence behind a serial column.
    pub fn alias(&mut self, catalog: Catalog, oid: u32, part: Part) {
        self.addresses.insert((catalog, oid), part);
    }

    /// Remembers the columns of a relation, ordered by number.
    pub fn add_columns(&mut self, relation: u32, columns: Vec<ColumnFacts>) {
        self.columns.insert(relation, columns);
    }

    /// Remembers that a relation has the columns of another one.
    pub fn add_heir(&mut self, heir: &Address, parent: &Address) {
        self.parents.entry(heir.clone()).or_default().push(parent.clone());
    }

    /// The relations whose columns one has.
    #[must_use]
    pub fn parents(&self, heir: &Address) -> &[Address] {
        self.parents.get(heir).map_or(&[], Vec::as_slice)
    }

    /// Adds what `pg_depend` does not say.
    pub fn depends(&mut self, dependent: Part, referenced: Part, automatic: bool) {
        self.dependencies.push(Dependency { dependent, referenced, automatic });
    }

    /// What was added so.
    #[must_use]
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// Names something that is there and that no kind manages.
    pub fn cannot_manage(&mut self, schema: Option<&Name>, what: impl Into<String>) {
        self.unmanaged.push(Unmanaged { schema: schema.cloned(), what: what.into() });
    }

    #[must_use]
    pub fn address(&self, catalog: Catalog, oid: u32) -> Option<&Address> {
        self.addresses.get(&(catalog, oid)).map(|part| &part.address)
    }

    /// Every row that is an object, or a part of one.
    pub fn rows(&self) -> impl Iterator<Item = (Catalog, u32, &Part)> {
        self.addresses.iter().map(|((catalog, oid), part)| (*catalog, *oid, part))
    }

    /// The columns of every relation that is being read.
    pub fn all_columns(&self) -> impl Iterator<Item = (u32, &[ColumnFacts])> {
        self.columns.iter().map(|(relation, columns)| (*relation, columns.as_slice()))
    }

    /// The same, also for what an extension owns: others may refer to that.
    #[must_use]
    pub fn any_address(&self, catalog: Catalog, oid: u32) -> Option<&Address> {
        self.address(catalog, oid).or_else(|| self.extension_names.get(&(catalog, oid)))
    }

    /// The address of an object on a relation; `None` when the relation is not among those read, as
    /// when it belongs to an extension.
    #[must_use]
    pub fn on_relation(&self, kind: Tag, relation: u32, name: &str) -> Option<Address> {
        let relation = self.address(Catalog::PG_CLASS, relation)?;
        Some(Address::on_relation(kind, relation.schema.as_ref()?, &relation.name, &name.into()))
    }

    #[must_use]
    pub fn schema(&self, oid: u32) -> Option<&Name> {
        self.schemas.get(&oid)
    }

    /// The OIDs of the schemas that are read.
    #[must_use]
    pub fn schema_oids(&self) -> Vec<u32> {
        self.schemas.keys().copied().collect()
    }

    #[must_use]
    pub fn column(&self, relation: u32, number: i16) -> Option<&ColumnFacts> {
        let columns = self.columns.get(&relation)?;
        let at = columns.binary_search_by_key(&number, |column| column.number).ok()?;
        Some(&columns[at])
    }

    /// Every column of a relation that is being read, ordered by number.
    #[must_use]
    pub fn columns(&self, relation: u32) -> &[ColumnFacts] {
        self.columns.get(&relation).map_or(&[], Vec::as_slice)
    }

    /// The names of several columns, in the order asked for.
    #[must_use]
    pub fn column_names(&self, relation: u32, numbers: &[i16]) -> Vec<Name> {
        numbers.iter().filter_map(|n| Some(self.column(relation, *n)?.name.clone())).collect()
    }

    /// The object, or the column of one, that a row of `pg_depend` speaks of. For what an extension
    /// owns stands the extension.
    #[must_use]
    pub fn part(&self, catalog: u32, oid: u32, column: i32) -> Option<Part> {
        let Some(part) = self.addresses.get(&(Catalog(catalog), oid)) else {
            let extension = self.members.get(&(catalog, oid))?;
            return self.addresses.get(&(Catalog::PG_EXTENSION, *extension)).cloned();
        };
        let number = i16::try_from(column).ok().filter(|n| *n > 0);
        let column = number.and_then(|number| self.column(oid, number));
        Some(match column {
            Some(column) => Part::column(&part.address, &column.name),
            None => part.clone(),
        })
    }
}
