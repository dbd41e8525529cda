//! What was done and what was not, in words and as an exit code.

use std::io::Write as _;

use indicatif::BinaryBytes;

use super::selection::Wanted;
use crate::download::{Chosen, Tally};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;
use crate::progress::Visibility;

/// Names that are shown of a long list.
const MOST_NAMES: usize = 3;

/// The end of it all. Says what still has to be said, but for the failure that is given back.
pub(super) fn conclude(
    tally: &Tally,
    ended: Result<(), Failure>,
    wanted: &Wanted,
    chosen: &Chosen,
    target: &Target,
    visibility: Visibility,
) -> Result<Exit, Failure> {
    let kept = tally.kept.count();
    if let Some(failure) = names_taken(tally) {
        failure.print();
    }
    if let Err(failure) = ended {
        return Err(match failure.exit {
            // The reader of stdout had enough: nothing was missing for it.
            Exit::Done => failure,
            _ if kept > 0 => failure.after(&tally.complete()).exit(Exit::PartlyDone),
            _ => failure,
        });
    }
    let missing = missing(tally, wanted, chosen);
    let partly = if kept > 0 { Exit::PartlyDone } else { Exit::NothingMatched };
    if !missing.is_empty() {
        let failure = Failure::new(partly, format!("no such message: {}", missing.join(", ")));
        if kept > 0 || (tally.failed.is_empty() && tally.taken.is_empty()) {
            return Err(failure);
        }
        failure.print();
    }
    match (kept, tally.failed.first()) {
        (0, Some(failure)) => Ok(failure.exit),
        (0, None) if !tally.taken.is_empty() => Ok(Exit::Disk),
        (0, None) => Err(Failure::new(Exit::NothingMatched, "no such message")),
        (_, None) if tally.taken.is_empty() => {
            say_done(tally, target, visibility);
            Ok(Exit::Done)
        }
        _ => Ok(Exit::PartlyDone),
    }
}

/// What was named one by one and did not come; failing that, all that is there and did not come.
fn missing(tally: &Tally, wanted: &Wanted, chosen: &Chosen) -> Vec<String> {
    let missing = wanted.missing(&tally.numbers, &tally.uids);
    match chosen {
        Chosen::Numbers(numbers) if missing.is_empty() => {
            let silent = numbers.difference(&tally.numbers);
            if silent.is_empty() { missing } else { vec![format!("the server sent nothing for {silent}")] }
        }
        _ => missing,
    }
}

fn names_taken(tally: &Tally) -> Option<Failure> {
    let names: Vec<_> = tally.taken.iter().take(MOST_NAMES).map(|name| escape_str(name)).collect();
    let names = names.join(", ");
    let message = match tally.taken.len() {
        0 => return None,
        1 => format!("1 message was left out, since its file is there already: {names}"),
        count => {
            let more = if count > MOST_NAMES { ", ..." } else { "" };
            format!("{count} messages were left out, since their files are there already: {names}{more}")
        }
    };
    let hint = "what was fetched before is complete; --force replaces what has such a name";
    Some(Failure::new(Exit::Disk, message).hint(hint))
}

/// For a person who watched a bar that is gone now. A script has the exit code.
fn say_done(tally: &Tally, target: &Target, visibility: Visibility) {
    let Target::Folder(folder) = target else { return };
    if visibility == Visibility::Hidden {
        return;
    }
    let messages = match tally.kept.count() {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    let folder = folder.to_string_lossy();
    let _ = writeln!(
        anstream::stderr(),
        "Fetched {messages} ({}) into {}",
        BinaryBytes(tally.octets),
        escape_str(&folder)
    );
}
