//! What a peer makes us keep: it grows with what has come, never with what was announced or named.

use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use tayori_proto::Limits;
use tayori_proto::command::{Command, FetchAttribute};
use tayori_proto::response::Response;
use tayori_proto::session::{Channel, Event, Session, Together};
use tayori_proto::types::{MailboxName, Messages, TagPrefix};

/// A buffer for one read, and room for what any small response is made into.
const ONE_READ: u64 = 96 << 10;

/// A session with INBOX open, which holds three messages.
fn selected() -> (Session, Instant) {
    let now = Instant::now();
    let prefix = TagPrefix::from_random(0);
    let mut session = Session::new(Limits::default(), Channel::Tls, prefix, Duration::from_secs(60), now);
    session.feed(b"* PREAUTH ready\r\n", now);
    while session.next_event().is_some() {}
    ask(&mut session, Command::select(MailboxName::inbox()), now);
    session.feed(b"* 3 EXISTS\r\ntaaaaaa.1 OK\r\n", now);
    while session.next_event().is_some() {}
    (session, now)
}

fn ask(session: &mut Session, command: Command, now: Instant) {
    session.enqueue(command, Together::Careful).expect("the state allows it");
    let output = session.take_output();
    session.wrote(output.len(), now);
}

/// What reading this costs a session, and what came of it.
fn read(session: &mut Session, octets: &[u8], now: Instant) -> (AllocationInfo, Vec<Event>) {
    let mut events = Vec::new();
    let cost = measure(|| {
        session.feed(octets, now);
        while let Some(event) = session.next_event() {
            events.push(event);
        }
    });
    (cost, events)
}

/// Announcements of what never comes, and names of what never was.
#[test]
fn what_is_only_claimed_costs_nothing() {
    for line in [
        // Literals, in places where they are kept, streamed, skipped, and where none belong.
        "* LIST () \"/\" {500000000}\r\n",
        "* 1 FETCH (BODY[] {4294967295}\r\n",
        "* 1 FETCH (BODY[] {18446744073709551615}\r\n",
        "* 1 FETCH (ENVELOPE ({2147483647}\r\n",
        "* 1 FETCH (FLAGS () X-NEW ~{999999999}\r\n",
        "* XNEW {999999999}\r\n",
        "* OK used {999999999}\r\n",
        // Sets and counts.
        "* 4294967295 EXISTS\r\n* 4294967295 FETCH (UID 4294967295)\r\n",
        "* VANISHED 1:4294967295\r\n",
        "* VANISHED (EARLIER) 1:2147483647,2147483648:4294967295\r\n",
        "* ESEARCH (TAG \"x\") UID ALL 1:4294967295 COUNT 4294967295\r\n",
        "* ESEARCH UID PARTIAL (1:4294967295 1:4294967295)\r\n",
        "* OK [COPYUID 7 1:4294967295 1:4294967295] done\r\n",
        "* OK [APPENDUID 7 1:4294967295] done\r\n",
        "* OK [MODIFIED 1:4294967295] done\r\n",
        "* OK [INPROGRESS (x 4294967295 4294967295)] still\r\n",
        "* QUOTA x (STORAGE 18446744073709551615 1)\r\n",
    ] {
        let (mut session, now) = selected();
        let (cost, _) = read(&mut session, line.as_bytes(), now);
        assert!(cost.bytes_max <= ONE_READ, "{line:?} costs {} octets", cost.bytes_max);
    }
}

/// What is long has come, and costs in proportion to what has come.
#[test]
fn what_has_come_costs_in_proportion() {
    let numbers = |step: usize| {
        let numbers = (1..=1_000_000).step_by(step).map(|number: usize| format!(" {number}"));
        format!("* SEARCH{}\r\n", numbers.collect::<String>())
    };
    let flags = format!("* 1 FETCH (FLAGS ({}))\r\n", "a ".repeat(100_000));
    let addresses = format!("* 1 FETCH (ENVELOPE (NIL NIL ({}) NIL NIL NIL NIL NIL NIL NIL))\r\n", {
        "(NIL NIL \"a\" \"b\")".repeat(20_000)
    });
    let parts = format!("* 1 FETCH (BODYSTRUCTURE ({} \"mixed\"))\r\n", {
        "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1)".repeat(5_000)
    });
    let depth = format!("* 1 FETCH (BODYSTRUCTURE {}{})\r\n", "(".repeat(100_000), ")".repeat(100_000));
    let unknown = format!("* 1 FETCH (X-NEW ({}))\r\n", "(a \"b\") ".repeat(50_000));
    for (what, line, factor) in [
        ("numbers in one run", numbers(1), 3),
        ("numbers with gaps", numbers(3), 12),
        ("flags", flags, 12),
        ("addresses", addresses, 12),
        // The shortest part there is, and a list that doubles when it is full.
        ("parts", parts, 36),
        ("depth", depth, 4),
        ("unknown", unknown, 4),
    ] {
        let (mut session, now) = selected();
        let (cost, events) = read(&mut session, line.as_bytes(), now);
        assert_eq!(events.len(), 1, "{what}: {events:?}");
        let bound = factor * line.len() as u64 + ONE_READ;
        let (octets, come) = (cost.bytes_max, line.len());
        assert!(octets <= bound, "{what}: {come} octets cost {octets}");
    }
}

/// A million UIDs without a gap are one range.
#[test]
fn a_search_without_gaps_keeps_one_range() {
    let (mut session, now) = selected();
    let line = format!("* SEARCH{}\r\n", (1..=1_000_000).map(|uid| format!(" {uid}")).collect::<String>());
    let (_, mut events) = read(&mut session, line.as_bytes(), now);
    let Some(Event::Response { response: Response::Search(found), .. }) = events.pop() else {
        panic!("not a search");
    };
    let mut kept = None;
    let cost = measure(|| kept = Some(found.uids()));
    assert!(cost.bytes_max < 1 << 20, "{} octets", cost.bytes_max);
    assert_eq!(kept.map(|uids| uids.to_string()).as_deref(), Some("1:1000000"));
}

/// Numbers and UIDs stand beside each other as runs: 300,000 rows without a gap cost no more than three.
#[test]
fn numbers_are_kept_as_runs() {
    let (mut session, now) = selected();
    let all = Messages::Uids("1:4294967295".parse().expect("a set"));
    session.feed(b"* 300000 EXISTS\r\n", now);
    ask(&mut session, Command::Fetch { messages: all.into(), items: FetchAttribute::Uid.into() }, now);
    let cost = measure(|| {
        for number in 1..=300_000 {
            session.feed(format!("* {number} FETCH (UID {})\r\n", number + 50).as_bytes(), now);
            while session.next_event().is_some() {}
        }
    });
    assert!(cost.bytes_max <= ONE_READ, "{} octets at most", cost.bytes_max);
    // Every second one is gone: a run each, and above some thousands the map is given up.
    let cost = measure(|| {
        for number in 1..=300_000_u32 {
            session.feed(format!("* {number} FETCH (UID {})\r\n", number * 2).as_bytes(), now);
            while session.next_event().is_some() {}
        }
    });
    assert!(cost.bytes_max <= 2 * ONE_READ, "{} octets at most", cost.bytes_max);
}
