//! How rows in the way are shown.

use tokio_postgres::Client;

/// How many characters of a value are shown.
const LONGEST: usize = 60;

/// The columns of the primary key of a relation, if it has one.
const KEY: &str = "
SELECT array_agg('it.' || quote_ident(a.attname) ORDER BY array_position(i.indkey::int2[], a.attnum))
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
WHERE i.indisprimary AND i.indrelid = to_regclass($1)";

/// The expressions that tell rows of a relation, called `it`, from each other: those of its primary key, or where
/// they are.
pub async fn key(client: &Client, relation: &str) -> Result<String, tokio_postgres::Error> {
    let key: Option<Vec<String>> = client.query_one(KEY, &[&relation]).await?.try_get(0)?;
    Ok(key.map_or_else(|| "'ctid ' || it.ctid".to_owned(), |key| list(&key)))
}

/// Expressions, each as it is shown.
pub fn list(expressions: &[String]) -> String {
    let shown: Vec<String> = expressions.iter().map(|it| shown(it)).collect();
    shown.join(", ")
}

/// The text of a value, which is not NULL.
pub fn shown(expression: &str) -> String {
    let (text, cut) = (format!("({expression})::text"), LONGEST - 3);
    format!(
        "CASE WHEN ({expression}) IS NOT DISTINCT FROM NULL THEN 'NULL'
              WHEN length({text}) > {LONGEST} THEN left({text}, {cut}) || '...'
              ELSE {text} END"
    )
}
