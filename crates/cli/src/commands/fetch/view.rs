//! What is shown or kept of the messages of a mailbox besides the whole.

use std::io::{self, IsTerminal as _};

use tayori_client::Session;

use super::parts::{self, AskedFor, Audience, Request};
use super::round::Round;
use super::target;
use crate::cli::{Form, Marking, View};
use crate::download::Tally;
use crate::failure::Failure;
use crate::mailbox::Opened;
use crate::mailboxes::Found;
use crate::output::Target;
use crate::output::storage::Disk;
use crate::selection::Wanted;

/// All that is known before anything is sent.
pub(super) struct Viewing<'a> {
    view: &'a View,
    audience: Audience,
}

impl<'a> Viewing<'a> {
    /// Finds out what can be found out without a connection.
    pub(super) fn prepare(view: &'a View, form: Form, target: &Target) -> Result<Self, Failure> {
        let audience = match io::stdout().is_terminal() {
            true => Audience::Terminal,
            false => Audience::Program,
        };
        parts::check(view, form, target, audience)?;
        // Behind all that may refuse it: of what is not done nothing is left behind.
        target.prepare(&Disk)?;
        Ok(Self { view, audience })
    }

    /// Shows or keeps what is wanted of a mailbox.
    pub(super) async fn mailbox(
        &self,
        round: &mut Round<'_>,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        let viewed = self.view(round, session, wanted, found).await;
        viewed.map_err(|failure| found.failure(failure, &round.options.mailboxes))
    }

    async fn view(
        &self,
        round: &mut Round<'_>,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        let how = match round.options.marking {
            Marking::Leave => Opened::ToRead,
            Marking::Seen => Opened::ToChange,
        };
        let (mut selected, chosen) = round.enter(session, wanted, found, how).await?;
        let Some(chosen) = chosen else { return Ok(()) };
        let target = match (&round.target, round.folder_of(found)) {
            (Target::Folder(root), Some(folder)) => Target::Folder(root.join(folder)),
            (target, _) => target.clone(),
        };
        target.prepare(&Disk)?;
        let request = Request {
            view: self.view,
            form: round.options.form,
            target: &target,
            mailbox: &found.name,
            mailboxes: if round.options.mailboxes.is_one() { AskedFor::One } else { AskedFor::Several },
            asked_for: match wanted.is_at_most_one() && round.options.mailboxes.is_one() {
                true => AskedFor::One,
                false => AskedFor::Several,
            },
            audience: self.audience,
            progress: &round.progress,
            verbosity: round.options.access.verbosity,
        };
        let there = chosen.find(&mut selected).await?;
        if let Target::File(_) = target {
            target::check_single(there.uids.count())?;
        }
        let mut tally = Tally { numbers: there.numbers, ..Tally::default() };
        let ended = parts::run(&mut selected, &there.uids, &request, &mut io::stdout(), &mut tally).await;
        // What was not reached any more is not missing.
        if ended.is_ok() {
            tally.missing = wanted.missing(&tally.numbers, &there.uids);
            tally.silent_numbers = chosen.without(&tally.numbers);
            tally.listed = there.uids;
        }
        let served = tally.kept.clone();
        round.mark_seen(&mut selected, &served, &ended, &mut tally).await;
        round.totals.add(&round.options.mailboxes, &found.name, tally);
        ended
    }
}
