//! Responses for property tests: whatever a server of ours could be made to send.

use std::num::NonZeroU32;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::types::{
    Address, Atom, BodyExtension, BodyFields, BodyPart, BodyStructure, Bound, Capability, Date, Disposition,
    Envelope, EnvelopeFields, GmLabel, GmMessageId, GmThreadId, InternalDate, ListReference, MailboxName,
    MetadataOwner, ModSeq, MultipartBody, MultipartExtension, NonEmpty, NumberSet, ObjectId, Parameter,
    Parameters, PartContent, PartExtension, PartPath, PartialRange, PermanentFlag, QuotaResource, Rights,
    SearchBy, Section, SectionText, SeqSet, SequenceSet, Text, Uid, UidSet, UidValidity,
};

/// Any octets: what a literal can carry.
pub(super) fn text() -> impl Strategy<Value = Text> + Clone {
    prop_oneof![
        4 => "[ -~]{0,12}".prop_map(Text::from),
        2 => vec(any::<u8>(), 0..12).prop_map(Text::from),
        1 => prop_oneof!["NIL", "nil", "\\)", "\"", "\\\\\"", "\\{3\\}", "\\(", "\\]"].prop_map(Text::from),
    ]
}

/// Text up to the end of a line that does not read as a response code.
fn line_text() -> BoxedStrategy<Text> {
    vec(any::<u8>().prop_filter("no line end", |octet| !matches!(octet, b'\r' | b'\n')), 0..30)
        .prop_filter("no code", |text| text.first() != Some(&b'['))
        .prop_map(Text::from)
        .boxed()
}

fn atom() -> impl Strategy<Value = Atom> {
    let octet = any::<u8>().prop_filter("atom", |&octet| Atom::may_hold(octet));
    vec(octet, 1..8)
        .prop_filter("NIL is none", |atom| !atom.eq_ignore_ascii_case(b"NIL"))
        .prop_map(|atom| Atom::new(atom).unwrap())
}

fn flag() -> BoxedStrategy<Flag> {
    prop_oneof![
        Just(Flag::Seen),
        Just(Flag::Deleted),
        Just(Flag::Answered),
        Just(Flag::Flagged),
        Just(Flag::Draft),
        Just(Flag::Recent),
        atom().prop_map(|atom| Flag::new(atom.as_bytes().to_vec()).unwrap()),
        atom().prop_map(|atom| Flag::new([b"\\", atom.as_bytes()].concat()).unwrap()),
    ]
    .boxed()
}

fn flags() -> impl Strategy<Value = Vec<Flag>> {
    vec(flag(), 0..5)
}

/// In a code, flags whose brackets do not stand in a list would end it; they always stand in one.
fn permanent_flags() -> BoxedStrategy<Vec<PermanentFlag>> {
    vec(prop_oneof![3 => flag().prop_map(PermanentFlag::Flag), 1 => Just(PermanentFlag::NewKeywords)], 0..5)
        .boxed()
}

fn uid() -> impl Strategy<Value = Uid> {
    (1..=u32::MAX).prop_map(|number| Uid::new(number).unwrap())
}

fn seq_num() -> impl Strategy<Value = SeqNum> {
    (1..=u32::MAX).prop_map(|number| SeqNum::new(number).unwrap())
}

fn validity() -> impl Strategy<Value = UidValidity> {
    (1..=u32::MAX).prop_map(|number| UidValidity::new(number).unwrap())
}

fn modseq() -> impl Strategy<Value = ModSeq> {
    (1..=ModSeq::MAX.value()).prop_map(|number| ModSeq::new(number).unwrap())
}

fn uid_set() -> impl Strategy<Value = UidSet> {
    vec((uid(), uid()), 1..5).prop_map(|ranges| {
        let mut set = UidSet::new();
        for (start, end) in ranges {
            set.insert_range(start..=end);
        }
        set
    })
}

fn sequence_set() -> impl Strategy<Value = SequenceSet<Uid>> {
    let bound = || uid().prop_map(Bound::Id);
    ((bound(), bound()), vec((bound(), bound()), 0..4)).prop_map(|((start, end), more)| {
        more.into_iter().fold(SequenceSet::range(start, end), |set, (start, end)| set.and(start, end))
    })
}

/// Few numbers: they are written one by one.
fn seq_set() -> impl Strategy<Value = SeqSet> {
    vec(prop_oneof![1..50_u32, any::<u32>().prop_map(|number| number.max(1))], 0..40)
        .prop_map(|numbers| numbers.into_iter().filter_map(SeqNum::new).collect())
}

/// Names of capabilities hold no bracket, since a code would end there.
fn capabilities() -> impl Strategy<Value = Capabilities> {
    let capability = prop_oneof![
        Just("IMAP4rev1"),
        Just("LITERAL+"),
        Just("AUTH=PLAIN"),
        Just("X-GM-EXT-1"),
        Just("COMPRESS=DEFLATE"),
    ];
    vec(capability.prop_map(|name| Capability::try_from(name).unwrap()), 0..6)
        .prop_map(|list| list.into_iter().collect())
}

fn code() -> BoxedStrategy<ResponseCode> {
    let number_codes = prop_oneof![
        option::of(uid()).prop_map(ResponseCode::UidNext),
        option::of(validity()).prop_map(ResponseCode::UidValidity),
        option::of(seq_num()).prop_map(ResponseCode::Unseen),
        modseq().prop_map(ResponseCode::HighestModSeq),
    ];
    let plain = prop_oneof![
        Just(ResponseCode::Alert),
        Just(ResponseCode::ReadOnly),
        Just(ResponseCode::TryCreate),
        Just(ResponseCode::Closed),
        Just(ResponseCode::NonExistent),
        Just(ResponseCode::OverQuota),
        Just(ResponseCode::UidRequired),
        Just(ResponseCode::InProgress { tag: None, done: None, goal: None }),
    ];
    let words = || vec("[ -Z^-~]{0,8}".prop_map(Text::from), 0..3);
    let progress = (option::of("[ -Z^-~]{1,8}".prop_map(Text::from)), any::<u32>(), 1..=u32::MAX).prop_map(
        |(tag, done, goal)| ResponseCode::InProgress { tag, done: Some(done.min(goal)), goal: Some(goal) },
    );
    let extensions = prop_oneof![
        progress,
        words().prop_map(ResponseCode::BadEvent),
        seq_set()
            .prop_filter("a set", |set| !set.is_empty())
            .prop_map(|set| ResponseCode::Modified((&set).into())),
        "[A-Za-z0-9_-]{1,20}".prop_map(|id| ResponseCode::MailboxId(ObjectId::new(id).unwrap())),
        prop_oneof![
            any::<u32>().prop_map(MetadataCode::LongEntries),
            any::<u32>().prop_map(MetadataCode::MaxSize),
            Just(MetadataCode::TooMany),
            Just(MetadataCode::NoPrivate),
        ]
        .prop_map(ResponseCode::Metadata),
        (any::<u32>(), option::of(uid()))
            .prop_map(|(limit, lowest)| ResponseCode::MessageLimit { limit, lowest }),
    ];
    let other = ("[A-Z]{1,4}-X", option::of("[a-z0-9 ]{0,9}")).prop_map(|(name, arguments)| {
        ResponseCode::Other { name: name.into(), arguments: arguments.map(Text::from) }
    });
    prop_oneof![
        number_codes,
        plain,
        other,
        extensions,
        words().prop_map(ResponseCode::BadCharset),
        capabilities().prop_map(ResponseCode::Capability),
        permanent_flags().prop_map(ResponseCode::PermanentFlags),
        (validity(), uid_set()).prop_map(|(validity, uids)| ResponseCode::AppendUid { validity, uids }),
        (validity(), sequence_set(), sequence_set()).prop_map(|(validity, from, to)| ResponseCode::CopyUid {
            validity,
            from,
            to
        }),
    ]
    .prop_filter("parentheses that are not closed end no code", |code| match code {
        ResponseCode::BadCharset(words) | ResponseCode::BadEvent(words) => {
            !words.iter().any(holds_parentheses)
        }
        ResponseCode::InProgress { tag: Some(tag), .. } => !holds_parentheses(tag),
        _ => true,
    })
    .boxed()
}

fn holds_parentheses(text: &Text) -> bool {
    text.as_bytes().iter().any(|octet| b"()".contains(octet))
}

fn status() -> BoxedStrategy<Response> {
    let kind = prop_oneof![
        Just(StatusKind::Ok),
        Just(StatusKind::No),
        Just(StatusKind::Bad),
        Just(StatusKind::PreAuth),
        Just(StatusKind::Bye),
    ];
    (kind, option::of(code()), line_text())
        .prop_map(|(kind, code, text)| Response::Status(Status { kind, code, text }))
        .boxed()
}

fn tagged() -> BoxedStrategy<Response> {
    let status = prop_oneof![
        Just(TaggedStatus::Ok),
        Just(TaggedStatus::No),
        Just(TaggedStatus::Bad),
        Just(TaggedStatus::Bye),
    ];
    let tag = "[!#-$&',-Z^-z|}~\\[\\]]{1,9}".prop_map(|tag| Tag::new(tag.into_bytes()).unwrap());
    (tag, status, option::of(code()), line_text())
        .prop_map(|(tag, status, code, text)| Response::Tagged(Tagged { tag, status, code, text }))
        .boxed()
}

fn mailbox() -> BoxedStrategy<MailboxName> {
    prop_oneof![
        "[ -~]{1,12}".prop_map(|name| MailboxName::new(name).unwrap()),
        "\\PC{1,6}".prop_map(|name| MailboxName::new(name).unwrap()),
        vec(any::<u8>(), 0..9)
            .prop_map(|name| MailboxName::from_wire(name.into(), NameEncoding::ModifiedUtf7)),
    ]
    .boxed()
}

/// An item's value as a server could send it, and which ends where it should.
fn raw_value() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        Just("NIL"),
        Just("42"),
        Just("\"a b\""),
        Just("(a (b \"c)\" ()) {3}\r\n)(\")"),
        Just("{4}\r\na) \""),
    ]
    .prop_map(|value| Bytes::from_static(value.as_bytes()))
}

fn list_row() -> BoxedStrategy<ListRow> {
    let attribute = prop_oneof![
        Just(ListAttribute::NoSelect),
        Just(ListAttribute::HasNoChildren),
        Just(ListAttribute::Sent),
        Just(ListAttribute::All),
        Just(ListAttribute::NoAccess),
        Just(ListAttribute::Inbox),
        Just(ListAttribute::Other("\\X-Mine".into())),
        Just(ListAttribute::Other("bare".into())),
    ];
    let delimiter = prop_oneof![
        Just(None),
        Just(Some('/')),
        Just(Some('\\')),
        Just(Some('"')),
        any::<char>().prop_map(Some)
    ];
    let name = text().prop_filter("an item that is known", |name| {
        !name.eq_ignore_case(b"CHILDINFO") && !name.eq_ignore_case(b"OLDNAME")
    });
    let item = prop_oneof![
        (name, raw_value()).prop_map(|(name, value)| ListItem::Other(ExtendedItem { name, value })),
        vec(text(), 1..3).prop_map(|options| ListItem::ChildInfo(options.try_into().unwrap())),
        mailbox().prop_map(ListItem::OldName),
    ];
    (vec(attribute, 0..4), delimiter, mailbox(), vec(item, 0..3))
        .prop_map(|(attributes, delimiter, name, extended)| ListRow { attributes, delimiter, name, extended })
        .boxed()
}

/// Attributes that have two names in it are read once.
fn xlist(mut row: ListRow) -> Response {
    let first = row.attributes.iter().position(|attribute| *attribute == ListAttribute::All);
    let mut index = 0;
    row.attributes.retain(|attribute| {
        index += 1;
        *attribute != ListAttribute::All || Some(index - 1) == first
    });
    Response::Xlist(row)
}

fn id() -> BoxedStrategy<Response> {
    vec((text(), option::of(text())), 0..5)
        .prop_map(|pairs| {
            let mut parameters = IdParameters::none();
            for (field, value) in pairs {
                parameters.push_received(field, value);
            }
            Response::Id(parameters)
        })
        .boxed()
}

fn namespaces() -> BoxedStrategy<Response> {
    let extension = (text(), raw_value()).prop_map(|(name, value)| ExtendedItem { name, value });
    let prefix = vec(any::<u8>(), 0..9)
        .prop_map(|prefix| ListReference::from_wire(prefix.into(), NameEncoding::ModifiedUtf7));
    let namespace = (prefix, option::of(any::<char>()), vec(extension, 0..3))
        .prop_map(|(prefix, delimiter, extensions)| Namespace { prefix, delimiter, extensions })
        .boxed();
    let class = || vec(namespace.clone(), 0..3);
    (class(), class(), class())
        .prop_map(|(personal, other_users, shared)| {
            Response::Namespace(Namespaces { personal, other_users, shared })
        })
        .boxed()
}

fn mailbox_status() -> BoxedStrategy<Response> {
    let item = prop_oneof![
        any::<u32>().prop_map(StatusItem::Messages),
        any::<u32>().prop_map(StatusItem::Recent),
        option::of(uid()).prop_map(StatusItem::UidNext),
        option::of(validity()).prop_map(StatusItem::UidValidity),
        any::<u32>().prop_map(StatusItem::Unseen),
        any::<u32>().prop_map(StatusItem::Deleted),
        any::<u64>().prop_map(StatusItem::DeletedStorage),
        any::<u64>().prop_map(StatusItem::Size),
        option::of(modseq()).prop_map(StatusItem::HighestModSeq),
        option::of(any::<u64>()).prop_map(StatusItem::AppendLimit),
        "[A-Za-z0-9_-]{1,20}".prop_map(|id| StatusItem::MailboxId(ObjectId::new(id).unwrap())),
        raw_value().prop_map(|value| StatusItem::Other { name: "X-ITEM".into(), value }),
    ];
    (mailbox(), vec(item, 0..5))
        .prop_map(|(name, items)| Response::MailboxStatus(MailboxStatus { name, items }))
        .boxed()
}

fn search() -> BoxedStrategy<Response> {
    (seq_set(), option::of(modseq()))
        .prop_map(|(numbers, modseq)| {
            let mut row = SearchRow::from_seq_nums(numbers);
            row.modseq = modseq;
            Response::Search(row)
        })
        .boxed()
}

fn extended_search() -> BoxedStrategy<Response> {
    let tag = option::of("[!#-$&',-Z^-z|}~\\[\\]]{1,9}".prop_map(|tag| Tag::new(tag.into_bytes()).unwrap()));
    let found = || uid().prop_map(FoundNumber::from);
    let set = || uid_set().prop_map(|uids| NumberSet::from(&uids));
    let range = ("-?", 1_u32.., 1_u32..).prop_map(|(minus, one, other)| {
        format!("{minus}{one}:{minus}{other}").parse::<PartialRange>().unwrap()
    });
    let data = prop_oneof![
        found().prop_map(SearchData::Min),
        found().prop_map(SearchData::Max),
        set().prop_map(SearchData::All),
        any::<u32>().prop_map(SearchData::Count),
        modseq().prop_map(SearchData::ModSeq),
        (range, option::of(set()))
            .prop_map(|(range, found)| SearchData::Partial { range, found: found.unwrap_or_default() }),
        raw_value().prop_map(|value| SearchData::Other(ExtendedItem { name: "ADDTO".into(), value })),
    ];
    let by = prop_oneof![Just(SearchBy::Numbers), Just(SearchBy::Uids)];
    (tag, by, vec(data, 0..5))
        .prop_map(|(tag, by, data)| Response::ExtendedSearch(ExtendedSearch { tag, mailbox: None, by, data }))
        .boxed()
}

fn address() -> BoxedStrategy<Address> {
    let field = || option::of(text());
    (field(), field(), field(), field())
        .prop_map(|(name, route, mailbox, host)| Address { name, route, mailbox, host })
        .boxed()
}

pub(super) fn envelope() -> BoxedStrategy<Envelope> {
    let field = || option::of(text());
    let list = || vec(address(), 0..3).prop_map(Into::into);
    let lists = (list(), list(), list(), list(), list(), list());
    ((field(), field(), field(), field()), lists)
        .prop_map(|(texts, lists)| {
            let (date, subject, in_reply_to, message_id) = texts;
            let (from, sender, reply_to, to, cc, bcc) = lists;
            let fields = EnvelopeFields {
                date,
                subject,
                from,
                sender,
                reply_to,
                to,
                cc,
                bcc,
                in_reply_to,
                message_id,
            };
            Envelope::new(fields)
        })
        .boxed()
}

fn parameters() -> BoxedStrategy<Parameters> {
    let parameter = (text(), text()).prop_map(|(name, value)| Parameter { name, value });
    vec(parameter, 0..3).prop_map(Parameters::from).boxed()
}

fn disposition() -> BoxedStrategy<Option<Disposition>> {
    option::of((text(), parameters()).prop_map(|(kind, parameters)| Disposition { kind, parameters })).boxed()
}

fn body_extension() -> impl Strategy<Value = BodyExtension> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(BodyExtension::Number),
        option::of(text()).prop_map(BodyExtension::String),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| vec(inner, 0..3).prop_map(BodyExtension::List))
}

type Tail = (Option<Disposition>, Vec<Text>, Option<Text>, Vec<BodyExtension>);

fn tail() -> BoxedStrategy<Tail> {
    (disposition(), vec(text(), 0..3), option::of(text()), vec(body_extension(), 0..2)).boxed()
}

fn part_extension() -> BoxedStrategy<Option<PartExtension>> {
    option::of((option::of(text()), tail()).prop_map(|(md5, (disposition, language, location, more))| {
        PartExtension { md5, disposition, language, location, more }
    }))
    .boxed()
}

fn multipart_extension() -> BoxedStrategy<Option<MultipartExtension>> {
    option::of((parameters(), tail()).prop_map(|(parameters, (disposition, language, location, more))| {
        MultipartExtension { parameters, disposition, language, location, more }
    }))
    .boxed()
}

fn fields() -> BoxedStrategy<BodyFields> {
    let encoding = option::of(prop_oneof![Just("7BIT"), Just("base64"), Just("")].prop_map(Text::from));
    (parameters(), option::of(text()), option::of(text()), encoding, option::of(any::<u64>()))
        .prop_map(|(parameters, id, description, encoding, octets)| BodyFields {
            parameters,
            id,
            description,
            encoding,
            octets,
        })
        .boxed()
}

fn simple_part() -> BoxedStrategy<BodyStructure> {
    let kind = prop_oneof![
        option::of(any::<u64>()).prop_map(|lines| ("text", PartContent::Text { lines })),
        Just(("application", PartContent::Basic)),
        Just(("message", PartContent::Basic)),
        Just(("", PartContent::Basic)),
    ];
    (kind, text(), fields(), part_extension())
        .prop_map(|((name, content), subtype, fields, extension)| {
            let (media_type, media_subtype) = (name.into(), subtype);
            BodyStructure::Part(BodyPart { media_type, media_subtype, fields, content, extension })
        })
        .boxed()
}

pub(super) fn body() -> BoxedStrategy<BodyStructure> {
    simple_part()
        .prop_recursive(4, 12, 3, |inner| {
            let content =
                (envelope(), inner.clone(), option::of(any::<u64>())).prop_map(|(envelope, body, lines)| {
                    PartContent::Message { envelope: Box::new(envelope), body: Box::new(body), lines }
                });
            let message =
                (content, fields(), part_extension()).prop_map(|(content, fields, extension)| BodyPart {
                    media_type: "MESSAGE".into(),
                    media_subtype: "RFC822".into(),
                    fields,
                    content,
                    extension,
                });
            let multipart = (vec(inner, 0..3), text(), multipart_extension()).prop_map(
                |(parts, media_subtype, mut extension)| {
                    // Without parts, a number behind the known fields would make it look like a part.
                    if let (true, Some(extension)) = (parts.is_empty(), &mut extension) {
                        extension.more.clear();
                    }
                    MultipartBody { parts, media_subtype, extension }
                },
            );
            prop_oneof![message.prop_map(BodyStructure::Part), multipart.prop_map(BodyStructure::Multipart),]
        })
        .boxed()
}

fn path(size: std::ops::Range<usize>) -> impl Strategy<Value = PartPath> {
    vec(any::<NonZeroU32>(), size).prop_map(PartPath)
}

fn section() -> BoxedStrategy<Section> {
    let name = text().prop_filter("no NUL in a command", |name| !name.as_bytes().contains(&0));
    let names = || vec(name.clone(), 1..3);
    let text = prop_oneof![
        Just(None),
        Just(Some(SectionText::Header)),
        Just(Some(SectionText::Text)),
        names().prop_map(|names| Some(SectionText::HeaderFields(names))),
        names().prop_map(|names| Some(SectionText::HeaderFieldsNot(names))),
    ];
    prop_oneof![
        (path(0..3), text).prop_map(|(path, text)| Section { path, text }),
        path(1..3).prop_map(|path| Section { path, text: Some(SectionText::Mime) }),
    ]
    .boxed()
}

fn data() -> impl Strategy<Value = BodyData> {
    prop_oneof![Just(BodyData::Nil), text().prop_map(BodyData::Inline)]
}

fn internal_date() -> impl Strategy<Value = InternalDate> {
    ((1..=9999_u16, 1..=12_u8, 1..=28_u8), (0..24_u8, 0..60_u8, 0..=60_u8), -1439..1440_i16).prop_map(
        |((year, month, day), (hour, minute, second), zone)| {
            InternalDate::new(Date::new(year, month, day).unwrap(), hour, minute, second, zone).unwrap()
        },
    )
}

fn fetch_item() -> BoxedStrategy<FetchItem> {
    prop_oneof![
        uid().prop_map(FetchItem::Uid),
        flags().prop_map(|flags| FetchItem::Flags(flags.into())),
        option::of(internal_date()).prop_map(FetchItem::InternalDate),
        option::of(any::<u64>()).prop_map(FetchItem::Rfc822Size),
        envelope().prop_map(FetchItem::Envelope),
        body().prop_map(|body| FetchItem::Body(Box::new(body))),
        body().prop_map(|body| FetchItem::BodyStructure(Box::new(body))),
        (section(), option::of(any::<u32>()), data())
            .prop_map(|(section, origin, data)| FetchItem::Section { section, origin, data }),
        (path(0..3), option::of(any::<u32>()), data()).prop_map(|(path, origin, data)| FetchItem::Binary {
            path,
            origin,
            data
        }),
        data().prop_map(FetchItem::Rfc822),
        data().prop_map(FetchItem::Rfc822Header),
        data().prop_map(FetchItem::Rfc822Text),
        (path(0..3), option::of(any::<u64>())).prop_map(|(path, size)| FetchItem::BinarySize { path, size }),
        option::of(modseq()).prop_map(FetchItem::ModSeq),
        object_id().prop_map(FetchItem::EmailId),
        option::of(object_id()).prop_map(FetchItem::ThreadId),
        option::of(internal_date()).prop_map(FetchItem::SaveDate),
        option::of(text()).prop_map(FetchItem::Preview),
        any::<u64>().prop_map(|id| FetchItem::GmMessageId(GmMessageId(id))),
        any::<u64>().prop_map(|id| FetchItem::GmThreadId(GmThreadId(id))),
        vec(label(), 0..4).prop_map(FetchItem::GmLabels),
        raw_value().prop_map(|value| FetchItem::Unknown { name: "X-GM-OTHER".into(), value }),
        raw_value().prop_map(|value| FetchItem::Unknown { name: "PREVIEW[x y]<3>".into(), value }),
    ]
    .boxed()
}

/// One that a server may choose, or one that is read all the same.
fn object_id() -> impl Strategy<Value = ObjectId> {
    prop_oneof![
        "[A-Za-z0-9_-]{1,20}".prop_map(|id| ObjectId::new(id).unwrap()),
        atom().prop_map(|atom| ObjectId::from_wire(Bytes::copy_from_slice(atom.as_bytes()))),
    ]
}

fn label() -> BoxedStrategy<GmLabel> {
    prop_oneof![
        "\\\\?[ -~]{1,12}".prop_map(|label| GmLabel::new(label).unwrap()),
        "\\PC{1,6}".prop_map(|label| GmLabel::new(label).unwrap()),
        vec(any::<u8>(), 0..9).prop_map(|label| GmLabel::from_wire(label.into(), NameEncoding::ModifiedUtf7)),
    ]
    .boxed()
}

fn vanished() -> BoxedStrategy<Response> {
    (prop_oneof![Just(VanishedWhen::Now), Just(VanishedWhen::Earlier)], uid_set())
        .prop_map(|(when, uids)| Response::Vanished(Vanished::new(when, uids).unwrap()))
        .boxed()
}

pub(super) fn fetch() -> BoxedStrategy<Fetch> {
    let items = || vec(fetch_item(), 0..5).prop_map(of_one_message);
    prop_oneof![
        4 => (option::of(seq_num()), items()).prop_map(|(number, items)| Fetch::new(number, items)),
        1 => (uid(), items()).prop_map(|(uid, mut items)| {
            items.retain(|item| !matches!(item, FetchItem::Uid(_)));
            Fetch::by_uid(uid, items)
        }),
    ]
    .boxed()
}

/// A row that seems to be of two messages is read with a defect: here, each has one UID and each body once.
fn of_one_message(mut items: Vec<FetchItem>) -> Vec<FetchItem> {
    let mut seen = Vec::new();
    items.retain(|item| {
        let name = match item {
            FetchItem::Uid(_) => Some(None),
            item => item.as_body().map(|(name, _)| Some(name)),
        };
        let first = name.is_none() || !seen.contains(&name);
        seen.push(name);
        first
    });
    items
}

/// `SORT`, `THREAD`, `QUOTA` and `QUOTAROOT`.
fn sorted_or_limited() -> BoxedStrategy<Response> {
    let sort = (vec(seq_num(), 0..20), option::of(modseq())).prop_map(|(numbers, modseq)| {
        let mut row = SortRow::from_seq_nums(numbers);
        row.modseq = modseq;
        Response::Sort(row)
    });
    let resource = prop_oneof![
        Just(QuotaResource::Storage),
        Just(QuotaResource::AnnotationStorage),
        atom().prop_map(QuotaResource::new),
    ];
    let usage = (resource, any::<u64>(), any::<u64>()).prop_map(|(resource, usage, limit)| QuotaUsage {
        resource,
        usage,
        limit,
    });
    let quota = (text(), vec(usage, 0..4)).prop_map(|(root, resources)| Quota { root, resources });
    let roots = (mailbox(), vec(text(), 0..4)).prop_map(|(mailbox, roots)| QuotaRoots { mailbox, roots });
    prop_oneof![
        sort,
        threads().prop_map(Response::Thread),
        quota.prop_map(Response::Quota),
        roots.prop_map(Response::QuotaRoots),
    ]
    .boxed()
}

/// `ACL`, `LISTRIGHTS` and `MYRIGHTS`.
fn allowed() -> BoxedStrategy<Response> {
    let rights = || "[0-9A-Za-z]{0,12}".prop_map(|rights| Rights::new(rights).unwrap());
    let entry = (text(), rights()).prop_map(|(identifier, rights)| AclEntry { identifier, rights });
    let acl = (mailbox(), vec(entry, 0..4)).prop_map(|(mailbox, entries)| Acl { mailbox, entries });
    let list = (mailbox(), text(), rights(), vec(rights(), 0..4)).prop_map(
        |(mailbox, identifier, required, optional)| ListRights { mailbox, identifier, required, optional },
    );
    let mine = (mailbox(), rights()).prop_map(|(mailbox, rights)| MyRights { mailbox, rights });
    prop_oneof![
        acl.prop_map(Response::Acl),
        list.prop_map(Response::ListRights),
        mine.prop_map(Response::MyRights),
    ]
    .boxed()
}

fn metadata() -> BoxedStrategy<Response> {
    let owner = prop_oneof![1 => Just(MetadataOwner::Server), 3 => mailbox().prop_map(MetadataOwner::from)];
    let value = (text(), option::of(text())).prop_map(|(entry, value)| MetadataValue { entry, value });
    let told = prop_oneof![
        vec(value, 0..4).prop_map(MetadataTold::Values),
        vec("/[a-z/]{1,8}".prop_map(Text::from), 1..4)
            .prop_map(|entries| MetadataTold::Changed(NonEmpty::try_from(entries).unwrap())),
    ];
    (owner, told).prop_map(|(owner, told)| Response::Metadata(Metadata { owner, told })).boxed()
}

/// Each member as deep as it may be, or less deep by some steps; where a message cannot be missing, it is not.
fn threads() -> impl Strategy<Value = ThreadRow> {
    vec((seq_num(), 0..4_u32, prop::bool::weighted(0.3)), 0..12).prop_map(|steps| {
        let mut deepest = 0;
        let mut members = Vec::new();
        for (message, up, missing) in steps {
            let depth = u32::saturating_sub(deepest, up);
            members.push(ThreadMember { depth, message: (!missing).then_some(message) });
            deepest = depth + 1;
        }
        loop {
            match ThreadRow::from_seq_nums(members.iter().copied()) {
                Ok(row) => return row,
                Err(ThreadError::JoinsNothing { index }) => members[index].message = Some(SeqNum::MIN),
                Err(error) => panic!("{error}"),
            }
        }
    })
}

/// Any response that is read as what it is.
pub(super) fn response() -> BoxedStrategy<Response> {
    prop_oneof![
        2 => tagged(),
        2 => status(),
        1 => line_text().prop_map(|text| Response::Continue(Continuation { text })),
        1 => capabilities().prop_map(Response::Capability),
        1 => capabilities().prop_map(Response::Enabled),
        1 => id(),
        2 => namespaces(),
        1 => flags().prop_map(Response::Flags),
        2 => list_row().prop_map(Response::List),
        1 => list_row().prop_map(Response::Lsub),
        1 => list_row().prop_map(xlist),
        1 => search(),
        1 => extended_search(),
        2 => mailbox_status(),
        1 => any::<u32>().prop_map(Response::Exists),
        1 => any::<u32>().prop_map(Response::Recent),
        1 => seq_num().prop_map(Response::Expunge),
        1 => vanished(),
        6 => fetch().prop_map(Response::Fetch),
        3 => sorted_or_limited(),
        1 => allowed(),
        1 => metadata(),
    ]
    .boxed()
}
