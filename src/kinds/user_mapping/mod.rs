//! User mappings: as whom a role connects to a foreign server.
//! <https://www.postgresql.org/docs/current/sql-createusermapping.html>

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, ForeignOptions, FormError, Kind, Reading,
    Secrecy, Section, ServerVersion,
};
use crate::model::{Address, Name, Object, Step, Tag};
use crate::sql::Sql;

/// The kind.
#[derive(Debug)]
pub struct UserMappings;

/// A user mapping.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserMapping {
    #[serde(default, skip_serializing_if = "ForeignOptions::is_empty")]
    pub options: ForeignOptions,
}

const SERVER: Tag = Tag("foreign_server");

/// The mapping for everybody who has none. No role can have this name.
const EVERYBODY: &str = "public";

const SECTIONS: &[Section] = &[Section {
    key: "user_mapping",
    within: &[SERVER],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| {
        let Address { relation, name, .. } = &object.address;
        let spec = object.spec.get::<UserMapping>()?;
        let options = spec.options.written(&[relation.as_deref()?, name]);
        serde_json::to_value(UserMapping { options }).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: UserMapping = entry.form.read()?;
    spec.options.check(Secrecy::OfUser)?;
    let server = entry.parent.map(|parent| parent.name.clone());
    Ok(Object::new(address(server, entry.name), spec))
}

fn address(server: Option<Name>, user: &Name) -> Address {
    Address { relation: server, ..Address::global(UserMappings::TAG, user) }
}

impl Kind for UserMappings {
    type Spec = UserMapping;
    const TAG: Tag = Tag("user_mapping");
    const AUTHORITY: Authority = Authority::Other;
    const CATALOG: Catalog = Catalog::PG_USER_MAPPING;
    const RENAMABLE: bool = false;
    const ANY: Option<&str> = Some("SELECT FROM pg_foreign_server");
    const HAS_SECRETS: bool = true;
    const COMMENTABLE: bool = false;

    /// The view shows options to those who may see them: to superusers, and to a user of the server
    /// its own; those for everybody to the server's owner.
    /// <https://www.postgresql.org/docs/current/view-pg-user-mappings.html>
    fn query(_version: ServerVersion) -> String {
        "SELECT m.umid, m.srvid, CASE WHEN m.umuser = 0 THEN 'public' ELSE m.usename END, m.umoptions,
                m.umoptions IS NOT NULL
                OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                OR (m.usename = current_user
                    AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')))
                OR (m.umuser = 0 AND pg_has_role(s.srvowner, 'USAGE'))
         FROM pg_user_mappings m
         JOIN pg_foreign_server s ON s.oid = m.srvid
         WHERE $1::oid[] IS NOT NULL"
            .to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        let user: Name = row.try_get::<_, Option<&str>>(2)?.unwrap_or_default().into();
        let Some(server) = reading.any_address(Catalog::PG_FOREIGN_SERVER, row.try_get(1)?) else {
            return Ok(());
        };
        let server = server.name.clone();
        if reading.address(Catalog::PG_FOREIGN_SERVER, row.try_get(1)?).is_none() {
            // There is no entry that it could nest under.
            reading.cannot_manage(None, format!("user mapping {user} on {server}"));
            return Ok(());
        }
        let mut options = ForeignOptions::read(row.try_get(3)?, Secrecy::OfUser);
        options.unreadable.0 = !row.try_get::<_, bool>(4)?;
        let object = Object::new(address(Some(server), &user), UserMapping { options });
        reading.add(Self::CATALOG, row.try_get(0)?, object);
        Ok(())
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn roles(it: &Declared<'_, UserMapping>) -> Vec<Name> {
        let user = it.address.name.clone();
        if &*user == EVERYBODY { Vec::new() } else { vec![user] }
    }

    fn options(spec: &mut UserMapping) -> Option<&mut ForeignOptions> {
        Some(&mut spec.options)
    }

    fn create(it: &Declared<'_, UserMapping>) -> Vec<Step> {
        let sql = it.spec.options.clause(target("CREATE USER MAPPING FOR ", it.address));
        vec![Step::create(it.address, sql)]
    }

    fn alter(from: &Declared<'_, UserMapping>, to: &Declared<'_, UserMapping>) -> Vec<Step> {
        let sql = target("ALTER USER MAPPING FOR ", to.address);
        let sql = to.spec.options.changes(&from.spec.options, sql);
        sql.map(|sql| Step::alter(to.address, "change user mapping", sql)).into_iter().collect()
    }

    fn drop(it: &Declared<'_, UserMapping>) -> Vec<Step> {
        vec![Step::drop(it.address, target("DROP USER MAPPING FOR ", it.address))]
    }

    /// There is none; nobody can declare one.
    fn comment_target(address: &Address) -> Sql {
        target("USER MAPPING FOR ", address)
    }
}

fn target(verb: &str, address: &Address) -> Sql {
    let sql = Sql::new(verb);
    let sql = match &*address.name {
        EVERYBODY => sql.raw("PUBLIC"),
        user => sql.identifier(user),
    };
    sql.raw(" SERVER ").identifier(address.relation.as_deref().unwrap_or_default())
}
