//! Where the server is, what kind it is, and what every test does with it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use tayori_client::tls::{self, Fingerprint, Trust};
use tayori_client::{
    Connection, Connector, Credentials, FetchAttribute, FetchItems, Identity, Limits, LoginPolicy, Mechanism,
    Rows, Security, Session, StatusAttribute, Timeouts,
};
use tayori_proto::response::{ListRow, StatusItem};
use tayori_proto::sasl::ScramHash;
use tayori_proto::types::{Capability, ImapString, MailboxName, Messages, NonEmpty, Secret, Section, Uid};

use crate::common::Bodies;

/// Servers whose behaviour is known; every other one is expected to do what the standard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dovecot,
    Courier,
    Mailutils,
    Cyrus,
    Other,
}

/// Where the server is and who may log in.
pub(crate) struct Peer {
    pub(crate) kind: Kind,
    /// What the kind is called; there may be several of one.
    called: String,
    pub(crate) host: String,
    pub(crate) imap_port: u16,
    pub(crate) imaps_port: u16,
    ca_file: PathBuf,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) user: Account,
    /// Not every server lets such a name in.
    pub(crate) odd: Option<Account>,
    /// Not every server takes them.
    pub(crate) certificates: Option<Certificates>,
}

/// Where certificates of users and their keys are.
pub(crate) struct Certificates {
    ours: [PathBuf; 2],
    stranger: [PathBuf; 2],
}

impl Certificates {
    /// Of the ordinary user.
    pub(crate) fn ours(&self) -> tls::Identity {
        Self::read(&self.ours)
    }

    /// In the same name, from an authority that the server does not know.
    pub(crate) fn of_a_stranger(&self) -> tls::Identity {
        Self::read(&self.stranger)
    }

    fn read([certificate, key]: &[PathBuf; 2]) -> tls::Identity {
        tls::Identity::from_pem_files(certificate, key).unwrap()
    }
}

pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) user: ImapString,
    pub(crate) password: Secret,
}

/// The server of this run, if there is one.
pub(crate) fn peer() -> Option<&'static Peer> {
    static PEER: OnceLock<Option<Peer>> = OnceLock::new();
    PEER.get_or_init(Peer::from_environment).as_ref()
}

/// Says what is not tested, since the server cannot do it. Not a failure with `CI=true`: other servers can.
pub(crate) fn skip(why: &str) {
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("skipped: {why}\n"));
}

/// What the tests connect by.
pub(crate) fn connector() -> Connector {
    // A bound that messages of these tests exceed, so that they are streamed.
    let mut limits = Limits::default();
    limits.protocol.inline_literal_octets = 4096;
    let mut timeouts = Timeouts::default();
    timeouts.silence = Duration::from_secs(60);
    Connector::new().limits(limits).timeouts(timeouts)
}

impl Peer {
    fn from_environment() -> Option<Self> {
        let Ok(kind) = std::env::var("TAYORI_PEER_KIND") else {
            assert!(
                std::env::var_os("TAYORI_PEER_REQUIRED").is_none(),
                "a peer is required and there is none"
            );
            return None;
        };
        let given = |name: &str| std::env::var(format!("TAYORI_PEER_{name}")).ok();
        let needed = |name: &str| given(name).unwrap_or_else(|| panic!("TAYORI_PEER_{name} is missing"));
        Some(Self {
            kind: match kind.as_str() {
                // One of the versions; of the last, it is one that takes tickets as well.
                "dovecot" | "dovecot24" | "kerberos" => Kind::Dovecot,
                "courier" => Kind::Courier,
                "mailutils" => Kind::Mailutils,
                "cyrus" => Kind::Cyrus,
                _ => Kind::Other,
            },
            called: kind,
            host: needed("HOST"),
            imap_port: needed("IMAP_PORT").parse().unwrap(),
            imaps_port: needed("IMAPS_PORT").parse().unwrap(),
            ca_file: needed("CA_FILE").into(),
            fingerprint: needed("FINGERPRINT").parse().unwrap(),
            user: Account::new(needed("USER"), needed("PASSWORD")),
            odd: given("ODD_USER").map(|user| Account::new(user, needed("ODD_PASSWORD"))),
            certificates: given("CLIENT_CERTIFICATE").map(|certificate| Certificates {
                ours: [certificate.into(), needed("CLIENT_KEY").into()],
                stranger: [needed("STRANGER_CERTIFICATE").into(), needed("STRANGER_KEY").into()],
            }),
        })
    }

    /// Whether its `-PLUS` forms are meant.
    pub(crate) fn binds(&self) -> bool {
        self.called == "dovecot24"
    }

    pub(crate) fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    pub(crate) fn ca(&self) -> Trust {
        Trust::CaFile(self.ca_file.clone())
    }

    pub(crate) async fn connect(&self) -> Connection {
        self.connect_by(connector()).await
    }

    pub(crate) async fn connect_by(&self, connector: Connector) -> Connection {
        let security = Security::ImplicitTls(self.ca().into());
        connector.connect(&self.host, self.imaps_port, &security).await.unwrap()
    }

    pub(crate) async fn session(&self) -> Session {
        let connection = self.connect().await;
        connection.log_in(&self.user.credentials(), &self.policy()).await.unwrap().session
    }

    /// What gets in: the strongest that is offered, or where that is offered in vain, the strongest that works.
    pub(crate) fn policy(&self) -> LoginPolicy {
        match self.kind {
            Kind::Cyrus => LoginPolicy::new().only(Mechanism::Scram(ScramHash::Sha512)),
            Kind::Mailutils => LoginPolicy::new().only(Mechanism::Scram(ScramHash::Sha256)),
            _ => LoginPolicy::new(),
        }
    }

    /// A session, and an empty mailbox of this name.
    pub(crate) async fn with_mailbox(&self, name: &str) -> (Session, MailboxName) {
        let mut session = self.session().await;
        let name = self.mailbox(name);
        // From a run before on the same server.
        let _ = session.delete(&name).await;
        session.create(&name).await.unwrap();
        (session, name)
    }

    /// The mailbox that is called this here; `/` stands between parent and child.
    pub(crate) fn mailbox(&self, name: &str) -> MailboxName {
        MailboxName::new(self.path(name)).unwrap()
    }

    /// A name from the server, as [`Peer::mailbox`] takes it.
    pub(crate) fn name(&self, mailbox: &MailboxName) -> String {
        let (prefix, delimiter) = self.namespace();
        mailbox.as_str().strip_prefix(prefix).unwrap().replace(delimiter, "/")
    }

    pub(crate) fn path(&self, name: &str) -> String {
        let (prefix, delimiter) = self.namespace();
        format!("{prefix}{}", name.replace('/', delimiter))
    }

    /// Where the user's own mailboxes are, and what stands between parent and child.
    pub(crate) fn namespace(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Courier => ("INBOX.", "."),
            _ => ("", "/"),
        }
    }
}

impl Kind {
    /// Whether a refusal comes with the code that RFC 5530 section 3 has for it.
    pub(crate) fn explains_refusals(self) -> bool {
        matches!(self, Self::Dovecot | Self::Other)
    }

    /// Whether the server lists a mechanism that it refuses whoever uses it. Both list the `-PLUS` forms: Cyrus can
    /// bind to `tls-unique` alone, which nobody has in TLS 1.3, and Mailutils to nothing.
    pub(crate) fn offers_in_vain(self, mechanism: Mechanism) -> bool {
        matches!(self, Self::Cyrus | Self::Mailutils) && matches!(mechanism, Mechanism::ScramPlus(_))
    }

    /// Whether flags may be kept that the standard does not know.
    pub(crate) fn keeps_keywords(self) -> bool {
        self != Self::Mailutils
    }

    /// What the server makes of a message that is appended: both end the last line, and Mailutils has no message
    /// without a body, nor an empty one.
    pub(crate) fn stored(self, message: &[u8]) -> Vec<u8> {
        let mut stored = message.to_vec();
        if self == Self::Mailutils && !message.windows(4).any(|four| four == b"\r\n\r\n") {
            stored.extend_from_slice(b"\r\n");
        }
        if self == Self::Mailutils && stored.ends_with(b"\r\n\r\n") && !stored.ends_with(b"\r\n\r\n\r\n") {
            stored.extend_from_slice(b"\r\n");
        }
        if matches!(self, Self::Courier | Self::Mailutils) && !stored.ends_with(b"\r\n") {
            stored.extend_from_slice(b"\r\n");
        }
        stored
    }

    /// What was fetched, without the lines that the server has put into the header: Mailutils keeps there what it knows
    /// of a message.
    pub(crate) fn own_lines_removed(self, fetched: &[u8]) -> Vec<u8> {
        if self != Self::Mailutils {
            return fetched.to_vec();
        }
        let header =
            fetched.windows(4).position(|four| four == b"\r\n\r\n").map_or(fetched.len(), |at| at + 2);
        let (header, rest) = fetched.split_at(header);
        let own = [&b"X-IMAPbase:"[..], b"X-UID:", b"Status:"];
        let kept = header
            .split_inclusive(|octet| *octet == b'\n')
            .filter(|line| !own.iter().any(|name| line.starts_with(name)));
        [kept.collect::<Vec<_>>().concat(), rest.to_vec()].concat()
    }
}

impl Account {
    fn new(user: String, password: String) -> Self {
        let password = Secret::new(password).unwrap();
        Self { user: ImapString::new(&*user).unwrap(), name: user, password }
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::password(Identity::new(&*self.name).unwrap(), self.password.clone())
    }
}

/// Whether the server lacks this, which is told. What needs it has to say so, and nothing may be sent.
pub(crate) async fn lacks(session: &mut Session, capability: Capability) -> bool {
    let lacks = !session.capabilities().await.unwrap().has(&capability);
    if lacks {
        skip(&format!("the server has no {capability:?}"));
    }
    lacks
}

/// Appends, and gives the UID that the message has now.
pub(crate) async fn append(session: &mut Session, mailbox: &MailboxName, message: &[u8]) -> Uid {
    let outcome = session.append(mailbox, &[], None, message.len() as u64, message).await.unwrap();
    if let Some((_, uid)) = outcome.uid {
        return uid;
    }
    assert!(
        !session.capabilities().await.unwrap().has(&Capability::UidPlus),
        "it has UIDPLUS, and told nothing"
    );
    let status = session.status(mailbox, StatusAttribute::UidNext.into()).await.unwrap();
    let [StatusItem::UidNext(Some(next))] = status.items[..] else { panic!("{status:?}") };
    Uid::new(next.value() - 1).unwrap()
}

pub(crate) fn all_uids() -> Messages {
    Messages::Uids("1:4294967295".parse().unwrap())
}

pub(crate) fn uid_and_message() -> FetchItems {
    NonEmpty::one(FetchAttribute::Uid)
        .and(FetchAttribute::Rfc822Size)
        .and(FetchAttribute::peek(Section::full()))
        .into()
}

/// All rows with the bodies in their order.
pub(crate) async fn take(mut rows: Rows<'_>) -> (Vec<tayori_client::Row>, Vec<Vec<u8>>) {
    let mut bodies = Bodies::default();
    let mut taken = Vec::new();
    while let Some(row) = rows.next(&mut bodies).await.unwrap() {
        assert_eq!(row.defects, []);
        taken.push(row);
    }
    (taken, bodies.whole)
}

pub(crate) fn names(rows: &[ListRow]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    names
}
