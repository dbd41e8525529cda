//! imap-proto, which async-imap and imap rest upon.

use std::borrow::Cow;
use std::hint::black_box;

use imap_proto::{Address, AttributeValue, BodyStructure, Envelope, MailboxDatum, Response};

use super::{Reader, any};
use crate::sets::{Found, Set, Telling, digest};

pub(super) const PARSED: Reader = Reader {
    name: "imap-proto parsed",
    what: "imap-proto 0.17.0, Response::parse",
    takes: any,
    read: |set| parsed(set, |response| drop(black_box(response))),
    tell: Some(|set| {
        let mut told = Vec::new();
        parsed(set, |response| told.push(found(&response)));
        told
    }),
};

pub(super) const OWNED: Reader = Reader {
    name: "imap-proto owned",
    what: "imap-proto 0.17.0, Response::parse and into_owned",
    takes: any,
    read: |set| parsed(set, |response| drop(black_box(response.into_owned()))),
    tell: Some(|set| {
        let mut told = Vec::new();
        parsed(set, |response| told.push(found(&response.into_owned())));
        told
    }),
};

fn parsed(set: &Set, mut each: impl FnMut(Response<'_>)) {
    for reply in set.replies() {
        match Response::parse(reply) {
            Ok((_, response)) => each(response),
            Err(error) => panic!("imap-proto refuses a response: {error:?}"),
        }
    }
}

fn found(response: &Response<'_>) -> Found {
    let items = match response {
        Response::Fetch(_, items) => items,
        Response::MailboxData(MailboxDatum::Search(numbers)) => {
            return Found::Numbers(numbers.len(), numbers.iter().map(|&number| u64::from(number)).sum());
        }
        other => panic!("not asked for: {other:?}"),
    };
    let mut telling = Telling::default();
    for item in items {
        match item {
            AttributeValue::Uid(uid) => telling.uid(u64::from(*uid)),
            AttributeValue::Flags(flags) => {
                telling.flags(flags.iter().map(|flag| flag.to_string()).collect())
            }
            AttributeValue::Rfc822Size(size) => telling.size(u64::from(*size)),
            AttributeValue::InternalDate(_) => {}
            AttributeValue::Envelope(found) => envelope(&mut telling, found),
            AttributeValue::BodyStructure(found) => structure(&mut telling, found),
            AttributeValue::BodySection { data: Some(data), .. } => {
                return Found::Body(data.len(), digest(data));
            }
            other => panic!("not asked for: {other:?}"),
        }
    }
    Found::Row(telling.0)
}

fn envelope(telling: &mut Telling, envelope: &Envelope<'_>) {
    let Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id } = envelope;
    telling.text(date.as_deref());
    telling.text(subject.as_deref());
    for list in [from, sender, reply_to, to, cc, bcc] {
        telling.list();
        for Address { name, adl, mailbox, host } in list.iter().flatten() {
            for field in [name, adl, mailbox, host] {
                telling.text(field.as_deref());
            }
        }
    }
    telling.text(in_reply_to.as_deref());
    telling.text(message_id.as_deref());
}

fn structure(telling: &mut Telling, body: &BodyStructure<'_>) {
    let (common, other, lines) = match body {
        BodyStructure::Basic { common, other, .. } => (common, other, None),
        BodyStructure::Text { common, other, lines, .. } => (common, other, Some(u64::from(*lines))),
        BodyStructure::Multipart { common, bodies, .. } => {
            for part in bodies {
                structure(telling, part);
            }
            telling.multipart(common.ty.subtype.as_bytes(), bodies.len());
            return parameters(telling, common.ty.params.as_ref());
        }
        other => panic!("not asked for: {other:?}"),
    };
    telling.part(common.ty.ty.as_bytes(), common.ty.subtype.as_bytes(), u64::from(other.octets), lines);
    parameters(telling, common.ty.params.as_ref());
    parameters(telling, common.disposition.as_ref().and_then(|disposition| disposition.params.as_ref()));
}

fn parameters(telling: &mut Telling, parameters: Option<&Vec<(Cow<'_, str>, Cow<'_, str>)>>) {
    for (name, value) in parameters.into_iter().flatten() {
        telling.parameter(name.as_bytes(), value.as_bytes());
    }
}
