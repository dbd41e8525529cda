//! imap-codec, which imap-next and io-imap rest upon.

use std::hint::black_box;

use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::IntoStatic;
use imap_codec::imap_types::body::{BodyStructure, SpecificFields};
use imap_codec::imap_types::core::{IString, NString};
use imap_codec::imap_types::envelope::{Address, Envelope};
use imap_codec::imap_types::fetch::MessageDataItem;
use imap_codec::imap_types::flag::FlagFetch;
use imap_codec::imap_types::response::{Data, Response};

use super::{Reader, any};
use crate::sets::{Found, Set, Telling, digest};

pub(super) const PARSED: Reader = Reader {
    name: "imap-codec parsed",
    what: "imap-codec 2.0.0-alpha.10, ResponseCodec::decode",
    takes: any,
    read: |set| parsed(set, |response| drop(black_box(response))),
    tell: Some(|set| {
        let mut told = Vec::new();
        parsed(set, |response| told.push(found(&response)));
        told
    }),
};

pub(super) const OWNED: Reader = Reader {
    name: "imap-codec owned",
    what: "imap-codec 2.0.0-alpha.10, ResponseCodec::decode and into_static",
    takes: any,
    read: |set| parsed(set, |response| drop(black_box(response.into_static()))),
    tell: Some(|set| {
        let mut told = Vec::new();
        parsed(set, |response| told.push(found(&response.into_static())));
        told
    }),
};

fn parsed(set: &Set, mut each: impl FnMut(Response<'_>)) {
    let codec = ResponseCodec::new();
    for reply in set.replies() {
        match codec.decode(reply) {
            Ok((_, response)) => each(response),
            Err(error) => panic!("imap-codec refuses a response: {error:?}"),
        }
    }
}

fn found(response: &Response<'_>) -> Found {
    match response {
        Response::Data(Data::Fetch { items, .. }) => row(items.as_ref()),
        Response::Data(Data::Search(numbers, ..)) => {
            Found::Numbers(numbers.len(), numbers.iter().map(|number| u64::from(number.get())).sum())
        }
        other => panic!("not asked for: {other:?}"),
    }
}

pub(super) fn row(items: &[MessageDataItem<'_>]) -> Found {
    let mut telling = Telling::default();
    for item in items {
        match item {
            MessageDataItem::Uid(uid) => telling.uid(u64::from(uid.get())),
            MessageDataItem::Flags(flags) => telling.flags(flags.iter().map(flag).collect()),
            MessageDataItem::Rfc822Size(size) => telling.size(u64::from(*size)),
            MessageDataItem::InternalDate(_) => {}
            MessageDataItem::Envelope(found) => envelope(&mut telling, found),
            MessageDataItem::BodyStructure(found) => structure(&mut telling, found),
            MessageDataItem::BodyExt { data, .. } => {
                let octets = text(data).unwrap_or_default();
                return Found::Body(octets.len(), digest(octets));
            }
            other => panic!("not asked for: {other:?}"),
        }
    }
    Found::Row(telling.0)
}

fn envelope(telling: &mut Telling, envelope: &Envelope<'_>) {
    let Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id } = envelope;
    telling.text(text(date));
    telling.text(text(subject));
    for list in [from, sender, reply_to, to, cc, bcc] {
        telling.list();
        for Address { name, adl, mailbox, host } in list {
            for field in [name, adl, mailbox, host] {
                telling.text(text(field));
            }
        }
    }
    telling.text(text(in_reply_to));
    telling.text(text(message_id));
}

fn structure(telling: &mut Telling, body: &BodyStructure<'_>) {
    match body {
        BodyStructure::Single { body, extension_data } => {
            let (kind, subtype, lines) = match &body.specific {
                SpecificFields::Basic { r#type, subtype } => (octets(r#type), subtype, None),
                SpecificFields::Text { subtype, number_of_lines } => {
                    (&b"text"[..], subtype, Some(u64::from(*number_of_lines)))
                }
                SpecificFields::Message { .. } => panic!("not asked for"),
            };
            telling.part(kind, octets(subtype), u64::from(body.basic.size), lines);
            parameters(telling, &body.basic.parameter_list);
            let tail = extension_data.as_ref().and_then(|extension| extension.tail.as_ref());
            if let Some((_, list)) = tail.and_then(|tail| tail.disposition.as_ref()) {
                parameters(telling, list);
            }
        }
        BodyStructure::Multi { bodies, subtype, extension_data } => {
            for part in bodies.as_ref() {
                structure(telling, part);
            }
            telling.multipart(octets(subtype), bodies.as_ref().len());
            if let Some(extension) = extension_data {
                parameters(telling, &extension.parameter_list);
            }
        }
    }
}

fn parameters(telling: &mut Telling, parameters: &[(IString<'_>, IString<'_>)]) {
    for (name, value) in parameters {
        telling.parameter(octets(name), octets(value));
    }
}

fn flag(flag: &FlagFetch<'_>) -> String {
    match flag {
        FlagFetch::Flag(flag) => flag.to_string(),
        FlagFetch::Recent => "\\Recent".to_owned(),
    }
}

fn text<'a>(text: &'a NString<'_>) -> Option<&'a [u8]> {
    text.0.as_ref().map(octets)
}

fn octets<'a>(string: &'a IString<'_>) -> &'a [u8] {
    string.as_ref()
}
