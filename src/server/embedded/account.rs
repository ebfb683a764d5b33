//! The account as which a server runs: this user, or an unprivileged one when this user is root.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::EmbeddedError;

/// Whom a server's files belong to and its processes run as.
#[derive(Debug, Clone)]
pub(super) struct Account {
    name: String,
    user_id: u32,
    group_id: u32,
    /// This process is root and changes to the account.
    change: bool,
}

impl Account {
    /// This user; for root `postgres`, else `nobody`, since
    /// [initdb](https://www.postgresql.org/docs/current/app-initdb.html) and the server refuse
    /// to run as root.
    ///
    /// # Errors
    /// [`EmbeddedError::NoAccount`] when root has nobody to change to.
    pub(super) fn of_servers() -> Result<Self, EmbeddedError> {
        let user_id = rustix::process::geteuid().as_raw();
        if user_id != 0 {
            return Ok(Self {
                name: format!("user {user_id}"),
                user_id,
                group_id: rustix::process::getegid().as_raw(),
                change: false,
            });
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        unprivileged(&passwd).ok_or(EmbeddedError::NoAccount)
    }

    /// The account that goes on with data which `owner` describes: root takes up the data of
    /// any other user as that user.
    pub(super) fn taking_up(self, owner: &Metadata) -> Self {
        if !self.change || owner.uid() == 0 || owner.uid() == self.user_id {
            return self;
        }
        Self {
            name: format!("user {}", owner.uid()),
            user_id: owner.uid(),
            group_id: owner.gid(),
            change: true,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_changed_to(&self) -> bool {
        self.change
    }

    pub(super) fn owns(&self, file: &Metadata) -> bool {
        file.uid() == self.user_id
    }

    /// A command that runs as the account, with an environment that holds neither secrets nor
    /// the `PG…` variables, which the server takes
    /// [settings](https://www.postgresql.org/docs/current/libpq-envars.html) from.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // The account may be unable to enter the directory that this process is in.
        command.env_clear().current_dir("/");
        for kept in ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        if self.change {
            // Given a user and no groups, the standard library also drops root's supplementary
            // groups, so nothing of root is left.
            command.uid(self.user_id).gid(self.group_id);
        }
        command
    }

    /// Gives a file that root has just made to the account.
    ///
    /// # Errors
    /// [`EmbeddedError::Files`].
    pub(super) fn give(&self, path: &Path) -> Result<(), EmbeddedError> {
        if !self.change {
            return Ok(());
        }
        // Never through a symbolic link: somebody could have put one there meanwhile.
        lchown(path, Some(self.user_id), Some(self.group_id))
            .map_err(EmbeddedError::files("change the owner of", path))
    }

    /// Whether the account can get to an existing `path`: it may search every directory above,
    /// and read and execute or search `path` itself.
    ///
    /// # Errors
    /// [`EmbeddedError::Unreachable`] with what is closed to it.
    pub(super) fn reach(&self, path: &Path) -> Result<(), EmbeddedError> {
        if !self.change {
            return Ok(());
        }
        let real = fs::canonicalize(path).map_err(EmbeddedError::files("find", path))?;
        let closed = |at: &Path| EmbeddedError::Unreachable {
            path: PathBuf::from(at),
            account: self.name.clone(),
        };
        for above in real.ancestors() {
            let metadata = fs::metadata(above).map_err(EmbeddedError::files("look at", above))?;
            let wanted = if above == real { 0o5 } else { 0o1 };
            if self.rights(&metadata) & wanted != wanted {
                return Err(closed(above));
            }
        }
        Ok(())
    }

    /// The three permission bits that count for the account.
    fn rights(&self, file: &Metadata) -> u32 {
        let shift = if file.uid() == self.user_id {
            6
        } else if file.gid() == self.group_id {
            3
        } else {
            0
        };
        file.mode() >> shift & 0o7
    }
}

/// The account to use instead of root, from the text of `/etc/passwd`.
fn unprivileged(passwd: &str) -> Option<Account> {
    ["postgres", "nobody"].into_iter().find_map(|name| {
        passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [found, _, user_id, group_id, ..] = fields.as_slice() else {
                return None;
            };
            let (user_id, group_id) = (number(user_id)?, number(group_id)?);
            (*found == name && user_id != 0).then(|| Account {
                name: name.to_owned(),
                user_id,
                group_id,
                change: true,
            })
        })
    })
}

/// An account number; macOS writes the one of `nobody` as `-2`.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().or_else(|| text.parse().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::unprivileged;

    #[test]
    fn postgres_comes_before_nobody_and_root_never() {
        let nobody = "root:x:0:0::/root:/bin/sh\nnobody:*:-2:-2::/:/usr/bin/false\n";
        assert_eq!(unprivileged(nobody).unwrap().user_id, u32::MAX - 1);
        let both = format!("{nobody}postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n");
        assert_eq!(unprivileged(&both).unwrap().user_id, 101);
        assert!(unprivileged("postgres:x:0:0::/:/bin/sh\nbroken").is_none());
    }
}
