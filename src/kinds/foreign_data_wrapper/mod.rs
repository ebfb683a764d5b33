//! Foreign-data wrappers that no extension brings along.
//! <https://www.postgresql.org/docs/current/sql-createforeigndatawrapper.html>

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Entry, ForeignOptions, FormError, Kind, Reading,
    Secrecy, Section, ServerVersion,
};
use crate::model::{Address, Grantable, Name, Object, Step, Tag};
use crate::sql::{Fragment, Sql};

/// The kind.
#[derive(Debug)]
pub struct ForeignDataWrappers;

/// A foreign-data wrapper.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignDataWrapper {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<Fragment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<Fragment>,
    #[serde(default, skip_serializing_if = "ForeignOptions::is_empty")]
    pub options: ForeignOptions,
}

const SECTIONS: &[Section] = &[Section {
    key: "foreign_data_wrapper",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write: |object| {
        let spec = object.spec.get::<ForeignDataWrapper>()?;
        let options = spec.options.written(&[&object.address.name]);
        serde_json::to_value(ForeignDataWrapper { options, ..spec.clone() }).ok()
    },
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let spec: ForeignDataWrapper = entry.form.read()?;
    spec.options.check(Secrecy::ByName)?;
    Ok(Object::new(Address::global(ForeignDataWrappers::TAG, entry.name), spec))
}

impl Kind for ForeignDataWrappers {
    type Spec = ForeignDataWrapper;
    const TAG: Tag = Tag("foreign_data_wrapper");
    const AUTHORITY: Authority = Authority::Superuser;
    const CATALOG: Catalog = Catalog::PG_FOREIGN_DATA_WRAPPER;
    const ANY: Option<&str> = Some("SELECT FROM pg_foreign_data_wrapper");
    const HAS_SECRETS: bool = true;
    const GRANTABLE: Option<Grantable> = Some(Grantable::ForeignDataWrapper);

    fn query(_version: ServerVersion) -> String {
        "SELECT f.oid, f.fdwname, CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::regproc::text END,
                CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::regproc::text END,
                f.fdwoptions, d.description
         FROM pg_foreign_data_wrapper f
         LEFT JOIN pg_description d
           ON d.classoid = 'pg_foreign_data_wrapper'::regclass AND d.objoid = f.oid
         WHERE $1::oid[] IS NOT NULL"
            .to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        let name: Name = row.try_get::<_, &str>(1)?.into();
        let spec = ForeignDataWrapper {
            handler: row.try_get::<_, Option<&str>>(2)?.map(Fragment::new),
            validator: row.try_get::<_, Option<&str>>(3)?.map(Fragment::new),
            options: ForeignOptions::read(row.try_get(4)?, Secrecy::ByName),
        };
        let object =
            Object::new(Address::global(Self::TAG, &name), spec).with_comment(row.try_get(5)?);
        reading.add(Self::CATALOG, row.try_get(0)?, object);
        Ok(())
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn options(spec: &mut ForeignDataWrapper) -> Option<&mut ForeignOptions> {
        Some(&mut spec.options)
    }

    fn adopt(
        canonical: &mut ForeignDataWrapper,
        written: &ForeignDataWrapper,
        live: Option<&ForeignDataWrapper>,
    ) {
        let handler = live.and_then(|live| live.handler.as_ref());
        Fragment::adopt_option(&mut canonical.handler, written.handler.as_ref(), handler);
        let validator = live.and_then(|live| live.validator.as_ref());
        Fragment::adopt_option(&mut canonical.validator, written.validator.as_ref(), validator);
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }

    fn create(it: &Declared<'_, ForeignDataWrapper>) -> Vec<Step> {
        let mut sql = Sql::new("CREATE FOREIGN DATA WRAPPER ").identifier(&it.address.name);
        if let Some(handler) = &it.spec.handler {
            sql = sql.raw(" HANDLER ").fragment(handler);
        }
        if let Some(validator) = &it.spec.validator {
            sql = sql.raw(" VALIDATOR ").fragment(validator);
        }
        vec![Step::create(it.address, it.spec.options.clause(sql))]
    }

    fn alter(
        from: &Declared<'_, ForeignDataWrapper>,
        to: &Declared<'_, ForeignDataWrapper>,
    ) -> Vec<Step> {
        let mut sql = Sql::new("ALTER FOREIGN DATA WRAPPER ").identifier(&to.address.name);
        let before = sql.len();
        for (word, old, new) in [
            ("HANDLER", &from.spec.handler, &to.spec.handler),
            ("VALIDATOR", &from.spec.validator, &to.spec.validator),
        ] {
            sql = match new {
                _ if old == new => sql,
                Some(function) => sql.raw(" ").raw(word).raw(" ").fragment(function),
                None => sql.raw(" NO ").raw(word),
            };
        }
        let sql = match to.spec.options.changes(&from.spec.options, sql.clone()) {
            Some(sql) => sql,
            None if sql.len() == before => return Vec::new(),
            None => sql,
        };
        vec![Step::alter(to.address, "change foreign-data wrapper", sql)]
    }

    fn drop(it: &Declared<'_, ForeignDataWrapper>) -> Vec<Step> {
        let sql = Sql::new("DROP FOREIGN DATA WRAPPER ").identifier(&it.address.name);
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("FOREIGN DATA WRAPPER ").identifier(&address.name)
    }
}
