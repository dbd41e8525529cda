//! Each method of the client once and more against the server: what one of them writes, the other reads.

use tayori_client::{
    Connector, Credentials, Error, FetchAttribute, Identity, LoginMethod, LoginPolicy, Mailbox, MailboxEvent,
    RowEvent, Session, StatusAttribute,
};
use tayori_proto::command::StoreChange;
use tayori_proto::response::{FetchItem, ListAttribute, ResponseCode, StatusItem};
use tayori_proto::types::{
    Capability, Flag, IdParameters, InternalDate, ListPattern, ListReference, MailboxName, NonEmpty, Secret,
    Section, SeqNum, Uid,
};
use tayori_testkit::pair::{Host, ROOMY, credentials, password, user};

use crate::harness::{Bodies, connect, everything, inbox, log_in, look, mailbox, numbers, uids, within};

/// A message that is streamed on its way in and out: larger than what either side keeps in one piece.
fn large_message() -> Vec<u8> {
    let mut message = b"Subject: large\r\n\r\n".to_vec();
    message.extend((0..300_000_u32).flat_map(|number| format!("{number:06}\r\n").into_bytes()));
    message
}

async fn append(session: &mut Session, to: &MailboxName, flags: &[Flag], octets: &[u8]) -> Uid {
    let outcome = session.append(to, flags, None, octets.len() as u64, octets).await.unwrap();
    outcome.uid.expect("the server has UIDPLUS").1
}

/// A session whose INBOX holds the messages `1`, `2`, ... `count`, with UIDs of the same numbers.
async fn session_with(count: usize) -> (Host, Session) {
    let host = Host::new();
    let mut session = log_in(&host).await;
    for number in 1..=count {
        append(&mut session, &inbox(), &[], number.to_string().as_bytes()).await;
    }
    (host, session)
}

#[tokio::test(start_paused = true)]
async fn logins_succeed_or_leave_the_connection_usable() {
    within(async {
        let host = Host::new();
        let wrong = Secret::new("wrong").unwrap();
        let connection = connect(&host, Connector::new(), ROOMY).await;
        let wrong = Credentials::password(Identity::new("user").unwrap(), wrong);
        let command = LoginPolicy::new().only(LoginMethod::Command);
        let failed = connection.log_in(&wrong, &command).await.unwrap_err();
        let refusal =
            |code: &Option<Box<ResponseCode>>| code.as_deref() == Some(&ResponseCode::AuthenticationFailed);
        assert!(matches!(&failed.error, Error::Refused { code, .. } if refusal(code)), "{failed:?}");
        let failed = failed.connection.unwrap().log_in(&wrong, &LoginPolicy::new()).await.unwrap_err();
        assert!(matches!(&failed.error, Error::Refused { code, .. } if refusal(code)), "{failed:?}");
        let mut connection = failed.connection.unwrap();
        connection.noop().await.unwrap();
        let mut session = connection.log_in(&credentials(), &command).await.unwrap().session;
        session.noop().await.unwrap();
        session.logout().await.unwrap();
        // Also in pieces of one octet.
        let connection = connect(&host, Connector::new(), 1).await;
        connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session.logout().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn names_are_made_listed_renamed_and_removed() {
    within(async {
        let (_host, mut session) = session_with(0).await;
        let travels = mailbox("日本語/旅行 & \"more\"");
        session.create(&travels).await.unwrap();
        session.create(&mailbox("Archive/2024")).await.unwrap();
        session.subscribe(&travels).await.unwrap();
        session.subscribe(&mailbox("not there")).await.unwrap();
        session.unsubscribe(&mailbox("not there")).await.unwrap();
        let names = |rows: Vec<tayori_proto::response::ListRow>| -> Vec<String> {
            rows.iter().map(|row| row.name.as_str().to_owned()).collect()
        };
        let (root, all) = (ListReference::none(), ListPattern::all());
        let rows = session.list(&root, &all).await.unwrap();
        assert!(rows[1].attributes.contains(&ListAttribute::NoSelect), "{rows:?}");
        assert!(rows[1].attributes.contains(&ListAttribute::HasChildren), "{rows:?}");
        assert_eq!(rows[0].delimiter, Some('/'));
        assert_eq!(
            names(rows),
            ["INBOX", "Archive", "Archive/2024", "日本語", "日本語/旅行 & \"more\""]
        );
        assert_eq!(names(session.lsub(&root, &all).await.unwrap()), ["日本語/旅行 & \"more\""]);
        session.rename(&mailbox("日本語"), &mailbox("Reisen")).await.unwrap();
        session.delete(&mailbox("Archive/2024")).await.unwrap();
        session.delete(&mailbox("Archive")).await.unwrap();
        let level = ListPattern::new("%").unwrap();
        assert_eq!(names(session.list(&root, &level).await.unwrap()), ["INBOX", "Reisen"]);
        let outcome = session.delete(&mailbox("Archive")).await;
        assert!(
            matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::NonExistent),
            "{outcome:?}"
        );
        session.noop().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_described_by_select_and_by_status() {
    within(async {
        let (_host, mut session) = session_with(3).await;
        append(&mut session, &inbox(), &[Flag::Seen], b"4").await;
        let items = NonEmpty::one(StatusAttribute::Messages)
            .and(StatusAttribute::UidNext)
            .and(StatusAttribute::UidValidity)
            .and(StatusAttribute::Unseen);
        let status = session.status(&inbox(), items).await.unwrap();
        let validity = status.items.iter().find_map(|item| match item {
            StatusItem::UidValidity(validity) => *validity,
            _ => None,
        });
        assert_eq!(status.items[0], StatusItem::Messages(4));
        assert_eq!(status.items[1], StatusItem::UidNext(Uid::new(5)));
        assert_eq!(status.items[3], StatusItem::Unseen(3));
        let selected = session.select(&inbox()).await.unwrap();
        let opened: &Mailbox = selected.mailbox();
        assert_eq!((opened.exists(), opened.recent()), (4, 4));
        assert_eq!((opened.uid_validity(), opened.uid_next()), (validity, Uid::new(5)));
        assert_eq!(opened.unseen(), SeqNum::new(1));
        assert_eq!(opened.access(), tayori_client::Access::ReadWrite);
        selected.unselect().await.unwrap();
        let selected = session.examine(&inbox()).await.unwrap();
        assert_eq!(selected.mailbox().access(), tayori_client::Access::ReadOnly);
        assert_eq!(selected.mailbox().recent(), 0, "the first session has taken them");
        let outcome = session.select(&mailbox("not there")).await.map(drop);
        assert!(
            matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::NonExistent),
            "{outcome:?}"
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn messages_come_out_as_they_went_in_whatever_their_size() {
    within(async {
        let host = Host::new();
        // Reads and writes of any size; the smallest for the largest would take long.
        for (piece, large) in [
            (1, &b"tiny\r\n"[..]),
            (7, &large_message()[..9000]),
            (8192, &large_message()),
            (ROOMY, &large_message()),
        ] {
            let connection = connect(&host, Connector::new(), piece).await;
            let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
            let name = mailbox(&format!("pieces of {piece}"));
            session.create(&name).await.unwrap();
            let date = InternalDate::from_unix_seconds(1_000_000_000);
            let bodies: [&[u8]; 4] =
                [b"Subject: small\r\n\r\nhello\r\n", large, b"x", b"no line end, 8bit \xff \xe6\x97\xa5"];
            for octets in bodies {
                let flags = [Flag::Flagged, Flag::new("$Forwarded").unwrap()];
                let size = octets.len() as u64;
                let outcome = session.append(&name, &flags, Some(date), size, octets).await.unwrap();
                assert!(outcome.uid.is_some());
            }
            let mut selected = session.examine(&name).await.unwrap();
            let items = NonEmpty::one(FetchAttribute::InternalDate).and(FetchAttribute::Rfc822Size);
            let items = items.and(FetchAttribute::Flags).and(FetchAttribute::peek(Section::full()));
            let mut kept = Bodies::default();
            let mut rows = selected.fetch(numbers("1:*"), items.into()).await.unwrap();
            while let Some(row) = rows.next(&mut kept).await.unwrap() {
                let octets = kept.whole.last().unwrap();
                assert_eq!(row.number().unwrap().value() as usize, kept.whole.len());
                assert_eq!(row.items[0], FetchItem::InternalDate(Some(date)));
                assert_eq!(row.items[1], FetchItem::Rfc822Size(Some(octets.len() as u64)));
                let flags = row.flags().unwrap();
                assert!(flags.contains(&Flag::Flagged) && flags.contains(&Flag::new("$Forwarded").unwrap()));
            }
            drop(rows);
            assert!(kept.whole.iter().eq(bodies.iter()), "pieces of {piece}");
            session.logout().await.unwrap();
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_large_body_comes_in_pieces_and_can_be_left() {
    within(async {
        let (_host, mut session) = session_with(0).await;
        let large = large_message();
        append(&mut session, &inbox(), &[], &large).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let body = FetchAttribute::peek(Section::full());
        let mut rows = selected.fetch(uids("1"), body.clone().into()).await.unwrap();
        let mut heard = Vec::new();
        loop {
            match rows.next_event().await.unwrap().unwrap() {
                RowEvent::BodyStart(body) => assert_eq!(body.size, large.len() as u64),
                RowEvent::Chunk(octets) => heard.extend_from_slice(&octets),
                RowEvent::Row(row) => break assert_eq!(row.uid(), Uid::new(1)),
                _ => {}
            }
        }
        drop(rows);
        assert!(heard == large);
        let mut rows = selected.fetch(uids("1"), body.into()).await.unwrap();
        assert!(matches!(rows.next_event().await, Ok(Some(RowEvent::BodyStart(_)))));
        drop(rows);
        selected.noop().await.unwrap();
        selected.close().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn flags_are_stored_by_number_and_by_uid() {
    within(async {
        let (_host, mut session) = session_with(3).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let rows = selected.store(numbers("1,3"), StoreChange::Add, &[Flag::Seen]).await.unwrap();
        let told: Vec<u32> = rows.iter().filter_map(|row| row.number()).map(SeqNum::value).collect();
        assert_eq!(told, [1, 3]);
        let rows = selected.store(uids("2:9"), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
        let told: Vec<_> = rows.iter().map(|row| row.uid().map(Uid::value)).collect();
        assert_eq!(told, [Some(2), Some(3)]);
        selected.store_silent(uids("3"), StoreChange::Remove, &[Flag::Flagged]).await.unwrap();
        selected.store_silent(numbers("1"), StoreChange::Replace, &[Flag::Draft]).await.unwrap();
        selected.check().await.unwrap();
        selected.noop().await.unwrap();
        let flags: Vec<Vec<Flag>> =
            look(&mut session, &inbox()).await.into_iter().map(|(_, flags, _)| flags).collect();
        assert_eq!(flags, [vec![Flag::Draft], vec![Flag::Flagged], vec![Flag::Seen]]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_expunged_is_told_and_what_is_not_marked_stays() {
    within(async {
        let (_host, mut session) = session_with(5).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.store_silent(uids("1:2,4"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        let gone = selected.uid_expunge("2:3".parse().unwrap()).await.unwrap();
        assert_eq!(gone.numbers, [SeqNum::new(2).unwrap()]);
        assert_eq!(selected.mailbox().exists(), 4);
        let gone = selected.expunge().await.unwrap();
        assert_eq!(gone.numbers, [SeqNum::new(1).unwrap(), SeqNum::new(2).unwrap()]);
        assert_eq!(selected.mailbox().exists(), 2);
        selected.store_silent(uids("3"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        selected.close().await.unwrap();
        let left: Vec<u32> = look(&mut session, &inbox()).await.into_iter().map(|(uid, ..)| uid).collect();
        assert_eq!(left, [5]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn copies_are_named_by_their_uids() {
    within(async {
        let (_host, mut session) = session_with(3).await;
        let away = mailbox("away");
        session.create(&away).await.unwrap();
        append(&mut session, &away, &[], b"first").await;
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.store_silent(uids("3"), StoreChange::Add, &[Flag::Answered]).await.unwrap();
        let copied = selected.copy(numbers("1,3"), &away).await.unwrap().uids.unwrap();
        assert_eq!((copied.from.to_string(), copied.to.to_string()), ("1,3".to_owned(), "2:3".to_owned()));
        let outcome = selected.copy(uids("9"), &away).await.unwrap();
        assert_eq!(outcome.uids, None);
        let outcome = selected.copy(uids("1"), &mailbox("not there")).await;
        assert!(
            matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::TryCreate),
            "{outcome:?}"
        );
        assert_eq!(selected.mailbox().exists(), 3);
        let expected =
            [(1, vec![], b"first".to_vec()), (2, vec![], b"1".to_vec()), (3, vec![Flag::Answered], b"3".to_vec())];
        assert_eq!(look(&mut session, &away).await, expected);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_flight_logs_in_lists_opens_and_fetches_in_one_write() {
    within(async {
        let (host, _) = session_with(2).await;
        let mut flight = connect(&host, Connector::new(), ROOMY).await.flight().login(&user(), &password());
        let list = flight.list(&ListReference::none(), &ListPattern::all());
        let mut flight = flight.select(&inbox());
        let mut rows = flight.fetch(uids("1:*"), everything());
        let noop = flight.noop();
        let landing = flight.launch().await.unwrap();
        assert_eq!(list.wait().await.unwrap().len(), 1);
        let mut bodies = Bodies::default();
        while rows.next(&mut bodies).await.unwrap().is_some() {}
        assert_eq!(bodies.whole, [b"1", b"2"]);
        noop.wait().await.unwrap();
        let (mut session, opened) = landing.land().await.unwrap();
        assert_eq!(opened.exists(), 2);
        session.resume(opened).expunge().await.unwrap();
        let flight = session.flight().examine(&mailbox("not there"));
        let failed = flight.launch().await.unwrap().land().await.unwrap_err();
        failed.session.unwrap().logout().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn fetches_in_pieces_are_one_stream_of_rows() {
    within(async {
        let (_host, mut session) = session_with(9).await;
        let mut selected = session.examine(&inbox()).await.unwrap();
        let pieces = [numbers("9:7"), numbers("1"), numbers("2:6")];
        let mut rows = selected.fetch_in_pieces(pieces, everything()).await.unwrap();
        let mut bodies = Bodies::default();
        while rows.next(&mut bodies).await.unwrap().is_some() {}
        let whole: Vec<u8> = bodies.whole.concat();
        assert_eq!(whole, b"789123456");
    })
    .await;
}

/// More pieces than could be on their way together, the first for messages that are not there. The line is cut into
/// small parts, so that pieces and rows meet in every way.
#[tokio::test(start_paused = true)]
async fn a_fetch_in_many_pieces_gives_every_message_once() {
    const MESSAGES: u32 = 300;
    within(async {
        let (host, _) = session_with(MESSAGES as usize).await;
        for piece in [7, 100, ROOMY] {
            let connection = connect(&host, Connector::new(), piece).await;
            let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
            let mut selected = session.examine(&inbox()).await.unwrap();
            let pieces = (1..=MESSAGES / 2).map(|piece| uids(&format!("{}:{}", 2 * piece - 1, 2 * piece)));
            let pieces = std::iter::once(uids("900:999")).chain(pieces);
            let mut rows = selected.fetch_in_pieces(pieces, everything()).await.unwrap();
            let (mut bodies, mut seen) = (Bodies::default(), Vec::new());
            while let Some(row) = rows.next(&mut bodies).await.unwrap() {
                let uid = row.uid().unwrap().value();
                assert_eq!(bodies.whole.pop().unwrap(), uid.to_string().as_bytes());
                seen.push(uid);
            }
            assert_eq!(seen, (1..=MESSAGES).collect::<Vec<_>>(), "in pieces of {piece} octets");
            assert!(rows.refused_pieces().is_empty());
            drop(rows);
            // Not all of it is wanted: the session is none the worse.
            let pieces = (1..=MESSAGES).map(|uid| uids(&uid.to_string()));
            let mut rows = selected.fetch_in_pieces(pieces, everything()).await.unwrap();
            for _ in 0..10 {
                assert!(rows.next(&mut bodies).await.unwrap().is_some());
            }
            drop(rows);
            selected.noop().await.unwrap();
            session.leave().await.unwrap();
        }
    })
    .await;
}

/// The server refuses a piece with numbers that are not there; the others come, and the caller knows which to ask
/// again.
#[tokio::test(start_paused = true)]
async fn a_piece_that_the_server_refuses_is_named() {
    within(async {
        let (_host, mut session) = session_with(5).await;
        let mut selected = session.examine(&inbox()).await.unwrap();
        let pieces = ["1", "2", "77", "3:4", "6", "5"].map(numbers);
        let mut rows = selected.fetch_in_pieces(pieces, everything()).await.unwrap();
        let mut bodies = Bodies::default();
        let end = loop {
            match rows.next(&mut bodies).await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("there are no such messages"),
                Err(error) => break error,
            }
        };
        assert!(matches!(&end, Error::Refused { .. }), "{end:?}");
        assert_eq!(bodies.whole.concat(), b"12345");
        assert_eq!(rows.refused_pieces(), [2, 4]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_another_session_does_is_told() {
    within(async {
        let (host, mut session) = session_with(2).await;
        let mut other = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        append(&mut other, &inbox(), &[], b"3").await;
        let mut others = other.select(&inbox()).await.unwrap();
        others.store_silent(uids("1"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        others.expunge().await.unwrap();
        // The number still means the message that is gone, and no other.
        let rows = selected.store(numbers("2"), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
        assert!(rows.iter().any(|row| row.number() == SeqNum::new(2)), "{rows:?}");
        assert_eq!(selected.mailbox().exists(), 3);
        selected.noop().await.unwrap();
        assert_eq!(selected.mailbox().exists(), 2);
        selected.unselect().await.unwrap();
        let expected = [(2, vec![Flag::Flagged], b"2".to_vec()), (3, vec![], b"3".to_vec())];
        assert_eq!(look(&mut session, &inbox()).await, expected);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn messages_move_while_another_session_watches() {
    within(async {
        let (host, mut session) = session_with(3).await;
        session.create(&mailbox("away")).await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut idle = selected.idle().await.unwrap();
        let mut other = log_in(&host).await;
        let mut others = other.select(&inbox()).await.unwrap();
        let moved = others.move_messages(numbers("1,3"), &mailbox("away")).await.unwrap();
        let uids_of = moved.uids.unwrap();
        assert_eq!((uids_of.from.to_string(), uids_of.to.to_string()), ("1,3".to_owned(), "1:2".to_owned()));
        assert_eq!(others.mailbox().exists(), 1);
        let gone = |number| MailboxEvent::Expunge(SeqNum::new(number).unwrap());
        assert_eq!(idle.next().await.unwrap(), Some(gone(1)));
        assert_eq!(idle.next().await.unwrap(), Some(gone(2)));
        append(&mut other, &inbox(), &[], b"4").await;
        let new = loop {
            match idle.next().await.unwrap().unwrap() {
                MailboxEvent::Exists(count) => break count,
                event => assert!(matches!(event, MailboxEvent::Recent(_)), "{event:?}"),
            }
        };
        assert_eq!(new, 2);
        idle.done().await.unwrap();
        assert_eq!(selected.mailbox().exists(), 2);
        let expected = [(1, vec![], b"1".to_vec()), (2, vec![], b"3".to_vec())];
        assert_eq!(look(&mut session, &mailbox("away")).await, expected);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_says_what_it_is_and_where_names_are() {
    within(async {
        let (_host, mut session) = session_with(0).await;
        let answer = session.id(&IdParameters::default()).await.unwrap();
        assert!(answer.value("name").is_some(), "{answer:?}");
        let namespaces = session.namespace().await.unwrap();
        assert_eq!(namespaces.personal[0].delimiter, Some('/'));
        assert!(session.capabilities().await.unwrap().has(&Capability::Move));
    })
    .await;
}

/// A program that copies and then deletes would lose what it was wrongly told to be copied.
#[tokio::test(start_paused = true)]
async fn what_is_gone_is_not_called_copied() {
    within(async {
        let (host, mut session) = session_with(1).await;
        let mut other = log_in(&host).await;
        other.create(&mailbox("away")).await.unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut others = other.select(&inbox()).await.unwrap();
        others.store_silent(uids("1"), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        others.expunge().await.unwrap();
        let outcome = selected.copy(numbers("1"), &mailbox("away")).await;
        let refused = |code: &ResponseCode| *code == ResponseCode::ExpungeIssued;
        assert!(
            matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if refused(code)),
            "{outcome:?}"
        );
        assert_eq!(selected.mailbox().exists(), 0);
        assert_eq!(look(&mut session, &mailbox("away")).await, []);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn flags_that_another_session_has_changed_are_fetched_as_they_are() {
    within(async {
        let (host, mut session) = session_with(1).await;
        let mut other = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut others = other.select(&inbox()).await.unwrap();
        others.store_silent(uids("1"), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
        let mut rows = selected.fetch(numbers("1"), FetchAttribute::Flags.into()).await.unwrap();
        let first = rows.next(&mut Bodies::default()).await.unwrap().unwrap();
        assert!(first.flags().unwrap().contains(&Flag::Flagged), "{first:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_is_deleted_under_a_session_ends_it() {
    within(async {
        let (host, mut session) = session_with(0).await;
        let mut other = log_in(&host).await;
        other.create(&mailbox("a")).await.unwrap();
        let mut selected = session.select(&mailbox("a")).await.unwrap();
        other.delete(&mailbox("a")).await.unwrap();
        let outcome = selected.noop().await;
        assert!(matches!(outcome, Err(Error::Lost(_))), "{outcome:?}");
        other.noop().await.unwrap();
    })
    .await;
}
