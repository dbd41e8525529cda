//! Gmail: labels are mailboxes, a message is one thing in several of them, and CONDSTORE comes without QRESYNC.

mod labels;
mod raw;
mod store;

use tayori_proto::command::SearchKey;
use tayori_proto::response::{FetchItem, Response, ResponseCode, Status, Tagged, TaggedStatus};
use tayori_proto::types::{
    Atom, Capabilities, GmLabel, GmMessageId, GmThreadId, ImapString, NameEncoding, SequenceSet, Text, Uid,
    UidSet, UidValidity,
};
use tayori_server::{Conduct, Conducts, Options};

use super::capabilities;
use crate::pair::Host;
use labels::Labels;

pub use store::{GmailMailbox, GmailStore};

/// A host that behaves like Gmail, as its dialogues in `fixtures/transcripts/gmail` and its documentation of IMAP
/// extensions show it:
///
/// * the greeting "Gimap ready" without capabilities; CAPABILITY untagged in front of the answer to a login;
/// * `[Gmail]/All Mail` and the other special mailboxes under `[Gmail]`, with their attributes (RFC 6154);
/// * whatever is appended to a label is in All Mail too, as one message: `X-GM-MSGID`, `X-GM-THRID` and `X-GM-LABELS`;
/// * a message that is expunged from a label, or moved away from it, stays in All Mail; copied to a label that it has,
///   it is not there twice;
/// * `STORE` of `X-GM-LABELS` gives and takes labels, and makes those that there are not; messages come to the
///   mailboxes and leave them by that, and stay in All Mail;
/// * `X-GM-MSGID`, `X-GM-THRID`, `X-GM-LABELS` and the more usual words of `X-GM-RAW` are search keys;
/// * XLIST, QUOTA, COMPRESS, ESEARCH, LIST-EXTENDED, LIST-STATUS, and messages of up to 34 MiB;
/// * CONDSTORE is listed and HIGHESTMODSEQ told on SELECT, QRESYNC is not.
///
/// Not played: flags that are one for all labels, mod-sequences that grow with labels, threads of several messages,
/// what becomes of a message that is expunged from or moved out of All Mail or gets the label Trash, and UTF8=ACCEPT,
/// in which labels would be in UTF-8; it is not listed.
pub fn host() -> Host<GmailStore> {
    let store = GmailStore::new();
    let labels = store.labels();
    let mut options = Options::default();
    options.limits.message_octets = 34 << 20;
    options.conducts = Some(Conducts::new(move || Gmail { labels: labels.clone(), phase: Phase::Greeting }));
    Host::with(store, options)
}

struct Gmail {
    labels: Labels,
    phase: Phase,
}

enum Phase {
    Greeting,
    LoggedOut,
    LoggedIn,
}

const BEFORE_LOGIN: &str =
    "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=PLAIN";
const AFTER_LOGIN: &str = "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584";

impl Conduct for Gmail {
    fn capabilities(&mut self, _: Capabilities) -> Capabilities {
        match self.phase {
            Phase::Greeting | Phase::LoggedOut => capabilities(BEFORE_LOGIN),
            Phase::LoggedIn => capabilities(AFTER_LOGIN),
        }
    }

    fn response(&mut self, response: Response) -> Vec<Response> {
        match response {
            Response::Status(greeting) if matches!(self.phase, Phase::Greeting) => {
                self.phase = Phase::LoggedOut;
                let text = Text::from("Gimap ready for requests from 203.0.113.7 av5mb180262435pbd");
                vec![Response::Status(Status { code: None, text, ..greeting })]
            }
            Response::Tagged(
                login @ Tagged { status: TaggedStatus::Ok, code: Some(ResponseCode::Capability(_)), .. },
            ) => {
                self.phase = Phase::LoggedIn;
                let text = Text::from("user@example.com authenticated (Success)");
                let listed = Response::Capability(capabilities(AFTER_LOGIN));
                vec![listed, Response::Tagged(Tagged { code: None, text, ..login })]
            }
            other => vec![other],
        }
    }

    fn search_key(&mut self, key: &SearchKey, validity: UidValidity) -> Option<SearchKey> {
        let labelled = |label: &str| these(self.labels.labelled(label, validity));
        Some(match key {
            SearchKey::GmailMessageId(id) | SearchKey::GmailThreadId(id) => {
                these(self.labels.found(*id, validity))
            }
            SearchKey::GmailLabel(label) => labelled(readable(label).as_str()),
            SearchKey::GmailRaw(raw) => raw::keys(raw.as_text().as_str()?, |name| {
                let system = format!("\\{name}");
                labelled(if labels::is_of_the_system(&system) { &system } else { name })
            }),
            _ => return None,
        })
    }

    fn has_item(&self, name: &Atom) -> bool {
        ITEMS.iter().any(|item| name.eq_ignore_case(item.as_bytes()))
    }

    fn item(&mut self, name: &Atom, validity: UidValidity, uid: Uid) -> Option<FetchItem> {
        let message = self.labels.message(validity, uid)?;
        Some(match &name.as_bytes().to_ascii_uppercase()[..] {
            b"X-GM-LABELS" => FetchItem::GmLabels(self.labels.shown(message)),
            b"X-GM-MSGID" => FetchItem::GmMessageId(GmMessageId(message)),
            // Each message is a thread of its own, which has the number of its first message.
            b"X-GM-THRID" => FetchItem::GmThreadId(GmThreadId(message)),
            _ => return None,
        })
    }
}

/// A key for these messages.
fn these(uids: UidSet) -> SearchKey {
    SequenceSet::try_from(uids).map_or_else(|_| !SearchKey::All, SearchKey::Uid)
}

fn readable(label: &ImapString) -> GmLabel {
    GmLabel::from_wire(label.as_bytes().to_vec().into(), NameEncoding::ModifiedUtf7)
}

const ITEMS: [&str; 3] = ["X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS"];
