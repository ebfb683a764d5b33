//! Which canonical objects have a name that PostgreSQL chose.

use crate::kinds;
use crate::model::{Address, Canonical, Database, Object, Part, Raw};
use crate::sql::same_types;

/// Marks the objects that the files declare without a name, so that a live object that is the
/// same but for its name is taken for the one.
pub fn mark_chosen(raw: &Database<Raw>, canonical: &mut Database<Canonical>) {
    for object in raw.objects.values().filter(|object| object.any_name) {
        let found = canonical.objects.values().find(|candidate| {
            same_site(&object.address, &candidate.address)
                && !raw.objects.contains_key(&candidate.address)
                && section(object) == section(candidate)
        });
        let address = found.map(|found| found.address.clone());
        if let Some(named) = address.and_then(|address| canonical.objects.get_mut(&address)) {
            named.any_name = true;
            named.comment.clone_from(&object.comment);
        }
    }
}

/// Hands on what the files say of former names, under the addresses that the server gives.
pub fn carry_former(raw: &Database<Raw>, canonical: &mut Database<Canonical>) {
    let types = |address: &Address| address.arguments.clone().unwrap_or_default();
    let mut renamed = Vec::new();
    for (part, former) in &raw.renamed {
        let written = &part.address;
        let alike = |address: &&Address| {
            same_site(written, address)
                && written.name == address.name
                && same_types(&types(written), &types(address))
        };
        let exact = canonical.objects.contains_key(written).then_some(written);
        let found = exact.or_else(|| canonical.objects.keys().find(alike));
        let address = found.cloned();
        renamed.extend(address.map(|address| (Part { address, ..part.clone() }, former.clone())));
    }
    canonical.renamed.extend(renamed);
}

fn same_site(a: &Address, b: &Address) -> bool {
    (a.kind, &a.schema, &a.relation) == (b.kind, &b.schema, &b.relation)
}

/// The key under which an object stands in a file.
fn section(object: &Object) -> Option<&'static str> {
    let sections = (kinds::row(object.address.kind).1.sections)();
    sections.iter().find(|section| (section.write)(object).is_some()).map(|section| section.key)
}
