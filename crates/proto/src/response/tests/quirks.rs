//! What real servers send instead.

use super::*;
use crate::types::Uid;

/// The evidence is not only documentation: each sample is read with the help of its quirk, and is read.
#[test]
fn every_quirk_is_needed_for_its_sample() {
    for quirk in Quirk::ALL {
        let parsed = line(quirk.evidence().sample);
        assert!(parsed.repairs.iter().any(|repair| repair.quirk == *quirk), "{quirk:?}: {parsed:?}");
        match &parsed.response {
            Response::Unknown(_) | Response::Invalid(_) => panic!("{quirk:?}: {parsed:?}"),
            Response::Fetch(fetch) => {
                let invalid = |item: &FetchItem| matches!(item, FetchItem::Invalid { .. });
                assert!(!fetch.items.iter().any(invalid), "{quirk:?}: {parsed:?}");
                assert_eq!(fetch.defects, [], "{quirk:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_completion_without_its_word_or_behind_other_text() {
    let Response::Tagged(missing) = line("A999 UID FETCH completed").response else { panic!() };
    assert_eq!((missing.status, missing.text.as_str()), (TaggedStatus::Missing, Some("UID FETCH completed")));
    assert_eq!(missing.reread(), None);

    let Response::Tagged(prefixed) = line("EXPUNGE: TAG12 OK [CLOSED] EXPUNGE completed").response else {
        panic!()
    };
    assert_eq!((prefixed.tag.as_bytes(), prefixed.status), (&b"EXPUNGE:"[..], TaggedStatus::Missing));
    let again = prefixed.reread().unwrap();
    assert_eq!((again.tag.as_bytes(), again.status), (&b"TAG12"[..], TaggedStatus::Ok));
    assert_eq!((again.code, again.text.as_str()), (Some(ResponseCode::Closed), Some("EXPUNGE completed")));

    for text in [" OK IDLE completed.", "", "(a) OK x", "%a OK x", &"a".repeat(65)] {
        assert!(matches!(line(text).response, Response::Unknown(_)), "{text}");
    }
}

/// Nothing in a status text is a literal, a quote or a second code.
#[test]
fn status_text_is_text() {
    for text in ["{5}", "\"", "[a", "x [ALERT] {3}", "  two blanks  ", "caf\u{e9} ouvert"] {
        let Response::Status(status) = line(format!("* OK {text}")).response else { panic!("{text}") };
        assert_eq!((status.code, status.text.as_str()), (None, Some(text)));
    }
}

#[test]
fn flags_that_come_twice() {
    let fetch = fetch("* 1 FETCH (FLAGS () BODY[] {2}\r\nab FLAGS (\\Seen))");
    assert_eq!(fetch.flags(), Some(&[Flag::Seen].into()));
    assert_eq!(fetch.items.len(), 3);
}

/// That a server has stopped outlives the place where it has.
#[test]
fn a_limit_outlives_its_uid() {
    for (arguments, lowest, is_repaired) in [
        ("1000 7", Uid::new(7), false),
        ("1000", None, false),
        ("1000 0", None, true),
        ("1000 4294967296", None, true),
        ("1000 x", None, true),
        ("1000 7 more", None, true),
        ("1000 7:9", None, true),
    ] {
        let parsed = line(format!("* OK [MESSAGELIMIT {arguments}] x"));
        let Response::Status(status) = parsed.response else { panic!("{arguments}") };
        assert_eq!(status.code, Some(ResponseCode::MessageLimit { limit: 1000, lowest }), "{arguments}");
        let told = parsed.repairs.iter().any(|repair| repair.quirk == Quirk::BrokenCode);
        assert_eq!(told, is_repaired, "{arguments}");
    }
    for code in ["MESSAGELIMIT", "messageLimit x 7", "MESSAGELIMIT 4294967296"] {
        let Response::Status(status) = line(format!("* OK [{code}] x")).response else { panic!("{code}") };
        let code = status.code.unwrap();
        assert!(code.is_unreadable("MESSAGELIMIT") && !code.is_unreadable("MODIFIED"), "{code:?}");
    }
}

/// One odd item never costs another.
#[test]
fn the_row_outlives_its_items() {
    for broken in [
        "ENVELOPE 5",
        "ENVELOPE (\"a",
        "ENVELOPE ((((",
        "BODYSTRUCTURE NIL5 (x)",
        "BODY[ (",
        "BODY[] {abc}",
        "BODY[]<x> \"y\"",
        "UID 0",
        "UID -1",
        "UID 1x",
        "MODSEQ 5",
        "FLAGS x",
        "RFC822.SIZE many",
        "INTERNALDATE (1)",
        "INTERNALDATE",
        "\"string\" x",
    ] {
        let fetch = fetch(format!("* 7 FETCH (UID 5 FLAGS (\\Seen) {broken} )"));
        assert_eq!(fetch.uid().map(|uid| uid.value()), Some(5), "{broken}: {fetch:?}");
        assert_eq!(fetch.flags(), Some(&[Flag::Seen].into()), "{broken}: {fetch:?}");
        let invalid = fetch.items.iter().any(|item| matches!(item, FetchItem::Invalid { .. }));
        assert!(invalid, "{broken}: {fetch:?}");
    }
}

/// What can be found behind a broken item is found: where its parentheses, quotes and literals end, it ends.
#[test]
fn the_items_behind_a_broken_one_are_read() {
    for broken in [
        "ENVELOPE 5",
        "ENVELOPE (NIL (((a))) x)",
        "ENVELOPE (NIL ((\"a\" {3}\r\n))) b)) (x (y)))",
        "BODYSTRUCTURE ((\"text\" (\"))\" \"\\\")\")))",
        "BODY[] {abc}",
        "UID 99999999999",
        "MODSEQ 5",
        "X-GM-LABELS (\\Inbox \"l)\" NIL)",
    ] {
        let fetch = fetch(format!("* 7 FETCH ({broken} RFC822.SIZE 8)"));
        assert_eq!(
            (fetch.size(), fetch.items.len(), &*fetch.defects),
            (Some(8), 2, &[][..]),
            "{broken}: {fetch:?}"
        );
    }
}

#[test]
fn numbers_out_of_range() {
    for line in
        ["* 4294967296 EXISTS", "* 0 EXPUNGE", "* 4294967296 EXPUNGE", "* SEARCH 1 a", "* SEARCH 4294967296"]
    {
        assert!(matches!(self::line(line).response, Response::Invalid(_)), "{line}");
    }
    assert_eq!(line("* 0 EXISTS").response, Response::Exists(0));
    assert_eq!(line("* 4294967295 RECENT").response, Response::Recent(u32::MAX));
}

/// Cyrus answers so where an item beside it makes it open the mailbox.
#[test]
fn an_id_out_of_freed_memory_costs_no_other_item() {
    let items = |garbage: &[u8]| {
        let text =
            [b"* STATUS INBOX (MESSAGES 3 MAILBOXID ", garbage, b" UIDNEXT 5 HIGHESTMODSEQ 7)"].concat();
        match line(&text).response {
            Response::MailboxStatus(status) => status.items,
            other => panic!("{}: {other:?}", text.escape_ascii()),
        }
    };
    for garbage in [
        &b"(\xfe\x13\x80)"[..],
        b"(a))",
        b"(a)b)",
        b"((((",
        b"(a b)",
        b"(\"a)",
        b"({3})",
        b"()",
        b"NIL",
        b"(\\)",
        b"(a MESSAGES)",
        b"(\x01 UIDNEXT x)",
        b"(MAILBOXID (",
    ] {
        let items = items(garbage);
        let [StatusItem::Messages(3), StatusItem::Other { name, value }, StatusItem::UidNext(Some(_)), last] =
            &items[..]
        else {
            panic!("{}: {items:?}", garbage.escape_ascii())
        };
        assert_eq!((name, &value[..]), (&"MAILBOXID".into(), garbage));
        assert!(matches!(last, StatusItem::HighestModSeq(Some(_))));
    }
    for last in ["(\u{e9}))", "(\u{e9}", "(\") UIDNEXT)"] {
        let Response::MailboxStatus(status) =
            line(format!("* STATUS a (MESSAGES 3 MAILBOXID {last})")).response
        else {
            panic!("{last}")
        };
        let [StatusItem::Messages(3), StatusItem::Other { value, .. }] = &status.items[..] else {
            panic!("{status:?}")
        };
        assert_eq!(value, last);
    }
}

/// Nothing is read twice, however often it says that it is an id.
#[test]
fn garbage_is_passed_over_in_no_time() {
    let start = std::time::Instant::now();
    line(format!("* STATUS a ({})", "MAILBOXID (( UIDNEXT 1 ".repeat(100_000)));
    line(format!("* STATUS a ({}", "MAILBOXID (".repeat(200_000)));
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "minutes, if it is quadratic");
}

#[test]
fn odd_extended_items_cost_no_other() {
    for odd in
        ["OLDNAME NIL", "OLDNAME (a b)", "OLDNAME ()", "CHILDINFO ()", "CHILDINFO x", "CHILDINFO (a (b))"]
    {
        let parsed = line(format!("* LIST () \"/\" a ({odd} OLDNAME (b))"));
        let Response::List(row) = parsed.response else { panic!("{odd}: {parsed:?}") };
        assert!(
            matches!(&row.extended[..], [ListItem::Other(_), ListItem::OldName(name)] if name.as_str() == "b")
        );
        let quirks: Vec<_> = parsed.repairs.iter().map(|repair| repair.quirk).collect();
        assert!(quirks.contains(&Quirk::OddListItem), "{odd}: {quirks:?}");
    }
}

#[test]
fn searches_that_say_oddly_what_they_found() {
    let data = |text: &str| match line(format!("* ESEARCH {text}")) {
        Parsed { response: Response::ExtendedSearch(search), repairs } => {
            let quirks: Vec<_> = repairs.into_iter().map(|repair| repair.quirk).collect();
            (search.data, quirks)
        }
        other => panic!("{text}: {other:?}"),
    };
    let (found, quirks) = data("(TAG \"A006\") UID (COUNT 5) ALL 1:5");
    assert!(matches!(found[..], [SearchData::Count(5), SearchData::All(_)]), "{found:?}");
    assert_eq!(quirks, [Quirk::ReturnInParentheses]);
    let (found, quirks) = data("( TAG A006 )  UID  COUNT 5 ");
    assert_eq!(found, [SearchData::Count(5)]);
    assert!(quirks.iter().all(|quirk| *quirk == Quirk::ExtraBlanks), "{quirks:?}");
    for odd in
        ["ALL 1:*", "ALL 0", "MIN x", "MAX 4294967296", "PARTIAL (1:-2 3)", "PARTIAL 3", "MODSEQ 0", "ALL ()"]
    {
        let (found, quirks) = data(&format!("(TAG \"a\") {odd} COUNT 2"));
        assert!(matches!(found[..], [SearchData::Other(_), SearchData::Count(2)]), "{odd}: {found:?}");
        assert_eq!(quirks, [Quirk::OddSearchData], "{odd}");
    }
    for (text, offset) in [
        ("* ESEARCH (TAG \"a b\") COUNT 1", 15),
        ("* ESEARCH (TAG \"a\" COUNT 1", 26),
        ("* ESEARCH (TAG \"a\") COUNT", 25),
        ("* ESEARCH (COUNT 1", 18),
    ] {
        match line(text).response {
            Response::Invalid(invalid) => assert_eq!(invalid.offset, offset, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn servers_that_say_oddly_who_they_are() {
    let id = |line: &str| match self::line(line) {
        Parsed { response: Response::Id(parameters), repairs } => {
            let pairs = parameters.iter().map(|(field, value)| {
                let value = value.as_ref().map(|value| value.to_string_lossy().into_owned());
                (field.to_string_lossy().into_owned(), value)
            });
            (pairs.collect::<Vec<_>>(), repairs.into_iter().map(|repair| repair.quirk).collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    let pair = |field: &str, value: &str| (field.to_owned(), Some(value.to_owned()));
    assert_eq!(
        id("* ID (\"name\" \"x\" \"version\" \"1\" )"),
        (vec![pair("name", "x"), pair("version", "1")], vec![Quirk::ExtraBlanks])
    );
    let (pairs, repairs) = id("* ID (support-url https://protonmail.com/support name ProtonMail vendor \
                               \"Proton Technologies AG\")");
    assert_eq!(
        pairs,
        [
            pair("support-url", "https://protonmail.com/support"),
            pair("name", "ProtonMail"),
            pair("vendor", "Proton Technologies AG"),
        ]
    );
    assert_eq!(repairs, [Quirk::AtomForString; 5]);
    let (pairs, repairs) =
        id("* ID (\"name\", \"Bigfoot\", \"os\", \"Linux\", \"author\", \"Derek Snider\")");
    assert_eq!(pairs, [pair("name", "Bigfoot"), pair("os", "Linux"), pair("author", "Derek Snider")]);
    assert!(repairs.contains(&Quirk::IdCommas), "{repairs:?}");
    let (pairs, _) = id("* ID (\"v1\" 333 \"v2\" 666x333)");
    assert_eq!(pairs, [pair("v1", "333"), pair("v2", "666x333")]);
    // Commas are data where the rest is well formed.
    let (pairs, repairs) = id("* ID (\"vendor\" \"A, B\" \"os\" \"x,\")");
    assert_eq!((pairs, repairs), (vec![pair("vendor", "A, B"), pair("os", "x,")], vec![]));
    let (pairs, repairs) = id(&format!("* ID ({})", vec!["\"f\" NIL"; 35].join(" ")));
    assert_eq!((pairs.len(), repairs), (30, vec![Quirk::ManyIdFields]));
}

#[test]
fn what_says_nothing_of_who_or_where() {
    for line in [
        "* ID",
        "* ID name",
        "* ID (\"name\")",
        "* ID (NIL \"x\")",
        "* ID (\"name\" (\"x\"))",
        "* ID (\"name\" \"x\"",
        "* ID NIL NIL",
        "* ENABLEDX",
        "* NAMESPACE",
        "* NAMESPACE NIL NIL NIL NIL",
        "* NAMESPACE NIL NIL (\"\" \"/\")",
        "* NAMESPACE ((\"\")) NIL NIL",
        "* NAMESPACE ((\"\" \"/\" \"X\")) NIL NIL",
    ] {
        let parsed = self::line(line);
        assert!(matches!(parsed.response, Response::Invalid(_) | Response::Unknown(_)), "{line}: {parsed:?}");
    }
}

#[test]
fn lists_of_namespaces_and_of_what_was_enabled() {
    let quirks = |parsed: Parsed| parsed.repairs.into_iter().map(|repair| repair.quirk).collect::<Vec<_>>();
    let empty = line("* Namespace () NIL nil");
    assert_eq!(empty.response, Response::Namespace(Namespaces::default()));
    assert_eq!(quirks(empty), [Quirk::EmptyList]);
    // RFC 2342 itself has two blanks in one of its examples.
    let blanks = line("* NAMESPACE ((\"INBOX.\" \".\")) NIL  NIL");
    assert!(matches!(&blanks.response, Response::Namespace(found) if found.personal.len() == 1));
    assert_eq!(quirks(blanks), [Quirk::ExtraBlanks]);
    let apart = line("* NAMESPACE ((\"\" \"\") (a \"/\" ) ) NIL NIL");
    assert!(matches!(&apart.response, Response::Namespace(found) if found.personal.len() == 2));
    let enabled = line("* ENABLED ");
    assert_eq!(enabled.response, Response::Enabled(Capabilities::default()));
    assert_eq!(quirks(enabled), [Quirk::ExtraBlanks]);
}

#[test]
fn names_without_the_quotes_they_need() {
    let name = |line: &str| match self::line(line).response {
        Response::List(row) | Response::Lsub(row) => row.name.as_str().to_owned(),
        Response::MailboxStatus(status) => status.name.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("* LIST () \"/\" Sent Items"), "Sent Items");
    assert_eq!(name("* LIST () \"/\" [Gmail]/All Mail "), "[Gmail]/All Mail");
    assert_eq!(name("* LIST () \"/\" a(b)"), "a(b)");
    assert_eq!(name("* LIST () \"\\\\\" \"a\\\\b\""), "a\\b");
    assert_eq!(name("* STATUS Sent (old) Items (MESSAGES 1)"), "Sent (old) Items");
    assert_eq!(name("* STATUS [Gmail]/All Mail (MESSAGES 1 MAILBOXID (abc))"), "[Gmail]/All Mail");
    assert_eq!(name("* STATUS [Gmail]/All Mail (MAILBOXID (abc))"), "[Gmail]/All Mail");
    assert_eq!(name("* STATUS {3}\r\na b (MESSAGES 1)"), "a b");
}
