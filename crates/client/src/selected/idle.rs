//! Watching a mailbox with IDLE.

use std::collections::VecDeque;
use std::time::Duration;

use tayori_proto::command::Command;
use tayori_proto::response::{Invalid, Response};
use tayori_proto::session::CommandId;
use tayori_proto::types::{SeqNum, UidSet};
use tokio::time::Instant;

use crate::Mailbox;
use crate::error::Error;
use crate::link::{Link, Replies, Reply, Request};
use crate::selected::fetch::Row;

/// Events that are kept until the server idles or refuses to: some servers tell their news first. As many more as may
/// wait for the handle anyway.
const EARLY: usize = 8;

/// A mailbox that is watched: the server tells what happens in it as it happens (RFC 9051 section 6.3.13, RFC 2177).
///
/// It borrows the mailbox, so nothing else can be asked while the server idles; a command needs [`Idle::done`] or a
/// drop first. While the server idles it may be silent for as long as it likes. After [`crate::Timeouts::idle`] the
/// IDLE is ended and asked for again, within [`Idle::next`]: whoever does not wait there for half an hour may be logged
/// out.
///
/// A handle whose events are not taken stops the reading of the socket, once some few wait.
///
/// Dropping it ends the IDLE; the connection is usable, and what the server still tells is applied to the mailbox.
#[derive(Debug)]
pub struct Idle<'a> {
    link: &'a Link,
    /// Where the description of the mailbox belongs when an IDLE has ended.
    mailbox: &'a mut Mailbox,
    replies: Replies,
    phase: Phase,
    wanted: Wanted,
    /// What came before the server idled for the first time; at most [`EARLY`].
    early: VecDeque<MailboxEvent>,
}

/// How far the present IDLE has come.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// It is sent, or about to be.
    Asked,
    /// The server idles. It is asked again at this time.
    Idling { command: CommandId, until: Instant },
    /// DONE is on its way.
    Ending,
    /// It has ended, and is to be asked for again.
    Between,
    /// It has ended for good.
    Ended,
}

/// Whether the caller still wants to watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Yes,
    No,
}

/// What happens in a mailbox that is watched.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MailboxEvent {
    /// `EXISTS`: there are so many messages now; more than before means new ones (RFC 9051 section 7.4.1).
    Exists(u32),
    /// `RECENT`: so many of them have `\Recent` (RFC 3501 section 7.3.2).
    Recent(u32),
    /// `EXPUNGE`: this message is gone, and those behind it move up (RFC 9051 section 7.5.1).
    Expunge(SeqNum),
    /// `VANISHED`: these messages are gone, in place of `EXPUNGE` where QRESYNC or UIDONLY is enabled (RFC 7162 section
    /// 3.2.10). UIDs that never were may be among them.
    Vanished(UidSet),
    /// `FETCH`: something of a message has changed, mostly its flags (RFC 9051 section 7.5.2). The UID is there if an
    /// earlier row has told it.
    Fetch(Row),
    /// One of these, which cannot be read: look at all messages. Where some are gone and nobody knows which, numbers
    /// mean nothing any more ([`Mailbox::is_in_doubt`]).
    Unreadable(Invalid),
}

impl MailboxEvent {
    pub(crate) fn from_response(response: Response) -> Option<Self> {
        match response {
            Response::Exists(count) => Some(Self::Exists(count)),
            Response::Recent(count) => Some(Self::Recent(count)),
            Response::Expunge(number) => Some(Self::Expunge(number)),
            Response::Vanished(vanished) => Some(Self::Vanished(vanished.uids().clone())),
            Response::Fetch(row) => Some(Self::Fetch(row)),
            Response::Invalid(invalid) if is_of_mailbox(&invalid) => Some(Self::Unreadable(invalid)),
            _ => None,
        }
    }
}

/// Whether this would have told what happens in the mailbox that is open.
pub(crate) fn is_of_mailbox(invalid: &Invalid) -> bool {
    invalid.is_one_of(&["EXISTS", "RECENT", "EXPUNGE", "VANISHED", "FETCH", "UIDFETCH"])
}

impl<'a> Idle<'a> {
    /// Asks for an IDLE, and waits until the server idles; if it has much to tell first, until it has begun to.
    pub(crate) async fn begin(link: &'a Link, mailbox: &'a mut Mailbox) -> Result<Self, Error> {
        let replies = link.run(Command::Idle).await?;
        let (phase, wanted) = (Phase::Asked, Wanted::Yes);
        let mut idle = Self { link, mailbox, replies, phase, wanted, early: VecDeque::new() };
        while matches!(idle.phase, Phase::Asked) && idle.early.len() < EARLY {
            let event = idle.step().await?;
            idle.early.extend(event);
        }
        Ok(idle)
    }

    /// The next thing that happens, or `None` when the watching has ended: after [`Idle::stop`], or because the server
    /// did not want to idle any longer.
    ///
    /// It can be cancelled without losing anything. An IDLE that is refused when it is asked for again is an error, and
    /// so is the end of the connection.
    pub async fn next(&mut self) -> Result<Option<MailboxEvent>, Error> {
        if let Some(event) = self.early.pop_front() {
            return Ok(Some(event));
        }
        loop {
            if let Some(event) = self.step().await? {
                return Ok(Some(event));
            }
            if matches!(self.phase, Phase::Ended) {
                return Ok(None);
            }
        }
    }

    /// Asks for the end of the watching: [`Idle::next`], which sees to it, gives what the server has to tell until
    /// then, and then `None`.
    pub fn stop(&mut self) {
        self.wanted = Wanted::No;
    }

    /// Ends the watching and waits for its end. What the server still tells is applied to the mailbox, and not shown.
    pub async fn done(mut self) -> Result<(), Error> {
        self.stop();
        while self.next().await?.is_some() {}
        Ok(())
    }

    /// Deals with one thing that happens.
    ///
    /// It can be cancelled: what was done and what is known of it change together.
    async fn step(&mut self) -> Result<Option<MailboxEvent>, Error> {
        let reply = match self.phase {
            Phase::Ended => return Ok(None),
            Phase::Between if self.wanted == Wanted::No => {
                self.phase = Phase::Ended;
                return Ok(None);
            }
            Phase::Between => {
                self.replies = self.link.run(Command::Idle).await?;
                self.phase = Phase::Asked;
                return Ok(None);
            }
            Phase::Idling { command, .. } if self.wanted == Wanted::No => {
                return self.end(command).await.map(|()| None);
            }
            Phase::Idling { command, until } => {
                tokio::select! {
                    biased;
                    // Before the news: where some always wait, the time would never come.
                    () = tokio::time::sleep_until(until) => return self.end(command).await.map(|()| None),
                    reply = self.replies.next() => reply,
                }
            }
            Phase::Asked | Phase::Ending => self.replies.next().await,
        };
        match reply.inspect_err(|_| self.phase = Phase::Ended)? {
            Reply::Idling(command) => {
                let until = Instant::now() + self.renewal();
                self.phase = Phase::Idling { command, until };
                Ok(None)
            }
            Reply::Data(response) => Ok(MailboxEvent::from_response(*response)),
            Reply::Done(mut done) => {
                if let Some(mailbox) = done.mailbox.take() {
                    *self.mailbox = mailbox;
                }
                let before = std::mem::replace(&mut self.phase, Phase::Ended);
                self.replies.check(*done)?;
                match before {
                    Phase::Asked => {
                        let command = self.replies.asked.name.clone();
                        Err(Error::Incomplete { command, missing: "idling" })
                    }
                    Phase::Ending if self.wanted == Wanted::Yes => {
                        self.phase = Phase::Between;
                        Ok(None)
                    }
                    _ => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// How long one IDLE may last: as long as was set, unless the server is known to break the connection before.
    fn renewal(&self) -> Duration {
        let shared = &self.link.shared;
        shared.timeouts.idle.min(shared.profile().idle_renewal())
    }

    async fn end(&mut self, command: CommandId) -> Result<(), Error> {
        self.link.request(Request::EndIdle { command }).await?;
        self.phase = Phase::Ending;
        Ok(())
    }
}
