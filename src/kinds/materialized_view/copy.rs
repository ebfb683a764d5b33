//! A materialized view that is made anew beside the old one, which others read until the new one has its rows
//! and its indexes.

use super::{MaterializedView, statements};
use crate::kind::{Copied, Copying, Declared, leave_nothing, make_room, say_what_it_is};
use crate::model::{Address, Effect, Part, Step};
use crate::sql::Sql;

type It<'a> = Declared<'a, MaterializedView>;

/// [`crate::kind::Kind::copy`]. Nobody reads one that has no rows.
pub fn copy(from: &It<'_>, to: &It<'_>, copying: &Copying<'_>) -> Option<Copied> {
    if !copying.online || !from.spec.populated || !to.spec.populated {
        return None;
    }
    let (schema, address) = (copying.schema, to.address);
    let aside = Address { schema: Some(schema.clone()), ..address.clone() };
    let empty = MaterializedView { populated: false, ..to.spec.clone() };
    let made = Declared { address: &aside, partition_of: None, spec: &empty, site: None };
    let mut build = vec![make_room(address, schema)];
    let own = |step: Step| Step { address: address.clone(), ..step };
    build.extend(statements::create(&made).into_iter().map(own));
    let sql = Sql::new("REFRESH MATERIALIZED VIEW ").raw(&aside.qualified());
    let rows = Step::alter(address, "give the new one its rows", sql).evaluates().scans().alone();
    let sql = Sql::new("ALTER MATERIALIZED VIEW ")
        .raw(&aside.qualified())
        .raw(" SET SCHEMA ")
        .identifier(address.schema.as_ref()?);
    let exchange = Step::new(address, Effect::Create, "put the new one in its place", sql);
    Some(Copied {
        build,
        begin: vec![say_what_it_is(address, schema, &from.address.qualified())],
        rows: vec![rows],
        swap: vec![
            statements::drop(from),
            exchange.makes(Part::whole(address)),
            leave_nothing(address, schema),
        ],
    })
}
