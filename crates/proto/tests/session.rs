//! The session where a script cannot go: writes that lag behind, sizes, depth, time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::command::{
    AppendMessage, Command, Event as NotifyEvent, EventGroup, FetchAttribute, InitialStatus, NewMessage,
    Notify, NotifySet, ParseOptions, Silence, StoreChange, Watched,
};
use tayori_proto::response::Response;
use tayori_proto::session::{
    Channel, Closed, CommandId, CompletionStatus, Event, NotTaken, Session, State, Together, Withdrawn,
};
use tayori_proto::types::{
    Capability, Flag, ImapString, ListPattern, ListReference, MailboxName, Messages, NonEmpty, Secret,
    Section, SeqNum, TagPrefix, Uid,
};

const SILENCE: Duration = Duration::from_secs(60);

/// A session that has heard this, and the time at which it began.
fn session(heard: &str, limits: Limits) -> (Session, Instant) {
    let now = Instant::now();
    let mut session = Session::new(limits, Channel::Tls, TagPrefix::from_random(0), SILENCE, now);
    session.feed(heard.as_bytes(), now);
    while session.next_event().is_some() {}
    (session, now)
}

fn events(session: &mut Session) -> Vec<Event> {
    std::iter::from_fn(|| session.next_event()).collect()
}

/// Sends all that the session has to say.
fn send(session: &mut Session, now: Instant) -> Bytes {
    let output = session.take_output();
    session.wrote(output.len(), now);
    output
}

fn enqueue(session: &mut Session, command: Command) -> CommandId {
    session.enqueue(command, Together::Careful).expect("the tests ask for what the state allows")
}

fn append(size: u64) -> Command {
    Command::Append {
        mailbox: MailboxName::inbox(),
        messages: NonEmpty::one(NewMessage::new(AppendMessage::Streamed { size })),
    }
}

fn fetch(messages: &str, attribute: FetchAttribute) -> Command {
    Command::Fetch {
        messages: Messages::Uids(messages.parse().expect("the tests write sets")).into(),
        items: attribute.into(),
    }
}

fn list() -> Command {
    Command::List { reference: ListReference::none(), pattern: ListPattern::all() }
}

/// A server that refuses the second literal while the first is still on its way to it: the session sends what it has
/// promised, and does not wait for a second answer. It once waited for ever.
#[test]
fn a_refusal_on_the_way_to_the_second_literal_ends_the_command_there() {
    let (mut session, now) = session("* OK ready\r\n", Limits::default());
    let user = ImapString::new("\u{f6}".to_owned()).unwrap();
    let password = Secret::new("\u{e4}").unwrap();
    let login = enqueue(&mut session, Command::Login { user, password });
    assert_eq!(send(&mut session, now), "taaaaaa.1 LOGIN {2}\r\n");
    session.feed(b"+ go on\r\ntaaaaaa.1 NO enough\r\n", now);
    assert!(events(&mut session).is_empty());
    assert_eq!(send(&mut session, now), "\u{f6} {2}\r\n");
    let [Event::Done { command, completion }] = &events(&mut session)[..] else { panic!("not refused") };
    assert_eq!((*command, completion.status), (login, CompletionStatus::No));
    let noop = enqueue(&mut session, Command::Noop);
    assert_eq!(send(&mut session, now), "taaaaaa.2 NOOP\r\n");
    session.feed(b"taaaaaa.2 OK done\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::Done { command, .. }] if command == noop));
}

#[test]
fn nothing_is_reported_and_nothing_taken_after_the_end() {
    let (mut session, now) = session("* PREAUTH [CAPABILITY LITERAL+] ready\r\n", Limits::default());
    let append = enqueue(&mut session, append(4));
    send(&mut session, now);
    session.feed(b"taaaaaa.1 NO too large\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::LiteralWanted { size: 4, .. }]));
    let octets = Bytes::from_static(b"four");
    assert_eq!(session.provide(append, &octets), Some(0));
    session.feed(b"* BYE\r\n* 3 EXISTS\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::Closed(Closed::Bye { .. })]));
    // The refusal would count now.
    send(&mut session, now);
    session.feed(b"* OK more\r\n", now);
    session.end_of_input();
    session.handle_deadline(now + 2 * SILENCE);
    assert_eq!(session.provide(append, &octets), None);
    assert!(!session.respond(append, None));
    assert_eq!(session.enqueue(Command::Noop, Together::Careful), Err(NotTaken::Closed));
    assert_eq!(session.deadline(), None);
    assert!(events(&mut session).is_empty());
}

/// The headers of a message, or what claims to be that, pass without being kept.
#[test]
fn a_large_header_and_a_large_name_cost_no_memory() {
    const SIZE: usize = 48 << 20;
    let chunk = [b'x'; 16 << 10];
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    send(&mut session, now);
    session.feed(b"* 1 EXISTS\r\ntaaaaaa.1 OK\r\n", now);
    events(&mut session);
    enqueue(&mut session, fetch("1", FetchAttribute::peek(Section::header())));
    enqueue(&mut session, list());
    send(&mut session, now);
    for announcement in ["* 1 FETCH (BODY[HEADER] {50331648}\r\n", "* LIST () \"/\" {50331648}\r\n"] {
        session.feed(announcement.as_bytes(), now);
        let mut had = 0;
        for _ in 0..SIZE / chunk.len() {
            let buffer = session.read_buffer();
            buffer.extend_from_slice(&chunk);
            assert!(buffer.capacity() <= 1 << 20, "{} octets are kept", buffer.capacity());
            session.handle_input(now);
            for event in events(&mut session) {
                if let Event::BodyChunk { octets, .. } = event {
                    had += octets.len();
                }
            }
        }
        assert_eq!(had, if announcement.contains("BODY") { SIZE } else { 0 });
        session.feed(if announcement.contains("BODY") { b")\r\n" } else { b"\r\n" }, now);
        let reported = events(&mut session);
        assert!(matches!(
            reported.last(),
            Some(Event::Response { response: Response::Fetch(_) | Response::Invalid(_), .. })
        ));
    }
    session.feed(b"taaaaaa.2 OK\r\ntaaaaaa.3 OK\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::Done { .. }, Event::Done { .. }]));
}

#[test]
fn parentheses_ten_thousand_deep_cost_their_item_and_no_stack() {
    let check = || {
        let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
        enqueue(&mut session, Command::select(MailboxName::inbox()));
        send(&mut session, now);
        session.feed(b"* 1 EXISTS\r\ntaaaaaa.1 OK\r\n", now);
        events(&mut session);
        let open = "(".repeat(10_000);
        let close = ")".repeat(10_000);
        for item in ["BODY", "BODYSTRUCTURE", "ENVELOPE", "FLAGS", "X-NEW", "MODSEQ", "UID", ""] {
            for close in [&close[..], ""] {
                session.feed(format!("* 1 FETCH (FLAGS () {item} {open}{close} UID 7)\r\n").as_bytes(), now);
            }
        }
        for line in
            ["LIST ", "LIST () \"/\" a ", "STATUS a ", "SEARCH ", "FLAGS ", "CAPABILITY ", "OK [COPYUID "]
        {
            session.feed(format!("* {line}{open}{close}\r\n").as_bytes(), now);
            session.feed(format!("* {line}{open}\r\n").as_bytes(), now);
        }
        let noop = enqueue(&mut session, Command::Noop);
        send(&mut session, now);
        session.feed(b"taaaaaa.2 OK\r\n", now);
        let reported = events(&mut session);
        assert_eq!(reported.len(), 16 + 14 + 1);
        assert!(matches!(reported.last(), Some(Event::Done { command, .. }) if *command == noop));
    };
    // What a thread has by default on no platform is less than this.
    std::thread::Builder::new().stack_size(512 << 10).spawn(check).unwrap().join().unwrap();
}

#[test]
fn a_command_nobody_knows_keeps_its_tag() {
    let parse = |line| Command::parse(&Bytes::from_static(line), &ParseOptions::default());
    let quit = parse(b"A0005 Quit\r\n").unwrap();
    assert_eq!(quit.tag.as_bytes(), b"A0005");
    assert!(matches!(quit.command, Command::Unknown { .. }), "{quit:?}");
    assert_eq!(quit.command.name(), "Quit");
    let broken = parse(b"A0006 SELECT\r\n").unwrap_err();
    assert_eq!(broken.tag.unwrap().as_bytes(), b"A0006");
}

/// The server owes something from the connection to the greeting, and from the last octet of a command to its end.
/// While we owe something, silence is its right.
#[test]
fn silence_counts_while_the_server_owes_an_answer() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut session =
        Session::new(Limits::default(), Channel::Tls, TagPrefix::from_random(0), SILENCE, start);
    assert_eq!(session.deadline(), Some(at(60)));
    session.feed(b"* PREAUTH ready\r\n", at(10));
    events(&mut session);
    assert_eq!(session.deadline(), None);
    let append = enqueue(&mut session, append(4));
    // The write itself can hang.
    assert_eq!(session.deadline(), Some(at(70)));
    send(&mut session, at(20));
    assert_eq!(session.deadline(), Some(at(80)));
    session.feed(b"+ go on\r\n", at(30));
    events(&mut session);
    assert_eq!(session.deadline(), None, "the caller has to bring the message");
    session.provide(append, &Bytes::from_static(b"four"));
    send(&mut session, at(100));
    assert_eq!(session.deadline(), Some(at(160)));
    session.feed(b"* OK st", at(150));
    events(&mut session);
    session.handle_deadline(at(209));
    assert!(events(&mut session).is_empty());
    session.restart_deadline(at(209));
    session.handle_deadline(at(268));
    assert!(events(&mut session).is_empty());
    session.handle_deadline(at(269));
    assert!(matches!(events(&mut session)[..], [Event::Closed(Closed::Silent { literal: None })]));
}

#[test]
fn a_command_is_taken_for_the_state_in_which_it_would_arrive() {
    let (mut session, now) = session("* OK ready\r\n", Limits::default());
    let refused = |session: &mut Session, command| {
        matches!(session.enqueue(command, Together::Careful), Err(NotTaken::WrongState { .. }))
    };
    assert!(refused(&mut session, list()));
    let login = Command::Login { user: ImapString::new("u").unwrap(), password: Secret::new("p").unwrap() };
    enqueue(&mut session, login.clone());
    let listing = enqueue(&mut session, list());
    assert!(refused(&mut session, Command::Expunge));
    let select = enqueue(&mut session, Command::select(MailboxName::inbox()));
    let expunge = enqueue(&mut session, Command::Expunge);
    assert!(refused(&mut session, login));
    assert_eq!(send(&mut session, now), "taaaaaa.1 LOGIN \"u\" \"p\"\r\n");
    session.feed(b"taaaaaa.1 OK\r\n", now);
    events(&mut session);
    assert_eq!(send(&mut session, now), "taaaaaa.2 LIST \"\" *\r\ntaaaaaa.3 SELECT INBOX\r\n");
    session.feed(b"taaaaaa.2 OK\r\ntaaaaaa.3 NO\r\n", now);
    let reported = events(&mut session);
    // The mailbox did not open, so what was meant for it must not reach the server.
    let [
        Event::Done { command: first, .. },
        Event::Done { command: second, .. },
        Event::NotSent { command: third },
    ] = reported[..]
    else {
        panic!("{reported:?}")
    };
    assert_eq!([first, second, third], [listing, select, expunge]);
    assert!(matches!(session.state(), State::Authenticated));
    assert!(session.take_output().is_empty());
}

#[test]
fn a_command_can_be_withdrawn_until_its_first_octet_has_left() {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    let first = enqueue(&mut session, Command::select(MailboxName::inbox()));
    let second = enqueue(&mut session, Command::Check);
    send(&mut session, now);
    assert_eq!(session.withdraw(second), Withdrawn::BeforeSending);
    assert_eq!(session.withdraw(second), Withdrawn::Gone);
    assert_eq!(session.withdraw(first), Withdrawn::Sent);
    session.feed(b"taaaaaa.1 OK\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::Done { command, .. }] if command == first));
    let half = enqueue(&mut session, append(4));
    send(&mut session, now);
    assert_eq!(session.withdraw(half), Withdrawn::HalfSent);
    assert!(matches!(events(&mut session)[..], [Event::Closed(Closed::Abandoned)]));
}

/// RFC 9051 section 6.3.1: not once a mailbox was selected.
#[test]
fn extensions_are_enabled_before_a_mailbox_is_open() {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    let enable = || Command::Enable(Capability::Utf8Accept.into());
    let refused = |session: &mut Session| {
        matches!(session.enqueue(enable(), Together::Careful), Err(NotTaken::WrongState { .. }))
    };
    enqueue(&mut session, enable());
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    assert!(refused(&mut session));
    send(&mut session, now);
    session.feed(b"taaaaaa.1 OK\r\ntaaaaaa.2 NO\r\n", now);
    events(&mut session);
    enqueue(&mut session, enable());
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    send(&mut session, now);
    session.feed(b"taaaaaa.3 OK\r\ntaaaaaa.4 OK\r\n", now);
    events(&mut session);
    enqueue(&mut session, Command::Unselect);
    send(&mut session, now);
    session.feed(b"taaaaaa.5 OK\r\n", now);
    events(&mut session);
    assert!(matches!(session.state(), State::Authenticated));
    assert!(refused(&mut session));
}

/// RFC 2177 section 3: DONE answers the server's request, so it waits for it; a server that refuses never hears it.
#[test]
fn done_waits_until_the_server_idles() {
    for (answer, heard) in [("+ idling\r\n", "DONE\r\n"), ("taaaaaa.1 NO\r\n", ""), ("taaaaaa.1 OK\r\n", "")]
    {
        let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
        let idle = enqueue(&mut session, Command::Idle);
        assert!(session.end_idle(idle), "before it is sent");
        assert_eq!(send(&mut session, now), "taaaaaa.1 IDLE\r\n");
        assert!(session.end_idle(idle), "before it is answered");
        assert!(send(&mut session, now).is_empty());
        session.feed(answer.as_bytes(), now);
        let begun = events(&mut session);
        assert_eq!(matches!(begun[..], [Event::Idling { command }] if command == idle), !heard.is_empty());
        assert_eq!(send(&mut session, now), heard);
        assert_eq!(session.end_idle(idle), !heard.is_empty(), "once is enough");
        assert!(send(&mut session, now).is_empty());
    }
}

/// A server that idles owes nothing; before and after it does. The end may come while DONE is still waiting to be sent.
#[test]
fn an_idle_server_is_not_silent() {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    let idle = enqueue(&mut session, Command::Idle);
    send(&mut session, now);
    assert_eq!(session.deadline(), Some(now + SILENCE));
    session.feed(b"+\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::Idling { .. }]));
    assert_eq!(session.deadline(), None);
    let noop = enqueue(&mut session, Command::Noop);
    assert!(send(&mut session, now).is_empty(), "nothing leaves before DONE");
    assert_eq!(session.deadline(), None);
    session.end_idle(idle);
    assert_eq!(session.deadline(), Some(now + SILENCE));
    session.feed(b"taaaaaa.1 OK enough\r\n", now);
    assert!(matches!(events(&mut session)[..], [Event::Done { command, .. }] if command == idle));
    assert_eq!(send(&mut session, now), "DONE\r\ntaaaaaa.2 NOOP\r\n");
    // To the server, DONE was a command that it does not know.
    session.feed(b"DONE BAD what\r\ntaaaaaa.2 OK\r\n", now);
    let reported = events(&mut session);
    assert!(
        matches!(reported[..], [Event::ForeignTag { .. }, Event::Done { command, .. }] if command == noop),
        "{reported:?}"
    );
    assert!(!session.end_idle(noop) && !session.end_idle(idle));
}

#[test]
fn names_are_written_in_the_encoding_that_is_in_force() {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    let examine = || Command::examine(MailboxName::new("\u{fc}").unwrap());
    let enable = NonEmpty::one(Capability::CondStore).and(Capability::Imap4Rev2);
    enqueue(&mut session, Command::Enable(enable));
    enqueue(&mut session, list());
    enqueue(&mut session, examine());
    // A name that looks the same in both encodings need not wait.
    assert_eq!(send(&mut session, now), "taaaaaa.1 ENABLE CONDSTORE IMAP4rev2\r\ntaaaaaa.2 LIST \"\" *\r\n");
    session.feed(b"* ENABLED IMAP4REV2 QRESYNC\r\ntaaaaaa.1 OK\r\n", now);
    events(&mut session);
    assert_eq!(session.enabled(), [Capability::Imap4Rev2]);
    assert_eq!(send(&mut session, now), "taaaaaa.3 EXAMINE \"\u{fc}\"\r\n");
    session.feed(b"taaaaaa.2 OK\r\n", now);
    events(&mut session);

    let (mut refused, now) = self::session("* PREAUTH ready\r\n", Limits::default());
    enqueue(&mut refused, Command::Enable(Capability::Utf8Accept.into()));
    enqueue(&mut refused, examine());
    send(&mut refused, now);
    refused.feed(b"* ENABLED\r\ntaaaaaa.1 OK\r\n", now);
    events(&mut refused);
    assert_eq!(send(&mut refused, now), "taaaaaa.2 EXAMINE &APw-\r\n");
    assert_eq!(refused.enabled(), []);
}

/// A body with a wrong size may have hidden an EXPUNGE, so message numbers could name other mails than they did: no
/// command that uses them leaves until the mailbox is selected again. UIDs go on.
#[test]
fn numbers_in_doubt_are_not_used() {
    let selected = "* PREAUTH ready\r\n";
    let (mut session, now) = session(selected, Limits::default());
    let select = || Command::select(MailboxName::inbox());
    enqueue(&mut session, select());
    send(&mut session, now);
    session.feed(b"* 2 EXISTS\r\ntaaaaaa.1 OK [READ-WRITE] done\r\n", now);
    events(&mut session);
    enqueue(&mut session, fetch("7", FetchAttribute::peek(Section::full())));
    send(&mut session, now);
    session.feed(b"* 1 FETCH (UID 7 BODY[] {5}\r\nhello world)\r\ntaaaaaa.2 OK done\r\n", now);
    let events = events(&mut session);
    assert!(matches!(&events[1], Event::OutOfStep), "{events:?}");
    assert!(
        matches!(&events[2], Event::Done { completion, .. } if completion.status == CompletionStatus::InDoubt),
        "{events:?}"
    );
    assert!(session.selected().unwrap().is_in_doubt());
    let by_number = || Command::Fetch {
        messages: Messages::Numbers("1".parse().unwrap()).into(),
        items: FetchAttribute::Flags.into(),
    };
    let refused = session.enqueue(by_number(), Together::Careful);
    assert!(matches!(refused, Err(NotTaken::NumbersInDoubt { .. })), "{refused:?}");
    enqueue(&mut session, fetch("7", FetchAttribute::Flags));
    enqueue(&mut session, select());
    assert!(session.enqueue(by_number(), Together::Careful).is_ok());
}

fn opened(exists: u32) -> (Session, Instant) {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    send(&mut session, now);
    session.feed(format!("* {exists} EXISTS\r\ntaaaaaa.1 OK [READ-WRITE] done\r\n").as_bytes(), now);
    events(&mut session);
    (session, now)
}

/// A command that waits while its numbers come in doubt does not leave any more: it would be about other mails than
/// were meant. One behind a SELECT is about the numbers of then.
#[test]
fn numbers_that_come_in_doubt_while_a_command_waits_are_not_sent() {
    let store = || Command::Store {
        messages: Messages::Numbers("2".parse().unwrap()),
        unchanged_since: None,
        change: StoreChange::Add,
        silence: Silence::Silent,
        item: vec![Flag::Deleted].into(),
    };
    for (answer, is_sent) in [
        ("taaaaaa.2 OK done\r\n", true),
        ("* 2 EXPUNGE\r\n* 4 EXISTS\r\ntaaaaaa.2 OK done\r\n", true),
        ("* 0 EXPUNGE\r\ntaaaaaa.2 OK done\r\n", false),
        ("* 2 EXISTS\r\ntaaaaaa.2 OK done\r\n", false),
        ("* 1 FETCH (UID 7 BODY[] {5}\r\nhello world)\r\ntaaaaaa.2 OK done\r\n", false),
    ] {
        for selects in [false, true] {
            let (mut session, now) = opened(3);
            enqueue(&mut session, Command::Noop);
            if selects {
                enqueue(&mut session, Command::select(MailboxName::inbox()));
            }
            let store = enqueue(&mut session, store());
            let stores = |sent: &[u8]| sent.windows(5).any(|word| word == b"STORE");
            assert!(!stores(&send(&mut session, now)), "it waits for what can expunge");
            session.feed(answer.as_bytes(), now);
            let not_sent = |events: &[Event]| {
                events.iter().any(|event| matches!(event, Event::NotSent { command } if *command == store))
            };
            let mut refused = not_sent(&events(&mut session));
            if selects {
                assert!(!stores(&send(&mut session, now)));
                session.feed(b"* 3 EXISTS\r\ntaaaaaa.3 OK [READ-WRITE] done\r\n", now);
                refused |= not_sent(&events(&mut session));
            }
            // A SELECT that is on its way when the session falls out of step is in doubt itself, and opens nothing.
            let is_sent = if selects { !answer.contains("BODY") } else { is_sent };
            assert_eq!(refused, !is_sent, "{answer}");
            assert_eq!(stores(&send(&mut session, now)), is_sent, "{answer}");
        }
    }
}

/// The messages that have gone without EXPUNGE need not be the last ones.
#[test]
fn fewer_messages_without_an_expunge_leave_no_number_known() {
    let number = |number: u32| SeqNum::new(number).unwrap();
    for (news, known, in_doubt) in [
        ("* 4 EXISTS\r\n", Some(7), false),
        ("* 2 EXPUNGE\r\n* 2 EXISTS\r\n", Some(7), false),
        ("* 2 EXISTS\r\n", None, true),
        // One that cannot be read, however the line begins.
        ("* 2 EXPUNGE x\r\n", None, true),
        ("*\t2 EXPUNGE x\r\n", None, true),
        ("\0* 2 EXPUNGE x\r\n", None, true),
        // That more come makes it no better.
        ("* 2 EXISTS\r\n* 3 EXISTS\r\n* 1 FETCH (UID 7)\r\n", None, true),
    ] {
        let (mut session, now) = opened(3);
        session.feed(format!("* 1 FETCH (UID 7)\r\n{news}* 1 FETCH (FLAGS ())\r\n").as_bytes(), now);
        let heard = events(&mut session);
        let Some(Event::Response { response: Response::Fetch(row), .. }) = heard.last() else {
            panic!("{heard:?}")
        };
        assert_eq!(row.uid().map(Uid::value), known, "{news}");
        let selected = session.selected().unwrap();
        assert_eq!(selected.uid_of(number(1)).map(Uid::value), known, "{news}");
        assert_eq!(selected.is_in_doubt(), in_doubt, "{news}");
    }
    // While a mailbox is opened, the last one counts and the first does no harm.
    let (mut session, now) = opened(3);
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    send(&mut session, now);
    session.feed(b"* 9 EXISTS\r\n* 2 EXISTS\r\ntaaaaaa.2 OK [READ-WRITE] done\r\n", now);
    events(&mut session);
    let selected = session.selected().unwrap();
    assert_eq!((selected.exists(), selected.is_in_doubt()), (2, false));
}

/// Behind the line with which the server agrees, every octet belongs to the layer that the caller puts in, however the
/// reads cut it; and nothing of ours leaves before that.
#[test]
fn compression_begins_behind_the_agreement() {
    let said = b"taaaaaa.1 OK [CAPABILITY IMAP4rev1] active\r\n";
    let behind = b"\x12\r\n* 5 EXISTS\r\n{9}\r\n\x00";
    let whole = [&said[..], behind].concat();
    for cut in 0..=whole.len() {
        let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
        let compress = enqueue(&mut session, Command::Compress);
        let noop = enqueue(&mut session, Command::Noop);
        assert!(matches!(
            session.enqueue(Command::Compress, Together::Careful),
            Err(NotTaken::WrongState { .. })
        ));
        assert_eq!(send(&mut session, now), "taaaaaa.1 COMPRESS DEFLATE\r\n");
        session.feed(&whole[..cut], now);
        let mut seen = events(&mut session);
        let mut layer = Vec::new();
        if seen.is_empty() {
            assert!(cut < said.len());
            session.feed(&whole[cut..], now);
            seen = events(&mut session);
        } else {
            layer.extend_from_slice(&whole[cut..]);
        }
        let [Event::CompressionAgreed, Event::Done { command, completion }] = &seen[..] else {
            panic!("{cut}: {seen:?}")
        };
        assert_eq!((*command, completion.status), (compress, CompletionStatus::Ok));
        assert!(session.take_output().is_empty());
        assert_eq!([session.begin_compressed().to_vec(), layer].concat(), behind, "{cut}");
        assert!(session.begin_compressed().is_empty());
        assert_eq!(send(&mut session, now), "taaaaaa.2 NOOP\r\n");
        session.feed(b"taaaaaa.2 OK done\r\n", now);
        assert!(matches!(events(&mut session)[..], [Event::Done { command, .. }] if command == noop));
        let again = session.enqueue(Command::Compress, Together::Careful);
        assert!(matches!(again, Err(NotTaken::WrongState { .. })), "{again:?}");
    }
}

/// A refusal changes nothing, and the command can be tried again.
#[test]
fn compression_that_is_refused_does_not_begin() {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    for (number, answer) in [(1, "NO [COMPRESSIONACTIVE] x"), (2, "BAD x"), (3, "x")] {
        enqueue(&mut session, Command::Compress);
        send(&mut session, now);
        session.feed(format!("taaaaaa.{number} {answer}\r\n* OK plain\r\n").as_bytes(), now);
        let seen = events(&mut session);
        assert!(matches!(seen[..], [Event::Done { .. }, Event::Response { .. }]), "{seen:?}");
    }
}

/// A literal that is announced too long may swallow the agreement and compressed octets with it: they are given back.
#[test]
fn compressed_octets_are_given_back_by_a_body_that_has_swallowed_them() {
    let behind = b"\x12\r\n\x02\x00\x01";
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    enqueue(&mut session, Command::Compress);
    send(&mut session, now);
    let body = [&b"hello)\r\ntaaaaaa.1 OK active\r\n"[..], behind].concat();
    // All but the last three octets are taken for the literal; the line goes on to the next line feed.
    let said = [format!("* 1 FETCH (BODY[] {{{}}}\r\n", body.len() - 3).as_bytes(), &body, b"x\ny"].concat();
    session.feed(&said, now);
    let seen = events(&mut session);
    assert!(seen.iter().any(|event| matches!(event, Event::CompressionAgreed)), "{seen:?}");
    assert_eq!(session.begin_compressed(), [behind, &b"x\ny"[..]].concat());
}

/// A session with these capabilities that has enabled this, as the server says it here.
fn enabled(capability: Capability, said: &str) -> (Session, Instant) {
    let (mut session, now) =
        session("* PREAUTH [CAPABILITY IMAP4rev1 ENABLE UTF8=ONLY UIDONLY QRESYNC] x\r\n", Limits::default());
    session.believe_silent_enable();
    enqueue(&mut session, Command::Enable(capability.into()));
    send(&mut session, now);
    session.feed(format!("{said}taaaaaa.1 OK done\r\n").as_bytes(), now);
    events(&mut session);
    (session, now)
}

/// iCloud says OK and no more; what it does not even list is not taken for enabled, and what another server says
/// counts.
#[test]
fn an_ok_counts_as_enabled_where_nothing_else_is_ever_said() {
    for (asked, said, expected) in [
        (Capability::QResync, "", true),
        (Capability::Utf8Accept, "", true),
        (Capability::Imap4Rev2, "", false),
        (Capability::QResync, "* ENABLED\r\n", false),
        (Capability::QResync, "* ENABLED X-OTHER\r\n", false),
    ] {
        let (session, _) = enabled(asked.clone(), said);
        assert_eq!(session.enabled().contains(&asked), expected, "{asked:?} {said:?}");
    }
    let (mut other, now) = session("* PREAUTH [CAPABILITY IMAP4rev1 QRESYNC] x\r\n", Limits::default());
    enqueue(&mut other, Command::Enable(Capability::QResync.into()));
    send(&mut other, now);
    other.feed(b"taaaaaa.1 OK done\r\n", now);
    events(&mut other);
    assert_eq!(other.enabled(), []);
}

/// RFC 9586 section 3: what would be refused is not sent, rows are told by UID, from the first octet of their bodies
/// on.
#[test]
fn where_uids_are_all_there_is_no_number_is_sent_and_each_row_has_its_uid() {
    let (mut session, now) = enabled(Capability::UidOnly, "* ENABLED UIDONLY\r\n");
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    send(&mut session, now);
    session.feed(b"* 2 EXISTS\r\ntaaaaaa.2 OK [READ-WRITE] done\r\n", now);
    events(&mut session);
    let messages = |messages: Messages| Command::Fetch {
        messages: messages.into(),
        items: FetchAttribute::peek(Section::full()).into(),
    };
    for refused in [Messages::Numbers("1".parse().unwrap()), Messages::Saved] {
        let outcome = session.enqueue(messages(refused), Together::Careful);
        assert!(matches!(outcome, Err(NotTaken::UidsOnly { .. })), "{outcome:?}");
    }
    let fetch = enqueue(&mut session, fetch("7", FetchAttribute::peek(Section::full())));
    assert_eq!(send(&mut session, now), "taaaaaa.3 UID FETCH 7 (BODY.PEEK[])\r\n");
    let body = "x".repeat(100_000);
    session.feed(format!("* 7 UIDFETCH (BODY[] {{{}}}\r\n{body})\r\n", body.len()).as_bytes(), now);
    let seen = events(&mut session);
    let [Event::BodyStart { command, number, uid, .. }, .., Event::Response { response, .. }] = &seen[..]
    else {
        panic!("{seen:?}")
    };
    assert_eq!((*command, *number, *uid), (Some(fetch), None, Uid::new(7)));
    assert!(matches!(response, Response::Fetch(row) if row.uid() == Uid::new(7)), "{response:?}");
}

/// RFC 5465 section 6.1: a number could mean another message by the time that the server reads it.
#[test]
fn while_messages_may_go_at_any_time_no_number_is_sent() {
    let watch = |watched: Watched| {
        let events = vec![NotifyEvent::MessageNew(Vec::new()), NotifyEvent::MessageExpunge];
        let group = EventGroup::new(watched, events).unwrap();
        let set = NotifySet::new(InitialStatus::Known, NonEmpty::one(group)).unwrap();
        Command::Notify(Notify::Set(set))
    };
    let by_number = || Command::Fetch {
        messages: Messages::Numbers("1".parse().unwrap()).into(),
        items: FetchAttribute::Uid.into(),
    };
    for (command, answer, floats) in [
        (watch(Watched::Selected), "OK done", true),
        (watch(Watched::Selected), "NO [BADEVENT (MessageNew)] no", false),
        (watch(Watched::Selected), "WHAT", true),
        (watch(Watched::SelectedDelayed), "OK done", false),
        (watch(Watched::Personal), "OK done", false),
    ] {
        let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
        enqueue(&mut session, Command::select(MailboxName::inbox()));
        send(&mut session, now);
        session.feed(b"* 2 EXISTS\r\ntaaaaaa.1 OK [READ-WRITE] done\r\n", now);
        let at_once = matches!(&command, Command::Notify(notify) if notify.watches_at_once());
        enqueue(&mut session, command);
        send(&mut session, now);
        let refuses = |session: &mut Session, expected: bool, when: &str| match session
            .enqueue(by_number(), Together::Careful)
        {
            Err(NotTaken::NumbersFloat { .. }) => assert!(expected, "{when} {answer}"),
            Ok(id) => {
                assert!(!expected, "{when} {answer}");
                session.withdraw(id);
            }
            other => panic!("{other:?}"),
        };
        refuses(&mut session, at_once, "not answered");
        session.feed(format!("taaaaaa.2 {answer}\r\n").as_bytes(), now);
        events(&mut session);
        refuses(&mut session, floats, "answered");
        // A command by UID is one as ever.
        enqueue(&mut session, fetch("1", FetchAttribute::Uid));
        session.feed(b"* OK [NOTIFICATIONOVERFLOW] too much\r\n", now);
        events(&mut session);
        refuses(&mut session, false, "overflow");
    }
}

/// What is said beside a command is told to the command that it is about.
#[test]
fn limits_and_progress_belong_to_their_command() {
    let (mut session, now) = session("* PREAUTH ready\r\n", Limits::default());
    enqueue(&mut session, Command::select(MailboxName::inbox()));
    send(&mut session, now);
    session.feed(b"* 2 EXISTS\r\ntaaaaaa.1 OK [READ-WRITE] done\r\n", now);
    events(&mut session);
    let noop = enqueue(&mut session, Command::Noop);
    let first = enqueue(&mut session, fetch("1:9", FetchAttribute::Flags));
    let second = enqueue(&mut session, fetch("10:19", FetchAttribute::Flags));
    send(&mut session, now);
    for (said, expected) in [
        ("NO [MESSAGELIMIT 5 3] enough", Some(first)),
        ("OK [INPROGRESS (\"taaaaaa.4\" 5 10)] wait", Some(second)),
        ("OK [INPROGRESS (\"taaaaaa.2\" NIL NIL)] wait", Some(noop)),
        ("OK [INPROGRESS (\"other\" 5 10)] wait", None),
        ("OK [INPROGRESS] wait", None),
    ] {
        session.feed(format!("* {said}\r\n").as_bytes(), now);
        let seen = events(&mut session);
        assert!(
            matches!(seen[..], [Event::Response { command, .. }] if command == expected),
            "{said} {seen:?}"
        );
    }
    session.feed(b"taaaaaa.2 OK\r\ntaaaaaa.4 OK\r\n* OK [INPROGRESS] wait\r\n", now);
    let seen = events(&mut session);
    assert!(
        matches!(seen.last(), Some(Event::Response { command, .. }) if *command == Some(first)),
        "{seen:?}"
    );
}
