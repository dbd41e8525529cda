//! A program that panics in the middle of a login, and tells all it can: what it was shown, what it holds, what was
//! logged. The secret is in nothing of that.

use std::fmt::{self, Write as _};
use std::panic;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tayori_client::{Connector, Credentials, Identity, LoginPolicy, Mechanism};
use tayori_proto::sasl::ScramHash;
use tayori_proto::session::{Observer, Shown};
use tayori_proto::types::Secret;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
use tracing::field::{Field, Visit};
use tracing::span;

use crate::harness::{ROOMY, greeted_in_pieces, within};
use crate::login::greeting_with;

/// One that goes quoted, with backslashes, and one that goes as a literal.
const SECRETS: [&str; 2] = ["hunter2-\"q\\uoted", "geheimnis-\u{e9}-\u{4fbf}\u{308a}"];

/// What the panics of these tests begin with.
const SHOWN: &str = "this was shown: ";

/// All that was said.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<String>>);

impl Told {
    fn add(&self, text: &str) {
        self.0.lock().unwrap().push_str(text);
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

/// Is shown so many pieces of dialogue, and panics with all of them.
struct Fragile {
    left: usize,
    shown: String,
}

impl Fragile {
    fn note(&mut self, pieces: &[Shown<'_>]) {
        for piece in pieces {
            let _ = write!(self.shown, "{piece:?}");
            if let Shown::Text(octets) | Shown::Literal { octets, .. } = piece {
                self.shown.push_str(&String::from_utf8_lossy(octets));
            }
        }
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => panic!("{SHOWN}{}", self.shown),
        }
    }
}

impl Observer for Fragile {
    fn sent(&mut self, pieces: &[Shown<'_>]) {
        self.note(pieces);
    }

    fn received(&mut self, pieces: &[Shown<'_>]) {
        self.note(pieces);
    }
}

/// Takes down every log line of every level.
struct Log(Told);

impl Visit for &Log {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.add(&format!("{field}={value:?}\n"));
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut &*self);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut &*self);
    }

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The forms in which a secret travels, or is printed.
fn forms(secret: &str) -> Vec<String> {
    let quoted = secret.replace('\\', "\\\\").replace('"', "\\\"");
    let octets: String = secret.bytes().map(|octet| std::ascii::escape_default(octet).to_string()).collect();
    let listed = format!("{:?}", secret.as_bytes());
    let mut forms = vec![secret.to_owned(), quoted, secret.escape_debug().to_string(), octets];
    forms.push(listed.trim_matches(['[', ']']).to_owned());
    // Wherever in a message it begins, two thirds of what comes of it are the same.
    for before in ["", "\0user\0", "user=user\u{1}auth=Bearer "] {
        let whole = STANDARD.encode(format!("{before}{secret}"));
        forms.push(whole.trim_end_matches('=')[before.len().div_ceil(3) * 4..].to_owned());
    }
    forms
}

/// Logs in at a server that takes whatever comes and refuses it, while somebody panics behind so many pieces. Whether
/// that came to pass.
fn log_in(
    mechanism: Option<Mechanism>,
    secret: &str,
    pieces: usize,
    told: &Told,
    heard: &mut String,
) -> bool {
    let before = told.text().len();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let connector = Connector::new()
            .named("imap.example.org", 993)
            .observe(Box::new(Fragile { left: pieces + 1, shown: String::new() }));
        let offered = mechanism.map_or(String::new(), |mechanism| format!("AUTH={}", mechanism.name()));
        let (connection, peer) = greeted_in_pieces(connector, &greeting_with(&offered), ROOMY).await;
        let user = Identity::new("user").unwrap();
        let credentials = match mechanism {
            Some(Mechanism::XOAuth2 | Mechanism::OAuthBearer) => {
                Credentials::Token { user, token: Secret::new(secret).unwrap() }
            }
            _ => Credentials::password(user, Secret::new(secret).unwrap()),
        };
        let mut policy = LoginPolicy::new();
        if let Some(mechanism) = mechanism {
            policy = policy.only(mechanism);
        }
        told.add(&format!("{connection:?} {connection:#?} {credentials:?} {policy:?}"));
        let client = async {
            let failed = connection.log_in(&credentials, &policy).await.map(drop).unwrap_err();
            told.add(&format!("{failed:?} {failed:#?} {failed} {}", failed.error));
        };
        within(async { tokio::join!(client, refuse(peer.into_stream(), heard)) }).await;
    });
    told.text()[before..].contains(SHOWN)
}

/// Hears an answer or two, whatever they are, and refuses; or until the client is gone.
async fn refuse(stream: DuplexStream, heard: &mut String) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    heard.push_str(&line);
    let tag = line.split(' ').next().unwrap().to_owned();
    let mut challenges =
        if line.contains(" AUTHENTICATE ") { 2 } else { usize::from(line.ends_with("}\r\n")) };
    while challenges > 0 && !line.is_empty() {
        let _ = stream.get_mut().write_all(b"+ \r\n").await;
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        heard.push_str(&line);
        challenges -= 1;
    }
    let _ = stream.get_mut().write_all(format!("{tag} NO no\r\n").as_bytes()).await;
}

#[test]
fn a_panic_tells_no_secret() {
    let told = Told::default();
    let (hook, log) = (told.clone(), Log(told.clone()));
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = format!("{info} {info:?}\n");
        hook.add(&text);
        // That of a check that has failed is for whoever reads it.
        if !text.contains(SHOWN) {
            before(info);
        }
    }));
    tracing::subscriber::set_global_default(log).unwrap();
    let ways = [
        None,
        Some(Mechanism::Plain),
        Some(Mechanism::Login),
        Some(Mechanism::XOAuth2),
        Some(Mechanism::OAuthBearer),
        Some(Mechanism::CramMd5),
        Some(Mechanism::Scram(ScramHash::Sha256)),
    ];
    for secret in SECRETS {
        let mut heard = String::new();
        for mechanism in ways {
            // Behind each piece of the dialogue, and in the end behind none.
            let panics: Vec<bool> =
                (0..8).map(|pieces| log_in(mechanism, secret, pieces, &told, &mut heard)).collect();
            // No token has such characters, and nothing of it is sent.
            let is_sent = !(secret.contains('\u{e9}')
                && matches!(mechanism, Some(Mechanism::XOAuth2 | Mechanism::OAuthBearer)));
            assert_eq!((panics[0], panics[7]), (is_sent, false), "{mechanism:?}");
        }
        let text = told.text();
        for form in forms(secret) {
            assert!(!text.contains(&form), "{form} in {text}");
        }
        // It has travelled in these forms, so that it would have been found.
        assert!(forms(secret).iter().filter(|form| heard.contains(*form)).count() >= 2, "{heard}");
    }
}
