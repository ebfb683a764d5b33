//! Of which kinds a database has anything.

use tokio_postgres::Client;

use super::error::CatalogError;
use crate::kind::KindRow;
use crate::kinds::REGISTRY;

/// What need not be asked for is left out.
pub struct Present {
    /// Kinds of which there may be objects.
    pub kinds: Vec<&'static KindRow>,
    /// Whether there are sequences, on their own or behind a column.
    pub sequences: bool,
    /// Whether there are partitions, or other heirs.
    pub heirs: bool,
    /// Whether reading them takes so long that a second session is worth its making.
    pub many: bool,
}

const SEQUENCES: &str = "SELECT FROM pg_sequence";
const HEIRS: &str = "SELECT FROM pg_inherits";

/// A few thousand relations, indexes and sequences among them. By then a session is made in a twentieth
/// of the time that reading takes.
const MANY: &str = "SELECT FROM pg_class WHERE oid >= 16384 OFFSET 4000";

/// Asks for all kinds at once.
pub async fn read(client: &Client) -> Result<Present, CatalogError> {
    let asked =
        REGISTRY.iter().map(|row| row.any).chain([Some(SEQUENCES), Some(HEIRS), Some(MANY)]);
    let exists = |query: Option<&str>| query.map_or("true".to_owned(), |q| format!("EXISTS ({q})"));
    let answers: Vec<String> = asked.map(exists).collect();
    let query = format!("SELECT ARRAY[{}]", answers.join(", "));
    let present: Vec<bool> = client.query_one(&query, &[]).await?.try_get(0)?;
    let kinds = REGISTRY.iter().zip(&present).filter(|(_, present)| **present);
    let beyond = |n: usize| present.get(REGISTRY.len() + n).copied().unwrap_or(true);
    Ok(Present {
        kinds: kinds.map(|(row, _)| row).collect(),
        sequences: beyond(0),
        heirs: beyond(1),
        many: beyond(2),
    })
}
