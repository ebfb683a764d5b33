//! `owner` and `privileges`, which every entry of a kind that can have them may have.

use super::tree::{OWNER, PRIVILEGES};
use crate::kind::{Form, FormError, from_value, place_of};
use crate::kinds;
use crate::model::{Grantable, Object, PUBLIC, Privilege, Privileges};

/// The newest server that the tool knows, which has every privilege.
const NEWEST: u32 = 18;

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
        if let Some(with) = (row.owned_with)(object) {
            let message = format!("it always belongs to the owner of {with}");
            return Err(invalid(&message).help("remove `owner` here").or_at(place));
        }
        object.owner = Some(owner.into());
    }
    let Some((value, on)) = form.get(PRIVILEGES).zip(row.grantable) else { return Ok(()) };
    let privileges: Privileges = from_value(form.file, value)?;
    for (grantee, grants) in privileges.iter() {
        for (privilege, column, _) in grants.iter() {
            if can_be(privilege, column.is_some(), on) {
                continue;
            }
            let (known, what) = match column {
                Some(_) => (on.on_columns(), "single columns of a"),
                None => (on.privileges(NEWEST), "a"),
            };
            let known: Vec<_> = known.iter().map(|known| format!("`{}`", known.word())).collect();
            let error = FormError::new(
                "pgconverge::desired::unknown_value",
                format!("there is no privilege `{}` on {what} {}", privilege.word(), row.tag),
            );
            let entry = value.get_ref().as_table().and_then(|table| table.get(&**grantee));
            let place =
                entry.map_or(place_of(form.file, value), |entry| place_of(form.file, entry));
            return Err(error.help(format!("it can be {}", known.join(", "))).or_at(place));
        }
    }
    object.privileges = Some(privileges);
    Ok(())
}

fn can_be(privilege: Privilege, on_column: bool, on: Grantable) -> bool {
    match (on_column, privilege) {
        (true, privilege) => on.on_columns().contains(&privilege),
        (false, Privilege::All) => true,
        (false, privilege) => on.privileges(NEWEST).contains(&privilege),
    }
}
