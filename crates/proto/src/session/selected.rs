use super::numbers::NumberMap;
use crate::response::{Fetch, FetchItem, Response, ResponseCode, Vanished, VanishedWhen};
use crate::types::{Flag, MailboxName, ModSeq, PermanentFlag, SeqNum, Uid, UidValidity};

/// The selected mailbox, as far as the server has told (RFC 9051 section 6.3.2).
///
/// This is the only place that applies EXISTS, EXPUNGE and FETCH to message numbers.
#[derive(Clone, Debug)]
pub struct Selected {
    name: MailboxName,
    access: Access,
    exists: u32,
    recent: u32,
    flags: Vec<Flag>,
    permanent_flags: Option<Vec<PermanentFlag>>,
    uid_validity: Option<UidValidity>,
    uid_next: Option<Uid>,
    unseen: Option<SeqNum>,
    highest_modseq: Option<ModSeq>,
    numbers: NumberMap,
    /// Whether rows name UIDs anyway, so that no numbers have to be kept.
    by_uid: bool,
    /// Whether what is heard is about this mailbox and no other.
    alone: bool,
    in_doubt: bool,
}

/// Whether a mailbox can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Selected, and the server did not say otherwise.
    ReadWrite,
    /// Examined, or the server answered SELECT with READ-ONLY.
    ReadOnly,
}

impl Selected {
    pub(super) fn new(name: MailboxName, access: Access) -> Self {
        Self {
            name,
            access,
            exists: 0,
            recent: 0,
            flags: Vec::new(),
            permanent_flags: None,
            uid_validity: None,
            uid_next: None,
            unseen: None,
            highest_modseq: None,
            numbers: NumberMap::default(),
            by_uid: false,
            alone: true,
            in_doubt: false,
        }
    }

    /// The same, opened while another mailbox was open: until the server says CLOSED, or that it is done, rows may be
    /// about that.
    #[must_use]
    pub(super) fn beside_another(self) -> Self {
        Self { alone: false, ..self }
    }

    /// The same on a connection where every row has its UID (RFC 7162 section 3.2.4, RFC 9586): no numbers are kept.
    #[must_use]
    pub(super) fn with_uids_only(self) -> Self {
        Self { by_uid: true, ..self }
    }

    /// The other mailbox is closed (RFC 7162 section 3.2.11); what was heard up to here was about that.
    pub(super) fn begin_alone(&mut self) {
        let Self { name, access, by_uid, .. } = self;
        *self = Self { by_uid: *by_uid, ..Self::new(name.clone(), *access) };
    }

    /// Applies untagged data to the mailbox.
    ///
    /// What cannot be true (an EXPUNGE or FETCH of a number above EXISTS) changes nothing.
    pub(super) fn apply(&mut self, response: &Response) {
        match response {
            Response::Exists(count) => {
                // The last EXISTS counts (RFC 9051 section 7.4.1); some servers send several.
                if *count < self.exists {
                    // Messages have gone without EXPUNGE: which numbers they had is not said.
                    self.numbers = NumberMap::default();
                }
                self.exists = *count;
            }
            Response::Recent(count) => self.recent = *count,
            Response::Expunge(number) if number.value() <= self.exists => {
                self.exists -= 1;
                self.numbers.expunge(*number);
            }
            Response::Flags(flags) => self.flags.clone_from(flags),
            _ => {}
        }
    }

    /// Messages are gone. Those that were gone before the mailbox was opened are not counted in it.
    pub(super) fn apply_vanished(&mut self, vanished: &Vanished) {
        if vanished.when() == VanishedWhen::Earlier {
            return;
        }
        // Which numbers they had is not said.
        self.numbers = NumberMap::default();
        match u32::try_from(vanished.uids().count()).ok().and_then(|gone| self.exists.checked_sub(gone)) {
            Some(exists) => self.exists = exists,
            None => self.doubt(),
        }
    }

    /// News of the mailbox may have been passed over.
    pub(super) fn doubt(&mut self) {
        self.in_doubt = true;
        self.numbers = NumberMap::default();
    }

    /// Applies a row that has no defect.
    ///
    /// Adds the UID to one that came without it, if an earlier one has said it: a server may tell of one message in
    /// several rows.
    pub(super) fn apply_fetch(&mut self, fetch: &mut Fetch) {
        let Some(number) = fetch.number() else { return };
        match fetch.uid() {
            Some(uid) if !self.in_doubt && !self.by_uid && number.value() <= self.exists => {
                self.numbers.learn(number, uid);
            }
            Some(_) => {}
            None => fetch.items.extend(self.numbers.uid(number).map(FetchItem::Uid)),
        }
    }

    /// Applies a response code to the mailbox.
    pub(super) fn apply_code(&mut self, code: &ResponseCode) {
        match code {
            ResponseCode::PermanentFlags(flags) => self.permanent_flags = Some(flags.clone()),
            ResponseCode::UidValidity(validity) => self.uid_validity = *validity,
            ResponseCode::UidNext(uid) => self.uid_next = *uid,
            ResponseCode::Unseen(number) => self.unseen = *number,
            ResponseCode::HighestModSeq(modseq) => self.highest_modseq = Some(*modseq),
            ResponseCode::NoModSeq => self.highest_modseq = None,
            ResponseCode::ReadOnly => self.access = Access::ReadOnly,
            ResponseCode::ReadWrite => self.access = Access::ReadWrite,
            _ => {}
        }
    }

    /// The name it was selected by.
    pub fn name(&self) -> &MailboxName {
        &self.name
    }

    /// Whether it can be changed.
    pub fn access(&self) -> Access {
        self.access
    }

    /// How many messages there are.
    pub fn exists(&self) -> u32 {
        self.exists
    }

    /// How many messages have `\Recent` (RFC 3501 only).
    pub fn recent(&self) -> u32 {
        self.recent
    }

    /// The flags that are in use in this mailbox.
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// The flags that can be changed for good; `None` when the server did not say, which means all of them
    /// (RFC 9051 section 6.3.2).
    pub fn permanent_flags(&self) -> Option<&[PermanentFlag]> {
        self.permanent_flags.as_deref()
    }

    /// The UID validity value; `None` when the server has no lasting UIDs.
    pub fn uid_validity(&self) -> Option<UidValidity> {
        self.uid_validity
    }

    /// The next UID at the time of the SELECT; `None` when the server did not say.
    pub fn uid_next(&self) -> Option<Uid> {
        self.uid_next
    }

    /// The first unseen message at the time of the SELECT (RFC 3501 only).
    pub fn unseen(&self) -> Option<SeqNum> {
        self.unseen
    }

    /// The highest modification sequence (RFC 7162 section 3.1.2.1).
    pub fn highest_modseq(&self) -> Option<ModSeq> {
        self.highest_modseq
    }

    /// Whether messages may have come and gone without a word ([`super::Event::OutOfStep`]), or have gone without
    /// EXPUNGE: what is said here of numbers may be wrong until the mailbox is selected again. UIDs are not concerned.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Whether what was heard from the command on that opens it is known to be about this mailbox. It is not where
    /// another one was open and the server has not said CLOSED (RFC 7162 section 3.2.11): rows in the answer to that
    /// command may have been about either, and were taken for none's.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// The UID of the message with this number, if a FETCH has said it.
    pub fn uid_of(&self, number: SeqNum) -> Option<Uid> {
        self.numbers.uid(number)
    }
}
