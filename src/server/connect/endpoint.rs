//! The list of hosts: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::error::ConnectError;
use super::settings::Settings;

const DEFAULT_PORT: u16 = 5432;

/// Where libpq's packagers put the server's socket: Debian and Red Hat, then PostgreSQL's own default.
const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// One place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub location: Location,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// The directory of a unix socket.
    Socket(PathBuf),
    /// A name to look up, or an address spelled as one.
    Host(String),
    /// `hostaddr`: an address that needs no lookup, and the name that it goes by, if one was given.
    Address(IpAddr, Option<String>),
}

/// The network address of one attempt; `None` stands for the unix socket.
pub(super) type Address = Option<IpAddr>;

impl Endpoint {
    /// The endpoints of `host`, `hostaddr` and `port`, in their order.
    ///
    /// # Errors
    /// Lists of different lengths, and values that are not addresses or ports.
    pub fn list(settings: &Settings) -> Result<Vec<Endpoint>, ConnectError> {
        let hosts = items(settings, "host");
        let addresses = items(settings, "hostaddr");
        let count = hosts.len().max(addresses.len()).max(1);
        if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
            return Err(mismatched("hostaddr", addresses.len(), hosts.len()));
        }
        let ports = ports(settings)?;
        if ports.len() > 1 && ports.len() != count {
            return Err(mismatched("port", ports.len(), count));
        }
        (0..count)
            .map(|index| {
                let port = ports.get(index).or(ports.first()).copied().unwrap_or(DEFAULT_PORT);
                let host = hosts.get(index).copied().unwrap_or_default();
                let address = addresses.get(index).copied().unwrap_or_default();
                let location = location(settings, host, address, port)?;
                Ok(Endpoint { location, port })
            })
            .collect()
    }

    /// The endpoint's addresses, looked up if need be.
    ///
    /// # Errors
    /// The lookup's.
    pub async fn addresses(&self) -> io::Result<Vec<Address>> {
        match &self.location {
            Location::Socket(_) => Ok(vec![None]),
            Location::Address(address, _) => Ok(vec![Some(*address)]),
            Location::Host(name) => {
                let found = tokio::net::lookup_host((name.as_str(), self.port)).await?;
                Ok(found.map(|socket| Some(socket.ip())).collect())
            }
        }
    }

    /// The name that a certificate is checked against; `None` when only an address or a socket is known.
    pub fn host_name(&self) -> Option<&str> {
        match &self.location {
            Location::Host(name) => Some(name),
            Location::Address(_, name) => name.as_deref(),
            Location::Socket(_) => None,
        }
    }

    /// The name by which the password file knows the endpoint: `localhost` for a default socket directory.
    pub fn password_file_host(&self) -> String {
        match &self.location {
            Location::Socket(directory) if is_default(directory) => "localhost".to_owned(),
            Location::Socket(directory) => directory.display().to_string(),
            Location::Host(name) => name.clone(),
            Location::Address(address, name) => name.clone().unwrap_or_else(|| address.to_string()),
        }
    }

    /// `host:port`, or the socket's path.
    pub fn describe(&self) -> String {
        let port = self.port;
        match &self.location {
            Location::Socket(directory) => {
                directory.join(format!(".s.PGSQL.{port}")).display().to_string()
            }
            Location::Host(name) | Location::Address(_, Some(name)) if name.contains(':') => {
                format!("[{name}]:{port}")
            }
            Location::Host(name) | Location::Address(_, Some(name)) => format!("{name}:{port}"),
            Location::Address(IpAddr::V6(address), None) => format!("[{address}]:{port}"),
            Location::Address(address, None) => format!("{address}:{port}"),
        }
    }
}

/// The items of a comma list; none at all when the parameter is not given.
fn items<'settings>(settings: &'settings Settings, keyword: &str) -> Vec<&'settings str> {
    settings.value(keyword).map(|list| list.split(',').map(str::trim).collect()).unwrap_or_default()
}

fn ports(settings: &Settings) -> Result<Vec<u16>, ConnectError> {
    items(settings, "port")
        .into_iter()
        .map(|port| match port {
            "" => Ok(DEFAULT_PORT),
            port => {
                port.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
                    ConnectError::invalid(settings, "port", "a number from 1 to 65535")
                })
            }
        })
        .collect()
}

fn location(
    settings: &Settings,
    host: &str,
    address: &str,
    port: u16,
) -> Result<Location, ConnectError> {
    if !address.is_empty() {
        let address = address
            .parse()
            .map_err(|_| ConnectError::invalid(settings, "hostaddr", "an IPv4 or IPv6 address"))?;
        return Ok(Location::Address(
            address,
            Some(host.to_owned()).filter(|host| !host.is_empty()),
        ));
    }
    match host.chars().next() {
        None => Ok(default_location(port)),
        Some('/') => Ok(Location::Socket(PathBuf::from(host))),
        Some('@') => Err(ConnectError::invalid(
            settings,
            "host",
            "a host name, an address or the directory of a socket (abstract sockets are not supported)",
        )),
        Some(_) => Ok(Location::Host(host.to_owned())),
    }
}

/// libpq's own default is the one directory compiled in; here the socket that exists decides.
fn default_location(port: u16) -> Location {
    SOCKET_DIRECTORIES
        .iter()
        .map(Path::new)
        .find(|directory| directory.join(format!(".s.PGSQL.{port}")).exists())
        .map(|directory| Location::Socket(directory.to_owned()))
        .unwrap_or_else(|| Location::Host("localhost".to_owned()))
}

fn is_default(directory: &Path) -> bool {
    SOCKET_DIRECTORIES.iter().any(|default| Path::new(default) == directory)
}

fn mismatched(keyword: &'static str, count: usize, hosts: usize) -> ConnectError {
    ConnectError::MismatchedHosts { keyword, count, hosts }
}
