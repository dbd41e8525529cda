//! Stores that keep to what [`Store`] promises, and no more, or that fail.

mod odd;

use tayori_proto::response::QuotaUsage;
use tayori_proto::types::{Atom, QuotaResource, Secret, UidValidity};
use tayori_server::{Logins, Options, Privacy, Server};

use crate::common::{Client, insert};
use odd::{OddStore, Oddities};

/// A store, and a client of it that has selected the `INBOX`.
async fn client(oddities: Oddities) -> (OddStore, Client) {
    let store = OddStore::new(oddities);
    let logins = Logins::one("ann", &Secret::new("secret").unwrap(), store.clone());
    let mut client = Client::of(&Server::new(logins, Options::default()), Privacy::Private).await;
    for line in ["a LOGIN ann secret", "a SELECT INBOX"] {
        let heard = client.ask(line).await;
        assert!(heard.contains("a OK "), "{heard}");
    }
    (store, client)
}

/// A client that was told so would take its mailbox for gone.
#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_not_told_as_a_mailbox_that_is_deleted() {
    let (store, mut client) = client(Oddities::default()).await;
    client.check("b NOTIFY SET (PERSONAL (MailboxName))", "b OK news will be told\r\n").await;
    store.lose_news();
    client.check("c NOOP", "* BYE the mail store failed\r\n(closed)\r\n").await;
}

/// Everything there is can be much.
#[tokio::test(start_paused = true)]
async fn a_store_is_asked_for_everything_only_where_that_is_watched() {
    let (store, mut client) = client(Oddities::default()).await;
    for (groups, asked) in [
        ("(SELECTED (MessageNew MessageExpunge))", 0),
        ("(SELECTED (MessageNew MessageExpunge)) (PERSONAL NONE)", 0),
        ("(PERSONAL (MailboxName))", 1),
        ("(SUBSCRIBED (MailboxName))", 1),
    ] {
        client.check(&format!("b NOTIFY SET {groups}"), "b OK news will be told\r\n").await;
        assert_eq!(store.asked_for_all(), asked, "{groups}");
    }
}

/// What a client has made elsewhere is not what has come here, whatever UIDs and validities say.
#[tokio::test(start_paused = true)]
async fn mailboxes_of_one_validity_are_two() {
    let validity = UidValidity::new(7);
    let (store, mut client) = client(Oddities { validity, ..Oddities::default() }).await;
    client.check("b CREATE work", "b OK [MAILBOXID (F2)] created\r\n").await;
    let watched = "c NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge))";
    client.check(watched, "c OK news will be told\r\n").await;
    // Both are told at the end of the command.
    insert(&store.inner, "INBOX", &[], "Subject: more\r\n\r\n");
    let news = "* 1 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (UID 1)\r\n";
    client.check("d APPEND work {2+}\r\nhi", &format!("{news}d OK [APPENDUID 7 1] appended\r\n")).await;
}

/// RFC 9208 sections 2 and 3.1.2.
#[tokio::test(start_paused = true)]
async fn what_is_limited_is_listed() {
    let limited = |resource| QuotaUsage { resource, usage: 1, limit: 2 };
    let other = QuotaResource::Other(Atom::try_from("X-MINUTES").unwrap());
    for (quota, listed) in [
        (vec![], ""),
        (vec![limited(QuotaResource::Message)], "QUOTA QUOTA=RES-MESSAGE"),
        (
            vec![limited(QuotaResource::Storage), limited(other)],
            "QUOTA QUOTA=RES-STORAGE QUOTA=RES-X-MINUTES",
        ),
    ] {
        let (_, mut client) = client(Oddities { quota: Some(quota), ..Oddities::default() }).await;
        let heard = client.ask("b CAPABILITY").await;
        let quotas: Vec<_> = heard.split_whitespace().filter(|name| name.starts_with("QUOTA")).collect();
        assert_eq!(quotas.join(" "), listed);
    }
}
