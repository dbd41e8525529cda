//! What one session believes its mailbox to hold.
//!
//! The numbers of messages are the session's own: between two responses that change them they mean what they meant,
//! whatever other sessions do. News are taken in first and told later, each when RFC 9051 section 7.5 allows it.
//!
//! ```text
//!  store --changes--> View::apply      (messages are marked, nothing is renumbered)
//!                     View::announce   --> EXPUNGE (only where allowed), EXISTS, RECENT, FETCH FLAGS
//! ```

use std::collections::BTreeSet;
use std::ops::Range;

use tayori_proto::response::{Fetch, FetchItem, Response, ResponseCode, Vanished, VanishedWhen};
use tayori_proto::types::{Flag, IdSet, ModSeq, SeqNum, SequenceSet, Uid, UidSet};

use crate::command::condstore::HIGHEST;
use crate::connection::{Enabled, told};
use crate::store::{Changes, MessageState};

/// The messages that a session has been told of, by number.
#[derive(Debug)]
pub(crate) struct View {
    /// Message `n` is `rows[n - 1]`; ascending by UID.
    rows: Vec<Row>,
    state: ModSeq,
    /// The state up to which the client has been told everything; at most `state`.
    told_state: ModSeq,
    /// The last announcement left something untold: the client is not to count on more than `told_state`.
    lags: bool,
    uid_next: Option<Uid>,
    /// How many messages the client has been told of with `EXISTS`, less those expunged since.
    told_exists: usize,
    told_recent: u32,
    /// There may be something that the client has not been told.
    untold: bool,
    /// There is something that the client does not want to be told, while it is told things as in `telling`.
    hushed: bool,
    telling: Telling,
    /// The messages that the client has last been told of with `EXISTS`.
    arrived: Range<usize>,
}

/// A message as the session sees it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Which.
    pub(crate) uid: Uid,
    /// Its flags, without `\Recent`.
    pub(crate) flags: Vec<Flag>,
    /// Its mod-sequence.
    pub(crate) changed: ModSeq,
    /// Whether this session is the first that was told of it.
    pub(crate) recent: bool,
    /// It is gone, and the client has not been told yet.
    pub(crate) gone: bool,
    /// Its flags have changed, and the client has not been told yet.
    news: bool,
    /// The client is to be told its flags whether or not it wants to hear of changes: a command of its own was about
    /// them.
    asked: bool,
}

impl Row {
    /// Its flags as the client sees them.
    pub(crate) fn flags_shown(&self, enabled: Enabled) -> Vec<Flag> {
        let recent = (self.recent && !enabled.rev2).then_some(Flag::Recent);
        self.flags.iter().cloned().chain(recent).collect()
    }

    pub(crate) fn has(&self, flag: &Flag) -> bool {
        self.flags.contains(flag)
    }
}

/// Whether messages may be renumbered now (RFC 9051 section 7.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renumbering {
    /// `EXPUNGE` may be sent.
    Allowed,
    /// A `FETCH`, `STORE` or `SEARCH` is in progress: its numbers have to mean what they meant.
    Held,
}

/// When news are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// There may have been rows.
    CommandEnds,
    /// Nothing was told since the last time but what was announced then.
    Unasked,
}

/// What a client wants to be told of its mailbox (RFC 5465 section 3.1). What it is not told is kept for when it wants
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// All of it, as without `NOTIFY`.
    Everything,
    /// Which messages come and go, and not which flags others change.
    Messages,
    /// Only which messages are gone: the client has removed some itself, and its numbers have to follow.
    Removals,
    Nothing,
}

impl View {
    /// The view of a mailbox that is being selected, which the client is told of by the `SELECT` itself.
    pub(crate) fn new(all: Changes, recent: &UidSet) -> Self {
        let mut view = Self {
            rows: Vec::new(),
            state: all.state,
            told_state: all.state,
            lags: false,
            uid_next: None,
            told_exists: 0,
            told_recent: 0,
            untold: false,
            hushed: false,
            telling: Telling::Everything,
            arrived: 0..0,
        };
        view.apply(all, recent);
        view.told_exists = view.rows.len();
        view.told_recent = view.recent();
        view.untold = false;
        view
    }

    /// Takes in what has changed. Nothing is renumbered yet.
    pub(crate) fn apply(&mut self, changes: Changes, recent: &UidSet) {
        self.untold |= self.state != changes.state || !changes.messages.is_empty() || !recent.is_empty();
        self.state = changes.state;
        self.uid_next = changes.uid_next;
        for range in changes.vanished.ranges() {
            let first = self.rows.partition_point(|row| row.uid < *range.start());
            for row in self.rows[first..].iter_mut().take_while(|row| row.uid <= *range.end()) {
                row.gone = true;
            }
        }
        for MessageState { uid, flags, changed } in changes.messages {
            match self.rows.binary_search_by_key(&uid, |row| row.uid) {
                Ok(index) => {
                    let row = &mut self.rows[index];
                    row.news |= row.flags != flags;
                    row.flags = flags;
                    row.changed = changed;
                }
                // A message that came and went between two looks is never told of.
                Err(index) if index == self.rows.len() => self.rows.push(Row {
                    uid,
                    flags,
                    changed,
                    recent: false,
                    gone: false,
                    news: false,
                    asked: false,
                }),
                // UIDs only grow (RFC 9051 section 2.3.1.1): what would stand among the others is none of theirs.
                Err(_) => tracing::error!(%uid, "the store made a message with a UID below that of another"),
            }
        }
        // One may have come between the two questions, and is known already.
        for row in
            self.rows.iter_mut().rev().take_while(|row| recent.first().is_some_and(|first| row.uid >= first))
        {
            row.recent |= recent.contains(row.uid);
        }
    }

    /// What the client is to be told now, in an order in which it is true.
    pub(crate) fn announce(
        &mut self,
        renumbering: Renumbering,
        telling: Telling,
        occasion: Occasion,
        enabled: Enabled,
    ) -> Vec<Response> {
        let mut responses = Vec::new();
        self.arrived = 0..0;
        if telling != self.telling {
            self.untold |= self.hushed;
            self.telling = telling;
        }
        // Most commands find nothing new, in mailboxes of any size.
        if !self.untold {
            if enabled.condstore && self.lags && occasion == Occasion::CommandEnds {
                responses.push(self.caution());
            }
            return responses;
        }
        let tells_removals = telling != Telling::Nothing;
        if renumbering == Renumbering::Allowed && tells_removals {
            self.expunge(&mut responses, enabled);
        }
        let has_gone = self.rows.iter().any(|row| row.gone);
        self.untold = has_gone && tells_removals;
        self.hushed = has_gone && !tells_removals;
        if let Telling::Everything | Telling::Messages = telling {
            self.arrive(&mut responses, enabled);
        } else {
            self.hushed |= self.rows.len() != self.told_exists;
        }
        for (index, row) in self.rows.iter_mut().enumerate().filter(|(_, row)| row.news) {
            if telling != Telling::Everything && !row.asked {
                self.hushed = true;
                continue;
            }
            row.news = false;
            row.asked = false;
            if let (false, Some(number)) = (row.gone, seq_num(index)) {
                responses.push(flags_row(number, row, enabled));
            }
        }
        let lags = self.untold || self.hushed;
        if !lags {
            self.told_state = self.state;
        }
        if enabled.condstore && (lags || self.lags) {
            responses.push(self.caution());
        }
        self.lags = lags;
        responses
    }

    /// Rows tell higher mod-sequences than those of messages that have gone without a word. A client that went by them
    /// would never hear of those after a break (RFC 7162 sections 3.2 and 6), so it is told behind the rows of each
    /// command what to go by.
    fn caution(&self) -> Response {
        told(ResponseCode::HighestModSeq(self.told_state), HIGHEST)
    }

    /// Tells how many messages there are.
    fn arrive(&mut self, responses: &mut Vec<Response>, enabled: Enabled) {
        if self.rows.len() != self.told_exists {
            self.arrived = self.told_exists..self.rows.len();
            self.told_exists = self.rows.len();
            responses.push(Response::Exists(count(self.told_exists)));
        }
        let recent = self.recent();
        if recent != self.told_recent && !enabled.rev2 {
            self.told_recent = recent;
            responses.push(Response::Recent(recent));
        }
    }

    /// Removes what is gone, in one pass.
    fn expunge(&mut self, responses: &mut Vec<Response>, enabled: Enabled) {
        let mut vanished = UidSet::new();
        let told_exists = self.told_exists;
        let (mut index, mut kept, mut told) = (0, 0, 0);
        self.rows.retain(|row| {
            let known = index < told_exists;
            index += 1;
            if !row.gone {
                kept += 1;
                return true;
            }
            // A message that the client was not told of goes without a word.
            if let (true, Some(number)) = (known, seq_num(kept)) {
                told += 1;
                if enabled.tells_vanished() {
                    vanished.insert(row.uid);
                } else {
                    responses.push(Response::Expunge(number));
                }
            }
            false
        });
        self.told_exists -= told;
        responses.extend(Vanished::new(VanishedWhen::Now, vanished).map(Response::Vanished));
    }

    /// The client is being told the flags of this message by the row of a command.
    pub(crate) fn told_flags(&mut self, number: SeqNum) {
        if let Some(row) = self.row_mut(number) {
            row.news = false;
            row.asked = false;
        }
    }

    /// The client is to be told the flags of this message, whether or not it was told before.
    pub(crate) fn tell_flags(&mut self, number: SeqNum) {
        if let Some(row) = self.row_mut(number) {
            row.news = true;
            row.asked = true;
            self.untold = true;
        }
    }

    fn row_mut(&mut self, number: SeqNum) -> Option<&mut Row> {
        self.rows.get_mut(index(number))
    }

    pub(crate) fn state(&self) -> ModSeq {
        self.state
    }

    /// Whether the last announcement left something untold.
    pub(crate) fn lags(&self) -> bool {
        self.lags
    }

    /// Up to here the client has been told everything.
    pub(crate) fn told_state(&self) -> ModSeq {
        self.told_state
    }

    /// The messages that the last announcement told of for the first time.
    pub(crate) fn arrived(&self) -> Vec<SeqNum> {
        self.arrived.clone().filter_map(seq_num).collect()
    }

    pub(crate) fn uid_next(&self) -> Option<Uid> {
        self.uid_next
    }

    /// How many messages there are for the client.
    pub(crate) fn exists(&self) -> u32 {
        count(self.told_exists)
    }

    pub(crate) fn recent(&self) -> u32 {
        count(self.rows.iter().filter(|row| row.recent).count())
    }

    pub(crate) fn row(&self, number: SeqNum) -> Option<&Row> {
        self.told().get(index(number))
    }

    /// What the client knows of, with numbers, ascending.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = (SeqNum, &Row)> {
        self.told().iter().enumerate().filter_map(|(index, row)| Some((seq_num(index)?, row)))
    }

    /// Flags that are in use, beside those of the system.
    pub(crate) fn keywords(&self) -> BTreeSet<Flag> {
        let flags = self.rows.iter().flat_map(|row| &row.flags);
        flags.filter(|flag| matches!(flag, Flag::Keyword(_) | Flag::Extension(_))).cloned().collect()
    }

    /// The messages with these numbers. `None`, if one of them is above all there are (RFC 3501 section 9,
    /// `seq-number`).
    pub(crate) fn numbers(&self, set: &SequenceSet<SeqNum>) -> Option<Vec<SeqNum>> {
        let last = seq_num(self.told().len().checked_sub(1)?);
        let resolved: IdSet<SeqNum> = set.resolve(last);
        if resolved.last() > last {
            return None;
        }
        Some(resolved.iter().collect())
    }

    /// The highest UID that there ever was, as far as is known.
    pub(crate) fn last_given_uid(&self) -> Option<Uid> {
        match self.uid_next {
            None => Some(Uid::MAX),
            Some(next) => Uid::new(next.value() - 1),
        }
    }

    /// Whether the client has to be told of messages that are gone.
    pub(crate) fn has_gone(&self) -> bool {
        self.told().iter().any(|row| row.gone)
    }

    /// What `*` stands for among UIDs.
    pub(crate) fn last_uid(&self) -> Option<Uid> {
        self.told().last().map(|row| row.uid)
    }

    /// The messages of these UIDs that there are.
    pub(crate) fn uids(&self, set: &SequenceSet<Uid>) -> Vec<SeqNum> {
        let rows = self.told();
        let resolved = set.resolve(self.last_uid());
        let mut numbers = Vec::new();
        for range in resolved.ranges() {
            let first = rows.partition_point(|row| row.uid < *range.start());
            let behind = rows.partition_point(|row| row.uid <= *range.end());
            numbers.extend((first..behind).filter_map(seq_num));
        }
        numbers
    }

    fn told(&self) -> &[Row] {
        &self.rows[..self.told_exists.min(self.rows.len())]
    }
}

/// The unasked-for row that tells of new flags.
pub(crate) fn flags_row(number: SeqNum, row: &Row, enabled: Enabled) -> Response {
    let uid = enabled.adds_uid().then_some(FetchItem::Uid(row.uid));
    let flags = FetchItem::Flags(row.flags_shown(enabled).into());
    let modseq = enabled.condstore.then_some(FetchItem::ModSeq(Some(row.changed)));
    row_of(number, row, enabled, uid.into_iter().chain([flags]).chain(modseq).collect())
}

/// A row about a message.
pub(crate) fn row_of(number: SeqNum, row: &Row, enabled: Enabled, items: Vec<FetchItem>) -> Response {
    Response::Fetch(match enabled.uid_only {
        true => Fetch::by_uid(row.uid, items),
        false => Fetch::new(Some(number), items),
    })
}

/// Message numbers end where UIDs do, so a mailbox cannot have more.
pub(crate) fn count(messages: impl TryInto<u32>) -> u32 {
    messages.try_into().unwrap_or(u32::MAX)
}

fn seq_num(index: usize) -> Option<SeqNum> {
    u32::try_from(index).ok()?.checked_add(1).and_then(SeqNum::new)
}

fn index(number: SeqNum) -> usize {
    number.value() as usize - 1
}

#[cfg(test)]
mod tests;
