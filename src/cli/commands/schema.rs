//! `schema`: what editors are to know of the files.

use crate::cli::Exit;
use crate::cli::output::data;
use crate::desired;

pub fn run() -> miette::Result<Exit> {
    data(&format!("{:#}\n", desired::json_schema()))?;
    Ok(Exit::Success)
}
