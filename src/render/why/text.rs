//! For a terminal.

use super::{Neighbour, Why};
use crate::model::Part;
use crate::render::Style;
use crate::render::text::{line, mark, show_difference, show_step};

/// All there is to say.
#[must_use]
pub fn text(why: &Why<'_>, style: Style) -> String {
    let mut out = String::new();
    let place = why.place.as_ref().map(|place| style.dim(&format!("  ({place})")));
    let place = place.unwrap_or_default();
    let head = style.bold(&why.object.to_string());
    match why.change {
        None => line(&mut out, 0, &format!("= {head} stays as it is{place}")),
        Some(change) => {
            let (sign, word) = mark(change.action, style);
            line(&mut out, 0, &format!("{sign} {} {head}{place}", style.bold(word)));
            if let Some(was) = &why.was {
                line(&mut out, 4, &format!("is called {was} until then"));
            }
            if let Some(cause) = &why.cause {
                line(&mut out, 4, cause);
            }
            for difference in &why.differences {
                show_difference(&mut out, difference, style, "");
            }
            if why.steps.is_empty() {
                line(
                    &mut out,
                    4,
                    &style.dim("no step of its own: it comes or goes with what it belongs to"),
                );
            }
        }
    }
    for step in &why.steps {
        show_step(&mut out, step.number, step.step, style);
        for hazard in step.hazards {
            let mark = if hazard.needs_leave { "!!" } else { "!" };
            let text = format!("{mark} {}", hazard.message);
            let text = if hazard.needs_leave { style.red(&text) } else { style.yellow(&text) };
            line(&mut out, 8, &text);
        }
        neighbours(&mut out, "after", &step.after, style);
        neighbours(&mut out, "before", &step.before, style);
    }
    if !why.takes_along.is_empty() {
        line(&mut out, 2, "takes along:");
        why.takes_along.iter().for_each(|other| line(&mut out, 4, &other.to_string()));
    }
    parts(&mut out, "depends on:", &why.depends_on);
    parts(&mut out, "needed by:", &why.needed_by);
    out
}

fn neighbours(out: &mut String, word: &str, all: &[Neighbour<'_>], style: Style) {
    for Neighbour { number, step, reason } in all {
        let head = format!("{word} {number}, {} ({})", step.title, step.address);
        line(out, 8, &format!("{head}: {}", style.dim(reason)));
    }
}

fn parts(out: &mut String, head: &str, parts: &[Part]) {
    if !parts.is_empty() {
        line(out, 2, head);
        parts.iter().for_each(|part| line(out, 4, &part.to_string()));
    }
}
