//! What was done and what was not, in words and as an exit code.

use std::io::Write as _;

use indicatif::BinaryBytes;
use tayori_proto::types::{MailboxName, UidSet};

use crate::cli::{Fetch, Format, Keep, Mailboxes, Task};
use crate::count::count;
use crate::download::{Tally, complete};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Overwrite, Target};
use crate::progress::Visibility;

/// Names that are shown of a long list.
const MOST_NAMES: usize = 3;

/// What became of the messages of all mailboxes.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) kept: u64,
    pub(super) octets: u64,
    /// Here before.
    pub(super) known: u64,
    /// Asked for, and not here, as far as they were told one by one.
    pub(super) failed_messages: u64,
    /// Names that are those of other messages, the first few, and how many there are.
    taken: Vec<String>,
    has_more_taken: bool,
    taken_count: u64,
    /// The exit codes of what was told already.
    pub(super) failed: Vec<Exit>,
    /// What was asked for and is not there, in words, mailbox after mailbox.
    missing: Vec<String>,
    /// Why a mailbox has nothing of what was asked for.
    pub(super) nothing: Option<Failure>,
    pub(super) expunged: u64,
    pub(super) marked: u64,
    left: u64,
}

impl Totals {
    /// Adds a mailbox, one of those that were `asked_for`.
    pub(super) fn add(&mut self, asked_for: &Mailboxes, mailbox: &MailboxName, tally: Tally) {
        let silent = tally.silent();
        let missing = missing(&tally, &silent).join(", ");
        self.kept += tally.kept.count();
        self.known += tally.known.count();
        self.octets += tally.octets;
        self.failed.extend(tally.failed.iter().map(|failure| failure.exit));
        self.taken_count += tally.taken.len() as u64;
        // They come from several threads; so 2.eml stands before 10.eml.
        let mut taken = tally.taken;
        taken.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        for name in taken {
            // In an mbox many messages have the name of one file.
            match self.taken.contains(&name) {
                false if self.taken.len() < MOST_NAMES => self.taken.push(name),
                is_known => self.has_more_taken |= !is_known,
            }
        }
        if !missing.is_empty() {
            self.missing.push(match asked_for {
                // Who asked for one mailbox knows which it is.
                Mailboxes::OfThePlace => missing,
                Mailboxes::Named(_) | Mailboxes::All => {
                    format!("{}: {missing}", escape_str(mailbox.as_str()))
                }
            });
        }
    }

    /// So many messages were kept, so many are gone from the server, still there with the mark that they are deleted,
    /// or not touched there.
    pub(super) fn removed(&mut self, expunged: u64, marked: u64, left: u64) {
        self.expunged += expunged;
        self.marked += marked;
        self.left += left;
    }

    fn names_taken(&self, task: &Task) -> Option<Failure> {
        let names: Vec<_> = self.taken.iter().map(|name| escape_str(name)).collect();
        let names = names.join(", ");
        let message = match self.taken_count {
            0 => return None,
            1 => format!("1 message was left out, since its file is there already: {names}"),
            count => {
                let more = if self.has_more_taken { ", ..." } else { "" };
                let is_one_file = self.taken.len() == 1 && !self.has_more_taken;
                let files = if is_one_file { "their file is" } else { "their files are" };
                format!("{count} messages were left out, since {files} there already: {names}{more}")
            }
        };
        Some(Failure::new(Exit::Disk, message).hint(way_out(task)))
    }
}

/// What helps where a name is taken.
fn way_out(task: &Task) -> &'static str {
    match task {
        // Of two messages of this run that have one name the second is left out, whatever the first has replaced.
        Task::Keep(Keep { format: Format::Eml, overwrite: Overwrite::Replace, .. }) => {
            "several messages of this run have such a name; --name gives other names"
        }
        Task::Keep(Keep { format: Format::Eml, .. }) => {
            "what has such a name is something else; --force sets aside what was fetched before and replaces the rest, \
             --name gives other names"
        }
        Task::Keep(Keep { format: Format::Mbox | Format::Maildir, .. }) | Task::View(_) => {
            "what has such a name is something else; move it away, or choose another folder with -o"
        }
    }
}

/// The end of it all. Says what still has to be said, but for the failure that is given back.
pub(super) fn conclude(
    totals: &Totals,
    ended: Result<(), Failure>,
    options: &Fetch,
    target: &Target,
    visibility: Visibility,
) -> Result<Exit, Failure> {
    let here = totals.kept + totals.known;
    if let Some(failure) = totals.names_taken(&options.task) {
        failure.print();
    }
    if let Err(failure) = ended {
        return Err(match failure.exit {
            // The reader of stdout had enough: nothing was missing for it.
            Exit::Done => failure,
            Exit::Interrupted | Exit::Terminated => failure.before(&complete(totals.kept)),
            _ if totals.kept > 0 => failure.after(&complete(totals.kept)).exit(Exit::PartlyDone),
            _ => failure,
        });
    }
    let clean = totals.failed.is_empty() && totals.taken_count == 0;
    if !totals.missing.is_empty() {
        let partly = if here > 0 { Exit::PartlyDone } else { Exit::NothingMatched };
        let message = format!("no such message: {}", totals.missing.join("; "));
        let failure = Failure::new(partly, message);
        if here > 0 || clean {
            return Err(failure);
        }
        failure.print();
    }
    if clean && totals.left == 0 {
        return match (here, &totals.nothing) {
            (0, Some(nothing)) => Err(nothing.clone()),
            (0, None) => Err(Failure::new(Exit::NothingMatched, "no such message")),
            _ => {
                // What is shown of messages speaks for itself.
                if let Task::Keep(_) = options.task {
                    say_done(totals, target, visibility);
                }
                Ok(Exit::Done)
            }
        };
    }
    match totals.failed.first() {
        _ if here > 0 => Ok(Exit::PartlyDone),
        Some(exit) => Ok(*exit),
        None => Ok(Exit::Disk),
    }
}

/// What was named one by one and is not there, and what is there and did not come.
fn missing(tally: &Tally, silent: &UidSet) -> Vec<String> {
    let mut missing = tally.missing.clone();
    if missing.is_empty() && !tally.silent_numbers.is_empty() {
        missing.push(format!("the server sent nothing for {}", tally.silent_numbers));
    }
    if !silent.is_empty() {
        missing.push(format!("the server sent nothing for UID {silent}"));
    }
    missing
}

/// For a person who watched a bar that is gone now. A script has the exit code.
fn say_done(totals: &Totals, target: &Target, visibility: Visibility) {
    if visibility == Visibility::Shown
        && let Some(line) = done(totals, target)
    {
        let _ = writeln!(anstream::stderr(), "{line}");
    }
}

/// What was done, in one line; none where it went to stdout.
fn done(totals: &Totals, target: &Target) -> Option<String> {
    let (Target::Folder(path) | Target::File(path)) = target else { return None };
    let messages = |number| count(number, "message", "messages");
    let path = path.to_string_lossy();
    let mut line = match (totals.kept, totals.known) {
        (0, known) => format!("Nothing new: {} in {} already", messages(known), escape_str(&path)),
        (kept, known) => {
            let before = match known {
                0 => String::new(),
                1 => ", 1 was there already".to_owned(),
                known => format!(", {known} were there already"),
            };
            let octets = BinaryBytes(totals.octets);
            format!("Fetched {} ({octets}) into {}{before}", messages(kept), escape_str(&path))
        }
    };
    if totals.expunged > 0 {
        line += &format!("; removed {} from the server", messages(totals.expunged));
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Durability, Recheck, Removal, View};

    #[test]
    fn what_was_done_is_said_in_one_line() {
        for ([kept, known, expunged], expected) in [
            ([0, 1, 0], "Nothing new: 1 message in out already"),
            ([0, 2, 1], "Nothing new: 2 messages in out already; removed 1 message from the server"),
            ([1, 0, 0], "Fetched 1 message (24 B) into out"),
            (
                [2, 1, 3],
                "Fetched 2 messages (24 B) into out, 1 was there already; removed 3 messages from the server",
            ),
            ([3, 2, 0], "Fetched 3 messages (24 B) into out, 2 were there already"),
        ] {
            let totals = Totals { kept, known, expunged, octets: 24, ..Totals::default() };
            assert_eq!(done(&totals, &Target::Folder("out".into())).unwrap(), expected);
            assert_eq!(done(&totals, &Target::Stdout), None);
        }
    }

    #[test]
    fn each_name_that_is_taken_is_said_once() {
        let task = Task::View(View::Headers);
        for (taken, expected) in [
            (&["a"][..], "1 message was left out, since its file is there already: a"),
            (&["a", "a"], "2 messages were left out, since their file is there already: a"),
            (&["b", "a", "b"], "3 messages were left out, since their files are there already: a, b"),
            (&["a", "b", "c", "c"], "4 messages were left out, since their files are there already: a, b, c"),
            (
                &["d", "a", "b", "c"],
                "4 messages were left out, since their files are there already: a, b, c, ...",
            ),
        ] {
            let mut totals = Totals::default();
            let taken = taken.iter().map(|&name| name.to_owned()).collect();
            let tally = Tally { taken, ..Tally::default() };
            totals.add(&Mailboxes::OfThePlace, &MailboxName::inbox(), tally);
            assert_eq!(totals.names_taken(&task).unwrap().message(), expected);
        }
    }

    /// What helps against a name that is taken, for messages that are kept in this way.
    fn way_out_for(format: Format, overwrite: Overwrite) -> &'static str {
        way_out(&Task::Keep(Keep {
            format,
            name: None,
            overwrite,
            durability: Durability::Synced,
            recheck: Recheck::Size,
            removal: Removal::Leave,
        }))
    }

    #[test]
    fn an_option_is_named_only_where_it_helps() {
        let names = |hint: &str| ["--force", "--name", "-o"].map(|option| hint.contains(option));
        assert_eq!(names(way_out_for(Format::Eml, Overwrite::Refuse)), [true, true, false]);
        assert_eq!(names(way_out_for(Format::Eml, Overwrite::Replace)), [false, true, false]);
        assert_eq!(names(way_out_for(Format::Maildir, Overwrite::Refuse)), [false, false, true]);
        assert_eq!(names(way_out(&Task::View(View::Headers))), [false, false, true]);
    }
}
