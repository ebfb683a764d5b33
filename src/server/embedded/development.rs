//! The development server: for a user who named no server at all. It keeps its data.

use std::path::Path;
use std::time::Duration;

use super::blocking::blocking;
use super::cluster::{Cluster, Purpose};
use super::lock::Lock;
use super::project_data::ProjectData;
use super::{Binaries, EmbeddedError, EmbeddedServer, EmbeddedSettings, binaries, process};

/// Starts the development server of the project in the directory `project`, for one command; or
/// joins the one that [`development_kept_up`] runs in another process. While another command
/// runs it, waits for that command's end.
///
/// `major`: `None` takes the major version that made the project's data, and for new data what
/// [`binaries`] finds. `talk` is told, in one line each, what takes longer than usual.
///
/// # Errors
/// [`EmbeddedError::OtherMajor`] when the data are of another major version than the one asked
/// for, [`EmbeddedError::OtherUser`], those of [`binaries`], and those of making and starting
/// a server.
pub async fn development(
    project: &Path,
    major: Option<u32>,
    settings: &EmbeddedSettings,
    talk: &dyn Fn(&str),
) -> Result<EmbeddedServer, EmbeddedError> {
    let data = data_of(project).await?;
    match hold(&data, major, talk).await? {
        Held::Joined(server) => Ok(server),
        Held::Locked(lock) => run(data, lock, major, settings, talk).await,
    }
}

/// The same, for a process that keeps the server up: others join it instead of waiting. The
/// result [is joined](EmbeddedServer::is_joined) itself when another process does so already.
///
/// # Errors
/// Those of [`development`].
pub async fn development_kept_up(
    project: &Path,
    major: Option<u32>,
    settings: &EmbeddedSettings,
    talk: &dyn Fn(&str),
) -> Result<EmbeddedServer, EmbeddedError> {
    let mut server = development(project, major, settings, talk).await?;
    if !server.is_joined() {
        data_of(project).await?.advertise(&mut server)?;
    }
    Ok(server)
}

async fn data_of(project: &Path) -> Result<ProjectData, EmbeddedError> {
    let project = project.to_path_buf();
    blocking(move || ProjectData::of(&project)).await
}

/// What a command gets of the project's data.
enum Held {
    /// The right to run a server on them.
    Locked(Lock),
    /// A server that runs on them.
    Joined(EmbeddedServer),
}

async fn hold(
    data: &ProjectData,
    major: Option<u32>,
    talk: &dyn Fn(&str),
) -> Result<Held, EmbeddedError> {
    let mut told = false;
    loop {
        refuse_another_major(data, major)?;
        if let Some(lock) = Lock::try_exclusive(&data.lock_file())? {
            data.forget_the_advertised();
            return Ok(Held::Locked(lock));
        }
        if let Some(server) = data.advertised()
            && server.answers().await
        {
            return Ok(Held::Joined(server));
        }
        if !told {
            talk("waiting for another pgconverge command that uses the development server");
            told = true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn refuse_another_major(data: &ProjectData, major: Option<u32>) -> Result<(), EmbeddedError> {
    match (data.major(), major) {
        (Some(found), Some(wanted)) if found != wanted => {
            Err(EmbeddedError::OtherMajor { data: data.directory.join("data"), found, wanted })
        }
        _ => Ok(()),
    }
}

async fn run(
    data: ProjectData,
    lock: Lock,
    major: Option<u32>,
    settings: &EmbeddedSettings,
    talk: &dyn Fn(&str),
) -> Result<EmbeddedServer, EmbeddedError> {
    // Whoever held the lock until now may have made the data.
    refuse_another_major(&data, major)?;
    let binaries: Binaries = binaries(data.major().or(major), settings, talk).await?;
    let cluster = Cluster {
        binaries,
        account: data.account,
        directory: data.directory,
        purpose: Purpose::Development,
    };
    if !cluster.exists() {
        let version = cluster.binaries.version();
        let place = cluster.directory.display();
        talk(&format!(
            "making a development server, PostgreSQL {version}, with its data in {place}"
        ));
    }
    blocking(move || {
        cluster.make(&lock)?;
        process::start(&cluster, &lock)
    })
    .await
}
