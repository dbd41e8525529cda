//! What is shown or kept of messages besides the whole, mailbox after mailbox.

use std::io::{self, IsTerminal as _};

use tayori_client::Session;

use super::mailboxes::{Discovery, Found};
use super::parts::{self, Audience, Request};
use super::report::{self, Totals};
use super::selection::Wanted;
use super::{Opened, check_validity, mark_seen, nothing_there, open};
use crate::cli::{Fetch, Mailboxes, Marking, Verbosity, View};
use crate::download::Tally;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;
use crate::output::mailbox_path::mailbox_path;
use crate::output::storage::Disk;
use crate::progress::{Progress, Visibility};

/// All that is known before anything is sent, and what was done since.
pub(super) struct Viewing<'a> {
    options: &'a Fetch,
    view: &'a View,
    target: Target,
    audience: Audience,
    progress: Progress,
    totals: Totals,
}

impl<'a> Viewing<'a> {
    /// Finds out what can be found out without a connection.
    pub(super) fn prepare(options: &'a Fetch, view: &'a View) -> Result<Self, Failure> {
        let target = match Target::parse(&options.output)? {
            // Nothing else can hold them, whether there is a slash behind its name or not.
            Target::File(path) if *view == View::Attachments => Target::Folder(path),
            Target::File(_) if options.mailboxes != Mailboxes::OfThePlace => {
                return Err(Failure::new(Exit::Usage, "several mailboxes do not fit into one file")
                    .hint("give a folder: -o DIR/"));
            }
            target => target,
        };
        let audience = match io::stdout().is_terminal() {
            true => Audience::Terminal,
            false => Audience::Program,
        };
        let visibility = match options.verbosity {
            Verbosity::Normal if !options.trace.stderr && target != Target::Stdout => Visibility::of_stderr(),
            _ => Visibility::Hidden,
        };
        let progress = Progress::new(Some(0), visibility);
        target.prepare(&Disk)?;
        let viewing = Self { options, view, target, audience, progress, totals: Totals::default() };
        parts::check(view, options.form, &viewing.target, audience)?;
        Ok(viewing)
    }

    /// Goes through these mailboxes. When this is cancelled, [`Viewing::end`] knows what was done.
    pub(super) async fn run(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        mailboxes: Discovery,
    ) -> Result<(), Failure> {
        for left_out in &mailboxes.left_out {
            self.tell(left_out.to_failure());
        }
        for found in &mailboxes.found {
            match self.mailbox(session, wanted, found).await {
                Ok(()) => {}
                Err(failure)
                    if self.options.mailboxes == Mailboxes::OfThePlace || !failure.is_about_mailbox() =>
                {
                    return Err(failure);
                }
                Err(failure) => self.tell(failure.while_doing(&escape_str(found.name.as_str()))),
            }
        }
        Ok(())
    }

    /// Puts into words and an exit code what was done, after the work has ended for whatever reason.
    pub(super) fn end(self, ended: Result<(), Failure>) -> Result<Exit, Failure> {
        self.progress.finish();
        report::conclude(&self.totals, ended, &self.target, Visibility::Hidden)
    }

    fn tell(&mut self, failure: Failure) {
        self.progress.say(failure.to_text().trim_end());
        self.totals.failed.push(failure.exit);
    }

    async fn mailbox(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        let opened = match self.options.marking {
            Marking::Leave => Opened::ToRead,
            Marking::Seen => Opened::ToChange,
        };
        let mut selected = open(session, &found.name, opened).await?;
        check_validity(&self.options.place, selected.mailbox())?;
        let Some(chosen) = wanted.resolve(&mut selected).await? else {
            self.totals.nothing.get_or_insert(nothing_there(selected.mailbox()));
            return Ok(());
        };
        let target = match (&self.target, &self.options.mailboxes) {
            (Target::Folder(root), Mailboxes::Named(_) | Mailboxes::All) => {
                Target::Folder(root.join(mailbox_path(&found.name, found.separator)))
            }
            (target, _) => target.clone(),
        };
        target.prepare(&Disk)?;
        let request = self.request(&target, &found.name);
        let mut tally = Tally::default();
        let mut ended = Ok(());
        for messages in chosen.requests() {
            let mut stdout = io::stdout();
            ended = parts::run(&mut selected, messages, &request, &mut stdout, &mut tally).await;
            if ended.is_err() {
                break;
            }
        }
        tally.missing = wanted.missing(&tally.numbers, &tally.uids.union(&tally.kept));
        if self.options.marking == Marking::Seen
            && let Some(failure) = mark_seen(&mut selected, &tally.kept, &ended).await
        {
            self.progress.say(failure.to_text().trim_end());
            tally.failed.push(failure);
        }
        self.totals.add(&self.options.mailboxes, &found.name, tally);
        ended
    }

    fn request<'r>(
        &'r self,
        target: &'r Target,
        mailbox: &'r tayori_proto::types::MailboxName,
    ) -> Request<'r> {
        Request {
            view: self.view,
            form: self.options.form,
            target,
            mailbox,
            audience: self.audience,
            progress: &self.progress,
            verbosity: self.options.verbosity,
        }
    }
}
