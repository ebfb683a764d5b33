//! Which step of a plan waits for which, and why.

use std::fmt;

use super::address::Address;
use super::dependency::Part;

/// One step comes after another, both as positions in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub before: usize,
    pub after: usize,
    pub reason: Reason,
}

/// Why a step comes before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// They are about the same object, and come in the order in which its change happens.
    Follows,
    /// What the later one makes depends on what the earlier one makes.
    Needs { dependent: Part, referenced: Part },
    /// What the later one ends is let go of by the earlier one.
    LetsGo { dependent: Part, referenced: Part },
    /// The earlier one sets a name free that the later one takes.
    Name(String),
    /// All else about the relation comes before the later one.
    Last(Address),
    /// The earlier one comes before all else about the relation.
    First(Address),
    /// The partition that leaves keeps it as its own.
    Keeps(Address),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Follows => f.write_str("the next about the same object"),
            Self::Needs { dependent, referenced } => {
                write!(f, "{dependent} depends on {referenced}")
            }
            Self::LetsGo { dependent, referenced } => {
                write!(f, "{dependent} depends on {referenced} until then")
            }
            Self::Name(name) => write!(f, "the name is taken until then: {name}"),
            Self::Last(relation) => write!(f, "all else about {relation} comes first"),
            Self::First(relation) => write!(f, "it comes before all else about {relation}"),
            Self::Keeps(own) => write!(f, "the partition that leaves keeps {own}"),
        }
    }
}
