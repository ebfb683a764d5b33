//! Which canonical objects have a name that PostgreSQL chose.

use crate::kinds;
use crate::model::{Address, Canonical, Database, Object, Raw};

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

fn same_site(a: &Address, b: &Address) -> bool {
    (a.kind, &a.schema, &a.relation) == (b.kind, &b.schema, &b.relation)
}

/// The key under which an object stands in a file.
fn section(object: &Object) -> Option<&'static str> {
    let sections = (kinds::row(object.address.kind).1.sections)();
    sections.iter().find(|section| (section.write)(object).is_some()).map(|section| section.key)
}
