//! What was begun and not ended.

/// Something of a live object that is there and does not do what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The keys under which a comparison with the finished object shows it.
    pub path: Vec<String>,
    /// What there is to say of it.
    pub what: &'static str,
    /// Whether nobody has any use of it as it is.
    pub idle: bool,
    /// Whether it has begun to leave what it is a part of: what that gets does not come to it.
    pub leaves: bool,
}

impl Unfinished {
    #[must_use]
    pub fn new(path: &[&str], what: &'static str) -> Self {
        let path = path.iter().map(|&key| key.to_owned()).collect();
        Self { path, what, idle: false, leaves: false }
    }

    /// It serves nobody until it is finished.
    #[must_use]
    pub fn idle(self) -> Self {
        Self { idle: true, ..self }
    }

    /// It is on its way out.
    #[must_use]
    pub fn leaving(self) -> Self {
        Self { leaves: true, ..self }
    }
}
