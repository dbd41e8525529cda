//! Orders and threads that the server makes.

use tayori_client::{Connector, Error, SearchKey, Selected};
use tayori_proto::command::{SortCriterion, SortKey, SortOrder, ThreadAlgorithm};
use tayori_proto::types::{ImapString, NonEmpty};
use tayori_testkit::peer::Peer;

use crate::harness::{answer_select, in_inbox, inbox, play, session_with};

/// Asks a server with these capabilities, which hears this and answers that, if anything is to be sent.
async fn ask<T>(
    capabilities: &str,
    exchange: Option<(&str, &str)>,
    client: impl AsyncFnOnce(&mut Selected<'_>) -> T,
) -> T {
    let server = async |peer: &mut Peer| {
        if let Some((command, answer)) = exchange {
            peer.exchange(command, answer).await;
        }
    };
    in_inbox(Connector::new(), capabilities, client, server).await
}

fn by(key: SortKey, order: SortOrder) -> SortCriterion {
    SortCriterion { key, order }
}

#[tokio::test(start_paused = true)]
async fn messages_come_in_the_order_of_the_server() {
    let sort = async |selected: &mut Selected<'_>| {
        let criteria = NonEmpty::one(by(SortKey::Date, SortOrder::Descending))
            .and(by(SortKey::Subject, SortOrder::Ascending));
        selected.uid_sort(criteria, SearchKey::Subject(ImapString::new("\u{fc}").unwrap())).await
    };
    let command = "UID SORT (REVERSE DATE SUBJECT) UTF-8 SUBJECT {2}\r\n\u{fc}";
    let hear = async |answer: &'static str| {
        let (mut session, mut peer) = session_with(Connector::new(), "SORT LITERAL+").await;
        let client = async { sort(&mut session.select(&inbox()).await.unwrap()).await };
        let server = async {
            answer_select(&mut peer).await;
            let (tag, line) = peer.command().await;
            assert_eq!(format!("{line}\r\n{}", peer.line().await), command.replace("{2}", "{2+}"));
            peer.answer(&tag, answer).await;
        };
        play(client, server).await.0
    };
    let uids = |found: Result<Vec<tayori_proto::types::Uid>, Error>| -> Vec<u32> {
        found.unwrap().into_iter().map(|uid| uid.value()).collect()
    };
    assert_eq!(uids(hear("* SORT 9 2 5\r\n$ OK done\r\n").await), [9, 2, 5]);
    assert_eq!(uids(hear("* SORT\r\n$ OK done\r\n").await), [0; 0]);
    assert_eq!(uids(hear("$ OK done\r\n").await), [0; 0]);
    let outcome = hear("$ NO [BADCHARSET (US-ASCII)] no\r\n").await;
    assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
    let outcome = ask("ESORT", None, sort).await;
    assert!(matches!(outcome, Err(Error::NotOffered { capability: "SORT" })), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn what_people_see_of_an_address_is_an_order_of_its_own() {
    let sort = async |selected: &mut Selected<'_>| {
        let criteria = NonEmpty::one(by(SortKey::DisplayFrom, SortOrder::Ascending));
        selected.uid_sort(criteria, SearchKey::All).await
    };
    let outcome = ask("SORT", None, sort).await;
    assert!(matches!(outcome, Err(Error::NotOffered { capability: "SORT=DISPLAY" })), "{outcome:?}");
    let exchange = ("UID SORT (DISPLAYFROM) UTF-8 ALL", "* SORT 3\r\n$ OK done\r\n");
    assert_eq!(ask("sort Sort=Display", Some(exchange), sort).await.unwrap().len(), 1);
    let key = async |selected: &mut Selected<'_>| {
        let criteria = NonEmpty::one(by(SortKey::Size, SortOrder::Ascending));
        selected.uid_sort(criteria, SearchKey::SaveDateSupported).await
    };
    let outcome = ask("SORT", None, key).await;
    assert!(matches!(outcome, Err(Error::NotOffered { capability: "SAVEDATE" })), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn threads_are_a_message_and_the_replies_to_it() {
    let references = async |selected: &mut Selected<'_>| {
        selected.uid_thread(ThreadAlgorithm::References, SearchKey::All).await
    };
    let command = "UID THREAD REFERENCES UTF-8 ALL";
    let answer = "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n$ OK done\r\n";
    let row = ask("THREAD=ORDEREDSUBJECT THREAD=References", Some((command, answer)), references).await;
    let row = row.unwrap();
    let members: Vec<(u32, Option<u32>)> =
        row.uids().map(|member| (member.depth, member.message.map(|uid| uid.value()))).collect();
    let at = |depth, uid| (depth, Some(uid));
    assert_eq!(members, [at(0, 2), at(0, 3), at(1, 6), at(2, 4), at(3, 23), at(2, 44), at(3, 7), at(4, 96)]);
    let answer = "* THREAD (2)\r\n* THREAD\r\n* THREAD (x)(3 6)\r\n$ OK done\r\n";
    let row = ask("THREAD=REFERENCES", Some((command, answer)), references).await.unwrap();
    let members: Vec<_> =
        row.uids().map(|member| (member.depth, member.message.map(|uid| uid.value()))).collect();
    assert_eq!((members, row.unread().len()), (vec![at(0, 2), at(0, 3), at(1, 6)], 1));
    let row = ask("THREAD=REFERENCES", Some((command, "$ OK done\r\n")), references).await.unwrap();
    assert_eq!(row.uids().len(), 0);
    let outcome = ask("THREAD=ORDEREDSUBJECT", None, references).await;
    assert!(matches!(outcome, Err(Error::NotOffered { capability: "THREAD=REFERENCES" })), "{outcome:?}");
    let other = async |selected: &mut Selected<'_>| {
        let algorithm = ThreadAlgorithm::Other("X-COLOUR".try_into().unwrap());
        selected.uid_thread(algorithm, SearchKey::All).await
    };
    let outcome = ask("THREAD=ORDEREDSUBJECT", None, other).await;
    assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
    let exchange = ("UID THREAD X-COLOUR UTF-8 ALL", "* THREAD (2)\r\n$ OK done\r\n");
    assert_eq!(ask("THREAD=x-colour", Some(exchange), other).await.unwrap().uids().len(), 1);
}
