//! Lists of argument types, as people and as the server spell them.

/// The names that PostgreSQL's grammar has for types beside those that it shows.
/// <https://www.postgresql.org/docs/current/datatype.html#DATATYPE-TABLE>
const ALIASES: &[(&str, &str)] = &[
    ("bool", "boolean"),
    ("char", "character"),
    ("dec", "numeric"),
    ("decimal", "numeric"),
    ("float", "double precision"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("int", "integer"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("time", "time without time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("varchar", "character varying"),
];

/// Whether arguments as somebody wrote them, modes and names and all, are of the types that the
/// server shows as `types`. A type that is spelled in yet another way is not recognised.
#[must_use]
pub fn same_types(written: &str, types: &str) -> bool {
    let (written, types) = (arguments(written), arguments(types));
    written.len() == types.len()
        && written.iter().zip(&types).all(|(written, data_type)| is_of(written, data_type))
}

/// The types of a list, one by one, without what they have in parentheses.
#[must_use]
pub fn argument_types(list: &str) -> Vec<String> {
    arguments(list).iter().map(|words| words.join(" ")).collect()
}

/// The arguments of a list, each as words: what is in parentheses counts for no type.
fn arguments(list: &str) -> Vec<Vec<String>> {
    let mut arguments = vec![String::new()];
    let (mut depth, mut quoted) = (0_u32, false);
    for character in list.chars() {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            _ => {}
        }
        match (character, arguments.last_mut()) {
            (',', _) if depth == 0 && !quoted => arguments.push(String::new()),
            (_, Some(last)) if depth == 0 && quoted => last.push(character),
            (_, Some(last)) if depth == 0 => last.extend(character.to_lowercase()),
            _ => {}
        }
        if character == ')' && !quoted {
            depth = depth.saturating_sub(1);
        }
    }
    let words = |argument: &String| argument.split_whitespace().map(str::to_owned).collect();
    arguments.iter().map(words).filter(|words: &Vec<String>| !words.is_empty()).collect()
}

/// Whether an argument ends in the type.
fn is_of(written: &[String], data_type: &[String]) -> bool {
    let wanted = plain(&data_type.join(" "));
    (0..written.len()).any(|start| plain(&written[start..].join(" ")) == wanted)
}

/// A type without its schema, under the name that the server shows.
fn plain(data_type: &str) -> String {
    let (base, array) = data_type.split_at(data_type.find('[').unwrap_or(data_type.len()));
    let base = base.trim_end().rsplit_once('.').map_or(base.trim_end(), |(_, name)| name);
    let shown = ALIASES.iter().find(|(alias, _)| *alias == base).map_or(base, |(_, shown)| shown);
    format!("{shown}{array}")
}

#[cfg(test)]
mod tests {
    use super::{argument_types, same_types};

    #[test]
    fn one_by_one() {
        assert_eq!(
            argument_types("INT, numeric(10, 2), \"My type\"[]"),
            ["int", "numeric", "\"My type\"[]"]
        );
        assert!(argument_types(" ").is_empty());
    }

    #[test]
    fn types_in_two_spellings() {
        assert!(same_types("n int, t timestamp", "integer, timestamp without time zone"));
        assert!(same_types("price numeric(10, 2), VARIADIC rest int[]", "numeric, integer[]"));
        assert!(same_types("a \"My type\", b app.mood", "app.\"My type\", app.mood"));
        assert!(same_types("", ""));
        assert!(!same_types("n int", "bigint"));
        assert!(!same_types("n int[]", "integer"));
        assert!(!same_types("n int", "integer, integer"));
    }
}
