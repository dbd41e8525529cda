//! How far long commands are (RFC 9585).

use std::sync::Arc;

use tayori_proto::response::{Response, ResponseCode, Status};
use tokio::sync::watch;

use crate::link::Shared;
use crate::session::Session;

/// How far a command is, as the server says it while it works (`INPROGRESS`, RFC 9585).
///
/// It is for people to look at. Numbers may go back and goals change, when another stage of the work begins, and
/// nothing counts messages. A word whose numbers cannot be (more done than there is to do) is passed over; it shows all
/// the same that the server is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The command's name, such as `UID COPY`; `None` where the server does not say which of several it means.
    pub command: Option<String>,
    /// How much is done, in units of which only the server knows what they are.
    pub done: Option<u32>,
    /// How much there is to do; never without `done`, and never 0.
    pub goal: Option<u32>,
}

impl Progress {
    /// What this tells of the command with this name.
    pub(crate) fn told(response: &Response, command: Option<&str>) -> Option<Self> {
        match response {
            Response::Status(Status { code: Some(ResponseCode::InProgress { done, goal, .. }), .. }) => {
                Some(Self { command: command.map(str::to_owned), done: *done, goal: *goal })
            }
            _ => None,
        }
    }
}

/// Where progress is told, while somebody else waits for the command. It keeps the latest word alone, so it need not be
/// read in time.
#[derive(Clone, Debug)]
pub struct ProgressWatch {
    latest: watch::Receiver<Option<Progress>>,
    shared: Arc<Shared>,
}

impl ProgressWatch {
    /// What the server has said last of a command that has not ended.
    pub fn latest(&self) -> Option<Progress> {
        self.latest.borrow().clone()
    }

    /// Waits for the server's next word; `None` when the connection has ended. Safe to cancel.
    pub async fn next(&mut self) -> Option<Progress> {
        loop {
            tokio::select! {
                biased;
                changed = self.latest.changed() => changed.ok()?,
                () = self.shared.ended() => return None,
            }
            let latest = self.latest.borrow_and_update().clone();
            if latest.is_some() {
                return latest;
            }
        }
    }
}

impl Session {
    /// Where the server tells how far commands are (RFC 9585). Nothing has to be enabled, and whatever it says shows
    /// that it is alive ([`crate::Timeouts::silence`]); a server without INPROGRESS says nothing.
    pub fn progress(&self) -> ProgressWatch {
        let shared = Arc::clone(&self.link.shared);
        ProgressWatch { latest: shared.watch_progress(), shared }
    }
}
