//! From mailbox to mailbox: what is the same whatever is done in them.

use std::path::PathBuf;

use tayori_client::{Selected, Session};
use tayori_proto::types::UidSet;

use super::marks;
use super::report::{self, Totals};
use crate::cli::{Fetch, Mailboxes, Marking, Task, Verbosity};
use crate::download::{Chosen, Tally};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::Opened;
use crate::mailboxes::Found;
use crate::output::Target;
use crate::output::mailbox_path::mailbox_path;
use crate::progress::{Progress, Visibility};
use crate::selection::Wanted;

/// All that is known before anything is sent, and what was done since.
pub(super) struct Round<'a> {
    pub(super) options: &'a Fetch,
    /// Whose messages they are: what they are written down as.
    pub(super) account: String,
    pub(super) target: Target,
    pub(super) progress: Progress,
    pub(super) totals: Totals,
    visibility: Visibility,
}

impl<'a> Round<'a> {
    pub(super) fn new(options: &'a Fetch, account: String, target: Target) -> Self {
        let visibility = match (&options.task, &target) {
            _ if options.access.verbosity == Verbosity::Quiet || options.access.trace.stderr => {
                Visibility::Hidden
            }
            // A bar would stand between what is shown.
            (Task::View(_), Target::Stdout) => Visibility::Hidden,
            _ => Visibility::of_stderr(),
        };
        let progress = Progress::new(Some(0), visibility);
        Self { options, account, target, progress, totals: Totals::default(), visibility }
    }

    /// Says what does not end the round. Its exit code counts in the end.
    pub(super) fn tell(&mut self, failure: &Failure) {
        self.progress.say(failure.to_text().trim_end());
        self.totals.failed.push(failure.exit);
    }

    /// Opens a mailbox and finds out which of its messages are meant; `None` for them if none is.
    pub(super) async fn enter<'s>(
        &mut self,
        session: &'s mut Session,
        wanted: &Wanted,
        found: &Found,
        how: Opened,
    ) -> Result<(Selected<'s>, Option<Chosen>), Failure> {
        let mut selected = found.open(session, how, &self.options.mailboxes).await?;
        wanted.check_validity(selected.mailbox())?;
        let chosen = wanted.resolve(&mut selected).await?;
        if chosen.is_none() {
            let nothing = wanted.nothing_among(&self.options.mailboxes, selected.mailbox());
            self.totals.nothing.get_or_insert(nothing);
        }
        Ok((selected, chosen))
    }

    /// The folder of a mailbox, seen from that of all output; `None` where the two are the same.
    pub(super) fn folder_of(&self, found: &Found) -> Option<PathBuf> {
        match self.options.mailboxes {
            Mailboxes::OfThePlace => None,
            Mailboxes::Named(_) | Mailboxes::All => Some(mailbox_path(&found.name, found.separator)),
        }
    }

    /// Marks messages as read, where that is asked for. `safe` are those of which everything that was asked for is
    /// here, and `ended` is how the fetching did.
    pub(super) async fn mark_seen(
        &self,
        selected: &mut Selected<'_>,
        safe: &UidSet,
        ended: &Result<(), Failure>,
        tally: &mut Tally,
    ) {
        if self.options.marking == Marking::Leave {
            return;
        }
        if let Some(failure) = marks::set_seen(selected, safe, ended).await {
            self.tell_of_server(failure, tally);
        }
    }

    /// Says what could not be changed on the server of messages that are here all the same.
    pub(super) fn tell_of_server(&self, failure: Failure, tally: &mut Tally) {
        self.progress.say(failure.to_text().trim_end());
        tally.failed.push(failure);
    }

    /// Puts into words and an exit code what was done, after the work has ended for whatever reason.
    pub(super) fn end(self, ended: Result<(), Failure>) -> (Totals, Result<Exit, Failure>) {
        self.progress.finish();
        let outcome = report::conclude(&self.totals, ended, self.options, &self.target, self.visibility);
        (self.totals, outcome)
    }
}
