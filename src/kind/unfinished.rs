//! What was begun and not ended.

/// Something of a live object that is there and does not do what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The keys under which a comparison with the finished object shows it.
    pub path: Vec<String>,
    /// What there is to say of it.
    pub what: &'static str,
}

impl Unfinished {
    #[must_use]
    pub fn new(path: &[&str], what: &'static str) -> Self {
        Self { path: path.iter().map(|&key| key.to_owned()).collect(), what }
    }
}
