use bytes::Bytes;
use tayori_proto::response::{
    BodyData, Context, Fetch, FetchItem, Response, ResponseCode, Status, StatusItem, StatusKind,
    TaggedStatus, parse,
};
use tayori_proto::types::{
    AddressRef, BodyExtension, BodyStructure, Capabilities, Disposition, Envelope, NameEncoding, Parameter,
    PartContent, Text,
};

use super::facts::Facts;

/// What our parser makes of it; `None` where it does not understand all of it.
pub(crate) fn read(line: &[u8]) -> Option<Facts> {
    let response = parse(&Bytes::copy_from_slice(line), &Context::default()).response;
    let mut facts = Facts::default();
    match &response {
        Response::Status(status) => {
            facts.add("status", word(status.kind));
            code(&mut facts, status.code.as_ref(), &status.text);
        }
        Response::Tagged(tagged) => {
            facts.octets("tag", Some(tagged.tag.as_bytes()));
            facts.add(
                "status",
                match tagged.status {
                    TaggedStatus::Ok => "ok",
                    TaggedStatus::No => "no",
                    TaggedStatus::Bad => "bad",
                    TaggedStatus::Bye => "bye",
                    TaggedStatus::Missing => return None,
                },
            );
            code(&mut facts, tagged.code.as_ref(), &tagged.text);
        }
        Response::Continue(_) => facts.add("continue", ""),
        Response::Capability(listed) => capabilities(&mut facts, "capability", listed),
        Response::Enabled(listed) => capabilities(&mut facts, "enabled", listed),
        Response::Id(parameters) => {
            facts.add("id", "");
            for (name, value) in parameters.iter() {
                facts.octets("name", Some(name.as_bytes()));
                facts.octets("value", value.as_ref().map(Text::as_bytes));
            }
        }
        Response::Namespace(_) => facts.add("namespace", ""),
        Response::Flags(flags) => facts.words("flags", flags.iter().map(|flag| flag.to_bytes())),
        Response::List(row) | Response::Lsub(row) => {
            let lsub = matches!(response, Response::Lsub(_));
            facts.add("list", if lsub { "lsub" } else { "list" });
            let wire = encoded(&response);
            let end = wire.iter().position(|octet| *octet == b')')?;
            let attributes = wire[..end].splitn(2, |octet| *octet == b'(').nth(1)?;
            facts.words("attributes", [attributes]);
            facts.add("delimiter", row.delimiter.map_or("NIL".to_owned(), String::from));
            facts.mailbox(&row.name.to_wire(NameEncoding::ModifiedUtf7));
        }
        Response::Search(row) => {
            facts.add("search", row.uids());
            facts.add("modseq", row.modseq.map_or(0, |modseq| modseq.value()));
        }
        Response::MailboxStatus(status) => {
            facts.add("mailbox status", "");
            facts.mailbox(&status.name.to_wire(NameEncoding::ModifiedUtf7));
            for item in &status.items {
                status_item(&mut facts, item);
            }
        }
        Response::Exists(number) => facts.add("exists", number),
        Response::Recent(number) => facts.add("recent", number),
        Response::Expunge(number) => facts.add("expunge", number),
        Response::Fetch(row) => fetch(&mut facts, row)?,
        _ => return None,
    }
    Some(facts)
}

fn encoded(response: &Response) -> Vec<u8> {
    response.encode(NameEncoding::ModifiedUtf7).bytes.to_vec()
}

fn word(kind: StatusKind) -> &'static str {
    match kind {
        StatusKind::Ok => "ok",
        StatusKind::No => "no",
        StatusKind::Bad => "bad",
        StatusKind::PreAuth => "preauth",
        StatusKind::Bye => "bye",
    }
}

fn code(facts: &mut Facts, code: Option<&ResponseCode>, text: &Text) {
    match code {
        None => facts.add("no code", ""),
        Some(ResponseCode::Capability(listed)) => capabilities(facts, "code capability", listed),
        Some(ResponseCode::CopyUid { validity, from, to }) => {
            // Each as a set, since some parsers keep the ranges as they came and some do not.
            facts.add(
                "code copyuid",
                format_args!("{validity} {:?} {:?}", from.resolve(None), to.resolve(None)),
            );
        }
        Some(ResponseCode::AppendUid { validity, uids }) => {
            facts.add("code appenduid", format_args!("{validity} {uids:?}"))
        }
        Some(ResponseCode::Other { name, arguments: None }) => {
            facts.words("code", [name.as_bytes().trim_ascii_end()])
        }
        Some(ResponseCode::Other { name, arguments: Some(arguments) }) => {
            facts.words("code", [[name.as_bytes(), b" ", arguments.as_bytes()].concat().trim_ascii_end()]);
        }
        Some(code) => {
            let status = Status { kind: StatusKind::Ok, code: Some(code.clone()), text: Text::default() };
            let wire = encoded(&Response::Status(status));
            let inner = wire.strip_prefix(b"* OK [").and_then(|wire| wire.strip_suffix(b"] \r\n"));
            facts.words("code", inner);
        }
    }
    facts.octets("text", Some(text.as_bytes()));
}

fn capabilities(facts: &mut Facts, name: &str, listed: &Capabilities) {
    facts.words(name, listed.iter().map(|capability| capability.to_bytes()));
}

fn status_item(facts: &mut Facts, item: &StatusItem) {
    match item {
        StatusItem::Messages(number) => facts.add("messages", number),
        StatusItem::Recent(number) => facts.add("recent", number),
        StatusItem::UidNext(uid) => facts.add("uidnext", uid.map_or(0, |uid| uid.value())),
        StatusItem::UidValidity(validity) => {
            facts.add("uidvalidity", validity.map_or(0, |validity| validity.value()))
        }
        StatusItem::Unseen(number) => facts.add("unseen", number),
        StatusItem::Deleted(number) => facts.add("deleted", number),
        StatusItem::Size(number) => facts.add("size", number),
        StatusItem::HighestModSeq(modseq) => {
            facts.add("highestmodseq", modseq.map_or(0, |modseq| modseq.value()))
        }
        _ => {}
    }
}

fn fetch(facts: &mut Facts, row: &Fetch) -> Option<()> {
    if !row.defects.is_empty() {
        return None;
    }
    facts.add("fetch", row.number().map_or(0, |number| number.value()));
    for item in &row.items {
        match item {
            FetchItem::Uid(uid) => facts.add("uid", uid),
            FetchItem::Flags(flags) => facts.words("flags", flags.iter().map(|flag| flag.to_bytes())),
            FetchItem::InternalDate(date) => {
                facts.add("date", date.map_or(i64::MIN, |date| date.unix_seconds()))
            }
            FetchItem::Rfc822Size(size) => facts.add("size", (*size)?),
            FetchItem::Envelope(fields) => envelope(facts, fields),
            FetchItem::Body(structure) => {
                facts.add("body", "");
                body(facts, structure);
            }
            FetchItem::BodyStructure(structure) => {
                facts.add("bodystructure", "");
                body(facts, structure);
            }
            FetchItem::Section { origin, data: text, .. } => {
                facts.add("section", origin.map_or("whole".to_owned(), |origin| origin.to_string()));
                data(facts, text);
            }
            FetchItem::Binary { data: text, .. } => {
                facts.add("binary", "");
                data(facts, text);
            }
            FetchItem::Rfc822(text) => {
                facts.add("rfc822", "");
                data(facts, text);
            }
            FetchItem::Rfc822Header(text) => {
                facts.add("rfc822.header", "");
                data(facts, text);
            }
            FetchItem::Rfc822Text(text) => {
                facts.add("rfc822.text", "");
                data(facts, text);
            }
            FetchItem::ModSeq(modseq) => facts.add("modseq", modseq.map_or(0, |modseq| modseq.value())),
            FetchItem::Unknown { .. } => facts.add("unknown", ""),
            _ => return None,
        }
    }
    Some(())
}

fn data(facts: &mut Facts, data: &BodyData) {
    match data {
        BodyData::Inline(text) => facts.octets("data", Some(text.as_bytes())),
        _ => facts.octets("data", None),
    }
}

fn text(facts: &mut Facts, name: &str, text: Option<&Text>) {
    facts.octets(name, text.map(Text::as_bytes));
}

fn envelope(facts: &mut Facts, fields: &Envelope) {
    facts.octets("envelope date", fields.date());
    facts.octets("subject", fields.subject());
    let lists = [fields.from(), fields.sender(), fields.reply_to(), fields.to(), fields.cc(), fields.bcc()];
    for list in lists {
        facts.add("addresses", list.len());
        for AddressRef { name, route, mailbox, host } in list {
            for part in [name, route, mailbox, host] {
                facts.octets("of", part);
            }
        }
    }
    facts.octets("in-reply-to", fields.in_reply_to());
    facts.octets("message-id", fields.message_id());
}

fn parameters(facts: &mut Facts, parameters: &[Parameter]) {
    for Parameter { name, value } in parameters {
        facts.words("parameter", [name.as_bytes()]);
        facts.octets("is", Some(value.as_bytes()));
    }
}

fn body(facts: &mut Facts, structure: &BodyStructure) {
    match structure {
        BodyStructure::Part(part) => {
            facts.words("type", [part.media_type.as_bytes(), part.media_subtype.as_bytes()]);
            parameters(facts, &part.fields.parameters);
            text(facts, "content id", part.fields.id.as_ref());
            text(facts, "description", part.fields.description.as_ref());
            facts.words("encoding", part.fields.encoding.as_ref().map(Text::as_bytes));
            facts.add("octets", part.fields.octets.map_or(-1, i128::from));
            match &part.content {
                PartContent::Basic => {}
                PartContent::Text { lines } => facts.add("lines", lines.map_or(-1, i128::from)),
                PartContent::Message { envelope: fields, body: inner, lines } => {
                    envelope(facts, fields);
                    body(facts, inner);
                    facts.add("lines", lines.map_or(-1, i128::from));
                }
            }
            if let Some(extension) = &part.extension {
                text(facts, "md5", extension.md5.as_ref());
                disposition(facts, extension.disposition.as_ref());
                more(facts, &extension.language, extension.location.as_ref(), &extension.more);
            }
        }
        BodyStructure::Multipart(multipart) => {
            facts.add("parts", multipart.parts.len());
            multipart.parts.iter().for_each(|part| body(facts, part));
            facts.words("multipart", [multipart.media_subtype.as_bytes()]);
            if let Some(extension) = &multipart.extension {
                parameters(facts, &extension.parameters);
                disposition(facts, extension.disposition.as_ref());
                more(facts, &extension.language, extension.location.as_ref(), &extension.more);
            }
        }
    }
}

fn disposition(facts: &mut Facts, disposition: Option<&Disposition>) {
    if let Some(disposition) = disposition {
        facts.octets("disposition", Some(disposition.kind.as_bytes()));
        parameters(facts, &disposition.parameters);
    }
}

fn more(facts: &mut Facts, language: &[Text], location: Option<&Text>, more: &[BodyExtension]) {
    facts.words("language", language.iter().map(Text::as_bytes));
    text(facts, "location", location);
    facts.add("more", more.len());
}
