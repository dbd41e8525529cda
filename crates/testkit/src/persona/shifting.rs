//! Servers whose capabilities are not what they were a moment ago.

use tayori_proto::types::Capabilities;
use tayori_server::{Conduct, Conducts};

use super::capabilities;

/// Each time capabilities are listed it is the next of these lists, and the last one from then on: in the greeting,
/// after the login, at each CAPABILITY. An empty string stands for the server's own list.
///
/// Dovecot's change with the login; all Cyrus tried (3.6.1 to 3.12.4) list LOGINDISABLED after a login that succeeded.
pub fn conducts(lists: &'static [&'static str]) -> Conducts {
    Conducts::new(move || Shifting { lists })
}

struct Shifting {
    lists: &'static [&'static str],
}

impl Conduct for Shifting {
    fn capabilities(&mut self, own: Capabilities) -> Capabilities {
        let Some((first, rest)) = self.lists.split_first() else { return own };
        if !rest.is_empty() {
            self.lists = rest;
        }
        if first.is_empty() { own } else { capabilities(first) }
    }
}
