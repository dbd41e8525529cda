//! Messages of an open mailbox on their way to where they are to be.
//!
//! - this file: what is asked for, and in which order
//! - [`chosen`]: which messages, in terms of the open mailbox
//! - [`desk`]: what is on its way to the disk
//! - [`listing`]: how many there are and how large they are, and so in which pieces they are asked for
//! - [`limits`]: how much goes into one command
//! - [`naming`]: the names of their files
//! - [`setback`]: what could not be written, and what that means for the others
//! - [`taking`]: row after row, kept or refused
//! - [`tally`]: what became of them
//!
//! A few messages are asked for at once. Of many, the server lists the sizes first: that costs a round trip, and makes
//! it possible to ask for them in pieces of some megabytes, of which several are always on their way. What comes is
//! handed to threads ([`crate::output::writers`]), which say when it is safe.

mod chosen;
mod desk;
mod limits;
mod listing;
mod naming;
mod setback;
mod taking;
mod tally;

use std::num::NonZeroUsize;

use tayori_client::{Error, FetchAttribute, FetchItems, Mailbox, Rows, Selected};
use tayori_proto::types::{Messages, NonEmpty, Section, SequenceSet, UidSet};

use crate::cli::Verbosity;
use crate::failure::Failure;
use listing::Listing;
use taking::Taking;

pub(crate) use chosen::{Chosen, is_single};
pub(crate) use desk::Desk;
pub(crate) use limits::{MOST_LINE_OCTETS, OCTETS_OF_A_UID, in_commands};
pub(crate) use naming::{MaildirNames, Naming, OneName, TemplateNames, UidNames};
pub(crate) use setback::{Setback, unwritten};
pub(crate) use tally::{Fate, Tally, Which, complete};

/// So many messages are asked for without asking for their sizes before.
const FEW: u64 = 64;

/// Pieces that are on their way at once. Two would keep the line busy; with four, what makes up a small mailbox is
/// asked for in one go.
const AHEAD: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

/// After so many messages in a row that the server does not send, it is not asked for the next one by one.
const MOST_REFUSALS: usize = 20;

/// What is fetched.
pub(crate) struct Download<'a> {
    pub(crate) chosen: &'a Chosen,
    /// These are here already.
    pub(crate) known: &'a UidSet,
    pub(crate) naming: &'a dyn Naming,
    pub(crate) verbosity: Verbosity,
}

impl Download<'_> {
    /// Fetches the messages, without a mark that they were read. Fails where going on makes no sense; what happened to
    /// single messages stands in the tally.
    ///
    /// When this is cancelled, what was finished is not lost: [`Desk::settle`] puts it into the tally.
    pub(crate) async fn run(&self, selected: &mut Selected<'_>, desk: &mut Desk<'_>) -> Result<(), Failure> {
        let outcome = self.fetch(selected, desk).await;
        let settled = desk.settle().await;
        outcome.and(settled)
    }

    async fn fetch(&self, selected: &mut Selected<'_>, desk: &mut Desk<'_>) -> Result<(), Failure> {
        match self.chosen.count() {
            Some(count) if count <= FEW && self.known.is_empty() => self.at_once(selected, desk, count).await,
            _ => self.in_pieces(selected, desk).await,
        }
    }

    /// So few messages that they are asked for without a listing.
    async fn at_once(
        &self,
        selected: &mut Selected<'_>,
        desk: &mut Desk<'_>,
        count: u64,
    ) -> Result<(), Failure> {
        desk.progress.expect(count);
        desk.tally.is_listed = true;
        // Also when this is cancelled: what did not come is among these.
        desk.tally.silent_numbers = self.chosen.without(&desk.tally.numbers);
        self.expect(desk.tally);
        let rows = selected.fetch_in_pieces(self.chosen.requests(), self.items()).await?;
        match self.take(rows, desk).await {
            // Perhaps it was about one of them.
            Err(Stop::Refused(error)) if count > 1 => {
                let error = again(selected, error).await?;
                let listing = self.list(selected, desk).await?;
                self.one_by_one(selected, desk, &listing.all, error).await
            }
            outcome => {
                desk.tally.silent_numbers = self.chosen.without(&desk.tally.numbers);
                outcome.map_err(Failure::from)
            }
        }
    }

    async fn in_pieces(&self, selected: &mut Selected<'_>, desk: &mut Desk<'_>) -> Result<(), Failure> {
        let listing = self.list(selected, desk).await?;
        desk.progress.expect(listing.all.count());
        let pieces = listing.pieces().filter_map(|piece| SequenceSet::try_from(piece.clone()).ok());
        let pieces: Vec<Messages> = pieces.map(Messages::Uids).collect();
        let rows = selected.fetch_in_pieces_ahead(pieces, AHEAD, self.items()).await?;
        match self.take(rows, desk).await {
            Err(Stop::Refused(error)) => self.one_by_one(selected, desk, &listing.all, error).await,
            outcome => outcome.map_err(Failure::from),
        }
    }

    fn items(&self) -> FetchItems {
        let mut items = NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::Rfc822Size);
        for item in self.naming.needs() {
            items = items.and(item);
        }
        // Last, so that all of the rest is known when a large text begins to come.
        FetchItems::Attributes(items.and(FetchAttribute::peek(Section::full())))
    }

    async fn list(&self, selected: &mut Selected<'_>, desk: &mut Desk<'_>) -> Result<Listing, Failure> {
        let listing = Listing::fetch(selected, self.chosen, self.known).await?;
        desk.tally.listed(&listing);
        self.expect(desk.tally);
        desk.tally.silent_numbers = self.chosen.without(&listing.numbers);
        Ok(listing)
    }

    /// What a search has found is there: it is missed if it does not come.
    fn expect(&self, tally: &mut Tally) {
        if let Chosen::Found(uids) = self.chosen {
            tally.listed = tally.listed.union(&uids.difference(&tally.known));
        }
    }

    async fn take(&self, rows: Rows<'_>, desk: &mut Desk<'_>) -> Result<(), Stop> {
        Taking { download: self, desk }.all(rows).await
    }

    /// Asks for each message that did not come: servers that cannot read one message refuse the whole command, which
    /// is no reason to do without the others.
    async fn one_by_one(
        &self,
        selected: &mut Selected<'_>,
        desk: &mut Desk<'_>,
        wanted: &UidSet,
        first: Error,
    ) -> Result<(), Failure> {
        let mut refusals = 0;
        let mut last = first;
        let missing = wanted.difference(&desk.tally.uids);
        for uid in missing.iter() {
            if refusals == MOST_REFUSALS {
                desk.tally.refused(&missing.difference(&desk.tally.uids));
                return Err(Failure::from(last));
            }
            let rows = selected.fetch(SequenceSet::one(uid), self.items()).await?;
            match self.take(rows, desk).await {
                Ok(()) => refusals = 0,
                Err(Stop::Refused(error)) => {
                    refusals += 1;
                    let failure = Failure::from(error.clone()).while_doing(&format!("UID {uid}"));
                    last = error;
                    desk.fail_one(uid, failure)?;
                }
                Err(stop) => return Err(stop.into()),
            }
        }
        Ok(())
    }
}

/// Opens the mailbox again where its numbers are in doubt, and gives the error back if they mean the same messages as
/// before.
async fn again(selected: &mut Selected<'_>, error: Error) -> Result<Error, Failure> {
    if !matches!(error, Error::InDoubt { .. }) {
        return Ok(error);
    }
    let known = |mailbox: &Mailbox| (mailbox.uid_validity(), mailbox.uid_next(), mailbox.exists());
    let before = known(selected.mailbox());
    selected.reopen().await?;
    if known(selected.mailbox()) == before { Ok(error) } else { Err(error.into()) }
}

/// Why rows end early.
enum Stop {
    /// The server said NO or BAD to a command, after what it sent, or broke off in the middle of what it sent. Perhaps
    /// it was about one message.
    Refused(Error),
    /// Going on makes no sense.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused { .. } | Error::InDoubt { .. } | Error::Unreadable { .. } => Self::Refused(error),
            error => Self::Failed(error.into()),
        }
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(error) => error.into(),
            Stop::Failed(failure) => failure,
        }
    }
}
