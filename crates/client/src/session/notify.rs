//! News without asking again (RFC 5465).

use std::collections::VecDeque;
use std::sync::Arc;

use tayori_proto::command::{Command, Notify, NotifySet};
use tayori_proto::response::{Invalid, ListRow, MailboxStatus, Response, ResponseCode, Status};
use tayori_proto::types::Capability;
use tokio::sync::mpsc;

use crate::error::Error;
use crate::link::{Request, Shared};
use crate::selected::idle::MailboxEvent;
use crate::session::Session;

/// News that may wait. A server that has much to tell must not stop the connection for somebody who does not listen.
const WAITING: usize = 256;

/// Something that has happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notification {
    /// In the selected mailbox. The description of the mailbox knows of it already.
    Selected(MailboxEvent),
    /// There is something new in this mailbox: these are its counts now (RFC 5465 section 5).
    Status(MailboxStatus),
    /// A mailbox was made, renamed (`OLDNAME`), deleted (`\NonExistent`), subscribed or not any more (RFC 5465 sections
    /// 5.4 and 5.5).
    Mailbox(ListRow),
    /// A [`Notification::Status`] or a [`Notification::Mailbox`] that cannot be read: look at all mailboxes.
    Unreadable(Invalid),
    /// The server tells no more news, as if nothing had been asked for (`NOTIFICATIONOVERFLOW`, RFC 5465 section 5.8):
    /// look everywhere, and ask again.
    Overflow,
    /// News was not taken in time, and some of what came behind the last was thrown away: look everywhere. What comes
    /// next is told.
    Missed,
}

impl Notification {
    fn from_response(response: Response) -> Option<Self> {
        match response {
            Response::MailboxStatus(status) => Some(Self::Status(status)),
            Response::List(row) => Some(Self::Mailbox(row)),
            Response::Status(Status { code: Some(ResponseCode::NotificationOverflow), .. }) => {
                Some(Self::Overflow)
            }
            Response::Invalid(invalid) if invalid.is_one_of(&["STATUS", "LIST"]) => {
                Some(Self::Unreadable(invalid))
            }
            other => MailboxEvent::from_response(other).map(Self::Selected),
        }
    }
}

/// The task's end: takes what no command has asked for.
pub(crate) struct News {
    /// Has room for [`WAITING`], and a place each for [`Notification::Missed`] and [`Notification::Overflow`].
    sender: mpsc::Sender<Notification>,
    last: Last,
}

/// What was put into the queue last. Behind `Told` there are two places left at least, behind `Missed` one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Told,
    Missed,
    Overflow,
}

impl News {
    /// Both ends of the queue.
    fn channel() -> (Self, mpsc::Receiver<Notification>) {
        let (sender, receiver) = mpsc::channel(WAITING + 2);
        (Self { sender, last: Last::Told }, receiver)
    }

    /// Hands on what this says. Says whether anybody listens.
    pub(crate) fn tell(&mut self, response: Response) -> bool {
        let Some(news) = Notification::from_response(response) else { return true };
        match (news, self.sender.capacity(), self.last) {
            // It is still to be heard.
            (Notification::Overflow, 0..=1, Last::Overflow) => {}
            // The server will not say it again.
            (Notification::Overflow, ..) => self.put(Notification::Overflow, Last::Overflow),
            (news, 3.., _) => self.put(news, Last::Told),
            (_, _, Last::Told) => self.put(Notification::Missed, Last::Missed),
            // Whoever hears the last looks everywhere after this.
            (_, _, Last::Missed | Last::Overflow) => {}
        }
        !self.sender.is_closed()
    }

    fn put(&mut self, news: Notification, last: Last) {
        self.last = last;
        // There is room; that nobody listens any more is seen by whoever asks.
        let _ = self.sender.try_send(news);
    }
}

/// News as it comes, whatever else is asked of the session meanwhile.
///
/// At most some hundred wait here; beyond that they are thrown away, which is told ([`Notification::Missed`]); a
/// [`Notification::Overflow`] never is. Dropping it stops the
/// telling here and not at the server: [`Session::notify_none`] does that.
#[derive(Debug)]
pub struct Notifications {
    /// What the server has told of the present, when it was asked to.
    first: VecDeque<Notification>,
    receiver: mpsc::Receiver<Notification>,
    shared: Arc<Shared>,
}

impl Notifications {
    /// The next thing that happens; `None` once something else was asked for ([`Session::notify`],
    /// [`Session::notify_none`]). Safe to cancel.
    pub async fn next(&mut self) -> Result<Option<Notification>, Error> {
        if let Some(first) = self.first.pop_front() {
            return Ok(Some(first));
        }
        let next = tokio::select! {
            biased;
            next = self.receiver.recv() => next,
            () = self.shared.ended() => self.receiver.try_recv().ok(),
        };
        match next {
            None if self.shared.has_ended() => Err(Error::Lost(self.shared.lost())),
            next => Ok(next),
        }
    }
}

impl Session {
    /// Has the server tell what happens, here and in other mailboxes, until something else is asked for (RFC 5465
    /// section 3.1).
    ///
    /// News comes at any time, within IDLE and without. While a command asks for the same kind of data, it comes with
    /// the answer of that command in place of here: rows with those of a FETCH, what happens in the selected mailbox
    /// with [`crate::Idle`]. The message of a row is there if it is small
    /// ([`tayori_proto::Limits::inline_literal_octets`]); the octets of a larger one are thrown away, and have to be
    /// fetched.
    ///
    /// If the set watches the selected mailbox at once
    /// ([`Watched::Selected`](tayori_proto::command::Watched::Selected)), numbers of messages can change at any moment,
    /// so nothing that names messages by number is sent ([`Error::NumbersFloat`]); with `SelectedDelayed` it is.
    ///
    /// When this future is dropped after the command was sent, the server tells, and nobody listens.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have NOTIFY, nothing is sent then; and with
    /// [`Error::Refused`], with the code `BADEVENT` where it does not know an event. What it tells from before is
    /// handed on to nobody then.
    pub async fn notify(&mut self, set: NotifySet) -> Result<Notifications, Error> {
        self.link.require(&Capability::Notify, "NOTIFY").await?;
        let (news, receiver) = News::channel();
        self.link.request(Request::Watch(Some(news))).await?;
        let (data, _) = self.link.run(Command::Notify(Notify::Set(set))).await?.collect().await?;
        let first = data.into_iter().filter_map(Notification::from_response).collect();
        Ok(Notifications { first, receiver, shared: Arc::clone(&self.link.shared) })
    }

    /// Has the server tell nothing of its own accord but what it told before [`Session::notify`] (RFC 5465 section
    /// 3.1). With `NONE`, that is nothing at all: not even that a message has come into the selected mailbox, but in
    /// the answer to a command.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have NOTIFY; nothing is sent then.
    pub async fn notify_none(&mut self) -> Result<(), Error> {
        self.link.require(&Capability::Notify, "NOTIFY").await?;
        self.link.run(Command::Notify(Notify::None)).await?.collect().await?;
        self.link.request(Request::Watch(None)).await
    }
}
