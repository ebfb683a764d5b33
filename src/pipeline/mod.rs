//! The stages, composed: what every command is made of.

mod accept;
mod against;
mod anew;
mod comparison;
mod desired_state;
mod drift;
mod error;
mod fingerprint;
mod fresh;
mod giving;
mod mending;
mod open;
mod preflight;
mod referred;
mod renamed;
mod rights;
mod saved;
mod schemas;
mod scope;
mod settings;
mod shadow_major;
mod shared;
mod stages;
mod tenant;
mod type_name;
mod undo;
mod verdict;
mod windows;

pub use accept::{Accepted, accept};
pub use against::{against, as_database};
pub use comparison::{Outcome, compare, compare_again, compare_with, first_comparison, read_whole};
pub use desired_state::{DesiredState, desired_state, linted, load};
pub use drift::{all_read, drift};
pub use error::PipelineError;
pub use fingerprint::{Fingerprints, Sides, likeness};
pub use fresh::{Fresh, fresh, from_nothing};
pub use mending::{Mended, mended};
pub use open::{OpenTarget, open};
pub use preflight::{Limits, own_session, preflight, set_windows_apart};
pub use saved::{FORMAT, Reviewed, Saved, SavedTarget, fingerprint};
pub use schemas::Schemas;
pub use scope::Scope;
pub use settings::{Given, Manage, Settings, Size, Talk};
pub use shadow_major::shadow_major;
pub use shared::Shared;
pub use stages::{InStage, Stage, StageWatcher, Stages};
pub use tenant::Tenant;
pub use type_name::type_name;
pub use undo::{Origin, Undo, undo};
pub use windows::{Wrong, none_wrong};

use std::collections::BTreeMap;
use std::sync::Arc;

use referred::Referred;

use crate::catalog::{Roles, Snapshot};
use crate::diff;
use crate::kind::{Reached, Rolling, ServerVersion};
use crate::model::{Address, Canonical, Database, Part, Renaming};
use crate::plan;

/// A database as it is.
#[derive(Debug, Clone)]
pub struct Live {
    pub database: Database<Canonical>,
    pub version: ServerVersion,
    /// None, where nobody is connected.
    roles: Option<Roles>,
    /// How far the rows have come of tables whose windows go by that.
    reached: BTreeMap<Address, Reached>,
    /// What refers to partitions that are to leave.
    referred: Referred,
    /// How large its relations are, where that was asked for.
    relations: plan::Relations,
}

/// What is known of rows, and is not asked again.
#[derive(Debug, Clone, Copy)]
struct Known<'a> {
    reached: &'a BTreeMap<Address, Reached>,
    referred: Option<&'a Referred>,
}

impl Live {
    /// What a snapshot has, without the dependencies.
    fn taken(snapshot: &mut Snapshot<'_>) -> miette::Result<Self> {
        let (roles, version) = (Some(snapshot.roles().clone()), snapshot.version());
        let database = snapshot.take_database()?;
        Ok(Self {
            database,
            version,
            roles,
            reached: BTreeMap::new(),
            referred: Referred::new(),
            relations: plan::Relations::new(),
        })
    }

    /// Asks for what rules need to know of rows, unless it is known. A table that is not there has none.
    async fn ask(
        &mut self,
        snapshot: &Snapshot<'_>,
        rules: &[Arc<dyn Rolling>],
        known: Known<'_>,
        due: &[Renaming],
    ) -> miette::Result<()> {
        for rule in rules {
            let Some(column) = rule.goes_by() else { continue };
            let parent = rule.parent();
            let reached = match known.reached.get(parent) {
                Some(reached) => reached.clone(),
                None => {
                    // It may have another name yet, and so may its column.
                    let now = diff::as_it_was(&Part::column(parent, column), due);
                    let column = now.column.as_ref().unwrap_or(column);
                    match self.database.objects.contains_key(&now.address) {
                        true => snapshot.reached(&now.address, column).await?,
                        false => Reached::Nowhere,
                    }
                }
            };
            self.reached.insert(parent.clone(), reached);
        }
        self.referred = match known.referred {
            Some(referred) => referred.clone(),
            None => {
                let (reached, database) = (&self.reached, &self.database);
                referred::referred(snapshot, rules, reached, database, due).await?
            }
        };
        Ok(())
    }

    /// Takes away what files need not say of owners and privileges, unless `declared` does.
    pub fn leave_out_usual(&mut self, declared: Option<&Database<Canonical>>) {
        if let Some(roles) = &self.roles {
            rights::leave_out_usual(&mut self.database, declared, roles, self.version);
        }
    }
}

/// The live database, restricted to what is asked for, without its dependencies.
///
/// # Errors
/// A catalog that cannot be read.
pub async fn live(open: &OpenTarget, scope: &Scope) -> miette::Result<Live> {
    let mut snapshot = Snapshot::read_over(&open.connection.client, Some(&open.target)).await?;
    let mut live = Live::taken(&mut snapshot)?;
    snapshot.close().await?;
    scope.restrict(&mut live.database);
    Ok(live)
}
