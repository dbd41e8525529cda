//! A search key, made ready to be asked of many messages.

use tayori_mime::Needle;
use tayori_proto::command::SearchKey;
use tayori_proto::types::{
    Date, Flag, ImapString, InternalDate, ModSeq, NonEmpty, ObjectId, SeqNum, SeqSet, Uid, UidSet,
};

use crate::view::{Row, View};

/// What is looked for. Sets are resolved, strings decoded; what has to be read is numbered.
pub(super) struct Query {
    test: Test,
    texts: Vec<TextTest>,
}

/// What has to be read in a message.
pub(super) enum TextTest {
    /// A header field of this name, in lower case, holds this.
    Field { name: Vec<u8>, needle: Needle },
    /// The body holds this.
    Body(Needle),
    /// Header or body hold this.
    Anywhere(Needle),
    /// The `Date` field names a day that stands so to this one.
    Sent(Order, Date),
}

/// How a day stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Before,
    On,
    Since,
}

impl Order {
    pub(super) fn holds(self, day: Date, other: Date) -> bool {
        match self {
            Self::Before => day < other,
            Self::On => day == other,
            Self::Since => day >= other,
        }
    }
}

/// What keys mean that are about more than a message.
pub(super) struct Setting<'a> {
    pub(super) view: &'a View,
    /// What `$` stands for.
    pub(super) saved: &'a UidSet,
    /// In seconds since 1970.
    pub(super) now: i64,
}

/// What is known of a message so far.
pub(super) struct Facts<'a> {
    pub(super) number: SeqNum,
    pub(super) row: &'a Row,
    /// When it arrived and its size, once it is open.
    pub(super) arrival: Option<Arrival>,
    /// Which of [`Query::texts`] hold, once it is read.
    pub(super) found: Option<&'a [bool]>,
}

/// What is known of a message without reading it.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) date: InternalDate,
    pub(super) size: u64,
    pub(super) saved: Option<InternalDate>,
    pub(super) id: ObjectId,
}

impl Arrival {
    /// Where it is not known when a message was saved, it is taken for the moment in which it arrived (RFC 8514
    /// section 4.3).
    fn saved_at(&self) -> InternalDate {
        self.saved.unwrap_or(self.date)
    }
}

enum Test {
    All,
    Flag(Flag),
    Recent,
    Numbers(SeqSet),
    Uids(UidSet),
    Arrived(Order, Date),
    /// In seconds since 1970, at that moment or later.
    ArrivedFrom(i64),
    /// At that moment or earlier.
    ArrivedUntil(i64),
    Larger(u64),
    Smaller(u64),
    Saved(Order, Date),
    /// It is known when it was saved.
    SavedKnown,
    EmailId(ObjectId),
    /// At this state or later.
    ChangedFrom(ModSeq),
    /// One of the texts, by its number.
    Text(usize),
    Not(Box<Test>),
    And(Vec<Test>),
    Or(Box<Test>, Box<Test>),
}

impl Query {
    /// Fails for a key that means no message that could be, with what is wrong with it.
    pub(super) fn new(key: &SearchKey, setting: &Setting<'_>) -> Result<Self, &'static str> {
        let mut query = Self { test: Test::All, texts: Vec::new() };
        query.test = query.compile(key, setting)?;
        Ok(query)
    }

    /// What has to be read in a message that is not decided without.
    pub(super) fn texts(&self) -> &[TextTest] {
        &self.texts
    }

    /// Whether a message is looked for; `None` while too little is known of it.
    pub(super) fn decide(&self, facts: &Facts<'_>) -> Option<bool> {
        self.test.decide(facts)
    }

    /// Whether a message is not looked for because of its number or UID, whatever is in it.
    pub(super) fn leaves_out(&self, number: SeqNum, uid: Uid) -> bool {
        self.test.combine(&|test| test.names(number, uid)) == Some(false)
    }

    /// The grammar bounds how deep a key is, so this does not recurse deeper.
    fn compile(&mut self, key: &SearchKey, setting: &Setting<'_>) -> Result<Test, &'static str> {
        let not = |test| Test::Not(Box::new(test));
        Ok(match key {
            SearchKey::All => Test::All,
            SearchKey::Answered => Test::Flag(Flag::Answered),
            SearchKey::Deleted => Test::Flag(Flag::Deleted),
            SearchKey::Draft => Test::Flag(Flag::Draft),
            SearchKey::Flagged => Test::Flag(Flag::Flagged),
            SearchKey::Seen => Test::Flag(Flag::Seen),
            SearchKey::Unanswered => not(Test::Flag(Flag::Answered)),
            SearchKey::Undeleted => not(Test::Flag(Flag::Deleted)),
            SearchKey::Undraft => not(Test::Flag(Flag::Draft)),
            SearchKey::Unflagged => not(Test::Flag(Flag::Flagged)),
            SearchKey::Unseen => not(Test::Flag(Flag::Seen)),
            SearchKey::Keyword(keyword) => Test::Flag(Flag::Keyword(keyword.clone())),
            SearchKey::Unkeyword(keyword) => not(Test::Flag(Flag::Keyword(keyword.clone()))),
            SearchKey::Recent => Test::Recent,
            SearchKey::Old => not(Test::Recent),
            SearchKey::New => Test::And(vec![Test::Recent, not(Test::Flag(Flag::Seen))]),
            SearchKey::Numbers(set) => match setting.view.numbers(set) {
                Some(numbers) => Test::Numbers(numbers.into_iter().collect()),
                None => return Err("there are not so many messages"),
            },
            SearchKey::Uid(set) => Test::Uids(set.resolve(setting.view.last_uid())),
            SearchKey::UidAfter(uid) => Test::Uids(match uid.value().checked_add(1).and_then(Uid::new) {
                Some(first) => UidSet::from_range(first..=Uid::MAX),
                None => UidSet::new(),
            }),
            SearchKey::UidBefore(uid) => Test::Uids(match Uid::new(uid.value() - 1) {
                Some(last) => UidSet::from_range(Uid::MIN..=last),
                None => UidSet::new(),
            }),
            SearchKey::Saved => Test::Uids(setting.saved.clone()),
            SearchKey::Younger(seconds) => Test::ArrivedFrom(setting.now - i64::from(seconds.get())),
            SearchKey::Older(seconds) => Test::ArrivedUntil(setting.now - i64::from(seconds.get())),
            // A message has one mod-sequence for all that can change about it, whatever flag is asked about.
            SearchKey::ModSeq { since, .. } => since.map_or(Test::All, Test::ChangedFrom),
            SearchKey::SavedBefore(day) => Test::Saved(Order::Before, *day),
            SearchKey::SavedOn(day) => Test::Saved(Order::On, *day),
            SearchKey::SavedSince(day) => Test::Saved(Order::Since, *day),
            SearchKey::SaveDateSupported => Test::SavedKnown,
            SearchKey::EmailId(id) => Test::EmailId(id.clone()),
            // No message is told to be in a thread.
            SearchKey::ThreadId(_) => not(Test::All),
            SearchKey::Before(day) => Test::Arrived(Order::Before, *day),
            SearchKey::On(day) => Test::Arrived(Order::On, *day),
            SearchKey::Since(day) => Test::Arrived(Order::Since, *day),
            SearchKey::Larger(octets) => Test::Larger(*octets),
            SearchKey::Smaller(octets) => Test::Smaller(*octets),
            SearchKey::SentBefore(day) => self.text(TextTest::Sent(Order::Before, *day)),
            SearchKey::SentOn(day) => self.text(TextTest::Sent(Order::On, *day)),
            SearchKey::SentSince(day) => self.text(TextTest::Sent(Order::Since, *day)),
            SearchKey::Bcc(text) => self.field(b"bcc", text)?,
            SearchKey::Cc(text) => self.field(b"cc", text)?,
            SearchKey::From(text) => self.field(b"from", text)?,
            SearchKey::Subject(text) => self.field(b"subject", text)?,
            SearchKey::To(text) => self.field(b"to", text)?,
            SearchKey::Header { field, value } => {
                self.field(&field.as_bytes().to_ascii_lowercase(), value)?
            }
            SearchKey::Body(text) => {
                let needle = needle(text)?;
                self.text(TextTest::Body(needle))
            }
            SearchKey::Text(text) => {
                let needle = needle(text)?;
                self.text(TextTest::Anywhere(needle))
            }
            SearchKey::Not(key) => not(self.compile(key, setting)?),
            SearchKey::Or(left, right) => {
                Test::Or(Box::new(self.compile(left, setting)?), Box::new(self.compile(right, setting)?))
            }
            SearchKey::And(keys) => {
                Test::And(keys.iter().map(|key| self.compile(key, setting)).collect::<Result<_, _>>()?)
            }
            _ => return Err("there is no such search key"),
        })
    }

    fn field(&mut self, name: &[u8], text: &ImapString) -> Result<Test, &'static str> {
        let needle = needle(text)?;
        Ok(self.text(TextTest::Field { name: name.to_vec(), needle }))
    }

    fn text(&mut self, test: TextTest) -> Test {
        self.texts.push(test);
        Test::Text(self.texts.len() - 1)
    }
}

/// The same key where those of Gmail are said in others, as far as there are words for them. Recurses as deep as the
/// grammar allows.
pub(super) fn translate(
    key: &SearchKey,
    words: &mut impl FnMut(&SearchKey) -> Option<SearchKey>,
) -> SearchKey {
    match key {
        SearchKey::Not(key) => SearchKey::Not(Box::new(translate(key, words))),
        SearchKey::Or(left, right) => {
            SearchKey::Or(Box::new(translate(left, words)), Box::new(translate(right, words)))
        }
        SearchKey::And(keys) => {
            let translated: Vec<SearchKey> = keys.iter().map(|key| translate(key, words)).collect();
            NonEmpty::try_from(translated).map_or_else(|_| key.clone(), SearchKey::And)
        }
        SearchKey::GmailRaw(_)
        | SearchKey::GmailMessageId(_)
        | SearchKey::GmailThreadId(_)
        | SearchKey::GmailLabel(_) => words(key).unwrap_or_else(|| key.clone()),
        other => other.clone(),
    }
}

/// How many keys there are, lists not counted. Recurses as deep as the grammar allows.
pub(super) fn count(key: &SearchKey) -> usize {
    match key {
        SearchKey::Not(key) => 1 + count(key),
        SearchKey::Or(left, right) => 1 + count(left) + count(right),
        SearchKey::And(keys) => keys.iter().map(count).sum(),
        _ => 1,
    }
}

/// Without a charset the string is ASCII; UTF-8, of which that is a part, is understood all the same.
fn needle(text: &ImapString) -> Result<Needle, &'static str> {
    match text.as_text().as_str() {
        Some(text) => Ok(Needle::new(text)),
        None => Err("a string is not in the charset of the search"),
    }
}

impl Test {
    fn decide(&self, facts: &Facts<'_>) -> Option<bool> {
        self.combine(&|test| test.holds(facts))
    }

    /// What holds for the whole, where `leaf` says it for what is no combination of others.
    fn combine(&self, leaf: &impl Fn(&Self) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Not(test) => test.combine(leaf).map(|holds| !holds),
            Self::And(tests) => all(tests.iter().map(|test| test.combine(leaf))),
            Self::Or(left, right) => {
                all([left, right].into_iter().map(|test| test.combine(leaf).map(|holds| !holds)))
                    .map(|neither| !neither)
            }
            test => leaf(test),
        }
    }

    /// As far as the names of a message decide.
    fn names(&self, number: SeqNum, uid: Uid) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Numbers(numbers) => Some(numbers.contains(number)),
            Self::Uids(uids) => Some(uids.contains(uid)),
            _ => None,
        }
    }

    fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        let arrival = facts.arrival.as_ref();
        match self {
            Self::Flag(flag) => Some(has(facts.row, flag)),
            Self::Recent => Some(facts.row.recent),
            Self::All | Self::Numbers(_) | Self::Uids(_) => self.names(facts.number, facts.row.uid),
            Self::ChangedFrom(state) => Some(facts.row.changed >= *state),
            Self::Arrived(order, day) => arrival.map(|it| order.holds(it.date.date(), *day)),
            Self::ArrivedFrom(moment) => arrival.map(|it| it.date.unix_seconds() >= *moment),
            Self::ArrivedUntil(moment) => arrival.map(|it| it.date.unix_seconds() <= *moment),
            Self::Larger(octets) => arrival.map(|it| it.size > *octets),
            Self::Smaller(octets) => arrival.map(|it| it.size < *octets),
            Self::Saved(order, day) => arrival.map(|it| order.holds(it.saved_at().date(), *day)),
            Self::SavedKnown => arrival.map(|it| it.saved.is_some()),
            Self::EmailId(id) => arrival.map(|it| it.id == *id),
            Self::Text(index) => facts.found.and_then(|found| found.get(*index).copied()),
            // They are combined already.
            Self::Not(_) | Self::And(_) | Self::Or(..) => None,
        }
    }
}

/// Flags are the same in any case (RFC 9051 section 2.3.2).
fn has(row: &Row, flag: &Flag) -> bool {
    match flag {
        Flag::Keyword(wanted) => row
            .flags
            .iter()
            .any(|flag| matches!(flag, Flag::Keyword(keyword) if keyword.eq_ignore_case(wanted.as_bytes()))),
        system => row.has(system),
    }
}

/// False as soon as one is false, whatever is not known of the others.
fn all(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for test in tests {
        match test {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = None,
        }
    }
    known
}
