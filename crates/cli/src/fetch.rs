//! `tayori fetch`: messages, or something of them, to a file, a folder or stdout.
//!
//! - this file: the order of things, from the options to the exit code, and from mailbox to mailbox
//! - [`target`]: where it goes
//! - [`mailboxes`]: which mailboxes are meant
//! - [`selection`]: which messages are meant
//! - [`round`]: what is the same in each mailbox, whatever is done there
//! - [`keep`]: whole messages
//! - [`view`]: what is shown or kept of messages besides the whole
//! - [`parts`]: how that is done
//! - [`marks`]: flags that are set on the server
//! - [`report`]: what was done, in words and as an exit code
//! - [`count`]: how many there are, in words

mod count;
mod keep;
mod mailboxes;
mod marks;
mod parts;
mod report;
mod round;
mod selection;
mod target;
mod view;

use std::time::Duration;

use tayori_client::Session;

use crate::cli::{Fetch, Form, Mailboxes, Task};
use crate::connect::Entrance;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::signal;
use crate::transcript::Transcript;
use keep::Keeping;
use mailboxes::{Discovery, Found, Sought};
use report::Totals;
use round::Round;
use selection::Wanted;
use view::Viewing;

/// How long an interrupted run waits for its LOGOUT to get on its way: long enough for a socket that takes anything,
/// hardly noticed where it takes nothing.
const GOODBYE: Duration = Duration::from_millis(250);

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
    // From here on signals are ours: also a password prompt has to give the terminal back as it was.
    let asked_to_end = signal::asked_to_end()?;
    tokio::pin!(asked_to_end);
    let wanted = Wanted::parse(&options.selection)?;
    let mailboxes = Sought::parse(&options.access.place, &options.mailboxes)?;
    let entrance = Entrance::new(&options.access)?;
    let mut work = Work::prepare(options)?;
    let transcript = Transcript::open(&options.access.trace)?;
    let mut session = match signal::unless(&mut asked_to_end, entrance.open(transcript)).await {
        Ok(opened) => opened?,
        Err(signal) => return Err(Failure::interrupted(signal, "")),
    };
    let doing = async {
        let found = mailboxes.find(&mut session).await?;
        work.run(&mut session, &wanted, found).await
    };
    // Whatever happened: the server is told that we go. It changes nothing, so its failure does not either.
    let ended = match signal::unless(&mut asked_to_end, doing).await {
        Ok(ended) => {
            let _ = session.leave().await;
            ended
        }
        Err(signal) => {
            // What was asked for may come for a long time, and nobody wants it any more.
            let _ = tokio::time::timeout(GOODBYE, session.leave()).await;
            Err(Failure::interrupted(signal, ""))
        }
    };
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
    fn prepare(options: &'a Fetch) -> Result<Self, Failure> {
        let target = target::target(options)?;
        let doing = match &options.task {
            Task::Keep(keep) => Doing::Keep(Box::new(Keeping::prepare(keep, &target)?)),
            Task::View(view) => Doing::View(Viewing::prepare(view, options.form, &target)?),
        };
        Ok(Self { round: Round::new(options, target), doing })
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
