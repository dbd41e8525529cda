//! What was done, or with `--dry-run` would be, in the same words.

use crate::cli::Rehearsal;
use crate::failure::note;

/// As JSON calls it.
pub(crate) fn event(rehearsal: Rehearsal) -> &'static str {
    match rehearsal {
        Rehearsal::No => "done",
        Rehearsal::Yes => "would",
    }
}

/// Says it to people.
pub(crate) fn say(rehearsal: Rehearsal, done: &str) {
    match rehearsal {
        Rehearsal::No => note(done),
        Rehearsal::Yes => note(&format!("nothing is changed; without --dry-run: {done}")),
    }
}
