//! What was done and what was not, in words and as an exit code.

use std::io::Write as _;

use indicatif::BinaryBytes;
use tayori_proto::types::{SeqSet, UidSet};

use super::selection::{Chosen, Wanted};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;
use crate::progress::Visibility;

/// Grows while rows come, so that it tells the truth also when something ends them early.
#[derive(Default)]
pub(super) struct Report {
    /// Of these the server sent something, kept or not.
    pub(super) numbers: SeqSet,
    pub(super) uids: UidSet,
    /// These are safe: in their files, or written out.
    pub(super) kept: UidSet,
    /// Their octets.
    pub(super) octets: u64,
    /// Names in the folder that others have already.
    pub(super) taken: Vec<String>,
    /// What went wrong with single messages; told already.
    pub(super) failed: Vec<Failure>,
}

/// Names that are shown of a long list.
const MOST_NAMES: usize = 3;

impl Report {
    /// Says how many messages are safe, for whoever has to do without the others. Empty if none is.
    pub(super) fn complete(&self) -> String {
        match self.kept.count() {
            0 => String::new(),
            1 => "1 message is complete".to_owned(),
            count => format!("{count} messages are complete"),
        }
    }

    /// The end of it all. Says what still has to be said, but for the failure that is given back.
    pub(super) fn conclude(
        &self,
        ended: Result<(), Failure>,
        wanted: &Wanted,
        chosen: &Chosen,
        target: &Target,
        visibility: Visibility,
    ) -> Result<Exit, Failure> {
        let kept = self.kept.count();
        if let Some(failure) = self.names_taken() {
            failure.print();
        }
        if let Err(failure) = ended {
            return Err(match failure.exit {
                // The reader of stdout had enough: nothing was missing for it.
                Exit::Done => failure,
                _ if kept > 0 => failure.after(&self.complete()).exit(Exit::PartlyDone),
                _ => failure,
            });
        }
        let missing = self.missing(wanted, chosen);
        let partly = if kept > 0 { Exit::PartlyDone } else { Exit::NothingMatched };
        if !missing.is_empty() {
            let failure = Failure::new(partly, format!("no such message: {}", missing.join(", ")));
            if kept > 0 || (self.failed.is_empty() && self.taken.is_empty()) {
                return Err(failure);
            }
            failure.print();
        }
        match (kept, self.failed.first()) {
            (0, Some(failure)) => Ok(failure.exit),
            (0, None) if !self.taken.is_empty() => Ok(Exit::Disk),
            (0, None) => Err(Failure::new(Exit::NothingMatched, "no such message")),
            (_, None) if self.taken.is_empty() => {
                self.say_done(target, visibility);
                Ok(Exit::Done)
            }
            _ => Ok(Exit::PartlyDone),
        }
    }

    /// What was named one by one and did not come; failing that, all that is there and did not come.
    fn missing(&self, wanted: &Wanted, chosen: &Chosen) -> Vec<String> {
        let missing = wanted.missing(&self.numbers, &self.uids);
        match chosen {
            Chosen::Numbers(numbers) if missing.is_empty() => {
                let silent = numbers.difference(&self.numbers);
                if silent.is_empty() {
                    missing
                } else {
                    vec![format!("the server sent nothing for {silent}")]
                }
            }
            _ => missing,
        }
    }

    fn names_taken(&self) -> Option<Failure> {
        let names: Vec<_> = self.taken.iter().take(MOST_NAMES).map(|name| escape_str(name)).collect();
        let names = names.join(", ");
        let message = match self.taken.len() {
            0 => return None,
            1 => format!("1 message was left out, since its file is there already: {names}"),
            count => {
                let more = if count > MOST_NAMES { ", ..." } else { "" };
                format!("{count} messages were left out, since their files are there already: {names}{more}")
            }
        };
        let hint = "nothing is to be done if they were fetched before; --force replaces them";
        Some(Failure::new(Exit::Disk, message).hint(hint))
    }

    /// For a person who watched a bar that is gone now. A script has the exit code.
    fn say_done(&self, target: &Target, visibility: Visibility) {
        let Target::Folder(folder) = target else { return };
        if visibility == Visibility::Hidden {
            return;
        }
        let messages = match self.kept.count() {
            1 => "1 message".to_owned(),
            count => format!("{count} messages"),
        };
        let folder = folder.to_string_lossy();
        let _ = writeln!(
            anstream::stderr(),
            "Fetched {messages} ({}) into {}",
            BinaryBytes(self.octets),
            escape_str(&folder)
        );
    }
}
