//! Commands of every kind, for the tests of properties.

use std::num::NonZeroU32;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    AppendMessage, Charset, Command, EncodeOptions, FetchAttribute, FetchItems, Peek, QuotaLimit,
    RawArguments, RightsChange, SearchBy, SearchKey, Silence, SortCriterion, SortKey, SortOrder,
    StatusAttribute, StoreChange, ThreadAlgorithm,
};
use crate::types::{
    Atom, Bound, Capability, Date, Flag, Id, IdParameters, ImapString, InternalDate, ListPattern,
    ListReference, MailboxName, Messages, NameEncoding, NonEmpty, PartPath, Partial, QuotaResource, Rights,
    SaslMessage, Secret, Section, SectionText, SequenceSet, Tag, Text,
};
use crate::wire::LiteralMode;

/// What a command is written with, and a command that suits it.
pub(super) fn sent() -> BoxedStrategy<(EncodeOptions, Command)> {
    let names = select(vec![NameEncoding::ModifiedUtf7, NameEncoding::Utf8]);
    let literals =
        select(vec![LiteralMode::Synchronizing, LiteralMode::Minus, LiteralMode::Plus, LiteralMode::Server]);
    (names, literals)
        .prop_flat_map(|(names, literals)| (Just(EncodeOptions { literals, names }), command(names)))
        .boxed()
}

pub(super) fn command(names: NameEncoding) -> BoxedStrategy<Command> {
    prop_oneof![
        4 => without_mailbox(),
        4 => with_mailbox(names),
    ]
    .boxed()
}

fn without_mailbox() -> BoxedStrategy<Command> {
    prop_oneof![
        select(super::simple::SIMPLE.map(|(_, command)| command).to_vec()),
        (atom(), option::of(vec(any::<u8>(), 0..40))).prop_map(|(mechanism, initial)| {
            Command::Authenticate { mechanism, initial: initial.map(SaslMessage::new) }
        }),
        (imap_string(), secret()).prop_map(|(user, password)| Command::Login { user, password }),
        id_parameters().prop_map(Command::Id),
        non_empty(capability()).prop_map(Command::Enable),
        sequence_set().prop_map(Command::UidExpunge),
        (search_key(), charset(), select(vec![SearchBy::Numbers, SearchBy::Uids]))
            .prop_map(|(key, charset, by)| Command::Search { key, charset, by }),
        (messages(), fetch_items()).prop_map(|(messages, items)| Command::Fetch { messages, items }),
        (
            messages(),
            select(vec![StoreChange::Replace, StoreChange::Add, StoreChange::Remove]),
            select(vec![Silence::Answered, Silence::Silent]),
            vec(flag(), 0..4)
        )
            .prop_map(|(messages, change, silence, flags)| Command::Store {
                messages,
                change,
                silence,
                flags
            }),
        sorted(),
        quota(),
        (extension(), raw_arguments()).prop_map(|(name, arguments)| Command::Unknown { name, arguments }),
    ]
    .boxed()
}

fn with_mailbox(names: NameEncoding) -> BoxedStrategy<Command> {
    let mailbox = || mailbox(names);
    prop_oneof![
        mailbox().prop_map(Command::Select),
        mailbox().prop_map(Command::Examine),
        mailbox().prop_map(Command::Create),
        mailbox().prop_map(Command::Delete),
        (mailbox(), mailbox()).prop_map(|(from, to)| Command::Rename { from, to }),
        mailbox().prop_map(Command::Subscribe),
        mailbox().prop_map(Command::Unsubscribe),
        (reference(names), pattern(names))
            .prop_map(|(reference, pattern)| Command::List { reference, pattern }),
        (reference(names), pattern(names))
            .prop_map(|(reference, pattern)| Command::Lsub { reference, pattern }),
        (mailbox(), non_empty(status_attribute()))
            .prop_map(|(mailbox, items)| Command::Status { mailbox, items }),
        append(names),
        mailbox().prop_map(Command::GetQuotaRoot),
        acl(names),
        (messages(), mailbox()).prop_map(|(messages, mailbox)| Command::Copy { messages, mailbox }),
        (messages(), mailbox()).prop_map(|(messages, mailbox)| Command::Move { messages, mailbox }),
    ]
    .boxed()
}

fn sorted() -> BoxedStrategy<Command> {
    let criterion = (
        select(vec![SortKey::Arrival, SortKey::DisplayFrom, SortKey::Subject]),
        select(vec![SortOrder::Ascending, SortOrder::Descending]),
    )
        .prop_map(|(key, order)| SortCriterion { key, order });
    let algorithm = prop_oneof![
        select(vec![ThreadAlgorithm::OrderedSubject, ThreadAlgorithm::References, ThreadAlgorithm::Refs]),
        extension().prop_map(ThreadAlgorithm::Other),
    ];
    let by = || select(vec![SearchBy::Numbers, SearchBy::Uids]);
    prop_oneof![
        (non_empty(criterion), search_key(), charset(), by())
            .prop_map(|(criteria, key, charset, by)| Command::Sort { criteria, key, charset, by }),
        (algorithm, search_key(), charset(), by())
            .prop_map(|(algorithm, key, charset, by)| Command::Thread { algorithm, key, charset, by }),
    ]
    .boxed()
}

/// With rights that a server takes.
fn acl(names: NameEncoding) -> BoxedStrategy<Command> {
    let mailbox = || mailbox(names);
    let change = ("[0-9a-z]{0,8}", 0_usize..3).prop_map(|(rights, index)| {
        let make = [RightsChange::Replace, RightsChange::Add, RightsChange::Remove];
        make[index](Rights::new(rights).unwrap())
    });
    prop_oneof![
        mailbox().prop_map(Command::GetAcl),
        mailbox().prop_map(Command::MyRights),
        (mailbox(), imap_string(), change).prop_map(|(mailbox, identifier, change)| Command::SetAcl {
            mailbox,
            identifier,
            change
        }),
        (mailbox(), imap_string())
            .prop_map(|(mailbox, identifier)| Command::DeleteAcl { mailbox, identifier }),
        (mailbox(), imap_string())
            .prop_map(|(mailbox, identifier)| Command::ListRights { mailbox, identifier }),
    ]
    .boxed()
}

fn quota() -> BoxedStrategy<Command> {
    let resource = prop_oneof![
        select(vec![QuotaResource::Storage, QuotaResource::Message]),
        extension().prop_map(QuotaResource::Other),
    ];
    let limit = (resource, any::<u64>()).prop_map(|(resource, limit)| QuotaLimit { resource, limit });
    prop_oneof![
        imap_string().prop_map(|root| Command::GetQuota { root }),
        (imap_string(), vec(limit, 0..3)).prop_map(|(root, limits)| Command::SetQuota { root, limits }),
    ]
    .boxed()
}

/// With a message in memory.
pub(super) fn append(names: NameEncoding) -> BoxedStrategy<Command> {
    (mailbox(names), vec(flag(), 0..4), option::of(internal_date()), vec(any::<u8>(), 0..60))
        .prop_map(|(mailbox, flags, date, message)| Command::Append {
            mailbox,
            flags,
            date,
            message: AppendMessage::Inline(message.into()),
        })
        .boxed()
}

pub(super) fn tag() -> impl Strategy<Value = Tag> {
    "[!#$&',-\\[\\]^-z|}~]{1,64}".prop_map(|tag| Tag::new(tag).unwrap())
}

/// Octets without NUL: any, such as have a meaning in IMAP, or text of people.
fn octets() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        vec(1_u8.., 0..20),
        "[\"\\\\{}()\\[\\]*% \r\n0-9+~aN=]{0,12}".prop_map(String::into_bytes),
        "[\u{3042}-\u{3093}\u{e4}\u{f6}a-z&]{0,8}".prop_map(String::into_bytes),
        select(vec!["NIL", "nil", "", "INBOX", "{3}", "a{3+}", "*", "\r\n", "\r\na NOOP"])
            .prop_map(|text| text.as_bytes().to_vec()),
        // Longer than a quoted string is made.
        "[a-z]{510,520}".prop_map(String::into_bytes),
    ]
    .boxed()
}

fn id_parameters() -> BoxedStrategy<IdParameters> {
    vec((octets(), option::of(octets())), 0..5)
        .prop_filter_map("what the RFC forbids", |pairs| IdParameters::new(pairs).ok())
        .boxed()
}

fn capability() -> BoxedStrategy<Capability> {
    prop_oneof![
        select(vec![
            Capability::Imap4Rev2,
            Capability::Utf8Accept,
            Capability::Auth(Atom::try_from("X").unwrap())
        ]),
        atom().prop_map(Capability::new),
    ]
    .boxed()
}

fn imap_string() -> BoxedStrategy<ImapString> {
    octets().prop_map(|octets| ImapString::new(octets).unwrap()).boxed()
}

pub(super) fn secret() -> BoxedStrategy<Secret> {
    octets().prop_map(|octets| Secret::new(octets).unwrap()).boxed()
}

fn mailbox(names: NameEncoding) -> BoxedStrategy<MailboxName> {
    prop_oneof![
        octets().prop_map(move |octets| MailboxName::from_wire(octets.into(), names)),
        any::<String>()
            .prop_filter_map("CR, LF or NUL in a name", |name| MailboxName::new(name).ok())
            .prop_filter("NUL in a name", |name| !name.as_str().contains('\0')),
    ]
    .boxed()
}

fn reference(names: NameEncoding) -> BoxedStrategy<ListReference> {
    octets().prop_map(move |octets| ListReference::from_wire(octets.into(), names)).boxed()
}

fn pattern(names: NameEncoding) -> BoxedStrategy<ListPattern> {
    prop_oneof![
        octets().prop_map(move |octets| ListPattern::from_wire(octets.into(), names)),
        "[*%/a-z\u{e4}&]{0,8}".prop_map(|pattern| ListPattern::new(pattern).unwrap()),
    ]
    .boxed()
}

fn atom() -> BoxedStrategy<Atom> {
    prop_oneof![
        "[!#$&'+,-9:;<-\\[\\]^-z|}~]{1,12}".prop_map(|atom| Atom::new(atom).unwrap()),
        vec(128_u8.., 1..4).prop_map(|atom| Atom::new(atom).unwrap()),
    ]
    .boxed()
}

/// An atom that is no known name.
fn extension() -> impl Strategy<Value = Atom> {
    atom().prop_map(|atom| Atom::new([b"X-", atom.as_bytes()].concat()).unwrap())
}

fn flag() -> BoxedStrategy<Flag> {
    prop_oneof![
        select(vec![Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft, Flag::Recent]),
        atom().prop_map(Flag::Keyword),
        extension().prop_map(Flag::Extension),
    ]
    .boxed()
}

fn status_attribute() -> BoxedStrategy<StatusAttribute> {
    prop_oneof![
        select(vec![
            StatusAttribute::Messages,
            StatusAttribute::Recent,
            StatusAttribute::UidNext,
            StatusAttribute::UidValidity,
            StatusAttribute::Unseen,
            StatusAttribute::Deleted,
            StatusAttribute::Size,
            StatusAttribute::HighestModSeq,
        ]),
        extension().prop_map(StatusAttribute::Other),
    ]
    .boxed()
}

fn non_empty<S: Strategy>(item: S) -> impl Strategy<Value = NonEmpty<S::Value>>
where
    S::Value: Clone,
{
    vec(item, 1..4).prop_map(|items| NonEmpty::try_from(items).unwrap())
}

fn bound<T: Id>() -> impl Strategy<Value = Bound<T>> {
    let id = prop_oneof![1_u32..100, 1_u32.., Just(u32::MAX)];
    prop_oneof![
        4 => id.prop_map(|number| Bound::Id(T::from_number(number).unwrap())),
        1 => Just(Bound::Last),
    ]
}

pub(super) fn sequence_set<T: Id>() -> impl Strategy<Value = SequenceSet<T>> {
    let range = || (bound(), bound());
    (range(), vec(range(), 0..4)).prop_map(|((start, end), more)| {
        let first = SequenceSet::range(start, end);
        more.into_iter().fold(first, |set, (start, end)| set.and(start, end))
    })
}

fn messages() -> BoxedStrategy<Messages> {
    prop_oneof![sequence_set().prop_map(Messages::Numbers), sequence_set().prop_map(Messages::Uids)].boxed()
}

fn section() -> BoxedStrategy<Section> {
    let path = vec((1_u32..).prop_map(|part| NonZeroU32::new(part).unwrap()), 0..3).prop_map(PartPath);
    let fields = || vec(octets().prop_map(Text::from), 1..4);
    let text = prop_oneof![
        select(vec![SectionText::Header, SectionText::Text, SectionText::Mime]),
        fields().prop_map(SectionText::HeaderFields),
        fields().prop_map(SectionText::HeaderFieldsNot),
    ];
    (path, option::of(text))
        .prop_map(|(path, text)| {
            // The header of a part needs a part.
            let text = text.filter(|text| *text != SectionText::Mime || !path.0.is_empty());
            Section { path, text }
        })
        .boxed()
}

fn partial() -> impl Strategy<Value = Partial> {
    (any::<u32>(), 1_u32..)
        .prop_map(|(origin, length)| Partial { origin, length: NonZeroU32::new(length).unwrap() })
}

fn fetch_items() -> BoxedStrategy<FetchItems> {
    let attribute = prop_oneof![
        select(vec![
            FetchAttribute::Envelope,
            FetchAttribute::Flags,
            FetchAttribute::InternalDate,
            FetchAttribute::Rfc822,
            FetchAttribute::Rfc822Header,
            FetchAttribute::Rfc822Size,
            FetchAttribute::Rfc822Text,
            FetchAttribute::Body,
            FetchAttribute::BodyStructure,
            FetchAttribute::Uid,
        ]),
        (section(), option::of(partial()), select(vec![Peek::Peek, Peek::MarkSeen]))
            .prop_map(|(section, partial, peek)| FetchAttribute::Section { section, partial, peek }),
        extension().prop_map(FetchAttribute::Other),
    ];
    prop_oneof![
        1 => select(vec![FetchItems::All, FetchItems::Fast, FetchItems::Full]),
        6 => non_empty(attribute).prop_map(FetchItems::Attributes),
    ]
    .boxed()
}

pub(super) fn date() -> impl Strategy<Value = Date> {
    (1_u16..=9999, 1_u8..=12, 1_u8..=31)
        .prop_filter_map("a day that the month has not", |(year, month, day)| {
            Date::new(year, month, day).ok()
        })
}

pub(super) fn internal_date() -> impl Strategy<Value = InternalDate> {
    (date(), 0_u8..24, 0_u8..60, 0_u8..=60, -1439_i16..1440).prop_map(|(date, hour, minute, second, zone)| {
        InternalDate::new(date, hour, minute, second, zone).unwrap()
    })
}

fn charset() -> impl Strategy<Value = Charset> {
    prop_oneof![Just(Charset::Default), Just(Charset::Utf8), extension().prop_map(Charset::Other),]
}

fn search_key() -> BoxedStrategy<SearchKey> {
    let word = select(vec![
        SearchKey::All,
        SearchKey::Answered,
        SearchKey::Deleted,
        SearchKey::Draft,
        SearchKey::Flagged,
        SearchKey::New,
        SearchKey::Old,
        SearchKey::Recent,
        SearchKey::Seen,
        SearchKey::Unanswered,
        SearchKey::Undeleted,
        SearchKey::Undraft,
        SearchKey::Unflagged,
        SearchKey::Unseen,
    ]);
    let text = (0_usize..7, imap_string()).prop_map(|(index, text)| {
        let make = [
            SearchKey::Bcc,
            SearchKey::Body,
            SearchKey::Cc,
            SearchKey::From,
            SearchKey::Subject,
            SearchKey::Text,
            SearchKey::To,
        ];
        make[index](text)
    });
    let day = (0_usize..6, date()).prop_map(|(index, day)| {
        let make = [
            SearchKey::Before,
            SearchKey::On,
            SearchKey::SentBefore,
            SearchKey::SentOn,
            SearchKey::SentSince,
            SearchKey::Since,
        ];
        make[index](day)
    });
    let leaf = prop_oneof![
        word,
        text,
        day,
        (imap_string(), imap_string()).prop_map(|(field, value)| SearchKey::Header { field, value }),
        atom().prop_map(SearchKey::Keyword),
        atom().prop_map(SearchKey::Unkeyword),
        any::<u64>().prop_map(SearchKey::Larger),
        any::<u64>().prop_map(SearchKey::Smaller),
        sequence_set().prop_map(SearchKey::Uid),
        sequence_set().prop_map(SearchKey::Numbers),
    ];
    leaf.prop_recursive(5, 24, 4, |key| {
        prop_oneof![
            key.clone().prop_map(|key| !key),
            (key.clone(), key.clone()).prop_map(|(left, right)| left.or(right)),
            vec(key, 1..4).prop_map(|keys| SearchKey::And(NonEmpty::try_from(keys).unwrap())),
        ]
    })
    .boxed()
}

fn raw_arguments() -> BoxedStrategy<RawArguments> {
    let text = "[\"\\\\{}()\\[\\]*% 0-9+~a-c]{0,8}";
    let literal = vec(any::<u8>(), 0..8).prop_map(|octets| {
        let plus = if octets.len() % 2 == 0 { "+" } else { "" };
        [format!("{{{}{plus}}}\r\n", octets.len()).into_bytes(), octets].concat()
    });
    (vec((text, literal), 0..3), text)
        .prop_filter_map("ends in an announcement", |(pieces, last)| {
            let mut octets = Vec::new();
            for (text, literal) in pieces {
                octets.extend_from_slice(text.as_bytes());
                octets.extend_from_slice(&literal);
            }
            octets.extend_from_slice(last.as_bytes());
            RawArguments::new(Bytes::from(octets)).ok()
        })
        .boxed()
}
