//! What of a terminal matters: whether there is one, how wide it is, whether it shows colour.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use super::arguments::ColorArgument;

static COLOUR: OnceLock<ColorArgument> = OnceLock::new();
static LOUDNESS: AtomicU8 = AtomicU8::new(1);

/// How much is said besides data and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    Quiet,
    Usual,
    Verbose,
}

/// Settles what the flags say, once.
pub fn settle(colour: ColorArgument, loudness: Loudness) {
    let _ = COLOUR.set(colour);
    LOUDNESS.store(loudness as u8, Ordering::Relaxed);
}

/// Whether as much as this is to be said.
pub fn says(loudness: Loudness) -> bool {
    LOUDNESS.load(Ordering::Relaxed) >= loudness as u8
}

/// Whether to colour what goes to a stream: as the flag says; else as the environment does
/// (<https://no-color.org>, <https://bixense.com/clicolors>); else on a terminal.
pub fn colour(is_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is = |name: &str, wanted: &str| std::env::var_os(name).is_some_and(|it| it == wanted);
    match COLOUR.get().copied().unwrap_or_default() {
        ColorArgument::Always => true,
        ColorArgument::Never => false,
        ColorArgument::Auto if set("NO_COLOR") => false,
        ColorArgument::Auto if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") => true,
        ColorArgument::Auto => is_terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"),
    }
}
