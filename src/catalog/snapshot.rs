//! A catalog as it was at one moment.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesOrdered;
use tokio_postgres::Client;

use super::error::CatalogError;
use super::ownership::{self, Ownership, Roles};
use super::{dependencies, latent, prelude, presence, reach, relations, session, unmanaged};
use crate::kind::{Catalog, Reached, Reading, ServerVersion};
use crate::model::{Address, Canonical, Database, Dependency, Latent, Name, Relation};

/// An open snapshot of a database. Objects are read at once; dependencies, which cost as much
/// as all the rest, only when asked for.
#[derive(Debug)]
pub struct Snapshot<'c> {
    client: &'c Client,
    version: ServerVersion,
    reading: Reading,
    ownership: Ownership,
    latent: Vec<Latent>,
}

impl<'c> Snapshot<'c> {
    /// Reads every object of every kind, in every schema that is not the system's.
    ///
    /// # Errors
    /// A server before version 14, a broken connection, or a catalog that is not as it should be.
    pub async fn read(client: &'c Client) -> Result<Self, CatalogError> {
        let version = session::begin(client).await?;
        let present = presence::read(client).await?;
        let mut reading = prelude::read(client, present.sequences).await?;
        reading.version = version;
        let schemas = reading.schema_oids();
        // All queries are on their way before the first answer is read; each kind's rows are
        // decoded, and gone, while the server works on the next kind's.
        let mut answers: FuturesOrdered<_> = present
            .kinds
            .iter()
            .copied()
            .map(|row| {
                let schemas = &schemas;
                async move {
                    let queries = (row.queries)(version);
                    let answers = queries
                        .iter()
                        .map(|query| async move { client.query(query.as_str(), &[schemas]).await });
                    Ok::<_, CatalogError>((row, try_join_all(answers).await?))
                }
            })
            .collect();
        while let Some((row, rows)) = answers.try_next().await? {
            (row.decode)(rows, &mut reading)?;
        }
        drop(answers);
        let latent = async {
            match present.heirs {
                true => latent::read(client, &schemas).await,
                false => Ok((Vec::new(), Vec::new())),
            }
        };
        let (beyond, ownership, latent) = futures_util::try_join!(
            unmanaged::read(client, &schemas),
            ownership::read(client, &schemas),
            latent
        )?;
        unmanaged::name(&beyond, &mut reading)?;
        let latent = latent::resolve(&latent, &reading)?;
        Ok(Self { client, version, reading, ownership, latent })
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

    /// The dependencies among all objects read, of the same moment.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn dependencies(&self) -> Result<Vec<Dependency>, CatalogError> {
        dependencies::read(self.client, &self.reading).await
    }

    /// How far the values of a column have come, at the same moment.
    ///
    /// # Errors
    /// A broken connection.
    pub async fn reached(&self, table: &Address, column: &Name) -> Result<Reached, CatalogError> {
        reach::read(self.client, table, column).await
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
        session::end(self.client).await
    }
}
