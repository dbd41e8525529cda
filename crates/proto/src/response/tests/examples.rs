//! The examples of RFC 3501 section 7 and RFC 9051 section 7, as values.

use super::*;
use crate::types::{
    Address, Capability, Envelope, EnvelopeFields, IdParameters, InternalDate, ListReference, MailboxName,
    PartContent, PartPath, PermanentFlag, Section, SectionText, Text, Uid, UidSet, UidValidity,
};

#[track_caller]
fn check(text: &str, expected: Response) {
    let parsed = line(text);
    assert_eq!(parsed.response, expected);
    assert_eq!(parsed.repairs, [], "{text}");
}

fn text(text: &str) -> Text {
    text.into()
}

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn number(number: u32) -> Option<SeqNum> {
    SeqNum::new(number)
}

fn status(kind: StatusKind, code: Option<ResponseCode>, text: &str) -> Response {
    Response::Status(Status { kind, code, text: text.into() })
}

fn tagged(tag: &str, status: TaggedStatus, code: Option<ResponseCode>, text: &str) -> Response {
    let tag = Tag::new(tag.to_owned()).unwrap();
    Response::Tagged(Tagged { tag, status, code, text: text.into() })
}

fn mailbox(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

#[test]
fn status_responses() {
    use StatusKind::{Bad, Bye, No, Ok, PreAuth};
    check("* OK IMAP4rev1 server ready", status(Ok, None, "IMAP4rev1 server ready"));
    check("A001 OK LOGIN Completed", tagged("A001", TaggedStatus::Ok, None, "LOGIN Completed"));
    check(
        "* NO Disk is 98% full, please delete unnecessary data",
        status(No, None, "Disk is 98% full, please delete unnecessary data"),
    );
    check(
        "A223 NO COPY failed: disk is full",
        tagged("A223", TaggedStatus::No, None, "COPY failed: disk is full"),
    );
    check("* BAD Command line too long", status(Bad, None, "Command line too long"));
    check("A443 BAD Unknown command", tagged("A443", TaggedStatus::Bad, None, "Unknown command"));
    check(
        "* PREAUTH IMAP4rev1 server logged in as Smith",
        status(PreAuth, None, "IMAP4rev1 server logged in as Smith"),
    );
    check("* BYE Autologout; idle for too long", status(Bye, None, "Autologout; idle for too long"));
    check("* BYE", status(Bye, None, ""));
    check(
        "+ Ready for additional command text",
        Response::Continue(Continuation { text: text("Ready for additional command text") }),
    );
    check("+", Response::Continue(Continuation { text: text("") }));
}

/// RFC 7377 section 2.1.
#[test]
fn what_was_found_in_another_mailbox_is_not_taken_for_the_selected_one() {
    let line = "* ESEARCH (TAG \"tag1\" MAILBOX \"folder1\" UIDVALIDITY 1) UID COUNT 2";
    let mailbox = SearchedMailbox { name: mailbox("folder1"), uid_validity: UidValidity::new(1) };
    let expected = ExtendedSearch {
        tag: Some(Tag::new("tag1").unwrap()),
        mailbox: Some(mailbox),
        by: crate::types::SearchBy::Uids,
        data: vec![SearchData::Count(2)],
    };
    check(line, Response::ExtendedSearch(expected));
}

#[test]
fn response_codes_of_extensions() {
    let code = |line: &str, expected| check(line, status(StatusKind::Ok, Some(expected), "x"));
    let numbers = |set: &str| {
        let set = set.parse::<crate::types::SequenceSet<SeqNum>>().unwrap().resolve(None);
        crate::types::NumberSet::from(&set)
    };
    code("* OK [MODIFIED 7,9] x", ResponseCode::Modified(numbers("7,9")));
    code("* OK [MODIFIED 1:4294967295] x", ResponseCode::Modified(numbers("1:4294967295")));
    let id = crate::types::ObjectId::try_from("F2212ea87-6097-4256-9d51-71338625").unwrap();
    code("* OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] x", ResponseCode::MailboxId(id));
    code(
        "* OK [MESSAGELIMIT 1000 23221] x",
        ResponseCode::MessageLimit { limit: 1000, lowest: Uid::new(23221) },
    );
    code("* OK [MESSAGELIMIT 1000] x", ResponseCode::MessageLimit { limit: 1000, lowest: None });
    let progress =
        |tag: Option<&str>, done, goal| ResponseCode::InProgress { tag: tag.map(text), done, goal };
    code("* OK [INPROGRESS] x", progress(None, None, None));
    code("* OK [INPROGRESS (\"A001\" 454 1000)] x", progress(Some("A001"), Some(454), Some(1000)));
    code("* OK [INPROGRESS (\"A001\" 999 NIL)] x", progress(Some("A001"), Some(999), None));
    code("* OK [INPROGRESS (NIL NIL NIL)] x", progress(None, None, None));
    code("* OK [INPROGRESS (\"a]\" 1 1)] x", progress(Some("a]"), Some(1), Some(1)));
    for (name, expected) in [
        ("UIDREQUIRED", ResponseCode::UidRequired),
        ("COMPRESSIONACTIVE", ResponseCode::CompressionActive),
        ("NOTIFICATIONOVERFLOW", ResponseCode::NotificationOverflow),
        ("UNKNOWN-CTE", ResponseCode::UnknownCte),
        ("USEATTR", ResponseCode::UseAttr),
        ("HASCHILDREN", ResponseCode::HasChildren),
        ("NOTSAVED", ResponseCode::NotSaved),
        ("TOOBIG", ResponseCode::TooBig),
        (
            "BADEVENT (MessageNew FlagChange)",
            ResponseCode::BadEvent(vec![text("MessageNew"), text("FlagChange")]),
        ),
    ] {
        code(&format!("* OK [{name}] x"), expected);
    }
}

/// A goal that cannot be reached says nothing about the progress, and the RFC wants the code passed over.
#[test]
fn progress_that_is_not_to_be_believed() {
    for arguments in [
        "(\"a\" 5 4)",
        "(\"a\" 0 0)",
        "(\"a\" NIL 4)",
        "(\"a\" 4294967296 NIL)",
        "(\"a\" 1 -1)",
        "(\"a\")",
        "a 1 2",
    ] {
        let Response::Status(status) = line(format!("* OK [INPROGRESS {arguments}] x")).response else {
            panic!()
        };
        let Some(ResponseCode::Other { name, arguments: kept }) = status.code else { panic!("{arguments}") };
        assert_eq!((name, kept), (text("INPROGRESS"), Some(text(arguments))));
    }
}

#[test]
fn response_codes() {
    let code = |line: &str, expected| check(line, status(StatusKind::Ok, Some(expected), "x"));
    code("* OK [ALERT] x", ResponseCode::Alert);
    code("* ok [read-only] x", ResponseCode::ReadOnly);
    code("* OK [UIDNEXT 4392] x", ResponseCode::UidNext(Uid::new(4392)));
    code("* OK [UIDVALIDITY 3857529045] x", ResponseCode::UidValidity(UidValidity::new(3_857_529_045)));
    code("* OK [UNSEEN 12] x", ResponseCode::Unseen(number(12)));
    code(
        "* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] x",
        ResponseCode::PermanentFlags(vec![
            PermanentFlag::Flag(Flag::Deleted),
            PermanentFlag::Flag(Flag::Seen),
            PermanentFlag::NewKeywords,
        ]),
    );
    code("* OK [PERMANENTFLAGS ()] x", ResponseCode::PermanentFlags(vec![]));
    code("* OK [BADCHARSET] x", ResponseCode::BadCharset(vec![]));
    code("* OK [BADCHARSET (UTF-8 \"a b\")] x", ResponseCode::BadCharset(vec![text("UTF-8"), text("a b")]));
    code(
        "* OK [HIGHESTMODSEQ 715194045007] x",
        ResponseCode::HighestModSeq(crate::types::ModSeq::new(715_194_045_007).unwrap()),
    );
    let validity = UidValidity::new(38505).unwrap();
    code(
        "* OK [APPENDUID 38505 3955] x",
        ResponseCode::AppendUid { validity, uids: UidSet::from(uid(3955)) },
    );
    code(
        "* OK [COPYUID 38505 304,319:320 3958,3956:3957] x",
        ResponseCode::CopyUid {
            validity,
            from: "304,319:320".parse().unwrap(),
            to: "3958,3956:3957".parse().unwrap(),
        },
    );
    code(
        "* OK [XFOO see bar[baz] x",
        ResponseCode::Other { name: text("XFOO"), arguments: Some(text("see bar[baz")) },
    );
    check("A1 NO [OVERQUOTA]", tagged("A1", TaggedStatus::No, Some(ResponseCode::OverQuota), ""));
    for name in [
        "ALERT",
        "PARSE",
        "READ-ONLY",
        "READ-WRITE",
        "TRYCREATE",
        "NOMODSEQ",
        "UIDNOTSTICKY",
        "CLOSED",
        "UNAVAILABLE",
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "EXPIRED",
        "PRIVACYREQUIRED",
        "CONTACTADMIN",
        "NOPERM",
        "INUSE",
        "EXPUNGEISSUED",
        "CORRUPTION",
        "SERVERBUG",
        "CLIENTBUG",
        "CANNOT",
        "LIMIT",
        "OVERQUOTA",
        "ALREADYEXISTS",
        "NONEXISTENT",
    ] {
        let Response::Status(status) = line(format!("* NO [{name}] x")).response else { panic!("{name}") };
        assert!(!matches!(status.code, None | Some(ResponseCode::Other { .. })), "{name}");
        let bytes = Response::Status(status).encode(NameEncoding::default()).bytes;
        assert_eq!(**bytes, *format!("* NO [{name}] x\r\n").as_bytes());
    }
}

#[test]
fn mailbox_data() {
    let capabilities = ["IMAP4rev1", "STARTTLS", "AUTH=GSSAPI", "XPIG-LATIN"];
    let capabilities = capabilities.map(|name| Capability::try_from(name).unwrap()).into_iter().collect();
    check("* CAPABILITY IMAP4rev1 STARTTLS AUTH=GSSAPI XPIG-LATIN", Response::Capability(capabilities));

    let row = |attributes: &[ListAttribute], delimiter, name| ListRow {
        attributes: attributes.to_vec(),
        delimiter,
        name: mailbox(name),
        extended: vec![],
    };
    check(
        "* LIST (\\Noselect) \"/\" ~/Mail/foo",
        Response::List(row(&[ListAttribute::NoSelect], Some('/'), "~/Mail/foo")),
    );
    check(
        "* LSUB () \".\" #news.comp.mail.misc",
        Response::Lsub(row(&[], Some('.'), "#news.comp.mail.misc")),
    );
    let mut renamed = row(&[ListAttribute::HasNoChildren], Some('/'), "Archive");
    renamed.extended = vec![ListItem::OldName(mailbox("Old Archive"))];
    check("* LIST (\\HasNoChildren) \"/\" \"Archive\" (OLDNAME (\"Old Archive\"))", Response::List(renamed));

    check(
        "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)",
        Response::MailboxStatus(MailboxStatus {
            name: mailbox("blurdybloop"),
            items: vec![StatusItem::Messages(231), StatusItem::UidNext(Uid::new(44292))],
        }),
    );
    let items = vec![
        StatusItem::MailboxId(crate::types::ObjectId::try_from("F2212ea87-6097-4256-9d51-71338625").unwrap()),
        StatusItem::AppendLimit(Some(257_890)),
        StatusItem::Deleted(1),
        StatusItem::Size(4_294_967_296),
        StatusItem::DeletedStorage(42),
        StatusItem::Other { name: text("X-ODD"), value: Bytes::from_static(b"(4 2)") },
    ];
    check(
        "* STATUS foo (MAILBOXID (F2212ea87-6097-4256-9d51-71338625) APPENDLIMIT 257890 DELETED 1 SIZE 4294967296 \
         DELETED-STORAGE 42 X-ODD (4 2))",
        Response::MailboxStatus(MailboxStatus { name: mailbox("foo"), items }),
    );
    let found: UidSet = [2, 3, 6].map(uid).into_iter().collect();
    check("* SEARCH 2 3 6", Response::Search(SearchRow::from_uids(&found)));
    check("* SEARCH", Response::Search(SearchRow::default()));
    check(
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
        Response::Flags(vec![Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft]),
    );
    check("* 23 EXISTS", Response::Exists(23));
    check("* 5 RECENT", Response::Recent(5));
    check("* 44 EXPUNGE", Response::Expunge(SeqNum::new(44).unwrap()));
}

/// RFC 5258 section 5, RFC 5465 section 5.4, RFC 6154 section 5.2.
#[test]
fn extended_lists() {
    use crate::types::{NonEmpty, SpecialUse};

    let row = |attributes: &[ListAttribute], name, extended: &[ListItem]| ListRow {
        attributes: attributes.to_vec(),
        delimiter: Some('/'),
        name: mailbox(name),
        extended: extended.to_vec(),
    };
    let children = || ListItem::ChildInfo(NonEmpty::one(text("SUBSCRIBED")));
    check(
        "* LIST (\\Subscribed \\NonExistent) \"/\" \"Fruit/Peach\"",
        Response::List(row(&[ListAttribute::Subscribed, ListAttribute::NonExistent], "Fruit/Peach", &[])),
    );
    check(
        "* LIST (\\HasChildren \\Remote) \"/\" \"Meat\"",
        Response::List(row(&[ListAttribute::HasChildren, ListAttribute::Remote], "Meat", &[])),
    );
    for line in ["(\"CHILDINFO\" (\"SUBSCRIBED\"))", "(childinfo (SUBSCRIBED))"] {
        check(&format!("* LIST () \"/\" \"Foo\" {line}"), Response::List(row(&[], "Foo", &[children()])));
    }
    let vendor = ListItem::Other(ExtendedItem {
        name: text("X-Sample"),
        value: Bytes::from_static(b"(\"text\" (a b))"),
    });
    check(
        "* LIST () \"/\" foo2 (\"CHILDINFO\" (\"SUBSCRIBED\" \"SPECIAL-USE\") X-Sample (\"text\" (a b)))",
        Response::List(row(
            &[],
            "foo2",
            &[ListItem::ChildInfo(NonEmpty::one(text("SUBSCRIBED")).and(text("SPECIAL-USE"))), vendor],
        )),
    );
    check(
        "* LIST () \"/\" \"NewMailbox\" (\"OLDNAME\" (\"Entw&APw-rfe\"))",
        Response::List(row(&[], "NewMailbox", &[ListItem::OldName(mailbox("Entw\u{fc}rfe"))])),
    );
    check("* LIST (\\NoAccess) \"/\" x", Response::List(row(&[ListAttribute::NoAccess], "x", &[])));
    let uses = ["All", "Archive", "Drafts", "Flagged", "Important", "Junk", "Sent", "Trash"];
    for name in uses {
        let Response::List(row) = line(format!("* LIST (\\{name}) \"/\" x")).response else {
            panic!("{name}")
        };
        assert_eq!(row.attributes[0].special_use(), Some(SpecialUse::new(name).unwrap()));
    }
}

/// Gmail, Yandex and Zoho.
#[test]
fn lists_with_special_uses_of_old() {
    use ListAttribute::{All, Flagged, HasNoChildren, Inbox, Junk, Unmarked};
    let row = |attributes: &[ListAttribute], delimiter, name| {
        let attributes = attributes.to_vec();
        Response::Xlist(ListRow {
            attributes,
            delimiter: Some(delimiter),
            name: mailbox(name),
            extended: vec![],
        })
    };
    let all = || row(&[HasNoChildren, All], '/', "[Gmail]/All Mail");
    check("* XLIST (\\HasNoChildren \\AllMail) \"/\" \"[Gmail]/All Mail\"", all());
    let encoded = all().encode(NameEncoding::default());
    assert_eq!(&**encoded.bytes, b"* XLIST (\\HasNoChildren \\AllMail) \"/\" \"[Gmail]/All Mail\"\r\n");
    let starred = row(&[HasNoChildren, Flagged], '/', "[Gmail]/Starred");
    check("* XLIST (\\HasNoChildren \\Starred) \"/\" \"[Gmail]/Starred\"", starred);
    for both in ["\\Junk \\Spam", "\\Spam \\Spam", "\\SPAM"] {
        let spam = row(&[HasNoChildren, Unmarked, Junk], '|', "Spam");
        check(&format!("* XLIST (\\HasNoChildren \\Unmarked {both}) \"|\" Spam"), spam);
    }
    let inbox = row(&[HasNoChildren, Inbox], '/', "Posteingang");
    assert!(matches!(&inbox, Response::Xlist(row) if row.is_inbox() && !row.name.is_inbox()));
    check("* XLIST (\\HasNoChildren \\Inbox) \"/\" \"Posteingang\"", inbox);
}

/// RFC 4731 sections 3.1 to 3.3, RFC 7162 section 3.1.10, RFC 9394 section 3.1, RFC 9051 section 7.3.4.
#[test]
fn extended_searches() {
    use crate::types::{ModSeq, NumberSet, SearchBy, SeqSet, SequenceSet};

    let found = |set: &str| NumberSet::from(&set.parse::<SequenceSet<SeqNum>>().unwrap().resolve(None));
    let one = |number: u32| FoundNumber::from(uid(number));
    let modseq = |number| SearchData::ModSeq(ModSeq::new(number).unwrap());
    let search = |tag: &str, by, data: &[SearchData]| {
        let tag = Tag::new(tag.to_owned()).ok();
        Response::ExtendedSearch(ExtendedSearch { tag, mailbox: None, by, data: data.to_vec() })
    };
    let numbers = |tag, data: &[SearchData]| search(tag, SearchBy::Numbers, data);
    let uids = |tag, data: &[SearchData]| search(tag, SearchBy::Uids, data);
    use SearchData::{All, Count, Max, Min};
    for (line, expected) in [
        ("(TAG \"A282\") MIN 2 COUNT 3", numbers("A282", &[Min(one(2)), Count(3)])),
        ("(TAG \"A283\") ALL 2,10:11", numbers("A283", &[All(found("2,10:11"))])),
        ("(TAG \"A285\") UID MIN 7 MAX 3800", uids("A285", &[Min(one(7)), Max(one(3800))])),
        ("(TAG \"A286\") COUNT 15", numbers("A286", &[Count(15)])),
        ("(TAG \"A301\") UID ALL 17,900,901", uids("A301", &[All(found("17,900:901"))])),
        ("(TAG \"a1\") MIN 2 MODSEQ 917162488", numbers("a1", &[Min(one(2)), modseq(917_162_488)])),
        ("(TAG \"a\") ALL 1:3,5 MODSEQ 1236", numbers("a", &[All(found("1:3,5")), modseq(1236)])),
        (
            "(TAG \"A02\") UID PARTIAL (23500:24000 67,100:102)",
            uids(
                "A02",
                &[SearchData::Partial { range: "23500:24000".parse().unwrap(), found: found("67,100:102") }],
            ),
        ),
        (
            "(TAG \"A04\") UID PARTIAL (-1:-100 NIL)",
            uids(
                "A04",
                &[SearchData::Partial { range: "-1:-100".parse().unwrap(), found: NumberSet::default() }],
            ),
        ),
        ("(TAG \"a567\") UID COUNT 5 ALL 4:19,21,28", uids("a567", &[Count(5), All(found("4:19,21,28"))])),
        ("(TAG \"x\") UID", uids("x", &[])),
        ("(tag A006) uid all 1:4294967295", uids("A006", &[All(found("1:4294967295"))])),
        ("", numbers("", &[])),
        ("UID COUNT 0", uids("", &[Count(0)])),
        (
            "(TAG \"B01\") UID ADDTO (1 2733) COUNT 1",
            uids(
                "B01",
                &[
                    SearchData::Other(ExtendedItem {
                        name: text("ADDTO"),
                        value: Bytes::from_static(b"(1 2733)"),
                    }),
                    Count(1),
                ],
            ),
        ),
    ] {
        check(format!("* ESEARCH {line}").trim_end(), expected);
    }
    // A range is never walked over.
    let Response::ExtendedSearch(all) = line("* ESEARCH (TAG \"a\") UID ALL 4294967295:1").response else {
        panic!()
    };
    let set: &NumberSet = all.all().unwrap();
    assert_eq!((set.uids().count(), set.uids().ranges().len()), (u64::from(u32::MAX), 1));
    assert_eq!((set.seq_nums(), all.count()), (SeqSet::from_range(SeqNum::MIN..=SeqNum::MAX), None));
}

/// RFC 2971 section 3.
#[test]
fn identification() {
    let id = |pairs: &[(&'static str, Option<&'static str>)]| {
        Response::Id(IdParameters::new(pairs.iter().copied()).unwrap())
    };
    check("* ID NIL", id(&[]));
    check(
        "* ID (\"name\" \"Cyrus\" \"version\" \"1.5\" \"os\" \"sunos\" \"os-version\" \"5.5\" \
         \"support-url\" \"mailto:cyrus-bugs+@andrew.cmu.edu\")",
        id(&[
            ("name", Some("Cyrus")),
            ("version", Some("1.5")),
            ("os", Some("sunos")),
            ("os-version", Some("5.5")),
            ("support-url", Some("mailto:cyrus-bugs+@andrew.cmu.edu")),
        ]),
    );
    check("* id ()", id(&[]));
    check("* ID (\"*\" NIL)", id(&[("*", None)]));
    check("* ID (\"a\" {5}\r\n\")\r\n\")", id(&[("a", Some("\")\r\n\""))]));
}

/// RFC 5161 section 3.
#[test]
fn what_was_enabled() {
    let enabled = |names: &[&str]| {
        Response::Enabled(names.iter().map(|&name| Capability::try_from(name).unwrap()).collect())
    };
    check("* ENABLED X-GOOD-IDEA", enabled(&["X-GOOD-IDEA"]));
    check("* ENABLED CONDSTORE", enabled(&["CONDSTORE"]));
    check("* enabled IMAP4REV2 utf8=accept", enabled(&["IMAP4rev2", "UTF8=ACCEPT"]));
    check("* ENABLED", enabled(&[]));
}

/// RFC 2342 section 5.
#[test]
fn namespaces() {
    let one = |prefix, delimiter| Namespace {
        prefix: ListReference::new(prefix).unwrap(),
        delimiter: Some(delimiter),
        extensions: vec![],
    };
    let all =
        |personal, other_users, shared| Response::Namespace(Namespaces { personal, other_users, shared });
    check("* NAMESPACE ((\"\" \"/\")) NIL NIL", all(vec![one("", '/')], vec![], vec![]));
    check("* NAMESPACE NIL NIL ((\"\" \".\"))", all(vec![], vec![], vec![one("", '.')]));
    check("* NAMESPACE NIL NIL NIL", all(vec![], vec![], vec![]));
    check(
        "* NAMESPACE ((\"\" \"/\")) NIL ((\"Public Folders/\" \"/\"))",
        all(vec![one("", '/')], vec![], vec![one("Public Folders/", '/')]),
    );
    check(
        "* NAMESPACE ((\"\" \"/\")) ((\"~\" \"/\")) \
         ((\"#shared/\" \"/\")(\"#public/\" \"/\")(\"#ftp/\" \"/\")(\"#news.\" \".\"))",
        all(
            vec![one("", '/')],
            vec![one("~", '/')],
            vec![one("#shared/", '/'), one("#public/", '/'), one("#ftp/", '/'), one("#news.", '.')],
        ),
    );
    let mut mh = one("#mh/", '/');
    mh.extensions =
        vec![ExtendedItem { name: text("X-PARAM"), value: Bytes::from_static(b"(\"FLAG1\" \"FLAG2\")") }];
    check(
        "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) NIL NIL",
        all(vec![one("", '/'), mh], vec![], vec![]),
    );
    // Domino, with a backslash between the levels.
    check(
        "* NAMESPACE ((\"\" \"\\\\\")) ((\"Other\\\\\" \"\\\\\")) ((\"Shared\\\\\" \"\\\\\"))",
        all(vec![one("", '\\')], vec![one("Other\\", '\\')], vec![one("Shared\\", '\\')]),
    );
    let flat = Namespace { delimiter: None, ..one("B\u{fc}cher", '/') };
    check("* NAMESPACE nil ((\"B&APw-cher\" NIL)) NIL", all(vec![], vec![flat], vec![]));
}

#[test]
fn rows() {
    check(
        "* 23 FETCH (FLAGS (\\Seen) RFC822.SIZE 44827)",
        Response::Fetch(Fetch::new(
            number(23),
            vec![FetchItem::Flags([Flag::Seen].into()), FetchItem::Rfc822Size(Some(44827))],
        )),
    );
    check(
        "* 23 FETCH (FLAGS (\\Seen) UID 4827313)",
        Response::Fetch(Fetch::new(
            number(23),
            vec![FetchItem::Flags([Flag::Seen].into()), FetchItem::Uid(uid(4_827_313))],
        )),
    );
    let header =
        "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\n\r\n";
    check(
        &format!("* 12 FETCH (BODY[HEADER] {{{}}}\r\n{header})", header.len()),
        Response::Fetch(Fetch::new(
            number(12),
            vec![FetchItem::Section {
                section: Section::header(),
                origin: None,
                data: BodyData::Inline(text(header)),
            }],
        )),
    );
}

/// RFC 3501 section 8.
#[test]
fn the_row_of_the_sample_connection() {
    let fetch = fetch(concat!(
        "* 12 FETCH (FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 ENVELOPE ",
        "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" ",
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ",
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ",
        "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ",
        "((NIL NIL \"imap\" \"cac.washington.edu\")) ",
        "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL ",
        "\"<B27397-0100000@cac.washington.edu>\") ",
        "BODY (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92))",
    ));
    assert_eq!(
        (fetch.number(), fetch.size(), fetch.flags()),
        (number(12), Some(4286), Some(&[Flag::Seen].into()))
    );
    let address = |name: Option<&str>, mailbox, host| Address {
        name: name.map(text),
        route: None,
        mailbox: Some(text(mailbox)),
        host: Some(text(host)),
    };
    let gray = vec![address(Some("Terry Gray"), "gray", "cac.washington.edu")];
    let envelope = Envelope::new(EnvelopeFields {
        date: Some(text("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)")),
        subject: Some(text("IMAP4rev1 WG mtg summary and minutes")),
        from: gray.clone().into(),
        sender: gray.clone().into(),
        reply_to: gray.into(),
        to: vec![address(None, "imap", "cac.washington.edu")].into(),
        cc: vec![
            address(None, "minutes", "CNRI.Reston.VA.US"),
            address(Some("John Klensin"), "KLENSIN", "MIT.EDU"),
        ]
        .into(),
        bcc: vec![].into(),
        in_reply_to: None,
        message_id: Some(text("<B27397-0100000@cac.washington.edu>")),
    });
    let [_, FetchItem::InternalDate(Some(date)), _, FetchItem::Envelope(found), FetchItem::Body(body)] =
        &fetch.items[..]
    else {
        panic!("{fetch:?}")
    };
    assert_eq!(*date, InternalDate::parse(b"17-Jul-1996 02:44:25 -0700").unwrap());
    assert_eq!(*found, envelope);
    let crate::types::BodyStructure::Part(part) = &**body else { panic!("{body:?}") };
    assert_eq!(part.fields.octets, Some(3028));
    assert_eq!(part.content, PartContent::Text { lines: Some(92) });
    assert_eq!(part.extension, None);
}

/// RFC 9051 section 7.5.2: a two part message, and one with a nested one.
#[test]
fn structures_of_the_rfc() {
    use crate::types::BodyStructure::{Multipart, Part};

    let fetch = super::fetch(concat!(
        "* 1 FETCH (BODY ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 1152 23)",
        "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\" \"NAME\" \"cc.diff\") ",
        "\"<960723163407.20117h@cac.washington.edu>\" \"Compiler diff\" \"BASE64\" 4554 73) \"MIXED\"))",
    ));
    let [FetchItem::Body(body)] = &fetch.items[..] else { panic!("{fetch:?}") };
    let Multipart(body) = &**body else { panic!("{body:?}") };
    assert_eq!((&body.media_subtype, &body.extension), (&text("MIXED"), &None));
    let [Part(first), Part(second)] = &body.parts[..] else { panic!("{body:?}") };
    assert_eq!((first.fields.octets, &first.content), (Some(1152), &PartContent::Text { lines: Some(23) }));
    assert_eq!(second.fields.description, Some(text("Compiler diff")));
    assert_eq!(second.fields.parameters[1].value, text("cc.diff"));

    let fetch = super::fetch(concat!(
        "* 1 FETCH (BODYSTRUCTURE (((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1 NIL NIL NIL NIL)",
        "(\"IMAGE\" \"GIF\" NIL NIL NIL \"BASE64\" 2 \"bWQ1\" (\"attachment\" (\"filename\" \"a.gif\")) ",
        "(\"en\" \"de\") \"http://x.example/\" 7 (\"later\" NIL)) \"RELATED\" (\"boundary\" \"x\") NIL NIL NIL)",
        "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 3 (NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) ",
        "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 4 1) 5) \"MIXED\" (\"boundary\" \"y\") (\"inline\" NIL)))",
    ));
    let [FetchItem::BodyStructure(body)] = &fetch.items[..] else { panic!("{fetch:?}") };
    let Multipart(body) = &**body else { panic!("{body:?}") };
    assert_eq!(body.extension.as_ref().unwrap().disposition.as_ref().unwrap().kind, text("inline"));
    let [Multipart(related), Part(message)] = &body.parts[..] else { panic!("{body:?}") };
    let Part(image) = &related.parts[1] else { panic!("{related:?}") };
    let extension = image.extension.as_ref().unwrap();
    assert_eq!((extension.md5.as_ref(), extension.more.len()), (Some(&text("bWQ1")), 2));
    assert_eq!(extension.language, [text("en"), text("de")]);
    let PartContent::Message { envelope, body, lines: Some(5) } = &message.content else {
        panic!("{message:?}")
    };
    assert_eq!(envelope.subject(), Some(&b"inner"[..]));
    assert!(matches!(**body, Part(_)));
}

#[test]
fn names_of_sections() {
    use SectionText::{Header, HeaderFields, HeaderFieldsNot, Mime, Text as Body};
    #[track_caller]
    fn check(name: &str, path: &[u32], expected: Option<SectionText>) {
        let fetch = fetch(format!("* 1 FETCH (body{name} NIL)"));
        let numbers = path.iter().filter_map(|&part| std::num::NonZeroU32::new(part));
        let section = Section { path: PartPath(numbers.collect()), text: expected };
        assert_eq!(fetch.body(&section), Some(&BodyData::Nil), "{fetch:?}");
    }
    check("[]", &[], None);
    check("[1.20.3]", &[1, 20, 3], None);
    check("[header]", &[], Some(Header));
    check("[TEXT]", &[], Some(Body));
    check("[4.MIME]", &[4], Some(Mime));
    check("[4.1.TEXT]", &[4, 1], Some(Body));
    check("[HEADER.FIELDS (DATE FROM)]", &[], Some(HeaderFields(vec![text("Date"), text("from")])));
    check("[2.HEADER.FIELDS.NOT (\"DATE\")]", &[2], Some(HeaderFieldsNot(vec![text("date")])));
}
