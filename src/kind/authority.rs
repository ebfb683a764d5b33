//! What a role has to have to make an object.

/// What one has to have to make an object of a kind; to change or end one, it takes the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// CREATE on its schema; for what is on a relation, the relation's owner.
    Place,
    /// TRIGGER on its relation.
    Trigger,
    /// CREATE on the database.
    Database,
    /// A superuser, or whoever else the server's provider lets do it.
    Superuser,
    /// What only the statement will tell.
    Other,
}
