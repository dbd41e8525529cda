use proptest::prelude::*;
use tayori_proto::types::NameEncoding;

use super::super::standing::{Access, Open};
use super::*;

fn standing(stage: Stage, listed: &str) -> Standing {
    let listed = listed.split_whitespace().filter_map(|name| Capability::try_from(name).ok());
    let names = ["INBOX", "Drafts", "Entw\u{fc}rfe", "my mail", "A&B", "a\"b", "line\nbreak", "100%"];
    Standing {
        stage,
        capabilities: Some(listed.collect()),
        mailboxes: names.iter().filter_map(|name| MailboxName::new(*name).ok()).collect(),
        ..Standing::default()
    }
}

fn selected() -> Standing {
    standing(
        Stage::Selected(Open { messages: Some(3), access: Access::ReadWrite }),
        "IMAP4rev1 CONDSTORE LIST-STATUS NOTIFY SORT",
    )
}

fn files(typed: &str) -> Vec<String> {
    ["mail.eml", "mails/", "notes"]
        .iter()
        .filter(|name| name.starts_with(typed))
        .map(|name| (*name).to_owned())
        .collect()
}

/// The line with `|` as the cursor, and what it becomes with each of the first candidates.
#[track_caller]
fn check_in(standing: &Standing, line: &str, expected: &[&str]) {
    let cursor = line.find('|').unwrap_or(line.len());
    let line = line.replace('|', "");
    let found = complete(&line, cursor, standing, &files);
    assert_eq!(found.span.end, cursor);
    let become_: Vec<_> = found
        .candidates
        .iter()
        .map(|candidate| format!("{}{}", &line[..found.span.start], candidate.text))
        .collect();
    let first = &become_[..expected.len().min(become_.len())];
    assert_eq!(first, expected, "{line}: {become_:?}");
    assert!(!expected.is_empty() || become_.is_empty(), "{line}: {become_:?}");
}

#[track_caller]
fn check(line: &str, expected: &[&str]) {
    check_in(&selected(), line, expected);
}

#[test]
fn commands_of_this_state_come_first() {
    let nobody = standing(Stage::NotAuthenticated, "IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5");
    check_in(&nobody, "L", &["LOGOUT", "LOGIN", "LIST", "LSUB"]);
    check_in(&nobody, "a1 lo", &["a1 LOGOUT", "a1 LOGIN"]);
    check_in(&nobody, "S", &["STATUS", "SELECT"]);
}

#[test]
fn commands_by_uid() {
    check("UID F", &["UID FETCH"]);
    check("UID EX", &[]);
    check("u", &["UNSUBSCRIBE", "UID"]);
    let plus =
        standing(Stage::Selected(Open { messages: None, access: Access::ReadWrite }), "IMAP4rev1 UIDPLUS");
    check_in(&plus, "UID EX", &["UID EXPUNGE"]);
}

#[test]
fn arguments_by_their_place() {
    check("FETCH ", &["FETCH 1:*", "FETCH *"]);
    check("FETCH 1 fa", &["FETCH 1 FAST"]);
    check("FETCH 1 (fl", &["FETCH 1 (FLAGS"]);
    check(
        "FETCH 1 (FLAGS BODY.PEEK[h",
        &["FETCH 1 (FLAGS BODY.PEEK[HEADER]", "FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS ("],
    );
    check("UID FETCH 1 (FLAGS) (", &["UID FETCH 1 (FLAGS) (CHANGEDSINCE"]);
    check("FETCH 1 (BODY[HEADER.FIELDS (FROM)] env", &["FETCH 1 (BODY[HEADER.FIELDS (FROM)] ENVELOPE"]);
    check("FETCH 1 EMAIL", &[]);
    check("STORE 1 +", &["STORE 1 +FLAGS", "STORE 1 +FLAGS.SILENT"]);
    check("STORE 1 +FLAGS (\\s", &["STORE 1 +FLAGS (\\Seen"]);
    check("STORE 1 (u", &["STORE 1 (UNCHANGEDSINCE"]);
    check("SEARCH unse", &["SEARCH UNSEEN"]);
    check("SEARCH NOT (fl", &["SEARCH NOT (FLAGGED"]);
    check("SEARCH FROM ", &[]);
    check("SEARCH FROM ann uns", &["SEARCH FROM ann UNSEEN"]);
    check("SEARCH RETURN (co", &["SEARCH RETURN (COUNT"]);
    check("SEARCH CHARSET u", &["SEARCH CHARSET UTF-8"]);
    check("SORT (rev", &["SORT (REVERSE"]);
    check("SORT (DATE) u", &["SORT (DATE) UTF-8"]);
    check("SORT (DATE) UTF-8 uns", &["SORT (DATE) UTF-8 UNSEEN"]);
    check("STATUS INBOX (MESSAGES un", &["STATUS INBOX (MESSAGES UNSEEN"]);
    check("LIST ", &["LIST \"\""]);
    check("LIST \"\" ", &["LIST \"\" *", "LIST \"\" %"]);
    check("LIST \"\" * r", &["LIST \"\" * RETURN ("]);
    check("LIST \"\" * RETURN (sub", &["LIST \"\" * RETURN (SUBSCRIBED"]);
    check("LIST \"\" * RETURN (STATUS (mes", &["LIST \"\" * RETURN (STATUS (MESSAGES"]);
    check("CREATE x (USE (\\se", &["CREATE x (USE (\\Sent"]);
    check("NOTIFY SET (sel", &["NOTIFY SET (SELECTED", "NOTIFY SET (SELECTED-DELAYED"]);
    check("NOTIFY SET (SELECTED (messagen", &["NOTIFY SET (SELECTED (MessageNew"]);
    check("APPEND INBOX (\\d", &["APPEND INBOX (\\Deleted", "APPEND INBOX (\\Draft"]);
    check("NOOP ", &[]);
    check("NONSENSE ", &[]);
    let nobody = standing(Stage::NotAuthenticated, "IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5");
    check_in(&nobody, "AUTHENTICATE ", &["AUTHENTICATE PLAIN", "AUTHENTICATE CRAM-MD5"]);
    check_in(&nobody, "LOGIN ann ", &["LOGIN ann {?}"]);
}

#[test]
fn mailboxes_are_sent_as_the_connection_needs() {
    check("SELECT ", &["SELECT INBOX", "SELECT Drafts", "SELECT Entw&APw-rfe", "SELECT \"my mail\""]);
    check("select inb", &["select INBOX"]);
    check("SELECT Entw\u{fc}", &["SELECT Entw&APw-rfe"]);
    check("SELECT Entw&", &["SELECT Entw&APw-rfe"]);
    check("SELECT my", &["SELECT \"my mail\""]);
    check("SELECT \"my m", &["SELECT \"my mail\""]);
    check("SELECT A", &["SELECT A&-B", "SELECT \"a\\\"b\""]);
    check("SELECT \"a\\\"", &["SELECT \"a\\\"b\""]);
    check("SELECT 1", &["SELECT \"100%\""]);
    // It could be sent as a literal only, and would break the line.
    check("SELECT line", &[]);
    check("COPY 1 dra", &["COPY 1 Drafts"]);
    check("RENAME Drafts my", &["RENAME Drafts \"my mail\""]);
    check("STATUS |INBOX", &["STATUS INBOX"]);
    let mut utf8 = selected();
    utf8.names = NameEncoding::Utf8;
    check_in(&utf8, "SELECT Ent", &["SELECT \"Entw\u{fc}rfe\""]);
    check_in(&utf8, "SELECT A", &["SELECT A&B", "SELECT \"a\\\"b\""]);
}

#[test]
fn files_and_words() {
    check("APPEND INBOX {< ma", &["APPEND INBOX {< mail.eml}", "APPEND INBOX {< mails/"]);
    check("APPEND INBOX ", &["APPEND INBOX {< "]);
    check(".sa", &[".save"]);
    check(".", &[".help", ".caps", ".state"]);
    check(".save n", &[".save notes"]);
    check(".raw o", &[".raw on", ".raw off"]);
    check(".help fet", &[".help FETCH"]);
    check(".help uid f", &[".help UID FETCH"]);
    check(".caps c", &[".caps CONDSTORE"]);
    check(".quit ", &[]);
    check(".none x", &[]);
}

#[test]
fn the_grammar_is_hinted_at() {
    let check = |line: &str, expected: Option<&str>| assert_eq!(hint(line), expected, "{line}");
    check("FETCH ", Some("set item"));
    check("a7 uid fetch ", Some("set item"));
    check("FETCH", None);
    check("FETCH 1", None);
    check("NOOP ", None);
    check("LOGIN ", Some("user password"));
    check("", None);
    check(".help ", None);
}

proptest! {
    #[test]
    fn whatever_is_typed_is_completed_or_not(line in "[ -~\u{fc}\\[\\](){}<\"]{0,60}", cursor in 0_usize..70) {
        for stage in [Stage::None, Stage::NotAuthenticated, selected().stage] {
            let standing = Standing { stage, ..selected() };
            let found = complete(&line, cursor.min(line.len()), &standing, &files);
            prop_assert!(found.span.end <= line.len() && found.span.start <= found.span.end);
            prop_assert!(line.is_char_boundary(found.span.start) && line.is_char_boundary(found.span.end));
            prop_assert!(found.candidates.len() <= MOST_CANDIDATES);
            for candidate in &found.candidates {
                prop_assert!(!candidate.text.contains(needs_escape) && !candidate.about.contains(needs_escape));
            }
        }
        let _ = hint(&line);
    }
}
