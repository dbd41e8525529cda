//! GNU Mailutils: IDLE is accepted, and nothing is ever told in it.

use tayori_proto::command::Command;
use tayori_proto::response::Response;
use tayori_server::{Conduct, Conducts, Course};

/// IDLE works, and brings no news however long it lasts: seen at Mailutils 3.15 and at go-imap 1.2.1; Naver is said to
/// be the same.
///
/// They come when it has ended, in front of its tagged answer: later, the numbers of messages would no longer mean the
/// same to both sides.
pub fn conducts() -> Conducts {
    Conducts::new(SilentIdle::default)
}

#[derive(Default)]
struct SilentIdle {
    idles: bool,
    held: Vec<Response>,
}

impl Conduct for SilentIdle {
    fn command(&mut self, command: &Command) -> Course {
        self.idles = matches!(command, Command::Idle);
        Course::CarryOut
    }

    fn response(&mut self, response: Response) -> Vec<Response> {
        match response {
            Response::Tagged(_) => self.held.drain(..).chain([response]).collect(),
            Response::Exists(_) | Response::Recent(_) | Response::Expunge(_) | Response::Fetch(_)
                if self.idles =>
            {
                self.held.push(response);
                Vec::new()
            }
            other => vec![other],
        }
    }
}
