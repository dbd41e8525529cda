//! What is otherwise once an extension was enabled.

use tayori_client::{
    Behaviour, Connector, Discard, Error, FetchAttribute, RowEvent, SearchKey, Session, Setting, Upload,
};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{
    Capability, Flag, ImapString, ListPattern, ListReference, Messages, NonEmpty, Uid,
};
use tayori_testkit::peer::Peer;

use crate::harness::{
    INBOX, answer_select, inbox, mailbox, numbers, play, session_with, uids, whole_message,
};

const OFFER: &str = "ENABLE UTF8=ACCEPT UIDONLY QRESYNC CONDSTORE LITERAL+ UIDPLUS MOVE ESEARCH SEARCHRES";

/// A session in which this was enabled.
async fn enabled(connector: Connector, capability: Capability) -> (Session, Peer) {
    let (mut session, mut peer) = session_with(connector, OFFER).await;
    let name = String::from_utf8(capability.to_bytes()).unwrap();
    let client = async { session.enable(capability.clone().into()).await.unwrap() };
    let server = async {
        peer.exchange(&format!("ENABLE {name}"), &format!("* ENABLED {name}\r\n$ OK done\r\n")).await;
    };
    let (told, ()) = play(client, server).await;
    assert!(told.has(&capability));
    assert_eq!(session.enabled(), [capability]);
    (session, peer)
}

/// Names, strings and messages are UTF-8, on the wire as it is here compared: octet by octet.
#[tokio::test(start_paused = true)]
async fn with_utf8_names_and_strings_travel_as_they_are() {
    let (mut session, mut peer) = enabled(Connector::new(), Capability::Utf8Accept).await;
    let message = "Subject: \u{4fbf}\u{308a}\r\n\r\n";
    let client = async {
        let name = mailbox("\u{65e5}\u{672c}\u{8a9e}/\u{65c5}\u{884c}");
        session.create(&name).await.unwrap();
        let rows = session.list(&ListReference::none(), &ListPattern::all()).await.unwrap();
        assert_eq!(rows[0].name, name);
        session.append_message(&name, Upload::of(message.as_bytes())).await.unwrap();
        let mut selected = session.select(&name).await.unwrap();
        let key = SearchKey::Subject(ImapString::new("\u{4fbf}").unwrap());
        assert_eq!(selected.uid_search(key).await.unwrap().to_string(), "7");
    };
    let server = async {
        let (tag, line) = peer.command().await;
        assert_eq!(line, "CREATE \"\u{65e5}\u{672c}\u{8a9e}/\u{65c5}\u{884c}\"");
        peer.answer(&tag, "$ OK done\r\n").await;
        let rows = "* LIST () \"/\" \"\u{65e5}\u{672c}\u{8a9e}/\u{65c5}\u{884c}\"\r\n$ OK done\r\n";
        peer.exchange("LIST \"\" *", rows).await;
        let (tag, line) = peer.command().await;
        let size = message.len();
        assert_eq!(
            line,
            format!("APPEND \"\u{65e5}\u{672c}\u{8a9e}/\u{65c5}\u{884c}\" () UTF8 (~{{{size}+}}")
        );
        assert_eq!(peer.octets(size).await, message);
        assert_eq!(peer.line().await, ")");
        peer.answer(&tag, "$ OK [APPENDUID 1 7] done\r\n").await;
        let (tag, _) = peer.command().await;
        peer.answer(&tag, &format!("{INBOX}$ OK [READ-WRITE] opened\r\n")).await;
        let (tag, line) = peer.command().await;
        // No charset is named (RFC 9755 section 3).
        assert_eq!(line, "UID SEARCH SUBJECT \"\u{4fbf}\"");
        peer.answer(&tag, "* SEARCH 7\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Under IMAP4rev2 a plain SEARCH is answered with ESEARCH, or not at all (RFC 9051 section 6.4.4).
#[tokio::test(start_paused = true)]
async fn the_answer_of_rev2_to_a_search_is_understood() {
    let (mut session, mut peer) = session_with(Connector::new(), "IMAP4rev2").await;
    let client = async {
        session.enable(Capability::Imap4Rev2.into()).await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        assert_eq!(selected.uid_search(SearchKey::Unseen).await.unwrap().to_string(), "2,10:11");
        assert_eq!(selected.search(SearchKey::Unseen).await.unwrap().to_string(), "1:3");
        assert!(selected.uid_search(SearchKey::Seen).await.unwrap().is_empty());
        let mut flight = session.flight().select(&inbox());
        let found = flight.uid_search(SearchKey::All);
        let _landed = flight.launch().await.unwrap().land().await.unwrap();
        assert_eq!(found.wait().await.unwrap().to_string(), "5");
    };
    let server = async {
        peer.exchange("ENABLE IMAP4rev2", "* ENABLED IMAP4rev2\r\n$ OK done\r\n").await;
        answer_select(&mut peer).await;
        let answer = "* ESEARCH (TAG \"$\") UID ALL 2,10:11\r\n$ OK done\r\n";
        peer.exchange("UID SEARCH UNSEEN", answer).await;
        peer.exchange("SEARCH UNSEEN", "* ESEARCH (TAG \"$\") ALL 1:3\r\n$ OK done\r\n").await;
        peer.exchange("UID SEARCH SEEN", "* ESEARCH (TAG \"$\") UID\r\n$ OK done\r\n").await;
        peer.exchange("SELECT INBOX", &format!("* OK [CLOSED] x\r\n{INBOX}$ OK [READ-WRITE] x\r\n")).await;
        peer.exchange("UID SEARCH ALL", "* ESEARCH (TAG \"$\") UID ALL 5\r\n$ OK done\r\n").await;
        peer
    };
    play(client, server).await;
}

/// What is gone is told by UID, and counted (RFC 7162 section 3.2.10).
#[tokio::test(start_paused = true)]
async fn with_qresync_what_is_gone_is_told_by_uid() {
    for capability in [Capability::QResync, Capability::UidOnly] {
        let (mut session, mut peer) = enabled(Connector::new(), capability).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let gone = selected.uid_expunge("3".parse().unwrap()).await.unwrap();
            assert_eq!((gone.uids.to_string(), gone.numbers.len(), gone.count()), ("3".to_owned(), 0, 1));
            assert_eq!(selected.mailbox().exists(), 2);
            let moved = selected.move_messages(uids("4"), &mailbox("x")).await.unwrap();
            assert_eq!((moved.vanished.to_string(), selected.mailbox().exists()), ("4".to_owned(), 1));
            assert_eq!(selected.expunge().await.unwrap().uids.to_string(), "9");
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange("UID EXPUNGE 3", "* VANISHED 3\r\n$ OK done\r\n").await;
            peer.exchange("UID MOVE 4 x", "* OK [COPYUID 1 4 1] x\r\n* VANISHED 4\r\n$ OK done\r\n").await;
            peer.exchange("EXPUNGE", "* VANISHED 9\r\n$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// RFC 9586 section 3: nothing leaves that would be refused, and rows are known by their UID from the beginning.
#[tokio::test(start_paused = true)]
async fn with_uid_only_no_number_is_sent() {
    let (mut session, mut peer) = enabled(Connector::new(), Capability::UidOnly).await;
    let body = "x".repeat(100_000);
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let is_refused = |error: Option<Error>| match error {
            Some(error @ Error::UidsOnly { .. }) => error
                .to_string()
                .ends_with("was not sent, since it names messages by number and UIDONLY is enabled"),
            _ => false,
        };
        assert!(is_refused(selected.copy(numbers("1"), &mailbox("x")).await.err()));
        assert!(is_refused(selected.move_messages(numbers("1"), &mailbox("x")).await.err()));
        assert!(is_refused(selected.store(numbers("1"), StoreChange::Add, &[Flag::Seen]).await.err()));
        assert!(is_refused(selected.search(SearchKey::All).await.err()));
        assert!(is_refused(selected.uid_search(SearchKey::Numbers("1".parse().unwrap())).await.err()));
        let mut rows = selected.fetch(numbers("1"), FetchAttribute::Flags.into()).await.unwrap();
        assert!(is_refused(rows.next(&mut Discard).await.err()));
        drop(rows);
        let mut rows = selected.fetch(uids("7:8"), whole_message()).await.unwrap();
        let Some(RowEvent::BodyStart(begun)) = rows.next_event().await.unwrap() else { panic!("no body") };
        assert_eq!((begun.number, begun.uid), (None, Uid::new(7)));
        let mut told = Vec::new();
        while let Some(row) = rows.next(&mut Discard).await.unwrap() {
            told.push((row.number(), row.uid().unwrap().value()));
        }
        assert_eq!(told, [(None, 7), (None, 8)]);
        drop(rows);
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let rows = format!(
            "* 7 UIDFETCH (BODY[] {{{}}}\r\n{body})\r\n* 8 UIDFETCH (UID 8 BODY[] \"y\")\r\n$ OK done\r\n",
            body.len()
        );
        peer.exchange("UID FETCH 7:8 BODY.PEEK[]", &rows).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// iCloud answers OK and says nothing of what it enables. It is known by what it says of itself; nobody else is
/// believed.
#[tokio::test(start_paused = true)]
async fn an_ok_without_a_word_counts_where_it_is_known_to() {
    let asked = || NonEmpty::one(Capability::QResync).and(Capability::Imap4Rev2);
    for (capabilities, setting, expected) in [
        ("XAPPLEPUSHSERVICE ENABLE QRESYNC", None, true),
        ("ENABLE QRESYNC", None, false),
        ("ENABLE QRESYNC", Some(Setting::On), true),
        ("XAPPLEPUSHSERVICE ENABLE QRESYNC", Some(Setting::Off), false),
    ] {
        let mut connector = Connector::new();
        if let Some(setting) = setting {
            connector = connector.behaviour(Behaviour::EnabledUnsaid, setting);
        }
        let (mut session, mut peer) = session_with(connector, capabilities).await;
        let client = async { session.enable(asked()).await.unwrap() };
        let server = peer.exchange("ENABLE QRESYNC IMAP4rev2", "$ OK ENABLE completed\r\n");
        let (told, ()) = play(client, server).await;
        assert_eq!(told.has(&Capability::QResync), expected, "{capabilities} {setting:?}");
        assert_eq!(session.enabled().contains(&Capability::QResync), expected);
        assert!(!told.has(&Capability::Imap4Rev2) && !session.enabled().contains(&Capability::Imap4Rev2));
    }
}

/// `$` is a set of UIDs in the commands by UID, and of sequence numbers in the others (RFC 5182 section 2.1).
#[tokio::test(start_paused = true)]
async fn saved_results_are_by_uid_under_uid_only() {
    let (mut session, mut peer) = enabled(Connector::new(), Capability::UidOnly).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.search_and_save(SearchKey::Unseen).await.unwrap();
        let items = || FetchAttribute::Flags.into();
        let mut rows = selected.fetch(Messages::Saved, items()).await.unwrap();
        let outcome = rows.next(&mut Discard).await;
        assert!(matches!(outcome, Err(Error::UidsOnly { .. })), "{outcome:?}");
        drop(rows);
        let mut rows = selected.fetch(Messages::SavedByUid, items()).await.unwrap();
        assert_eq!(rows.next(&mut Discard).await.unwrap().unwrap().uid(), Uid::new(4));
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("UID SEARCH RETURN (SAVE) UNSEEN", "$ OK done\r\n").await;
        peer.exchange("UID FETCH $ FLAGS", "* 4 UIDFETCH (FLAGS ())\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}
