//! Gmail: labels are mailboxes, a message is one thing in several of them, and CONDSTORE comes without QRESYNC.

mod labels;

use tayori_proto::response::{FetchItem, Response, ResponseCode, Status, Tagged, TaggedStatus};
use tayori_proto::types::{Atom, Capabilities, Text, Uid, UidValidity};
use tayori_server::{Conduct, Conducts, Options};

use super::capabilities;
use crate::pair::Host;
use labels::Labels;

pub use labels::{GmailMailbox, GmailStore};

/// A host that behaves like Gmail, as its dialogues in `fixtures/transcripts/gmail` and its documentation of IMAP extensions
/// show it:
///
/// * the greeting "Gimap ready" without capabilities; CAPABILITY untagged in front of the answer to a login;
/// * `[Gmail]/All Mail` and the other special mailboxes under `[Gmail]`, with their attributes (RFC 6154);
/// * whatever is appended to a label is in All Mail too, as one message: `X-GM-MSGID`, `X-GM-THRID` and `X-GM-LABELS`;
/// * a message that is expunged from a label, or moved away from it, stays in All Mail; copied to a label that it has,
///   it is not there twice;
/// * CONDSTORE is listed and HIGHESTMODSEQ told on SELECT, QRESYNC is not.
///
/// Not played: flags that are one for all labels, what becomes of a message that is expunged from or moved out of All Mail or Trash,
/// and what our server does not have (COMPRESS, ESEARCH, QUOTA, UTF8=ACCEPT), which is not
/// listed either.
pub fn host() -> Host<GmailStore> {
    let store = GmailStore::new();
    let labels = store.labels();
    let mut options = Options::default();
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
    "IMAP4rev1 UNSELECT IDLE NAMESPACE ID CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=PLAIN";
const AFTER_LOGIN: &str = "IMAP4rev1 UNSELECT IDLE NAMESPACE ID CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE LITERAL- SPECIAL-USE";

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

    fn has_item(&self, name: &Atom) -> bool {
        ITEMS.iter().any(|item| name.eq_ignore_case(item.as_bytes()))
    }

    fn item(&mut self, name: &Atom, validity: UidValidity, uid: Uid) -> Option<FetchItem> {
        let message = self.labels.message(validity, uid)?;
        let value = if name.eq_ignore_case(b"X-GM-LABELS") {
            self.labels.shown(message)
        } else {
            // Each message is a thread of its own, which has the number of its first message.
            message.to_string()
        };
        Some(FetchItem::Unknown { name: name.as_bytes().to_ascii_uppercase().into(), value: value.into() })
    }
}

const ITEMS: [&str; 3] = ["X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS"];
