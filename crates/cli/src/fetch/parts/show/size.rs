//! `--size`

use serde::Serialize;
use tayori_proto::types::Uid;

use super::line;
use crate::fetch::parts::{Form, Work};

/// `octets`: the size of the message (RFC822.SIZE); null where the server does not know it.
#[derive(Serialize)]
struct SizeJson {
    octets: Option<u64>,
}

/// A line: the UID, and the size in octets.
pub(in crate::fetch::parts) fn page(work: &Work<'_>, uid: Uid, octets: Option<u64>) -> String {
    match work.request.form {
        Form::Json => line(work, uid, SizeJson { octets }),
        Form::Text => {
            let octets = octets.map_or("unknown".to_owned(), |octets| octets.to_string());
            format!("{:>10}  {octets:>12}\n", uid.value())
        }
    }
}
