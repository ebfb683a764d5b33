//! The files, and what PostgreSQL makes of them.

use std::collections::BTreeSet;
use std::path::Path;

use tokio_postgres::Client;

use super::error::PipelineError;
use super::settings::{Settings, Talk};
use super::stages::Stage;
use super::tenant::Tenant;
use crate::canonical::{Cache, CanonicalError, Key, Shadow, canonicalize, canonicalize_and};
use crate::catalog::Snapshot;
use crate::desired::{self, Declared};
use crate::diagnostic::Many;
use crate::kinds;
use crate::lint::{Finding, Levels, LintError, lint, routines};
use crate::model::{Canonical, Database, Name};
use crate::server::connect::Target;
use crate::server::embedded;

/// What is said of a state from the cache.
const KNOWN: &str = "the declared state is known from before";

/// The declared state in both spellings.
#[derive(Debug, Clone)]
pub struct DesiredState {
    pub declared: Declared,
    pub canonical: Database<Canonical>,
    /// Whether `declared` is still to be read: nobody needs it as long as nothing differs.
    deferred: bool,
    /// What it is found by.
    key: Key,
    /// Whether the texts of its files alone decide on it: not the day, nor other files.
    alone: bool,
    /// Why nothing is to be done towards it: routines with bodies that a call would fail in.
    wrong: Option<Many>,
}

impl DesiredState {
    /// One whose files are not looked into yet.
    #[must_use]
    pub fn unread(canonical: Database<Canonical>, texts: Key) -> Self {
        Self {
            declared: Declared::nothing(),
            canonical,
            deferred: true,
            key: texts,
            alone: true,
            wrong: None,
        }
    }

    fn read(declared: Declared, canonical: Database<Canonical>, key: Key) -> Self {
        let toml = |path: &Path| path.extension().is_some_and(|extension| extension == "toml");
        let alone = declared.expanded.is_empty()
            && declared.rules.is_empty()
            && declared.sources.files().all(|(_, path, _)| toml(path));
        Self { declared, canonical, deferred: false, key, alone, wrong: None }
    }

    /// What the texts of its files are found by, where they alone decide on it.
    #[must_use]
    pub fn texts(&self) -> Option<&Key> {
        self.alone.then_some(&self.key)
    }

    /// What it is found by.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The same files, as they are about the tenant of `settings`, whose state is `canonical`.
    ///
    /// # Errors
    /// Those of [`load`].
    pub async fn of_tenant(
        self,
        settings: &Settings,
        canonical: Database<Canonical>,
    ) -> miette::Result<Self> {
        let Self { key, alone, wrong, .. } = self;
        let nothing = Declared::nothing();
        let mut state = Self { declared: nothing, canonical, deferred: true, key, alone, wrong };
        if !alone {
            state.read_declared(settings).await?;
        }
        Ok(state)
    }

    /// Routines whose bodies are wrong, if the settings say that nothing is to be done then.
    pub fn take_wrong(&mut self) -> Option<Many> {
        self.wrong.take()
    }

    /// The schemas that the files name: those they have a say over.
    #[must_use]
    pub fn schemas(&self) -> BTreeSet<Name> {
        let addresses = self.canonical.objects.keys();
        let namespaces = addresses
            .clone()
            .filter(|address| (kinds::row(address.kind).1.namespace)(&address.name).is_some());
        let named = namespaces.map(|address| address.name.clone());
        named.chain(addresses.filter_map(|address| address.schema.clone())).collect()
    }

    /// Reads the files, if that was put off.
    ///
    /// # Errors
    /// Those of [`load`].
    pub async fn read_declared(&mut self, settings: &Settings) -> miette::Result<()> {
        if self.deferred {
            self.declared = load(settings).await?;
            self.deferred = false;
        }
        Ok(())
    }

    /// Takes PostgreSQL's second spelling of an object where that is the one `live` has.
    pub fn prefer_spelling_of(&mut self, live: &Database<Canonical>) {
        for (address, spec) in &self.canonical.respelled {
            let same = live.objects.get(address).is_some_and(|object| object.spec == *spec);
            if let (true, Some(object)) = (same, self.canonical.objects.get_mut(address)) {
                object.spec = spec.clone();
            }
        }
    }
}

/// Reads the files, on a thread of its own.
///
/// # Errors
/// Everything that is wrong with them.
pub async fn load(settings: &Settings) -> miette::Result<Declared> {
    load_shown(settings, &settings.schema).await
}

/// The same, with `shown` in place of their directory in what is told of them.
///
/// # Errors
/// Everything that is wrong with them.
pub async fn load_shown(settings: &Settings, shown: &Path) -> miette::Result<Declared> {
    let _stage = settings.stages.enter(Stage::Files);
    let (directory, as_of) = (settings.schema.clone(), settings.as_of);
    let (tenant, shown) = (settings.tenant.clone(), shown.to_owned());
    let loaded = tokio::task::spawn_blocking(move || -> miette::Result<Declared> {
        let mut files = desired::read_files(&directory)?;
        if shown != directory {
            files = files.shown_as(&shown);
        }
        Ok(match tenant {
            None => desired::load(files, as_of)?,
            Some(Tenant { declared, schema }) => {
                desired::load_moved(files, as_of, (declared, schema))?
            }
        })
    });
    loaded.await.map_err(|_| PipelineError::Interrupted)?
}

/// The canonical form of `declared` for servers of `major`: from the cache, else by a round
/// trip through a shadow. `target` may hold the shadow if no embedded server can.
///
/// # Errors
/// What PostgreSQL refuses of the files; no server for the shadow.
pub async fn desired_state(
    settings: &Settings,
    declared: Declared,
    major: u32,
    target: Option<&Target>,
    talk: Talk<'_>,
) -> miette::Result<DesiredState> {
    let key = key(&declared, major);
    let cache = settings.cache.clone().map(Cache::new);
    if let Some(canonical) = cache.as_ref().and_then(|cache| kept(cache, &key, settings)) {
        settings.stages.detail(|| KNOWN.to_owned());
        return Ok(DesiredState::read(declared, canonical, key));
    }
    let levels = refusing(settings);
    let trip = async |shadow: &Shadow| match levels {
        None => Ok((canonicalize(&declared, shadow).await?, Ok(()))),
        Some(levels) => {
            let look = async |client: &Client, snapshot: Snapshot<'_>| {
                routines(client, snapshot, &declared, levels).await
            };
            canonicalize_and(&declared, shadow, look).await
        }
    };
    let (canonical, right) = on_shadow(settings, major, target, talk, trip).await?;
    if let Some(cache) = cache {
        cache.store(&key, &canonical);
        if levels.is_some() && right.is_ok() {
            cache.remember_routines(&key);
        }
    }
    let wrong = match right {
        Err(LintError::Routines(found)) => Some(found),
        other => other.map(|()| None)?,
    };
    Ok(DesiredState { wrong, ..DesiredState::read(declared, canonical, key) })
}

/// The levels of lint rules, where wrong bodies of routines are to be refused.
fn refusing(settings: &Settings) -> Option<&Levels> {
    settings.routines.as_ref().filter(|levels| levels.refuse_routines())
}

/// A state from the cache, unless its routines are still to be looked into.
fn kept(cache: &Cache, key: &Key, settings: &Settings) -> Option<Database<Canonical>> {
    let is_enough = refusing(settings).is_none() || cache.are_routines_right(key);
    if is_enough { cache.load(key) } else { None }
}

/// The desired state of files that were read before and did not change since, without looking into
/// them. Only files that stand for themselves are kept so that this finds them: a window of
/// partitions depends on the day, and a body in a file of its own on that file. `texts` is their
/// key, if it is known already.
///
/// # Errors
/// Files that cannot be read.
pub async fn unchanged(
    settings: &Settings,
    major: u32,
    texts: Option<Key>,
) -> miette::Result<Option<DesiredState>> {
    let Some(cache) = settings.cache.clone().map(Cache::new) else { return Ok(None) };
    let texts = match texts {
        Some(texts) => texts,
        None => key_of_texts(settings, major).await?,
    };
    let stages = settings.stages.clone();
    let settings = settings.clone();
    let found = tokio::task::spawn_blocking(move || {
        Some(DesiredState::unread(kept(&cache, &texts, &settings)?, texts))
    });
    let found = found.await.map_err(|_| PipelineError::Interrupted)?;
    if found.is_some() {
        stages.detail(|| KNOWN.to_owned());
    }
    Ok(found)
}

/// What the texts of the files are found by, without looking into them.
///
/// # Errors
/// Files that cannot be read.
pub async fn key_of_texts(settings: &Settings, major: u32) -> miette::Result<Key> {
    let directory = settings.schema.clone();
    let key = tokio::task::spawn_blocking(move || -> miette::Result<_> {
        let files = desired::read_files(&directory)?;
        let texts = files.sources().files().map(|(_, _, text)| text.as_bytes());
        Ok(Key::new(major, texts))
    });
    key.await.map_err(|_| PipelineError::Interrupted)?
}

fn key(declared: &Declared, major: u32) -> Key {
    let mut expanded: Vec<String> = declared.expanded.iter().map(ToString::to_string).collect();
    expanded.extend(declared.rules.iter().map(|rule| format!("rule: {}", rule.parent())));
    let texts = declared.sources.files().map(|(_, _, text)| text.as_bytes());
    Key::new(major, texts.chain(expanded.iter().map(String::as_bytes)))
}

/// The declared state in both spellings, without asking the cache, and what the lint rules find
/// in it.
///
/// # Errors
/// Those of [`desired_state`]; rules that cannot be asked.
pub async fn linted(
    settings: &Settings,
    declared: Declared,
    major: u32,
    levels: &Levels,
    talk: Talk<'_>,
) -> miette::Result<(DesiredState, Vec<Finding>)> {
    let trip = async |shadow: &Shadow| {
        let look = async |client: &Client, snapshot: Snapshot<'_>| {
            lint(client, snapshot, &declared, levels).await
        };
        canonicalize_and(&declared, shadow, look).await
    };
    let (canonical, findings) = on_shadow(settings, major, None, talk, trip).await?;
    let findings = findings?;
    let key = key(&declared, major);
    if let Some(cache) = settings.cache.clone().map(Cache::new) {
        cache.store(&key, &canonical);
        if levels.pass_routines(&findings) {
            cache.remember_routines(&key);
        }
    }
    Ok((DesiredState::read(declared, canonical, key), findings))
}

/// Does `work` on the server for the shadow, and once more on that of `lender` where the first lacks
/// something.
pub async fn on_shadow<T>(
    settings: &Settings,
    major: u32,
    lender: Option<&Target>,
    talk: Talk<'_>,
    work: impl AsyncFn(&Shadow) -> Result<T, CanonicalError>,
) -> miette::Result<T> {
    let _stage = settings.stages.enter(Stage::Shadow);
    if let Some(url) = &settings.shadow_url
        && let Some(target) = Target::resolve(Some(url), &settings.environment)?
    {
        return Ok(work(&Shadow { target, private: false }).await?);
    }
    match embedded::shadow(major, &settings.embedded, talk).await {
        Ok(server) => {
            let (directory, port) = (server.socket_directory(), server.port());
            let target = Target::unix_socket(directory, port, server.user(), "postgres");
            let shadow = Shadow { target, private: true };
            let result = work(&shadow).await;
            server.stop().await?;
            match (result, lender) {
                (Err(CanonicalError::NotInstalled(_)), Some(target))
                    if may_create_databases(target).await? =>
                {
                    talk(
                        "The shadow database is made on the target server, since the embedded server lacks an extension.",
                    );
                    let shadow = Shadow { target: target.clone(), private: false };
                    Ok(work(&shadow).await?)
                }
                (result, _) => Ok(result?),
            }
        }
        Err(embedded) => match lender {
            Some(target) if may_create_databases(target).await? => {
                talk(
                    "The shadow database is made on the target server, since no embedded server can be had.",
                );
                let shadow = Shadow { target: target.clone(), private: false };
                Ok(work(&shadow).await?)
            }
            _ => Err(PipelineError::NoShadow { major, embedded }.into()),
        },
    }
}

async fn may_create_databases(target: &Target) -> miette::Result<bool> {
    let connection = target.connect().await?;
    let row = connection
        .client
        .query_one(
            "SELECT (rolcreatedb OR rolsuper) AND NOT pg_is_in_recovery()
             FROM pg_roles WHERE rolname = current_user",
            &[],
        )
        .await;
    Ok(row.and_then(|row| row.try_get(0)).unwrap_or(false))
}
