use super::read;
use crate::grammar::read::mod_sequence;
use crate::types::{Bound, Id, IdSet, ModSeq, SeqSet, SequenceSet, UidSet, UidValidity};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a client knows of a mailbox from before, so that the server tells the rest (RFC 7162 section 3.2.5).
///
/// ```
/// use tayori_proto::command::{QResync, SequenceMatch};
/// use tayori_proto::types::{ModSeq, SeqNum, SeqSet, Uid, UidSet, UidValidity};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let known = UidSet::from_range(Uid::try_from(1)?..=Uid::try_from(29997)?);
/// let last = SequenceMatch::new(SeqSet::from(SeqNum::try_from(9999)?), UidSet::from(Uid::try_from(29997)?))?;
/// let resync = QResync::new(UidValidity::try_from(67890007)?, ModSeq::try_from(90060115194045000)?)
///     .with_known_uids(known)?
///     .with_match(last);
/// assert!(resync.known_uids().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QResync {
    validity: UidValidity,
    modseq: ModSeq,
    /// Not empty.
    known_uids: Option<UidSet>,
    sequence_match: Option<SequenceMatch>,
}

/// Sequence numbers and the UIDs that a client knows them to have (RFC 7162 section 3.2.5.2): the first number has the
/// first UID, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SequenceMatch {
    /// Not empty.
    numbers: SeqSet,
    /// With as many members as `numbers`.
    uids: UidSet,
}

impl QResync {
    /// The UIDVALIDITY and the highest mod-sequence that the client has seen. Without [known
    /// UIDs](QResync::with_known_uids) the server tells of all that have vanished since.
    pub const fn new(validity: UidValidity, modseq: ModSeq) -> Self {
        Self { validity, modseq, known_uids: None, sequence_match: None }
    }

    /// The messages that the client knows: of no others it is told that they have vanished. Fails for the empty set: to
    /// leave it out would mean all of them.
    pub fn with_known_uids(mut self, uids: UidSet) -> Result<Self, QResyncError> {
        if uids.is_empty() {
            return Err(QResyncError::Empty);
        }
        self.known_uids = Some(uids);
        Ok(self)
    }

    /// Which messages had which numbers: for a server that has forgotten what vanished so long ago.
    #[must_use]
    pub fn with_match(mut self, sequence_match: SequenceMatch) -> Self {
        self.sequence_match = Some(sequence_match);
        self
    }

    /// The UIDVALIDITY of the mailbox when the client saw it.
    pub const fn validity(&self) -> UidValidity {
        self.validity
    }

    /// The highest mod-sequence that the client has seen.
    pub const fn modseq(&self) -> ModSeq {
        self.modseq
    }

    /// The messages that the client knows, never none; `None` stands for all.
    pub const fn known_uids(&self) -> Option<&UidSet> {
        self.known_uids.as_ref()
    }

    /// Which messages had which numbers.
    pub const fn sequence_match(&self) -> Option<&SequenceMatch> {
        self.sequence_match.as_ref()
    }

    /// ```text
    /// "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"   ; RFC 7162 section 7
    /// seq-match-data = "(" known-sequence-set SP known-uid-set ")"
    /// ```
    ///
    /// `*` stands in none of the sets.
    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("(").show(self.validity).sp().show(self.modseq);
        if let Some(uids) = &self.known_uids {
            encoder.sp().show(uids);
        }
        if let Some(SequenceMatch { numbers, uids }) = &self.sequence_match {
            encoder.raw(" (").show(numbers).sp().show(uids).raw(")");
        }
        encoder.raw(")");
    }

    /// As [`QResync::encode`].
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        cursor.expect_byte(b'(', "what is known of the mailbox")?;
        cursor.skip_stray_blanks();
        let offset = cursor.pos();
        const VALIDITY: &str = "a UIDVALIDITY from 1 to 4294967295";
        let validity = UidValidity::new(cursor.expect_number(VALIDITY)?);
        let validity = validity.ok_or(Syntax { offset, expected: VALIDITY })?;
        cursor.expect_sp()?;
        let mut resync = Self::new(validity, mod_sequence(cursor)?);
        let mut blanks = cursor.skip_blanks();
        if blanks > 0 && cursor.peek().is_some_and(read::is_set_octet) {
            resync.known_uids = Some(known_set(cursor)?.resolve(None));
            blanks = cursor.skip_blanks();
        }
        if blanks > 0 && cursor.peek() == Some(b'(') {
            resync.sequence_match = Some(SequenceMatch::parse(cursor)?);
            cursor.skip_stray_blanks();
        }
        cursor.expect_byte(b')', "`)`")?;
        Ok(resync)
    }
}

impl SequenceMatch {
    /// Fails unless there are as many numbers as UIDs, and one at least.
    pub fn new(numbers: SeqSet, uids: UidSet) -> Result<Self, QResyncError> {
        match (numbers.count(), uids.count()) {
            (0, 0) => Err(QResyncError::Empty),
            (numbers, uids) if numbers != uids => Err(QResyncError::Unequal { numbers, uids }),
            _ => Ok(Self { numbers, uids }),
        }
    }

    /// The sequence numbers.
    pub const fn numbers(&self) -> &SeqSet {
        &self.numbers
    }

    /// Their UIDs.
    pub const fn uids(&self) -> &UidSet {
        &self.uids
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        cursor.expect_byte(b'(', "`(`")?;
        cursor.skip_stray_blanks();
        let numbers = ascending_set(cursor)?;
        cursor.expect_sp()?;
        let offset = cursor.pos();
        let uids = ascending_set(cursor)?;
        cursor.skip_stray_blanks();
        cursor.expect_byte(b')', "`)`")?;
        Self::new(numbers, uids)
            .map_err(|_| Syntax { offset, expected: "as many UIDs as there are sequence numbers" })
    }
}

/// A `sequence-set` without `*`.
fn known_set<T: Id>(cursor: &mut Cursor<'_>) -> Result<SequenceSet<T>, Syntax> {
    let offset = cursor.pos();
    let set = read::set(cursor)?;
    let last = |&(start, end): &(Bound<T>, Bound<T>)| start == Bound::Last || end == Bound::Last;
    if set.ranges().iter().any(last) {
        return Err(Syntax { offset, expected: "a set of messages without `*`" });
    }
    Ok(set)
}

/// The same, in ascending order: in any other, it would not be clear which number has which UID.
fn ascending_set<T: Id>(cursor: &mut Cursor<'_>) -> Result<IdSet<T>, Syntax> {
    let offset = cursor.pos();
    let set = known_set::<T>(cursor)?;
    let bounds: Vec<_> = set.ranges().iter().map(|&(start, end)| (start, end)).collect();
    let ascends =
        bounds.iter().all(|(start, end)| start <= end) && bounds.windows(2).all(|pair| pair[0].1 < pair[1].0);
    if !ascends {
        return Err(Syntax { offset, expected: "a set of messages in ascending order" });
    }
    Ok(set.resolve(None))
}

/// Why sets of known messages cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QResyncError {
    /// A set has no member.
    #[error("a set of known messages is empty")]
    Empty,
    /// Not as many sequence numbers as UIDs.
    #[error("{numbers} sequence numbers cannot have {uids} UIDs")]
    Unequal {
        /// How many sequence numbers.
        numbers: u64,
        /// How many UIDs.
        uids: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::super::{Command, SelectParameter};
    use super::*;
    use crate::types::MailboxName;

    fn set<T: Id>(set: &str) -> IdSet<T> {
        set.parse::<SequenceSet<T>>().unwrap().resolve(None)
    }

    fn resync(modseq: u64) -> QResync {
        QResync::new(UidValidity::new(67_890_007).unwrap(), ModSeq::new(modseq).unwrap())
    }

    #[track_caller]
    fn check_resync(line: &str, resync: QResync, sent: &str) {
        let parameter = SelectParameter::QResync(Box::new(resync));
        check(line, &Command::Select { mailbox: MailboxName::inbox(), parameter }, sent);
    }

    /// RFC 7162 sections 3.2.5 to 3.2.5.2.
    #[test]
    fn examples_of_the_rfc() {
        let line = "A02 SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))";
        let known = resync(20_050_715_194_045_000).with_known_uids(set("41,43:211,214:541")).unwrap();
        check_resync(line, known, line);
        let line = "A03 SELECT INBOX (QRESYNC (67890007 90060115194045000))";
        check_resync(line, resync(90_060_115_194_045_000), line);
        let line = "B04 SELECT INBOX (QRESYNC (67890007 90060115194045000 1:29997 (5000,7500,9000,9990:9999 \
                    15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,29997)))";
        let numbers = set("5000,7500,9000,9990:9999");
        let uids = set("15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,29997");
        let known = resync(90_060_115_194_045_000)
            .with_known_uids(set("1:29997"))
            .unwrap()
            .with_match(SequenceMatch::new(numbers, uids).unwrap());
        check_resync(line, known, line);
    }

    #[test]
    fn other_forms() {
        let matched = resync(5).with_match(SequenceMatch::new(set("1:2"), set("7,9")).unwrap());
        check_resync(
            "a SELECT INBOX (CONDSTORE  qresync ( 67890007  5  ( 1,2 7,9 ) ) )",
            matched,
            "a SELECT INBOX (QRESYNC (67890007 5 (1:2 7,9)))",
        );
        check_resync(
            "a SELECT INBOX (QRESYNC (67890007 5 9:7,1))",
            resync(5).with_known_uids(set("1,7:9")).unwrap(),
            "a SELECT INBOX (QRESYNC (67890007 5 1,7:9))",
        );
    }

    #[test]
    fn what_is_no_knowledge() {
        let expected = "a mod-sequence from 1 to 9223372036854775807";
        check_wrong("a SELECT x (QRESYNC)", 19, "a blank");
        check_wrong("a SELECT x (QRESYNC 1)", 20, "what is known of the mailbox");
        check_wrong("a SELECT x (QRESYNC (0 1))", 21, "a UIDVALIDITY from 1 to 4294967295");
        check_wrong("a SELECT x (QRESYNC (1))", 22, "a blank");
        check_wrong("a SELECT x (QRESYNC (1 0))", 23, expected);
        check_wrong("a SELECT x (QRESYNC (1 2 1:*))", 25, "a set of messages without `*`");
        check_wrong("a SELECT x (QRESYNC (1 2 0))", 25, "a set of messages");
        check_wrong("a SELECT x (QRESYNC (1 2 3 4))", 27, "`)`");
        check_wrong("a SELECT x (QRESYNC (1 2 (3 4) 5))", 31, "`)`");
        check_wrong("a SELECT x (QRESYNC (1 2 ()))", 26, "a set of messages");
        check_wrong("a SELECT x (QRESYNC (1 2 (1:2 4)))", 30, "as many UIDs as there are sequence numbers");
        check_wrong("a SELECT x (QRESYNC (1 2 (1:* 4)))", 26, "a set of messages without `*`");
        check_wrong("a SELECT x (QRESYNC (1 2 (2:1 4:5)))", 26, "a set of messages in ascending order");
        check_wrong("a SELECT x (QRESYNC (1 2 (1:2 5,4)))", 30, "a set of messages in ascending order");
        check_wrong("a SELECT x (QRESYNC (1 2 (1:2 4,4)))", 30, "a set of messages in ascending order");
        check_wrong("a SELECT x (QRESYNC (1 2) QRESYNC (1 2))", 26, "a parameter of SELECT");
        check_wrong("a SELECT x (QRESYNC (1 2)", 25, "a blank");
    }

    #[test]
    fn sets_that_cannot_be_sent() {
        assert_eq!(resync(1).with_known_uids(UidSet::new()), Err(QResyncError::Empty));
        assert_eq!(SequenceMatch::new(SeqSet::new(), UidSet::new()), Err(QResyncError::Empty));
        let unequal = SequenceMatch::new(set("1:3"), set("1:4294967295"));
        assert_eq!(unequal, Err(QResyncError::Unequal { numbers: 3, uids: u64::from(u32::MAX) }));
    }
}
