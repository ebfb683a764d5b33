//! What a value can be.

/// The forms that a value can have; none of them means that nothing was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    pub boolean: bool,
    /// Whether it can be a whole number, and whether that may be negative.
    pub integer: Option<bool>,
    /// Whether it can be a number with a fraction.
    pub number: bool,
    pub text: Option<Text>,
    /// What a list of it has.
    pub list: Option<Box<Shape>>,
    /// What a table has, if its keys are known.
    pub table: Option<Vec<Key>>,
    /// What there is between them.
    pub bonds: Bonds,
    /// What a table has whose keys are names.
    pub names: Option<Box<Shape>>,
}

/// What there is between the keys of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bonds {
    /// One of these sets is to be there.
    pub needs: Vec<Vec<&'static str>>,
    /// Two that cannot be together.
    pub apart: Vec<(&'static str, &'static str)>,
    /// Lists that have something in them.
    pub filled: Vec<&'static str>,
}

/// What a string can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Any,
    OneOf(Vec<&'static str>),
}

/// A key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub name: &'static str,
    pub required: bool,
    pub shape: Shape,
}
