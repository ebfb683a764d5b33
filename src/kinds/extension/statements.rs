//! CREATE and ALTER EXTENSION.

use super::{DEFAULT_SCHEMA, Extension};
use crate::kind::Declared;
use crate::model::{Part, Step};
use crate::sql::Sql;

/// <https://www.postgresql.org/docs/current/sql-createextension.html>
pub fn create(it: &Declared<'_, Extension>) -> Step {
    let mut sql = Sql::new("CREATE EXTENSION ").identifier(&it.address.name);
    // Without one it goes to the first schema of the path, unless it has a schema of its own.
    if let Some(schema) = &it.spec.schema {
        sql = sql.raw(" SCHEMA ").identifier(schema);
    }
    if let Some(version) = &it.spec.version {
        sql = sql.raw(" VERSION ").literal(version);
    }
    Step::create(it.address, sql)
}

/// <https://www.postgresql.org/docs/current/sql-alterextension.html>
pub fn alter(from: &Declared<'_, Extension>, to: &Declared<'_, Extension>) -> Vec<Step> {
    let alter = || Sql::new("ALTER EXTENSION ").identifier(&to.address.name);
    let mut steps = Vec::new();
    if let Some(version) = to.spec.version.as_ref().filter(|_| from.spec.version != to.spec.version)
    {
        let sql = alter().raw(" UPDATE TO ").literal(version);
        steps.push(Step::alter(to.address, "update extension", sql).makes(Part::whole(to.address)));
    }
    if from.spec.schema != to.spec.schema {
        let schema = to.spec.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
        let sql = alter().raw(" SET SCHEMA ").identifier(schema);
        steps.push(Step::alter(to.address, "move extension", sql).makes(Part::whole(to.address)));
    }
    steps
}
