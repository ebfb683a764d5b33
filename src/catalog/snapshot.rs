//! A catalog as it was at one moment.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::{Client, Row};

use super::error::CatalogError;
use super::lanes::{self, Query, Task};
use super::let_go::let_go;
use super::ownership::{self, Ownership, Roles};
use super::referring::{Referring, referring};
use super::{
    contents, dependencies, finds, latent, natures, prelude, presence, reach, relations, session,
    unmanaged,
};
use crate::kind::{Catalog, Doubt, KindRow, Reached, Reading, ServerVersion};
use crate::model::{
    Address, Canonical, Database, Dependency, Latent, Name, Natures, Part, Relation,
};
use crate::server::connect::Target;

/// An open snapshot of a database. Objects are read at once; dependencies, which cost as much
/// as all the rest, only when asked for.
#[derive(Debug)]
pub struct Snapshot<'c> {
    client: &'c Client,
    version: ServerVersion,
    reading: Reading,
    ownership: Ownership,
    latent: Vec<Latent>,
    /// Whether there was much to read.
    many: bool,
}

impl<'c> Snapshot<'c> {
    /// Reads every object of every kind, in every schema that is not the system's.
    ///
    /// # Errors
    /// A server before version 14, a broken connection, or a catalog that is not as it should be.
    pub async fn read(client: &'c Client) -> Result<Self, CatalogError> {
        Self::read_over(client, None).await
    }

    /// The same; where there is much to read, a second session to `target`, which is where `client` is
    /// connected to, takes its share.
    ///
    /// # Errors
    /// Those of [`Snapshot::read`].
    pub async fn read_over(
        client: &'c Client,
        target: Option<&Target>,
    ) -> Result<Self, CatalogError> {
        let version = session::begin(client).await?;
        let (present, schemas) =
            futures_util::try_join!(presence::read(client), prelude::schemas(client))?;
        let second = match target.filter(|_| present.many) {
            Some(target) => session::second(client, target).await,
            None => None,
        };
        let sessions: Vec<_> =
            [client].into_iter().chain(second.as_ref().map(|second| &second.client)).collect();
        let reading = Reading::new(version, schemas);
        let schemas = reading.schema_oids();
        let kinds = present.kinds.iter().map(|row| Subject::Kind(row));
        let tasks = [Subject::Prelude { sequences: present.sequences }]
            .into_iter()
            .chain(kinds)
            .chain([Subject::Unmanaged, Subject::Ownership])
            .chain(present.heirs.then_some(Subject::Latent))
            .map(|subject| Task {
                subject,
                queries: subject.queries(version),
                long: matches!(subject, Subject::Kind(row) if row.most),
            });
        let found = (reading, ownership::decode(Vec::new())?, Vec::new());
        let (mut reading, ownership, latent) =
            lanes::run(&sessions, &schemas, tasks.collect(), found, Subject::decode).await?;
        reading.add_other_sequences();
        Ok(Self { client, version, reading, ownership, latent, many: present.many })
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// The roles that the server has.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.ownership.roles
    }

    /// The object that a row of a catalog is.
    #[must_use]
    pub fn address(&self, catalog: u32, oid: u32) -> Option<&Address> {
        self.reading.address(Catalog(catalog), oid)
    }

    /// What rows of catalogs are, by catalog and OID.
    #[must_use]
    pub fn parts(&self) -> HashMap<(u32, u32), Part> {
        let rows = self.reading.rows();
        rows.map(|(catalog, oid, part)| ((catalog.0, oid), part.clone())).collect()
    }

    /// The columns of relations, by OID, each with its number.
    #[must_use]
    pub fn columns(&self) -> HashMap<u32, Vec<(i16, Name)>> {
        let all = self.reading.all_columns();
        all.map(|(relation, columns)| {
            (relation, columns.iter().map(|it| (it.number, it.name.clone())).collect())
        })
        .collect()
    }

    /// The objects read, without their dependencies.
    ///
    /// # Errors
    /// Privileges in a form that the tool does not know.
    pub fn take_database(&mut self) -> Result<Database<Canonical>, CatalogError> {
        let objects = std::mem::take(&mut self.reading.objects);
        let mut objects: BTreeMap<_, _> =
            objects.into_iter().map(|object| (object.address.clone(), object)).collect();
        self.ownership.attach(&mut objects, &mut self.reading, self.version)?;
        let mut beyond = std::mem::take(&mut self.reading.unmanaged);
        beyond.sort();
        let mut database = Database::read_from_catalog(objects, Vec::new(), beyond);
        database.latent = std::mem::take(&mut self.latent);
        Ok(database)
    }

    /// All that the catalogs hold, in a few bytes; where reading them takes so long that this pays.
    /// Nothing, where some may not be read.
    pub async fn contents(&self) -> Option<String> {
        if !self.many {
            return None;
        }
        contents::read(self.client).await.ok()
    }

    /// The dependencies among all objects read, of the same moment.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn dependencies(&self) -> Result<Vec<Dependency>, CatalogError> {
        dependencies::read(self.client, &self.reading).await
    }

    /// What only the server knows of columns, of the same moment.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn natures(&self) -> Result<Natures, CatalogError> {
        natures::read(self.client, &self.reading).await
    }

    /// How far the values of a column have come, at the same moment.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn reached(&self, table: &Address, column: &Name) -> Result<Reached, CatalogError> {
        reach::read(self.client, table, column).await
    }

    /// Whether there are rows that a change has to reckon with, at the same moment.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn finds(&self, doubt: &Doubt) -> Result<bool, CatalogError> {
        Ok(finds::count(self.client, doubt, 1).await? > 0)
    }

    /// How many of them there are, up to `most`.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn count(&self, doubt: &Doubt, most: u32) -> Result<u32, CatalogError> {
        finds::count(self.client, doubt, most).await
    }

    /// The foreign keys whose rows may refer to partitions, each a schema and a name.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn referring(
        &self,
        partitions: &[(Name, Name)],
    ) -> Result<Vec<Referring>, CatalogError> {
        referring(self.client, partitions).await
    }

    /// How large relations are, and what partitions they have: those of `names` that there are, or all.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn relations(
        &self,
        names: Option<&[(Name, Name)]>,
    ) -> Result<BTreeMap<(Name, Name), Relation>, CatalogError> {
        relations::read(self.client, names).await
    }

    /// Ends the snapshot.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn close(self) -> Result<(), CatalogError> {
        let Self { client, reading, ownership, .. } = self;
        let_go((reading, ownership));
        session::end(client).await
    }
}

/// What is read by itself, in this order: later ones look up what earlier ones found.
#[derive(Debug, Clone, Copy)]
enum Subject {
    Prelude { sequences: bool },
    Kind(&'static KindRow),
    Unmanaged,
    Ownership,
    Latent,
}

impl Subject {
    fn queries(self, version: ServerVersion) -> Vec<Query> {
        match self {
            Self::Prelude { sequences } => prelude::queries(sequences),
            Self::Kind(row) => (row.queries)(version).into_iter().map(Query::of_schemas).collect(),
            Self::Unmanaged => vec![unmanaged::query()],
            Self::Ownership => ownership::queries(),
            Self::Latent => latent::queries(),
        }
    }

    fn decode(
        (reading, ownership, latent): &mut (Reading, Ownership, Vec<Latent>),
        subject: Self,
        rows: Vec<Vec<Row>>,
    ) -> Result<(), CatalogError> {
        match subject {
            Self::Prelude { .. } => prelude::decode(&rows, reading)?,
            Self::Kind(row) => (row.decode)(rows, reading)?,
            Self::Unmanaged => unmanaged::name(&rows, reading)?,
            Self::Ownership => *ownership = ownership::decode(rows)?,
            Self::Latent => *latent = latent::resolve(&rows, reading)?,
        }
        Ok(())
    }
}
