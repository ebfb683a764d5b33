//! What a run is at.

use std::fmt;
use std::sync::Arc;

/// A part of a run that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Connect,
    Files,
    Shadow,
    Renames,
    Catalog,
    Compare,
    Rows,
    Checks,
    Apply,
}

impl Stage {
    /// What is going on, for people.
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Files => "reading the files",
            Self::Shadow => "making the declared state in the shadow",
            Self::Renames => "trying the renames in the shadow",
            Self::Catalog => "reading the catalog",
            Self::Compare => "comparing and planning",
            Self::Rows => "asking the rows",
            Self::Checks => "running the checks",
            Self::Apply => "running the plan",
        }
    }
}

/// Told of every stage as it begins and ends; several may be on at once.
pub trait StageWatcher: Send + Sync {
    fn begins(&self, stage: Stage);
    fn ends(&self, stage: Stage);
    /// Something that few want to know.
    fn detail(&self, _text: &str) {}
}

/// Whom a run tells of its stages; nobody, by default.
#[derive(Clone, Default)]
pub struct Stages(Option<Arc<dyn StageWatcher>>);

/// Ends its stage when it goes.
pub struct InStage<'a>(&'a Stages, Stage);

impl Stages {
    #[must_use]
    pub fn told_to(watcher: Arc<dyn StageWatcher>) -> Self {
        Self(Some(watcher))
    }

    /// The stage lasts as long as what this returns.
    #[must_use]
    pub fn enter(&self, stage: Stage) -> InStage<'_> {
        if let Some(watcher) = &self.0 {
            watcher.begins(stage);
        }
        InStage(self, stage)
    }

    /// Says something that few want to know.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if let Some(watcher) = &self.0 {
            watcher.detail(&text());
        }
    }
}

impl Drop for InStage<'_> {
    fn drop(&mut self) {
        if let Some(watcher) = &self.0.0 {
            watcher.ends(self.1);
        }
    }
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stages")
    }
}

impl fmt::Debug for InStage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InStage").field(&self.1).finish()
    }
}
