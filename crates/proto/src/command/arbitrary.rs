//! Commands of every kind, for the tests of properties.

use std::num::NonZeroU32;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    AppendMessage, ChangedSince, Charset, Command, EncodeOptions, EntryKind, Event, EventGroup,
    FetchAttribute, FetchItems, FetchMessages, InitialStatus, ListReturn, ListSelection, MessageForm,
    MetadataDepth, MetadataOptions, ModSeqEntry, NewMessage, NewMetadata, Notify, NotifySet, Peek,
    PreviewMode, QResync, QuotaLimit, RawArguments, RawValue, Replaced, RightsChange, SearchBy, SearchKey,
    SearchOption, SearchReturn, SelectParameter, SelectionOption, SequenceMatch, Silence, SortCriterion,
    SortKey, SortOrder, StatusAttribute, StoreChange, StoreItem, ThreadAlgorithm, UnchangedSince, Watched,
};
use crate::types::{
    Atom, Bound, Capability, Date, Flag, GmLabel, Id, IdParameters, IdSet, ImapString, InternalDate,
    ListPattern, ListReference, MailboxName, Messages, MetadataEntry, MetadataOwner, ModSeq, NameEncoding,
    NonEmpty, ObjectId, PartPath, Partial, PartialRange, QuotaResource, Rights, SaslMessage, Secret, Section,
    SectionText, SeqNum, SequenceSet, SpecialUse, Tag, Text, Uid, UidValidity, Uids,
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
        Just(Command::Compress),
        select(super::simple::SIMPLE.map(|(_, command)| command).to_vec()),
        (atom(), option::of(vec(any::<u8>(), 0..40))).prop_map(|(mechanism, initial)| {
            Command::Authenticate { mechanism, initial: initial.map(SaslMessage::new) }
        }),
        (imap_string(), secret()).prop_map(|(user, password)| Command::Login { user, password }),
        id_parameters().prop_map(Command::Id),
        non_empty(capability()).prop_map(Command::Enable),
        option::of(sequence_set()).prop_map(|set| Command::UidExpunge(set.map_or(Uids::Saved, Uids::Set))),
        (
            option::of(search_return()),
            search_key(),
            charset(),
            select(vec![SearchBy::Numbers, SearchBy::Uids])
        )
            .prop_map(|(returns, key, charset, by)| Command::Search { returns, key, charset, by }),
        (fetch_messages(), fetch_items()).prop_map(|(messages, items)| Command::Fetch { messages, items }),
        sorted(),
        quota(),
        (extension(), raw_arguments()).prop_map(|(name, arguments)| Command::Unknown { name, arguments }),
    ]
    .boxed()
}

fn with_mailbox(names: NameEncoding) -> BoxedStrategy<Command> {
    let mailbox = || mailbox(names);
    prop_oneof![
        (mailbox(), select_parameter())
            .prop_map(|(mailbox, parameter)| Command::Select { mailbox, parameter }),
        (mailbox(), select_parameter())
            .prop_map(|(mailbox, parameter)| Command::Examine { mailbox, parameter }),
        store(names),
        (mailbox(), vec(special_use(), 0..3)).prop_map(|(mailbox, uses)| Command::Create { mailbox, uses }),
        mailbox().prop_map(Command::Delete),
        (mailbox(), mailbox()).prop_map(|(from, to)| Command::Rename { from, to }),
        mailbox().prop_map(Command::Subscribe),
        mailbox().prop_map(Command::Unsubscribe),
        (reference(names), pattern(names))
            .prop_map(|(reference, pattern)| Command::List { reference, pattern }),
        (reference(names), pattern(names))
            .prop_map(|(reference, pattern)| Command::Lsub { reference, pattern }),
        (reference(names), pattern(names))
            .prop_map(|(reference, pattern)| Command::Xlist { reference, pattern }),
        list_extended(names),
        notify(names),
        (mailbox(), non_empty(status_attribute()))
            .prop_map(|(mailbox, items)| Command::Status { mailbox, items }),
        append(names),
        mailbox().prop_map(Command::GetQuotaRoot),
        acl(names),
        metadata(names),
        replace(names),
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

fn metadata(names: NameEncoding) -> BoxedStrategy<Command> {
    let owner =
        || prop_oneof![1 => Just(MetadataOwner::Server), 3 => mailbox(names).prop_map(MetadataOwner::from)];
    let entry = || "(/[!-$&-)+-.0-~ ]{1,6}){1,3}".prop_map(|name| MetadataEntry::new(name).unwrap());
    let depth = select(vec![MetadataDepth::Named, MetadataDepth::Children, MetadataDepth::All]);
    let options =
        (option::of(any::<u32>()), depth).prop_map(|(max_size, depth)| MetadataOptions { max_size, depth });
    let value = option::of(vec(any::<u8>(), 0..12).prop_map(Bytes::from));
    let new = (entry(), value).prop_map(|(entry, value)| NewMetadata { entry, value });
    prop_oneof![
        (owner(), options, non_empty(entry())).prop_map(|(owner, options, entries)| Command::GetMetadata {
            owner,
            options,
            entries
        }),
        (owner(), non_empty(new)).prop_map(|(owner, entries)| Command::SetMetadata { owner, entries }),
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

fn list_extended(names: NameEncoding) -> BoxedStrategy<Command> {
    let other = || (extension(), option::of(raw_value()));
    let selection = prop_oneof![
        4 => select(vec![
            SelectionOption::Subscribed,
            SelectionOption::Remote,
            SelectionOption::RecursiveMatch,
            SelectionOption::SpecialUse,
        ]),
        1 => other().prop_map(|(name, value)| SelectionOption::Other { name, value }),
    ];
    let selection =
        vec(selection, 0..4).prop_filter_map("nothing to select", |options| ListSelection::new(options).ok());
    let returns = prop_oneof![
        3 => select(vec![ListReturn::Subscribed, ListReturn::Children, ListReturn::SpecialUse]),
        1 => non_empty(status_attribute()).prop_map(ListReturn::Status),
        1 => other().prop_map(|(name, value)| ListReturn::Other { name, value }),
    ];
    (selection, reference(names), non_empty(pattern(names)), vec(returns, 0..4))
        .prop_map(|(selection, reference, patterns, returns)| Command::ListExtended {
            selection,
            reference,
            patterns,
            returns,
        })
        .boxed()
}

/// With messages in memory.
pub(super) fn append(names: NameEncoding) -> BoxedStrategy<Command> {
    (mailbox(names), vec(new_message(), 1..4))
        .prop_map(|(mailbox, messages)| Command::Append { mailbox, messages: messages.try_into().unwrap() })
        .boxed()
}

fn new_message() -> BoxedStrategy<NewMessage> {
    let form = select(vec![MessageForm::Literal, MessageForm::Literal8, MessageForm::Utf8]);
    (vec(flag(), 0..4), option::of(internal_date()), form, vec(any::<u8>(), 0..60))
        .prop_map(|(flags, date, form, message)| NewMessage {
            flags,
            date,
            form,
            message: AppendMessage::Inline(message.into()),
        })
        .boxed()
}

fn replace(names: NameEncoding) -> BoxedStrategy<Command> {
    let replaced = prop_oneof![bound().prop_map(Replaced::Number), bound().prop_map(Replaced::Uid)];
    (replaced, mailbox(names), new_message())
        .prop_map(|(replaced, mailbox, message)| Command::Replace {
            replaced,
            mailbox,
            message: Box::new(message),
        })
        .boxed()
}

fn special_use() -> BoxedStrategy<SpecialUse> {
    prop_oneof![
        select(vec![SpecialUse::All, SpecialUse::Important, SpecialUse::Sent]),
        extension().prop_map(SpecialUse::Other),
    ]
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
            StatusAttribute::MailboxId,
            StatusAttribute::AppendLimit,
            StatusAttribute::DeletedStorage,
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
    prop_oneof![
        3 => sequence_set().prop_map(Messages::Numbers),
        3 => sequence_set().prop_map(Messages::Uids),
        1 => select(vec![Messages::Saved, Messages::SavedByUid]),
    ]
    .boxed()
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

fn notify(names: NameEncoding) -> BoxedStrategy<Command> {
    let mailboxes = || non_empty(mailbox(names));
    let watched = prop_oneof![
        select(vec![
            Watched::Selected,
            Watched::SelectedDelayed,
            Watched::Inboxes,
            Watched::Personal,
            Watched::Subscribed
        ]),
        mailboxes().prop_map(Watched::Subtree),
        mailboxes().prop_map(Watched::Mailboxes),
    ];
    let changes = proptest::sample::subsequence(vec![Event::FlagChange, Event::AnnotationChange], 0..=2);
    let messages = (vec(fetch_attribute(), 0..3), changes).prop_map(|(attributes, changes)| {
        [vec![Event::MessageNew(attributes), Event::MessageExpunge], changes].concat()
    });
    let others = vec![Event::MailboxName, Event::SubscriptionChange, Event::ServerMetadataChange];
    let others =
        (proptest::sample::subsequence(others, 0..=3), option::of(extension().prop_map(Event::Other)))
            .prop_map(|(others, other)| others.into_iter().chain(other).collect::<Vec<_>>());
    let group = (watched, option::of(messages), others).prop_filter_map(
        "what may not stand together",
        |(watched, messages, others)| {
            let mut events = messages.unwrap_or_default();
            if !matches!(watched, Watched::Selected | Watched::SelectedDelayed) {
                events.extend(others);
                if let Some(Event::MessageNew(attributes)) = events.first_mut() {
                    attributes.clear();
                }
            }
            EventGroup::new(watched, events).ok()
        },
    );
    let set = (select(vec![InitialStatus::Told, InitialStatus::Known]), non_empty(group))
        .prop_filter_map("two of the selected mailbox", |(status, groups)| {
            NotifySet::new(status, groups).ok()
        });
    option::weighted(0.9, set).prop_map(|set| Command::Notify(set.map_or(Notify::None, Notify::Set))).boxed()
}

fn modseq() -> impl Strategy<Value = ModSeq> {
    prop_oneof![1_u64..100, 1..=ModSeq::MAX.value()].prop_map(|number| ModSeq::new(number).unwrap())
}

fn fetch_messages() -> BoxedStrategy<FetchMessages> {
    let place = || prop_oneof![1_u32..100, 1_u32..].prop_map(|place| NonZeroU32::new(place).unwrap());
    let partial = prop_oneof![
        (place(), place()).prop_map(|(one, other)| PartialRange::oldest(one..=other)),
        (place(), place()).prop_map(|(one, other)| PartialRange::newest(one..=other)),
    ];
    let since = prop_oneof![
        modseq().prop_map(ChangedSince::Changed),
        modseq().prop_map(ChangedSince::ChangedOrVanished),
    ];
    prop_oneof![
        2 => messages().prop_map(FetchMessages::from),
        1 => (sequence_set(), option::of(modseq()))
            .prop_map(|(set, changed_since)| FetchMessages::Numbers { set, changed_since }),
        2 => (sequence_set(), option::of(since), option::of(partial))
            .prop_map(|(set, changed_since, partial)| FetchMessages::Uids { set, changed_since, partial }),
    ]
    .boxed()
}

fn select_parameter() -> BoxedStrategy<SelectParameter> {
    let known = || vec((1_u32.., 1_u32..), 1..4);
    let matched = vec((1_u32.., 1_u32..), 1..6);
    let resync = (1_u32.., modseq(), option::of(known()), option::of(matched)).prop_map(
        |(validity, modseq, known, matched)| {
            let mut resync = QResync::new(UidValidity::new(validity).unwrap(), modseq);
            if let Some(known) = known {
                let ranges = known
                    .into_iter()
                    .map(|(one, other)| IdSet::from_range(Uid::new(one).unwrap()..=Uid::new(other).unwrap()));
                let uids = ranges.fold(IdSet::new(), |uids, range| uids.union(&range));
                resync = resync.with_known_uids(uids).unwrap();
            }
            if let Some(matched) = matched {
                let numbers = matched.iter().map(|(number, _)| SeqNum::new(*number).unwrap()).collect();
                let uids = matched.iter().map(|(_, uid)| Uid::new(*uid).unwrap()).collect();
                // Equal numbers leave fewer members.
                if let Ok(matched) = SequenceMatch::new(numbers, uids) {
                    resync = resync.with_match(matched);
                }
            }
            SelectParameter::QResync(Box::new(resync))
        },
    );
    prop_oneof![2 => Just(SelectParameter::None), 1 => Just(SelectParameter::CondStore), 2 => resync].boxed()
}

fn store(names: NameEncoding) -> BoxedStrategy<Command> {
    let since = prop_oneof![Just(UnchangedSince::Zero), modseq().prop_map(UnchangedSince::ModSeq)];
    let label = prop_oneof![
        octets().prop_map(move |octets| GmLabel::from_wire(octets.into(), names)),
        "\\\\?[A-Z \\[\\]{}&\u{fc}]{1,8}".prop_map(|label| GmLabel::new(label).unwrap()),
    ];
    let item = prop_oneof![
        vec(flag(), 0..4).prop_map(StoreItem::Flags),
        vec(label, 0..4).prop_map(StoreItem::GmLabels),
    ];
    let change = select(vec![StoreChange::Replace, StoreChange::Add, StoreChange::Remove]);
    (messages(), option::of(since), change, select(vec![Silence::Answered, Silence::Silent]), item)
        .prop_map(|(messages, unchanged_since, change, silence, item)| Command::Store {
            messages,
            unchanged_since,
            change,
            silence,
            item,
        })
        .boxed()
}

fn added_attribute() -> BoxedStrategy<FetchAttribute> {
    let path = || vec((1_u32..).prop_map(|part| NonZeroU32::new(part).unwrap()), 0..3).prop_map(PartPath);
    prop_oneof![
        select(vec![
            FetchAttribute::ModSeq,
            FetchAttribute::EmailId,
            FetchAttribute::ThreadId,
            FetchAttribute::SaveDate,
            FetchAttribute::Preview(PreviewMode::Make),
            FetchAttribute::Preview(PreviewMode::Lazy),
            FetchAttribute::GmMessageId,
            FetchAttribute::GmThreadId,
            FetchAttribute::GmLabels,
        ]),
        (path(), option::of(partial()), select(vec![Peek::Peek, Peek::MarkSeen]))
            .prop_map(|(path, partial, peek)| FetchAttribute::Binary { path, partial, peek }),
        path().prop_map(FetchAttribute::BinarySize),
    ]
    .boxed()
}

fn fetch_items() -> BoxedStrategy<FetchItems> {
    prop_oneof![
        1 => select(vec![FetchItems::All, FetchItems::Fast, FetchItems::Full]),
        6 => non_empty(fetch_attribute()).prop_map(FetchItems::Attributes),
    ]
    .boxed()
}

fn fetch_attribute() -> BoxedStrategy<FetchAttribute> {
    prop_oneof![
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
        added_attribute(),
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

fn search_return() -> BoxedStrategy<SearchReturn> {
    let option = prop_oneof![
        4 => select(vec![
            SearchOption::Min,
            SearchOption::Max,
            SearchOption::All,
            SearchOption::Count,
            SearchOption::Save,
        ]),
        1 => partial_range().prop_map(SearchOption::Partial),
        1 => (extension(), option::of(raw_value()))
            .prop_map(|(name, value)| SearchOption::Other { name, value }),
    ];
    vec(option, 0..4)
        .prop_filter_map("what cannot stand together", |options| SearchReturn::new(options).ok())
        .boxed()
}

fn partial_range() -> impl Strategy<Value = PartialRange> {
    ("-?", 1_u32.., 1_u32..)
        .prop_map(|(minus, one, other)| format!("{minus}{one}:{minus}{other}").parse().unwrap())
}

fn raw_value() -> BoxedStrategy<RawValue> {
    prop_oneof![
        "[-*1-9][0-9:,]{0,5}".prop_map(Bytes::from),
        "[\"\\\\{}()\\[\\]*% 0-9+~a-c]{0,8}".prop_map(|text| format!("({text})").into()),
        vec(any::<u8>(), 0..8).prop_map(|octets| {
            [format!("(a ({{{}}}\r\n", octets.len()).as_bytes(), &octets, b" \"b\"))"].concat().into()
        }),
    ]
    .prop_filter_map("more than one value", |value: Bytes| RawValue::new(value).ok())
    .boxed()
}

fn object_id() -> impl Strategy<Value = ObjectId> {
    "[A-Za-z0-9_-]{1,20}".prop_map(|id| ObjectId::new(id).unwrap())
}

fn uid() -> impl Strategy<Value = Uid> {
    (1_u32..).prop_map(|uid| Uid::new(uid).unwrap())
}

/// Keys of extensions.
fn extended_key() -> BoxedStrategy<SearchKey> {
    let modseq = || option::of((1..=ModSeq::MAX.value()).prop_map(|number| ModSeq::new(number).unwrap()));
    let kind = select(vec![EntryKind::Private, EntryKind::Shared, EntryKind::All]);
    let entry = (flag(), kind).prop_map(|(flag, kind)| ModSeqEntry { flag, kind });
    let seconds = || (1_u32..).prop_map(|seconds| NonZeroU32::new(seconds).unwrap());
    prop_oneof![
        select(vec![SearchKey::Saved, SearchKey::SaveDateSupported]),
        (option::of(entry), modseq()).prop_map(|(entry, since)| SearchKey::ModSeq { entry, since }),
        seconds().prop_map(SearchKey::Younger),
        seconds().prop_map(SearchKey::Older),
        date().prop_map(SearchKey::SavedBefore),
        date().prop_map(SearchKey::SavedOn),
        date().prop_map(SearchKey::SavedSince),
        object_id().prop_map(SearchKey::EmailId),
        object_id().prop_map(SearchKey::ThreadId),
        uid().prop_map(SearchKey::UidAfter),
        uid().prop_map(SearchKey::UidBefore),
        imap_string().prop_map(SearchKey::GmailRaw),
        imap_string().prop_map(SearchKey::GmailLabel),
        any::<u64>().prop_map(SearchKey::GmailMessageId),
        any::<u64>().prop_map(SearchKey::GmailThreadId),
    ]
    .boxed()
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
        extended_key(),
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
