//! `owner` and `privileges`, which every entry of a kind that can have them may have.

use super::tree::{OWNER, PRIVILEGES};
use crate::kind::{Form, FormError, from_value, place_of};
use crate::kinds;
use crate::model::{Object, PUBLIC, Privileges};

/// Reads the two keys, where there are any.
///
/// # Errors
/// A privilege that no object of the kind can have.
pub fn read(object: &mut Object, form: &Form<'_>) -> Result<(), FormError> {
    let row = kinds::row(object.address.kind).1;
    let invalid = |message: &str| FormError::new("pgconverge::desired::invalid_value", message);
    if let Some(value) = form.get(OWNER).filter(|_| row.owned) {
        let place = place_of(form.file, value);
        let owner: String = from_value(form.file, value)?;
        if owner.is_empty() || owner == PUBLIC {
            return Err(invalid("an owner is a role").or_at(place));
        }
        if let Some(with) = (row.owned_with)(object).first() {
            let message = format!("it always belongs to the owner of {with}");
            return Err(invalid(&message).help("remove `owner` here").or_at(place));
        }
        object.owner = Some(owner.into());
    }
    let Some((value, on)) = form.get(PRIVILEGES).zip(row.grantable) else { return Ok(()) };
    let privileges: Privileges = from_value(form.file, value)?;
    if let Some((grantee, message)) = privileges.impossible(on) {
        let entry = value.get_ref().as_table().and_then(|table| table.get(&**grantee));
        let place = entry.map_or(place_of(form.file, value), |entry| place_of(form.file, entry));
        return Err(FormError::new("pgconverge::desired::unknown_value", message).or_at(place));
    }
    object.privileges = Some(privileges);
    Ok(())
}
