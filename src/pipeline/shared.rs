//! A desired state that several databases have in common: made once a major, not once a database.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tokio::sync::Mutex;

use super::desired_state::{DesiredState, desired_state, load, unchanged};
use super::error::PipelineError;
use super::settings::{Settings, Talk};
use super::tenant;
use crate::model::{Canonical, Database, Name};
use crate::server::connect::Target;

/// What is known of it so far.
#[derive(Debug, Default)]
pub struct Shared {
    /// The schemas that are to be as the files say, where the targets are schemas.
    tenants: Vec<Name>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    of_majors: BTreeMap<u32, DesiredState>,
    of_tenants: BTreeMap<u32, BTreeMap<Name, Database<Canonical>>>,
    failure: Option<miette::Report>,
    failed: bool,
}

impl Shared {
    /// Nothing is known. `tenants`: the schemas that the targets are, if they are schemas.
    #[must_use]
    pub fn new(tenants: Vec<Name>) -> Self {
        Self { tenants, known: Mutex::default() }
    }

    /// Why the state could not be made, which is no matter of one database.
    pub async fn take_failure(&self) -> Option<miette::Report> {
        self.known.lock().await.failure.take()
    }

    /// The state for the database of `settings`, on a server of `major`.
    ///
    /// # Errors
    /// [`PipelineError::Shared`], once it has failed: [`Shared::take_failure`] tells why.
    pub async fn state(
        &self,
        settings: &Settings,
        major: u32,
        target: Option<&Target>,
        talk: Talk<'_>,
    ) -> miette::Result<DesiredState> {
        // Who comes while it is being made waits for that.
        let mut known = self.known.lock().await;
        if !known.failed
            && let Err(failure) = self.make(&mut known, settings, major, target, talk).await
        {
            known.failure = Some(failure);
            known.failed = true;
        }
        let state = match &settings.tenant {
            _ if known.failed => None,
            None => known.of_majors.get(&major).cloned(),
            Some(tenant) => {
                let states = known.of_tenants.get(&major);
                let state = states.and_then(|states| states.get(&tenant.schema)).cloned();
                let base = known.of_majors.get(&major).cloned();
                drop(known);
                match base.zip(state) {
                    Some((base, state)) => Some(base.of_tenant(settings, state).await?),
                    None => None,
                }
            }
        };
        Ok(state.ok_or(PipelineError::Shared)?)
    }

    async fn make(
        &self,
        known: &mut Known,
        settings: &Settings,
        major: u32,
        target: Option<&Target>,
        talk: Talk<'_>,
    ) -> miette::Result<()> {
        let of_files = Settings { tenant: None, ..settings.clone() };
        if let Entry::Vacant(place) = known.of_majors.entry(major) {
            let state = match unchanged(&of_files, major, None).await? {
                Some(state) => state,
                None => {
                    let declared = load(&of_files).await?;
                    desired_state(&of_files, declared, major, target, talk).await?
                }
            };
            place.insert(state);
        }
        if let (Some(tenant), Some(base)) = (&settings.tenant, known.of_majors.get(&major))
            && !known.of_tenants.contains_key(&major)
        {
            let base = (&base.canonical, base.key());
            let on = (major, target);
            let states =
                tenant::states(&of_files, base, &tenant.declared, &self.tenants, on, talk).await?;
            known.of_tenants.insert(major, states);
        }
        Ok(())
    }
}
