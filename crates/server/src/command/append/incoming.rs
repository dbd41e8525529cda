//! Messages on their way from a client into a store, as they come with `APPEND` and `REPLACE`.

use bytes::Bytes;
use tayori_proto::command::{AppendMessage, MessageForm, NewMessage};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{MailboxName, NameEncoding};
use tayori_proto::wire::{Frame, Then};

use crate::connection::{Asking, Connection, Failure, Gone, Reply};
use crate::limits::APPEND_MESSAGES;
use crate::store::{Append, Store};

/// What has come of a command so far.
pub(in crate::command) struct Incoming {
    pub(in crate::command) messages: Vec<NewMessage>,
    /// The size of the last message and whether the client waits to be asked for it, where it is still to come.
    pub(in crate::command) coming: Option<(u64, Asking)>,
    pub(in crate::command) most: Most,
}

/// How many messages a command may bring.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum Most {
    One,
    /// Up to [`APPEND_MESSAGES`].
    Many,
}

/// Takes all messages of a command, to its end. A connection that ends before leaves nothing, and neither does a
/// refusal.
pub(in crate::command) async fn receive<S: Store>(
    client: &mut Connection<S>,
    mailbox: &MailboxName,
    incoming: Incoming,
) -> Result<Vec<S::Append>, Failure> {
    let Incoming { mut messages, mut coming, most } = incoming;
    let mut taken = Taken { mailbox, most, appends: Vec::new(), refusal: None };
    loop {
        let form = messages.last().map_or(MessageForm::Literal, |message| message.form);
        for message in messages {
            taken.take(client, message).await;
        }
        let Some((size, asking)) = coming else { return taken.settle() };
        client.check_literal(size, asking)?;
        if taken.refusal.is_some() {
            client.skip_literal(size, asking).await?;
            return taken.settle();
        }
        if asking == Asking::Waits {
            client.wire.ask("send the message").await?;
        }
        let (behind, then) = taken.stream(client).await?;
        coming = match then {
            Then::End => None,
            Then::Literal { size, asks } => Some((size, Asking::new(asks))),
        };
        messages = match NewMessage::parse_behind(&behind, form) {
            Ok(more) => more,
            Err(_) => {
                taken.refuse(Reply::bad("expected the end of the command behind the message"));
                Vec::new()
            }
        };
    }
}

/// The messages that have been taken.
struct Taken<'a, A> {
    mailbox: &'a MailboxName,
    most: Most,
    /// All of them are whole, but for the last while it is streamed.
    appends: Vec<(A, MessageForm)>,
    /// A refusal must not leave the rest of the command to be read as commands, so it waits for its end.
    refusal: Option<Reply>,
}

impl<A: Append> Taken<'_, A> {
    /// Begins a message; one that has come already is taken whole.
    async fn take<S: Store<Append = A>>(&mut self, client: &mut Connection<S>, message: NewMessage) {
        if self.refusal.is_some() {
            return;
        }
        match self.begin(client, message).await {
            Ok(()) => {}
            Err(reply) => self.refuse(reply),
        }
    }

    async fn begin<S: Store<Append = A>>(
        &mut self,
        client: &mut Connection<S>,
        message: NewMessage,
    ) -> Result<(), Reply> {
        let NewMessage { flags, date, form, message } = message;
        let Some(store) = client.phase.store() else { return Err(Reply::bad("please log in first")) };
        if form == MessageForm::Utf8 && client.wire.names() != NameEncoding::Utf8 {
            return Err(Reply::bad("UTF8=ACCEPT is not enabled"));
        }
        match self.most {
            Most::One if !self.appends.is_empty() => return Err(Reply::bad("expected one message")),
            Most::Many if self.appends.len() >= APPEND_MESSAGES => return Err(Reply::too_much()),
            Most::Many => client.message_limit().check_more(self.appends.len())?,
            Most::One => {}
        }
        let size = match &message {
            AppendMessage::Inline(octets) => octets.len() as u64,
            AppendMessage::Streamed { size } => *size,
        };
        if size == 0 {
            // Clients say so that they have changed their mind (RFC 3502 section 6.3.11).
            return Err(Reply::no("a message without octets is none"));
        }
        if size > client.server.limits.message_octets {
            return Err(Reply::no("the message is too large").with(ResponseCode::TooBig));
        }
        let begun = store.append(self.mailbox, flags, date, size).await;
        let append = begun.map_err(|error| Reply::from_target(&error))?;
        self.appends.push((append, form));
        match message {
            AppendMessage::Inline(octets) => self.write(octets).await,
            AppendMessage::Streamed { .. } => Ok(()),
        }
    }

    /// Takes octets of the last message.
    async fn write(&mut self, octets: Bytes) -> Result<(), Reply> {
        let Some((append, form)) = self.appends.last_mut() else { return Ok(()) };
        check_octets(*form, &octets)?;
        append.write(octets).await.map_err(|error| Reply::from_target(&error))
    }

    /// Takes the octets of the last message from the connection. Returns what stands behind it, up to the next message
    /// that is streamed or to the end of the command.
    async fn stream<S: Store<Append = A>>(
        &mut self,
        client: &mut Connection<S>,
    ) -> Result<(Bytes, Then), Gone> {
        let silence = client.silence();
        loop {
            match client.wire.next_frame(silence).await? {
                Frame::Chunk { bytes, .. } if self.refusal.is_none() => {
                    if let Err(reply) = self.write(bytes).await {
                        self.refuse(reply);
                    }
                }
                Frame::Chunk { .. } => {}
                Frame::Announced { size, asks } => {
                    client.handle_announcement(size, Asking::new(asks)).await?
                }
                Frame::Piece { bytes, then, .. } => return Ok((bytes, then)),
                Frame::Overlong { .. } => return Err(Gone::Dismissed("the command is too long")),
                // What cannot stand within a command.
                _ => {}
            }
        }
    }

    /// The first reason stays.
    fn refuse(&mut self, reply: Reply) {
        self.refusal.get_or_insert(reply);
        // What was begun gives its room back.
        self.appends.clear();
    }

    fn settle(self) -> Result<Vec<A>, Failure> {
        match self.refusal {
            Some(refusal) => Err(Failure::Refused(refusal)),
            None => Ok(self.appends.into_iter().map(|(append, _)| append).collect()),
        }
    }
}

/// Octets of a message on their way in. Headers are taken as they are, whatever encoding they have: RFC 6855 section 4
/// would have those above ASCII refused unless UTF8=ACCEPT is enabled, but old mail has them in Latin-1 and Shift_JIS
/// too, and has to be kept somewhere.
fn check_octets(form: MessageForm, octets: &[u8]) -> Result<(), Reply> {
    if !octets.contains(&0) {
        return Ok(());
    }
    let code = match form {
        // It could never be fetched (RFC 9051 section 9, `CHAR8`).
        MessageForm::Literal => ResponseCode::Cannot,
        // As RFC 3516 section 4.4 has it for mailboxes without binary content.
        MessageForm::Literal8 | MessageForm::Utf8 => ResponseCode::UnknownCte,
    };
    Err(Reply::no("a message cannot hold NUL").with(code))
}
