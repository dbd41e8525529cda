//! How much may be stored (QUOTA), and who may do what (ACL).

use tayori_client::{Connector, Error, Session};
use tayori_proto::command::{QuotaLimit, RightsChange};
use tayori_proto::types::{ImapString, QuotaResource, Rights};

use crate::harness::{inbox, play, session_with};

/// Asks a server with these capabilities, which hears this and answers that, if anything is to be sent.
async fn ask<T>(
    capabilities: &str,
    exchange: Option<(&str, &str)>,
    client: impl AsyncFnOnce(&mut Session) -> T,
) -> T {
    let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
    let client = async {
        let outcome = client(&mut session).await;
        session.noop().await.unwrap();
        outcome
    };
    let server = async {
        if let Some((command, answer)) = exchange {
            peer.exchange(command, answer).await;
        }
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await.0
}

#[track_caller]
fn not_offered<T: std::fmt::Debug>(outcome: Result<T, Error>, expected: &str) {
    match outcome {
        Err(Error::NotOffered { capability }) => assert_eq!(capability, expected),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn incomplete<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(matches!(outcome, Err(Error::Incomplete { .. })), "{outcome:?}");
}

fn string(text: &str) -> ImapString {
    ImapString::new(text.to_owned()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_counts_towards_its_quotas() {
    let quota = async |session: &mut Session| session.mailbox_quota(&inbox()).await;
    let answer = "* QUOTAROOT INBOX \"\" more\r\n* QUOTA \"\" (STORAGE 10 512 MESSAGE 3 100)\r\n\
                  * QUOTA more ()\r\n* QUOTAROOT other \"\"\r\n$ OK done\r\n";
    let found = ask("QUOTA", Some(("GETQUOTAROOT INBOX", answer)), quota).await.unwrap();
    assert_eq!(found.roots.len(), 2);
    let storage = &found.quotas[0].resources[0];
    assert_eq!((&storage.resource, storage.usage, storage.limit), (&QuotaResource::Storage, 10, 512));
    assert_eq!(found.quotas[1].resources, []);
    let found = ask("quota", Some(("GETQUOTAROOT INBOX", "$ OK nothing is limited\r\n")), quota).await;
    assert_eq!(found.unwrap(), tayori_client::MailboxQuota::default());
    not_offered(ask("QUOTASET", None, quota).await, "QUOTA");
}

#[tokio::test(start_paused = true)]
async fn a_quota_is_told_and_set() {
    let get = async |session: &mut Session| session.quota(&string("")).await;
    let answer = "* QUOTA \"\" (STORAGE 10 512)\r\n$ OK done\r\n";
    let quota = ask("QUOTA", Some(("GETQUOTA \"\"", answer)), get).await.unwrap();
    assert_eq!(quota.resources[0].limit, 512);
    incomplete(ask("QUOTA", Some(("GETQUOTA \"\"", "* QUOTA b ()\r\n$ OK done\r\n")), get).await);
    not_offered(ask("", None, get).await, "QUOTA");
    let set = async |session: &mut Session| {
        let limits = vec![QuotaLimit { resource: QuotaResource::Storage, limit: 512 }];
        session.set_quota(&string(""), limits).await
    };
    let command = "SETQUOTA \"\" (STORAGE 512)";
    // A server of RFC 2087 names neither resources nor QUOTASET.
    for capabilities in ["QUOTA QUOTASET QUOTA=RES-STORAGE", "QUOTA"] {
        let quota = ask(capabilities, Some((command, answer)), set).await.unwrap();
        assert_eq!(quota.unwrap().resources.len(), 1);
        assert_eq!(ask(capabilities, Some((command, "$ OK done\r\n")), set).await.unwrap(), None);
        let outcome = ask(capabilities, Some((command, "$ NO [NOPERM] no\r\n")), set).await;
        assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
    }
    not_offered(ask("QUOTA quota=res-storage", None, set).await, "QUOTASET");
    not_offered(ask("", None, set).await, "QUOTASET");
}

#[tokio::test(start_paused = true)]
async fn rights_are_told() {
    let acl = async |session: &mut Session| session.acl(&inbox()).await;
    let answer = "* ACL INBOX Fred rwipslxetad -Fred wetd $team w\r\n$ OK done\r\n";
    let entries = ask("ACL", Some(("GETACL INBOX", &answer.replace("$team", "team"))), acl).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[1].identifier.as_bytes(), b"-Fred");
    assert!(entries[0].rights.has(Rights::ADMINISTER) && !entries[2].rights.has(Rights::READ));
    incomplete(ask("ACL", Some(("GETACL INBOX", "* ACL other a l\r\n$ OK done\r\n")), acl).await);
    not_offered(ask("RIGHTS=texk", None, acl).await, "ACL");

    let mine = async |session: &mut Session| session.my_rights(&inbox()).await;
    let rights = ask("ACL", Some(("MYRIGHTS INBOX", "* MYRIGHTS INBOX rwl\r\n$ OK done\r\n")), mine).await;
    assert_eq!(rights.unwrap(), Rights::new("lrw").unwrap());
    incomplete(ask("ACL", Some(("MYRIGHTS INBOX", "$ OK done\r\n")), mine).await);
    not_offered(ask("", None, mine).await, "ACL");

    let list = async |session: &mut Session| session.list_rights(&inbox(), &string("smith")).await;
    let answer = "* LISTRIGHTS INBOX smith la r swicdkxte\r\n$ OK done\r\n";
    let rights = ask("ACL", Some(("LISTRIGHTS INBOX smith", answer)), list).await.unwrap();
    assert_eq!((rights.required, rights.optional.len()), (Rights::new("la").unwrap(), 2));
    not_offered(ask("", None, list).await, "ACL");
}

#[tokio::test(start_paused = true)]
async fn rights_are_given_and_taken_away() {
    for (change, sent) in [
        (RightsChange::Add(Rights::READ), "+r"),
        (RightsChange::Remove(Rights::READ), "-r"),
        (RightsChange::Replace(Rights::NONE), "\"\""),
    ] {
        let set = async |session: &mut Session| session.set_acl(&inbox(), &string("John"), change).await;
        let command = format!("SETACL INBOX John {sent}");
        ask("ACL", Some((&command, "$ OK done\r\n")), set).await.unwrap();
        let outcome = ask("ACL", Some((&command, "$ NO [NOPERM] no\r\n")), set).await;
        assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
        not_offered(ask("", None, set).await, "ACL");
    }
    let delete = async |session: &mut Session| session.delete_acl(&inbox(), &string("John")).await;
    ask("ACL", Some(("DELETEACL INBOX John", "$ OK done\r\n")), delete).await.unwrap();
    not_offered(ask("", None, delete).await, "ACL");
}
