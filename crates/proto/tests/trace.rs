//! What an observer sees: everything but secrets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tayori_proto::Limits;
use tayori_proto::command::Command;
use tayori_proto::session::{Channel, Event, Observer, Session, Shown, Together};
use tayori_proto::types::{Atom, ImapString, SaslMessage, Secret, TagPrefix};

/// Keeps all that it is shown, as octets and as it is printed.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    octets: Vec<u8>,
    printed: String,
    secrets: usize,
}

impl Recorder {
    fn record(&self, pieces: &[Shown<'_>]) {
        let mut seen = self.0.lock().expect("no test panics while it holds the lock");
        for piece in pieces {
            seen.printed.push_str(&format!("{piece:?}\n"));
            match piece {
                Shown::Text(octets) | Shown::Literal { octets, .. } => seen.octets.extend_from_slice(octets),
                Shown::Secret => {
                    seen.octets.extend_from_slice(b"***");
                    seen.secrets += 1;
                }
            }
        }
    }
}

impl Observer for Recorder {
    fn sent(&mut self, pieces: &[Shown<'_>]) {
        self.record(pieces);
    }

    fn received(&mut self, pieces: &[Shown<'_>]) {
        self.record(pieces);
    }
}

/// Sends a command over a session that greets so, answering each `+` that is due; gives what was sent and what was
/// seen.
fn play(greeting: &str, command: Command, reply: Option<&SaslMessage>) -> (Vec<u8>, Recorder) {
    let now = Instant::now();
    let silence = Duration::from_secs(60);
    let mut session = Session::new(Limits::default(), Channel::Tls, TagPrefix::from_random(0), silence, now);
    let recorder = Recorder::default();
    session.observe(Box::new(recorder.clone()));
    session.feed(greeting.as_bytes(), now);
    while session.next_event().is_some() {}
    let id = session.enqueue(command, Together::Careful).expect("a login is allowed after the greeting");
    let mut sent = Vec::new();
    loop {
        let output = session.take_output();
        if output.is_empty() {
            break;
        }
        sent.extend_from_slice(&output);
        session.wrote(output.len(), now);
        session.feed(
            if output.ends_with(b"}\r\n") || sent.ends_with(b"PLAIN\r\n") { b"+ \r\n" } else { b"" },
            now,
        );
        while let Some(event) = session.next_event() {
            if let Event::Challenge { .. } = event {
                assert!(session.respond(id, reply));
            }
        }
    }
    session.feed(b"taaaaaa.1 OK done\r\n", now);
    assert!(matches!(session.next_event(), Some(Event::Done { .. })));
    (sent, recorder)
}

/// No five octets of a secret stand in what was shown, nor in how it prints.
fn check_hidden(seen: &Recorder, secret: &[u8]) {
    let seen = seen.0.lock().expect("no test panics while it holds the lock");
    for part in secret.windows(5) {
        for shown in [&seen.octets[..], seen.printed.as_bytes()] {
            let found = shown.windows(part.len()).any(|window| window == part);
            assert!(!found, "{} is shown: {}", part.escape_ascii(), seen.printed);
        }
    }
    assert!(seen.secrets > 0, "nothing says that something was left out");
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

const GREETINGS: [&str; 3] = [
    "* OK ready\r\n",
    "* OK [CAPABILITY IMAP4rev1 LITERAL- SASL-IR] ready\r\n",
    "* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR] ready\r\n",
];

#[test]
fn a_password_is_never_shown_in_any_form() {
    let long = [b"0123456789\xff".repeat(500), b"the end of it".to_vec()].concat();
    let passwords: [&[u8]; 6] = [
        b"correct horse",
        b"with \"quotes\" and \\backslashes\\",
        "pa\u{df}w\u{f6}rter".as_bytes(),
        b"two\r\nlines {5}\r\nand more",
        b"\x01\x7f\xff\xfe\x80 and bells",
        &long,
    ];
    let users = ["user@example.com", "J\u{f6}rg \"the\" user"];
    for greeting in GREETINGS {
        for password in passwords {
            for user in users {
                let command = Command::Login {
                    user: ImapString::new(user.to_owned()).unwrap(),
                    password: Secret::new(password).unwrap(),
                };
                assert!(!format!("{command:?}").contains("correct"));
                let (sent, seen) = play(greeting, command, None);
                let quoted = password.escape_ascii().to_string();
                assert!(quoted.contains('\\') || contains(&sent, password), "the password was sent");
                check_hidden(&seen, password);
                let seen = seen.0.lock().unwrap();
                // The size of a literal would tell the length of the password.
                let size = format!("{{{}", password.len());
                assert!(!contains(&seen.octets, size.as_bytes()), "{}", seen.printed);
                assert!(contains(&seen.octets, b"taaaaaa.1 LOGIN "), "{}", seen.printed);
                assert!(contains(&seen.octets, b"***\r\n"), "{}", seen.printed);
                assert!(contains(&seen.octets, b"taaaaaa.1 OK done\r\n"), "{}", seen.printed);
            }
        }
    }
}

#[test]
fn a_sasl_exchange_is_shown_without_its_messages() {
    let message = b"\0user@example.com\0correct horse";
    let base64 = STANDARD.encode(message);
    for greeting in GREETINGS {
        for initial in [true, false] {
            let message = SaslMessage::new(&message[..]);
            let command = Command::Authenticate {
                mechanism: Atom::try_from("PLAIN").unwrap(),
                initial: initial.then(|| message.clone()),
            };
            let (sent, seen) = play(greeting, command, Some(&message));
            assert!(contains(&sent, base64.as_bytes()));
            check_hidden(&seen, base64.as_bytes());
            check_hidden(&seen, b"correct horse");
            let seen = seen.0.lock().unwrap();
            assert!(contains(&seen.octets, b"taaaaaa.1 AUTHENTICATE PLAIN"), "{}", seen.printed);
        }
    }
}

#[test]
fn what_is_not_secret_is_shown_whole() {
    let command = Command::Login {
        user: ImapString::new("J\u{f6}rg".to_owned()).unwrap(),
        password: Secret::new("correct").unwrap(),
    };
    let (_, seen) = play(GREETINGS[0], command, None);
    let seen = seen.0.lock().unwrap();
    let expected = "* OK ready\r\ntaaaaaa.1 LOGIN {5}\r\n+ \r\nJ\u{f6}rg ***\r\ntaaaaaa.1 OK done\r\n";
    assert_eq!(String::from_utf8_lossy(&seen.octets), expected);
}
