//! Which npm registry to fetch from: the one that the user's npm settings name.
//!
//! The order is npm's own: variables, the project's `.npmrc`, the user's, then what npm itself
//! knows besides; see <https://docs.npmjs.com/cli/configuring-npm/npmrc>.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{EmbeddedError, EmbeddedSettings};

/// The address of the registry for packages of `scope` (such as `@embedded-postgres`), without
/// a slash at its end.
///
/// # Errors
/// [`EmbeddedError::RegistryUnknown`] when no setting names one.
pub(super) fn registry(settings: &EmbeddedSettings, scope: &str) -> Result<String, EmbeddedError> {
    if let Some(address) = &settings.registry {
        return address_in(address).ok_or(EmbeddedError::RegistryUnknown);
    }
    let files: Vec<String> =
        npmrc_files().into_iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    named_in(std::env::vars_os().filter_map(as_text), &files, scope)
        .or_else(told_by_npm)
        .ok_or(EmbeddedError::RegistryUnknown)
}

/// An address as it may be shown: without the name and password that it may hold.
pub(super) fn shown(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}://{host}{path}")
}

fn npmrc_files() -> Vec<PathBuf> {
    let project = std::env::current_dir().ok();
    let user = std::env::vars_os()
        .filter_map(as_text)
        .find(|(name, _)| name.eq_ignore_ascii_case("npm_config_userconfig"))
        .map(|(_, file)| PathBuf::from(file))
        .or_else(|| std::env::home_dir().map(|home| home.join(".npmrc")));
    project.map(|directory| directory.join(".npmrc")).into_iter().chain(user).collect()
}

/// The address that variables or the texts of `.npmrc` files name, the first text counting most.
fn named_in(
    variables: impl Iterator<Item = (String, String)>,
    files: &[String],
    scope: &str,
) -> Option<String> {
    // A scope's own registry counts more than the general one, wherever either is written.
    let own = format!("{scope}:registry");
    let in_files = |key: &str| files.iter().find_map(|text| value_of(text, key));
    in_files(&own)
        .or_else(|| {
            variables
                .filter(|(name, _)| name.eq_ignore_ascii_case("npm_config_registry"))
                .find_map(|(_, value)| address_in(&value))
        })
        .or_else(|| in_files("registry"))
}

/// The address under `key` in the text of a `.npmrc`, an ini file.
fn value_of(npmrc: &str, key: &str) -> Option<String> {
    npmrc.lines().rev().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| address_in(value.trim().trim_matches(['"', '\'']))).flatten()
    })
}

/// What npm answers: it also knows of files of the whole machine, and its own default.
fn told_by_npm() -> Option<String> {
    let output = Command::new("npm").args(["config", "get", "registry"]).output().ok()?;
    address_in(&String::from_utf8_lossy(&output.stdout))
}

fn address_in(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    (text.starts_with("https://") || text.starts_with("http://")).then(|| text.to_owned())
}

fn as_text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{named_in, shown};

    fn named(variables: &[(&str, &str)], files: &[&str]) -> Option<String> {
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let files: Vec<String> = files.iter().map(|text| (*text).to_owned()).collect();
        named_in(variables, &files, "@scope")
    }

    #[test]
    fn the_order_is_npms() {
        let file =
            "; ini\nregistry = \"https://general.test/npm/\"\n@other:registry=https://x.test\n";
        let variable = [("NPM_CONFIG_REGISTRY", "http://variable.test/")];
        let scoped = "@scope:registry=https://scoped.test";
        let is = |address: &str| Some(address.to_owned());
        assert_eq!(named(&[], &[file]), is("https://general.test/npm"));
        assert_eq!(named(&variable, &[file]), is("http://variable.test"));
        assert_eq!(named(&variable, &[file, scoped]), is("https://scoped.test"));
        assert_eq!(named(&[], &["registry=nonsense"]), None);
        assert_eq!(named(&[], &[]), None);
    }

    #[test]
    fn secrets_in_addresses_are_not_shown() {
        assert_eq!(shown("https://me:secret@host.test/a@b"), "https://host.test/a@b");
        assert_eq!(shown("https://host.test"), "https://host.test");
    }
}
