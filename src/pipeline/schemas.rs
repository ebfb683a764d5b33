//! Several schemas of one database, each compared with the same files, while the database is read once.

use std::collections::BTreeMap;

use super::Live;
use super::comparison::{Outcome, compare_with, read_whole};
use super::desired_state::DesiredState;
use super::error::PipelineError;
use super::open::OpenTarget;
use super::settings::{Settings, Talk};
use crate::catalog::version;
use crate::desired::Declared;
use crate::model::Name;

/// The database, and what its schemas are to be.
#[derive(Debug)]
pub struct Schemas {
    live: Live,
    states: BTreeMap<Name, DesiredState>,
}

impl Schemas {
    /// Reads the database of `all`, each of which is about a tenant.
    ///
    /// # Errors
    /// A desired state that cannot be made, a catalog that cannot be read.
    pub async fn read(
        all: &[&Settings],
        open: &OpenTarget,
        talk: Talk<'_>,
    ) -> miette::Result<Self> {
        let client = &open.connection.client;
        let major = version(client).await?.major();
        let mut states = BTreeMap::new();
        for settings in all {
            let (Some(tenant), Some(shared)) = (&settings.tenant, &settings.shared) else {
                continue;
            };
            match shared.state(settings, major, Some(&open.target), talk).await {
                Ok(state) => drop(states.insert(tenant.schema.clone(), state)),
                Err(error) => return Err(shared.take_failure().await.unwrap_or(error)),
            }
        }
        let rules: Vec<_> =
            states.values().flat_map(|state| state.declared.rules.iter().cloned()).collect();
        let live = read_whole(client, &rules).await?;
        Ok(Self { live, states })
    }

    /// Compares the schema of `settings`; with where its objects are declared.
    ///
    /// # Errors
    /// What is wrong with the schema, or with what is to become of it.
    pub async fn compare(&mut self, settings: &Settings) -> miette::Result<(Declared, Outcome)> {
        let schema = settings.tenant.as_ref().map(|tenant| &tenant.schema);
        let state = schema.and_then(|schema| self.states.remove(schema));
        let mut desired = state.ok_or(PipelineError::Shared)?;
        let outcome = compare_with(settings, &mut desired, self.live.clone()).await?;
        match desired.take_wrong() {
            Some(wrong) if !outcome.plan.is_empty() => Err(wrong.into()),
            _ => Ok((desired.declared, outcome)),
        }
    }
}
