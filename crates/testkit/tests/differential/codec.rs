use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::body::{BodyStructure, Disposition, SpecificFields};
use imap_codec::imap_types::core::{AString, IString, NString};
use imap_codec::imap_types::envelope::{Address, Envelope};
use imap_codec::imap_types::fetch::MessageDataItem;
use imap_codec::imap_types::flag::FlagPerm;
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::response::{Capability, Code, Data, Response, Status, StatusBody, StatusKind};
use imap_codec::imap_types::status::StatusDataItem;

use super::facts::Facts;

/// What imap-codec makes of it; `None` where it takes less than all of it.
pub(crate) fn read(line: &[u8]) -> Option<Facts> {
    let (rest, response) = ResponseCodec::default().decode(line).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut facts = Facts::default();
    match &response {
        Response::Status(Status::Untagged(body)) => status(&mut facts, body),
        Response::Status(Status::Tagged(tagged)) => {
            facts.octets("tag", Some(tagged.tag.inner().as_bytes()));
            status(&mut facts, &tagged.body);
        }
        Response::Status(Status::Bye(bye)) => {
            facts.add("status", "bye");
            code(&mut facts, bye.code.as_ref());
            facts.octets("text", Some(bye.text.inner().as_bytes()));
        }
        Response::CommandContinuationRequest(_) => facts.add("continue", ""),
        Response::Data(data) => read_data(&mut facts, data)?,
    }
    Some(facts)
}

fn status(facts: &mut Facts, body: &StatusBody<'_>) {
    facts.add(
        "status",
        match body.kind {
            StatusKind::Ok => "ok",
            StatusKind::No => "no",
            StatusKind::Bad => "bad",
        },
    );
    code(facts, body.code.as_ref());
    facts.octets("text", Some(body.text.inner().as_bytes()));
}

fn code(facts: &mut Facts, code: Option<&Code<'_>>) {
    let mut plain = |words: String| facts.words("code", [words]);
    match code {
        None => facts.add("no code", ""),
        Some(Code::Alert) => plain("alert".to_owned()),
        Some(Code::Parse) => plain("parse".to_owned()),
        Some(Code::ReadOnly) => plain("read-only".to_owned()),
        Some(Code::ReadWrite) => plain("read-write".to_owned()),
        Some(Code::TryCreate) => plain("trycreate".to_owned()),
        Some(Code::UidNotSticky) => plain("uidnotsticky".to_owned()),
        Some(Code::Closed) => plain("closed".to_owned()),
        Some(Code::NoModSeq) => plain("nomodseq".to_owned()),
        Some(Code::OverQuota) => plain("overquota".to_owned()),
        Some(Code::UidNext(number)) => plain(format!("uidnext {number}")),
        Some(Code::UidValidity(number)) => plain(format!("uidvalidity {number}")),
        Some(Code::Unseen(number)) => plain(format!("unseen {number}")),
        Some(Code::HighestModSeq(number)) => plain(format!("highestmodseq {number}")),
        Some(Code::PermanentFlags(flags)) => {
            let flags: Vec<_> = flags
                .iter()
                .map(|flag| match flag {
                    FlagPerm::Flag(flag) => flag.to_string(),
                    FlagPerm::Asterisk => "\\*".to_owned(),
                })
                .collect();
            plain(format!("permanentflags ({})", flags.join(" ")));
        }
        Some(Code::Capability(listed)) => capabilities(facts, "code capability", listed.as_ref()),
        Some(Code::AppendUid { uid_validity, uid }) => {
            facts.add("code appenduid", format_args!("{uid_validity} {{{uid}}}"));
        }
        // One that it knows and cannot read is kept as octets, and is no value to compare with.
        Some(Code::Other(other)) if !is_typed(other.inner()) => {
            facts.words("code", [other.inner().trim_ascii_end()])
        }
        Some(_) => {}
    }
}

/// Whether the code is one of those that have a type here.
fn is_typed(code: &[u8]) -> bool {
    let end = code.iter().position(|octet| !octet.is_ascii_alphabetic()).unwrap_or(code.len());
    let typed = [
        "APPENDUID",
        "BADCHARSET",
        "CAPABILITY",
        "COPYUID",
        "HIGHESTMODSEQ",
        "PERMANENTFLAGS",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
    ];
    typed.iter().any(|name| code[..end].eq_ignore_ascii_case(name.as_bytes()))
}

fn capabilities(facts: &mut Facts, name: &str, listed: &[Capability<'_>]) {
    facts.words(name, listed.iter().map(ToString::to_string));
}

fn mailbox(facts: &mut Facts, name: &Mailbox<'_>) {
    match name {
        Mailbox::Inbox => facts.mailbox(b"INBOX"),
        Mailbox::Other(other) => match other.inner() {
            AString::Atom(atom) => facts.mailbox(atom.inner().as_bytes()),
            AString::String(text) => facts.mailbox(text.as_ref()),
        },
    }
}

fn read_data(facts: &mut Facts, data: &Data<'_>) -> Option<()> {
    match data {
        Data::Capability(listed) => capabilities(facts, "capability", listed.as_ref()),
        Data::List { items, delimiter, mailbox: name } | Data::Lsub { items, delimiter, mailbox: name } => {
            facts.add("list", if matches!(data, Data::Lsub { .. }) { "lsub" } else { "list" });
            let items: Vec<_> = items.iter().map(ToString::to_string).collect();
            facts.words("attributes", [items.join(" ")]);
            facts.add(
                "delimiter",
                delimiter.map_or("NIL".to_owned(), |delimiter| delimiter.inner().to_string()),
            );
            mailbox(facts, name);
        }
        Data::Status { mailbox: name, items } => {
            facts.add("mailbox status", "");
            mailbox(facts, name);
            for item in items.iter() {
                match item {
                    StatusDataItem::Messages(number) => facts.add("messages", number),
                    StatusDataItem::Recent(number) => facts.add("recent", number),
                    StatusDataItem::UidNext(number) => facts.add("uidnext", number),
                    StatusDataItem::UidValidity(number) => facts.add("uidvalidity", number),
                    StatusDataItem::Unseen(number) => facts.add("unseen", number),
                    StatusDataItem::Deleted(number) => facts.add("deleted", number),
                    StatusDataItem::Size(number) => facts.add("size", number),
                    StatusDataItem::HighestModSeq(number) => facts.add("highestmodseq", number),
                    _ => {}
                }
            }
        }
        Data::Search(numbers, modseq) => {
            let set: tayori_proto::types::UidSet =
                numbers.iter().filter_map(|number| tayori_proto::types::Uid::new(number.get())).collect();
            facts.add("search", set);
            facts.add("modseq", modseq.map_or(0, |modseq| modseq.get()));
        }
        Data::Flags(flags) => facts.words("flags", flags.iter().map(ToString::to_string)),
        Data::Exists(number) => facts.add("exists", number),
        Data::Recent(number) => facts.add("recent", number),
        Data::Expunge(number) => facts.add("expunge", number),
        Data::Fetch { seq, items } => {
            facts.add("fetch", seq);
            items.as_ref().iter().for_each(|item| fetch_item(facts, item));
        }
        Data::Id { parameters } => {
            facts.add("id", "");
            for (name, value) in parameters.iter().flatten() {
                facts.octets("name", Some(name.as_ref()));
                nstring(facts, "value", value);
            }
        }
        Data::Enabled { capabilities } => {
            facts.words("enabled", capabilities.iter().map(ToString::to_string))
        }
        Data::Namespace { .. } => facts.add("namespace", ""),
        // What we do not read: SORT, THREAD, QUOTA, VANISHED and the like.
        _ => return None,
    }
    Some(())
}

fn nstring(facts: &mut Facts, name: &str, text: &NString<'_>) {
    facts.octets(name, text.0.as_ref().map(IString::as_ref));
}

fn fetch_item(facts: &mut Facts, item: &MessageDataItem<'_>) {
    match item {
        MessageDataItem::Uid(uid) => facts.add("uid", uid),
        MessageDataItem::Flags(flags) => {
            use imap_codec::imap_types::flag::FlagFetch;
            let flags = flags.iter().map(|flag| match flag {
                FlagFetch::Flag(flag) => flag.to_string(),
                FlagFetch::Recent => "\\Recent".to_owned(),
            });
            facts.words("flags", flags);
        }
        MessageDataItem::InternalDate(date) => facts.add("date", date.as_ref().timestamp()),
        MessageDataItem::Rfc822Size(size) => facts.add("size", size),
        MessageDataItem::Envelope(fields) => envelope(facts, fields),
        MessageDataItem::Body(structure) => {
            facts.add("body", "");
            body(facts, structure);
        }
        MessageDataItem::BodyStructure(structure) => {
            facts.add("bodystructure", "");
            body(facts, structure);
        }
        MessageDataItem::BodyExt { origin, data, .. } => {
            facts.add("section", origin.map_or("whole".to_owned(), |origin| origin.to_string()));
            nstring(facts, "data", data);
        }
        MessageDataItem::Rfc822(data) => {
            facts.add("rfc822", "");
            nstring(facts, "data", data);
        }
        MessageDataItem::Rfc822Header(data) => {
            facts.add("rfc822.header", "");
            nstring(facts, "data", data);
        }
        MessageDataItem::Rfc822Text(data) => {
            facts.add("rfc822.text", "");
            nstring(facts, "data", data);
        }
        MessageDataItem::ModSeq(modseq) => facts.add("modseq", modseq),
        MessageDataItem::Binary { .. } => facts.add("binary", ""),
        MessageDataItem::BinarySize { .. } => facts.add("unknown", ""),
    }
}

fn envelope(facts: &mut Facts, fields: &Envelope<'_>) {
    nstring(facts, "envelope date", &fields.date);
    nstring(facts, "subject", &fields.subject);
    for list in [&fields.from, &fields.sender, &fields.reply_to, &fields.to, &fields.cc, &fields.bcc] {
        facts.add("addresses", list.len());
        for Address { name, adl, mailbox, host } in list {
            for part in [name, adl, mailbox, host] {
                nstring(facts, "of", part);
            }
        }
    }
    nstring(facts, "in-reply-to", &fields.in_reply_to);
    nstring(facts, "message-id", &fields.message_id);
}

fn parameters(facts: &mut Facts, parameters: &[(IString<'_>, IString<'_>)]) {
    for (name, value) in parameters {
        facts.words("parameter", [name.as_ref()]);
        facts.octets("is", Some(value.as_ref()));
    }
}

fn body(facts: &mut Facts, structure: &BodyStructure<'_>) {
    match structure {
        BodyStructure::Single { body: part, extension_data } => {
            match &part.specific {
                SpecificFields::Basic { r#type, subtype } => {
                    facts.words("type", [r#type.as_ref(), subtype.as_ref()])
                }
                SpecificFields::Message { .. } => facts.words("type", ["message", "rfc822"]),
                SpecificFields::Text { subtype, .. } => facts.words("type", [b"text", subtype.as_ref()]),
            }
            parameters(facts, &part.basic.parameter_list);
            nstring(facts, "content id", &part.basic.id);
            nstring(facts, "description", &part.basic.description);
            facts.words("encoding", [part.basic.content_transfer_encoding.as_ref()]);
            facts.add("octets", part.basic.size);
            match &part.specific {
                SpecificFields::Basic { .. } => {}
                SpecificFields::Message { envelope: fields, body_structure, number_of_lines } => {
                    envelope(facts, fields);
                    body(facts, body_structure);
                    facts.add("lines", number_of_lines);
                }
                SpecificFields::Text { number_of_lines, .. } => facts.add("lines", number_of_lines),
            }
            if let Some(extension) = extension_data {
                nstring(facts, "md5", &extension.md5);
                disposition(facts, extension.tail.as_ref());
            }
        }
        BodyStructure::Multi { bodies, subtype, extension_data } => {
            facts.add("parts", bodies.as_ref().len());
            bodies.as_ref().iter().for_each(|part| body(facts, part));
            facts.words("multipart", [subtype.as_ref()]);
            if let Some(extension) = extension_data {
                parameters(facts, &extension.parameter_list);
                disposition(facts, extension.tail.as_ref());
            }
        }
    }
}

fn disposition(facts: &mut Facts, tail: Option<&Disposition<'_>>) {
    let Some(tail) = tail else { return };
    if let Some((kind, list)) = &tail.disposition {
        facts.octets("disposition", Some(kind.as_ref()));
        parameters(facts, list);
    }
    let Some(language) = &tail.tail else { return };
    facts.words("language", language.language.iter().map(IString::as_ref));
    let Some(location) = &language.tail else { return };
    nstring(facts, "location", &location.location);
    facts.add("more", location.extensions.len());
}
