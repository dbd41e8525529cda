//! `tayori fetch`: messages, or something of them, to a file, a folder or stdout.
//!
//! - this file: the order of things, from the options to the exit code
//! - [`mailboxes`]: which mailboxes are meant
//! - [`selection`]: which messages are meant
//! - [`keep`]: whole messages
//! - [`view`]: what is shown or kept of messages besides the whole, mailbox after mailbox
//! - [`parts`]: how that is done
//! - [`report`]: what was done, in words and as an exit code

mod keep;
mod mailboxes;
mod parts;
mod report;
mod selection;
mod view;

use std::io::IsTerminal as _;
use std::time::Duration;

use tayori_client::{Error, Mailbox, Selected, Session};
use tayori_proto::command::StoreChange;
use tayori_proto::response::ResponseCode;
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Flag, MailboxName, PermanentFlag, UidSet};

use crate::cli::{Fetch, Task};
use crate::connect::{self, Login, Route};
use crate::download::in_commands;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;
use crate::place::Place;
use crate::signal;
use crate::transcript::Transcript;
use keep::Keeping;
use selection::Wanted;

/// How long an interrupted run waits for its LOGOUT to get on its way: long enough for a socket that takes anything,
/// hardly noticed where it takes nothing.
const GOODBYE: Duration = Duration::from_millis(250);

/// Does it. The exit code is that of what was done, the failure that of what kept it from being done.
pub(crate) async fn run(options: Fetch) -> Result<Exit, Failure> {
    // From here on signals are ours: also a password prompt has to give the terminal back as it was.
    let asked_to_end = signal::asked_to_end()?;
    tokio::pin!(asked_to_end);
    let wanted = Wanted::parse(&options.selection)?;
    let mailboxes = mailboxes::Sought::parse(&options.place, &options.mailboxes)?;
    let login = Login::new(&options.place)?;
    let route = Route::new(&options.place, options.endpoint, &options.trust, options.timeout)?;
    let mut work = Work::prepare(&options)?;
    let transcript = Transcript::open(&options.trace)?;
    let opening = async {
        let password = connect::password(&options.place, options.password.clone()).await?;
        let connection = route.connect(transcript).await?;
        connect::log_in(connection, &login, &password).await
    };
    let mut session = match signal::unless(&mut asked_to_end, opening).await {
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
    work.end(ended).await
}

/// What is to be done, and what was done of it.
enum Work<'a> {
    Keep(Box<Keeping<'a>>),
    View(Box<view::Viewing<'a>>),
}

impl<'a> Work<'a> {
    /// Finds out what can be found out before anything is sent, and before anybody is asked for a password.
    fn prepare(options: &'a Fetch) -> Result<Self, Failure> {
        Ok(match &options.task {
            Task::Keep(keep) => Self::Keep(Box::new(Keeping::prepare(options, keep)?)),
            Task::View(view) => Self::View(Box::new(view::Viewing::prepare(options, view)?)),
        })
    }

    async fn run(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        mailboxes: mailboxes::Discovery,
    ) -> Result<(), Failure> {
        match self {
            Self::Keep(keeping) => keeping.run(session, wanted, mailboxes).await,
            Self::View(viewing) => viewing.run(session, wanted, mailboxes).await,
        }
    }

    async fn end(self, ended: Result<(), Failure>) -> Result<Exit, Failure> {
        match self {
            Self::Keep(keeping) => keeping.end(ended).await,
            Self::View(viewing) => viewing.end(ended),
        }
    }
}

/// A message is written as it is. On a terminal, what somebody sent by mail would drive it.
fn check_stdout(target: &Target) -> Result<(), Failure> {
    if *target == Target::Stdout && std::io::stdout().is_terminal() {
        let message =
            "stdout is a terminal, which a message could drive; messages are written there as they are";
        return Err(
            Failure::new(Exit::Usage, message).hint("send it through a pager (-o - | less), or into a file")
        );
    }
    Ok(())
}

fn nothing_there(mailbox: &Mailbox) -> Failure {
    let message = match mailbox.exists() {
        0 => "no such message: the mailbox is empty".to_owned(),
        1 => "no such message: the mailbox has 1 message".to_owned(),
        count => format!("no such message: the mailbox has {count} messages"),
    };
    Failure::new(Exit::NothingMatched, message)
}

/// What is going to happen in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    /// Nothing that changes it: EXAMINE.
    ToRead,
    /// SELECT
    ToChange,
}

async fn open<'a>(
    session: &'a mut Session,
    name: &MailboxName,
    how: Opened,
) -> Result<Selected<'a>, Failure> {
    let opened = match how {
        Opened::ToRead => session.examine(name).await,
        Opened::ToChange => session.select(name).await,
    };
    opened.map_err(|error| {
        let refused = is_about_mailbox(&error);
        let failure = Failure::from(error)
            .while_doing(&format!("cannot open the mailbox {}", escape_str(name.as_str())));
        if refused { failure.exit(Exit::NotFound) } else { failure }
    })
}

/// Whether a refusal says that the mailbox cannot be had, as against a server that cannot do it just now.
fn is_about_mailbox(error: &Error) -> bool {
    match error {
        Error::Refused { status: CompletionStatus::No, code, .. } => !matches!(
            code.as_deref(),
            Some(
                ResponseCode::Unavailable
                    | ResponseCode::InUse
                    | ResponseCode::Limit
                    | ResponseCode::ServerBug
                    | ResponseCode::Corruption
            )
        ),
        _ => false,
    }
}

/// A place that names the validity of its UIDs means those UIDs and no others.
fn check_validity(place: &Place, mailbox: &Mailbox) -> Result<(), Failure> {
    let Some(wanted) = place.uid_validity() else { return Ok(()) };
    let found = mailbox.uid_validity().map(|validity| validity.value());
    if found == Some(wanted.get()) {
        return Ok(());
    }
    let found = found.map_or("none".to_owned(), |found| found.to_string());
    let message = format!("the UIDs of this mailbox are others now: UIDVALIDITY was {wanted} and is {found}");
    Err(Failure::new(Exit::NothingMatched, message).hint("look for the message again, its UID has changed"))
}

/// Sets `\Seen` on these messages, of which the caller has what was asked for, and on nothing else. Says why it could not.
async fn mark_seen(
    selected: &mut Selected<'_>,
    uids: &UidSet,
    ended: &Result<(), Failure>,
) -> Option<Failure> {
    if uids.is_empty() {
        return None;
    }
    let allowed = selected.mailbox().permanent_flags();
    if allowed.is_some_and(|flags| !flags.contains(&PermanentFlag::Flag(Flag::Seen))) {
        return Some(Failure::new(
            Exit::Protocol,
            "the messages are fetched, but the server does not let this mailbox keep the mark that they were read",
        ));
    }
    for uids in in_commands(uids) {
        match selected.store_silent(uids, StoreChange::Add, &[Flag::Seen]).await {
            Ok(()) => {}
            // What ended the fetching explains it.
            Err(Error::Lost(_)) if ended.is_err() => return None,
            Err(error) => {
                return Some(
                    Failure::from(error)
                        .while_doing("the messages are fetched, but could not be marked as read"),
                );
            }
        }
    }
    None
}
