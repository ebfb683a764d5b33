//! What becomes of partitions whose rows need no longer be kept.

use jiff::civil::Date;

use super::Table;
use super::period::Period;
use super::rolling::Roll;
use super::window::Expired;
use crate::kind::{Aside, Fate};
use crate::model::Object;

/// Of one that is past `keep`.
pub fn expired(roll: &Roll, live: &Object) -> Option<Fate> {
    let mut spec = live.spec.get::<Table>()?.clone();
    spec.retired = Aside(Some(mark(&roll.parent.qualified(), roll.as_of, live.comment.as_deref())));
    let retired = |spec: Table| {
        let mut object = Object::new(live.address.clone(), spec);
        object.comment.clone_from(&live.comment);
        object.owner.clone_from(&live.owner);
        object.privileges.clone_from(&live.privileges);
        object
    };
    if roll.window.expired == Expired::Drop && roll.window.grace.is_none() {
        let mut object = retired(spec);
        object.partition_of.clone_from(&live.partition_of);
        return Some(Fate::Drops(Box::new(object), reason(roll, "dropped")));
    }
    spec.values = None;
    Some(Fate::Becomes(Box::new(retired(spec)), reason(roll, "detached")))
}

/// Of one that was let go of before, and is known by its comment.
pub fn detached(roll: &Roll, live: &Object) -> Option<Fate> {
    let (detached, parent) = (detached_on(live, roll)?, roll.parent.qualified());
    if roll.window.expired != Expired::Drop {
        return Some(Fate::Stays(None));
    }
    let grace = roll.window.grace.as_ref().and_then(|grace| Period::parse(grace.as_str()));
    let due = grace.map_or(detached, |grace| grace.after(detached, 1));
    if roll.as_of < due {
        let remark = format!(
            "table {} was detached from {parent} on {detached}, and is to be dropped on {due}",
            live.address.qualified()
        );
        return Some(Fate::Stays(Some(remark)));
    }
    let mut spec = live.spec.get::<Table>()?.clone();
    spec.retired = Aside(Some(String::new()));
    let mut object = Object { spec: live.spec.clone(), ..live.clone() };
    object.spec = Object::new(live.address.clone(), spec).spec;
    let reason = format!("dropped, since it was detached from {parent} on {detached}");
    Some(Fate::Drops(Box::new(object), reason))
}

fn reason(roll: &Roll, what: &str) -> String {
    let keep = roll.window.keep.as_ref().map_or("", |keep| keep.as_str());
    format!("{what}, since it is past the {keep} that are kept")
}

/// A detached partition is known by the last line of its comment: no state is kept elsewhere.
fn mark(parent: &str, as_of: Date, comment: Option<&str>) -> String {
    let mark = format!("{MARK}{parent} as of {as_of}");
    let kept = comment.map(|comment| comment.lines().filter(|line| !line.starts_with(MARK)));
    let lines: Vec<&str> = kept.into_iter().flatten().chain([mark.as_str()]).collect();
    lines.join("\n")
}

const MARK: &str = "pgconverge: detached from ";

pub fn detached_on(live: &Object, roll: &Roll) -> Option<Date> {
    let last = live.comment.as_deref()?.lines().last()?;
    let rest = last.strip_prefix(MARK)?.strip_prefix(roll.parent.qualified().as_str())?;
    rest.strip_prefix(" as of ")?.parse().ok()
}
