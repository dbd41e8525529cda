use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::event::CommandId;
use super::observer::{Observer, Shown, pieces};
use super::selected::Access;
use crate::command::{
    Answers, Command, Effect, EncodeOptions, encode_idle_done, encode_sasl_cancel, encode_sasl_response,
};
use crate::response::{Tagged, TaggedStatus};
use crate::types::{MailboxName, MetadataOwner, SaslMessage, Tag, TagPrefix};
use crate::wire::{Encoded, MarkKind};

/// The commands of a session in their order: waiting, on their way, sent and not yet answered.
///
/// One command is on its way at a time. The rules for what may leave while others are unanswered are those of
/// RFC 9051 section 5.5, in [`Pipeline::may_leave`].
#[derive(Debug)]
pub(super) struct Pipeline {
    tags: TagPrefix,
    next: u64,
    /// In order; those with a `flight` come first.
    slots: VecDeque<Slot>,
    sending: Option<Sending>,
    /// The AUTHENTICATE whose challenge the caller has not answered yet.
    challenge: Option<CommandId>,
    out: BytesMut,
    /// Octets that ever were put into `out`.
    queued: u64,
    /// Octets that the caller has written; `written <= queued`.
    written: u64,
    limit: usize,
}

/// One command.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: CommandId,
    pub(super) tag: Tag,
    pub(super) command: Command,
    together: Together,
    progress: Progress,
    /// Whether the server may refuse it before its end: only a command with a literal can be.
    has_literal: bool,
    /// How far an IDLE has come.
    idle: Idle,
    /// Whether something that the server said since it was sent has been passed over.
    doubted: bool,
    /// A refusal that came while the literal was still being sent; it counts when the command is complete.
    ahead: Option<Tagged>,
}

impl Slot {
    pub(super) fn in_doubt(&self) -> bool {
        self.doubted
    }
}

/// What a command may be sent behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// It waits until everything in front of it, on whose success it depends, has been answered.
    Careful,
    /// It leaves in one flight with the command in front of it, although it depends on that one's success. Commands
    /// that change mail wait all the same.
    Flight,
}

/// Whether the sequence numbers of the selected mailbox mean what they did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Known,
    InDoubt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Waiting,
    OnItsWay,
    /// Its last octet has this number in the stream.
    Sent {
        end: u64,
    },
}

/// How far an IDLE has come (RFC 9051 section 6.3.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Idle {
    /// The server has not taken it up yet.
    Asked,
    /// The same, and it is to end as soon as that has happened.
    Unwanted,
    /// The server idles.
    Idling,
    /// DONE was sent.
    Ending,
}

/// The command that is on its way.
#[derive(Debug)]
struct Sending {
    id: CommandId,
    encoded: Encoded,
    /// Octets of `encoded` that are in `out` or beyond.
    at: usize,
    /// Index of the next mark.
    mark: usize,
    pause: Pause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    No,
    /// For a continuation request; the announcement ends with this octet of the stream.
    Continuation {
        announced: u64,
    },
    /// For so many octets from the caller.
    Streamed {
        left: u64,
    },
}

/// What a tagged line means for the command it names.
pub(super) enum Answered {
    /// The command has ended. If a literal of it was due, what was not sent of it is dropped.
    Complete(Box<Slot>, Tagged),
    /// The command is refused, and ends when all of it has been sent.
    Ahead,
    /// The line cannot answer the command: that is not yet sent.
    Early(Tag),
    /// No such command.
    Foreign(Tagged),
}

impl Pipeline {
    pub(super) fn new(tags: TagPrefix, limit: usize) -> Self {
        Self {
            tags,
            next: 1,
            slots: VecDeque::new(),
            sending: None,
            challenge: None,
            out: BytesMut::new(),
            queued: 0,
            written: 0,
            limit,
        }
    }

    pub(super) fn limit_in_flight(&mut self, most: usize) {
        self.limit = self.limit.min(most.max(1));
    }

    pub(super) fn push(&mut self, command: Command, together: Together) -> CommandId {
        let id = CommandId(self.next);
        let tag = self.tags.tag(self.next);
        self.next += 1;
        self.slots.push_back(Slot {
            id,
            tag,
            command,
            together,
            progress: Progress::Waiting,
            has_literal: false,
            idle: Idle::Asked,
            doubted: false,
            ahead: None,
        });
        id
    }

    /// Puts into the output what may leave. Gives the streamed literal that the caller has to bring now, and the
    /// command that cannot be sent in the present state, or with the numbers it was taken with.
    pub(super) fn pump(
        &mut self,
        options: &EncodeOptions,
        numbers: Numbers,
        allowed: impl Fn(&Command) -> bool,
        observer: &mut Option<Box<dyn Observer>>,
    ) -> Vec<Pumped> {
        let mut pumped = Vec::new();
        loop {
            let Some(sending) = &mut self.sending else {
                let Some(index) = self.slots.iter().position(|slot| slot.progress == Progress::Waiting)
                else {
                    break;
                };
                if !self.may_leave(index) {
                    break;
                }
                let behind_flight = index > 0 && self.slots[index].together == Together::Flight;
                let is_allowed = behind_flight || allowed(&self.slots[index].command);
                if !is_allowed || (numbers == Numbers::InDoubt && self.uses_old_numbers(index)) {
                    if let Some(slot) = self.slots.remove(index) {
                        pumped.push(Pumped::NotAllowed(slot.id));
                    }
                    continue;
                }
                let slot = &mut self.slots[index];
                let encoded = slot.command.encode(&slot.tag, options);
                slot.progress = Progress::OnItsWay;
                slot.has_literal = !encoded.marks.is_empty() || !encoded.literals.is_empty();
                self.sending = Some(Sending { id: slot.id, encoded, at: 0, mark: 0, pause: Pause::No });
                continue;
            };
            if sending.pause != Pause::No {
                break;
            }
            let mark = sending.encoded.marks.get(sending.mark).copied();
            let until = mark.map_or(sending.encoded.bytes.len(), |mark| mark.offset);
            let octets = &sending.encoded.bytes[sending.at..until];
            if let Some(observer) = observer.as_deref_mut()
                && !octets.is_empty()
            {
                let shift = |ranges: &[std::ops::Range<usize>]| -> Vec<std::ops::Range<usize>> {
                    let inside = ranges.iter().filter(|range| range.end > sending.at && range.start < until);
                    inside
                        .map(|range| {
                            range.start.saturating_sub(sending.at)..range.end.min(until) - sending.at
                        })
                        .collect()
                };
                observer.sent(&pieces(
                    octets,
                    &shift(&sending.encoded.literals),
                    &shift(&sending.encoded.secrets),
                ));
            }
            self.queued += octets.len() as u64;
            self.out.extend_from_slice(octets);
            sending.at = until;
            match mark {
                Some(mark) => {
                    sending.mark += 1;
                    sending.pause = match mark.kind {
                        MarkKind::Continuation => Pause::Continuation { announced: self.queued },
                        MarkKind::Streamed(0) => Pause::No,
                        MarkKind::Streamed(left) => {
                            pumped.push(Pumped::LiteralWanted(sending.id, left));
                            Pause::Streamed { left }
                        }
                    };
                }
                None => {
                    let id = sending.id;
                    self.sending = None;
                    if let Some(slot) = self.slots.iter_mut().find(|slot| slot.id == id) {
                        slot.progress = Progress::Sent { end: self.queued };
                    }
                }
            }
        }
        pumped
    }

    /// Whether the command at this index names messages by the numbers of the mailbox that is selected now: behind a
    /// SELECT they are those of the mailbox that it opens.
    fn uses_old_numbers(&self, index: usize) -> bool {
        let opens = |slot: &Slot| matches!(slot.command, Command::Select { .. } | Command::Examine { .. });
        self.slots[index].command.uses_numbers() && !self.slots.iter().take(index).any(opens)
    }

    /// Whether the waiting command at this index may leave now.
    fn may_leave(&self, index: usize) -> bool {
        let slot = &self.slots[index];
        if index >= self.limit {
            return false;
        }
        self.slots.iter().take(index).all(|before| {
            if ambiguous(&before.command, &slot.command) {
                return false;
            }
            slot.command.may_follow(&before.command)
                || (slot.together == Together::Flight && may_fly(slot, before))
        })
    }

    /// A continuation request has come: it releases the literal that waits for it, and nothing else.
    pub(super) fn release_literal(&mut self) -> bool {
        let Some(sending) = &mut self.sending else {
            return false;
        };
        match sending.pause {
            Pause::Continuation { announced } if announced <= self.written => {
                sending.pause = Pause::No;
                true
            }
            _ => false,
        }
    }

    /// The AUTHENTICATE command that a continuation request without a waiting literal belongs to. It waits for its
    /// caller from here on.
    pub(super) fn challenge(&mut self) -> Option<CommandId> {
        self.challenge = self.find(|command| matches!(command, Command::Authenticate { .. }));
        self.challenge
    }

    /// A continuation request has come that no literal and no challenge explain: it begins the IDLE that waits for one.
    pub(super) fn begin_idle(&mut self, observer: &mut Option<Box<dyn Observer>>) -> Option<CommandId> {
        let id = self.find(|command| matches!(command, Command::Idle))?;
        let slot = self.slots.iter_mut().find(|slot| slot.id == id)?;
        match slot.idle {
            Idle::Asked => slot.idle = Idle::Idling,
            Idle::Unwanted => {
                slot.idle = Idle::Ending;
                self.send_done(observer);
            }
            Idle::Idling | Idle::Ending => return None,
        }
        Some(id)
    }

    /// Ends an IDLE: now, or when it has begun, since a server that refuses it would take DONE for a command.
    pub(super) fn end_idle(&mut self, id: CommandId, observer: &mut Option<Box<dyn Observer>>) -> bool {
        let idles = |slot: &&mut Slot| slot.id == id && matches!(slot.command, Command::Idle);
        let Some(slot) = self.slots.iter_mut().find(idles) else {
            return false;
        };
        match slot.idle {
            Idle::Asked => slot.idle = Idle::Unwanted,
            Idle::Idling => {
                slot.idle = Idle::Ending;
                self.send_done(observer);
            }
            Idle::Unwanted | Idle::Ending => {}
        }
        true
    }

    /// DONE is no part of its command: the server may end that by itself before DONE has left.
    fn send_done(&mut self, observer: &mut Option<Box<dyn Observer>>) {
        let encoded = encode_idle_done();
        if let Some(observer) = observer.as_deref_mut() {
            observer.sent(&pieces(&encoded.bytes, &[], &[]));
        }
        self.queued += encoded.bytes.len() as u64;
        self.out.extend_from_slice(&encoded.bytes);
    }

    /// Sends the client's answer to a challenge; it becomes part of the command.
    pub(super) fn respond(
        &mut self,
        id: CommandId,
        answer: Option<&SaslMessage>,
        observer: &mut Option<Box<dyn Observer>>,
    ) -> bool {
        if self.challenge != Some(id) {
            return false;
        }
        self.challenge = None;
        let encoded = match answer {
            Some(answer) => encode_sasl_response(answer),
            None => encode_sasl_cancel(),
        };
        if let Some(observer) = observer.as_deref_mut() {
            observer.sent(&pieces(&encoded.bytes, &[], &encoded.secrets));
        }
        self.queued += encoded.bytes.len() as u64;
        self.out.extend_from_slice(&encoded.bytes);
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.id == id) {
            slot.progress = Progress::Sent { end: self.queued };
        }
        true
    }

    /// Takes octets of a streamed literal. Gives back how many are still wanted, or `None` if none were.
    pub(super) fn provide(
        &mut self,
        id: CommandId,
        octets: &Bytes,
        observer: &mut Option<Box<dyn Observer>>,
    ) -> Option<u64> {
        let sending = self.sending.as_mut().filter(|sending| sending.id == id)?;
        let Pause::Streamed { left } = sending.pause else {
            return None;
        };
        let left_after = left.checked_sub(octets.len() as u64)?;
        self.queued += octets.len() as u64;
        self.out.extend_from_slice(octets);
        sending.pause = if left_after == 0 { Pause::No } else { Pause::Streamed { left: left_after } };
        if left_after == 0
            && let Some(observer) = observer.as_deref_mut()
        {
            let size = match sending.encoded.marks.get(sending.mark.wrapping_sub(1)).map(|mark| mark.kind) {
                Some(MarkKind::Streamed(size)) => size,
                _ => 0,
            };
            observer.sent(&[Shown::Literal { size, octets: &[] }]);
        }
        Some(left_after)
    }

    /// What a tagged line with this tag means; the command it ends is taken out.
    pub(super) fn answer(&mut self, tagged: Tagged) -> Answered {
        let Some(index) = self.slots.iter().position(|slot| slot.tag == tagged.tag) else {
            return Answered::Foreign(tagged);
        };
        let refuses = matches!(tagged.status, TaggedStatus::No | TaggedStatus::Bad);
        let complete = self.is_sent(&self.slots[index]);
        let id = self.slots[index].id;
        let literal_due = self.literal_due(id);
        let slot = &mut self.slots[index];
        let may_refuse = slot.has_literal && refuses && slot.progress != Progress::Waiting;
        if !complete && !may_refuse {
            return Answered::Early(tagged.tag);
        }
        if !complete && !literal_due {
            // The rest of the literal is owed to the server all the same, or the two would be out of step.
            slot.ahead = Some(tagged);
            return Answered::Ahead;
        }
        if !complete {
            self.sending = None;
        }
        match self.slots.remove(index) {
            Some(slot) => {
                if self.challenge == Some(slot.id) {
                    self.challenge = None;
                }
                Answered::Complete(Box::new(slot), tagged)
            }
            None => Answered::Foreign(tagged),
        }
    }

    /// A command that was refused while it was being sent, and now is complete or has come to a literal that the server
    /// will not take any more.
    pub(super) fn take_ahead(&mut self) -> Option<(Slot, Tagged)> {
        let over = |slot: &Slot| slot.ahead.is_some() && (self.is_sent(slot) || self.literal_due(slot.id));
        let index = self.slots.iter().position(over)?;
        let mut slot = self.slots.remove(index)?;
        self.sending.take_if(|sending| sending.id == slot.id);
        let tagged = slot.ahead.take()?;
        Some((slot, tagged))
    }

    /// The command that waits for its answer, if there is just one.
    pub(super) fn take_only(&mut self) -> Option<Slot> {
        let on_its_way = self.slots.iter().any(|slot| slot.progress == Progress::OnItsWay);
        if self.sent_tags().count() != 1 || on_its_way {
            return None;
        }
        let index = self.slots.iter().position(|slot| self.is_sent(slot))?;
        self.challenge = None;
        self.slots.remove(index)
    }

    /// Whether this command waits for the server to take a literal that has been announced.
    fn literal_due(&self, id: CommandId) -> bool {
        let sending = self.sending.as_ref().filter(|sending| sending.id == id);
        match sending.map(|sending| sending.pause) {
            Some(Pause::Continuation { announced }) => announced <= self.written,
            Some(Pause::Streamed { .. } | Pause::No) | None => false,
        }
    }

    /// Everything that has been sent so far may miss some of its data. Says whether the end of any of it is due by
    /// itself.
    pub(super) fn doubt(&mut self) -> bool {
        let written = self.written;
        let mut due = false;
        for slot in &mut self.slots {
            if matches!(slot.progress, Progress::Sent { end } if end <= written) {
                slot.doubted = true;
                due |= !matches!(slot.command, Command::Idle) || slot.idle == Idle::Ending;
            }
        }
        due
    }

    /// The tags of the commands that were sent and have not ended.
    pub(super) fn sent_tags(&self) -> impl Iterator<Item = &Tag> {
        self.slots.iter().filter(|slot| self.is_sent(slot)).map(|slot| &slot.tag)
    }

    /// The command with this tag, if it was sent.
    pub(super) fn by_tag(&self, tag: &[u8]) -> Option<CommandId> {
        let slot = self.slots.iter().find(|slot| slot.tag.as_bytes() == tag)?;
        self.is_sent(slot).then_some(slot.id)
    }

    /// The command that waits for its answer, if there is just one.
    pub(super) fn only_sent(&self) -> Option<CommandId> {
        let mut sent = self.slots.iter().filter(|slot| self.is_sent(slot));
        sent.next().filter(|_| sent.next().is_none()).map(|slot| slot.id)
    }

    pub(super) fn has_sent(&self, tag: &Tag) -> bool {
        self.sent_tags().any(|sent| sent == tag)
    }

    pub(super) fn knows(&self, tag: &Tag) -> bool {
        self.slots.iter().any(|slot| slot.tag == *tag)
    }

    /// The SELECT or EXAMINE that is on its way, if what the server says of a mailbox is about this one.
    ///
    /// While another mailbox is open, that is so once everything in front has been answered: until then, news can still
    /// be of the other.
    pub(super) fn opening(&self, another_is_open: bool) -> Option<(CommandId, &MailboxName, Access)> {
        let decides =
            |slot: &&Slot| another_is_open || slot.command.is_barrier() || slot.command.changes_mailbox();
        let slot = self.slots.iter().find(decides).filter(|slot| slot.progress != Progress::Waiting)?;
        match &slot.command {
            Command::Select { mailbox: name, .. } => Some((slot.id, name, Access::ReadWrite)),
            Command::Examine { mailbox: name, .. } => Some((slot.id, name, Access::ReadOnly)),
            _ => None,
        }
    }

    /// The LOGIN or AUTHENTICATE that is on its way and has nothing unanswered in front of it: what the server lists
    /// from now on is not an answer to a command from before the login.
    pub(super) fn login_in_turn(&self) -> Option<CommandId> {
        let slot = self.slots.front().filter(|slot| slot.progress != Progress::Waiting)?;
        let logs_in = matches!(slot.command, Command::Login { .. } | Command::Authenticate { .. });
        logs_in.then_some(slot.id)
    }

    fn is_sent(&self, slot: &Slot) -> bool {
        matches!(slot.progress, Progress::Sent { end } if end <= self.written)
    }

    /// The sent command that asked for data of this kind. [`Pipeline::may_leave`] sees to it that there is one at most,
    /// or that it does not matter (FETCH). An IDLE is the last that was sent, and gets what nobody in front asked for.
    pub(super) fn asked_for(&self, data: Data<'_>) -> Option<CommandId> {
        let slot = self.slots.iter().filter(|slot| self.is_sent(slot)).find(|slot| {
            match (data, slot.command.answers()) {
                (Data::Status(name), Answers::Status(asked))
                | (Data::Acl(name), Answers::Acl(asked))
                | (Data::ListRights(name), Answers::ListRights(asked))
                | (Data::MyRights(name), Answers::MyRights(asked)) => *name == asked,
                (Data::Metadata(owner), Answers::Metadata(asked)) => *owner == asked,
                (Data::Capability, Answers::Capability)
                // Some servers answer XLIST with LIST (cyon.ch).
                | (Data::List, Answers::List | Answers::ListStatus | Answers::Xlist)
                | (Data::Status(_), Answers::ListStatus)
                | (Data::Xlist, Answers::Xlist)
                | (Data::Sort, Answers::Sort)
                | (Data::Thread, Answers::Thread)
                | (Data::Quota, Answers::Quota)
                | (Data::Lsub, Answers::Lsub)
                | (Data::Id, Answers::Id)
                | (Data::Enabled, Answers::Enabled)
                | (Data::Namespace, Answers::Namespace)
                | (Data::Search, Answers::Search)
                | (Data::Fetch, Answers::Fetch)
                | (Data::Mailbox, Answers::Mailbox)
                | (Data::Expunge, Answers::Expunge | Answers::Moved | Answers::Replaced)
                | (Data::CopyUid, Answers::Moved)
                | (Data::AppendUid, Answers::Replaced)
                | (Data::Mailbox | Data::Expunge | Data::Fetch, Answers::News) => true,
                (Data::Limit, _) => slot.command.names_messages(),
                _ => false,
            }
        });
        slot.map(|slot| slot.id)
    }

    pub(super) fn command(&self, id: Option<CommandId>) -> Option<&Command> {
        self.slots.iter().find(|slot| Some(slot.id) == id).map(|slot| &slot.command)
    }

    pub(super) fn find(&self, wanted: impl Fn(&Command) -> bool) -> Option<CommandId> {
        self.slots.iter().find(|slot| self.is_sent(slot) && wanted(&slot.command)).map(|slot| slot.id)
    }

    /// Takes back a command that was not begun.
    pub(super) fn withdraw(&mut self, id: CommandId) -> Withdrawn {
        let Some(index) = self.slots.iter().position(|slot| slot.id == id) else {
            return Withdrawn::Gone;
        };
        match self.slots[index].progress {
            Progress::Waiting => {
                self.slots.remove(index);
                Withdrawn::BeforeSending
            }
            Progress::OnItsWay => Withdrawn::HalfSent,
            Progress::Sent { .. } => Withdrawn::Sent,
        }
    }

    pub(super) fn take_output(&mut self) -> Bytes {
        self.out.split().freeze()
    }

    pub(super) fn wrote(&mut self, octets: usize) {
        self.written = self.queued.min(self.written + octets as u64);
    }

    /// Whether the server has something to say before anything else can happen.
    pub(super) fn awaits_server(&self) -> bool {
        if self.challenge.is_some() {
            return self.written < self.queued;
        }
        let paused =
            self.sending.as_ref().is_some_and(|sending| matches!(sending.pause, Pause::Streamed { .. }));
        let owes = |slot: &Slot| slot.progress != Progress::Waiting && slot.idle != Idle::Idling;
        self.written < self.queued || (!paused && self.slots.iter().any(owes))
    }

    pub(super) fn commands(&self) -> impl DoubleEndedIterator<Item = &Command> {
        self.slots.iter().map(|slot| &slot.command)
    }
}

/// What [`Pipeline::pump`] has to tell.
pub(super) enum Pumped {
    LiteralWanted(CommandId, u64),
    NotAllowed(CommandId),
}

/// What became of a command that its caller no longer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// It was never sent.
    BeforeSending,
    /// It is half sent; only closing the connection stops it.
    HalfSent,
    /// It was sent; its answers will come.
    Sent,
    /// It had ended.
    Gone,
}

/// A kind of untagged data that commands ask for.
#[derive(Clone, Copy)]
pub(super) enum Data<'a> {
    Capability,
    List,
    Xlist,
    Lsub,
    Id,
    Enabled,
    Namespace,
    Status(&'a MailboxName),
    Search,
    Sort,
    Thread,
    Quota,
    Acl(&'a MailboxName),
    ListRights(&'a MailboxName),
    MyRights(&'a MailboxName),
    Metadata(&'a MetadataOwner),
    Fetch,
    Mailbox,
    Expunge,
    CopyUid,
    AppendUid,
    /// That a command was about too many messages: the server works on the first that is bounded (RFC 9738 section 3).
    Limit,
}

/// Whether the data of one command could be taken for that of the other.
fn ambiguous(before: &Command, after: &Command) -> bool {
    // All rows of a mailbox go to one stream. A STORE would take rows of a FETCH for its own.
    let rows = before.answers() == Answers::Fetch && after.answers() == Answers::Fetch;
    let both_fetch = matches!((before, after), (Command::Fetch { .. }, Command::Fetch { .. }));
    before.answers().is_ambiguous_with(&after.answers()) || (rows && !both_fetch)
}

/// Whether a command may leave behind one on whose success it depends: if that one fails, the server refuses this one
/// too, and nothing is lost.
fn may_fly(slot: &Slot, before: &Slot) -> bool {
    let opens = matches!(before.command.effect(), Effect::LogsIn | Effect::Opens);
    let numbers_in_doubt = slot.command.uses_numbers() && before.command.permits_expunge();
    opens && slot.command.effect().spares_mail() && !numbers_in_doubt
}
