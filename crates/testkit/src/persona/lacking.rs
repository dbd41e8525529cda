//! Servers that lack some extensions, and do all the same what those are about.

use tayori_proto::response::Response;
use tayori_proto::types::{Capabilities, Capability};
use tayori_server::{Conduct, Conducts};

/// Nobody is told of these capabilities, by whose absence a client has to find its other ways.
pub fn conducts(missing: &'static [Capability]) -> Conducts {
    Conducts::new(move || Without(missing))
}

/// The same for one connection. Without SPECIAL-USE, the rows of LIST do not say what a mailbox is for.
pub struct Without(pub &'static [Capability]);

impl Conduct for Without {
    fn capabilities(&mut self, own: Capabilities) -> Capabilities {
        own.iter().filter(|listed| !self.0.contains(listed)).cloned().collect()
    }

    fn response(&mut self, response: Response) -> Vec<Response> {
        match response {
            Response::List(mut row) if self.0.contains(&Capability::SpecialUse) => {
                row.attributes.retain(|attribute| attribute.special_use().is_none());
                vec![Response::List(row)]
            }
            other => vec![other],
        }
    }
}
