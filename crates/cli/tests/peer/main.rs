//! The program against a real server; see docs/testing.md for what the environment has to say. Each test fills
//! mailboxes of its own through the library, then runs the program.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

mod accounts;
mod change;
mod check;
#[path = "../common/dialogues.rs"]
#[allow(dead_code, reason = "shared with the other suite")]
mod dialogues;
mod fetch;
#[cfg(feature = "gssapi")]
mod gssapi;
mod login;
mod look;
mod manage;
mod oauth;
#[path = "../common/program.rs"]
#[allow(dead_code, reason = "shared with the other suite")]
mod program;
mod rights;
mod shell;

use std::env;
use std::future::Future;
use std::io;
use std::path::PathBuf;

use tayori_client::tls::Trust;
use tayori_client::{
    Body, BodySink, Connector, Credentials, FetchAttribute, FetchItems, Identity, LoginPolicy, Mechanism,
    Security, Selected, Session,
};
use tayori_proto::response::FetchItem;
use tayori_proto::sasl::ScramHash;
use tayori_proto::types::{
    Capability, Flag, InternalDate, MailboxName, NonEmpty, Secret, Section, SequenceSet, Uid,
};

use program::Run;

struct Peer {
    kind: String,
    is_dovecot_2_4: bool,
    host: String,
    imap: u16,
    imaps: u16,
    ca_file: PathBuf,
    fingerprint: String,
    user: String,
    password: String,
}

impl Peer {
    /// The server of this run, if there is one.
    fn find() -> Option<Self> {
        let required = env::var_os("TAYORI_PEER_REQUIRED").is_some();
        let Ok(kind) = env::var("TAYORI_PEER_KIND") else {
            assert!(!required, "TAYORI_PEER_REQUIRED is set, and no server is named");
            return None;
        };
        let text = |name: &str| env::var(format!("TAYORI_PEER_{name}")).unwrap();
        // It is a Dovecot to whoever does not ask for the version.
        let is_dovecot_2_4 = kind == "dovecot24";
        Some(Self {
            kind: if is_dovecot_2_4 { "dovecot".to_owned() } else { kind },
            is_dovecot_2_4,
            host: text("HOST"),
            imap: text("IMAP_PORT").parse().unwrap(),
            imaps: text("IMAPS_PORT").parse().unwrap(),
            ca_file: text("CA_FILE").into(),
            fingerprint: text("FINGERPRINT"),
            user: text("USER"),
            password: text("PASSWORD"),
        })
    }

    /// The other user, where the server lets such a name in.
    fn odd() -> Option<Self> {
        let peer = Self::find()?;
        env::var_os("TAYORI_PEER_ODD_USER")?;
        let text = |name: &str| env::var(format!("TAYORI_PEER_ODD_{name}")).unwrap();
        Some(Self { user: text("USER"), password: text("PASSWORD"), ..peer })
    }

    /// The program with the password. It takes the strongest that is offered, or where that is offered in vain, what
    /// the environment names; `crates/client/tests/peer` has which servers do that, and how.
    fn logging_in(&self, run: Run) -> Run {
        let run = run.env("TAYORI_PASSWORD", &self.password);
        match self.named_mechanism() {
            Some(mechanism) => run.env("TAYORI_AUTH", mechanism.name()),
            None => run,
        }
    }

    fn named_mechanism(&self) -> Option<Mechanism> {
        match &self.kind[..] {
            "cyrus" => Some(Mechanism::Scram(ScramHash::Sha512)),
            "mailutils" => Some(Mechanism::Scram(ScramHash::Sha256)),
            _ => None,
        }
    }

    /// `tayori fetch imaps://...` with the password, and nothing said about whom to believe.
    fn fetch(&self, mailbox: &str) -> Run {
        self.fetch_by("imaps", self.imaps, mailbox)
    }

    fn fetch_by(&self, scheme: &str, port: u16, mailbox: &str) -> Run {
        let user = self.user.replace(' ', "%20");
        let mailbox = self.path(mailbox);
        let place = format!("{scheme}://{user}@{}:{port}/{mailbox}", self.host);
        self.logging_in(Run::new().arg("fetch").arg(place))
    }

    /// `tayori COMMAND imaps://...` with the right authority, for a mailbox whose name may have any character.
    fn run(&self, command: &str, mailbox: &str) -> Run {
        let user = self.user.replace(' ', "%20");
        let mailbox: String = self.path(mailbox).bytes().map(|octet| format!("%{octet:02x}")).collect();
        let place = format!("imaps://{user}@{}:{}/{mailbox}", self.host, self.imaps);
        self.logging_in(Run::new().args(command).arg(place).arg("--ca-file").arg(&self.ca_file))
    }

    /// How the server calls the mailbox that is called this here; what stands behind a `;` is not a name.
    fn path(&self, mailbox: &str) -> String {
        if self.kind != "courier" || mailbox == "INBOX" || mailbox.is_empty() {
            return mailbox.to_owned();
        }
        let (name, rest) = mailbox.find([';', '?']).map_or((mailbox, ""), |at| mailbox.split_at(at));
        // `/` may stand in front of what is not the name.
        let (name, slash) = name.strip_suffix('/').map_or((name, ""), |name| (name, "/"));
        format!("INBOX.{}{slash}{rest}", name.replace('/', "."))
    }

    /// The same with the right authority.
    fn trusted(&self, mailbox: &str) -> Run {
        self.fetch(mailbox).arg("--ca-file").arg(&self.ca_file)
    }

    /// Makes a mailbox with these messages, and gives them as the server has them.
    fn fill(&self, mailbox: &str, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut stored = Vec::new();
        self.work(async |mut session| {
            let name = MailboxName::new(self.path(mailbox)).unwrap();
            // Of an earlier run by hand; the server of a test run is new.
            let _ = session.delete(&name).await;
            session.create(&name).await.unwrap();
            for message in messages {
                let size = message.len() as u64;
                session.append(&name, &[], None, size, message.as_slice()).await.unwrap();
            }
            stored = whole(session.examine(&name).await.unwrap()).await;
            session
        });
        // Mailutils writes into the header what it knows of a message, and there is none without a body.
        assert!(stored == messages || self.kind == "mailutils", "the server has changed the messages");
        stored
    }

    /// Makes a mailbox with these messages, the first of which has arrived on 2026-02-01, and each of the others a day
    /// later.
    fn keep(&self, mailbox: &str, messages: &[(&str, &[Flag])]) {
        const FIRST: i64 = 1_769_938_200;
        const DAY: i64 = 86_400;

        self.fill(mailbox, &[]);
        self.work(async |mut session| {
            let name = self.name(mailbox);
            for ((message, flags), day) in messages.iter().zip(0..) {
                let arrived = InternalDate::from_unix_seconds(FIRST + day * DAY);
                let size = message.len() as u64;
                session.append(&name, flags, Some(arrived), size, message.as_bytes()).await.unwrap();
            }
            session
        });
    }

    /// Removes a mailbox that a run by hand may have left.
    fn remove(&self, mailbox: &str) {
        self.work(async |mut session| {
            let _ = session.delete(&self.name(mailbox)).await;
            session
        });
    }

    fn name(&self, mailbox: &str) -> MailboxName {
        MailboxName::new(self.path(mailbox)).unwrap()
    }

    fn offers(&self, capability: &Capability) -> bool {
        let mut offers = false;
        self.work(async |mut session| {
            offers = session.capabilities().await.unwrap().offers(capability);
            session
        });
        offers
    }

    /// What is in a mailbox: for each message its UID, subject and flags.
    fn messages(&self, mailbox: &str) -> Vec<String> {
        let mut messages = Vec::new();
        self.work(async |mut session| {
            let mut selected = session.examine(&self.name(mailbox)).await.unwrap();
            let items = NonEmpty::one(FetchAttribute::Flags).and(FetchAttribute::Envelope);
            let mut rows =
                selected.fetch(SequenceSet::<Uid>::all(), FetchItems::Attributes(items)).await.unwrap();
            while let Some(row) = rows.next(&mut tayori_client::Discard).await.unwrap() {
                let mut words = vec![row.uid().unwrap().to_string()];
                words.extend(row.items.iter().filter_map(|item| match item {
                    FetchItem::Envelope(envelope) => {
                        Some(String::from_utf8_lossy(envelope.subject().unwrap_or_default()).into_owned())
                    }
                    _ => None,
                }));
                let flags = row.flags().unwrap().iter().filter(|flag| *flag != Flag::Recent);
                let mut flags: Vec<_> =
                    flags.map(|flag| String::from_utf8_lossy(&flag.to_bytes()).into_owned()).collect();
                flags.sort();
                words.extend(flags);
                messages.push(words.join(" "));
            }
            drop(rows);
            session
        });
        messages
    }

    #[track_caller]
    fn check(&self, mailbox: &str, expected: &[&str]) {
        assert_eq!(self.messages(mailbox), expected, "{mailbox}");
    }

    /// The UIDs with `\Seen`.
    fn seen(&self, mailbox: &str) -> Vec<u32> {
        let mut seen = Vec::new();
        self.work(async |mut session| {
            let mut selected = session.examine(&MailboxName::new(self.path(mailbox)).unwrap()).await.unwrap();
            let items = FetchItems::from(FetchAttribute::Flags);
            let mut rows = selected.fetch(SequenceSet::<Uid>::all(), items).await.unwrap();
            while let Some(row) = rows.next(&mut tayori_client::Discard).await.unwrap() {
                if row.flags().unwrap().contains(&Flag::Seen) {
                    seen.push(row.uid().unwrap().value());
                }
            }
            drop(rows);
            session
        });
        seen
    }

    fn work<F: Future<Output = Session>>(&self, work: impl FnOnce(Session) -> F) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let security = Security::ImplicitTls(Trust::CaFile(self.ca_file.clone()).into());
            let connection = Connector::new().connect(&self.host, self.imaps, &security).await.unwrap();
            let password = Secret::new(self.password.as_str()).unwrap();
            let credentials = Credentials::password(Identity::new(self.user.as_str()).unwrap(), password);
            let mut policy = LoginPolicy::new();
            if let Some(mechanism) = self.named_mechanism() {
                policy = policy.only(mechanism);
            }
            let logged_in = connection.log_in(&credentials, &policy).await.unwrap();
            work(logged_in.session).await.logout().await.unwrap();
        });
    }
}

/// All messages of a mailbox.
async fn whole(mut mailbox: Selected<'_>) -> Vec<Vec<u8>> {
    let mut bodies = Bodies::default();
    let items = FetchItems::from(FetchAttribute::peek(Section::full()));
    let mut rows = mailbox.fetch(SequenceSet::<Uid>::all(), items).await.unwrap();
    while rows.next(&mut bodies).await.unwrap().is_some() {}
    bodies.0
}

/// Keeps what comes.
#[derive(Default)]
struct Bodies(Vec<Vec<u8>>);

impl BodySink for Bodies {
    fn begin(&mut self, _: &Body) -> io::Result<()> {
        self.0.push(Vec::new());
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.0.last_mut().unwrap().extend_from_slice(octets);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}
