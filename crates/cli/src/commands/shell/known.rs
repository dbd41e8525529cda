//! What the dialogue has told so far: state, capabilities, the open mailbox, names of mailboxes, commands without an
//! answer.
//!
//! It follows what was said and judges nothing: a server that lets a command through in the wrong state is believed.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use tayori_proto::command::{Command, ParseOptions};
use tayori_proto::response::{
    Context, ListAttribute, ListRow, Response, ResponseCode, StatusKind, Tagged, TaggedStatus, VanishedWhen,
    parse,
};
use tayori_proto::types::{Capabilities, Capability, MailboxName, NameEncoding, Tag};

use super::standing::{self, Standing};

/// Names of mailboxes that are kept; an account with more is not completed to its end.
const MOST_NAMES: usize = 10_000;

/// What is known of the connection.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) state: State,
    /// `None` while the server has not said, or not since they may have changed.
    pub(crate) capabilities: Option<Capabilities>,
    pub(crate) enabled: Vec<Capability>,
    /// Who has logged in, where that could be read.
    pub(crate) user: Option<String>,
    /// Those whose names were seen; at most [`MOST_NAMES`].
    pub(crate) mailboxes: BTreeMap<MailboxName, SeenMailbox>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) protection: Protection,
    pub(crate) compressed: bool,
}

/// The states of RFC 9051 section 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// No greeting has come.
    Waiting,
    NotAuthenticated,
    Authenticated,
    Selected(OpenMailbox),
    /// After LOGOUT or BYE, or without a connection.
    Logout,
}

/// A mailbox that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenMailbox {
    /// `None` where the command that opened it could not be read.
    pub(crate) name: Option<MailboxName>,
    pub(crate) messages: u32,
    pub(crate) access: Access,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadWrite,
    ReadOnly,
}

/// What protects the octets of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    Clear,
    /// None, and none is needed: they do not leave this machine.
    Local,
    Tls,
}

/// A mailbox whose name the server has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenMailbox {
    /// What stands between the levels of its name.
    pub(crate) delimiter: Option<char>,
    pub(crate) selectable: bool,
}

/// A command that was sent and has no answer yet.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) tag: Tag,
    /// In capitals.
    pub(crate) name: String,
    pub(crate) since: Instant,
    /// Of the mailbox that it opens.
    opens: Option<OpenMailbox>,
    /// Who it logs in.
    user: Option<String>,
}

/// What a response means for whoever waits.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// The first line of the connection.
    Greeting(Greeting),
    /// The answer to this command.
    Answered(Pending, TaggedStatus),
    /// The server asks for more of the command that was sent last.
    Continue(Bytes),
    /// Anything else.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    Welcome,
    /// BYE, or what is none.
    Refused,
}

impl Known {
    /// Of a connection on which nothing was said yet.
    pub(crate) fn new(protection: Protection) -> Self {
        Self {
            state: State::Waiting,
            capabilities: None,
            enabled: Vec::new(),
            user: None,
            mailboxes: BTreeMap::new(),
            pending: Vec::new(),
            protection,
            compressed: false,
        }
    }

    /// How names of mailboxes travel.
    pub(crate) fn names(&self) -> NameEncoding {
        let utf8 = [Capability::Utf8Accept, Capability::Imap4Rev2];
        match self.enabled.iter().any(|enabled| utf8.contains(enabled)) {
            true => NameEncoding::Utf8,
            false => NameEncoding::ModifiedUtf7,
        }
    }

    /// As advice and completion see it.
    pub(crate) fn standing(&self) -> Standing {
        let stage = match &self.state {
            State::Waiting | State::Logout => standing::Stage::None,
            State::NotAuthenticated => standing::Stage::NotAuthenticated,
            State::Authenticated => standing::Stage::Authenticated,
            State::Selected(open) => {
                let access = match open.access {
                    Access::ReadWrite => standing::Access::ReadWrite,
                    Access::ReadOnly => standing::Access::ReadOnly,
                };
                standing::Stage::Selected(standing::Open { messages: Some(open.messages), access })
            }
        };
        Standing {
            stage,
            capabilities: self.capabilities.clone(),
            names: self.names(),
            line: match self.protection {
                Protection::Clear => standing::Line::Clear,
                Protection::Tls | Protection::Local => standing::Line::Private,
            },
            mailboxes: self.mailboxes.keys().cloned().collect(),
        }
    }

    /// The mailbox that is open.
    pub(crate) fn open(&self) -> Option<&OpenMailbox> {
        match &self.state {
            State::Selected(open) => Some(open),
            _ => None,
        }
    }

    /// Whether a literal of so many octets may be sent without a wait (RFC 7888).
    pub(crate) fn takes_literal_at_once(&self, size: u64) -> bool {
        let Some(capabilities) = &self.capabilities else { return false };
        // LITERAL- is part of IMAP4rev2.
        capabilities.has(&Capability::LiteralPlus)
            || size <= 4096 && capabilities.offers(&Capability::LiteralMinus)
    }

    /// A command is on its way; `octets` is the whole of it, where that is at hand.
    pub(crate) fn sent(&mut self, tag: Tag, name: String, octets: Option<&[u8]>, now: Instant) {
        let opens = matches!(&name[..], "SELECT" | "EXAMINE").then(|| {
            let mut options = ParseOptions::default();
            options.names = self.names();
            let read =
                octets.and_then(|octets| Command::parse(&Bytes::copy_from_slice(octets), &options).ok());
            let name = match read.map(|read| read.command) {
                Some(Command::Select { mailbox, .. } | Command::Examine { mailbox, .. }) => Some(mailbox),
                _ => None,
            };
            OpenMailbox { name, messages: 0, access: Access::ReadWrite }
        });
        self.pending.push(Pending { tag, name, since: now, opens, user: None });
    }

    /// The command that was sent last logs in this user, if it is answered OK.
    pub(crate) fn logs_in(&mut self, user: String) {
        if let Some(pending) = self.pending.last_mut() {
            pending.user = Some(user);
        }
    }

    /// The connection is gone, and so is all that waited for it.
    pub(crate) fn ended(&mut self) {
        self.state = State::Logout;
        self.user = None;
        self.pending.clear();
    }

    /// TLS has begun: what was said before it was said by anybody (RFC 9051 section 6.2.1).
    pub(crate) fn secured(&mut self) {
        self.protection = Protection::Tls;
        self.capabilities = None;
        self.mailboxes.clear();
    }

    /// A response that came whole.
    pub(crate) fn heard(&mut self, octets: &Bytes) -> Meaning {
        let mut context = Context::default();
        context.names = self.names();
        let response = parse(octets, &context).response;
        if self.state == State::Waiting {
            return Meaning::Greeting(self.greeted(response));
        }
        match response {
            Response::Tagged(tagged) => return self.tagged(tagged),
            Response::Continue(_) => {
                let line = octets.strip_prefix(b"+").unwrap_or(octets);
                return Meaning::Continue(octets.slice_ref(line.trim_ascii()));
            }
            Response::Status(status) => {
                if status.kind == StatusKind::Bye {
                    self.state = State::Logout;
                }
                self.code(status.code);
            }
            Response::Capability(capabilities) => self.capabilities = Some(capabilities),
            Response::Enabled(enabled) => {
                for capability in enabled.iter() {
                    if !self.enabled.contains(capability) {
                        self.enabled.push(capability.clone());
                    }
                }
            }
            Response::List(row) | Response::Lsub(row) | Response::Xlist(row) => self.seen(row),
            Response::Exists(messages) => {
                if let Some(open) = self.being_opened() {
                    open.messages = messages;
                }
            }
            Response::Expunge(_) => self.fewer(1),
            Response::Vanished(vanished) if vanished.when() == VanishedWhen::Now => {
                self.fewer(u32::try_from(vanished.uids().count()).unwrap_or(u32::MAX));
            }
            _ => {}
        }
        Meaning::Told
    }

    fn greeted(&mut self, response: Response) -> Greeting {
        let Response::Status(status) = response else {
            self.state = State::NotAuthenticated;
            return Greeting::Refused;
        };
        self.code(status.code);
        let (state, greeting) = match status.kind {
            StatusKind::Ok => (State::NotAuthenticated, Greeting::Welcome),
            StatusKind::PreAuth => (State::Authenticated, Greeting::Welcome),
            StatusKind::Bye => (State::Logout, Greeting::Refused),
            StatusKind::No | StatusKind::Bad => (State::NotAuthenticated, Greeting::Refused),
        };
        self.state = state;
        greeting
    }

    fn tagged(&mut self, tagged: Tagged) -> Meaning {
        let Some(index) = self.pending.iter().position(|pending| pending.tag == tagged.tag) else {
            return Meaning::Told;
        };
        let pending = self.pending.remove(index);
        let ok = tagged.status == TaggedStatus::Ok;
        let mut opens = pending.opens.clone();
        match (&pending.name[..], ok) {
            ("LOGIN" | "AUTHENTICATE", true) => {
                self.state = State::Authenticated;
                self.user.clone_from(&pending.user);
                // They may be others now (RFC 9051 section 6.2); most servers say them with this answer.
                self.capabilities = None;
            }
            ("UNAUTHENTICATE", true) => {
                self.state = State::NotAuthenticated;
                self.user = None;
                self.capabilities = None;
                self.enabled.clear();
            }
            ("SELECT" | "EXAMINE", true) => {
                if let Some(opens) = &mut opens {
                    match tagged.code {
                        Some(ResponseCode::ReadOnly) => opens.access = Access::ReadOnly,
                        Some(ResponseCode::ReadWrite) => {}
                        _ if pending.name == "EXAMINE" => opens.access = Access::ReadOnly,
                        _ => {}
                    }
                    self.state = State::Selected(opens.clone());
                }
            }
            // Where it is refused, no mailbox is open any more (RFC 9051 section 6.3.2).
            ("SELECT" | "EXAMINE", false) if tagged.status == TaggedStatus::No && self.open().is_some() => {
                self.state = State::Authenticated;
            }
            ("CLOSE" | "UNSELECT", true) if self.open().is_some() => self.state = State::Authenticated,
            ("LOGOUT", true) => self.state = State::Logout,
            ("COMPRESS", true) => self.compressed = true,
            _ => {}
        }
        self.code(tagged.code);
        Meaning::Answered(pending, tagged.status)
    }

    fn code(&mut self, code: Option<ResponseCode>) {
        match code {
            Some(ResponseCode::Capability(capabilities)) => self.capabilities = Some(capabilities),
            Some(ResponseCode::Closed) if self.open().is_some() => self.state = State::Authenticated,
            _ => {}
        }
    }

    fn seen(&mut self, row: ListRow) {
        let selectable = !row
            .attributes
            .iter()
            .any(|attribute| matches!(attribute, ListAttribute::NoSelect | ListAttribute::NonExistent));
        if self.mailboxes.len() < MOST_NAMES || self.mailboxes.contains_key(&row.name) {
            self.mailboxes.insert(row.name, SeenMailbox { delimiter: row.delimiter, selectable });
        }
    }

    /// The mailbox that EXISTS is about: the one that is being opened, else the one that is open.
    fn being_opened(&mut self) -> Option<&mut OpenMailbox> {
        let opens = self.pending.iter_mut().find_map(|pending| pending.opens.as_mut());
        match (opens, &mut self.state) {
            (Some(opens), _) => Some(opens),
            (None, State::Selected(open)) => Some(open),
            _ => None,
        }
    }

    fn fewer(&mut self, messages: u32) {
        if let State::Selected(open) = &mut self.state {
            open.messages = open.messages.saturating_sub(messages);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state after this dialogue: `>` begins a command, all else is said by the server.
    fn after(dialogue: &[&str]) -> Known {
        let mut known = Known::new(Protection::Clear);
        for line in dialogue {
            match line.strip_prefix("> ") {
                Some(command) => {
                    let (tag, rest) = command.split_once(' ').unwrap();
                    let name = rest.split(' ').next().unwrap().to_owned();
                    let octets = format!("{command}\r\n");
                    known.sent(
                        Tag::new(tag.to_owned()).unwrap(),
                        name,
                        Some(octets.as_bytes()),
                        Instant::now(),
                    );
                }
                None => {
                    known.heard(&Bytes::from(format!("{line}\r\n")));
                }
            }
        }
        known
    }

    fn open(name: &str, messages: u32, access: Access) -> State {
        State::Selected(OpenMailbox { name: Some(MailboxName::new(name).unwrap()), messages, access })
    }

    #[test]
    fn the_state_follows_the_dialogue() {
        let check =
            |dialogue: &[&str], expected: State| assert_eq!(after(dialogue).state, expected, "{dialogue:?}");
        let login = ["* OK hi", "> a LOGIN x y", "a OK in"];
        let select = ["> b SELECT Entw&APw-rfe", "* 3 EXISTS", "b OK [READ-WRITE] open"];
        let opened = [&login[..], &select].concat();
        check(&[], State::Waiting);
        check(&["* OK hi"], State::NotAuthenticated);
        check(&["* PREAUTH hi"], State::Authenticated);
        check(&["* BYE go"], State::Logout);
        check(&["* OK hi", "> a LOGIN x y", "a NO wrong"], State::NotAuthenticated);
        check(&login, State::Authenticated);
        check(&opened, open("Entw\u{fc}rfe", 3, Access::ReadWrite));
        check(
            &[&opened[..], &["* 2 EXPUNGE", "* 5 EXISTS", "* 1 EXPUNGE"]].concat(),
            open("Entw\u{fc}rfe", 4, Access::ReadWrite),
        );
        check(&[&opened[..], &["* VANISHED 7:8"]].concat(), open("Entw\u{fc}rfe", 1, Access::ReadWrite));
        check(&[&opened[..], &["> c SELECT x", "c NO none"]].concat(), State::Authenticated);
        check(
            &[&opened[..], &["> c SELECT", "c BAD what"]].concat(),
            open("Entw\u{fc}rfe", 3, Access::ReadWrite),
        );
        check(
            &[&opened[..], &["> c EXAMINE x", "* 1 EXISTS", "c OK done"]].concat(),
            open("x", 1, Access::ReadOnly),
        );
        check(&[&opened[..], &["> c CLOSE", "c OK done"]].concat(), State::Authenticated);
        check(&[&opened[..], &["> c LOGOUT", "* BYE bye"]].concat(), State::Logout);
        check(&[&opened[..], &["x OK for nobody"]].concat(), open("Entw\u{fc}rfe", 3, Access::ReadWrite));
    }

    #[test]
    fn names_and_capabilities_are_kept() {
        let known = after(&[
            "* OK [CAPABILITY IMAP4rev1 LITERAL-] hi",
            "* LIST (\\HasChildren) \"/\" a",
            "* LIST (\\Noselect) \"/\" b",
            "* LIST () \"/\" a",
            "* ENABLED UTF8=ACCEPT",
        ]);
        let names: Vec<_> =
            known.mailboxes.iter().map(|(name, seen)| (name.as_str(), seen.selectable)).collect();
        assert_eq!(names, [("a", true), ("b", false)]);
        assert!(known.takes_literal_at_once(4096) && !known.takes_literal_at_once(4097));
        assert_eq!(known.names(), NameEncoding::Utf8);
        assert_eq!(after(&["* OK [CAPABILITY IMAP4rev1] hi", "> a LOGIN x y", "a OK in"]).capabilities, None);
    }

    #[test]
    fn a_continuation_is_what_stands_behind_the_plus() {
        let mut known = after(&["* OK hi"]);
        for (line, expected) in [("+ dGVzdA==", "dGVzdA=="), ("+", ""), ("+ ", ""), ("+go on", "go on")] {
            match known.heard(&Bytes::from(format!("{line}\r\n"))) {
                Meaning::Continue(text) => assert_eq!(text, expected, "{line}"),
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}
