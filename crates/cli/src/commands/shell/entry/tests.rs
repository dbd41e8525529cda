use proptest::prelude::*;

use super::*;

/// What comes of these lines, as `tag|name|parts`, or what is missing.
fn typed(lines: &[&str]) -> String {
    let mut typing = Typing::default();
    let mut last = String::new();
    for line in lines {
        last = match typing.line(line.as_bytes()) {
            Ok(Typed::Missing(octets)) => format!("missing {octets}"),
            Ok(Typed::Entry(Entry::Nothing)) => "nothing".to_owned(),
            Ok(Typed::Entry(Entry::Word(word))) => format!("{word:?}"),
            Ok(Typed::Entry(Entry::Command(TypedCommand { tag, name, parts }))) => {
                let tag = tag.map_or("-".to_owned(), |tag| tag.to_string());
                format!("{tag}|{name}|{parts:?}")
            }
            Err(error) => format!("error: {error}"),
        };
    }
    last
}

#[track_caller]
fn check(line: &str, expected: &str) {
    assert_eq!(typed(&[line]), expected, "{line}");
}

#[test]
fn a_tag_is_told_from_a_command() {
    check("NOOP", "-|NOOP|[\"NOOP\"]");
    check("  noop  ", "-|NOOP|[\"noop\"]");
    check("a7 NOOP", "a7|NOOP|[\"NOOP\"]");
    check("x COMPARATOR", "x|COMPARATOR|[\"COMPARATOR\"]");
    check("x select INBOX", "x|SELECT|[\"select INBOX\"]");
    check("a7  NOOP", "a7|NOOP|[\" NOOP\"]");
    check("Quit", "-|QUIT|[\"Quit\"]");
    check("a7 Quit", "a7|QUIT|[\"Quit\"]");
    check("x Quit", "-|X|[\"x Quit\"]");
    check("a7", "-|A7|[\"a7\"]");
    check("SELECT NOOP", "-|SELECT|[\"SELECT NOOP\"]");
    check("uid  search 1", "-|UID SEARCH|[\"uid  search 1\"]");
    check("+7 NOOP", "-|+7|[\"+7 NOOP\"]");
    check("\u{e9}1 NOOP", "-|\u{e9}1|[\"\u{e9}1 NOOP\"]");
}

#[test]
fn nothing_is_nothing() {
    for line in ["", "   ", "# a comment", "  # another"] {
        check(line, "nothing");
    }
}

#[test]
fn places_are_found_outside_of_quotes() {
    check("APPEND x {< a b.eml }", "-|APPEND|[\"APPEND x \", literal of \"a b.eml\"]");
    check("APPEND x ~{<a})", "-|APPEND|[\"APPEND x ~\", literal of \"a\", \")\"]");
    check("APPEND x {< \"a}b\" }", "-|APPEND|[\"APPEND x \", literal of \"a}b\"]");
    check("SEARCH TEXT \"{< a}\"", "-|SEARCH|[\"SEARCH TEXT \\\"{< a}\\\"\"]");
    check("SEARCH TEXT \"\\\"{< a}\"", "-|SEARCH|[\"SEARCH TEXT \\\"\\\\\\\"{< a}\\\"\"]");
    check("SEARCH TEXT \"{3}\"", "-|SEARCH|[\"SEARCH TEXT \\\"{3}\\\"\"]");
    check("SEARCH TEXT \"{3}", "-|SEARCH|[\"SEARCH TEXT \\\"{3}\"]");
    check("APPEND x {< a", "error: the place for a file is not closed");
    check("APPEND x {< \"a\"", "error: the place for a file is not closed");
    check("APPEND x {<}", "error: the place for a file names none");
    check("{< a}", "-||[literal of \"a\"]");
}

#[test]
fn a_literal_is_typed_as_it_goes_over_the_wire() {
    assert_eq!(typed(&["SEARCH TEXT {3}"]), "missing 3");
    assert_eq!(
        typed(&["SEARCH TEXT {3}", "abc"]),
        "-|SEARCH|[\"SEARCH TEXT {3}\", literal \"abc\", \"\"]".replace(", \"\"", "")
    );
    assert_eq!(
        typed(&["SEARCH TEXT {3}", "abc SEEN"]),
        "-|SEARCH|[\"SEARCH TEXT {3}\", literal \"abc\", \" SEEN\"]"
    );
    assert_eq!(typed(&["APPEND x {7+}", "ab"]), "missing 3");
    assert_eq!(
        typed(&["APPEND x {7+}", "ab", "c", ""]),
        "-|APPEND|[\"APPEND x {7+}\", literal \"ab\\r\\nc\\r\\n\"+]"
    );
    assert_eq!(typed(&["APPEND x {4}", "ab"]), "missing 0");
    // The end of a line is cut in two.
    assert_eq!(typed(&["APPEND x {3}", "ab"]), "-|APPEND|[\"APPEND x {3}\", literal \"ab\\r\"]");
    assert_eq!(
        typed(&["a1 SEARCH TEXT {1}", "a SUBJECT {1+}", "# {0}", "NOT SEEN"]),
        "a1|SEARCH|[\"SEARCH TEXT {1}\", literal \"a\", \" SUBJECT {1+}\", literal \"#\"+, \" {0}\", literal \"\", \
         \"NOT SEEN\"]"
    );
    // What a literal holds is no place.
    assert_eq!(
        typed(&["SEARCH TEXT {6}", "{< a} {< b}"]),
        "-|SEARCH|[\"SEARCH TEXT {6}\", literal \"{< a} \", literal of \"b\"]"
    );
}

#[test]
fn secrets_are_found_whatever_was_typed() {
    check("LOGIN ann hunter2", "-|LOGIN|[\"LOGIN ann \", ***]");
    check("a1 login \"a b\" \"hunter2\"", "a1|LOGIN|[\"login \\\"a b\\\" \", ***]");
    check("LOGIN ann hunter2 again", "-|LOGIN|[\"LOGIN ann \", ***]");
    check("LOGIN  ann  hunter2", "-|LOGIN|[\"LOGIN  ann  \", ***]");
    check("LOGIN ann {?}", "-|LOGIN|[\"LOGIN ann \", {?}]");
    check("LOGIN \"ann hunter2", "-|LOGIN|[\"LOGIN \", ***]");
    check("LOGIN \"ann\"hunter2", "-|LOGIN|[\"LOGIN \", ***]");
    check("LOGIN ann", "-|LOGIN|[\"LOGIN ann\"]");
    check("LOGIN {< name} {< secret}", "-|LOGIN|[\"LOGIN \", literal of \"name\", \" \", literal ***]");
    check("AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=", "-|AUTHENTICATE|[\"AUTHENTICATE PLAIN \", ***]");
    check("x y LOGIN ann hunter2", "-|X|[\"x y LOGIN ann \", ***]");
    check("LOGN ann hunter2", "-|LOGN|[\"LOGN \", ***]");
    check("login: ann hunter2", "-|LOGIN:|[\"login: \", ***]");
    check("logon id hunter2", "-|LOGON|[\"logon \", ***]");
    check("auth plain hunter2", "-|AUTH|[\"auth \", ***]");
    check("AUTHENTCIATE PLAIN hunter2", "-|AUTHENTCIATE|[\"AUTHENTCIATE \", ***]");
    check("LIST \"\" *", "-|LIST|[\"LIST \\\"\\\" *\"]");
    check("SELECT LOGIN x", "-|SELECT|[\"SELECT LOGIN x\"]");
    assert_eq!(
        typed(&["LOGIN {3}", "ann {7}", "hunter2"]),
        "-|LOGIN|[\"LOGIN {3}\", literal \"ann\", \" \", ***, literal ***]"
    );
}

#[test]
fn a_login_says_who_it_is() {
    let check = |lines: &[&str], expected: Option<&str>| {
        let mut typing = Typing::default();
        let mut last = None;
        for line in lines {
            last = typing.line(line.as_bytes()).ok();
        }
        let Some(Typed::Entry(Entry::Command(command))) = last else { panic!("{lines:?}") };
        assert_eq!(command.user().as_deref(), expected, "{lines:?}");
    };
    check(&["LOGIN ann secret"], Some("ann"));
    check(&["a7 login \"ann b\" {?}"], Some("ann b"));
    check(&["LOGIN {4} ", "\u{e4}nn secret"], Some("\u{e4}nn"));
    check(&["LOGIN ann {< secret}"], None);
    check(&["LOGIN ann"], None);
    check(&["AUTHENTICATE PLAIN AGFubgBzZWNyZXQ="], Some("ann"));
    check(&["authenticate plain Ym9iAGFubgBzZWNyZXQ="], Some("bob"));
    check(&["AUTHENTICATE PLAIN"], None);
    check(&["AUTHENTICATE X-ONE AGFubgBzZWNyZXQ="], None);
    check(&["NOOP"], None);
}

#[test]
fn the_editor_is_told_where_a_secret_is_typed() {
    let check = |line: &str, shown: Option<&str>| {
        assert_eq!(secret_part(line).map(|range| &line[..range.start]), shown, "{line}");
    };
    check("NOOP", None);
    check("LOGIN ann", None);
    check("LOGIN ann {?}", None);
    check("LOGIN ann {?} s", Some("LOGIN ann "));
    check("LOGIN ann {?}s", Some("LOGIN ann "));
    check("LOGIN ann s{?}", Some("LOGIN ann "));
    check("LOGIN ann s", Some("LOGIN ann "));
    check("  a1 LOGIN ann s", Some("  a1 LOGIN ann "));
    check("a1 LOGIN \"ann s", Some("a1 LOGIN "));
    check("AUTHENTICATE PLAIN x", Some("AUTHENTICATE PLAIN "));
    check(".connect imap://ann@example.org", None);
    check(".connect imap://example.org:143/", None);
    check(".connect imap://ann:h", Some(".connect imap://ann:"));
    check(".connect imap://ann:12@", Some(".connect imap://ann:"));
    check(".connect imap://ann:a/b@example.org", Some(".connect imap://ann:"));
}

proptest! {
    /// Whatever is typed, one command is one line with its literals, and nothing is lost.
    #[test]
    fn what_was_typed_is_what_goes_out(line in "[a-zA-Z0-9 \"\\\\()*%]{0,40}") {
        prop_assume!(!line.trim().is_empty() && !line.trim().starts_with('.'));
        let Ok(Typed::Entry(Entry::Command(command))) = Typing::default().line(line.as_bytes()) else {
            return Err(TestCaseError::fail("no command"));
        };
        let auto = Tag::new("t").unwrap();
        let octets = command.octets(command.tag.as_ref().unwrap_or(&auto)).unwrap();
        let expected = match command.tag {
            Some(_) => format!("{}\r\n", line.trim()),
            None => format!("t {}\r\n", line.trim()),
        };
        prop_assert_eq!(String::from_utf8_lossy(&octets), expected);
    }

    #[test]
    fn noise_is_taken_or_refused(lines in prop::collection::vec("[a-z {}<?+0-9\"\\\\]{0,20}", 1..5)) {
        let mut typing = Typing::default();
        for line in lines {
            let _ = typing.line(line.as_bytes());
            let _ = secret_part(&line);
        }
    }

    /// Behind a whole user name, no part of a password is anywhere but in what is hidden.
    #[test]
    fn no_password_is_shown(
        word in "(?i)(a1 )?(login|logon|logni|authenticate)",
        user in "[a-z]{1,5}",
        password in "Q[A-Z0-9 \"\\\\{}]{3,12}",
    ) {
        let line = format!("{word} {user} {password}");
        if let Ok(Typed::Entry(Entry::Command(command))) = Typing::default().line(line.as_bytes()) {
            prop_assert!(!format!("{:?}", command.parts).contains('Q'), "{line}: {command:?}");
        }
    }
}
