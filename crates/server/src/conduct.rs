//! Where a server may behave unlike the standard, for tests of clients.

use std::sync::Arc;

use tayori_proto::command::{Command, SearchKey};
use tayori_proto::response::{FetchItem, Response, TaggedStatus};
use tayori_proto::types::{Atom, Capabilities, Text, Uid, UidValidity};

/// How one connection departs from what the server would do by itself. The default is not at all.
///
/// It sees what passes between the client and the rest of the server, in the order in which it happens, and lives as
/// long as the connection does, also across STARTTLS. What it breaks nobody mends: a response that is held back counts
/// as told.
pub trait Conduct: Send {
    /// What is listed in place of `own`: in the greeting, after a login, and when the client asks.
    fn capabilities(&mut self, own: Capabilities) -> Capabilities {
        own
    }

    /// What becomes of a command that could be read, before anything else is looked at. An `APPEND` or `REPLACE` whose
    /// message is streamed is not asked about.
    fn command(&mut self, _command: &Command) -> Course {
        Course::CarryOut
    }

    /// What is said in place of a response. The last one of a command is tagged.
    ///
    /// A row with large bodies ([`BodyData::Streamed`](tayori_proto::response::BodyData)) keeps them, in their order.
    fn response(&mut self, response: Response) -> Vec<Response> {
        vec![response]
    }

    /// What a search key of Gmail (`X-GM-RAW` and others) means in the mailbox with this validity, in keys that the
    /// server knows. With `None` the search is answered with BAD.
    fn search_key(&mut self, _key: &SearchKey, _validity: UidValidity) -> Option<SearchKey> {
        None
    }

    /// Whether it has a FETCH item that the server does not know; others are answered with BAD. With `X-GM-LABELS` it
    /// has `STORE` of labels, too: see [`Mailbox::store_labels`](crate::store::Mailbox::store_labels).
    fn has_item(&self, _name: &Atom) -> bool {
        false
    }

    /// That item of a message. `None` leaves it out of the row.
    fn item(&mut self, _name: &Atom, _validity: UidValidity, _uid: Uid) -> Option<FetchItem> {
        None
    }
}

/// What becomes of a command.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Course {
    /// It is carried out.
    CarryOut,
    /// It is carried out, and what the client has sent behind it, as far as it has arrived, is forgotten.
    ForgetTheRest,
    /// Nothing happens, and this is the answer.
    Answer {
        /// How it ends.
        status: TaggedStatus,
        /// The words.
        text: Text,
    },
    /// The connection ends without a word.
    HangUp,
}

/// Makes the conduct of each connection.
#[derive(Clone)]
pub struct Conducts(Arc<dyn Fn() -> Box<dyn Conduct> + Send + Sync>);

impl Conducts {
    /// Each connection gets what this makes.
    pub fn new<C: Conduct + 'static>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Box::new(make())))
    }

    pub(crate) fn make(&self) -> Box<dyn Conduct> {
        (self.0)()
    }
}
