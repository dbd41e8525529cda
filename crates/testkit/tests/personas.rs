//! Each persona does what its documentation says, octet by octet.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

use std::time::Duration;

use tayori_proto::types::Capability;
use tayori_testkit::dialogue::Dialogue;
use tayori_testkit::pair::{Host, ROOMY};
use tayori_testkit::persona::{courier, exchange, gmail, mailutils, shifting, strato};

async fn log_in(host: &Host) -> Dialogue {
    Dialogue::logged_in(host.connect(ROOMY)).await
}

const APPEND: &str = "APPEND INBOX {20+}\r\nSubject: hi\r\n\r\nyou\r\n";

#[tokio::test(start_paused = true)]
async fn courier_forgets_what_follows_a_login() {
    let host = Host::behaving(courier::conducts());
    let mut client = Dialogue::begin(host.connect(ROOMY)).await;
    client.say("a LOGIN ann secret\r\nb NOOP\r\nc NOOP\r\n").await;
    let heard = client.hear().await;
    assert!(heard.starts_with("a OK ") && heard.lines().count() == 1, "{heard}");
    client.check("NOOP", "t OK nothing done\r\n").await;
    client.say("a NOOP\r\nb NOOP\r\n").await;
    assert_eq!(client.hear().await, "a OK nothing done\r\nb OK nothing done\r\n");
}

#[tokio::test(start_paused = true)]
async fn exchange_says_the_wrong_size() {
    let host = Host::behaving(exchange::conducts(1000, Duration::from_secs(1)));
    let mut client = log_in(&host).await;
    client.done(APPEND).await;
    client.done("SELECT INBOX").await;
    let size = exchange::wrong(20);
    assert_ne!(size, 20);
    let row = format!("* 1 FETCH (RFC822.SIZE {size} BODY[TEXT] {{5}}\r\nyou\r\n)\r\n");
    let heard = client.done("FETCH 1 (RFC822.SIZE BODY.PEEK[TEXT])").await;
    assert_eq!(heard, row);
}

#[tokio::test(start_paused = true)]
async fn exchange_slows_down_who_asks_too_much() {
    let host = Host::behaving(exchange::conducts(3, Duration::from_millis(2500)));
    let mut client = log_in(&host).await;
    client.done("NOOP").await;
    client.done("NOOP").await;
    let throttled = "t BAD Request is throttled. Suggested Backoff Time: 2500 milliseconds\r\n";
    client.check("NOOP", throttled).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    // Asking too early starts the wait anew.
    client.check("SELECT INBOX", throttled).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    client.check("NOOP", throttled).await;
    tokio::time::advance(Duration::from_secs(3)).await;
    client.done("SELECT INBOX").await;
}

#[tokio::test(start_paused = true)]
async fn mailutils_tells_nothing_while_it_idles() {
    let host = Host::behaving(mailutils::conducts());
    let mut client = log_in(&host).await;
    let mut other = log_in(&host).await;
    client.done("SELECT INBOX").await;
    assert!(client.ask("IDLE").await.starts_with("+ "));
    other.done(APPEND).await;
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(client.hear().await, "");
    client.say("DONE\r\n").await;
    assert_eq!(client.hear().await, "* 1 EXISTS\r\n* 1 RECENT\r\nt OK no longer idling\r\n");
}

#[tokio::test(start_paused = true)]
async fn capabilities_shift_from_one_look_to_the_next() {
    let lists = &["IMAP4rev1 AUTH=PLAIN IDLE", "IMAP4rev1 LOGINDISABLED", "IMAP4rev1 MOVE", ""];
    let host = Host::behaving(shifting::conducts(lists));
    let mut client = log_in(&host).await;
    assert_eq!(client.done("CAPABILITY").await, "* CAPABILITY IMAP4rev1 MOVE\r\n");
    let own = client.done("CAPABILITY").await;
    assert!(own.contains(" IDLE ") && own.contains(" MOVE "), "{own}");
    assert_eq!(client.done("CAPABILITY").await, own);
    // Each connection begins anew.
    let mut other = Dialogue::begin(host.connect(ROOMY)).await;
    let heard = other.ask("LOGIN ann secret").await;
    assert!(heard.starts_with("t OK [CAPABILITY IMAP4rev1 LOGINDISABLED] "), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn strato_lists_nothing() {
    let mut client = log_in(&Host::behaving(strato::conducts())).await;
    assert_eq!(client.done("LIST \"\" *").await, "");
    client.done("SELECT INBOX").await;
}

/// The value of an item in each row, with the UID in front.
async fn items(client: &mut Dialogue, mailbox: &str, item: &str) -> Vec<String> {
    client.done(&format!("EXAMINE {mailbox}")).await;
    let rows = client.done(&format!("UID FETCH 1:* ({item})")).await;
    let value = |row: &str| {
        let (_, value) = row.split_once(" FETCH (").unwrap();
        value.strip_suffix(')').unwrap().to_owned()
    };
    rows.lines().map(value).collect()
}

#[tokio::test(start_paused = true)]
async fn gmail_says_hello_in_its_own_way() {
    let host = gmail::host();
    let mut client = Dialogue::begin(host.connect(ROOMY)).await;
    let heard = client.ask("LOGIN ann secret").await;
    let (listed, done) = heard.split_once("\r\n").unwrap();
    assert!(listed.starts_with("* CAPABILITY IMAP4rev1 "), "{heard}");
    let listed: Vec<Capability> =
        listed.split(' ').skip(2).filter_map(|name| Capability::try_from(name).ok()).collect();
    let names: Vec<Vec<u8>> = listed.iter().map(Capability::to_bytes).collect();
    assert!(names.iter().any(|name| name == b"CONDSTORE") && !names.iter().any(|name| name == b"QRESYNC"));
    assert_eq!(done, "t OK user@example.com authenticated (Success)\r\n");
    let described = client.done("SELECT INBOX").await;
    assert!(described.contains("* OK [HIGHESTMODSEQ 1]"), "{described}");
    let listed = client.done("LIST \"\" *").await;
    assert!(listed.contains("* LIST (\\HasNoChildren \\All) \"/\" \"[Gmail]/All Mail\"\r\n"), "{listed}");
    assert!(listed.contains("* LIST (\\Noselect \\HasChildren) \"/\" [Gmail]\r\n"), "{listed}");
}

#[tokio::test(start_paused = true)]
async fn a_gmail_message_is_one_thing_in_several_labels() {
    let host = gmail::host();
    let mut client = Dialogue::logged_in(host.connect(ROOMY)).await;
    client.done("CREATE work").await;
    client.done(APPEND).await;
    client.done(APPEND).await;
    client.done("SELECT INBOX").await;
    client.done("UID COPY 2 work").await;
    // It is there already.
    client.done("UID COPY 2 work").await;
    let in_inbox = items(&mut client, "INBOX", "X-GM-MSGID").await;
    assert_eq!(in_inbox.len(), 2);
    let id = |row: &str| row.split_once("X-GM-MSGID ").unwrap().1.to_owned();
    assert_ne!(id(&in_inbox[0]), id(&in_inbox[1]));
    let in_work = items(&mut client, "work", "X-GM-MSGID").await;
    assert_eq!(in_work, [format!("UID 1 X-GM-MSGID {}", id(&in_inbox[1]))]);
    assert_eq!(items(&mut client, "\"[Gmail]/All Mail\"", "X-GM-MSGID").await, in_inbox);
    assert_eq!(items(&mut client, "work", "X-GM-LABELS").await, ["UID 1 X-GM-LABELS (\\Inbox work)"]);
    let thread = items(&mut client, "work", "x-gm-thrid").await;
    assert_eq!(thread, [format!("UID 1 X-GM-THRID {}", id(&in_inbox[1]))]);
    let heard = client.ask("FETCH 1 (X-OTHER)").await;
    assert!(heard.starts_with("t BAD "), "{heard}");
}

/// The labels of each message, as they read.
async fn labels(client: &mut Dialogue, mailbox: &str) -> Vec<String> {
    let rows = items(client, mailbox, "X-GM-LABELS").await;
    let shown = |row: &String| row.split_once("LABELS ").unwrap().1.to_owned();
    rows.iter().map(shown).collect()
}

#[tokio::test(start_paused = true)]
async fn a_gmail_label_follows_a_renaming() {
    let (_host, mut client) = gmail_with_labels().await;
    client.done("CREATE work/old").await;
    client.done("COPY 2 work/old").await;
    assert_eq!(labels(&mut client, "INBOX").await, ["(\\Inbox)", "(\\Inbox work work/old)"]);
    client.done("RENAME work job").await;
    assert_eq!(labels(&mut client, "INBOX").await, ["(\\Inbox)", "(\\Inbox job job/old)"]);
    assert_eq!(client.done("SEARCH X-GM-LABELS job").await, "* SEARCH 2\r\n");
    assert_eq!(client.done("SEARCH X-GM-LABELS work").await, "* SEARCH\r\n");
}

/// What was under a label that has gone is not under one of the same name.
#[tokio::test(start_paused = true)]
async fn a_gmail_label_that_is_made_again_is_another_one() {
    let (_host, mut client) = gmail_with_labels().await;
    client.done("DELETE work").await;
    assert_eq!(labels(&mut client, "INBOX").await, ["(\\Inbox)", "(\\Inbox)"]);
    client.done("CREATE work/old").await;
    client.done("CREATE work").await;
    client.done("COPY 1 work").await;
    assert_eq!(client.done("SEARCH X-GM-LABELS work").await, "* SEARCH 1\r\n");
    assert_eq!(labels(&mut client, "INBOX").await, ["(\\Inbox work)", "(\\Inbox)"]);
    // A name that only stands above others can go, too.
    client.done("DELETE work").await;
    client.done("DELETE work/old").await;
    client.done("DELETE work").await;
    assert_eq!(labels(&mut client, "INBOX").await, ["(\\Inbox)", "(\\Inbox)"]);
}

/// RFC 9051 section 6.3.6: its messages move, and it stays.
#[tokio::test(start_paused = true)]
async fn gmail_messages_stay_what_they_are_when_the_inbox_is_renamed() {
    let (_host, mut client) = gmail_with_labels().await;
    let ids = items(&mut client, "INBOX", "X-GM-MSGID").await;
    client.done("UNSELECT").await;
    client.done("RENAME INBOX archive/").await;
    assert_eq!(items(&mut client, "archive", "X-GM-MSGID").await, ids);
    assert_eq!(labels(&mut client, "archive").await, ["(archive)", "(work archive)"]);
    assert_eq!(client.done("SEARCH X-GM-LABELS \\Inbox").await, "* SEARCH\r\n");
    client.done(APPEND).await;
    let others = items(&mut client, "INBOX", "X-GM-MSGID").await;
    assert!(others.len() == 1 && !ids.iter().any(|id| others[0].ends_with(&id[6..])), "{others:?} {ids:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_moved_to_a_gmail_label_is_there_once() {
    let (_host, mut client) = gmail_with_labels().await;
    let ids = items(&mut client, "INBOX", "X-GM-MSGID").await;
    client.done("SELECT INBOX").await;
    // To where they are already, and then one that is there and one that is not.
    client.done("MOVE 1:2 INBOX").await;
    assert_eq!(items(&mut client, "INBOX", "X-GM-MSGID").await, ids);
    client.done("SELECT INBOX").await;
    let told = client.done("MOVE 1:2 work").await;
    assert!(told.starts_with("* OK [COPYUID 15 1 2] "), "{told}");
    assert_eq!(items(&mut client, "INBOX", "UID").await.len(), 0);
    let moved = items(&mut client, "work", "X-GM-MSGID").await;
    let id = |row: &str| row.split_once("X-GM-MSGID ").unwrap().1.to_owned();
    assert_eq!([id(&moved[0]), id(&moved[1])], [id(&ids[1]), id(&ids[0])]);
    assert_eq!(items(&mut client, "\"[Gmail]/All Mail\"", "X-GM-MSGID").await, ids);
}

#[tokio::test(start_paused = true)]
async fn what_is_expunged_from_a_gmail_label_stays_in_all_mail() {
    let host = gmail::host();
    let mut client = Dialogue::logged_in(host.connect(ROOMY)).await;
    client.done("CREATE work").await;
    client.done(APPEND).await;
    let before = items(&mut client, "\"[Gmail]/All Mail\"", "X-GM-MSGID").await;
    client.done("SELECT INBOX").await;
    client.done("UID MOVE 1 work").await;
    assert_eq!(items(&mut client, "work", "X-GM-LABELS").await, ["UID 1 X-GM-LABELS (work)"]);
    client.done("SELECT work").await;
    client.done("STORE 1 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(client.done("EXPUNGE").await, "* 1 EXPUNGE\r\n* 0 RECENT\r\n");
    assert_eq!(items(&mut client, "\"[Gmail]/All Mail\"", "X-GM-MSGID").await, before);
    assert_eq!(items(&mut client, "\"[Gmail]/All Mail\"", "X-GM-LABELS").await, ["UID 1 X-GM-LABELS ()"]);
}

/// Two messages, of which the second is in `work`, too; INBOX is selected.
async fn gmail_with_labels() -> (Host<gmail::GmailStore>, Dialogue) {
    let host = gmail::host();
    let mut client = Dialogue::logged_in(host.connect(ROOMY)).await;
    client.done("CREATE work").await;
    client.done(APPEND).await;
    client.done("APPEND INBOX (\\Seen) {22+}\r\nSubject: lunch\r\n\r\nme\r\n").await;
    client.done("SELECT INBOX").await;
    client.done("UID COPY 2 work").await;
    (host, client)
}

#[tokio::test(start_paused = true)]
async fn gmail_labels_are_given_and_taken() {
    let (_host, mut client) = gmail_with_labels().await;
    let check = async |client: &mut Dialogue, command: &str, rows: &str| {
        let rows: String = rows.lines().map(|row| format!("{}\r\n", row.trim())).collect();
        assert_eq!(client.done(command).await, rows, "{command}");
    };
    // One that there is not is made.
    check(
        &mut client,
        "STORE 1:2 +X-GM-LABELS (new work \\Starred)",
        "* 1 FETCH (X-GM-LABELS (\\Inbox \\Starred work new))
         * 2 FETCH (X-GM-LABELS (\\Inbox \\Starred work new))",
    )
    .await;
    assert_eq!(items(&mut client, "new", "X-GM-MSGID").await.len(), 2);
    // It was there already once.
    assert_eq!(items(&mut client, "work", "X-GM-MSGID").await.len(), 2);
    client.done("SELECT INBOX").await;
    check(
        &mut client,
        "UID STORE 2 -X-GM-LABELS (work \\starred never)",
        "* 2 FETCH (UID 2 X-GM-LABELS (\\Inbox new))",
    )
    .await;
    assert_eq!(items(&mut client, "work", "UID").await, ["UID 2"]);
    client.done("SELECT INBOX").await;
    check(&mut client, "UID STORE 2 -X-GM-LABELS.SILENT (new)", "").await;
    // A message that loses the label of the mailbox goes away, and is in All Mail still.
    check(&mut client, "UID STORE 2 X-GM-LABELS (work)", "* 2 EXPUNGE").await;
    let everything = items(&mut client, "\"[Gmail]/All Mail\"", "X-GM-LABELS").await;
    assert_eq!(everything[1], "UID 2 X-GM-LABELS (work)");
    for (command, words) in [
        ("STORE 1 +X-GM-LABELS (a)", "t NO [CANNOT] "),
        ("STORE 1 (UNCHANGEDSINCE 1) +X-GM-LABELS (a)", "t BAD "),
    ] {
        let heard = client.ask(command).await;
        assert!(heard.contains(words), "{command}: {heard}");
    }
    client.done("SELECT INBOX").await;
    for label in ["\\Muted", "\"[Gmail]/All Mail\""] {
        let heard = client.ask(&format!("STORE 1 +X-GM-LABELS ({label})")).await;
        assert!(heard.starts_with("t NO [CANNOT] "), "{label}: {heard}");
    }
}

/// What is nowhere else is not taken out of a label.
#[tokio::test(start_paused = true)]
async fn a_gmail_message_that_all_mail_has_lost_keeps_its_label() {
    let (_host, mut client) = gmail_with_labels().await;
    client.done("SELECT \"[Gmail]/All Mail\"").await;
    client.done("STORE 2 +FLAGS.SILENT (\\Deleted)").await;
    client.done("EXPUNGE").await;
    client.done("SELECT work").await;
    client.done("STORE 1 -X-GM-LABELS (work)").await;
    client.done("STORE 1 X-GM-LABELS ()").await;
    assert_eq!(items(&mut client, "work", "RFC822.SIZE").await, ["UID 1 RFC822.SIZE 22"]);
}

#[tokio::test(start_paused = true)]
async fn gmail_finds_what_its_search_field_finds() {
    let (_host, mut client) = gmail_with_labels().await;
    let ids = items(&mut client, "INBOX", "X-GM-MSGID").await;
    let id = ids[1].split_once("X-GM-MSGID ").unwrap().1.to_owned();
    client.done("SELECT INBOX").await;
    for (key, found) in [
        ("X-GM-RAW \"subject:lunch\"", " 2"),
        ("X-GM-RAW \"in:inbox -subject:lunch is:unread\"", " 1"),
        ("X-GM-RAW \"label:work\"", " 2"),
        ("X-GM-RAW \"-label:work\"", " 1"),
        ("X-GM-RAW \"label:nowhere\"", ""),
        ("X-GM-RAW \"you\"", " 1"),
        ("X-GM-RAW \"\"", " 1 2"),
        ("X-GM-LABELS work", " 2"),
        ("X-GM-LABELS \\Inbox", " 1 2"),
        ("NOT X-GM-LABELS \\Inbox", ""),
        ("OR X-GM-LABELS work (X-GM-RAW you SEEN)", " 2"),
        (&format!("X-GM-MSGID {id}"), " 2"),
        (&format!("X-GM-THRID {id} SEEN"), " 2"),
        ("X-GM-MSGID 7", ""),
    ] {
        assert_eq!(client.done(&format!("SEARCH {key}")).await, format!("* SEARCH{found}\r\n"), "{key}");
    }
}

/// What is Gmail's is nobody else's.
#[tokio::test(start_paused = true)]
async fn labels_are_for_gmail_only() {
    let mut client = log_in(&Host::new()).await;
    client.done(APPEND).await;
    client.done("SELECT INBOX").await;
    for command in
        ["STORE 1 +X-GM-LABELS (a)", "FETCH 1 X-GM-LABELS", "SEARCH X-GM-RAW a", "SEARCH X-GM-MSGID 1"]
    {
        let heard = client.ask(command).await;
        assert!(heard.starts_with("t BAD "), "{command}: {heard}");
    }
}

#[tokio::test(start_paused = true)]
async fn gmail_has_the_old_list_of_special_mailboxes() {
    let mut client = Dialogue::logged_in(gmail::host().connect(ROOMY)).await;
    let listed = client.done("XLIST \"\" *").await;
    assert!(listed.contains("\\AllMail) \"/\" \"[Gmail]/All Mail\"\r\n"), "{listed}");
    assert!(listed.contains("\\Inbox) \"/\" "), "{listed}");
}

#[tokio::test(start_paused = true)]
async fn gmail_tells_how_much_room_there_is() {
    let (_host, mut client) = gmail_with_labels().await;
    let quota = client.done("GETQUOTAROOT INBOX").await;
    assert!(quota.starts_with("* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE "), "{quota}");
    assert!(client.done("CAPABILITY").await.contains(" QUOTA "));
}
