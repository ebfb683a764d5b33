//! Foreign servers.
//! <https://www.postgresql.org/docs/current/sql-createserver.html>

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, ForeignOptions, FormError, Kind, Reading,
    Secrecy, Section, ServerVersion, Transition,
};
use crate::model::{Address, Grantable, Name, Object, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct ForeignServers;

/// A foreign server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignServer {
    /// The foreign-data wrapper.
    pub wrapper: Name,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub server_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "ForeignOptions::is_empty")]
    pub options: ForeignOptions,
}

const SECTIONS: &[Section] = &[Section {
    key: "foreign_server",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| {
        let spec = object.spec.get::<ForeignServer>()?;
        let options = spec.options.written(&[&object.address.name]);
        serde_json::to_value(ForeignServer { options, ..spec.clone() }).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: ForeignServer = entry.form.read()?;
    spec.options.check(Secrecy::ByName)?;
    Ok(Object::new(Address::global(ForeignServers::TAG, entry.name), spec))
}

impl Kind for ForeignServers {
    type Spec = ForeignServer;
    const TAG: Tag = Tag("foreign_server");
    const AUTHORITY: Authority = Authority::Other;
    const CATALOG: Catalog = Catalog::PG_FOREIGN_SERVER;
    const ANY: Option<&str> = Some("SELECT FROM pg_foreign_server");
    const HAS_SECRETS: bool = true;
    const GRANTABLE: Option<Grantable> = Some(Grantable::ForeignServer);

    fn query(_version: ServerVersion) -> String {
        "SELECT s.oid, s.srvname, f.fdwname, s.srvtype, s.srvversion, s.srvoptions, d.description
         FROM pg_foreign_server s
         JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
         LEFT JOIN pg_description d
           ON d.classoid = 'pg_foreign_server'::regclass AND d.objoid = s.oid
         WHERE $1::oid[] IS NOT NULL"
            .to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        let name: Name = row.try_get::<_, &str>(1)?.into();
        let spec = ForeignServer {
            wrapper: row.try_get::<_, &str>(2)?.into(),
            server_type: row.try_get(3)?,
            version: row.try_get(4)?,
            options: ForeignOptions::read(row.try_get(5)?, Secrecy::ByName),
        };
        let object =
            Object::new(Address::global(Self::TAG, &name), spec).with_comment(row.try_get(6)?);
        reading.add(Self::CATALOG, row.try_get(0)?, object);
        Ok(())
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn options(spec: &mut ForeignServer) -> Option<&mut ForeignOptions> {
        Some(&mut spec.options)
    }

    fn transition(from: &ForeignServer, to: &ForeignServer) -> Transition {
        if from.wrapper != to.wrapper || from.server_type != to.server_type {
            Transition::Replace("the wrapper and the type of a server cannot change in place")
        } else {
            Transition::InPlace
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }

    fn create(it: &Declared<'_, ForeignServer>) -> Vec<Step> {
        let mut sql = Sql::new("CREATE SERVER ").identifier(&it.address.name);
        for (word, value) in [(" TYPE ", &it.spec.server_type), (" VERSION ", &it.spec.version)] {
            if let Some(value) = value {
                sql = sql.raw(word).literal(value);
            }
        }
        let sql = sql.raw(" FOREIGN DATA WRAPPER ").identifier(&it.spec.wrapper);
        vec![Step::create(it.address, it.spec.options.clause(sql))]
    }

    fn alter(from: &Declared<'_, ForeignServer>, to: &Declared<'_, ForeignServer>) -> Vec<Step> {
        let mut sql = Sql::new("ALTER SERVER ").identifier(&to.address.name);
        let before = sql.len();
        if from.spec.version != to.spec.version {
            sql = match &to.spec.version {
                Some(version) => sql.raw(" VERSION ").literal(version),
                None => sql.raw(" VERSION NULL"),
            };
        }
        let sql = match to.spec.options.changes(&from.spec.options, sql.clone()) {
            Some(sql) => sql,
            None if sql.len() == before => return Vec::new(),
            None => sql,
        };
        vec![Step::alter(to.address, "change server", sql)]
    }

    fn drop(it: &Declared<'_, ForeignServer>) -> Vec<Step> {
        let sql = Sql::new("DROP SERVER ").identifier(&it.address.name);
        vec![Step::drop(it.address, sql)]
    }

    fn grant_target(address: &Address) -> Sql {
        Sql::new("FOREIGN SERVER ").identifier(&address.name)
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("SERVER ").identifier(&address.name)
    }
}
