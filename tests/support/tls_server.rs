//! A PostgreSQL server with TLS for one test binary, and the certificates for it.
//!
//! The server is stopped and its directory removed when the test process ends, however it ends: the shell that
//! runs it waits for the end of its standard input.

#![allow(dead_code, reason = "each test program uses its part of this")]

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber, date_time_ymd,
};

/// A certificate authority.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut parameters = parameters(name, &[]);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = parameters.self_signed(&key).unwrap().pem();
        Authority { pem, issuer: Issuer::new(parameters, key) }
    }

    /// A revocation list of the certificate with this serial number.
    pub fn revoke(&self, serial: u64) -> String {
        CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2999, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: date_time_ymd(2024, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&self.issuer)
        .unwrap()
        .pem()
        .unwrap()
    }

    pub fn issue(&self, serial: u64, common_name: &str, alternative_names: &[&str]) -> Issued {
        let key = KeyPair::generate().unwrap();
        let mut parameters = parameters(common_name, alternative_names);
        parameters.serial_number = Some(SerialNumber::from(serial));
        parameters.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Issued {
            certificate: parameters.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A certificate that signs itself, without an alternative name, as the manual's first example makes it.
pub fn self_signed(common_name: &str) -> Issued {
    let key = KeyPair::generate().unwrap();
    let mut parameters = parameters(common_name, &[]);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Issued { certificate: parameters.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

fn parameters(common_name: &str, alternative_names: &[&str]) -> CertificateParams {
    let names: Vec<String> = alternative_names.iter().map(|&name| name.to_owned()).collect();
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    parameters
}

/// What a server is to be.
#[derive(Default)]
pub struct Setup<'setup> {
    /// Its certificate and the authority for those of its clients; none means no TLS.
    pub tls: Option<(&'setup Issued, &'setup str)>,
    /// The lines of pg_hba.conf.
    pub admission: &'setup str,
    /// Statements to run before it starts, each on one line.
    pub statements: &'setup str,
    /// Whether it is a standby, of no primary.
    pub standby: bool,
}

/// A running server.
pub struct Server {
    pub port: u16,
    pub directory: PathBuf,
    _shell: Child,
}

impl Server {
    /// Makes a cluster and starts it. Its superuser is `postgres`; its socket is in its directory.
    pub fn start(setup: &Setup<'_>) -> Server {
        let binaries = binaries();
        let directory = directory();
        let owner = Owner::of(&directory);
        let data = directory.join("data");
        owner.run(
            Command::new(binaries.join("initdb"))
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--no-sync",
                    "--no-locale",
                    "--encoding=UTF8",
                ])
                .arg("--pgdata")
                .arg(&data),
            "",
        );
        owner.run(
            Command::new(binaries.join("postgres"))
                .args(["--single", "-D"])
                .arg(&data)
                .arg("postgres"),
            setup.statements,
        );
        owner.write(&data.join("pg_hba.conf"), setup.admission);
        let port = free_port();
        owner.write(&data.join("postgresql.auto.conf"), &configuration(setup, &directory, port));
        if let Some((certificate, client_authority)) = setup.tls {
            owner.write(&data.join("server.crt"), &certificate.certificate);
            owner.write(&data.join("server.key"), &certificate.key);
            owner.write(&data.join("root.crt"), client_authority);
        }
        if setup.standby {
            owner.write(&data.join("standby.signal"), "");
        }
        let postgres = binaries.join("postgres");
        let shell = owner.serve(&[&postgres, Path::new("-D"), &data], &directory);
        let server = Server { port, directory, _shell: shell };
        server.wait();
        server
    }

    /// A standby of this server, which has to let `postgres` replicate; `client` is `pg_basebackup`.
    pub fn standby(&self, client: &Path) -> Server {
        let binaries = binaries();
        let directory = directory();
        let owner = Owner::of(&directory);
        let data = directory.join("data");
        owner.run(
            Command::new(client)
                .args(["--host=127.0.0.1", "--username=postgres", "--write-recovery-conf"])
                .args(["--checkpoint=fast", "--no-sync"])
                .arg(format!("--port={}", self.port))
                .arg("--pgdata")
                .arg(&data),
            "",
        );
        let port = free_port();
        let path = data.join("postgresql.auto.conf");
        let copied = fs::read_to_string(&path).unwrap();
        let own = configuration(&Setup::default(), &directory, port);
        owner.write(&path, &format!("{copied}{own}"));
        let postgres = binaries.join("postgres");
        let shell = owner.serve(&[&postgres, Path::new("-D"), &data], &directory);
        let server = Server { port, directory, _shell: shell };
        server.wait();
        server
    }

    /// PgBouncer in front of this server, which has to trust it.
    pub fn pool(&self, mode: &str) -> Server {
        let directory = directory();
        let owner = Owner::of(&directory);
        let (port, file) = (free_port(), directory.join("pgbouncer.ini"));
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
             ignore_startup_parameters = extra_float_digits, options\n",
            self.port
        );
        owner.write(&file, &text);
        let shell = owner.serve(&[Path::new("pgbouncer"), &file], &directory);
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "PgBouncer did not start: is the package pgbouncer installed?\n{}",
                fs::read_to_string(directory.join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Server { port, directory, _shell: shell }
    }

    /// The port opens once recovery has come far enough for sessions.
    fn wait(&self) {
        let status = self.directory.join("data/postmaster.pid");
        let start = Instant::now();
        loop {
            let ready = fs::read_to_string(&status).is_ok_and(|text| {
                text.lines().nth(7).is_some_and(|line| matches!(line.trim(), "ready" | "standby"))
            });
            if ready && TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "the server did not start:\n{}",
                fs::read_to_string(self.directory.join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn directory() -> PathBuf {
    tempfile::Builder::new().prefix("pgconverge-connect-").tempdir_in("/tmp").unwrap().keep()
}

fn configuration(setup: &Setup<'_>, directory: &Path, port: u16) -> String {
    let ssl = match setup.tls {
        Some(_) => "ssl = on\nssl_ca_file = 'root.crt'\n",
        None => "ssl = off\n",
    };
    format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\nfsync = off\n\
         password_encryption = 'scram-sha-256'\n{ssl}",
        directory.display()
    )
}

/// A port that nothing listens on just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The user who runs the server: initdb and postgres refuse root.
enum Owner {
    Myself,
    Other { user: u32, group: u32 },
}

impl Owner {
    /// Takes the directory into possession.
    fn of(directory: &Path) -> Owner {
        if fs::metadata(directory).unwrap().uid() != 0 {
            return Owner::Myself;
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap();
        let (user, group) = ["postgres", "nobody"]
            .iter()
            .find_map(|name| {
                let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
                let mut fields = line.split(':').skip(2);
                Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
            })
            .expect("run as root, the server needs a user postgres or nobody in /etc/passwd");
        chown(directory, Some(user), Some(group)).unwrap();
        Owner::Other { user, group }
    }

    fn of_command<'command>(&self, command: &'command mut Command) -> &'command mut Command {
        match *self {
            Owner::Myself => command,
            Owner::Other { user, group } => command.uid(user).gid(group),
        }
    }

    fn write(&self, path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        if let Owner::Other { user, group } = *self {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    fn run(&self, command: &mut Command, input: &str) {
        let mut child = self
            .of_command(command)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !errors.contains("ERROR:"), "{command:?}: {errors}");
    }

    fn serve(&self, command: &[&Path], directory: &Path) -> Child {
        let log = File::create(directory.join("log")).unwrap();
        let script = r#"gone=$1; shift; "$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$gone""#;
        self.of_command(Command::new("/bin/sh").args(["-c", script, "sh"]))
            .arg(directory)
            .args(command)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }
}

/// The directory of initdb and postgres.
fn binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let configured = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|line| PathBuf::from(line.trim()));
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    packaged.sort();
    std::env::split_paths(&path)
        .chain(configured)
        .chain(packaged.into_iter().rev())
        .find(|directory| directory.join("initdb").is_file() && directory.join("postgres").is_file())
        .expect("no PostgreSQL server found: neither in PATH, nor by pg_config --bindir, nor in /usr/lib/postgresql/*/bin")
}
