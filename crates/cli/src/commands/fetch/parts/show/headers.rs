//! `--headers`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use tayori_proto::types::Uid;

use super::line;
use crate::commands::fetch::parts::{Audience, Form, Work};
use crate::output::Target;

/// `headers`: the fields in their order.
#[derive(Serialize)]
struct HeadersJson {
    headers: Vec<FieldJson>,
}

/// `name` as it was written, `value` in one line and decoded, `raw` as it was written with its folding; `raw_base64` is
/// there where `raw` is not UTF-8, and holds its octets.
#[derive(Serialize)]
struct FieldJson {
    name: String,
    value: String,
    raw: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

impl FieldJson {
    fn of(name: &[u8], raw: &[u8]) -> Self {
        Self {
            name: String::from_utf8_lossy(name).into_owned(),
            value: tayori_mime::decode_header(raw),
            raw: String::from_utf8_lossy(raw).into_owned(),
            raw_base64: std::str::from_utf8(raw).is_err().then(|| STANDARD.encode(raw)),
        }
    }
}

/// The header as it is, the blank line behind it included. On a terminal each line is escaped; on stdout the message is
/// named where there may be several.
pub(in crate::commands::fetch::parts) fn page(work: &Work<'_>, uid: Uid, header: &[u8]) -> Vec<u8> {
    if work.request.form == Form::Json {
        let fields = tayori_mime::header_fields(header).map(|(name, raw)| FieldJson::of(name, raw));
        return line(work, uid, HeadersJson { headers: fields.collect() }).into_bytes();
    }
    if *work.request.target != Target::Stdout {
        return header.to_vec();
    }
    let mut page = work.heading(uid).into_bytes();
    match work.request.audience {
        Audience::Program => page.extend_from_slice(header),
        Audience::Terminal => page.extend_from_slice(work.lines(&String::from_utf8_lossy(header)).as_bytes()),
    }
    page
}
