//! Several commands in one write.
//!
//! What may stand behind what is checked by types: a flight that has logged in can list, one that has selected a
//! mailbox can fetch. Commands that change mail cannot be written into a flight behind a SELECT: they need its answer.

use std::fmt;
use std::marker::PhantomData;

use tayori_proto::command::{Charset, Command, Effect, FetchItems, SearchBy, SearchKey, StatusAttribute};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{ListRow, MailboxStatus, Response};
use tayori_proto::session::Together;
use tayori_proto::types::{
    Capability, ImapString, ListPattern, ListReference, MailboxName, Messages, NonEmpty, Secret, UidSet,
};

use crate::answer::{self, Answer};
use crate::connection::Connection;
use crate::error::Error;
use crate::link::{Asked, Done, Link, Replies, Run};
use crate::login::{LoginError, LoginMethod, Protection};
use crate::selected::Selected;
use crate::selected::fetch::Rows;
use crate::selected::found::found_uids;
use crate::session::Session;

/// Commands that are gathered and will leave in one write; `S` is the state behind the last of them:
/// [`Connection`], [`Session`] or [`InFlightSelected`].
///
/// Nothing is sent before [`Flight::launch`]. A server that is known to lose what follows a login gets the rest behind
/// its answer; one that is not known to, and does, leaves a flight that logs in without answers: then the session ends
/// in silence.
#[derive(Debug)]
#[must_use = "nothing is sent before `launch`"]
pub struct Flight<S> {
    link: Link,
    runs: Vec<Run>,
    /// Those whose success later commands depend on.
    steps: Vec<Replies>,
    /// Whether others can hear what it says.
    protection: Protection,
    state: PhantomData<fn() -> S>,
}

/// Stands for the selected state in the type of a flight.
#[derive(Debug)]
pub enum InFlightSelected {}

/// A flight that has left.
#[derive(Debug)]
#[must_use = "whether the login or the SELECT succeeded is only known after `land`"]
pub struct InFlight<S> {
    link: Link,
    steps: Vec<Replies>,
    state: PhantomData<fn() -> S>,
}

/// A state that a flight can end in.
pub trait Landing: private::Sealed {}
impl Landing for Session {}
impl Landing for InFlightSelected {}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Session {}
    impl Sealed for super::InFlightSelected {}
}

impl Flight<Connection> {
    pub(crate) fn from_connection(link: Link, protection: Protection) -> Self {
        Self { link, runs: Vec::new(), steps: Vec::new(), protection, state: PhantomData }
    }

    /// `LOGIN` (RFC 9051 section 6.2.3), for whoever knows that the server takes it. What [`Connection::log_in`] weighs
    /// is not weighed here; only what [`Flight::launch`] says.
    pub fn login(mut self, user: &ImapString, password: &Secret) -> Flight<Session> {
        self.step(Command::Login { user: user.clone(), password: password.clone() });
        self.becomes()
    }
}

impl Flight<Session> {
    pub(crate) fn from_session(link: Link) -> Self {
        // Somebody is logged in: there is no secret left to be said.
        let protection = Protection::Trusted;
        Self { link, runs: Vec::new(), steps: Vec::new(), protection, state: PhantomData }
    }

    /// `SELECT` (RFC 9051 section 6.3.2).
    pub fn select(mut self, mailbox: &MailboxName) -> Flight<InFlightSelected> {
        self.step(Command::select(mailbox.clone()));
        self.becomes()
    }

    /// `EXAMINE` (RFC 9051 section 6.3.3), or `SELECT` where that does harm, as in [`Session::examine`].
    pub fn examine(mut self, mailbox: &MailboxName) -> Flight<InFlightSelected> {
        if self.link.shared.has(Behaviour::NoExamine) {
            return self.select(mailbox);
        }
        self.step(Command::examine(mailbox.clone()));
        self.becomes()
    }
}

impl<S: Landing> Flight<S> {
    /// `LIST` (RFC 9051 section 6.3.9).
    pub fn list(&mut self, reference: &ListReference, pattern: &ListPattern) -> Answer<Vec<ListRow>> {
        let command = Command::List { reference: reference.clone(), pattern: pattern.clone() };
        self.answer(command, |_, data, _| Ok(answer::list_rows(data)))
    }

    /// `STATUS` (RFC 9051 section 6.3.11); not of the mailbox that the flight selects.
    pub fn status(
        &mut self,
        mailbox: &MailboxName,
        items: NonEmpty<StatusAttribute>,
    ) -> Answer<MailboxStatus> {
        self.answer(Command::Status { mailbox: mailbox.clone(), items }, answer::status)
    }

    /// `NOOP` (RFC 9051 section 6.1.2).
    pub fn noop(&mut self) -> Answer<()> {
        self.answer(Command::Noop, answer::nothing)
    }

    /// Sends everything in one write, as far as the limits on commands in flight and literals allow.
    ///
    /// Behind a login, the rest waits for it on a server that would lose it ([`Behaviour::NoFlightBehindLogin`]).
    ///
    /// Fails with [`LoginError::NotOffered`] if the server has said `LOGINDISABLED`, and with [`LoginError::ClearText`]
    /// where a login would show the password to everybody on the way; nothing is sent then.
    pub async fn launch(mut self) -> Result<InFlight<S>, Error> {
        // LOGIN is the only way to log in that a flight has.
        if self.steps.iter().any(|step| step.asked.effect == Effect::LogsIn) {
            check_login(&self.link, self.protection)?;
            if self.link.shared.has(Behaviour::NoFlightBehindLogin) {
                for run in &mut self.runs {
                    run.together = Together::Careful;
                }
            }
        }
        self.link.launch(self.runs).await?;
        Ok(InFlight { link: self.link, steps: self.steps, state: PhantomData })
    }
}

impl Flight<InFlightSelected> {
    /// `FETCH` or `UID FETCH` in the mailbox that the flight selects (RFC 9051 section 6.4.5).
    pub fn fetch(&mut self, messages: impl Into<Messages>, items: FetchItems) -> Rows<'static> {
        let (run, replies) =
            self.link.prepare(Command::Fetch { messages: messages.into().into(), items }, Together::Flight);
        self.runs.push(run);
        Rows::new(replies)
    }

    /// `UID SEARCH` in the mailbox that the flight selects (RFC 9051 section 6.4.4); strings as in
    /// [`crate::Selected::uid_search`].
    pub fn uid_search(&mut self, key: SearchKey) -> Answer<UidSet> {
        let command = Command::Search { returns: None, key, charset: Charset::Utf8, by: SearchBy::Uids };
        self.answer(command, |name, data, _| found_uids(name, &data))
    }
}

impl<S> Flight<S> {
    fn step(&mut self, command: Command) {
        let (run, replies) = self.link.prepare(command, Together::Flight);
        self.runs.push(run);
        self.steps.push(replies);
    }

    fn answer<T>(
        &mut self,
        command: Command,
        decode: fn(&str, Vec<Response>, Done) -> Result<T, Error>,
    ) -> Answer<T> {
        let (run, replies) = self.link.prepare(command, Together::Flight);
        self.runs.push(run);
        Answer::new(replies, decode)
    }

    fn becomes<T>(self) -> Flight<T> {
        let Self { link, runs, steps, protection, .. } = self;
        Flight { link, runs, steps, protection, state: PhantomData }
    }
}

/// A client must not send LOGIN to a server that has disabled it (RFC 9051 section 6.2.3): the password would have been
/// shown for nothing.
fn check_login(link: &Link, protection: Protection) -> Result<(), LoginError> {
    let method = LoginMethod::Command;
    match link.capabilities() {
        Some(heard) if heard.has(&Capability::LoginDisabled) => Err(LoginError::not_offered(method, &heard)),
        _ if protection == Protection::None => Err(LoginError::ClearText { method }),
        _ => Ok(()),
    }
}

impl InFlight<Session> {
    /// Waits until the login, if there was one, has succeeded.
    pub async fn land(self) -> Result<Session, Error> {
        for step in self.steps {
            step.collect().await?;
        }
        Ok(Session::new(self.link))
    }
}

impl InFlight<InFlightSelected> {
    /// Waits until the login, if there was one, and the SELECT have succeeded. The session comes back with the mailbox
    /// as its server described it; [`Session::select`] is not needed to fetch in it.
    ///
    /// If only the SELECT was refused, the session comes back with the error.
    pub async fn land(self) -> Result<(Session, crate::Mailbox), NotOpened> {
        let mut opened = Err(Error::Incomplete { command: "SELECT".to_owned(), missing: "a mailbox" });
        for step in self.steps {
            let Asked { name, effect } = step.asked.clone();
            let outcome = step.collect().await;
            if effect == Effect::Opens {
                opened = outcome.and_then(|(_, done)| answer::opened(&name, done));
            } else {
                outcome?;
            }
        }
        match opened {
            Ok(mailbox) => Ok((Session::new(self.link), mailbox)),
            Err(error @ Error::Lost(_)) => Err(error.into()),
            Err(error) => Err(NotOpened { error, session: Some(Session::new(self.link)) }),
        }
    }
}

/// A flight that did not end in a mailbox. If the server only refused the mailbox, the session can be used for another.
#[derive(Debug)]
pub struct NotOpened {
    /// Why.
    pub error: Error,
    /// The session, if somebody is logged in and the connection is still there.
    pub session: Option<Session>,
}

impl From<Error> for NotOpened {
    fn from(error: Error) -> Self {
        Self { error, session: None }
    }
}

impl From<NotOpened> for Error {
    fn from(failed: NotOpened) -> Self {
        failed.error
    }
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for NotOpened {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl Session {
    /// Goes on in the mailbox that a flight has opened.
    pub fn resume(&mut self, mailbox: crate::Mailbox) -> Selected<'_> {
        Selected::new(self, mailbox)
    }
}
