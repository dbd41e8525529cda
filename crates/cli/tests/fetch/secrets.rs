//! No secret is in what a run leaves behind: not in the dialogue, not on stderr or stdout, in no form in which it
//! travels, whatever the mechanism, and however the login ends.

use std::fs;
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::program::Folder;
use crate::common::server::{Server, Talk};

/// One that is quoted with backslashes, and one that can only be a literal.
const SECRETS: [&str; 2] = ["hunter2-\"q\\uoted", "geheimnis-é-便り"];

/// How a mechanism is spoken: what the server lists, what the place asks for, and what it says after the first line.
struct Way {
    offered: &'static str,
    auth: &'static str,
    challenges: &'static [&'static str],
}

const WAYS: [Way; 10] = [
    Way { offered: "", auth: "", challenges: &[] },
    Way { offered: "LITERAL+", auth: "", challenges: &[] },
    Way { offered: "SASL-IR AUTH=PLAIN", auth: ";AUTH=PLAIN", challenges: &[] },
    Way { offered: "AUTH=PLAIN", auth: ";AUTH=PLAIN", challenges: &["+ \r\n"] },
    Way { offered: "AUTH=PLAIN", auth: ";AUTH=PLAIN", challenges: &["+ go ahead\r\n"] },
    Way {
        offered: "AUTH=LOGIN",
        auth: ";AUTH=LOGIN",
        challenges: &["+ VXNlcm5hbWU6\r\n", "+ UGFzc3dvcmQ6\r\n"],
    },
    Way { offered: "AUTH=CRAM-MD5", auth: ";AUTH=CRAM-MD5", challenges: &["+ PDFAMj4=\r\n"] },
    Way { offered: "SASL-IR AUTH=XOAUTH2", auth: ";AUTH=XOAUTH2", challenges: &[] },
    Way { offered: "SASL-IR AUTH=OAUTHBEARER", auth: ";AUTH=OAUTHBEARER", challenges: &[] },
    Way { offered: "AUTH=SCRAM-SHA-256", auth: ";AUTH=SCRAM-SHA-256", challenges: &["+ \r\n"] },
];

/// Plays a login to its end, and hands on the lines that the client has sent in it.
fn play(talk: &mut Talk, way: &Way, is_right: bool, heard: &mpsc::Sender<Vec<u8>>) {
    talk.send(format!("* OK [CAPABILITY IMAP4rev1 {}] ready\r\n", way.offered));
    let command = talk.read_command();
    heard.send(command.clone()).unwrap();
    for challenge in way.challenges {
        talk.send(challenge);
        heard.send(talk.read_line()).unwrap();
    }
    if way.offered.contains("SCRAM") {
        // It has no nonce of ours, so that the client gives up.
        talk.send(format!("+ {}\r\n", STANDARD.encode("r=other,s=c2FsdA==,i=4096")));
        heard.send(talk.read_line()).unwrap();
    }
    match is_right {
        true => {
            talk.answer(&command, "OK [CAPABILITY IMAP4rev1] welcome");
            talk.send_to_whom_it_may_concern("* BYE that is all\r\n");
        }
        // Servers have been seen that repeat what they were sent.
        false => talk.answer(&command, "NO [AUTHENTICATIONFAILED] no"),
    }
}

/// The forms in which a secret travels, or might.
fn forms(secret: &str) -> Vec<String> {
    let quoted = secret.replace('\\', "\\\\").replace('"', "\\\"");
    let escaped = secret.escape_debug().to_string();
    let percent: String = secret.bytes().map(|octet| format!("%{octet:02X}")).collect();
    let octets: String = secret.bytes().map(|octet| std::ascii::escape_default(octet).to_string()).collect();
    let mut forms = vec![secret.to_owned(), quoted, escaped, percent, octets];
    // Wherever in a message it begins, two thirds of what comes of it are the same.
    for before in ["", "\0ann\0", "user=ann\u{1}auth=Bearer "] {
        let whole = STANDARD.encode(format!("{before}{secret}"));
        let begins = before.len().div_ceil(3) * 4;
        forms.push(whole.trim_end_matches('=')[begins..].to_owned());
    }
    forms
}

#[test]
fn no_form_of_a_secret_is_left_behind() {
    for (index, way) in WAYS.iter().enumerate() {
        for secret in SECRETS {
            // Old mechanisms and tokens have ASCII alone.
            let takes_all = !way.auth.contains("OAUTH");
            let secret = if takes_all { secret } else { "token-0123456789abcdef" };
            for is_right in [true, false] {
                check(index, secret, is_right);
            }
        }
    }
}

fn check(index: usize, secret: &str, is_right: bool) {
    let (heard, lines) = mpsc::channel();
    let server = Server::play(move |talk| play(talk, &WAYS[index], is_right, &heard));
    let folder = Folder::new();
    let place = format!("imap://ann{}@127.0.0.1:{}/", WAYS[index].auth, server.port());
    let run = crate::common::program::Run::new().arg("fetch").arg(place).folder(&folder);
    let run = run.args("--tls none --all -o out/ --trace --trace-file trace --timeout 5");
    let outcome = run.env("TAYORI_PASSWORD", secret).run();
    server.finish();
    let trace = fs::read_to_string(folder.at("trace")).unwrap();
    let stdout = String::from_utf8(outcome.stdout).unwrap();
    let said = format!("{trace}\n{}\n{stdout}", outcome.stderr);
    assert!(said.contains("***"), "{}: {said}", WAYS[index].auth);
    for form in forms(secret) {
        assert!(!said.contains(&form), "{} as {form}: {said}", WAYS[index].auth);
    }
    let lines: Vec<String> = lines.iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect();
    // These are the forms in which it has travelled, so that they would have been found.
    let shows_it = !["CRAM", "SCRAM"].iter().any(|mechanism| WAYS[index].auth.contains(mechanism));
    let travelled = forms(secret).iter().any(|form| lines.concat().contains(form));
    assert_eq!(travelled, shows_it, "{}: {lines:?}", WAYS[index].auth);
    // Nor is any answer there as it was sent.
    for line in lines {
        let answer = line.trim_end().rsplit(' ').next().unwrap_or_default();
        let is_blob = answer.len() >= 12 && STANDARD.decode(answer).is_ok();
        assert!(!is_blob || !said.contains(answer), "{}: {answer} in {said}", WAYS[index].auth);
    }
}
