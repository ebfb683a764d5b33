//! The embedded servers, on real PostgreSQL programs: those installed here (major 15) and those
//! that the npm registry gives.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "in a test, a panic is how a failure is told, also in what tests share"
)]

use std::cell::RefCell;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use pgconverge::server::embedded::{
    EmbeddedError, EmbeddedServer, EmbeddedSettings, binaries, development, development_kept_up,
    shadow,
};
use sha2::{Digest, Sha512};
use tempfile::TempDir;
use tokio_postgres::NoTls;

#[path = "support/postgres.rs"]
mod postgres;

// Finding and fetching programs.

#[tokio::test]
async fn installed_programs_are_found() {
    let scene = Scene::new();
    let installed = EmbeddedSettings {
        cache_directory: scene.settings.cache_directory.clone(),
        ..EmbeddedSettings::from_environment()
    };
    for major in [Some(15), None] {
        let found = binaries(major, &installed, &silent).await.unwrap();
        assert!(found.major() == 15 || major.is_none());
        assert!(found.version().starts_with(&found.major().to_string()));
        assert!(found.directory().join("postgres").is_file());
        assert!(found.directory().join("initdb").is_file());
    }
}

#[tokio::test]
async fn a_link_in_the_search_path_leads_to_the_programs() {
    let scene = Scene::new();
    let directory = scene.path().join("links");
    fs::create_dir(&directory).unwrap();
    let real = fs::canonicalize("/usr/lib/postgresql/15/bin/postgres").unwrap();
    std::os::unix::fs::symlink(&real, directory.join("postgres")).unwrap();
    let settings = scene.looking_in(&[&directory]);
    let found = binaries(None, &settings, &silent).await.unwrap();
    assert_eq!(found.directory(), real.parent().unwrap());
}

#[tokio::test]
async fn with_no_server_in_sight_two_runs_at_once_fetch_one() {
    let scene = Scene::new();
    let said = RefCell::new(Vec::new());
    let talk = |line: &str| said.borrow_mut().push(line.to_owned());
    let (one, other) = tokio::join!(
        binaries(None, &scene.settings, &talk),
        binaries(Some(17), &scene.settings, &talk),
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one, other);
    assert_eq!(one.major(), 17);
    let count = |start: &str| said.borrow().iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("fetching a PostgreSQL server"), 1, "{said:?}");
    assert_eq!(count("waiting"), 1, "{said:?}");
    assert!(said.borrow().iter().any(|line| line.contains(" 17.") && line.contains(" MB, from")));
    assert_eq!(scene.fetched().len(), 1, "{:?}", scene.fetched());

    // It is whole: it starts, and has its contrib extensions.
    let server = shadow(17, &scene.settings, &silent).await.unwrap();
    assert_eq!(server.major(), 17);
    ask(&server, "CREATE EXTENSION citext").await;
    assert!(ask(&server, "SHOW server_version").await.starts_with("17."));
    // What was fetched is also found by a run that asks for no version, and cannot fetch.
    let offline =
        EmbeddedSettings { registry: Some("http://127.0.0.1:9".into()), ..scene.settings.clone() };
    assert_eq!(binaries(None, &offline, &silent).await.unwrap().major(), 17);
}

#[tokio::test]
async fn a_major_that_is_not_installed_is_fetched() {
    let scene = Scene::new();
    let settings = scene.looking_in(&[Path::new("/usr/lib/postgresql/15/bin")]);
    let server = shadow(16, &settings, &silent).await.unwrap();
    assert!(ask(&server, "SHOW server_version").await.starts_with("16."));
}

#[tokio::test]
async fn a_major_that_is_not_supported_is_refused() {
    let scene = Scene::new();
    let result = binaries(Some(13), &scene.settings, &silent).await;
    assert!(matches!(result, Err(EmbeddedError::UnsupportedMajor { major: 13 })));
}

#[tokio::test]
async fn a_wrong_checksum_is_refused() {
    let package = package(|_| {});
    let scene = Scene::with_registry(&package, &integrity(b"something else"), package.len());
    let result = binaries(None, &scene.settings, &silent).await;
    assert!(matches!(result, Err(EmbeddedError::ChecksumMismatch { .. })), "{result:?}");
    assert_eq!(scene.fetched(), Vec::<String>::new());
}

#[tokio::test]
async fn an_interrupted_download_leaves_nothing() {
    let package = package(|_| {});
    let scene = Scene::with_registry(&package, &integrity(&package), package.len() / 2);
    let result = binaries(None, &scene.settings, &silent).await;
    assert!(matches!(result, Err(EmbeddedError::FetchFailed { .. })), "{result:?}");
    assert_eq!(scene.fetched(), Vec::<String>::new());
}

#[tokio::test]
async fn packages_cannot_write_outside_their_directory() {
    let upwards = package(|archive| {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..29].copy_from_slice(b"package/native/../../../evil\0");
        header.set_size(0);
        header.set_cksum();
        archive.append(&header, &b""[..]).unwrap();
    });
    let link = package(|archive| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "package/native/lib", "/tmp").unwrap();
    });
    let listed_link = package(|archive| {
        let list = br#"[{"source": "native/../../x", "target": "native/x"}]"#;
        append(archive, "package/native/pg-symlinks.json", list);
    });
    for package in [upwards, link, listed_link] {
        let scene = Scene::with_registry(&package, &integrity(&package), package.len());
        let result = binaries(None, &scene.settings, &silent).await;
        assert!(matches!(result, Err(EmbeddedError::PackageRefused { .. })), "{result:?}");
        assert_eq!(scene.fetched(), Vec::<String>::new());
    }
}

// Shadow servers.

#[tokio::test]
async fn two_shadows_at_once_are_two_servers() {
    let scene = Scene::new();
    let settings = scene.installed();
    let (one, other) = tokio::join!(shadow(15, &settings, &silent), shadow(15, &settings, &silent));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(data_directory(&one).await, data_directory(&other).await);
    assert_eq!(one.major(), 15);
    assert_eq!(ask(&one, "SHOW fsync").await, "off");
    assert_eq!(ask(&one, "SHOW timezone").await, "UTC");
    assert_eq!(ask(&one, "SHOW listen_addresses").await, "");
    assert_eq!(ask(&one, "SHOW server_encoding").await, "UTF8");
    let mode = fs::metadata(one.socket_directory()).unwrap().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(one.socket_directory().as_os_str().len() <= 90);
}

#[tokio::test]
async fn a_shadow_is_taken_up_without_what_an_earlier_run_left() {
    let scene = Scene::new();
    let settings = scene.installed();
    let first = shadow(15, &settings, &silent).await.unwrap();
    let data = data_directory(&first).await;
    for statement in [
        r#"CREATE DATABASE "pgconverge_shadow_""1""#,
        "CREATE ROLE someone",
        r#"CREATE ROLE "Else""#,
        r#"GRANT someone TO "Else" WITH ADMIN OPTION"#,
    ] {
        ask(&first, statement).await;
    }
    let sockets = first.socket_directory().to_owned();
    first.stop().await.unwrap();
    assert!(!sockets.exists());

    let second = shadow(15, &settings, &silent).await.unwrap();
    assert_eq!(data_directory(&second).await, data);
    assert_eq!(ask(&second, "SELECT count(*)::text FROM pg_database").await, "3");
    let roles = "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'";
    assert_eq!(ask(&second, roles).await, "postgres");
}

#[tokio::test]
async fn a_shadow_that_does_not_start_is_made_anew() {
    let scene = Scene::new();
    let settings = scene.installed();
    let server = shadow(15, &settings, &silent).await.unwrap();
    let data = data_directory(&server).await;
    drop(server);
    fs::write(data.join("global/pg_control"), "nonsense").unwrap();
    let said = RefCell::new(String::new());
    let server = shadow(15, &settings, &|line| said.borrow_mut().push_str(line)).await.unwrap();
    assert_eq!(data_directory(&server).await, data);
    assert!(said.borrow().contains("making it anew"), "{said:?}");
}

#[tokio::test]
async fn a_server_does_not_outlive_a_killed_process() {
    let scene = Scene::new();
    let settings = scene.installed();
    let mut holder = Holder::start("shadow", scene.path());
    let data = PathBuf::from(holder.line());
    assert!(holder.socket_answers());
    let pid = postmaster(&data);
    // Its group is its own, so Ctrl-C at a terminal does not reach it.
    assert_ne!(group(pid), group(rustix::process::getpid()));
    let killed = Instant::now();
    holder.kill();
    // The next run starts at once, whether the server is down already or not.
    let next = shadow(15, &settings, &silent).await.unwrap();
    ask(&next, "SELECT 1::text").await;
    while rustix::process::test_kill_process(pid).is_ok() {
        assert!(killed.elapsed() < Duration::from_secs(2), "the server still runs");
        std::thread::sleep(Duration::from_millis(5));
    }
    holder.expect_no_socket();
    drop(next);
    let again = shadow(15, &settings, &silent).await.unwrap();
    assert_eq!(data_directory(&again).await, data);
}

#[tokio::test]
async fn a_server_killed_with_its_supervisor_does_not_hinder_the_next() {
    let scene = Scene::new();
    let settings = scene.installed();
    let mut holder = Holder::start("shadow", scene.path());
    let data = PathBuf::from(holder.line());
    let server = postmaster(&data);
    rustix::process::kill_process_group(group(server), rustix::process::Signal::KILL).unwrap();
    holder.kill();
    while rustix::process::test_kill_process(server).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // As in a container, another process has the number by now, and belongs to the same user.
    let elsewhere = Scene::new();
    let other = shadow(15, &elsewhere.installed(), &silent).await.unwrap();
    let taken = postmaster(&data_directory(&other).await).as_raw_nonzero().to_string();
    let file = data.join("postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen(&server.as_raw_nonzero().to_string(), &taken, 1)).unwrap();
    let said = RefCell::new(String::new());
    let next = shadow(15, &settings, &|line| said.borrow_mut().push_str(line)).await.unwrap();
    // Its own data were taken up, not made anew.
    assert_eq!(said.borrow().as_str(), "");
    assert_eq!(data_directory(&next).await, data);
    holder.expect_no_socket();
}

#[tokio::test]
async fn root_gives_its_servers_to_another_account() {
    assert!(rustix::process::geteuid().is_root(), "this test is for root");
    let scene = Scene::new();
    let server = shadow(15, &scene.installed(), &silent).await.unwrap();
    let data = data_directory(&server).await;
    let owner = fs::metadata(&data).unwrap().uid();
    assert_ne!(owner, 0);
    assert_eq!(fs::metadata(server.socket_directory()).unwrap().uid(), owner);
    let pid = postmaster(&data).as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let user = owner.to_string();
    assert!(line("Uid:").split_whitespace().all(|id| id == user));
    assert_eq!(line("Groups:").trim(), "");
    let environment = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    assert!(!environment.contains("CARGO"), "{environment}");
}

#[tokio::test]
async fn the_tests_have_client_programs_for_every_major() {
    let installed = postgres::pg_dump(15);
    let newest = [postgres::pg_dump(18), postgres::psql(18)];
    for program in newest.iter().chain([&installed]) {
        let output = Command::new(program).arg("--version").output().unwrap();
        assert!(output.status.success(), "{}", program.display());
    }
}

#[tokio::test]
async fn a_cache_that_the_account_cannot_reach_is_named() {
    let scene = Scene::new();
    fs::set_permissions(scene.path(), Permissions::from_mode(0o700)).unwrap();
    let result = shadow(15, &scene.installed(), &silent).await;
    let Err(EmbeddedError::Unreachable { path, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(path, fs::canonicalize(scene.path()).unwrap());
}

#[tokio::test]
async fn a_cache_that_others_can_write_is_refused() {
    let scene = Scene::new();
    let cache = scene.settings.cache_directory.clone().unwrap();
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, Permissions::from_mode(0o777)).unwrap();
    let result = shadow(15, &scene.installed(), &silent).await;
    assert!(matches!(result, Err(EmbeddedError::UnsafeDirectory { .. })), "{result:?}");
}

// Development servers.

#[tokio::test]
async fn a_development_server_keeps_its_data() {
    let scene = Scene::new();
    let (project, settings) = (scene.path(), scene.installed());
    let first = development(project, None, &settings, &silent).await.unwrap();
    assert!(data_directory(&first).await.starts_with(project.join(".pgconverge")));
    assert_eq!(ask(&first, "SHOW fsync").await, "on");
    assert_eq!(ask(&first, "SHOW timezone").await, "UTC");
    ask(&first, "CREATE TABLE kept AS SELECT 'data' AS what").await;
    drop(first);

    let second = development(project, Some(15), &settings, &silent).await.unwrap();
    assert_eq!(ask(&second, "SELECT what FROM kept").await, "data");
    second.stop().await.unwrap();
    let other = development(project, Some(16), &settings, &silent).await;
    assert!(matches!(other, Err(EmbeddedError::OtherMajor { found: 15, wanted: 16, .. })));
}

#[tokio::test]
async fn data_of_a_project_that_the_account_cannot_reach_are_elsewhere() {
    let scene = Scene::new();
    let project = scene.path().join("closed");
    fs::create_dir(&project).unwrap();
    fs::set_permissions(&project, Permissions::from_mode(0o700)).unwrap();
    let server = development(&project, None, &scene.installed(), &silent).await.unwrap();
    let data = data_directory(&server).await;
    drop(server);
    let place = data.parent().and_then(Path::parent).unwrap();
    assert!(!place.starts_with(&project));
    let note = fs::read_to_string(project.join(".pgconverge/where-the-data-are.txt")).unwrap();
    assert!(note.contains(place.to_str().unwrap()), "{note}");
    fs::remove_dir_all(place).unwrap();
}

#[tokio::test]
async fn a_second_command_waits_for_the_first() {
    let scene = Scene::new();
    let (project, settings) = (scene.path(), scene.installed());
    let first = development(project, None, &settings, &silent).await.unwrap();
    let data = data_directory(&first).await;
    let said = RefCell::new(Vec::new());
    let talk = |line: &str| said.borrow_mut().push(line.to_owned());
    let second = development(project, None, &settings, &talk);
    let first_ends = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(said.borrow().len(), 1, "{said:?}");
        first.stop().await.unwrap();
    };
    let (second, ()) = tokio::join!(second, first_ends);
    let second = second.unwrap();
    assert!(!second.is_joined());
    assert_eq!(data_directory(&second).await, data);
    assert!(said.borrow()[0].starts_with("waiting for another"), "{said:?}");
}

#[tokio::test]
async fn a_server_that_is_kept_up_is_joined_until_its_process_is_killed() {
    let scene = Scene::new();
    let (project, settings) = (scene.path(), scene.installed());
    let mut holder = Holder::start("dev", project);
    let data = PathBuf::from(holder.line());
    let joined = development(project, None, &settings, &silent).await.unwrap();
    assert!(joined.is_joined());
    assert_eq!(joined.socket_directory(), holder.socket_directory());
    ask(&joined, "CREATE TABLE kept AS SELECT 'data' AS what").await;
    drop(joined);
    assert!(holder.socket_answers());
    let second = development_kept_up(project, None, &settings, &silent).await.unwrap();
    assert!(second.is_joined());
    drop(second);

    holder.kill();
    let next = development(project, None, &settings, &silent).await.unwrap();
    assert!(!next.is_joined());
    assert_eq!(data_directory(&next).await, data);
    assert_eq!(ask(&next, "SELECT what FROM kept").await, "data");
    holder.expect_no_socket();
}

// What the tests stand on.

fn silent(_: &str) {}

/// Runs one statement; gives the first column of its first row, a text.
async fn ask(server: &EmbeddedServer, statement: &str) -> String {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(server.socket_directory())
        .port(server.port())
        .user(server.user())
        .dbname("postgres")
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let rows = client.query(statement, &[]).await.unwrap();
    rows.first().map(|row| row.get(0)).unwrap_or_default()
}

async fn data_directory(server: &EmbeddedServer) -> PathBuf {
    PathBuf::from(ask(server, "SHOW data_directory").await)
}

/// The number of the server's first process.
fn postmaster(data: &Path) -> rustix::process::Pid {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap();
    rustix::process::Pid::from_raw(text.lines().next().unwrap().parse().unwrap()).unwrap()
}

fn group(pid: rustix::process::Pid) -> rustix::process::Pid {
    rustix::process::getpgid(Some(pid)).unwrap()
}

/// A directory that the server's account can reach, and settings that keep to it.
struct Scene {
    directory: TempDir,
    /// Without any server in sight.
    settings: EmbeddedSettings,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        let settings = settings(directory.path(), &[]);
        Self { directory, settings }
    }

    /// One whose registry offers `package` with the checksum `integrity`, and breaks off after
    /// `sent` bytes of it.
    fn with_registry(package: &[u8], integrity: &str, sent: usize) -> Self {
        let mut scene = Self::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let listing = format!(
            r#"{{"versions": {{"17.1.0-beta.9": {{"dist": {{"tarball": "{address}/no.tgz", "integrity": "{integrity}"}}}},
                "17.10.0-beta.1": {{"dist": {{"tarball": "{address}/yes.tgz", "integrity": "{integrity}"}}}}}}}}"#
        );
        let package = package.to_vec();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), listing.as_bytes(), &package, sent);
            }
        });
        scene.settings.registry = Some(address);
        scene
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn looking_in(&self, directories: &[&Path]) -> EmbeddedSettings {
        settings(self.path(), directories)
    }

    /// With the installed server in sight.
    fn installed(&self) -> EmbeddedSettings {
        self.looking_in(&[Path::new("/usr/lib/postgresql/15/bin")])
    }

    /// What is in the cache of programs, but for locks.
    fn fetched(&self) -> Vec<String> {
        let names = fs::read_dir(self.path().join("cache/postgresql")).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect()
    }
}

fn settings(directory: &Path, search_path: &[&Path]) -> EmbeddedSettings {
    EmbeddedSettings {
        search_path: search_path.iter().map(|path| path.to_path_buf()).collect(),
        cache_directory: Some(directory.join("cache")),
        registry: None,
    }
}

fn answer(mut stream: TcpStream, listing: &[u8], package: &[u8], sent: usize) {
    let mut request = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    reader.read_line(&mut request).unwrap();
    let mut header = String::from("more");
    while !header.trim().is_empty() {
        header.clear();
        reader.read_line(&mut header).unwrap();
    }
    let (body, sent) = match request.split(' ').nth(1).unwrap() {
        "/yes.tgz" => (package, sent),
        path => {
            assert!(path.starts_with("/@embedded-postgres%2f"), "{path}");
            (listing, listing.len())
        }
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")
        .unwrap();
    // The other side may have given up already.
    let _ = stream.write_all(&body[..sent]);
}

type Archive = tar::Builder<flate2::write::GzEncoder<Vec<u8>>>;

/// An npm package with a file, and what `more` adds.
fn package(more: impl FnOnce(&mut Archive)) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    append(&mut archive, "package/native/bin/postgres", b"#!/bin/sh\nexit 1\n");
    more(&mut archive);
    archive.into_inner().unwrap().finish().unwrap()
}

fn append(archive: &mut Archive, path: &str, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, path, content).unwrap();
}

fn integrity(content: &[u8]) -> String {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(content));
    format!("sha512-{digest}")
}

/// Another process that holds a server: this test program, run for [`hold_a_server`] alone.
struct Holder {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
    socket_directory: PathBuf,
}

const HOLD: &str = "PGCONVERGE_TEST_HOLD";

/// Does nothing among the tests; run by [`Holder`], holds a server until it is killed.
#[tokio::test]
async fn hold_a_server() {
    let Some(place) = std::env::var_os(HOLD) else {
        return;
    };
    let place = place.into_string().unwrap();
    let (kind, directory) = place.split_once(':').unwrap();
    let directory = Path::new(directory);
    let settings = settings(directory, &[Path::new("/usr/lib/postgresql/15/bin")]);
    let server = match kind {
        "dev" => development_kept_up(directory, None, &settings, &silent).await.unwrap(),
        _ => shadow(15, &settings, &silent).await.unwrap(),
    };
    println!("\nholding\n{}", server.socket_directory().display());
    println!("{}", data_directory(&server).await.display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

impl Holder {
    fn start(kind: &str, directory: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hold_a_server", "--nocapture"])
            .env(HOLD, format!("{kind}:{}", directory.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut holder = Self { process, output, socket_directory: PathBuf::new() };
        while holder.line() != "holding" {}
        holder.socket_directory = PathBuf::from(holder.line());
        holder
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let count = self.output.read_line(&mut line).unwrap();
        assert_ne!(count, 0, "the holder ended");
        line.trim_end().to_owned()
    }

    fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    fn socket_answers(&self) -> bool {
        UnixStream::connect(self.socket_directory.join(".s.PGSQL.5432")).is_ok()
    }

    /// As `kill -9` does.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn expect_no_socket(&self) {
        let begin = Instant::now();
        while self.socket_directory.exists() {
            assert!(begin.elapsed() < Duration::from_secs(2), "the socket is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
