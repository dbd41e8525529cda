//! Each command of a session once and more: what is sent, what is made of the answer, what of a refusal.

use tayori_client::{Connector, Discard, Error, FetchAttribute, SearchKey, Session, StatusAttribute};
use tayori_proto::command::StoreChange;
use tayori_proto::response::{ListAttribute, ResponseCode, StatusItem};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{
    Capability, Flag, Flags, IdParameters, InternalDate, ListPattern, ListReference, NonEmpty, Uid,
};
use tayori_testkit::peer::Peer;

use crate::harness::{
    Bodies, INBOX, answer_select, inbox, limits, mailbox, numbers, play, refused, session, session_with,
    uids, whole_message,
};

/// Runs one call on a session against one exchange, and a NOOP behind it: the connection is in step afterwards.
macro_rules! exchange {
    ($call:ident => $work:expr, $command:expr, $answer:expr) => {{
        let (mut session, mut peer) = session().await;
        let client = async {
            let outcome = {
                let $call = &mut session;
                $work.await
            };
            session.noop().await.unwrap();
            outcome
        };
        let server = async {
            peer.exchange($command, $answer).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await.0
    }};
}

/// The same with a mailbox open.
macro_rules! selected_exchange {
    ($call:ident => $work:expr, $command:expr, $answer:expr) => {{
        let (mut session, mut peer) = session().await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let outcome = {
                let $call = &mut selected;
                $work.await
            };
            selected.noop().await.unwrap();
            outcome
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange($command, $answer).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await.0
    }};
}

#[tokio::test(start_paused = true)]
async fn examine_opens_a_mailbox_to_read() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let selected = session.examine(&mailbox("\u{4fbf}\u{308a}")).await.unwrap();
        assert_eq!(selected.mailbox().access(), tayori_client::Access::ReadOnly);
        assert_eq!(selected.mailbox().exists(), 3);
    };
    let server = async { peer.exchange("EXAMINE &T78wig-", &format!("{INBOX}$ OK done\r\n")).await };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_is_not_there_leaves_the_session_usable() {
    let outcome = exchange!(
        s => async { s.select(&mailbox("gone")).await.map(drop) },
        "SELECT gone",
        "$ NO [NONEXISTENT] no such mailbox\r\n"
    );
    assert!(
        matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::NonExistent),
        "{outcome:?}"
    );
    assert_eq!(refused(outcome), ("SELECT".to_owned(), "no such mailbox".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn commands_about_mailboxes_succeed_or_say_why_not() {
    macro_rules! check {
        ($($method:ident($($argument:expr),*) => $command:expr;)*) => {$(
            exchange!(s => s.$method($($argument),*), $command, "$ OK done\r\n").unwrap();
            let outcome = exchange!(s => s.$method($($argument),*), $command, "$ NO [CANNOT] not this one\r\n");
            assert!(matches!(&outcome, Err(Error::Refused { status: CompletionStatus::No, .. })));
            assert_eq!(refused(outcome).1, "not this one");
            let outcome = exchange!(s => s.$method($($argument),*), $command, "$ BAD what\r\n");
            assert!(matches!(&outcome, Err(Error::Refused { status: CompletionStatus::Bad, .. })));
            // Without OK nobody knows whether it was done, and it must not be called done.
            let outcome = exchange!(s => s.$method($($argument),*), $command, "$ completed\r\n");
            assert!(matches!(&outcome, Err(Error::Refused { status: CompletionStatus::Unclear, .. })));
        )*};
    }
    check! {
        create(&mailbox("a/b")) => "CREATE a/b";
        delete(&mailbox("say \"a\\b\"")) => r#"DELETE "say \"a\\b\"""#;
        rename(&mailbox("a"), &mailbox("b & c")) => "RENAME a \"b &- c\"";
        subscribe(&mailbox("a")) => "SUBSCRIBE a";
        unsubscribe(&mailbox("a")) => "UNSUBSCRIBE a";
    }
}

#[tokio::test(start_paused = true)]
async fn list_and_lsub_give_their_own_rows() {
    let all = (ListReference::none(), ListPattern::all());
    let answer = "* LIST (\\HasChildren) \"/\" INBOX\r\n* LSUB () \"/\" other\r\n* 4 EXISTS\r\n\
                  * LIST (\\NoSelect) \"/\" \"Entw&APw-rfe\"\r\n* LIST () NIL {3}\r\na b\r\n$ OK done\r\n";
    let rows = exchange!(s => s.list(&all.0, &all.1), "LIST \"\" *", answer).unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "Entw\u{fc}rfe", "a b"]);
    assert_eq!(rows[1].attributes, [ListAttribute::NoSelect]);
    assert_eq!((rows[1].delimiter, rows[2].delimiter), (Some('/'), None));

    let lsub =
        "* LSUB () \"/\" INBOX\r\n* LIST () \"/\" other\r\n* LSUB () \".\" #news.comp\r\n$ OK done\r\n";
    let rows = exchange!(s => s.lsub(&all.0, &all.1), "LSUB \"\" *", lsub).unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "#news.comp"]);

    assert_eq!(exchange!(s => s.list(&all.0, &all.1), "LIST \"\" *", "$ OK nothing\r\n").unwrap(), []);
    assert_eq!(exchange!(s => s.list(&all.0, &all.1), "LIST \"\" *", "$ LIST completed\r\n").unwrap(), []);
    refused(exchange!(s => s.list(&all.0, &all.1), "LIST \"\" *", "* LIST () NIL a\r\n$ NO broken\r\n"));
}

#[tokio::test(start_paused = true)]
async fn status_is_that_of_the_mailbox_that_was_asked_for() {
    let items = || NonEmpty::one(StatusAttribute::Messages).and(StatusAttribute::UidNext);
    let name = mailbox("a b");
    let command = "STATUS \"a b\" (MESSAGES UIDNEXT)";
    let answer =
        "* STATUS other (MESSAGES 1)\r\n* STATUS \"a b\" (MESSAGES 7 UIDNEXT 9 X-NEW (1))\r\n$ OK done\r\n";
    let status = exchange!(s => s.status(&name, items()), command, answer).unwrap();
    assert_eq!(status.name, name);
    assert_eq!(status.items[..2], [StatusItem::Messages(7), StatusItem::UidNext(Uid::new(9))]);

    // News of the same mailbox is not the answer; what it says later counts.
    let answer = "* STATUS \"a b\" (MESSAGES 6 X-NEW 1)\r\n* STATUS \"a b\" (MESSAGES 7 UIDNEXT 9 x-new 2)\r\n\
                  * STATUS \"a b\" (MESSAGES 8)\r\n$ OK done\r\n";
    let status = exchange!(s => s.status(&name, items()), command, answer).unwrap();
    assert_eq!(status.items.len(), 3, "{status:?}");
    assert_eq!(
        (&status.items[0], &status.items[2]),
        (&StatusItem::UidNext(Uid::new(9)), &StatusItem::Messages(8))
    );

    let outcome =
        exchange!(s => s.status(&name, items()), command, "* STATUS x (MESSAGES 1)\r\n$ OK done\r\n");
    assert!(matches!(&outcome, Err(Error::Incomplete { command, .. }) if command == "STATUS"), "{outcome:?}");
    refused(exchange!(s => s.status(&name, items()), command, "$ NO no such mailbox\r\n"));
}

#[tokio::test(start_paused = true)]
async fn search_gives_sets_and_an_empty_one_without_a_line() {
    for (answer, expected) in [
        ("* SEARCH 5 2 3\r\n$ OK done\r\n", "2:3,5"),
        ("* SEARCH 5\r\n* 9 EXISTS\r\n* SEARCH 2 3 \r\n$ OK done\r\n", "2:3,5"),
        ("* SEARCH\r\n$ OK done\r\n", ""),
        ("$ OK done\r\n", ""),
        ("* SEARCH 7\r\n$ SEARCH completed\r\n", "7"),
    ] {
        let found =
            selected_exchange!(s => s.uid_search(SearchKey::Seen), "UID SEARCH SEEN", answer).unwrap();
        assert_eq!(found.to_string(), expected, "{answer:?}");
        let found = selected_exchange!(s => s.search(SearchKey::Seen), "SEARCH SEEN", answer).unwrap();
        assert_eq!(found.to_string(), expected, "{answer:?}");
    }
    let outcome = selected_exchange!(
        s => s.uid_search(SearchKey::Seen), "UID SEARCH SEEN", "* SEARCH 1\r\n$ NO [BADCHARSET] no\r\n"
    );
    assert_eq!(refused(outcome).0, "UID SEARCH");
}

/// Rows that came are worth having, whatever the command ends with.
#[tokio::test(start_paused = true)]
async fn a_fetch_that_fails_hands_out_its_rows_first() {
    for (end, words) in [("$ NO some of it is broken\r\n", "some of it is broken"), ("$ BAD huh\r\n", "huh")]
    {
        let outcome = selected_exchange!(
            s => async {
                let mut bodies = Bodies::default();
                let mut rows = s.fetch(uids("7:9"), whole_message()).await.unwrap();
                for number in [1, 2] {
                    let row = rows.next(&mut bodies).await.unwrap().unwrap();
                    assert_eq!(row.number().map(|number| number.value()), Some(number));
                }
                assert_eq!(bodies.whole, [b"one", b"two"]);
                let outcome = rows.next(&mut bodies).await;
                assert_eq!(rows.next(&mut bodies).await.unwrap(), None, "the failure is told once");
                outcome
            },
            "UID FETCH 7:9 BODY.PEEK[]",
            &format!("* 1 FETCH (BODY[] \"one\")\r\n* 2 FETCH (BODY[] {{3}}\r\ntwo)\r\n{end}")
        );
        assert_eq!(refused(outcome), ("UID FETCH".to_owned(), words.to_owned()));
    }
}

/// `A999 UID FETCH completed`, as some servers end it: to believe it does no harm.
#[tokio::test(start_paused = true)]
async fn a_fetch_without_a_clear_end_is_believed() {
    selected_exchange!(
        s => async {
            let mut rows = s.fetch(uids("7"), FetchAttribute::Flags.into()).await.unwrap();
            assert!(rows.next(&mut Discard).await.unwrap().is_some());
            assert_eq!(rows.next(&mut Discard).await.unwrap(), None);
        },
        "UID FETCH 7 FLAGS",
        "* 1 FETCH (FLAGS () UID 7)\r\n$ UID FETCH completed\r\n"
    );
}

#[tokio::test(start_paused = true)]
async fn store_gives_what_the_server_says_of_the_flags() {
    let rows = selected_exchange!(
        s => s.store(numbers("1:2"), StoreChange::Add, &[Flag::Seen, Flag::new("$label").unwrap()]),
        "STORE 1:2 +FLAGS (\\Seen $label)",
        "* 1 FETCH (FLAGS (\\Seen $label))\r\n* 0 EXISTS\r\n* 2 FETCH FLAGS (\\Deleted \\Seen)\r\n$ OK done\r\n"
    )
    .unwrap();
    let flags: Vec<_> = rows.iter().map(|row| row.flags().map(Flags::len)).collect();
    assert_eq!(flags, [Some(2), Some(2)]);

    let empty: &[Flag] = &[];
    let command = "UID STORE 7 FLAGS ()";
    let rows = selected_exchange!(s => s.store(uids("7"), StoreChange::Replace, empty), command, "$ OK\r\n");
    assert_eq!(rows.unwrap(), []);
    let outcome =
        selected_exchange!(s => s.store(uids("7"), StoreChange::Replace, empty), command, "$ STORE\r\n");
    assert!(matches!(outcome, Err(Error::Refused { status: CompletionStatus::Unclear, .. })));
}

#[tokio::test(start_paused = true)]
async fn store_silent_asks_for_no_rows_and_survives_some() {
    let command = "UID STORE 7 -FLAGS.SILENT (\\Deleted)";
    for answer in ["$ OK done\r\n", "* 1 FETCH (FLAGS ())\r\n$ OK done\r\n"] {
        let outcome = selected_exchange!(
            s => s.store_silent(uids("7"), StoreChange::Remove, &[Flag::Deleted]), command, answer
        );
        outcome.unwrap();
    }
    let outcome = selected_exchange!(
        s => s.store_silent(uids("7"), StoreChange::Remove, &[Flag::Deleted]), command, "$ NO read-only\r\n"
    );
    assert_eq!(refused(outcome).1, "read-only");
}

#[tokio::test(start_paused = true)]
async fn copy_tells_which_message_became_which() {
    let outcome = selected_exchange!(
        s => s.copy(uids("7,9"), &mailbox("to")),
        "UID COPY 7,9 to",
        "$ OK [COPYUID 38505 7,9 3956:3957] done\r\n"
    )
    .unwrap();
    let uids_of = outcome.uids.expect("the server has said them");
    assert_eq!(uids_of.validity.value(), 38505);
    assert_eq!(
        (uids_of.from.to_string(), uids_of.to.to_string()),
        ("7,9".to_owned(), "3956:3957".to_owned())
    );

    let outcome = selected_exchange!(s => s.copy(numbers("1"), &mailbox("to")), "COPY 1 to", "$ OK done\r\n");
    assert_eq!(outcome.unwrap().uids, None);
    let outcome = selected_exchange!(
        s => s.copy(numbers("1"), &mailbox("to")), "COPY 1 to", "$ NO [TRYCREATE] no such mailbox\r\n"
    );
    assert!(
        matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::TryCreate),
        "{outcome:?}"
    );
    // A copy that is not sure must not be followed by a delete.
    let outcome =
        selected_exchange!(s => s.copy(numbers("1"), &mailbox("to")), "COPY 1 to", "$ COPY done\r\n");
    assert!(matches!(outcome, Err(Error::Refused { status: CompletionStatus::Unclear, .. })));
}

#[tokio::test(start_paused = true)]
async fn expunge_gives_numbers_in_the_order_of_the_server() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let gone: Vec<u32> =
            selected.expunge().await.unwrap().numbers.iter().map(|number| number.value()).collect();
        assert_eq!((gone, selected.mailbox().exists()), (vec![2, 2], 1));
        let gone = selected.uid_expunge("5:7".parse().unwrap()).await.unwrap();
        assert_eq!((gone.count(), selected.mailbox().exists()), (1, 0));
        assert_eq!(refused(selected.expunge().await).1, "read-only");
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("EXPUNGE", "* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 5:7", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        peer.exchange("EXPUNGE", "$ NO read-only\r\n").await;
    };
    play(client, server).await;
}

/// Without UIDPLUS there is just EXPUNGE, which takes messages that nobody named: it must not be sent instead.
#[tokio::test(start_paused = true)]
async fn what_is_not_offered_is_not_sent() {
    let (session, mut peer) = session_with(Connector::new(), "IDLE").await;
    let client = async move {
        let mut session = session;
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = selected.uid_expunge("5:7".parse().unwrap()).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "UIDPLUS" })));
        let outcome = selected.unselect().await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "UNSELECT" })));
    };
    let server = async {
        answer_select(&mut peer).await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_closed_checked_and_unselected() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.check().await.unwrap();
        selected.close().await.unwrap();
        let selected = session.select(&inbox()).await.unwrap();
        selected.unselect().await.unwrap();
        let selected = session.select(&inbox()).await.unwrap();
        assert_eq!(refused(selected.close().await).1, "not now");
        session.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("CHECK", "$ OK done\r\n").await;
        peer.exchange("CLOSE", "$ OK done\r\n").await;
        answer_select(&mut peer).await;
        peer.exchange("UNSELECT", "$ OK done\r\n").await;
        answer_select(&mut peer).await;
        peer.exchange("CLOSE", "$ NO not now\r\n").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// What the server says of the mailbox counts also when it comes with a refusal.
#[tokio::test(start_paused = true)]
async fn news_of_the_mailbox_come_with_any_command() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.noop().await.unwrap();
        assert_eq!((selected.mailbox().exists(), selected.mailbox().recent()), (4, 1));
        refused(selected.copy(numbers("1"), &mailbox("x")).await);
        assert_eq!(selected.mailbox().exists(), 5);
    };
    let server = async {
        answer_select(&mut peer).await;
        let news = "* 2 EXPUNGE\r\n* 4 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (FLAGS ())\r\n$ OK done\r\n";
        peer.exchange("NOOP", news).await;
        peer.exchange("COPY 1 x", "* 5 EXISTS\r\n$ NO no\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_too_many_octets_is_given_up_and_the_connection_is_not() {
    let mut limits = limits();
    limits.collected_octets = 100_000;
    let (mut session, mut peer) = session_with(Connector::new().limits(limits), "").await;
    let client = async {
        let rows = session.list(&ListReference::none(), &ListPattern::all()).await;
        assert!(matches!(rows, Err(Error::TooMuch { .. })), "{rows:?}");
        session.noop().await.unwrap();
    };
    let server = async {
        let row = format!("* LIST () \"/\" {}\r\n", "x".repeat(10_000));
        peer.exchange(r#"LIST "" "*""#, &format!("{}$ OK done\r\n", row.repeat(50))).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_too_many_parts_is_given_up_and_the_connection_is_not() {
    let mut limits = limits();
    limits.collected_responses = 3;
    let (mut session, mut peer) = session_with(Connector::new().limits(limits), "").await;
    let client = async {
        for expected in [Some(3), None] {
            let rows = session.list(&ListReference::none(), &ListPattern::all()).await;
            match expected {
                Some(count) => assert_eq!(rows.unwrap().len(), count),
                None => assert!(matches!(rows, Err(Error::TooMuch { .. }))),
            }
        }
        session.noop().await.unwrap();
    };
    let server = async {
        let row = "* LIST () NIL a\r\n";
        peer.exchange("LIST \"\" *", &format!("{}$ OK done\r\n", row.repeat(3))).await;
        peer.exchange("LIST \"\" *", &format!("{}$ OK done\r\n", row.repeat(1000))).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

fn message() -> Vec<u8> {
    b"Subject: binary \xff\xfe\r\n\r\n\x01 {5}\r\n a0 OK\r\n".repeat(5000)
}

async fn append(session: &mut Session, message: &[u8]) -> Result<Option<u32>, tayori_client::AppendError> {
    let date = InternalDate::parse(b" 7-Feb-1994 21:52:25 -0800").unwrap();
    let flags = [Flag::Seen];
    let outcome = session.append(&mailbox("to"), &flags, Some(date), message.len() as u64, message).await?;
    Ok(outcome.uid.map(|(_, uid)| uid.value()))
}

async fn hear_append(peer: &mut Peer, literal: &str) -> tayori_testkit::peer::HeardTag {
    let (tag, rest) = peer.command().await;
    assert_eq!(rest, format!("APPEND to (\\Seen) \" 7-Feb-1994 21:52:25 -0800\" {literal}"));
    tag
}

#[tokio::test(start_paused = true)]
async fn a_message_is_appended_octet_for_octet() {
    for (capabilities, waits) in [("", true), ("LITERAL-", true), ("LITERAL+", false)] {
        for piece in [1, 7, 1 << 20] {
            let message = if piece == 1 { message()[..2000].to_vec() } else { message() };
            let (mut session, mut peer) =
                crate::harness::session_in_pieces(Connector::new(), capabilities, piece).await;
            // LITERAL- is for small ones.
            let waits = waits && !(capabilities == "LITERAL-" && message.len() <= 4096);
            let plus = if waits { "" } else { "+" };
            let client = async {
                assert_eq!(append(&mut session, &message).await.unwrap(), Some(3955));
                session.noop().await.unwrap();
            };
            let server = async {
                let tag = hear_append(&mut peer, &format!("{{{}{plus}}}", message.len())).await;
                if waits {
                    peer.say("+ go on\r\n").await;
                }
                assert!(peer.octets(message.len()).await == message, "the octets differ");
                assert_eq!(peer.line().await, "");
                peer.answer(&tag, "* 4 EXISTS\r\n$ OK [APPENDUID 38505 3955] done\r\n").await;
                peer.exchange("NOOP", "$ OK done\r\n").await;
            };
            play(client, server).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_message_is_appended_like_any_other() {
    for (capabilities, literal) in [("", "{0}"), ("LITERAL+", "{0+}")] {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async { assert_eq!(append(&mut session, b"").await.unwrap(), None) };
        let server = async {
            let tag = hear_append(&mut peer, literal).await;
            if capabilities.is_empty() {
                peer.say("+ go on\r\n").await;
            }
            assert_eq!(peer.line().await, "");
            peer.answer(&tag, "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// A server that wants the message at once can still refuse it while it comes; the rest is owed to it all the same.
#[tokio::test(start_paused = true)]
async fn a_refused_append_leaves_the_connection_in_step() {
    for capabilities in ["", "LITERAL+"] {
        let message = message();
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let error = append(&mut session, &message).await.unwrap_err();
            let tayori_client::AppendError::Server(error) = error else { panic!("{error:?}") };
            assert!(
                matches!(&error, Error::Refused { code: Some(code), .. } if **code == ResponseCode::TryCreate),
                "{error:?}"
            );
            session.noop().await.unwrap();
        };
        let server = async {
            let (tag, _) = peer.command().await;
            peer.answer(&tag, "$ NO [TRYCREATE] no such mailbox\r\n").await;
            if !capabilities.is_empty() {
                assert!(peer.octets(message.len()).await == message, "the octets differ");
                assert_eq!(peer.line().await, "");
            }
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// The server stores nothing unless it says so in so many words.
#[tokio::test(start_paused = true)]
async fn an_unclear_append_is_none() {
    let (mut session, mut peer) = session_with(Connector::new(), "LITERAL+").await;
    let client = async {
        let error = append(&mut session, b"x").await.unwrap_err();
        let tayori_client::AppendError::Server(error) = error else { panic!("{error:?}") };
        assert!(matches!(error, Error::Refused { status: CompletionStatus::Unclear, .. }), "{error:?}");
    };
    let server = async {
        let tag = hear_append(&mut peer, "{1+}").await;
        assert_eq!(peer.line().await, "x");
        peer.answer(&tag, "$ APPEND completed\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn both_sides_say_who_they_are() {
    let ours = IdParameters::new([("name", Some("a \"quote\"")), ("os", None)]).unwrap();
    // Cyrus 3.10 dies of a field without a value.
    let command = r#"ID ("name" "a \"quote\"")"#;
    let told =
        exchange!(s => s.id(&ours), command, "* ID (name Played \"version\" NIL)\r\n$ OK done\r\n").unwrap();
    assert_eq!(told.value("NAME").and_then(|name| name.as_str()), Some("Played"));
    assert_eq!(told.iter().count(), 2);
    // RFC 2971 section 3.1 lets a server say nothing.
    for answer in ["$ OK done\r\n", "* ID NIL\r\n$ OK done\r\n"] {
        assert!(exchange!(s => s.id(&IdParameters::none()), "ID NIL", answer).unwrap().is_empty());
    }
    assert_eq!(refused(exchange!(s => s.id(&ours), command, "$ BAD what\r\n")).0, "ID");
}

#[tokio::test(start_paused = true)]
async fn what_is_enabled_is_what_the_server_says() {
    let asked = || NonEmpty::one(Capability::CondStore).and(Capability::try_from("X-GOOD-IDEA").unwrap());
    let command = "ENABLE CONDSTORE X-GOOD-IDEA";
    let enabled =
        exchange!(s => s.enable(asked()), command, "* ENABLED X-GOOD-IDEA\r\n$ OK done\r\n").unwrap();
    assert!(enabled.has(&Capability::try_from("X-GOOD-IDEA").unwrap()));
    assert!(!enabled.has(&Capability::CondStore));
    for answer in ["* ENABLED\r\n$ OK done\r\n", "$ OK done\r\n"] {
        assert!(exchange!(s => s.enable(asked()), command, answer).unwrap().is_empty());
    }
    assert_eq!(refused(exchange!(s => s.enable(asked()), command, "$ NO no\r\n")).0, "ENABLE");
}

/// Names change their encoding with the answer that says so, and with no other.
#[tokio::test(start_paused = true)]
async fn names_travel_as_utf8_once_that_is_enabled() {
    for (enabled, name) in [
        ("* ENABLED UTF8=ACCEPT\r\n$ OK done\r\n", "\"\u{fc}\""),
        ("* ENABLED\r\n$ OK done\r\n", "&APw-"),
        ("$ NO not here\r\n", "&APw-"),
    ] {
        let (mut session, mut peer) = session_with(Connector::new(), "ENABLE").await;
        let client = async {
            let _ = session.enable(Capability::Utf8Accept.into()).await;
            session.create(&mailbox("\u{fc}")).await.unwrap();
        };
        let server = async {
            peer.exchange("ENABLE UTF8=ACCEPT", enabled).await;
            let (tag, create) = peer.command().await;
            assert_eq!(create, format!("CREATE {name}"));
            peer.answer(&tag, "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// RFC 9051 section 6.3.1: ENABLE comes before the first mailbox.
#[tokio::test(start_paused = true)]
async fn nothing_is_enabled_once_a_mailbox_was_open() {
    let (mut session, mut peer) = session().await;
    let client = async {
        session.select(&inbox()).await.unwrap().unselect().await.unwrap();
        let error = session.enable(Capability::CondStore.into()).await.unwrap_err();
        assert!(matches!(&error, Error::NotSent { command } if command == "ENABLE"), "{error:?}");
        session.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("UNSELECT", "$ OK done\r\n").await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_told_or_missing() {
    let answer = "* NAMESPACE ((\"\" \"/\")) NIL ((\"#p.\" \".\")(\"#q.\" NIL))\r\n$ OK done\r\n";
    let found = exchange!(s => s.namespace(), "NAMESPACE", answer).unwrap();
    assert_eq!((found.personal.len(), found.other_users.len(), found.shared.len()), (1, 0, 2));
    assert_eq!((found.shared[0].prefix.as_str(), found.shared[0].delimiter), ("#p.", Some('.')));
    let missing = exchange!(s => s.namespace(), "NAMESPACE", "$ OK done\r\n").unwrap_err();
    assert!(matches!(missing, Error::Incomplete { .. }), "{missing:?}");
    assert_eq!(refused(exchange!(s => s.namespace(), "NAMESPACE", "$ NO no\r\n")).0, "NAMESPACE");
}

/// RFC 6851 section 4.3: the code comes with the tagged line or without a tag.
#[tokio::test(start_paused = true)]
async fn moved_messages_are_gone_and_named() {
    let went = "* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n";
    for answer in [
        format!("* OK [COPYUID 9 41:42 7:8] so far\r\n{went}$ OK done\r\n"),
        format!("{went}$ OK [COPYUID 9 41:42 7:8] done\r\n"),
        format!("{went}* [COPYUID 9 41:42 7:8]\r\n$ OK done\r\n"),
    ] {
        let to = mailbox("to");
        let moved =
            selected_exchange!(s => s.move_messages(uids("41:42"), &to), "UID MOVE 41:42 to", &answer)
                .unwrap();
        let copied = moved.uids.unwrap();
        assert_eq!((copied.from.to_string(), copied.to.to_string()), ("41:42".into(), "7:8".into()));
        assert_eq!(moved.expunged.iter().map(|number| number.value()).collect::<Vec<_>>(), [2, 2]);
    }
    let to = mailbox("to");
    let moved = selected_exchange!(s => s.move_messages(numbers("1"), &to), "MOVE 1 to", "* 1 EXPUNGE\r\n$ OK done\r\n");
    assert_eq!(moved.unwrap().uids, None);
}

/// RFC 6851 section 3.3: a move may fail in the middle; what has gone is gone.
#[tokio::test(start_paused = true)]
async fn a_move_that_fails_has_perhaps_moved_some() {
    let outcome = selected_exchange!(
        s => async {
            let outcome = s.move_messages(uids("1:*"), &mailbox("to")).await;
            assert_eq!(s.mailbox().exists(), 2);
            outcome
        },
        "UID MOVE 1:* to",
        "* 1 EXPUNGE\r\n$ NO [OVERQUOTA] no room\r\n"
    );
    assert_eq!(refused(outcome), ("UID MOVE".to_owned(), "no room".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_offered_is_not_tried() {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    #[track_caller]
    fn check<T: std::fmt::Debug>(outcome: Result<T, Error>, name: &str) {
        assert!(
            matches!(&outcome, Err(Error::NotOffered { capability }) if *capability == name),
            "{outcome:?}"
        );
    }
    let client = async {
        check(session.id(&IdParameters::none()).await, "ID");
        check(session.enable(Capability::CondStore.into()).await, "ENABLE");
        check(session.namespace().await, "NAMESPACE");
        let mut selected = session.select(&inbox()).await.unwrap();
        check(selected.move_messages(uids("1"), &mailbox("to")).await, "MOVE");
        check(selected.idle().await.map(drop), "IDLE");
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;

    // IMAP4rev2 holds what was an extension before (RFC 9051 appendix E).
    let (mut session, mut peer) = session_with(Connector::new(), "IMAP4rev2").await;
    let client = async { session.namespace().await.unwrap() };
    let server = async {
        peer.exchange("NAMESPACE", "* NAMESPACE NIL NIL NIL\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}
