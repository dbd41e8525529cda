//! Exchange and Office 365: sizes that are wrong, and clients that are slowed down with BAD.

use std::time::Duration;

use tayori_proto::command::Command;
use tayori_proto::response::{FetchItem, Response, TaggedStatus};
use tayori_server::{Conduct, Conducts, Course};
use tokio::time::Instant;

/// RFC822.SIZE is not the size of the message: evolution-data-server asks for more of a message until nothing comes,
/// since Exchange's sizes cannot be trusted.
///
/// After `burst` commands without a pause of `backoff` between two of them, each further one is answered
/// `BAD Request is throttled. Suggested Backoff Time: ... milliseconds`, until nothing was asked for so long. The FAQ
/// of imapsync tells of waits up to 299,961 milliseconds.
pub fn conducts(burst: u32, backoff: Duration) -> Conducts {
    Conducts::new(move || Exchange { burst, backoff, in_a_row: 0, last: None })
}

struct Exchange {
    burst: u32,
    backoff: Duration,
    in_a_row: u32,
    last: Option<Instant>,
}

impl Conduct for Exchange {
    fn command(&mut self, command: &Command) -> Course {
        let now = Instant::now();
        let paused = self.last.replace(now).is_some_and(|last| now - last >= self.backoff);
        self.in_a_row = if paused { 1 } else { self.in_a_row + 1 };
        if self.in_a_row <= self.burst || matches!(command, Command::Logout) {
            return Course::CarryOut;
        }
        let text = format!(
            "Request is throttled. Suggested Backoff Time: {} milliseconds",
            self.backoff.as_millis()
        );
        Course::Answer { status: TaggedStatus::Bad, text: text.into() }
    }

    fn response(&mut self, mut response: Response) -> Vec<Response> {
        if let Response::Fetch(fetch) = &mut response {
            for item in &mut fetch.items {
                if let FetchItem::Rfc822Size(Some(size)) = item {
                    *size = wrong(*size);
                }
            }
        }
        vec![response]
    }
}

/// What Exchange would call the size of a message of this size: too much for small ones, too little for large ones, so
/// that both mistakes can be tried.
pub fn wrong(size: u64) -> u64 {
    if size < 1000 { size + 17 } else { size - size / 10 }
}
