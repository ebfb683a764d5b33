//! What a body in PL/pgSQL consists of, as far as checking it goes.

/// The outline of a body.
#[derive(Debug, Default)]
pub struct Outline {
    /// `#variable_conflict use_column`, and the like.
    pub options: String,
    /// The first is that of the arguments.
    pub scopes: Vec<Scope>,
    pub checks: Vec<Check>,
    pub sources: Vec<Source>,
    /// Statements that make tables which later ones use.
    pub makes: Vec<Check>,
    /// Where queries are whose rows go nowhere.
    pub aimless: Vec<usize>,
    /// Where statements are that are put together at run time.
    pub dynamic: Vec<usize>,
    /// Whether it can come to its end without a RETURN, and whether there is one at all.
    pub end: End,
    /// All names that it speaks of.
    pub names: Vec<String>,
}

/// What can be said without running it of where a list of statements ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct End {
    pub is_reached: bool,
    pub returns: bool,
    /// What comes last calls something that may never come back.
    pub calls: bool,
}

/// What a block, or a loop, declares.
#[derive(Debug, Default)]
pub struct Scope {
    pub parent: Option<usize>,
    pub label: Option<String>,
    pub declarations: Vec<Declaration>,
}

/// One variable.
#[derive(Debug)]
pub struct Declaration {
    pub name: String,
    /// As it is declared, without a default.
    pub text: String,
    pub is_record: bool,
    /// The query of a bound cursor, and its arguments.
    pub cursor: Option<(Text, String)>,
}

/// A piece of the body, in which what is no part of it may be blank.
#[derive(Debug, Clone)]
pub struct Text {
    pub start: usize,
    pub text: String,
}

/// Something that the server is asked about.
#[derive(Debug, Clone)]
pub struct Check {
    pub scope: usize,
    /// How many variables of the scope are declared before it.
    pub visible: usize,
    pub form: Form,
    pub text: Text,
}

/// What a piece of a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A whole query or data-modifying statement.
    Query,
    /// What may follow SELECT.
    Expression,
    /// A whole CALL.
    Call,
    /// The query of RETURN QUERY.
    ReturnQuery,
    /// The variable of RETURN NEXT.
    ReturnNext,
}

/// From what a record variable has its columns.
#[derive(Debug)]
pub struct Source {
    pub variable: String,
    pub scope: usize,
    pub start: usize,
    pub shape: Shape,
}

/// What is known of it.
#[derive(Debug, Clone)]
pub enum Shape {
    Query(Text),
    /// A value, which may be a row.
    Value(Text),
    /// What a cursor, by its name, fetches.
    Cursor(String),
    Unknown,
}

impl Outline {
    /// The variable that a name stands for in a scope: the scope that declares it, and its place there.
    #[must_use]
    pub fn resolve(&self, name: &str, mut scope: usize, visible: usize) -> Option<(usize, usize)> {
        let mut visible = visible;
        loop {
            let own = &self.scopes[scope];
            let found = own.declarations.iter().take(visible).rposition(|one| one.name == name);
            if let Some(found) = found {
                return Some((scope, found));
            }
            scope = own.parent?;
            visible = usize::MAX;
        }
    }

    /// The scopes around one and itself, from the outside.
    #[must_use]
    pub fn chain(&self, scope: usize) -> Vec<usize> {
        let mut chain = vec![scope];
        let mut next = self.scopes[scope].parent;
        while let Some(scope) = next {
            chain.push(scope);
            next = self.scopes[scope].parent;
        }
        chain.reverse();
        chain
    }
}
