//! The views against the server of this project, in memory.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use tayori_client::{Connector, FetchAttribute, LoginPolicy, Session, Transport};
use tayori_proto::types::{Flag, Messages, NonEmpty, PartPath};
use tayori_testkit::pair::{Host, ROOMY, credentials};
use tayori_testkit::peer::Peer;

use super::*;
use crate::cli::Decode;
use crate::download::Chosen;
use crate::progress::Visibility;

/// Text in two forms, a picture that it shows, two attachments of one name, a message.
const LETTER: &str = "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
To: ann@example.org, list: b@example.org;
Subject: =?iso-2022-jp?B?GyRCQEE1YT1xGyhC?=
Date: Fri, 21 Nov 1997 09:55:06 -0600
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe =1B[2J
--b
Content-Type: text/html

<p>html</p>
--b--
--a
Content-Type: application/pdf; name=\"=?ISO-2022-JP?B?GyRCQEE1YT1xGyhCLnBkZg==?=\"
Content-Transfer-Encoding: base64
Content-Disposition: attachment

aGVsbG8=
--a
Content-Type: application/pdf
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename*0*=utf-8''%E8%AB%8B%E6%B1; filename*1*=%82%E6%9B%B8.pdf

d29y*bGQ=
--a
Content-Type: message/rfc822

From: b@example.org
Subject: inner

inner text
--a--
";

const PLAIN: &str = "From: a@example.org\nSubject: plain\n\nplain text\n";

const HTML: &str = "Subject: html\nContent-Type: text/html; charset=utf-8\n\n<p>See <a href='https://example.org/x'>here</a></p>\n";

/// Three messages with the UIDs 1 to 3.
async fn session(host: &Host) -> Session {
    session_with(host, &[LETTER.as_bytes(), PLAIN.as_bytes(), HTML.as_bytes()]).await
}

async fn session_with(host: &Host, messages: &[&[u8]]) -> Session {
    let connection = Connector::new().connect_over(host.connect(ROOMY), Transport::Trusted).await.unwrap();
    let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
    for message in messages {
        let text = String::from_utf8_lossy(message);
        let message =
            if text.contains("\r\n") { message.to_vec() } else { text.replace('\n', "\r\n").into_bytes() };
        session.append(&MailboxName::inbox(), &[], None, message.len() as u64, &message[..]).await.unwrap();
    }
    session
}

/// What one run gives.
struct Given {
    stdout: String,
    tally: Tally,
    /// Messages that the bar has counted, and that it waited for.
    counted: (u64, Option<u64>),
    ended: Result<(), Failure>,
}

impl Given {
    fn kept(&self) -> String {
        self.tally.kept.to_string()
    }

    fn failures(&self) -> Vec<String> {
        self.tally.failed.iter().map(Failure::to_text).collect()
    }
}

struct Options<'a> {
    messages: &'a str,
    form: Form,
    target: Target,
    audience: Audience,
    mailboxes: AskedFor,
}

impl Options<'_> {
    fn stdout(messages: &str, form: Form) -> Options<'_> {
        Options::of(messages, form)
    }

    fn folder<'a>(messages: &'a str, folder: &Path) -> Options<'a> {
        let target = Target::Folder(folder.to_owned());
        Options { target, ..Options::of(messages, Form::Text) }
    }

    fn of(messages: &str, form: Form) -> Options<'_> {
        let (target, audience, mailboxes) = (Target::Stdout, Audience::Program, AskedFor::One);
        Options { messages, form, target, audience, mailboxes }
    }
}

async fn give(session: &mut Session, view: View, options: Options<'_>) -> Given {
    // Writable, so that a view that marks messages as read would show.
    let mut selected = session.select(&MailboxName::inbox()).await.unwrap();
    let progress = Progress::new(Some(0), Visibility::Hidden);
    let mailbox = MailboxName::inbox();
    let request = Request {
        view: &view,
        form: options.form,
        target: &options.target,
        mailbox: &mailbox,
        mailboxes: options.mailboxes,
        asked_for: if options.messages.contains([':', ',']) { AskedFor::Several } else { AskedFor::One },
        audience: options.audience,
        progress: &progress,
        verbosity: Verbosity::Normal,
    };
    let (mut stdout, mut tally) = (Vec::new(), Tally::default());
    let chosen = Chosen::Uids(options.messages.parse().unwrap());
    let uids = chosen.find(&mut selected).await.unwrap().uids;
    let ended = run(&mut selected, &uids, &request, &mut stdout, &mut tally).await;
    let mut rows = selected
        .fetch(Messages::Uids("1:*".parse().unwrap()), NonEmpty::one(FetchAttribute::Flags).into())
        .await
        .unwrap();
    while let Some(row) = rows.next(&mut tayori_client::Discard).await.unwrap() {
        assert!(!row.flags().unwrap_or_default().contains(&Flag::Seen), "looking is not reading");
    }
    Given { stdout: String::from_utf8(stdout).unwrap(), tally, counted: progress.counted(), ended }
}

async fn check(view: View, messages: &str, form: Form, expected: &str) {
    let host = Host::new();
    let mut session = session(&host).await;
    let given = give(&mut session, view, Options::stdout(messages, form)).await;
    assert!(given.ended.is_ok() && given.tally.failed.is_empty(), "{:?}", given.failures());
    assert_eq!(given.stdout, expected);
}

fn path(number: &str) -> PartPath {
    number.parse().unwrap()
}

fn part(number: &str, decode: Decode) -> View {
    View::Part { path: path(number), decode }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn sizes() {
    let sizes = format!("{:>10}  {:>12}\n{:>10}  {:>12}\n", 2, 51, 3, 110);
    check(View::Size, "2:3", Form::Text, &sizes).await;
    check(View::Size, "2", Form::Json, "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":2,\"octets\":51}\n")
        .await;
}

#[tokio::test]
async fn envelopes() {
    check(
        View::Envelope,
        "1,2",
        Form::Text,
        "UID 1
Date:        Fri, 21 Nov 1997 09:55:06 -0600
From:        Jürgen <j@example.org>
Sender:      Jürgen <j@example.org>
Reply-To:    Jürgen <j@example.org>
To:          ann@example.org, list: b@example.org;
Subject:     請求書
Message-ID:  <1@example.org>

UID 2
From:        a@example.org
Sender:      a@example.org
Reply-To:    a@example.org
Subject:     plain

",
    )
    .await;
    check(
        View::Envelope,
        "2",
        Form::Json,
        "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":2,\"date\":null,\"subject\":\"plain\",\
         \"from\":[{\"name\":null,\"mailbox\":\"a\",\"host\":\"example.org\"}],\
         \"sender\":[{\"name\":null,\"mailbox\":\"a\",\"host\":\"example.org\"}],\
         \"reply_to\":[{\"name\":null,\"mailbox\":\"a\",\"host\":\"example.org\"}],\
         \"to\":[],\"cc\":[],\"bcc\":[],\"in_reply_to\":null,\"message_id\":null}\n",
    )
    .await;
}

#[tokio::test]
async fn structures() {
    check(
        View::Structure,
        "1",
        Form::Text,
        "-    multipart/mixed
1      multipart/alternative
1.1      text/plain; charset=iso-8859-1  quoted-printable  16
1.2      text/html                       7bit              11
2      application/pdf                   base64             8  請求書.pdf
3      application/pdf                   base64             9  請求書.pdf
4      message/rfc822                    7bit              49
4.1      text/plain; charset=us-ascii    7bit              10

",
    )
    .await;
    check(
        View::Structure,
        "2",
        Form::Json,
        "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":2,\"structure\":{\"part\":\"1\",\"media_type\":\"text/plain\",\
         \"charset\":\"us-ascii\",\"encoding\":\"7bit\",\"octets\":12,\"lines\":1,\"disposition\":null,\
         \"file_name\":null,\"id\":null,\"description\":null,\"attachment\":false,\"envelope\":null,\"parts\":[]}}\n",
    )
    .await;
    let host = Host::new();
    let given = give(&mut session(&host).await, View::Structure, Options::stdout("1", Form::Json)).await;
    let json: serde_json::Value = serde_json::from_str(&given.stdout).unwrap();
    let message = &json["structure"]["parts"][3];
    assert_eq!(message["envelope"]["subject"], "inner");
    assert_eq!(message["parts"][0]["part"], "4.1");
}

#[tokio::test]
async fn headers() {
    check(View::Headers, "2", Form::Text, "From: a@example.org\r\nSubject: plain\r\n\r\n").await;
    check(
        View::Headers,
        "2",
        Form::Json,
        "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":2,\"headers\":[\
         {\"name\":\"From\",\"value\":\"a@example.org\",\"raw\":\" a@example.org\"},\
         {\"name\":\"Subject\",\"value\":\"plain\",\"raw\":\" plain\"}]}\n",
    )
    .await;
    let host = Host::new();
    let mut session = session_with(&host, &[b"X: \x1b[2J\xff\r\n\r\n"]).await;
    let given = give(&mut session, View::Headers, Options::stdout("1", Form::Json)).await;
    assert!(given.stdout.contains("\"raw_base64\":\"IBtbMkr/\""), "{}", given.stdout);
    let terminal = Options { audience: Audience::Terminal, ..Options::stdout("1", Form::Text) };
    assert_eq!(give(&mut session, View::Headers, terminal).await.stdout, "X: \\x1b[2J\u{fffd}\n\n");
    let folder = tempfile::tempdir().unwrap();
    let given = give(&mut session, View::Headers, Options::folder("1", folder.path())).await;
    assert_eq!(given.kept(), "1");
    assert_eq!(fs::read(folder.path().join("1.headers")).unwrap(), b"X: \x1b[2J\xff\r\n\r\n");
}

/// What follows must not pass for that of another message, or of the same UID in another mailbox.
#[tokio::test]
async fn what_is_shown_of_several_says_of_which_it_is() {
    let host = Host::new();
    let mut session = session_with(&host, &[b"X: 1\r\n\r\n", b"X: 2\r\n\r\n"]).await;
    for (view, messages, mailboxes, expected) in [
        (View::Headers, "1:2", AskedFor::One, "UID 1\nX: 1\r\n\r\nUID 2\nX: 2\r\n\r\n"),
        (View::Headers, "2", AskedFor::Several, "INBOX, UID 2\nX: 2\r\n\r\n"),
        (View::Envelope, "1", AskedFor::Several, "INBOX, UID 1\n\n"),
        (View::Size, "1:2", AskedFor::One, "         1             8\n         2             8\n"),
        (View::Size, "1", AskedFor::Several, "         1             8  INBOX\n"),
    ] {
        let options = Options { mailboxes, ..Options::stdout(messages, Form::Text) };
        assert_eq!(give(&mut session, view, options).await.stdout, expected);
    }
    // In a file of its own a header stays what it is.
    let folder = tempfile::tempdir().unwrap();
    give(&mut session, View::Headers, Options::folder("1:2", folder.path())).await;
    assert_eq!(fs::read(folder.path().join("2.headers")).unwrap(), b"X: 2\r\n\r\n");
}

#[tokio::test]
async fn texts_for_reading() {
    check(
        View::Text,
        "1:3",
        Form::Text,
        "UID 1
From: Jürgen <j@example.org>
To: ann@example.org, list: b@example.org;
Date: Fri, 21 Nov 1997 09:55:06 -0600
Subject: 請求書

Grüße \\x1b[2J

-------- message in part 4 --------
From: b@example.org
Subject: inner

inner text

Attachments:
  2  請求書.pdf  (application/pdf, about 6 B)
  3  請求書.pdf  (application/pdf, about 6 B)
  4  (no name)  (message/rfc822, 49 B)

UID 2
From: a@example.org
Subject: plain

plain text

UID 3
Subject: html

See here [1]

[1] https://example.org/x

",
    )
    .await;
    check(
        View::Text,
        "3",
        Form::Json,
        "{\"mailbox\":\"INBOX\",\"uidvalidity\":7,\"uid\":3,\"date\":null,\"subject\":\"html\",\"from\":[],\"to\":[],\
         \"cc\":[],\"text\":\"See here [1]\\n\\n[1] https://example.org/x\\n\",\"cut\":false,\"attachments\":[]}\n",
    )
    .await;
}

/// A digest has more parts than are read one by one; and one octet is no octets.
#[tokio::test]
async fn what_is_left_out_of_a_text_is_counted() {
    let part = "--a\n\nx\n";
    let picture = "--a\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\nx\n";
    for (parts, left_out) in [
        (32, ""),
        (33, "\n[1 more part is left out; --structure shows it]\n"),
        (34, "\n[2 more parts are left out; --structure shows them]\n"),
    ] {
        let host = Host::new();
        let message =
            format!("Content-Type: multipart/mixed; boundary=a\n\n{}{picture}--a--\n", part.repeat(parts));
        let mut session = session_with(&host, &[message.as_bytes()]).await;
        let given = give(&mut session, View::Text, Options::stdout("1", Form::Text)).await;
        let number = parts + 1;
        let end = format!("\nx\n{left_out}\nAttachments:\n  {number}  a.png  (image/png, 1 B)\n\n");
        assert!(given.stdout.ends_with(&end), "{parts}: {}", given.stdout);
    }
}

#[tokio::test]
async fn long_texts_are_cut() {
    let host = Host::new();
    let mut message = b"Subject: long\r\n\r\n".to_vec();
    message.extend(b"0123456789\r\n".repeat(400_000));
    let mut session = session_with(&host, &[&message]).await;
    let given = give(&mut session, View::Text, Options::stdout("1", Form::Text)).await;
    assert!(
        given.stdout.ends_with("[part 1 is longer and was cut here; --part 1 --decode gives all of it]\n\n")
    );
    assert!(given.stdout.len() < taking::MOST_TEXT + 1000, "{}", given.stdout.len());
    assert_eq!(given.kept(), "1");
}

#[tokio::test]
async fn parts() {
    check(part("1.1", Decode::AsItIs), "1", Form::Text, "Gr=FC=DFe =1B[2J").await;
    check(part("2", Decode::AsItIs), "1", Form::Text, "aGVsbG8=").await;
    check(part("2", Decode::Undone), "1", Form::Text, "hello").await;
    // Damaged, and read as far as possible.
    check(part("3", Decode::Undone), "1", Form::Text, "world").await;
    check(part("4.1", Decode::Undone), "1", Form::Text, "inner text").await;
    check(part("1", Decode::Undone), "2", Form::Text, "plain text\r\n").await;
}

#[tokio::test]
async fn a_message_without_the_part_keeps_no_other_from_being_served() {
    let host = Host::new();
    let mut session = session(&host).await;
    let folder = tempfile::tempdir().unwrap();
    let given = give(&mut session, part("1.1", Decode::Undone), Options::folder("1:3", folder.path())).await;
    assert_eq!((given.kept().as_str(), given.counted), ("1", (1, Some(3))));
    assert_eq!(
        given.failures()[0],
        "error: UID 2: the message has no part 1.1\nhint: --structure shows the parts of a message\n"
    );
    assert_eq!(given.failures().len(), 2);
    assert_eq!(names(folder.path()), ["1.1.1.txt"]);
    // What is there stays, and is told.
    let given = give(&mut session, part("1.1", Decode::Undone), Options::folder("1", folder.path())).await;
    assert_eq!((given.kept().as_str(), &given.tally.taken[..]), ("", &["1.1.1.txt".to_owned()][..]));
    let given = give(&mut session, part("1", Decode::AsItIs), Options::folder("1:3", folder.path())).await;
    assert_eq!((given.kept().as_str(), given.counted), ("1:3", (3, Some(3))));
    assert_eq!(names(folder.path()), ["1.1.1.txt", "1.1.part", "2.1.part", "3.1.part"]);
}

#[tokio::test]
async fn attachments_of_one_message() {
    let host = Host::new();
    let mut session = session(&host).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("請求書.pdf"), "old").unwrap();
    let options = Options { form: Form::Json, ..Options::folder("1", folder.path()) };
    let given = give(&mut session, View::Attachments, options).await;
    assert_eq!(given.kept(), "1", "{:?}", given.failures());
    assert_eq!(names(folder.path()), ["part-4.eml", "請求書 (2).pdf", "請求書 (3).pdf", "請求書.pdf"]);
    let content = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(content("請求書.pdf"), "old");
    assert_eq!((content("請求書 (2).pdf").as_str(), content("請求書 (3).pdf").as_str()), ("hello", "world"));
    assert_eq!(content("part-4.eml"), "From: b@example.org\r\nSubject: inner\r\n\r\ninner text");
    let lines: Vec<serde_json::Value> =
        given.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let parts: Vec<_> =
        lines.iter().map(|line| (line["part"].as_str().unwrap(), line["octets"].as_u64())).collect();
    assert_eq!(parts, [("2", Some(5)), ("3", Some(5)), ("4", Some(49))]);
    assert_eq!(lines[0]["file"], folder.path().join("請求書 (2).pdf").to_str().unwrap());
}

#[tokio::test]
async fn attachments_of_several_messages() {
    let host = Host::new();
    // Larger than what a row holds, so that it is streamed.
    let large: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&large);
    let lines: Vec<_> = encoded.as_bytes().chunks(76).map(|line| [line, b"\r\n"].concat()).collect();
    let message = [
        &b"Content-Type: application/pdf; name=\"../large.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            [..],
        &lines.concat(),
    ]
    .concat();
    let mut session = session_with(&host, &[LETTER.as_bytes(), PLAIN.as_bytes(), &message, &message]).await;
    let folder = tempfile::tempdir().unwrap();
    let given = give(&mut session, View::Attachments, Options::folder("1:9", folder.path())).await;
    assert_eq!(given.kept(), "1:4", "{:?}", given.failures());
    assert_eq!(given.stdout, "");
    assert_eq!(names(folder.path()), ["1", "3", "4"]);
    assert_eq!(names(&folder.path().join("1")), ["part-4.eml", "請求書 (2).pdf", "請求書.pdf"]);
    for uid in ["3", "4"] {
        let folder = folder.path().join(uid);
        assert_eq!(names(&folder).len(), 1);
        assert_eq!(fs::read(folder.join(&names(&folder)[0])).unwrap(), large);
    }
}

#[tokio::test]
async fn many_attachments_and_many_messages() {
    let host = Host::new();
    let parts = "--a\nContent-Disposition: attachment; filename=a.txt\n\nx\n".repeat(70);
    let message = format!("Content-Type: multipart/mixed; boundary=a\n\n{parts}--a--\n");
    let mut messages = vec![message.as_bytes()];
    messages.extend(std::iter::repeat_n(PLAIN.as_bytes(), 300));
    let mut session = session_with(&host, &messages).await;
    let folder = tempfile::tempdir().unwrap();
    let given = give(&mut session, View::Attachments, Options::folder("1", folder.path())).await;
    assert_eq!(given.kept(), "1", "{:?}", given.failures());
    let names = names(folder.path());
    assert_eq!(names.len(), 70);
    assert!(names.contains(&"a (70).txt".to_owned()));
    let given = give(&mut session, part("1", Decode::Undone), Options::folder("1:*", folder.path())).await;
    assert_eq!(given.kept(), "1:301");
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_sent() {
    let part = part("1", Decode::Undone);
    for (view, form, audience) in [
        (&View::Attachments, Form::Text, Audience::Program),
        (&part, Form::Json, Audience::Program),
        (&part, Form::Text, Audience::Terminal),
    ] {
        let refused = super::check(view, form, &Target::Stdout, audience).unwrap_err();
        assert_eq!(refused.exit, Exit::Usage, "{view:?}");
    }
}

/// A session with INBOX in it, on a server that follows a script.
async fn scripted() -> (Session, Peer) {
    let (ours, mut peer) = Peer::pair(ROOMY);
    let connect = Connector::new().connect_over(ours, Transport::Trusted);
    let greeting = "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] welcome\r\n";
    let (connection, ()) = tokio::join!(connect, peer.say(greeting));
    (connection.unwrap().into_preauthenticated().unwrap(), peer)
}

/// Plays `script` to a run over the UIDs 1 and 2, each a PDF in base64 called `a.pdf`, into a folder.
async fn play(view: View, folder: &Path, script: &[(&str, &str)]) -> (Tally, Result<(), Failure>) {
    let (mut session, mut peer) = scripted().await;
    let client = async {
        let mut selected = session.examine(&MailboxName::inbox()).await.unwrap();
        let progress = Progress::new(None, Visibility::Hidden);
        let mailbox = MailboxName::inbox();
        let target = Target::Folder(folder.to_owned());
        let request = Request {
            view: &view,
            form: Form::Text,
            target: &target,
            mailbox: &mailbox,
            mailboxes: AskedFor::One,
            asked_for: AskedFor::Several,
            audience: Audience::Program,
            progress: &progress,
            verbosity: Verbosity::Normal,
        };
        let (mut stdout, mut tally) = (Vec::new(), Tally::default());
        let uids = UidSet::from_range(Uid::MIN..=Uid::new(2).unwrap());
        let ended = run(&mut selected, &uids, &request, &mut stdout, &mut tally).await;
        (tally, ended)
    };
    let server = async {
        let opened =
            "* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 59] UIDs valid\r\n$ OK [READ-ONLY] opened\r\n";
        peer.exchange("EXAMINE INBOX", opened).await;
        let row = |uid| {
            format!(
                "* {uid} FETCH (BODYSTRUCTURE (\"APPLICATION\" \"PDF\" NIL NIL NIL \"BASE64\" 8 NIL \
                 (\"ATTACHMENT\" (\"FILENAME\" \"a.pdf\")) NIL NIL) UID {uid})\r\n"
            )
        };
        let rows = format!("{}{}$ OK done\r\n", row(1), row(2));
        peer.exchange("UID FETCH 1:2 (BODYSTRUCTURE UID)", &rows).await;
        for (command, answer) in script {
            peer.exchange(command, answer).await;
        }
    };
    let played = async { tokio::join!(client, server).0 };
    tokio::time::timeout(std::time::Duration::from_secs(3600), played)
        .await
        .expect("something waits for ever")
}

/// A body in front of its UID belongs to nobody yet: it must not end up in the folder of another message.
#[tokio::test(start_paused = true)]
async fn a_uid_may_come_behind_the_body() {
    let folder = tempfile::tempdir().unwrap();
    let script = [
        (
            "UID FETCH 1:2 (UID BODY.PEEK[1])",
            "* 1 FETCH (BODY[1] \"aGVsbG8=\" UID 1)\r\n* 2 FETCH (UID 2 BODY[1] \"d29ybGQ=\")\r\n$ OK done\r\n",
        ),
        ("UID FETCH 1 (UID BODY.PEEK[1])", "* 1 FETCH (BODY[1] \"aGVsbG8=\" UID 1)\r\n$ OK done\r\n"),
    ];
    let (tally, ended) = play(View::Attachments, folder.path(), &script).await;
    ended.unwrap();
    assert_eq!(tally.kept.to_string(), "1:2");
    for (name, expected) in [("1/a.pdf", "hello"), ("2/a.pdf", "world")] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_torn_or_missing_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    // A size that is too small. The session cannot go on behind it.
    let torn = "* 1 FETCH (UID 1 BODY[1] {4}\r\naGVsbG8=)\r\n$ OK done\r\n";
    let script = [("UID FETCH 1:2 (UID BODY.PEEK[1])", torn)];
    let (tally, ended) = play(part("1", Decode::Undone), folder.path(), &script).await;
    assert_eq!((tally.kept.to_string().as_str(), tally.failed.len()), ("", 1));
    assert_eq!(ended.unwrap_err().exit, Exit::Protocol);
    assert_eq!(names(folder.path()), Vec::<String>::new());
    // Nothing but news of another kind.
    let silent = "* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID 2 BODY[2] \"eA==\")\r\n$ OK done\r\n";
    let script = [("UID FETCH 1:2 (UID BODY.PEEK[1])", silent)];
    let (tally, ended) = play(part("1", Decode::Undone), folder.path(), &script).await;
    ended.unwrap();
    assert_eq!((tally.kept.to_string().as_str(), tally.failed.len()), ("", 2));
    assert_eq!(names(folder.path()), Vec::<String>::new());
    // A part that has octets is not nothing.
    let nil = "* 1 FETCH (UID 1 BODY[1] NIL)\r\n* 2 FETCH (UID 2 BODY[1] \"d29ybGQ=\")\r\n$ OK done\r\n";
    let script = [("UID FETCH 1:2 (UID BODY.PEEK[1])", nil)];
    let (tally, ended) = play(part("1", Decode::Undone), folder.path(), &script).await;
    ended.unwrap();
    assert_eq!((tally.kept.to_string().as_str(), tally.failed.len()), ("2", 1));
    assert_eq!(names(folder.path()), ["2.1.pdf"]);
}
