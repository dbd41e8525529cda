//! The end of a connection at every moment of a whole session: BYE between any two responses, and the line cut after
//! every octet. Nothing hangs, nothing panics, and nothing is called done that the server has not called done.

use tayori_client::{
    Connection, Connector, Error, FetchAttribute, LoginPolicy, Lost, MailboxEvent, SearchKey, Session,
    StatusAttribute, Transport,
};
use tayori_proto::command::StoreChange;
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Capability, Flag, IdParameters, ListPattern, ListReference, NonEmpty};
use tayori_testkit::peer::Peer;
use tokio::io::DuplexStream;

use crate::harness::{Bodies, credentials, limits, mailbox, uid_and_message, uids, within};

/// What the server does next.
enum Step {
    /// Hears this command.
    Hear(&'static str),
    /// Hears so many octets of a message, and the end of its command.
    HearMessage(usize),
    /// Hears the end of an IDLE.
    HearDone,
    /// Says one response; `$` stands for the tag of the last command that was heard.
    Say(&'static str),
}

use Step::{Hear, HearDone, HearMessage, Say};

const MESSAGE: &[u8] = b"Subject: x\r\n\r\ntext\r\n";

fn script() -> Vec<Step> {
    vec![
        Say("* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready\r\n"),
        Hear("LOGIN user pass"),
        Say("* CAPABILITY IMAP4rev1 UIDPLUS IDLE MOVE ID ENABLE NAMESPACE\r\n"),
        Say("$ OK hello\r\n"),
        Hear("ID NIL"),
        Say("* ID (\"name\" \"played\")\r\n"),
        Say("$ OK done\r\n"),
        Hear("ENABLE CONDSTORE"),
        Say("* ENABLED CONDSTORE\r\n"),
        Say("$ OK done\r\n"),
        Hear("NAMESPACE"),
        Say("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"),
        Say("$ OK done\r\n"),
        Hear("LIST \"\" *"),
        Say("* LIST () \"/\" INBOX\r\n"),
        Say("* LIST () \"/\" {5}\r\nother\r\n"),
        Say("$ OK done\r\n"),
        Hear("STATUS other (MESSAGES)"),
        Say("* STATUS other (MESSAGES 3)\r\n"),
        Say("$ OK done\r\n"),
        Hear("APPEND other {20}"),
        Say("+ go on\r\n"),
        HearMessage(MESSAGE.len()),
        Say("* 4 EXISTS\r\n"),
        Say("$ OK [APPENDUID 1 4] done\r\n"),
        Hear("SELECT other"),
        Say("* 2 EXISTS\r\n"),
        Say("* OK [UIDVALIDITY 1] valid\r\n"),
        Say("$ OK [READ-WRITE] done\r\n"),
        Hear("UID SEARCH ALL"),
        Say("* SEARCH 3 4\r\n"),
        Say("$ OK done\r\n"),
        Hear("UID FETCH 3:4 (UID BODY.PEEK[])"),
        Say("* 1 FETCH (UID 3 BODY[] {30}\r\nSubject: streamed\r\n\r\nlarge\r\n\r\n)\r\n"),
        Say("* 2 FETCH (BODY[] {4}\r\nmail UID 4)\r\n"),
        Say("$ OK done\r\n"),
        Hear("UID COPY 3 INBOX"),
        Say("$ OK [COPYUID 9 3 7] done\r\n"),
        Hear("IDLE"),
        Say("+ idling\r\n"),
        Say("* 3 EXISTS\r\n"),
        Say("* 1 FETCH (FLAGS ())\r\n"),
        HearDone,
        Say("* OK not quite\r\n"),
        Say("$ OK done\r\n"),
        Hear("UID MOVE 4 INBOX"),
        Say("* OK [COPYUID 9 4 8] moved\r\n"),
        Say("* 2 EXPUNGE\r\n"),
        Say("$ OK done\r\n"),
        Hear("UID STORE 3 +FLAGS (\\Deleted)"),
        Say("* 1 FETCH (FLAGS (\\Deleted) UID 3)\r\n"),
        Say("$ OK done\r\n"),
        Hear("UID EXPUNGE 3"),
        Say("* 1 EXPUNGE\r\n"),
        Say("$ OK done\r\n"),
        Hear("CLOSE"),
        Say("$ OK done\r\n"),
        Hear("LOGOUT"),
        Say("* BYE until soon\r\n"),
        Say("$ OK done\r\n"),
    ]
}

/// How much of the script is played.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// So many responses.
    Responses(usize),
    /// So many octets.
    Octets(usize),
}

/// Plays the script so far, and gives the number of commands that were answered completely.
async fn serve(peer: &mut Peer, until: Until) -> usize {
    let (mut responses, mut octets) = (0, 0);
    let mut answered = 0;
    let mut tag = None;
    for step in script() {
        // Once the end is reached, nothing more is heard: the client may not even be there to say it.
        match until {
            Until::Responses(end) if responses == end => return answered,
            Until::Octets(end) if octets == end => return answered,
            _ => {}
        }
        match step {
            Hear(command) => tag = Some(peer.expect(command).await),
            HearMessage(size) => {
                assert_eq!(peer.octets(size).await, MESSAGE);
                assert_eq!(peer.line().await, "");
            }
            HearDone => assert_eq!(peer.line().await, "DONE"),
            Say(response) => {
                let is_end = response.starts_with('$');
                let response = match &tag {
                    Some(tag) => tag.fill_in(response),
                    None => response.to_owned(),
                };
                let said = match until {
                    Until::Responses(_) => response.len(),
                    Until::Octets(end) => response.len().min(end - octets),
                };
                peer.say(&response[..said]).await;
                responses += 1;
                octets += said;
                answered += usize::from(is_end && said == response.len());
            }
        }
    }
    answered
}

/// How far a client came.
#[derive(Default)]
struct Report {
    /// Commands that were called done.
    done: usize,
    rows: usize,
    bodies: Bodies,
}

async fn connect(ours: DuplexStream) -> Result<Connection, Error> {
    let mut limits = limits();
    limits.protocol.inline_literal_octets = 10;
    Connector::new().limits(limits).connect_over(ours, Transport::Trusted).await
}

/// Everything a session can do, one after the other; the first error ends it.
async fn run(ours: DuplexStream, report: &mut Report) -> Result<(), Error> {
    let connection = connect(ours).await?;
    let logged_in = connection.log_in(&credentials(), &LoginPolicy::new()).await.map_err(|failed| {
        assert!(failed.connection.is_none(), "a connection that is lost is not given back");
        failed.error
    })?;
    let mut session = logged_in.session;
    report.done += 1;
    let outcome = work(&mut session, report).await;
    if let Err(error) = outcome {
        // Whatever is tried afterwards says the same, and so does LOGOUT or it is content.
        let again = session.noop().await.expect_err("the connection is lost");
        assert_eq!(format!("{error:?}"), format!("{again:?}"));
        let _ = session.logout().await;
        return Err(error);
    }
    session.logout().await
}

async fn work(session: &mut Session, report: &mut Report) -> Result<(), Error> {
    let other = mailbox("other");
    let told = session.id(&IdParameters::none()).await?;
    assert_eq!(told.value("name").and_then(|name| name.as_str()), Some("played"));
    report.done += 1;
    assert!(session.enable(Capability::CondStore.into()).await?.has(&Capability::CondStore));
    report.done += 1;
    assert_eq!(session.namespace().await?.personal.len(), 1);
    report.done += 1;
    assert_eq!(session.list(&ListReference::none(), &ListPattern::all()).await?.len(), 2);
    report.done += 1;
    session.status(&other, NonEmpty::one(StatusAttribute::Messages)).await?;
    report.done += 1;
    match session.append(&other, &[], None, MESSAGE.len() as u64, MESSAGE).await {
        Ok(outcome) => assert_eq!(outcome.uid.map(|(_, uid)| uid.value()), Some(4)),
        Err(tayori_client::AppendError::Server(error)) => return Err(error),
        Err(error) => panic!("{error}"),
    }
    report.done += 1;
    let mut selected = session.select(&other).await?;
    assert_eq!(selected.mailbox().exists(), 2);
    report.done += 1;
    assert_eq!(selected.uid_search(SearchKey::All).await?.to_string(), "3:4");
    report.done += 1;
    let mut rows = selected.fetch(uids("3:4"), uid_and_message()).await?;
    while let Some(row) = rows.next(&mut report.bodies).await? {
        assert_eq!(row.defects, []);
        report.rows += 1;
    }
    drop(rows);
    report.done += 1;
    assert!(selected.copy(uids("3"), &mailbox("INBOX")).await?.uids.is_some());
    report.done += 1;
    let mut idle = selected.idle().await?;
    assert_eq!(idle.next().await?, Some(MailboxEvent::Exists(3)));
    assert!(matches!(idle.next().await?, Some(MailboxEvent::Fetch(_))));
    idle.done().await?;
    assert_eq!(selected.mailbox().exists(), 3);
    report.done += 1;
    assert!(selected.move_messages(uids("4"), &mailbox("INBOX")).await?.uids.is_some());
    assert_eq!(selected.mailbox().exists(), 2);
    report.done += 1;
    assert_eq!(selected.store(uids("3"), StoreChange::Add, &[Flag::Deleted]).await?.len(), 1);
    report.done += 1;
    assert_eq!(selected.uid_expunge("3".parse().unwrap()).await?.count(), 1);
    report.done += 1;
    selected.close().await?;
    report.done += 1;
    Ok(())
}

/// Commands that the script answers in front of LOGOUT.
const COMMANDS: usize = 16;

/// Whether the server is still there when it has said what it has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Afterwards {
    Closes,
    Stays,
}

async fn play(
    until: Until,
    last_words: &str,
    afterwards: Afterwards,
    piece: usize,
) -> (Report, Result<(), Error>) {
    let (ours, mut peer) = Peer::pair(piece);
    let mut report = Report::default();
    let server = async move {
        let answered = serve(&mut peer, until).await;
        peer.say(last_words).await;
        if afterwards == Afterwards::Stays {
            peer.rest().await;
        }
        answered
    };
    let (outcome, answered) = within(async { tokio::join!(run(ours, &mut report), server) }).await;
    assert_eq!(
        report.done,
        answered.min(COMMANDS),
        "{until:?}: what is done is what was answered, no more, no less"
    );
    // LOGOUT asks for nothing, so whether the end comes shortly before or behind it is all the same.
    assert!(answered >= COMMANDS || outcome.is_err(), "{until:?}");
    assert!(answered <= COMMANDS || outcome.is_ok(), "{until:?}: {outcome:?}");
    (report, outcome)
}

fn responses() -> impl Iterator<Item = &'static str> {
    script().into_iter().filter_map(|step| match step {
        Say(response) => Some(response),
        Hear(_) | HearMessage(_) | HearDone => None,
    })
}

#[tokio::test(start_paused = true)]
async fn the_session_ends_well_if_nobody_disturbs_it() {
    for piece in [1, 7, 1 << 20] {
        let all = Until::Responses(usize::MAX);
        let (report, outcome) = play(all, "", Afterwards::Closes, piece).await;
        outcome.unwrap();
        assert_eq!((report.done, report.rows), (COMMANDS, 2));
        assert_eq!(report.bodies.whole, [&b"Subject: streamed\r\n\r\nlarge\r\n\r\n"[..], b"mail"]);
    }
}

#[tokio::test(start_paused = true)]
async fn bye_at_any_moment_is_what_every_call_says() {
    for end in 0..responses().count() {
        for afterwards in [Afterwards::Closes, Afterwards::Stays] {
            // The task looks at its wake-ups in random order: the BYE and the broken line are seen in either.
            for piece in [1, 7, 1 << 20, 1 << 20, 1 << 20] {
                let bye = "* BYE [UNAVAILABLE] going down\r\n";
                let (_, outcome) = play(Until::Responses(end), bye, afterwards, piece).await;
                match outcome {
                    // LOGOUT is content with any BYE.
                    Ok(()) => {}
                    Err(Error::Lost(Lost::Bye { code, text })) => {
                        assert_eq!(code.as_deref(), Some(&ResponseCode::Unavailable));
                        assert_eq!(text.as_bytes(), b"going down");
                    }
                    Err(other) => panic!("after {end} responses, {afterwards:?}: {other:?}"),
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_cut_after_any_octet_confirms_nothing() {
    // Tags are longer than `$`; what is behind the end of the script is cut nowhere.
    let octets = responses().map(|response| response.replace('$', "tag4567890").len()).sum();
    let mut whole = 0;
    for end in 0..octets {
        let (report, outcome) = play(Until::Octets(end), "", Afterwards::Closes, 1 << 20).await;
        match outcome {
            Ok(()) => whole += 1,
            Err(Error::Lost(Lost::Ended)) => {}
            Err(other) => panic!("after {end} octets: {other:?}"),
        }
        assert!(report.bodies.whole.len() >= report.rows, "a row does not come in front of its body");
    }
    assert!(whole < octets / 4, "most of them are cut in the middle");
}

/// The server has nothing more to say and stays: the limit on silence ends it, with the truth about it.
#[tokio::test(start_paused = true)]
async fn a_line_that_falls_silent_after_any_response_is_given_up() {
    for end in 0..responses().count() {
        let (_, outcome) = play(Until::Responses(end), "", Afterwards::Stays, 1 << 20).await;
        assert!(matches!(outcome, Ok(()) | Err(Error::Lost(Lost::Silent { .. }))), "{outcome:?}");
    }
}

/// What the server broke off in a row is no row: its body has no end.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_cut_off_never_ends() {
    for piece in [1, 1 << 20] {
        let (mut session, mut peer) = {
            let mut limits = limits();
            limits.protocol.inline_literal_octets = 10;
            crate::harness::session_in_pieces(Connector::new().limits(limits), "", piece).await
        };
        let client = async {
            let mut selected = session.select(&mailbox("INBOX")).await.unwrap();
            let mut bodies = Bodies::default();
            let mut rows = selected.fetch(uids("1"), FetchAttribute::Rfc822.into()).await.unwrap();
            let error = rows.next(&mut bodies).await.unwrap_err();
            assert!(matches!(error, Error::Lost(Lost::Ended)), "{error:?}");
            assert!(bodies.whole.is_empty());
            assert_eq!(bodies.coming.as_deref(), Some(&b"half of"[..]));
        };
        let server = async move {
            crate::harness::answer_select(&mut peer).await;
            peer.exchange("UID FETCH 1 RFC822", "* 1 FETCH (RFC822 {14}\r\nhalf of").await;
        };
        crate::harness::play(client, server).await;
    }
}
