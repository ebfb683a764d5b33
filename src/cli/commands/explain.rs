//! `explain`: what is to be known of a code.

use crate::cli::Exit;
use crate::cli::arguments::ExplainArguments;
use crate::cli::output::{data, shown};
use crate::diagnostic::{Explanation, Located, did_you_mean, explanations};

pub fn run(arguments: &ExplainArguments) -> miette::Result<Exit> {
    let all = explanations();
    match &arguments.code {
        Some(code) => {
            let page = all.iter().find(|page| page.code == code);
            let page = page.ok_or_else(|| unknown(code, &all))?;
            data(&shown(&format!("{}\n\n{}", page.code, page.text)))?;
        }
        None => {
            let lines = all.iter().map(|page| format!("{}  {}\n", page.code, page.gist));
            data(&shown(&lines.collect::<String>()))?;
        }
    }
    Ok(Exit::Success)
}

fn unknown(code: &str, all: &[Explanation]) -> Located {
    let message = format!("there is no code `{code}`");
    // Whoever types one leaves out what they all begin with.
    let longer = format!("pgconverge::{code}");
    let codes = || all.iter().map(|page| page.code);
    let near = did_you_mean(code, codes()).or_else(|| did_you_mean(&longer, codes()));
    Located::new("pgconverge::explain::unknown_code", message).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`pgconverge explain` lists all".to_owned(),
    })
}
