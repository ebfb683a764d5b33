//! Extensions. What one owns is its own business, and never an object here.
//! <https://www.postgresql.org/docs/current/extend-extensions.html>

mod read;
mod statements;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, FormError, Kind, Reading, Section,
    ServerVersion, Transition,
};
use crate::model::{Address, Name, Object, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct Extensions;

/// An extension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The schema that its objects are in; `public` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Name>,
    /// Any version will do when a file has none. A catalog always has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip)]
    pub server: Server,
}

/// What a server knows of an extension beyond what one can wish for. It makes no difference.
#[derive(Debug, Clone, Default)]
pub struct Server {
    pub relocatable: bool,
    pub default_version: Option<String>,
    /// The versions to which a script leads from the one that is there.
    pub reachable: Vec<String>,
    /// The comment of the control file.
    pub comment: Option<String>,
}

impl PartialEq for Server {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// Where an extension goes by itself.
const DEFAULT_SCHEMA: &str = "public";

const SECTIONS: &[Section] = &[Section {
    key: "extension",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Extension = entry.form.read()?;
    spec.schema = spec.schema.filter(|schema| &**schema != DEFAULT_SCHEMA);
    Ok(Object::new(Address::global(Extensions::TAG, entry.name), spec))
}

/// The version that anybody would get needs no saying.
fn write(object: &Object) -> Option<serde_json::Value> {
    let mut spec: Extension = object.spec.get::<Extension>()?.clone();
    if spec.version == spec.server.default_version {
        spec.version = None;
    }
    serde_json::to_value(spec).ok()
}

impl Kind for Extensions {
    type Spec = Extension;
    const TAG: Tag = Tag("extension");
    const AUTHORITY: Authority = Authority::Other;
    const CATALOG: Catalog = Catalog::PG_EXTENSION;
    const RENAMABLE: bool = false;

    fn query(_version: ServerVersion) -> String {
        read::QUERY.to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        read::decode(row, reading)
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn schemas(spec: &Extension) -> Vec<Name> {
        vec![spec.schema.clone().unwrap_or_else(|| DEFAULT_SCHEMA.into())]
    }

    /// A version that nobody asked for is the one that is there, or whichever comes.
    fn adopt(canonical: &mut Extension, written: &Extension, live: Option<&Extension>) {
        if written.version.is_none() {
            canonical.version = live.and_then(|live| live.version.clone());
        }
    }

    fn initial_comment(spec: &Extension) -> Option<&str> {
        spec.server.comment.as_deref()
    }

    fn transition(from: &Extension, to: &Extension) -> Transition {
        let updated = from.version == to.version
            || to.version.as_ref().is_some_and(|version| from.server.reachable.contains(version));
        if !updated {
            Transition::Replace("no script leads from the one version to the other")
        } else if from.schema != to.schema && !from.server.relocatable {
            Transition::Replace("this extension cannot change its schema in place")
        } else {
            Transition::InPlace
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }

    fn create(it: &Declared<'_, Extension>) -> Vec<Step> {
        vec![statements::create(it)]
    }

    fn alter(from: &Declared<'_, Extension>, to: &Declared<'_, Extension>) -> Vec<Step> {
        statements::alter(from, to)
    }

    fn drop(it: &Declared<'_, Extension>) -> Vec<Step> {
        let sql = Sql::new("DROP EXTENSION ").identifier(&it.address.name);
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("EXTENSION ").identifier(&address.name)
    }
}
