//! Courier: what comes behind a login in the same write is lost.

use tayori_proto::command::Command;
use tayori_server::{Conduct, Conducts, Course};

/// Commands that were sent behind LOGIN in the same write are never answered, and nothing says so; Cyrus does the same
/// behind AUTHENTICATE. Seen at Courier 5.0.13, and at Cyrus 3.6.1, 3.10.2 and 3.12.4.
///
/// What is lost is what had arrived when the login was read, as with a server that hands the connection to another
/// process.
pub fn conducts() -> Conducts {
    Conducts::new(|| Courier)
}

struct Courier;

impl Conduct for Courier {
    fn command(&mut self, command: &Command) -> Course {
        match command {
            Command::Login { .. } | Command::Authenticate { .. } => Course::ForgetTheRest,
            _ => Course::CarryOut,
        }
    }
}
