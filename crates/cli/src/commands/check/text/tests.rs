use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::commands::check::advice;
use crate::commands::check::advice::tests::{listing, report};
use crate::commands::check::report::{Greeting, Step};
use crate::exit::Exit;
use crate::failure::Failure;

fn hostile() -> Report {
    let mut report = report();
    report.found.before = Some(listing("IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=X-ODD X-NEW"));
    report.found.after = Some(listing("IMAP4rev1 UIDPLUS MOVE CONDSTORE IDLE X-NEW"));
    let text = format!("\u{1b}]0;owned\u{7} {}", "x".repeat(1000));
    report.found.greeting = Some(Greeting { text: text.as_str().into(), kind: GreetingKind::Welcome });
    report.found.alerts = vec!["\u{1b}[2Jyour mail moves on Monday, to a better place, all of it".into()];
    let failure =
        Failure::new(Exit::Protocol, "the server refused GETQUOTAROOT").said("\r\n\u{202e}no".into());
    report.fails(Step::Quota, failure);
    report
}

#[test]
fn no_octet_of_a_server_drives_the_terminal_and_nothing_is_endless() {
    let report = hostile();
    let now = SystemTime::now();
    let page = page(&report, &advice::findings(&report, now), now, Width::Any);
    assert!(!page.contains(|c: char| c != '\n' && crate::escape::needs_escape(c)), "{page:?}");
    let expected = format!(
        "mail.example.org port 993, TLS from the start\n\
         \n\
         greeting     \"\\x1b]0;owned\\x07 {}...\"\n\
         server       not known by what it says\n\
         \n\
         Ways to log in, strongest first:\n  \
           PLAIN  not used here; shows the password to the server\n  \
           the command LOGIN  not used here; shows the password to the server\n  \
           X-ODD  not spoken here\n\
         \n\
         Capabilities (+ after the login only, - before it only):\n  \
           IMAP4rev1  the version of 2003; all servers speak it (RFC 3501)\n\
         - SASL-IR  AUTHENTICATE with its first answer at once (RFC 4959)\n  \
           X-NEW  not known here\n\
         + UIDPLUS  UID EXPUNGE; APPEND and COPY tell the new UIDs (RFC 4315)\n\
         + MOVE  MOVE: a copy and its removal in one (RFC 6851)\n\
         + CONDSTORE  changes are numbered: CHANGEDSINCE, UNCHANGEDSINCE (RFC 7162)\n\
         + IDLE  news without asking (RFC 2177)\n\
         \n\
         error: the server refused GETQUOTAROOT\n  \
           the server said: \"\\x0d\\x0a\\u{{202e}}no\"\n\
         warning: the server wants you to know something\n  \
           the server said: \"\\x1b[2Jyour mail moves on Monday, to a better place, all of it\"\n",
        "x".repeat(383),
    );
    assert_eq!(page, expected);
}

/// Only a word that is longer than the line goes beyond it.
#[test]
fn on_a_narrow_terminal_lines_break_between_words() {
    let report = hostile();
    let now = SystemTime::now();
    for columns in [40, 80] {
        let page = page(&report, &advice::findings(&report, now), now, Width::Columns(columns));
        for line in page.lines() {
            let is_one_word = line.split_whitespace().count() <= 2 && line.contains("xxx");
            assert!(line.width() <= usize::from(columns) || is_one_word, "{line}");
        }
        let words: Vec<_> = page.split_whitespace().collect();
        let end = "your mail moves on Monday, to a better place, all of it\"";
        assert!(words.join(" ").ends_with(end), "{page}");
    }
}
