//! What goes along with a fact and is none.

/// Something known beside an object's facts: it is not compared, not written and not cached.
/// Statements may need it, as when the server's version decides what can be done in place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Aside<T>(pub T);

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
