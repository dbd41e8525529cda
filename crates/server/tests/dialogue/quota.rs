//! QUOTA (RFC 9208).

use tayori_server::memory::MemoryLimits;
use tayori_server::{Options, Privacy};

use crate::common::{Client, LOGGED_IN, Scene, server_with};

#[tokio::test(start_paused = true)]
async fn room_is_told_for_all_mailboxes_together() {
    let mut scene = Scene::logged_in().await;
    assert!(LOGGED_IN.contains(" QUOTA QUOTA=RES-STORAGE "));
    scene
        .play(
            "C: a GETQUOTA \"\"
             S: * QUOTA \"\" (STORAGE 0 1048576)
             S: a OK that is all
             C: b APPEND INBOX {2+}
             C: hi
             S: b OK [APPENDUID 7 1] appended
             C: c GETQUOTAROOT inbox
             S: * QUOTAROOT INBOX \"\"
             S: * QUOTA \"\" (STORAGE 1 1048576)
             S: c OK that is all
             C: d GETQUOTAROOT \"not made yet\"
             S: * QUOTAROOT \"not made yet\" \"\"
             S: * QUOTA \"\" (STORAGE 1 1048576)
             S: d OK that is all
             C: e GETQUOTA other
             S: e NO [NONEXISTENT] there is no such quota root
             C: f SETQUOTA \"\" (STORAGE 1)
             S: f BAD limits cannot be set",
        )
        .await;
}

/// What is told is what is kept to: the usage reaches the limit, and the next message finds no room.
#[tokio::test(start_paused = true)]
async fn a_full_store_is_told_as_one() {
    let mut limits = MemoryLimits::default();
    limits.octets = 10 << 10;
    let (server, _) = server_with(Options::default(), limits);
    let mut client = Client::of(&server, Privacy::Private).await;
    client.ask("a LOGIN ann secret").await;
    let message = "x".repeat(1000);
    let mut kept = 0;
    let refused = loop {
        let heard = client.ask(&format!("b APPEND INBOX {{1000+}}\r\n{message}")).await;
        if !heard.starts_with("b OK ") {
            break heard;
        }
        kept += 1;
    };
    assert!(refused.starts_with("b NO [OVERQUOTA] ") && (5..10).contains(&kept), "{kept}: {refused}");
    let heard = client.ask("c GETQUOTA \"\"").await;
    let used: u64 =
        heard.strip_prefix("* QUOTA \"\" (STORAGE ").unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((9..=10).contains(&used) && heard.contains(" 10)\r\n"), "{heard}");
}

/// RFC 9208 section 4.1.4.
#[tokio::test(start_paused = true)]
async fn what_an_expunge_would_free() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a APPEND INBOX (\\Deleted) {5+}
             C: hello
             S: a OK [APPENDUID 7 1] appended
             C: b APPEND INBOX {7+}
             C: goodbye
             S: b OK [APPENDUID 7 2] appended
             C: c APPEND INBOX (\\Deleted) {2+}
             C: hi
             S: c OK [APPENDUID 7 3] appended
             C: d STATUS INBOX (DELETED DELETED-STORAGE)
             S: * STATUS INBOX (DELETED 2 DELETED-STORAGE 7)
             S: d OK that is how it is
             C: e LIST \"\" INBOX RETURN (STATUS (DELETED-STORAGE))
             S: * LIST () \"/\" INBOX
             S: * STATUS INBOX (DELETED-STORAGE 7)
             S: e OK that is all",
        )
        .await;
}
