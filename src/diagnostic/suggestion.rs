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

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn suggests_what_is_close_and_nothing_else() {
        assert_eq!(did_you_mean("defualt", ["type", "default"]), Some("default"));
        assert_eq!(did_you_mean("zebra", ["type", "default"]), None);
    }
}
