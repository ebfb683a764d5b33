//! What becomes of partitions whose rows need no longer be kept.

use jiff::civil::Date;

use super::Table;
use super::period::Period;
use super::rolling::Roll;
use super::window::Expired;
use crate::kind::{Aside, Fate};
use crate::model::{Address, Object};

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
    let stays = |remark| {
        let (comment, line) = (live.comment.as_deref(), marked(&parent, detached));
        if comment.is_some_and(|comment| comment.lines().any(|it| it.trim_end() == line)) {
            return Some(Fate::Stays(remark));
        }
        let comment = Some(mark(&parent, detached, comment));
        let object = Object { comment, ..live.clone() };
        Some(Fate::Becomes(Box::new(object), format!("it was detached from what is {parent} now")))
    };
    if roll.window.expired != Expired::Drop {
        return stays(None);
    }
    let grace = roll.window.grace.as_ref().and_then(|grace| Period::parse(grace.as_str()));
    let due = grace.map_or(detached, |grace| grace.after(detached, 1));
    if roll.as_of < due {
        let remark = format!(
            "table {} was detached from {parent} on {detached}, and is to be dropped on {due}",
            live.address.qualified()
        );
        return stays(Some(remark));
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

/// Of a partition that is kept: what a detach that came to nothing has written goes. Else whoever detaches the
/// partition one day would have it dropped.
pub fn kept(live: &Object) -> Option<Fate> {
    let comment = live.comment.as_deref()?;
    let rest: Vec<&str> = unmarked(comment).collect();
    if rest.len() == comment.lines().count() {
        return None;
    }
    let comment = Some(rest.join("\n")).filter(|rest| !rest.is_empty());
    let object = Object { comment, ..live.clone() };
    Some(Fate::Becomes(Box::new(object), "it stays, and was to be detached before".to_owned()))
}

/// A detached partition is known by a line of its comment: no state is kept elsewhere.
fn mark(parent: &str, as_of: Date, comment: Option<&str>) -> String {
    let mark = marked(parent, as_of);
    let lines = comment.into_iter().flat_map(unmarked).chain([mark.as_str()]);
    lines.collect::<Vec<_>>().join("\n")
}

fn marked(parent: &str, as_of: Date) -> String {
    format!("{MARK}{parent} as of {as_of}")
}

fn unmarked(comment: &str) -> impl Iterator<Item = &str> {
    comment.lines().filter(|line| !line.starts_with(MARK))
}

const MARK: &str = "pgconverge: detached from ";

/// Since when it is none of the partitions of the table, which may have had another name then.
pub fn detached_on(live: &Object, roll: &Roll) -> Option<Date> {
    let names = [&roll.parent].into_iter().chain(&roll.former).map(Address::qualified);
    let names: Vec<String> = names.collect();
    let mut marks = live.comment.as_deref()?.lines().filter_map(|line| line.strip_prefix(MARK));
    let date = |rest: &str, name: &String| {
        rest.strip_prefix(name.as_str())?.strip_prefix(" as of ")?.trim_end().parse().ok()
    };
    marks.find_map(|rest| names.iter().find_map(|name| date(rest, name)))
}
