//! The client against a real server, which the environment describes (see docs/testing.md): `cargo xtask test` starts
//! one, `cargo xtask peer dovecot` too. Without one, every test here returns at once.
//!
//! Each test works in mailboxes of its own name, so that all run together.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod common;

use std::path::PathBuf;
use std::sync::OnceLock;

use common::Bodies;
use tayori_client::tls::{Fingerprint, Trust};
use tayori_client::{
    Connection, Connector, Discard, Error, FetchAttribute, FetchItems, Idle, Limits, MailboxEvent, Rows,
    SearchKey, Security, Session, StatusAttribute,
};
use tayori_proto::command::StoreChange;
use tayori_proto::response::{ListRow, ResponseCode, StatusItem};
use tayori_proto::types::{
    Atom, Capability, Flag, IdParameters, ImapString, InternalDate, ListPattern, ListReference, MailboxName,
    Messages, NonEmpty, Secret, Section, SeqNum, SequenceSet, Uid, UidSet,
};

/// Where the server is and who may log in.
struct Peer {
    host: String,
    imap_port: u16,
    imaps_port: u16,
    ca_file: PathBuf,
    fingerprint: Fingerprint,
    user: Account,
    odd: Account,
}

struct Account {
    user: ImapString,
    password: Secret,
}

/// The server of this run, if there is one.
fn peer() -> Option<&'static Peer> {
    static PEER: OnceLock<Option<Peer>> = OnceLock::new();
    PEER.get_or_init(Peer::from_environment).as_ref()
}

impl Peer {
    fn from_environment() -> Option<Self> {
        if std::env::var_os("TAYORI_PEER_KIND").is_none() {
            assert!(
                std::env::var_os("TAYORI_PEER_REQUIRED").is_none(),
                "a peer is required and there is none"
            );
            return None;
        }
        let variable = |name: &str| {
            let name = format!("TAYORI_PEER_{name}");
            std::env::var(&name).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let account = |prefix: &str| Account {
            user: ImapString::new(variable(&format!("{prefix}USER"))).unwrap(),
            password: Secret::new(variable(&format!("{prefix}PASSWORD"))).unwrap(),
        };
        Some(Self {
            host: variable("HOST"),
            imap_port: variable("IMAP_PORT").parse().unwrap(),
            imaps_port: variable("IMAPS_PORT").parse().unwrap(),
            ca_file: variable("CA_FILE").into(),
            fingerprint: variable("FINGERPRINT").parse().unwrap(),
            user: account(""),
            odd: account("ODD_"),
        })
    }

    fn ca(&self) -> Trust {
        Trust::CaFile(self.ca_file.clone())
    }

    async fn connect(&self) -> Connection {
        let security = Security::ImplicitTls(self.ca());
        // A bound that messages of these tests exceed, so that they are streamed.
        let mut limits = Limits::default();
        limits.protocol.inline_literal_octets = 4096;
        Connector::new().limits(limits).connect(&self.host, self.imaps_port, &security).await.unwrap()
    }

    async fn session(&self) -> Session {
        self.connect().await.authenticate(&self.user.user, &self.user.password).await.unwrap()
    }

    /// A session, and an empty mailbox of this name.
    async fn with_mailbox(&self, name: &str) -> (Session, MailboxName) {
        let mut session = self.session().await;
        let name = MailboxName::new(name).unwrap();
        // From a run before on the same server.
        let _ = session.delete(&name).await;
        session.create(&name).await.unwrap();
        (session, name)
    }
}

/// Logs in, uses the session once, and leaves.
async fn use_once(connection: Connection, account: &Account) {
    let mut session = connection.authenticate(&account.user, &account.password).await.unwrap();
    assert!(session.status(&MailboxName::inbox(), StatusAttribute::Messages.into()).await.is_ok());
    session.logout().await.unwrap();
}

#[tokio::test]
async fn every_kind_of_security_that_is_offered_works() {
    let Some(peer) = peer() else { return };
    for (port, security) in [
        (peer.imaps_port, Security::ImplicitTls(peer.ca())),
        (peer.imaps_port, Security::ImplicitTls(Trust::Fingerprint(peer.fingerprint))),
        (peer.imap_port, Security::StartTls(peer.ca())),
        (peer.imap_port, Security::StartTls(Trust::Fingerprint(peer.fingerprint))),
        (peer.imap_port, Security::None),
    ] {
        let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
        use_once(connection, &peer.user).await;
    }
}

#[tokio::test]
async fn another_fingerprint_and_the_wrong_port_are_refused() {
    let Some(peer) = peer() else { return };
    let other = Trust::Fingerprint(Fingerprint::of_der(b"another certificate"));
    for (port, security) in [
        (peer.imaps_port, Security::ImplicitTls(other.clone())),
        (peer.imap_port, Security::StartTls(other)),
        (peer.imap_port, Security::ImplicitTls(peer.ca())),
    ] {
        let error = Connector::new().connect(&peer.host, port, &security).await.map(drop).unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_leaves_a_connection_for_the_right_one() {
    let Some(peer) = peer() else { return };
    let connection = peer.connect().await;
    let wrong = Secret::new("not the password").unwrap();
    let failed = connection.login(&peer.user.user, &wrong).await.unwrap_err();
    let Error::Refused { code, text, .. } = failed.error else { panic!("{:?}", failed.error) };
    assert_eq!(code.as_deref(), Some(&ResponseCode::AuthenticationFailed));
    assert!(!text.is_empty());
    use_once(failed.connection.unwrap(), &peer.user).await;
}

#[tokio::test]
async fn odd_users_and_passwords_log_in_by_every_way() {
    let Some(peer) = peer() else { return };
    let Account { user, password } = &peer.odd;
    use_once(peer.connect().await, &peer.odd).await;
    peer.connect().await.login(user, password).await.unwrap().logout().await.unwrap();
    peer.connect().await.authenticate_plain(user, password).await.unwrap().logout().await.unwrap();
    // In the clear, Dovecot offers the same; the password goes as a literal without LITERAL+ known.
    let connection = Connector::new().connect(&peer.host, peer.imap_port, &Security::None).await.unwrap();
    connection.login(user, password).await.unwrap().logout().await.unwrap();
}

#[tokio::test]
async fn capabilities_change_with_the_login() {
    let Some(peer) = peer() else { return };
    let mut connection = peer.connect().await;
    assert!(connection.capabilities().await.unwrap().has(&Capability::Imap4Rev1));
    connection.noop().await.unwrap();
    let mut session = connection.login(&peer.user.user, &peer.user.password).await.unwrap();
    assert!(session.capabilities().await.unwrap().has(&Capability::UidPlus));
    session.noop().await.unwrap();
    session.logout().await.unwrap();
}

/// Messages that have gone wrong somewhere, each octet for octet what the server must give back.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: a@example.org\r\nSubject: x\r\n";
    let with_body = |body: &[u8]| [head.as_bytes(), b"\r\n", body].concat();
    // Everything but NUL, CR and LF, which no server has to keep alone.
    let all_octets: Vec<u8> = (1..=255).filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
    let lines: Vec<u8> = (0..5 << 20)
        .map(|at: u32| {
            if at % 78 == 76 {
                b'\r'
            } else if at % 78 == 77 {
                b'\n'
            } else {
                b'a' + (at % 26) as u8
            }
        })
        .collect();
    vec![
        ("no body", head.as_bytes().to_vec()),
        ("no line end", with_body(b"the last line has no end")),
        ("empty lines", with_body(b"\r\n\r\n\r\n")),
        ("8-bit text", with_body("\u{4fbf}\u{308a} \u{e4}\u{f6}\u{fc}\r\n".as_bytes())),
        ("iso-2022-jp", with_body(b"\x1b$BJX$j\x1b(B\r\n")),
        ("all octets", with_body(&[&all_octets[..], b"\r\n"].concat().repeat(40))),
        ("one long line", with_body(&[&b"long ".repeat(20_000)[..], b"\r\n"].concat())),
        ("what looks like IMAP", with_body(b"* BYE\r\n)\r\na1 OK done\r\n{5}\r\n+ go on\r\n\"\\\r\n.\r\n")),
        ("header only of blanks", b" \r\n\t\r\n\r\n".to_vec()),
        ("five megabytes", with_body(&lines)),
    ]
}

fn uid_and_message() -> FetchItems {
    NonEmpty::one(FetchAttribute::Uid)
        .and(FetchAttribute::Rfc822Size)
        .and(FetchAttribute::peek(Section::full()))
        .into()
}

/// All rows with the bodies in their order.
async fn take(mut rows: Rows<'_>) -> (Vec<tayori_client::Row>, Vec<Vec<u8>>) {
    let mut bodies = Bodies::default();
    let mut taken = Vec::new();
    while let Some(row) = rows.next(&mut bodies).await.unwrap() {
        assert_eq!(row.defects, []);
        taken.push(row);
    }
    (taken, bodies.whole)
}

fn all_uids() -> Messages {
    Messages::Uids("1:4294967295".parse().unwrap())
}

async fn append(session: &mut Session, mailbox: &MailboxName, message: &[u8]) -> Uid {
    let outcome = session.append(mailbox, &[], None, message.len() as u64, message).await.unwrap();
    outcome.uid.expect("the server has UIDPLUS").1
}

#[tokio::test]
async fn messages_come_back_octet_for_octet() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("octets").await;
    let messages = messages();
    let mut uids = Vec::new();
    for (_, message) in &messages {
        uids.push(append(&mut session, &mailbox, message).await);
    }
    let mut selected = session.examine(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().exists() as usize, messages.len());
    let (rows, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
    assert_eq!((rows.len(), bodies.len()), (messages.len(), messages.len()));
    for (index, (name, message)) in messages.iter().enumerate() {
        assert_eq!(rows[index].uid(), Some(uids[index]), "{name}");
        assert_eq!(rows[index].size(), Some(message.len() as u64), "{name}");
        assert!(bodies[index] == *message, "{name}: the octets differ");
    }
}

#[tokio::test]
async fn rows_that_are_dropped_leave_the_session_in_step() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("dropped").await;
    let message = [&b"Subject: x\r\n\r\n"[..], &b"0123456789\r\n".repeat(100_000)].concat();
    for _ in 0..3 {
        append(&mut session, &mailbox, &message).await;
    }
    let mut selected = session.examine(&mailbox).await.unwrap();
    for steps in 0..20 {
        let mut rows = selected.fetch(all_uids(), uid_and_message()).await.unwrap();
        for _ in 0..steps {
            assert!(rows.next_event().await.unwrap().is_some());
        }
        drop(rows);
        selected.noop().await.unwrap();
    }
    let (rows, bodies) = take(selected.fetch(all_uids(), uid_and_message()).await.unwrap()).await;
    assert_eq!(rows.len(), 3);
    assert!(bodies.iter().all(|body| *body == message));
}

#[tokio::test]
async fn a_date_and_flags_are_stored_with_a_message() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("dates").await;
    let date = InternalDate::parse(b" 7-Feb-1994 21:52:25 -0800").unwrap();
    let keyword = Flag::new("$Tayori").unwrap();
    let flags = [Flag::Seen, Flag::Flagged, keyword.clone()];
    let message = &b"Subject: x\r\n\r\n"[..];
    session.append(&mailbox, &flags, Some(date), message.len() as u64, message).await.unwrap();
    let mut selected = session.select(&mailbox).await.unwrap();
    let items = NonEmpty::one(FetchAttribute::InternalDate).and(FetchAttribute::Flags);
    let mut rows = selected.fetch(all_uids(), items.into()).await.unwrap();
    let row = rows.next(&mut Discard).await.unwrap().unwrap();
    assert!(flags.iter().all(|flag| row.flags().unwrap().contains(flag)), "{row:?}");
    let found = row.items.iter().find_map(|item| match item {
        tayori_proto::response::FetchItem::InternalDate(date) => *date,
        _ => None,
    });
    assert_eq!(found.map(InternalDate::unix_seconds), Some(date.unix_seconds()));
    drop(rows);
    let found = selected.uid_search(SearchKey::Keyword(Atom::try_from("$Tayori").unwrap())).await.unwrap();
    assert_eq!(found.count(), 1);
}

#[tokio::test]
async fn flags_are_searched_for_and_changed() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("flags").await;
    let mut uids = UidSet::new();
    for _ in 0..3 {
        uids.insert(append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await);
    }
    let mut selected = session.select(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().uid_next().map(Uid::value), uids.last().map(|uid| uid.value() + 1));
    assert!(selected.mailbox().uid_validity().is_some());
    assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap(), UidSet::new());
    assert_eq!(selected.uid_search(SearchKey::All).await.unwrap(), uids);
    assert_eq!(selected.search(SearchKey::Unseen).await.unwrap().to_string(), "1:3");

    let first = Messages::Numbers("1".parse().unwrap());
    let keyword = Flag::new("junk").unwrap();
    let rows = selected.store(first.clone(), StoreChange::Add, &[Flag::Seen, keyword.clone()]).await.unwrap();
    let flags = rows[0].flags().unwrap();
    assert!(flags.contains(&Flag::Seen) && flags.contains(&keyword), "{flags:?}");
    selected.store_silent(first.clone(), StoreChange::Remove, &[Flag::Seen]).await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap(), UidSet::new());
    let rows = selected.store(first, StoreChange::Replace, &[Flag::Answered]).await.unwrap();
    assert!(!rows[0].flags().unwrap().contains(&keyword));
    assert_eq!(selected.search(SearchKey::Answered).await.unwrap().to_string(), "1");
    selected.check().await.unwrap();
}

#[tokio::test]
async fn a_mailbox_that_was_examined_does_not_change() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("examined").await;
    append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await;
    let mut selected = session.examine(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().access(), tayori_client::Access::ReadOnly);
    // RFC822 marks as read where that can be.
    let mut rows = selected.fetch(all_uids(), FetchAttribute::Rfc822.into()).await.unwrap();
    while rows.next(&mut Discard).await.unwrap().is_some() {}
    drop(rows);
    // Dovecot answers OK to this and ignores it.
    let _ = selected.store(all_uids(), StoreChange::Add, &[Flag::Seen]).await;
    selected.close().await.unwrap();
    let mut selected = session.select(&mailbox).await.unwrap();
    assert!(selected.uid_search(SearchKey::Seen).await.unwrap().is_empty());
}

#[tokio::test]
async fn messages_are_copied_and_expunged() {
    let Some(peer) = peer() else { return };
    let (mut session, from) = peer.with_mailbox("copied from").await;
    let (_, to) = peer.with_mailbox("copied to").await;
    let mut uids = Vec::new();
    for text in ["one", "two", "three", "four"] {
        uids.push(append(&mut session, &from, format!("Subject: {text}\r\n\r\n").as_bytes()).await);
    }
    let mut selected = session.select(&from).await.unwrap();
    let outcome = selected.copy(Messages::Numbers("1:2".parse().unwrap()), &to).await.unwrap();
    let copied = outcome.uids.expect("the server has UIDPLUS");
    assert_eq!(copied.from.resolve(None).iter().collect::<Vec<_>>(), uids[..2]);
    assert_eq!(copied.to.resolve(None).count(), 2);

    let nowhere = MailboxName::new("copied nowhere").unwrap();
    let error = selected.copy(all_uids(), &nowhere).await.unwrap_err();
    let Error::Refused { code, .. } = error else { panic!("{error:?}") };
    assert_eq!(code.as_deref(), Some(&ResponseCode::TryCreate));

    // Just the one that is named, though another has \Deleted too.
    let deleted = Messages::Numbers("1,3".parse().unwrap());
    selected.store_silent(deleted, StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    let gone = selected.uid_expunge(tayori_proto::types::SequenceSet::one(uids[2])).await.unwrap();
    assert_eq!(gone.iter().map(|number| number.value()).collect::<Vec<_>>(), [3]);
    assert_eq!(selected.mailbox().exists(), 3);
    let gone = selected.expunge().await.unwrap();
    assert_eq!(gone.iter().map(|number| number.value()).collect::<Vec<_>>(), [1]);
    let left = selected.uid_search(SearchKey::All).await.unwrap();
    assert_eq!(left.iter().collect::<Vec<_>>(), [uids[1], uids[3]]);

    // UNSELECT removes nothing, CLOSE does.
    selected.store_silent(all_uids(), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    selected.unselect().await.unwrap();
    let selected = session.select(&from).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 2);
    selected.close().await.unwrap();
    let selected = session.select(&from).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 0);
}

fn names(rows: &[ListRow]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// Names that have to be encoded, quoted or escaped on their way, as tests of their own below `names`.
const ODD_NAMES: [&str; 9] = [
    "\u{4fbf}\u{308a}",
    "\u{4fbf}\u{308a}/\u{9001}\u{4fe1}\u{6e08}\u{307f} 2024",
    "with blank",
    "say \"hello\"",
    "back\\slash",
    "R&D",
    "&AGE-",
    "per%cent star*",
    "{5} (brackets) [x]",
];

#[tokio::test]
async fn odd_mailbox_names_are_the_same_on_both_sides() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let odd: Vec<String> = ODD_NAMES.iter().map(|name| format!("names/{name}")).collect();
    for name in odd.iter().rev() {
        let _ = session.delete(&MailboxName::new(name.clone()).unwrap()).await;
    }
    for name in &odd {
        let mailbox = MailboxName::new(name.clone()).unwrap();
        match session.create(&mailbox).await {
            Ok(()) => {}
            // `*` and `%` are for patterns; a server may keep them out of names.
            Err(Error::Refused { .. }) if name.contains('*') => continue,
            Err(error) => panic!("{name}: {error:?}"),
        }
        let uid = append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await;
        session.subscribe(&mailbox).await.unwrap();
        let status = session.status(&mailbox, StatusAttribute::UidNext.into()).await.unwrap();
        assert_eq!(status.name, mailbox);
        assert_eq!(status.items, [StatusItem::UidNext(Uid::new(uid.value() + 1))], "{name}");
        let selected = session.select(&mailbox).await.unwrap();
        assert_eq!(selected.mailbox().exists(), 1);
        selected.close().await.unwrap();
    }
    let all = ListPattern::new("names/*").unwrap();
    let listed = session.list(&ListReference::none(), &all).await.unwrap();
    let subscribed = session.lsub(&ListReference::none(), &all).await.unwrap();
    let mut expected: Vec<&str> = odd.iter().map(String::as_str).collect();
    expected.sort_unstable();
    expected.retain(|name| !name.contains('*') || names(&listed).contains(name));
    assert_eq!(names(&listed), expected);
    assert_eq!(names(&subscribed), expected);
}

#[tokio::test]
async fn mailboxes_are_made_renamed_and_deleted() {
    let Some(peer) = peer() else { return };
    let (mut session, parent) = peer.with_mailbox("family").await;
    let name = |text: &str| MailboxName::new(text).unwrap();
    let listed = async |session: &mut Session, pattern: &str| {
        let rows = session.list(&ListReference::none(), &ListPattern::new(pattern).unwrap()).await.unwrap();
        names(&rows).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    // From a run before that did not come to its end.
    for child in listed(&mut session, "family/*").await.iter().rev() {
        session.delete(&name(child)).await.unwrap();
    }
    for child in ["family/one", "family/one/deep", "family/two"] {
        session.create(&name(child)).await.unwrap();
    }
    assert_eq!(listed(&mut session, "family/%").await, ["family/one", "family/two"]);
    assert_eq!(listed(&mut session, "family/*").await, ["family/one", "family/one/deep", "family/two"]);
    assert_eq!(listed(&mut session, "no such *").await, [""; 0]);

    append(&mut session, &name("family/one"), b"Subject: x\r\n\r\n").await;
    session.rename(&name("family/one"), &name("family/three")).await.unwrap();
    assert_eq!(listed(&mut session, "family/*").await, ["family/three", "family/three/deep", "family/two"]);
    let status = session.status(&name("family/three"), StatusAttribute::Messages.into()).await.unwrap();
    assert_eq!(status.items, [StatusItem::Messages(1)]);

    for (outcome, expected) in [
        (session.create(&parent).await, ResponseCode::AlreadyExists),
        (session.rename(&name("family/none"), &name("family/four")).await, ResponseCode::NonExistent),
        (session.delete(&name("family/none")).await, ResponseCode::NonExistent),
        (session.select(&name("family/none")).await.map(drop), ResponseCode::NonExistent),
    ] {
        let Err(Error::Refused { code, .. }) = outcome else { panic!("{outcome:?}") };
        // Not every refusal has a code, but none has a wrong one.
        assert!(code.is_none_or(|code| *code == expected), "{expected:?}");
    }

    session.subscribe(&parent).await.unwrap();
    let family = ListPattern::new("family").unwrap();
    assert_eq!(session.lsub(&ListReference::none(), &family).await.unwrap().len(), 1);
    session.unsubscribe(&parent).await.unwrap();
    assert_eq!(session.lsub(&ListReference::none(), &family).await.unwrap(), []);
    for child in ["family/three/deep", "family/three", "family/two"] {
        session.delete(&name(child)).await.unwrap();
    }
    assert_eq!(listed(&mut session, "family*").await, ["family"]);
}

#[tokio::test]
async fn an_append_to_a_mailbox_that_is_not_there_leaves_the_session_in_step() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let nowhere = MailboxName::new("appended nowhere").unwrap();
    let message = b"Subject: x\r\n\r\n".repeat(100_000);
    let outcome = session.append(&nowhere, &[], None, message.len() as u64, &message[..]).await;
    let Err(tayori_client::AppendError::Server(Error::Refused { code, .. })) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(code.as_deref(), Some(&ResponseCode::TryCreate));
    session.noop().await.unwrap();
}

/// What one session does, another sees: EXISTS and EXPUNGE arrive with whatever is asked for.
#[tokio::test]
async fn news_of_another_session_arrive() {
    let Some(peer) = peer() else { return };
    let (mut other, mailbox) = peer.with_mailbox("news").await;
    let mut session = peer.session().await;
    let mut selected = session.select(&mailbox).await.unwrap();
    assert_eq!(selected.mailbox().exists(), 0);
    append(&mut other, &mailbox, b"Subject: x\r\n\r\n").await;
    selected.noop().await.unwrap();
    assert_eq!(selected.mailbox().exists(), 1);
    let mut there = other.select(&mailbox).await.unwrap();
    there.store_silent(all_uids(), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    there.close().await.unwrap();
    selected.noop().await.unwrap();
    assert_eq!(selected.mailbox().exists(), 0);
}

#[tokio::test]
async fn a_flight_logs_in_lists_opens_and_fetches() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("flight").await;
    let uid = append(&mut session, &mailbox, b"Subject: flown\r\n\r\n").await;
    session.logout().await.unwrap();

    let Account { user, password } = &peer.user;
    let mut flight = peer.connect().await.flight().login(user, password);
    let list = flight.list(&ListReference::none(), &ListPattern::new("flight").unwrap());
    let status = flight.status(&mailbox, StatusAttribute::Messages.into());
    let mut flight = flight.examine(&mailbox);
    let rows = flight.fetch(all_uids(), uid_and_message());
    let found = flight.uid_search(SearchKey::All);
    let in_flight = flight.launch().await.unwrap();
    assert_eq!(names(&list.wait().await.unwrap()), ["flight"]);
    assert_eq!(status.wait().await.unwrap().items, [StatusItem::Messages(1)]);
    let (mut session, description) = in_flight.land().await.unwrap();
    assert_eq!(description.exists(), 1);
    let (rows, bodies) = take(rows).await;
    assert_eq!((rows.len(), rows[0].uid()), (1, Some(uid)));
    assert_eq!(bodies, [b"Subject: flown\r\n\r\n"]);
    assert_eq!(found.wait().await.unwrap().count(), 1);
    let mut selected = session.resume(description);
    selected.noop().await.unwrap();
    selected.close().await.unwrap();
    session.logout().await.unwrap();
}

#[tokio::test]
async fn a_flight_that_cannot_log_in_fails_as_a_whole() {
    let Some(peer) = peer() else { return };
    let wrong = Secret::new("not the password").unwrap();
    let mut flight = peer.connect().await.flight().login(&peer.user.user, &wrong);
    let list = flight.list(&ListReference::none(), &ListPattern::all());
    let in_flight = flight.launch().await.unwrap();
    let error = in_flight.land().await.map(drop).unwrap_err();
    let Error::Refused { command, code, .. } = error else { panic!("{error:?}") };
    assert_eq!((&*command, code.as_deref()), ("LOGIN", Some(&ResponseCode::AuthenticationFailed)));
    list.wait().await.unwrap_err();
}

#[tokio::test]
async fn a_watched_mailbox_tells_what_another_session_does_to_it() {
    let Some(peer) = peer() else { return };
    let (mut watching, mailbox) = peer.with_mailbox("watched").await;
    let mut acting = peer.session().await;
    append(&mut acting, &mailbox, b"Subject: first\r\n\r\n").await;
    let mut selected = watching.select(&mailbox).await.unwrap();
    let mut idle = selected.idle().await.unwrap();

    let second = append(&mut acting, &mailbox, b"Subject: second\r\n\r\n").await;
    until(&mut idle, |event| *event == MailboxEvent::Exists(2)).await;
    let mut changed = acting.select(&mailbox).await.unwrap();
    changed.store_silent(SequenceSet::one(second), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
    until(&mut idle, |event| {
        matches!(event, MailboxEvent::Fetch(row)
            if row.number == SeqNum::new(2) && row.flags().is_some_and(|flags| flags.contains(&Flag::Flagged)))
    })
    .await;
    changed.store_silent(SequenceSet::one(second), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
    changed.uid_expunge(SequenceSet::one(second)).await.unwrap();
    until(&mut idle, |event| matches!(event, MailboxEvent::Expunge(number) if number.value() == 2)).await;
    idle.done().await.unwrap();
    assert_eq!(selected.mailbox().exists(), 1);

    // A watch that is given up, and one that is given up before the server has taken it up.
    drop(selected.idle().await.unwrap());
    {
        let mut asked = std::pin::pin!(selected.idle());
        tokio::select! {
            biased;
            idle = &mut asked => drop(idle.unwrap()),
            () = std::future::ready(()) => {}
        }
    }
    selected.noop().await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::All).await.unwrap().count(), 1);
    watching.logout().await.unwrap();
}

/// Waits for this event; there may be others before.
async fn until(idle: &mut Idle<'_>, wanted: impl Fn(&MailboxEvent) -> bool) {
    let waiting = async {
        while let Some(event) = idle.next().await.unwrap() {
            if wanted(&event) {
                return;
            }
        }
        panic!("the server has stopped idling");
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.expect("nothing is told");
}

#[tokio::test]
async fn messages_move_with_their_flags() {
    let Some(peer) = peer() else { return };
    let (mut session, from) = peer.with_mailbox("moved from").await;
    let to = MailboxName::new("moved \u{4fbf}\u{308a}").unwrap();
    let _ = session.delete(&to).await;
    let uid = append(&mut session, &from, b"Subject: moves\r\n\r\n").await;
    append(&mut session, &from, b"Subject: stays\r\n\r\n").await;
    let mut selected = session.select(&from).await.unwrap();
    let refused = selected.move_messages(SequenceSet::one(uid), &to).await.unwrap_err();
    let Error::Refused { code, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(code.as_deref(), Some(&ResponseCode::TryCreate));
    assert_eq!(selected.mailbox().exists(), 2);
    session.create(&to).await.unwrap();
    let mut selected = session.select(&from).await.unwrap();
    selected.store_silent(SequenceSet::one(uid), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
    let moved = selected.move_messages(SequenceSet::one(uid), &to).await.unwrap();
    assert_eq!((moved.expunged.len(), selected.mailbox().exists()), (1, 1));
    assert_eq!(moved.uids.expect("the server has UIDPLUS").from.to_string(), uid.to_string());
    let mut selected = session.examine(&to).await.unwrap();
    assert_eq!(selected.uid_search(SearchKey::Flagged).await.unwrap().count(), 1);
}

#[tokio::test]
async fn the_server_says_who_it_is_where_mail_is_and_what_it_enables() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let ours = IdParameters::new([("name", Some("tayori")), ("os", None)]).unwrap();
    let told = session.id(&ours).await.unwrap();
    assert_eq!(told.value("name").and_then(|name| name.as_str()), Some("Dovecot"));
    let namespaces = session.namespace().await.unwrap();
    assert_eq!(namespaces.personal.len(), 1);
    assert_eq!(namespaces.personal[0].prefix.as_str(), "");
    assert!(namespaces.personal[0].delimiter.is_some());

    let nonsense = Capability::try_from("X-TAYORI").unwrap();
    let asked = NonEmpty::one(Capability::CondStore).and(nonsense.clone());
    let enabled = session.enable(asked).await.unwrap();
    assert!(enabled.has(&Capability::CondStore) && !enabled.has(&nonsense));
    // Where the server has UTF-8, a name makes the same way in the other encoding.
    let utf8 = session.enable(Capability::Utf8Accept.into()).await.unwrap();
    let offered = session.capabilities().await.unwrap().has(&Capability::Utf8Accept);
    assert_eq!(utf8.has(&Capability::Utf8Accept), offered);
    let name = MailboxName::new("enabled \u{fc} & \u{4fbf}").unwrap();
    let _ = session.delete(&name).await;
    session.create(&name).await.unwrap();
    let rows = session.list(&ListReference::none(), &ListPattern::new("enabled*").unwrap()).await.unwrap();
    assert_eq!(names(&rows), [name.as_str()]);
    session.status(&name, StatusAttribute::Messages.into()).await.unwrap();
    let mut plain = peer.session().await;
    let rows = plain.list(&ListReference::none(), &ListPattern::new("enabled*").unwrap()).await.unwrap();
    assert_eq!(names(&rows), [name.as_str()]);
}
