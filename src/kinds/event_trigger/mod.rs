//! Event triggers: they fire on commands, not on rows.
//! <https://www.postgresql.org/docs/current/event-triggers.html>

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;

use crate::kind::{
    Authority, Catalog, Declared, DecodeError, Enabled, Entry, FormError, Kind, Reading, Section,
    ServerVersion, Transition, is_default,
};
use crate::model::{Address, Name, Object, Step, Tag};
use crate::sql::{Fragment, Sql, quote_literal};

/// The kind.
#[derive(Debug)]
pub struct EventTriggers;

/// An event trigger.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTrigger {
    /// `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite`, `login`
    pub on: String,
    /// The commands that fire it, such as `DROP TABLE`; all when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The function: `forbid()`.
    pub execute: Fragment,
    #[serde(default, skip_serializing_if = "is_default")]
    pub enabled: Enabled,
}

const SECTIONS: &[Section] = &[Section {
    key: "event_trigger",
    within: &[],
    named: true,
    short: None,
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: EventTrigger = entry.form.read()?;
    // The catalog keeps them so.
    spec.tags.iter_mut().for_each(|tag| *tag = tag.to_uppercase());
    Ok(Object::new(Address::global(EventTriggers::TAG, entry.name), spec))
}

fn write(object: &Object) -> Option<Value> {
    let mut spec: EventTrigger = object.spec.get::<EventTrigger>()?.clone();
    if let Some(local) = spec.execute.as_str().strip_prefix("public.") {
        spec.execute = Fragment::new(local);
    }
    serde_json::to_value(spec).ok()
}

impl Kind for EventTriggers {
    type Spec = EventTrigger;
    const TAG: Tag = Tag("event_trigger");
    const AUTHORITY: Authority = Authority::Superuser;
    const CATALOG: Catalog = Catalog::PG_EVENT_TRIGGER;
    const ANY: Option<&str> = Some("SELECT FROM pg_event_trigger");
    const RULES_NEW: bool = true;
    const OWNED: bool = true;

    fn query(_version: ServerVersion) -> String {
        "SELECT e.oid, e.evtname, e.evtevent::text, e.evttags,
                quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '()',
                e.evtenabled::text, d.description
         FROM pg_event_trigger e
         JOIN pg_proc p ON p.oid = e.evtfoid
         JOIN pg_namespace n ON n.oid = p.pronamespace
         LEFT JOIN pg_description d
           ON d.classoid = 'pg_event_trigger'::regclass AND d.objoid = e.oid
         WHERE $1::oid[] IS NOT NULL"
            .to_owned()
    }

    fn decode_row(row: &Row, reading: &mut Reading) -> Result<(), DecodeError> {
        let name: Name = row.try_get::<_, &str>(1)?.into();
        let spec = EventTrigger {
            on: row.try_get(2)?,
            tags: row.try_get::<_, Option<_>>(3)?.unwrap_or_default(),
            execute: Fragment::new(row.try_get::<_, &str>(4)?),
            enabled: Enabled::read(row.try_get(5)?),
        };
        let object =
            Object::new(Address::global(Self::TAG, &name), spec).with_comment(row.try_get(6)?);
        reading.add(Self::CATALOG, row.try_get(0)?, object);
        Ok(())
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }

    fn adopt(canonical: &mut EventTrigger, written: &EventTrigger, live: Option<&EventTrigger>) {
        canonical.execute.adopt(&written.execute, live.map(|live| &live.execute));
    }

    fn transition(from: &EventTrigger, to: &EventTrigger) -> Transition {
        if (EventTrigger { enabled: to.enabled, ..from.clone() }) == *to {
            Transition::InPlace
        } else {
            Transition::Replace("the definition of an event trigger cannot change in place")
        }
    }

    fn claims(address: &Address) -> Vec<String> {
        vec![address.to_string()]
    }

    fn create(it: &Declared<'_, EventTrigger>) -> Vec<Step> {
        let spec = it.spec;
        let mut sql = Sql::new("CREATE EVENT TRIGGER ").identifier(&it.address.name);
        sql = sql.raw(" ON ").identifier(&spec.on);
        if !spec.tags.is_empty() {
            let tags: Vec<String> = spec.tags.iter().map(|tag| quote_literal(tag)).collect();
            sql = sql.raw("\n    WHEN TAG IN (").raw(&tags.join(", ")).raw(")");
        }
        let sql = sql.raw("\n    EXECUTE FUNCTION ").fragment(&spec.execute);
        let enable = (spec.enabled != Enabled::Origin).then(|| enable(it));
        std::iter::once(Step::create(it.address, sql)).chain(enable).collect()
    }

    fn alter(_from: &Declared<'_, EventTrigger>, to: &Declared<'_, EventTrigger>) -> Vec<Step> {
        vec![enable(to)]
    }

    fn drop(it: &Declared<'_, EventTrigger>) -> Vec<Step> {
        let sql = Sql::new("DROP EVENT TRIGGER ").identifier(&it.address.name);
        vec![Step::drop(it.address, sql)]
    }

    fn comment_target(address: &Address) -> Sql {
        Sql::new("EVENT TRIGGER ").identifier(&address.name)
    }
}

fn enable(it: &Declared<'_, EventTrigger>) -> Step {
    let enabled = it.spec.enabled;
    let sql = Sql::new("ALTER EVENT TRIGGER ").identifier(&it.address.name);
    let sql = sql.raw(" ").raw(enabled.words());
    Step::alter(it.address, enabled.title("event trigger"), sql)
}
