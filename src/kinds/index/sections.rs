//! `index` under a relation.

use serde_json::Value;

use super::{Index, Indexes};
use crate::kind::{Entry, FormError, Kind, Section};
use crate::model::{Name, Object, Tag};
use crate::sql::{Fragment, parse_qualified};

pub const SECTIONS: &[Section] = &[Section {
    key: "index",
    within: &[Tag("table"), Tag("materialized_view")],
    named: true,
    short: Some("columns"),
    from_file: None,
    read,
    write,
}];

fn read(entry: &Entry<'_>) -> Result<Object, FormError> {
    let mut spec: Index = entry.form.read()?;
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    if spec.invalid {
        return Err(invalid("an index cannot be declared invalid"));
    }
    if spec.using.as_deref() == Some("btree") {
        spec.using = None;
    }
    if let Some(parent) = &mut spec.attached_to {
        let own = Index {
            attached_to: Some(parent.clone()),
            storage: spec.storage.clone(),
            tablespace: spec.tablespace.clone(),
            clustered: spec.clustered,
            statistics: spec.statistics.clone(),
            ..Index::default()
        };
        *parent = qualified(parent, entry.schema)?;
        let own = Index { attached_to: Some(parent.clone()), ..own };
        if own != spec {
            return Err(invalid("an attached index has the definition of its parent"));
        }
    } else if spec.columns.is_empty() {
        let error = FormError::new(
            "pgconverge::desired::missing_key",
            format!("index {} has no `columns`", entry.name),
        );
        return Err(
            error.help("or say what it is `attached_to`, if a partition has it from its parent")
        );
    }
    Ok(Object::new(entry.on_relation(Indexes::TAG), spec))
}

/// A name with its schema, which is the file's own unless given.
fn qualified(name: &Fragment, own: &Name) -> Result<Fragment, FormError> {
    let place = name.place();
    let (schema, name, _) = parse_qualified(name.as_str()).map_err(|error| {
        let error = FormError::new("pgconverge::desired::invalid_value", error.to_string());
        place.map_or(error.clone(), |place| error.or_at(place))
    })?;
    let schema = schema.map_or_else(|| own.clone(), Name::from);
    let text = format!("{schema}.{}", Name::from(name));
    Ok(place.map_or(Fragment::new(&*text), |place| Fragment::at(&*text, place)))
}

/// A pulled file wishes for the index, not for its being invalid.
fn write(object: &Object) -> Option<Value> {
    let index = object.spec.get::<Index>()?;
    let own = format!("{}.", object.address.schema.as_ref()?);
    let local = |name: &Fragment| match name.as_str().strip_prefix(&own) {
        Some(local) => Fragment::new(local),
        None => name.clone(),
    };
    let spec = Index {
        attached_to: index.attached_to.as_ref().map(local),
        predicate: index.predicate.as_ref().map(Fragment::idiomatic),
        invalid: false,
        ..index.clone()
    };
    serde_json::to_value(spec).ok()
}
