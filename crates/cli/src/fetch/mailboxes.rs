//! Which mailboxes are meant: names, and what the server says there is.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tayori_client::Session;
use tayori_proto::response::{ListAttribute, ListRow};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, MailboxNameError, NameEncoding};

use crate::cli::Mailboxes;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// What was asked for, read before anything is sent.
#[derive(Debug)]
pub(crate) struct Sought {
    asked: Vec<Asked>,
}

#[derive(Debug)]
enum Asked {
    /// That of the place: its messages lie right in the folder of output, so nothing need be known of its name.
    OfThePlace(MailboxName),
    /// A mailbox by its name.
    Name(MailboxName),
    /// Whatever matches (RFC 9051 section 6.3.9).
    Pattern(ListPattern),
}

/// What there is of it.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// The mailboxes, each once, in the order of what was asked for and in it of what the server said; never none.
    pub(crate) found: Vec<Found>,
    /// What was asked for and is not among them. Each is to be told, and makes the whole partly done.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A mailbox that can be opened, as far as anybody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: MailboxName,
    /// What stands between the levels of its name, where the server has said so. `None` also for one whose name has no
    /// levels.
    pub(crate) separator: Option<char>,
}

/// What was asked for and cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LeftOut {
    /// No mailbox that can be opened matches this pattern.
    NoMatch(ListPattern),
    /// A name that is no text in the encoding of mailbox names, or none that can be told from another one.
    Unreadable(MailboxName),
}

impl Sought {
    /// Fails with [`Exit::Usage`] where a name is none.
    pub(crate) fn parse(place: &Place, mailboxes: &Mailboxes) -> Result<Self, Failure> {
        let asked = match mailboxes {
            Mailboxes::OfThePlace => {
                let name = MailboxName::new(place.mailbox());
                vec![Asked::OfThePlace(name.map_err(|error| no_name("the mailbox in the place", &error))?)]
            }
            Mailboxes::Named(names) => {
                names.iter().map(|name| Asked::parse(name)).collect::<Result<_, _>>()?
            }
            Mailboxes::All => vec![Asked::Pattern(ListPattern::all())],
        };
        Ok(Self { asked })
    }

    /// Asks the server. The mailbox of the place is taken as it is, and nothing is sent.
    ///
    /// Fails with [`Exit::NotFound`] where nothing is found at all. That a name stands for a mailbox is seen when it is
    /// opened.
    pub(crate) async fn find(&self, session: &mut Session) -> Result<Discovery, Failure> {
        if let [Asked::OfThePlace(name)] = self.asked.as_slice() {
            let found = vec![Found { name: name.clone(), separator: None }];
            return Ok(Discovery { found, left_out: Vec::new() });
        }
        // Names that are not listed get the separator of the root, so that they lie on a disk as they would if listed.
        let separator = match self.asked.iter().any(|asked| matches!(asked, Asked::Name(_))) {
            true => root_separator(session).await?,
            false => None,
        };
        let mut finding = Finding::default();
        for asked in &self.asked {
            match asked {
                Asked::Name(name) | Asked::OfThePlace(name) => {
                    finding.add(Found { name: name.clone(), separator });
                }
                Asked::Pattern(pattern) => {
                    let rows = list(session, pattern).await?;
                    finding.add_listed(pattern, rows);
                }
            }
        }
        finding.discovery.or_failure()
    }
}

impl Asked {
    fn parse(typed: &str) -> Result<Self, Failure> {
        let wrong = |error| no_name(&format!("--mailbox {}", escape_str(typed)), &error);
        if typed.contains(['*', '%']) {
            return ListPattern::new(typed).map(Self::Pattern).map_err(wrong);
        }
        MailboxName::new(typed).map(Self::Name).map_err(wrong)
    }
}

fn no_name(what: &str, error: &MailboxNameError) -> Failure {
    Failure::new(Exit::Usage, format!("{what}: {error}"))
}

async fn list(session: &mut Session, pattern: &ListPattern) -> Result<Vec<ListRow>, Failure> {
    let listed = session.list(&ListReference::none(), pattern).await;
    listed.map_err(|error| Failure::from(error).while_doing("cannot list the mailboxes"))
}

/// An empty pattern asks for the separator and nothing else (RFC 9051 section 6.3.9).
async fn root_separator(session: &mut Session) -> Result<Option<char>, Failure> {
    let Ok(nothing) = ListPattern::new("") else { return Ok(None) };
    Ok(list(session, &nothing).await?.first().and_then(|row| row.delimiter))
}

/// Mailboxes while they are collected.
#[derive(Default)]
struct Finding {
    discovery: Discovery,
    /// Each name under the text that people and disks know it by.
    known: HashMap<String, MailboxName>,
    /// What was left out already: two patterns may both show it.
    told: HashSet<LeftOut>,
}

impl Finding {
    fn add(&mut self, found: Found) {
        match self.known.entry(found.name.as_str().to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(found.name.clone());
                self.discovery.found.push(found);
            }
            // A second mailbox of the same text: on a disk the two would be one.
            Entry::Occupied(entry) if *entry.get() != found.name => {
                self.leave_out(LeftOut::Unreadable(found.name));
            }
            Entry::Occupied(_) => {}
        }
    }

    fn add_listed(&mut self, pattern: &ListPattern, rows: Vec<ListRow>) {
        let mut matched = false;
        for row in rows.into_iter().filter(can_be_opened) {
            matched = true;
            if is_text(&row.name) {
                self.add(Found { name: row.name, separator: row.delimiter });
            } else {
                self.leave_out(LeftOut::Unreadable(row.name));
            }
        }
        if !matched {
            self.leave_out(LeftOut::NoMatch(pattern.clone()));
        }
    }

    fn leave_out(&mut self, what: LeftOut) {
        if self.told.insert(what.clone()) {
            self.discovery.left_out.push(what);
        }
    }
}

/// `\NonExistent` implies `\Noselect` (RFC 9051 section 7.3.1), but not every server says both.
fn can_be_opened(row: &ListRow) -> bool {
    !row.attributes.iter().any(|known| matches!(known, ListAttribute::NoSelect | ListAttribute::NonExistent))
}

/// Whether a name reads as what it is. UTF-8 that was sent as it is, where modified UTF-7 is in force, does (Proton
/// Bridge does so); the server gets its own octets back.
fn is_text(name: &MailboxName) -> bool {
    let wire = name.to_wire(NameEncoding::Utf8);
    MailboxName::new(name.as_str()).is_ok() && *wire == *name.as_str().as_bytes()
}

/// Of what is left out, so much is told where it is all there is.
const MOST_SHOWN: usize = 5;

impl Discovery {
    fn or_failure(self) -> Result<Self, Failure> {
        if !self.found.is_empty() {
            return Ok(self);
        }
        let Some(first) = self.left_out.first() else {
            return Err(Failure::new(Exit::NotFound, "no mailbox is asked for"));
        };
        let mut messages: Vec<_> = self.left_out.iter().take(MOST_SHOWN).map(LeftOut::message).collect();
        if self.left_out.len() > MOST_SHOWN {
            messages.push(format!("and {} more", self.left_out.len() - MOST_SHOWN));
        }
        Err(Failure::new(Exit::NotFound, messages.join("; ")).hint(first.hint()))
    }
}

impl LeftOut {
    /// For whoever asked. By itself, none of these is the end.
    pub(crate) fn to_failure(&self) -> Failure {
        Failure::new(Exit::PartlyDone, self.message()).hint(self.hint())
    }

    fn message(&self) -> String {
        match self {
            Self::NoMatch(pattern) if *pattern == ListPattern::all() => {
                "the server lists no mailbox that can be opened".to_owned()
            }
            Self::NoMatch(pattern) => {
                format!("no mailbox that can be opened matches {}", escape_str(pattern.as_str()))
            }
            Self::Unreadable(name) => format!(
                "the mailbox {} is left out, since its name is not valid or cannot be told from another",
                escape_str(name.as_str())
            ),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoMatch(pattern) if *pattern == ListPattern::all() => {
                "name a mailbox in the place, or with --mailbox".to_owned()
            }
            Self::NoMatch(pattern) => format!(
                "a mailbox with that very name is reached by the place: imaps://user@host/{}",
                utf8_percent_encode(pattern.as_str(), NON_ALPHANUMERIC)
            ),
            Self::Unreadable(_) => "rename it with another mail program".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tayori_client::{Connector, Transport};
    use tayori_server::store::Store as _;
    use tayori_testkit::pair::{Host, ROOMY, password, user};
    use tayori_testkit::peer::Peer;
    use tokio::io::DuplexStream;

    use super::*;

    fn sought(place: &str, mailboxes: &Mailboxes) -> Result<Sought, Failure> {
        Sought::parse(&format!("imaps://ann@example.org/{place}").parse().unwrap(), mailboxes)
    }

    fn named(names: &[&str]) -> Sought {
        sought("", &Mailboxes::Named(names.iter().map(|&name| name.to_owned()).collect())).unwrap()
    }

    fn all() -> Sought {
        sought("", &Mailboxes::All).unwrap()
    }

    async fn session(stream: DuplexStream) -> Session {
        let connection = Connector::new().connect_over(stream, Transport::Trusted).await.unwrap();
        connection.login(&user(), &password()).await.unwrap()
    }

    /// `NAME separator`, one behind the other, then what is left out.
    fn shown(outcome: Result<Discovery, Failure>) -> String {
        match outcome {
            Ok(Discovery { found, left_out }) => {
                let found = found.iter().map(|found| match found.separator {
                    Some(separator) => format!("{} {separator}", found.name.as_str()),
                    None => found.name.as_str().to_owned(),
                });
                let left_out = left_out.iter().map(|left_out| {
                    let failure = left_out.to_failure();
                    assert_eq!(failure.exit, Exit::PartlyDone);
                    failure.to_text().trim_end().to_owned()
                });
                found.chain(left_out).collect::<Vec<_>>().join("\n")
            }
            Err(failure) => format!("{:?} {}", failure.exit, failure.to_text().trim_end()),
        }
    }

    /// Finds them on a server that says this to each command that it expects.
    #[track_caller]
    fn check(sought: &Sought, dialogue: &[(&str, &str)], expected: &str) {
        let (stream, mut peer) = Peer::pair(1 << 16);
        let server = async {
            peer.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
            peer.exchange("LOGIN ann secret", "$ OK [CAPABILITY IMAP4rev1] in\r\n").await;
            for (command, answer) in dialogue {
                peer.exchange(command, answer).await;
            }
            assert_eq!(*peer.rest().await, b""[..]);
        };
        let client = async { sought.find(&mut session(stream).await).await };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (outcome, ()) = runtime.block_on(async { tokio::join!(client, server) });
        assert_eq!(shown(outcome), expected);
    }

    #[test]
    fn the_mailbox_of_the_place_is_not_asked_for() {
        check(&sought("a%2Ab", &Mailboxes::OfThePlace).unwrap(), &[], "a*b");
        check(&sought("", &Mailboxes::OfThePlace).unwrap(), &[], "INBOX");
    }

    #[test]
    fn names_get_the_separator_of_the_root() {
        let root = ("LIST \"\" \"\"", "* LIST (\\Noselect) \".\" \"\"\r\n$ OK done\r\n");
        check(&named(&["Sent.2026"]), &[root], "Sent.2026 .");
        check(&named(&["b.c", "inbox", "a", "INBOX"]), &[root], "b.c .\nINBOX .\na .");
        let flat = ("LIST \"\" \"\"", "$ OK done\r\n");
        check(&named(&["b", "a"]), &[flat], "b\na");
    }

    #[test]
    fn what_cannot_be_opened_is_not_listed_and_nothing_twice() {
        let rows = "* LIST (\\HasNoChildren) \"/\" Sent\r\n\
                    * LIST (\\NoSelect) \"/\" Lists\r\n\
                    * LIST () \"/\" inbox\r\n\
                    * LIST (\\NonExistent) \"/\" Gone\r\n\
                    * LIST () NIL INBOX\r\n\
                    * LIST () \"/\" \"Lists/&ZeVnLIqe-\"\r\n\
                    * LIST () \"/\" Sent\r\n$ OK done\r\n";
        check(&all(), &[("LIST \"\" *", rows)], "Sent /\nINBOX /\nLists/\u{65e5}\u{672c}\u{8a9e} /");
    }

    #[test]
    fn several_patterns_and_names() {
        check(
            &named(&["Lists/%", "Drafts", "*e*"]),
            &[
                ("LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n"),
                ("LIST \"\" Lists/%", "* LIST () \"/\" Lists/b\r\n* LIST () \"/\" Lists/e\r\n$ OK done\r\n"),
                ("LIST \"\" *e*", "* LIST () \"/\" Lists/e\r\n* LIST () \"/\" Sent\r\n$ OK done\r\n"),
            ],
            "Lists/b /\nLists/e /\nDrafts /\nSent /",
        );
    }

    #[test]
    fn a_pattern_without_a_mailbox_is_told() {
        let none = "$ OK done\r\n";
        check(
            &named(&["x*", "Sent*"]),
            &[("LIST \"\" x*", none), ("LIST \"\" Sent*", "* LIST () \"/\" Sent\r\n$ OK done\r\n")],
            "Sent /\nerror: no mailbox that can be opened matches x*\n\
             hint: a mailbox with that very name is reached by the place: imaps://user@host/x%2A",
        );
        check(
            &named(&["x*", "50%", "x*"]),
            &[
                ("LIST \"\" x*", none),
                ("LIST \"\" 50%", "* LIST (\\Noselect) \"/\" 501\r\n$ OK done\r\n"),
                ("LIST \"\" x*", none),
            ],
            "NotFound error: no mailbox that can be opened matches x*; no mailbox that can be opened matches 50%\n\
             hint: a mailbox with that very name is reached by the place: imaps://user@host/x%2A",
        );
        check(
            &all(),
            &[("LIST \"\" *", none)],
            "NotFound error: the server lists no mailbox that can be opened\n\
             hint: name a mailbox in the place, or with --mailbox",
        );
    }

    #[test]
    fn a_name_that_is_no_text_is_told_and_left_out() {
        // Octets above ASCII are no modified UTF-7; as UTF-8 they read well, in Latin-1 they do not.
        let (stream, mut peer) = Peer::pair(1 << 16);
        let server = async {
            peer.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
            peer.exchange("LOGIN ann secret", "$ OK [CAPABILITY IMAP4rev1] in\r\n").await;
            let tag = peer.expect("LIST \"\" *").await;
            peer.say(b"* LIST () \"/\" \"caf\xe9\x1b\"\r\n* LIST () \"/\" \"caf\xc3\xa9\"\r\n").await;
            // The same as text, and another mailbox.
            peer.say(b"* LIST () \"/\" \"caf&AOk-\"\r\n* LIST () \"/\" \"\"\r\n").await;
            peer.answer(&tag, "$ OK done\r\n").await;
        };
        let client = async { all().find(&mut session(stream).await).await };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (outcome, ()) = runtime.block_on(async { tokio::join!(client, server) });
        let left_out = |name: &str| {
            format!(
                "error: the mailbox {name} is left out, since its name is not valid or cannot be told from another\n\
                 hint: rename it with another mail program"
            )
        };
        let expected =
            ["caf\u{e9} /".to_owned(), left_out("caf\u{fffd}\\x1b"), left_out("caf\u{e9}"), left_out("")]
                .join("\n");
        assert_eq!(shown(outcome), expected);
    }

    #[test]
    fn much_that_is_left_out_is_told_in_short() {
        let mut finding = Finding::default();
        for n in 0..9 {
            finding.leave_out(LeftOut::NoMatch(ListPattern::new(format!("{n}*")).unwrap()));
        }
        let shown = shown(finding.discovery.or_failure());
        assert!(shown.contains("matches 4*; and 4 more\nhint: "), "{shown}");
    }

    #[test]
    fn what_is_no_name_is_refused_before_anything_is_sent() {
        for (name, expected) in [
            ("", "error: --mailbox : a mailbox name cannot be empty\n"),
            ("a\nb", "error: --mailbox a\\x0ab: a mailbox name cannot hold CR, LF or NUL (index 1)\n"),
            ("*\0", "error: --mailbox *\\x00: a mailbox name cannot hold CR, LF or NUL (index 1)\n"),
        ] {
            let failure = sought("", &Mailboxes::Named(vec!["a".to_owned(), name.to_owned()])).unwrap_err();
            assert_eq!((failure.exit, failure.to_text().as_str()), (Exit::Usage, expected));
        }
    }

    #[test]
    fn a_refusal_is_passed_on() {
        check(
            &all(),
            &[("LIST \"\" *", "$ NO not now\r\n")],
            "Protocol error: cannot list the mailboxes: the server refused LIST\nthe server said: \"not now\"",
        );
    }

    #[tokio::test]
    async fn the_server_of_this_project_lists_what_is_meant() {
        let host = Host::new();
        for name in ["Sent", "Lists/rust", "Lists/imap/old", "\u{65e5}\u{672c}\u{8a9e}"] {
            host.store().create(&MailboxName::new(name).unwrap()).await.unwrap();
        }
        let mut session = session(host.connect(ROOMY)).await;
        for (names, expected) in [
            (&["Lists/%", "sent"][..], "Lists/rust /\nsent /"),
            (&["Lists/*"], "Lists/imap/old /\nLists/rust /"),
            // Named alone it lies where it would among others.
            (&["Lists/rust"], "Lists/rust /"),
            (&["\u{65e5}*", "in%"], "\u{65e5}\u{672c}\u{8a9e} /\nINBOX /"),
        ] {
            assert_eq!(shown(named(names).find(&mut session).await), expected, "{names:?}");
        }
        let found = all().find(&mut session).await.unwrap();
        assert_eq!(found.left_out, []);
        assert_eq!(found.found.len(), 5);
        assert_eq!(found.found.iter().filter(|found| found.name.is_inbox()).count(), 1);
        let place = sought("", &Mailboxes::OfThePlace).unwrap();
        assert_eq!(shown(place.find(&mut session).await), "INBOX");
    }
}
