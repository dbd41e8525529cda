//! A row as a server sends it.

use crate::types::{ModSeq, SeqNum};
use crate::wire::Encoder;

use super::super::body::encode_body;
use super::super::envelope::encode_envelope;
use super::super::flags::encode_flags;
use super::super::section::{encode_origin, encode_part_path, encode_section};
use super::{BodyData, Fetch, FetchItem};

impl Fetch {
    pub(in super::super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* ").show(self.number.map_or(0, SeqNum::value)).raw(" FETCH ");
        encoder.list(&self.items, |encoder, item| item.encode(encoder));
    }
}

impl FetchItem {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Uid(uid) => {
                encoder.raw("UID ").show(uid);
            }
            Self::Flags(flags) => {
                encoder.raw("FLAGS ");
                encode_flags(encoder, flags);
            }
            Self::InternalDate(date) => {
                encoder.raw("INTERNALDATE ");
                match date {
                    None => encoder.raw("NIL"),
                    Some(date) => encoder.raw("\"").show(date).raw("\""),
                };
            }
            Self::Rfc822Size(size) => {
                encoder.raw("RFC822.SIZE ");
                match size {
                    None => encoder.raw("NIL"),
                    Some(size) => encoder.show(size),
                };
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
