//! Clients of few words: they send what a script says, and compare all that comes back.

#![allow(dead_code)] // Each test program needs a part of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tayori_proto::types::{Flag, InternalDate, MailboxName, Secret, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::store::Store;
use tayori_server::{Logins, Options, Privacy, Server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

/// What can be done after login, as the server says it.
pub(crate) const LOGGED_IN: &str = "[CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NOTIFY NAMESPACE UNSELECT UIDPLUS MOVE SPECIAL-USE CONDSTORE QRESYNC UIDONLY PARTIAL SAVEDATE PREVIEW BINARY OBJECTID CHILDREN LIST-EXTENDED LIST-STATUS CREATE-SPECIAL-USE STATUS=SIZE XLIST MULTIAPPEND APPENDLIMIT=268435456 REPLACE INPROGRESS UTF8=ACCEPT COMPRESS=DEFLATE ACL RIGHTS=kxte QUOTA QUOTA=RES-STORAGE METADATA SORT SORT=DISPLAY THREAD=ORDEREDSUBJECT THREAD=REFERENCES ESEARCH SEARCHRES WITHIN] logged in";

/// The date of all mails that a [`Scene`] is given.
const DATE: i64 = 837_596_665;

/// The server of user `ann` with the password `secret`.
pub(crate) fn server(options: Options) -> (Server<MemoryStore>, MemoryStore) {
    server_with(options, MemoryLimits::default())
}

pub(crate) fn server_with(options: Options, limits: MemoryLimits) -> (Server<MemoryStore>, MemoryStore) {
    let store = MemoryStore::new(UidValidity::new(7).unwrap(), limits).owned_by("ann");
    let logins = Logins::one("ann", &Secret::new("secret").unwrap(), store.clone());
    (Server::new(logins, options), store)
}

/// Puts a message into a mailbox.
pub(crate) fn insert(store: &MemoryStore, mailbox: &str, flags: &[Flag], octets: impl AsRef<[u8]>) {
    let pieces = octets.as_ref().chunks(700).map(Bytes::copy_from_slice).collect();
    let mailbox = MailboxName::new(mailbox).unwrap();
    store.insert(&mailbox, flags.to_vec(), InternalDate::from_unix_seconds(DATE), pieces).unwrap();
}

/// A server, its store, and some clients on one clock that turns only when nothing else can happen.
pub(crate) struct Scene {
    pub(crate) server: Server<MemoryStore>,
    pub(crate) store: MemoryStore,
    pub(crate) clients: Vec<Client>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let (server, store) = server(options);
        Self { server, store, clients: Vec::new() }
    }

    /// One client that is logged in.
    pub(crate) async fn logged_in() -> Self {
        let mut scene = Self::new();
        scene.log_in().await;
        scene
    }

    /// One client that has selected an `INBOX` of small mails, as many as there are sets of flags.
    pub(crate) async fn selected(mails: &[&[Flag]]) -> Self {
        let mut scene = Self::new();
        scene.mails(mails);
        scene.log_in().await;
        scene.select(1, "INBOX").await;
        scene
    }

    /// Mails for the `INBOX`.
    pub(crate) fn mails(&mut self, mails: &[&[Flag]]) {
        for (index, flags) in mails.iter().enumerate() {
            insert(&self.store, "INBOX", flags, format!("Subject: mail {}\r\n\r\nHello!\r\n", index + 1));
        }
    }

    /// One more client, greeted.
    pub(crate) async fn connect(&mut self, privacy: Privacy) {
        self.clients.push(Client::of(&self.server, privacy).await);
    }

    /// One more client, logged in.
    pub(crate) async fn log_in(&mut self) {
        self.connect(Privacy::Private).await;
        let client = self.clients.last_mut().unwrap();
        let heard = client.ask("login LOGIN ann secret").await;
        assert!(heard.starts_with("login OK "), "{heard}");
    }

    /// The client of this number selects a mailbox; what it is told is not looked at.
    pub(crate) async fn select(&mut self, client: usize, mailbox: &str) {
        let heard = self.clients[client - 1].ask(&format!("select SELECT {mailbox}")).await;
        assert!(heard.contains("select OK "), "{heard}");
    }

    /// Plays a script, line by line:
    ///
    /// ```text
    /// C: the client says this line (C2: the second client does)
    /// S: the server says this line to it
    /// S: (closed)
    /// W: 1s                               time goes by
    /// ```
    ///
    /// `LOGGED-IN` stands for the words of [`LOGGED_IN`], and `LISTED` for the capabilities in it.
    ///
    /// After the lines that clients say in a row, what the server says to each is compared whole.
    #[track_caller]
    pub(crate) fn play(&mut self, script: &str) -> impl Future<Output = ()> + use<'_> {
        let place = std::panic::Location::caller();
        let turns = turns(script);
        async move {
            for turn in turns {
                turn.play(&mut self.clients, place).await;
            }
        }
    }
}

/// What clients say, and what each hears then.
#[derive(Default)]
struct Turn {
    said: Vec<(usize, String)>,
    wait: Duration,
    heard: Vec<(usize, String)>,
}

impl Turn {
    async fn play(self, clients: &mut [Client], place: &std::panic::Location<'_>) {
        for (client, line) in &self.said {
            clients[*client].say(line).await;
        }
        sleep(self.wait).await;
        for (index, client) in clients.iter_mut().enumerate() {
            let expected: String =
                self.heard.iter().filter(|(to, _)| *to == index).map(|(_, line)| line.as_str()).collect();
            let heard = client.hear().await;
            let said: String = self.said.iter().map(|(_, line)| line.as_str()).collect();
            assert!(
                heard == expected,
                "at {place}, after\n{said}client {} expected\n{expected}but heard\n{heard}\n{}",
                index + 1,
                heard.escape_debug()
            );
        }
    }
}

fn turns(script: &str) -> Vec<Turn> {
    let mut turns = vec![Turn::default()];
    let listed = LOGGED_IN.trim_start_matches('[').trim_end_matches("] logged in");
    let script = script.replace("LOGGED-IN", LOGGED_IN).replace("LISTED", listed);
    for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let (who, text) = line.split_once(':').unwrap_or_else(|| panic!("who says {line:?}?"));
        let text = text.strip_prefix(' ').unwrap_or(text);
        let client = who[1..].parse::<usize>().map_or(0, |number| number - 1);
        let last = turns.last_mut().unwrap();
        let line = format!("{text}\r\n");
        match &who[..1] {
            "S" => last.heard.push((client, line)),
            "C" if last.heard.is_empty() && last.wait.is_zero() => last.said.push((client, line)),
            "C" => turns.push(Turn { said: vec![(client, line)], ..Turn::default() }),
            "W" => {
                let wait = Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap());
                match last.heard.is_empty() {
                    true => last.wait = wait,
                    false => turns.push(Turn { wait, ..Turn::default() }),
                }
            }
            _ => panic!("who says {line:?}?"),
        }
    }
    turns
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One client's end of a connection.
pub(crate) struct Client {
    stream: Box<dyn Stream>,
    /// The end has been told.
    closed: bool,
}

impl Client {
    /// A client that has been greeted.
    pub(crate) async fn of<S: Store>(server: &Server<S>, privacy: Privacy) -> Self {
        let mut client = Self::ungreeted(server, privacy);
        let greeting = client.hear().await;
        assert!(greeting.starts_with("* OK [CAPABILITY IMAP4rev1 "), "{greeting}");
        client
    }

    pub(crate) fn ungreeted<S: Store>(server: &Server<S>, privacy: Privacy) -> Self {
        let (stream, other) = tokio::io::duplex(64 << 10);
        let server = server.clone();
        tokio::spawn(async move { server.serve(other, privacy).await });
        Self { stream: Box::new(stream), closed: false }
    }

    pub(crate) async fn say(&mut self, octets: impl AsRef<[u8]>) {
        // Where the server has closed already, what it said is of interest.
        let _ = self.stream.write_all(octets.as_ref()).await;
    }

    /// The same to a server that may have gone.
    pub(crate) async fn try_say(&mut self, octets: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(octets.as_ref()).await
    }

    /// All that comes until the server waits.
    pub(crate) async fn hear(&mut self) -> String {
        String::from_utf8_lossy(&self.hear_octets().await).into_owned()
    }

    /// What comes first, while the server may be at work.
    pub(crate) async fn hear_some(&mut self) -> String {
        let mut heard = Vec::new();
        self.stream.read_buf(&mut heard).await.unwrap();
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// The same as it came.
    pub(crate) async fn hear_octets(&mut self) -> Vec<u8> {
        let mut heard = Vec::new();
        // The clock turns only when the server has nothing more to do, so this costs no time and misses nothing.
        while let Ok(read) = timeout(Duration::from_millis(1), self.stream.read_buf(&mut heard)).await {
            if !matches!(read, Ok(1..)) {
                if !std::mem::replace(&mut self.closed, true) {
                    heard.extend_from_slice(b"(closed)\r\n");
                }
                break;
            }
        }
        heard
    }

    /// Says a line, and returns all that the server says until it waits again.
    pub(crate) async fn ask(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n")).await;
        self.hear().await
    }

    /// Says a line, and compares all that the server says until it waits again.
    pub(crate) async fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.ask(line).await, expected, "after {line}");
    }

    /// The client's side is closed; what the server still says is left.
    pub(crate) async fn hang_up(mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The same client under TLS. `None` if there was no handshake.
    pub(crate) async fn start_tls(self, identity: &Identity) -> Option<Self> {
        let connector = TlsConnector::from(identity.client());
        let name = ServerName::try_from("localhost").unwrap();
        let stream = connector.connect(name, self.stream).await.ok()?;
        Some(Self { stream: Box::new(stream), closed: self.closed })
    }
}

/// A certificate for `localhost`, and who believes it.
pub(crate) struct Identity {
    pub(crate) pem: String,
    certified: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certified = rcgen::generate_simple_self_signed(names).unwrap();
        Self { pem: certified.cert.pem(), certified }
    }

    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let key = PrivatePkcs8KeyDer::from(self.certified.signing_key.serialize_der());
        let chain = vec![self.certified.cert.der().clone()];
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key.into());
        Arc::new(config.unwrap())
    }

    fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certified.cert.der().clone()).unwrap();
        Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    }
}
