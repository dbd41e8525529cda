//! Strato: LIST succeeds and has no rows.

use tayori_proto::response::Response;
use tayori_server::{Conduct, Conducts};

/// `LIST` is answered OK and nothing else, though there are mailboxes (MailKit issue 1957, there for `LIST ... RETURN`;
/// here for every LIST).
pub fn conducts() -> Conducts {
    Conducts::new(|| Strato)
}

struct Strato;

impl Conduct for Strato {
    fn response(&mut self, response: Response) -> Vec<Response> {
        match response {
            Response::List(_) => Vec::new(),
            other => vec![other],
        }
    }
}
