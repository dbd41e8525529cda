//! `tayori fetch`: messages, or something of them, to a file, a folder or stdout.
//!
//! - this file: the order of things, from the options to the exit code, and from mailbox to mailbox
//! - [`target`]: where it goes
//! - [`round`]: what is the same in each mailbox, whatever is done there
//! - [`keep`]: whole messages
//! - [`view`]: what is shown or kept of messages besides the whole
//! - [`parts`]: how that is done
//! - [`marks`]: flags that are set on the server
//! - [`report`]: what was done, in words and as an exit code

mod keep;
mod marks;
mod parts;
mod report;
mod round;
mod target;
mod view;

use tayori_client::Session;

use crate::cli::{Fetch, Form, Mailboxes, Task};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailboxes::{Discovery, Found, Sought};
use crate::selection::Wanted;
use crate::visit::Visit;
use keep::Keeping;
use report::Totals;
use round::Round;
use view::Viewing;

/// Does it. The exit code is that of what was done, the failure that of what kept it from being done.
///
/// With `--json` and whole messages its last line says so too, whatever kept it from being done.
pub(crate) async fn run(options: Fetch) -> Result<Exit, Failure> {
    let (totals, outcome) = match start(&options).await {
        Ok((work, ended)) => work.end(ended).await,
        Err(failure) => (Totals::default(), Err(failure)),
    };
    match (&options.task, options.form) {
        (Task::Keep(_), Form::Json) => keep::say_summary(&totals, outcome),
        _ => outcome,
    }
}

/// Does it as far as it can be done. Fails with what keeps it from being begun.
async fn start(options: &Fetch) -> Result<(Work<'_>, Result<(), Failure>), Failure> {
    let wanted = Wanted::parse(&options.selection, options.access.place.mailbox())?;
    let mailboxes = Sought::parse(&options.access.place, &options.mailboxes)?;
    let visit = Visit::prepare(&options.access)?;
    let mut work = Work::prepare(options, visit.target().identity())?;
    let entered = visit.enter().await?;
    let doing = async |session: &mut Session| {
        let found = mailboxes.find(session).await?;
        work.run(session, &wanted, found).await
    };
    let ended = entered.work(doing).await;
    Ok((work, ended))
}

/// What is to be done, and what was done of it.
struct Work<'a> {
    round: Round<'a>,
    doing: Doing<'a>,
}

/// What is done in each mailbox.
enum Doing<'a> {
    Keep(Box<Keeping<'a>>),
    View(Viewing<'a>),
}

impl<'a> Work<'a> {
    /// Finds out what can be found out before anything is sent, and before anybody is asked for a password.
    fn prepare(options: &'a Fetch, account: String) -> Result<Self, Failure> {
        let target = target::target(options)?;
        let doing = match &options.task {
            Task::Keep(keep) => Doing::Keep(Box::new(Keeping::prepare(keep, &target)?)),
            Task::View(view) => Doing::View(Viewing::prepare(view, options.form, &target)?),
        };
        Ok(Self { round: Round::new(options, account, target), doing })
    }

    /// Goes through these mailboxes. When this is cancelled, [`Work::end`] knows what was done.
    async fn run(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        mailboxes: Discovery,
    ) -> Result<(), Failure> {
        let Self { round, doing } = self;
        for left_out in &mailboxes.left_out {
            let failure = left_out.to_failure();
            if let (Doing::Keep(_), Form::Json) = (&*doing, round.options.form) {
                keep::say_left_out(left_out.name(), &failure)?;
            }
            round.tell(&failure);
        }
        if let Doing::Keep(keeping) = doing {
            keeping.announce(&mailboxes.found);
        }
        for found in &mailboxes.found {
            let Err(failure) = doing.mailbox(round, session, wanted, found).await else { continue };
            // Of a disk that is full or a connection that is lost, the next mailbox has no more.
            if round.options.mailboxes == Mailboxes::OfThePlace || !failure.is_about_mailbox() {
                return Err(failure);
            }
            round.tell(&failure);
        }
        Ok(())
    }

    /// Puts into words and an exit code what was done, after the work has ended for whatever reason.
    async fn end(self, ended: Result<(), Failure>) -> (Totals, Result<Exit, Failure>) {
        match self.doing {
            Doing::Keep(keeping) => keeping.end(self.round, ended).await,
            Doing::View(_) => self.round.end(ended),
        }
    }
}

impl Doing<'_> {
    async fn mailbox(
        &mut self,
        round: &mut Round<'_>,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        match self {
            Self::Keep(keeping) => keeping.mailbox(round, session, wanted, found).await,
            Self::View(viewing) => viewing.mailbox(round, session, wanted, found).await,
        }
    }
}
