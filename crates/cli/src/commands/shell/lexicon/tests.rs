use bytes::Bytes;
use tayori_proto::command::{Command, ParseOptions};

use super::*;

/// Reads an example as a server would; a place for a file becomes a literal.
#[track_caller]
fn parse(example: &str) -> Command {
    let typed = example.replace("{< mail.eml}", "{6}\r\na: b\r\n").replace("{?}", "secret");
    let line = format!("a1 {typed}\r\n");
    match Command::parse(&Bytes::from(line.clone()), &ParseOptions::default()) {
        Ok(read) => read.command,
        Err(error) => panic!("{line}: {error}"),
    }
}

#[test]
fn examples_are_what_they_are_said_to_be() {
    for entry in COMMANDS {
        let mut examples = vec![entry.example.to_owned()];
        if entry.numbering == Numbering::UidToo {
            examples.push(format!("UID {}", entry.example));
        }
        for (example, name) in examples.iter().zip(entry.names()) {
            let command = parse(example);
            if let Command::Unknown { .. } = command {
                continue;
            }
            assert_eq!(command.name(), name, "{example}");
            assert_eq!(command.states(), entry.states, "{example}");
        }
    }
}

/// Commands of which the grammar knows no more than the name. One that it learns leaves this list.
#[test]
fn few_commands_are_not_read() {
    let unread: Vec<_> = COMMANDS
        .iter()
        .filter(|entry| matches!(parse(entry.example), Command::Unknown { .. }))
        .map(|entry| entry.name)
        .filter(|name| !matches!(*name, "GETMETADATA" | "SETMETADATA"))
        .collect();
    assert_eq!(
        unread,
        [
            "LANGUAGE",
            "ESEARCH",
            "COMPARATOR",
            "GETJMAPACCESS",
            "GENURLAUTH",
            "URLFETCH",
            "RESETKEY",
            "UNAUTHENTICATE",
            "UIDBATCHES",
            "CONVERT"
        ]
    );
}

#[test]
fn each_command_of_the_grammar_is_explained() {
    let names = "CAPABILITY NOOP LOGOUT ID STARTTLS AUTHENTICATE LOGIN ENABLE SELECT EXAMINE CREATE DELETE RENAME \
                 SUBSCRIBE UNSUBSCRIBE LIST XLIST LSUB NAMESPACE STATUS APPEND NOTIFY COMPRESS IDLE CHECK CLOSE \
                 UNSELECT EXPUNGE SEARCH FETCH STORE COPY MOVE SORT THREAD GETQUOTA GETQUOTAROOT SETQUOTA GETACL SETACL \
                 DELETEACL LISTRIGHTS MYRIGHTS REPLACE GETMETADATA SETMETADATA";
    for name in names.split_whitespace() {
        assert!(CommandEntry::find(&name.to_ascii_lowercase()).is_some(), "{name}");
    }
    for name in ["SEARCH", "FETCH", "STORE", "COPY", "MOVE", "SORT", "THREAD", "REPLACE", "EXPUNGE"] {
        assert!(CommandEntry::find(&format!("uid {name}")).is_some(), "{name}");
    }
    for none in ["UID", "UID LOGIN", "UID FETCH x", "FETCH UID", "UID EXPUNGE 1", "", " "] {
        assert!(CommandEntry::find(none).is_none(), "{none}");
    }
}

#[test]
fn nothing_is_left_out_in_an_entry() {
    for entry in COMMANDS {
        assert!(!entry.grammar.is_empty() && !entry.rfc.is_empty(), "{}", entry.name);
        assert!(entry.does.ends_with('.'), "{}", entry.name);
        assert!(entry.caution.is_empty() || entry.caution.ends_with('.'), "{}", entry.name);
        for needed in entry.needs {
            assert!(CapabilityEntry::find(needed).is_some(), "{} needs {needed}", entry.name);
        }
    }
    for kind in Arguments::ALL {
        assert!(COMMANDS.iter().any(|entry| entry.arguments.contains(&kind)), "{kind:?}");
        for entry in kind.entries() {
            assert!(entry.needs.is_empty() || CapabilityEntry::find(entry.needs).is_some(), "{entry:?}");
        }
    }
}

/// The grammar reads what the tables offer.
#[test]
fn arguments_are_what_they_are_said_to_be() {
    let filled = |entry: &ArgumentEntry| {
        entry
            .form()
            .replace(" keyword", " $Junk")
            .replace(" name string", " Subject x")
            .replace(" string", " x")
            .replace(" key", " SEEN")
            .replace(" date", " 1-Feb-2026")
            .replace(" octets", " 9")
            .replace(" seconds", " 9")
            .replace(" number", " 9")
            .replace(" set", " 1:2")
            .replace(" uid", " 9")
            .replace(" modseq", " 9")
            .replace(" label", " x")
            .replace(" id", " M9")
            .replace(" from:to", " 1:100")
            .replace("(name ...)", "(Subject)")
            .replace("(item ...)", "(SIZE)")
            .replace("(uidvalidity 9 [uids])", "(1 2)")
            .replace(" criterion", " DATE")
            .replace(" mailbox", " x")
    };
    let form_of = |kind: Arguments, text: &str| match kind {
        Arguments::FetchMacro => format!("FETCH 1 {text}"),
        Arguments::Fetch => format!("FETCH 1 ({text})"),
        Arguments::FetchModifier if text == "VANISHED" => {
            "UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)".to_owned()
        }
        Arguments::FetchModifier if text.starts_with("PARTIAL") => format!("UID FETCH 1 FLAGS ({text})"),
        Arguments::FetchModifier => format!("FETCH 1 FLAGS ({text})"),
        Arguments::Search => format!("SEARCH {text}"),
        Arguments::SearchReturn => format!("SEARCH RETURN ({text}) SEEN"),
        Arguments::Store => format!("STORE 1 {text} (x)"),
        Arguments::Flag => format!("STORE 1 FLAGS ({text})"),
        Arguments::Status => format!("STATUS x ({text})"),
        Arguments::Select => format!("SELECT x ({text})"),
        Arguments::ListSelection if text == "RECURSIVEMATCH" => {
            "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" *".to_owned()
        }
        Arguments::ListSelection => format!("LIST ({text}) \"\" *"),
        Arguments::ListReturn => format!("LIST \"\" * RETURN ({text})"),
        Arguments::SpecialUse => format!("CREATE x (USE ({text}))"),
        Arguments::Sort => format!("SORT ({text}) UTF-8 SEEN"),
        Arguments::Thread => format!("THREAD {text} UTF-8 SEEN"),
        Arguments::Enable => format!("ENABLE {text}"),
        Arguments::NotifyMailboxes => format!("NOTIFY SET ({text} (MessageNew MessageExpunge))"),
        Arguments::NotifyEvent => match text {
            "MessageNew" | "MessageExpunge" => "NOTIFY SET (SELECTED (MessageNew MessageExpunge))".to_owned(),
            "FlagChange" | "AnnotationChange" => {
                format!("NOTIFY SET (SELECTED (MessageNew MessageExpunge {text}))")
            }
            text => format!("NOTIFY SET (PERSONAL ({text}))"),
        },
        Arguments::Right => format!("SETACL x bob {text}"),
        Arguments::Metadata => format!("GETMETADATA ({text}) x /private/comment"),
    };
    for kind in Arguments::ALL {
        for entry in kind.entries() {
            // Not read by the grammar, and left to the server.
            if matches!((kind, entry.name), (Arguments::ListReturn, "METADATA") | (Arguments::Metadata, _)) {
                continue;
            }
            parse(&form_of(kind, &filled(entry)));
        }
    }
}

#[test]
fn all_help_fits_beside_its_mark_into_eighty_columns() {
    let topics: Vec<_> = std::iter::once(String::new()).chain(topics()).collect();
    assert!(topics.len() > 300);
    for topic in topics {
        let text = help(&topic).unwrap_or_else(|error| panic!("{topic}: {error}"));
        check_width(&text, &topic);
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{topic}: {text:?}");
    }
    let all: Capabilities =
        CAPABILITIES.iter().filter_map(|entry| Capability::try_from(entry.name).ok()).collect();
    check_width(&explain(&all), "capabilities");
}

#[track_caller]
fn check_width(text: &str, what: &str) {
    for line in text.lines() {
        assert!(line.width() <= WIDTH, "{what}: {} columns: {line}", line.width());
        assert!(!line.ends_with(' '), "{what}: {line:?}");
    }
}

#[test]
fn help_on_a_command() {
    assert_eq!(
        help("uid expunge").unwrap(),
        "\
UID EXPUNGE uids

  Removes those of these messages that are marked \\Deleted.
  For ever.

  example  UID EXPUNGE 7:9
  allowed  with a mailbox open
  needs    UIDPLUS
  told in  RFC 9051 section 6.4.9, RFC 4315 section 2.1
"
    );
    let fetch = help("FETCH").unwrap();
    assert!(fetch.starts_with("[UID] FETCH set item\n[UID] FETCH set (item ...)\n"), "{fetch}");
    assert!(fetch.contains("\nItems:\n  FLAGS "), "{fetch}");
    assert_eq!(help("UID FETCH").unwrap(), fetch);
}

#[test]
fn help_on_an_argument_a_capability_and_a_word() {
    assert_eq!(
        help("unseen").unwrap(),
        "  STATUS: UNSEEN   how many that are not read
  ESEARCH: UNSEEN  not read
  SEARCH: UNSEEN   not read
  SORT: UNSEEN     not read
  THREAD: UNSEEN   not read
"
    );
    assert!(help("deleted").unwrap().contains("STORE: \\Deleted"));
    assert!(help("body.peek").unwrap().contains("FETCH: BODY.PEEK[1.MIME]"));
    assert_eq!(
        help("LITERAL-").unwrap(),
        "The capability LITERAL- (RFC 7888): literals up to 4096 octets without\nwaiting: {n+}.\n"
    );
    assert_eq!(
        help(".QUIT").unwrap(),
        ".quit\n\n  Leave. The connection is closed without LOGOUT, which harms nothing. So\n  does Ctrl-D.\n"
    );
    assert_eq!(help("quit"), help(".quit"));
}

#[test]
fn an_unknown_topic_has_a_neighbour() {
    let check = |topic: &str, said: &str, hint: &str| {
        let error = help(topic).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().as_str()), (said, hint));
    };
    check("FECTH", "there is no help on FECTH", "did you mean .help FETCH? .help alone lists all");
    check("selct", "there is no help on selct", "did you mean .help SELECT? .help alone lists all");
    check(".sav", "there is no help on .sav", "did you mean .help .save? .help alone lists all");
    check("a\u{1b}[2J", "there is no help on a\\x1b[2J", ".help alone lists all");
    check("Zeppelin", "there is no help on Zeppelin", ".help alone lists all");
    let long = "x".repeat(100);
    let said = format!("there is no help on {} <40 octets more>", "x".repeat(60));
    check(&long, &said, ".help alone lists all");
}

#[test]
fn capabilities_are_explained() {
    let listed = ["IMAP4rev1", "AUTH=NTLM", "X-GOOD-IDEA", "IDLE"];
    let listed: Capabilities = listed.iter().filter_map(|name| Capability::try_from(*name).ok()).collect();
    assert_eq!(
        explain(&listed),
        "\
IMAP4rev1    RFC 3501        the version of 2003; all servers speak it
AUTH=NTLM    RFC 9051 6.2.2  a mechanism for AUTHENTICATE
X-GOOD-IDEA  ?               not known here
IDLE         RFC 2177        news without asking
"
    );
    let long: Capabilities = Capability::try_from(&*"X".repeat(300)).into_iter().collect();
    check_width(&explain(&long), "a long name");
    assert_eq!(explain(&Capabilities::default()), "");
}
