//! What partitions have below them that take the place of others: where the parent has an identity column, it comes to
//! them anew once these are in their place.

use super::attach::{Attachment, Check};
use super::hash::Residue;
use super::inheritance::parent;
use super::moves::{attached, taken_out};
use super::numbered::{WITH_IDENTITY, hands_down, numbers};
use super::{Table, bounds};
use crate::kind::{Aside, Declared, Exchanging};
use crate::model::{Address, Step};
use crate::sql::{Fragment, Sql, quote_literal};

/// A partition of one of them, or of such a partition.
pub struct Below<'a> {
    it: Declared<'a, Table>,
    aside: Address,
    /// Whether a check can spare PostgreSQL from reading its rows.
    proven: bool,
}

/// Those that lack the identity of the parent, `theirs`, when they are in their place; those above come first.
pub fn below<'a>(
    here: &Exchanging<'a>,
    theirs: &Table,
    takers: &[Declared<'_, Table>],
) -> Vec<Below<'a>> {
    if !here.site.is_some_and(|site| hands_down(site.version)) || !numbers(theirs) {
        return Vec::new();
    }
    // What the server says of those that are aside is no more than that.
    let is_hash = |it: &Declared<'_, Table>| {
        it.spec.values.as_ref().is_some_and(|values| Residue::parse(values.as_str()).is_some())
    };
    let whole = theirs.values.is_none() && !takers.iter().any(is_hash);
    let each = here.partitions.iter().filter_map(|object| {
        let it = Declared { site: here.site, ..Declared::of(object)? };
        let aside = Address { schema: Some(here.schema.clone()), ..it.address.clone() };
        let proven = whole && bounds::proof(&it).is_some();
        Some(Below { it, aside, proven })
    });
    each.collect()
}

impl Below<'_> {
    /// Its bounds and those above it, in the words of the server, which knows them again.
    pub fn check(&self) -> Option<Step> {
        if !self.proven {
            return None;
        }
        let block = format!(
            "
BEGIN
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', {own}, {name},
                 pg_get_partition_constraintdef({own}::regclass));
END
",
            name = quote_literal(&Check::name_within(self.it.address)),
            own = quote_literal(&self.aside.qualified()),
        );
        let sql = Sql::new("DO ").body(&Fragment::new(block));
        Some(Step::alter(self.it.address, "say what its bounds are", sql))
    }

    /// Out of what it is a partition of, and back in.
    pub fn numbered(&self) -> Vec<Step> {
        let it = &self.it;
        let parts = it.partition_of.zip(it.spec.values.as_ref()).filter(|_| parent(it).is_some());
        let Some((parent, values)) = parts else { return Vec::new() };
        let out = taken_out(it.address, parent);
        let step = attached(it.address, parent, values, WITH_IDENTITY);
        let spec = Table { beside_default: Aside(None), ..it.spec.clone() };
        let it = Declared { spec: &spec, ..*it };
        let back = Attachment { it: &it, filled: !self.proven, step }.step_alone();
        let check = Check::within(&it).filter(|_| self.proven);
        let dropped = check.map(|check| check.dropped(&it));
        [out, back].into_iter().chain(dropped).collect()
    }
}
