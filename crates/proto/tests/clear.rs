//! The phase in front of STARTTLS: whatever comes, there is one verdict, and it does not depend on the reads.

use tayori_proto::session::{ClearError, ClearPhase};
use tayori_proto::types::TagPrefix;

const COMMAND: &[u8] = b"taaaaaa.0 STARTTLS\r\n";

/// What the server says before it is asked for TLS, what it says after that in one go, and what becomes of it. `None`:
/// the phase goes on.
struct Dialogue {
    greeting: &'static [u8],
    answer: &'static [u8],
    verdict: Option<Result<(), ClearError>>,
}

const fn dialogue(
    greeting: &'static [u8],
    answer: &'static [u8],
    verdict: Option<Result<(), ClearError>>,
) -> Dialogue {
    Dialogue { greeting, answer, verdict }
}

const OK: Option<Result<(), ClearError>> = Some(Ok(()));

const fn refused(error: ClearError) -> Option<Result<(), ClearError>> {
    Some(Err(error))
}

const DIALOGUES: &[Dialogue] = &[
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 OK go ahead\r\n", OK),
    dialogue(b"* OK [CAPABILITY IMAP4rev1] no STARTTLS here\r\n", b"taaaaaa.0 ok\r\n", OK),
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 NO not now\r\n", refused(ClearError::Refused)),
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 BAD what\r\n", refused(ClearError::Refused)),
    // Neither OK nor a refusal: nothing that could be built upon.
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 STARTTLS completed\r\n", refused(ClearError::Refused)),
    dialogue(b"* OK ready\r\n", b"taaaaaa.0\r\n", refused(ClearError::Refused)),
    dialogue(b"* PREAUTH welcome\r\n", b"", refused(ClearError::PreAuth)),
    dialogue(b"* BYE busy\r\n", b"", refused(ClearError::Bye)),
    dialogue(b"* OK ready\r\n", b"* BYE busy\r\n", refused(ClearError::Bye)),
    dialogue(b"* NO\r\n", b"", refused(ClearError::Greeting)),
    dialogue(b"* CAPABILITY IMAP4rev1\r\n", b"", refused(ClearError::Greeting)),
    dialogue(b"taaaaaa.0 OK hello\r\n", b"", refused(ClearError::Greeting)),
    dialogue(b"\x16\x03\x01\x02\r\n", b"", refused(ClearError::Greeting)),
    // Lines that somebody in between put in front of the answer; nothing of them is kept.
    dialogue(
        b"* OK ready\r\n",
        b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* OK [ALERT] log in elsewhere\r\n* PREAUTH x\r\ntaaaaaa.0 OK\r\n",
        OK,
    ),
    dialogue(b"* OK ready\r\n", b"+ go\r\ntaaaaaa.0 OK\r\n", OK),
    // Octets behind the answer, from one to a whole line.
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 OK\r\n*", refused(ClearError::OctetsBehindAnswer)),
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 OK\r\n\0", refused(ClearError::OctetsBehindAnswer)),
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 OK\r\n\r\n", refused(ClearError::OctetsBehindAnswer)),
    dialogue(
        b"* OK ready\r\n",
        b"taaaaaa.0 OK\r\n* CAPABILITY IMAP4rev1\r\n",
        refused(ClearError::OctetsBehindAnswer),
    ),
    // Other tags end nothing.
    dialogue(b"* OK ready\r\n", b"a1 OK\r\ntaaaaaa.1 OK\r\ntaaaaaa.00 OK\r\nTAAAAAA.0 OK\r\n", None),
    dialogue(b"* OK ready\r\n", b"a1 NO\r\ntaaaaaa.0 OK\r\n", OK),
    // A literal hides the answer in itself, small or large.
    dialogue(b"* OK ready\r\n", b"* LIST () NIL {16}\r\ntaaaaaa.0 OK\r\nxx", None),
    dialogue(b"* OK ready\r\n", b"* LIST () NIL {2000}\r\n", refused(ClearError::Unreadable)),
    dialogue(b"* OK ready\r\n", b"* X {99999999999999999999}\r\n", refused(ClearError::Unreadable)),
    // In text for people there are no literals.
    dialogue(b"* OK ready {5}\r\n", b"* OK {5}\r\ntaaaaaa.0 OK {5}\r\n", OK),
    dialogue(b"", b"", None),
    dialogue(b"* OK rea", b"", None),
    dialogue(b"* OK ready\r\n", b"taaaaaa.0 OK", None),
];

/// The verdict when the octets come in pieces that end at these places.
///
/// Octets that are read after the verdict are no longer ours: a driver stops reading at `Some`.
fn verdict(dialogue: &Dialogue, mut cut: impl FnMut(usize) -> bool) -> Option<Result<(), ClearError>> {
    let mut phase = ClearPhase::new(&TagPrefix::from_random(0));
    let mut octet = 0;
    for (part, octets) in [dialogue.greeting, dialogue.answer].into_iter().enumerate() {
        let mut begin = 0;
        for end in 1..=octets.len() {
            octet += 1;
            if end < octets.len() && !cut(octet) {
                continue;
            }
            phase.feed(&octets[begin..end]);
            begin = end;
            if let verdict @ Some(_) = phase.poll() {
                return verdict;
            }
        }
        let output = phase.take_output();
        if part == 0 && octets.ends_with(b"\n") {
            assert_eq!(output, COMMAND);
        } else {
            assert!(output.is_empty());
        }
    }
    phase.poll()
}

#[test]
fn each_dialogue_has_its_verdict_however_it_is_read() {
    for dialogue in DIALOGUES {
        let shown = dialogue.answer.escape_ascii();
        assert_eq!(verdict(dialogue, |_| false), dialogue.verdict, "{shown}");
        // Octets behind the answer belong to TLS when they are read after it.
        let later = match dialogue.verdict {
            Some(Err(ClearError::OctetsBehindAnswer)) => OK,
            other => other,
        };
        assert_eq!(verdict(dialogue, |_| true), later, "{shown}");
        let line_end = dialogue.greeting.len() + b"taaaaaa.0 OK\r\n".len();
        for place in 1..dialogue.greeting.len() + dialogue.answer.len() {
            let expected = if place == line_end { later } else { dialogue.verdict };
            assert_eq!(verdict(dialogue, |octet| octet == place), expected, "{shown} at {place}");
        }
    }
}

#[test]
fn a_verdict_stands_whatever_comes_later() {
    let mut phase = ClearPhase::new(&TagPrefix::from_random(0));
    phase.feed(b"* OK ready\r\n");
    assert_eq!(phase.poll(), None);
    assert_eq!(phase.take_output(), COMMAND);
    phase.feed(b"taaaaaa.0 OK\r\n");
    assert_eq!(phase.poll(), Some(Ok(())));
    phase.feed(b"\x16\x03\x03");
    assert_eq!(phase.poll(), Some(Ok(())));
}

/// Whoever guesses the tag and sends the answer along with the greeting has not seen the command.
#[test]
fn an_answer_from_before_the_command_is_not_believed() {
    for behind in [&b""[..], b"* OK more\r\n"] {
        let mut phase = ClearPhase::new(&TagPrefix::from_random(0));
        phase.feed(b"* OK ready\r\ntaaaaaa.0 OK\r\n");
        phase.feed(behind);
        assert_eq!(phase.poll(), Some(Err(ClearError::Unreadable)));
    }
}

#[test]
fn lines_and_octets_without_end_come_to_an_end() {
    for line in [&b"* OK wait\r\n"[..], b"a1 OK\r\n", b"+\r\n", b"\x01\x02\r\n"] {
        let mut phase = ClearPhase::new(&TagPrefix::from_random(0));
        phase.feed(b"* OK ready\r\n");
        let mut lines = 0;
        let verdict = loop {
            if let Some(verdict) = phase.poll() {
                break verdict;
            }
            let _ = phase.take_output();
            phase.feed(line);
            lines += 1;
        };
        assert_eq!(verdict, Err(ClearError::Unreadable));
        assert!(lines < 100, "{lines} lines");
    }
    for octets in [&b"x"[..], b" ", b"\0", b"\n", b"\r\n", b"* OK "] {
        let mut phase = ClearPhase::new(&TagPrefix::from_random(0));
        let mut fed = 0;
        let verdict = loop {
            if let Some(verdict) = phase.poll() {
                break verdict;
            }
            phase.feed(octets);
            fed += octets.len();
        };
        assert!(verdict.is_err());
        assert!(fed < 100_000, "{fed} octets");
    }
}

#[test]
fn the_end_of_the_connection_is_told_after_what_was_said() {
    for (heard, error) in [
        (&b""[..], ClearError::Ended),
        (b"* OK rea", ClearError::Ended),
        (b"* OK ready\r\n", ClearError::Ended),
        (b"* BYE no\r\n", ClearError::Bye),
        (b"220 ready\r\n", ClearError::Greeting),
    ] {
        let mut phase = ClearPhase::new(&TagPrefix::from_random(0));
        phase.feed(heard);
        assert_eq!(phase.end_of_input(), error, "{}", heard.escape_ascii());
    }
}
