//! `--size`

use serde::Serialize;
use tayori_proto::types::Uid;

use super::line;
use crate::commands::fetch::parts::{AskedFor, Form, Work};

/// `octets`: the size of the message (RFC822.SIZE); null where the server does not know it.
#[derive(Serialize)]
struct SizeJson {
    octets: Option<u64>,
}

/// A line: the UID, and the size in octets; the mailbox where there may be several.
pub(in crate::commands::fetch::parts) fn page(work: &Work<'_>, uid: Uid, octets: Option<u64>) -> String {
    match work.request.form {
        Form::Json => line(work, uid, SizeJson { octets }),
        Form::Text => {
            let octets = octets.map_or("unknown".to_owned(), |octets| octets.to_string());
            let mailbox = match work.request.mailboxes {
                AskedFor::One => String::new(),
                AskedFor::Several => format!("  {}", work.mailbox()),
            };
            format!("{:>10}  {octets:>12}{mailbox}\n", uid.value())
        }
    }
}
