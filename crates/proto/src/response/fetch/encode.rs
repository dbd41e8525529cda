//! A row as a server sends it.

use crate::grammar::label;
use crate::types::{InternalDate, ModSeq, NameEncoding, ObjectId, Text};
use crate::wire::Encoder;

use super::super::body::encode_body;
use super::super::envelope::encode_envelope;
use super::super::flags::encode_flags;
use super::super::section::{encode_origin, encode_part_path, encode_section};
use super::{BodyData, Fetch, FetchItem, RowKey};

impl Fetch {
    pub(in super::super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        match self.key {
            RowKey::Number(number) => encoder.raw("* ").show(number).raw(" FETCH "),
            RowKey::Uid(uid) => encoder.raw("* ").show(uid).raw(" UIDFETCH "),
            RowKey::Zero => encoder.raw("* 0 FETCH "),
        };
        encoder.list(&self.items, |encoder, item| item.encode(encoder, names));
    }
}

impl FetchItem {
    fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        match self {
            Self::Uid(uid) => {
                encoder.raw("UID ").show(uid);
            }
            Self::Flags(flags) => {
                encoder.raw("FLAGS ");
                encode_flags(encoder, flags.iter());
            }
            Self::InternalDate(date) => encode_date(encoder.raw("INTERNALDATE "), *date),
            Self::SaveDate(date) => encode_date(encoder.raw("SAVEDATE "), *date),
            Self::Rfc822Size(size) => encode_size(encoder.raw("RFC822.SIZE "), *size),
            Self::BinarySize { path, size } => {
                encoder.raw("BINARY.SIZE");
                encode_part_path(encoder, path);
                encode_size(encoder.sp(), *size);
            }
            Self::Envelope(envelope) => {
                encoder.raw("ENVELOPE ");
                encode_envelope(encoder, envelope);
            }
            Self::Body(body) => {
                encoder.raw("BODY ");
                encode_body(encoder, body);
            }
            Self::BodyStructure(body) => {
                encoder.raw("BODYSTRUCTURE ");
                encode_body(encoder, body);
            }
            Self::Section { section, origin, data } => {
                encoder.raw("BODY");
                encode_section(encoder, section);
                encode_origin(encoder, *origin);
                data.encode(encoder);
            }
            Self::Binary { path, origin, data } => {
                encoder.raw("BINARY");
                encode_part_path(encoder, path);
                encode_origin(encoder, *origin);
                data.encode(encoder);
            }
            Self::Rfc822(data) => data.encode(encoder.raw("RFC822")),
            Self::Rfc822Header(data) => data.encode(encoder.raw("RFC822.HEADER")),
            Self::Rfc822Text(data) => data.encode(encoder.raw("RFC822.TEXT")),
            Self::ModSeq(modseq) => {
                encoder.raw("MODSEQ (").show(modseq.map_or(0, ModSeq::value)).raw(")");
            }
            Self::EmailId(id) => encode_object_id(encoder.raw("EMAILID "), id),
            Self::ThreadId(Some(id)) => encode_object_id(encoder.raw("THREADID "), id),
            Self::ThreadId(None) => {
                encoder.raw("THREADID NIL");
            }
            Self::Preview(text) => {
                encoder.raw("PREVIEW ").nstring(text.as_ref().map(Text::as_bytes));
            }
            Self::GmMessageId(id) => {
                encoder.raw("X-GM-MSGID ").show(id);
            }
            Self::GmThreadId(id) => {
                encoder.raw("X-GM-THRID ").show(id);
            }
            Self::GmLabels(labels) => label::encode_list(encoder.raw("X-GM-LABELS "), labels, names),
            Self::Unknown { name, value } => {
                encoder.verbatim(name.as_bytes());
                if !value.is_empty() {
                    encoder.sp().verbatim(value);
                }
            }
            Self::Invalid { raw, .. } => {
                encoder.verbatim(raw);
            }
        }
    }
}

fn encode_date(encoder: &mut Encoder, date: Option<InternalDate>) {
    match date {
        None => encoder.raw("NIL"),
        Some(date) => encoder.raw("\"").show(date).raw("\""),
    };
}

fn encode_size(encoder: &mut Encoder, size: Option<u64>) {
    match size {
        None => encoder.raw("NIL"),
        Some(size) => encoder.show(size),
    };
}

fn encode_object_id(encoder: &mut Encoder, id: &ObjectId) {
    encoder.raw("(").token(id.as_bytes()).raw(")");
}

impl BodyData {
    /// With a blank in front.
    fn encode(&self, encoder: &mut Encoder) {
        encoder.sp();
        match self {
            Self::Nil | Self::Skipped { .. } => encoder.raw("NIL"),
            Self::Inline(text) => encoder.string(text.as_bytes()),
            Self::Streamed { size } => encoder.streamed_literal(*size),
        };
    }
}
