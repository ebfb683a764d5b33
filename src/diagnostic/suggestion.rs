//! "Did you mean".

/// The candidate that `word` was most likely meant to be, if any is close enough.
#[must_use]
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.78)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The object, of those called `known` as a plan shows them, that was most likely meant: who leaves out the schema,
/// or the kind, is understood.
#[must_use]
pub fn object_meant<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let has_it = |known: &&&str| known.split([' ', '.']).any(|part| part == word);
    let part = known.iter().find(has_it).copied();
    part.or_else(|| did_you_mean(word, known.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, object_meant};

    #[test]
    fn a_part_of_a_name_is_enough() {
        let known = ["table public.books", "index public.books_idx"];
        assert_eq!(object_meant("books", &known), Some("table public.books"));
        assert_eq!(object_meant("zebra", &known), None);
    }

    #[test]
    fn suggests_what_is_close_and_nothing_else() {
        assert_eq!(did_you_mean("defualt", ["type", "default"]), Some("default"));
        assert_eq!(did_you_mean("zebra", ["type", "default"]), None);
    }
}
