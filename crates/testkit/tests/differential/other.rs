use std::borrow::Cow;

use imap_proto::{
    Address, AttributeValue, BodyStructure, Capability, Envelope, MailboxDatum, Outcome, Response,
    ResponseCode, Status, StatusAttribute,
};

use super::facts::Facts;

/// What imap-proto makes of it; `None` where it takes less than all of it.
pub(crate) fn read(line: &[u8]) -> Option<Facts> {
    // It panics where a code without a closing bracket is followed by what is not ASCII.
    let (rest, response) = std::panic::catch_unwind(|| Response::parse(line)).ok()?.ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut facts = Facts::default();
    match &response {
        // ENABLED is to it what CAPABILITY is.
        Response::Capabilities(_)
            if line.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"* ENABLED")) =>
        {
            return None;
        }
        Response::Capabilities(listed) => capabilities(&mut facts, "capability", listed),
        Response::Continue(_) => facts.add("continue", ""),
        Response::Done { tag, status, outcome: said } => {
            facts.octets("tag", Some(tag.0.as_bytes()));
            outcome(&mut facts, status, said);
        }
        Response::Data { status, outcome: said } => outcome(&mut facts, status, said),
        Response::Expunge(number) => facts.add("expunge", number),
        Response::Fetch(number, items) => {
            facts.add("fetch", number);
            items.iter().try_for_each(|item| fetch_item(&mut facts, item))?;
        }
        Response::MailboxData(datum) => mailbox_data(&mut facts, datum)?,
        Response::Id(_) => facts.add("id", ""),
        // What we do not read: QUOTA, ACL, VANISHED.
        _ => return None,
    }
    Some(facts)
}

fn outcome(facts: &mut Facts, status: &Status, outcome: &Outcome<'_>) {
    facts.add("status", format!("{status:?}").to_ascii_lowercase());
    let mut plain = |words: String| facts.words("code", [words]);
    match &outcome.code {
        Some(ResponseCode::Alert) => plain("alert".to_owned()),
        Some(ResponseCode::Parse) => plain("parse".to_owned()),
        Some(ResponseCode::ReadOnly) => plain("read-only".to_owned()),
        Some(ResponseCode::ReadWrite) => plain("read-write".to_owned()),
        Some(ResponseCode::TryCreate) => plain("trycreate".to_owned()),
        Some(ResponseCode::UidNotSticky) => plain("uidnotsticky".to_owned()),
        Some(ResponseCode::UidNext(number)) => plain(format!("uidnext {number}")),
        Some(ResponseCode::UidValidity(number)) => plain(format!("uidvalidity {number}")),
        Some(ResponseCode::Unseen(number)) => plain(format!("unseen {number}")),
        Some(ResponseCode::HighestModSeq(number)) => plain(format!("highestmodseq {number}")),
        Some(ResponseCode::PermanentFlags(flags)) => plain(format!("permanentflags ({})", flags.join(" "))),
        Some(ResponseCode::Capabilities(listed)) => capabilities(facts, "code capability", listed),
        // A code that it does not know is text to it.
        _ => return,
    }
    if let Some(text) = &outcome.information {
        facts.octets("text", Some(text.as_bytes()));
    }
}

fn capabilities(facts: &mut Facts, name: &str, listed: &[Capability<'_>]) {
    let names = listed.iter().map(|capability| match capability {
        Capability::Imap4rev1 => "imap4rev1".to_owned(),
        Capability::Auth(mechanism) => format!("auth={mechanism}"),
        Capability::Atom(name) => name.to_string(),
    });
    facts.words(name, names);
}

fn mailbox_data(facts: &mut Facts, datum: &MailboxDatum<'_>) -> Option<()> {
    match datum {
        MailboxDatum::Exists(number) => facts.add("exists", number),
        MailboxDatum::Recent(number) => facts.add("recent", number),
        MailboxDatum::Flags(flags) => facts.words("flags", flags.iter().map(|flag| flag.as_bytes())),
        MailboxDatum::List(row) => {
            facts.add("delimiter", row.delimiter.as_deref().unwrap_or("NIL"));
            facts.mailbox(row.name.as_bytes());
        }
        MailboxDatum::Search(numbers) => {
            let set: tayori_proto::types::UidSet =
                numbers.iter().filter_map(|number| tayori_proto::types::Uid::new(*number)).collect();
            facts.add("search", set);
        }
        MailboxDatum::Status { mailbox, status } => {
            facts.add("mailbox status", "");
            facts.mailbox(mailbox.as_bytes());
            for item in status {
                match item {
                    StatusAttribute::Messages(number) => facts.add("messages", number),
                    StatusAttribute::Recent(number) => facts.add("recent", number),
                    StatusAttribute::UidNext(number) => facts.add("uidnext", number),
                    StatusAttribute::UidValidity(number) => facts.add("uidvalidity", number),
                    StatusAttribute::Unseen(number) => facts.add("unseen", number),
                    StatusAttribute::HighestModSeq(number) => facts.add("highestmodseq", number),
                    _ => {}
                }
            }
        }
        _ => return None,
    }
    Some(())
}

fn data(facts: &mut Facts, name: &str, data: Option<&Cow<'_, [u8]>>) {
    facts.add(name, "");
    facts.octets("data", data.map(AsRef::as_ref));
}

/// `None` for an item that it has only skipped.
fn fetch_item(facts: &mut Facts, item: &AttributeValue<'_>) -> Option<()> {
    match item {
        AttributeValue::Uid(uid) => facts.add("uid", uid),
        AttributeValue::Flags(flags) => facts.words("flags", flags.iter().map(|flag| flag.as_bytes())),
        AttributeValue::Rfc822Size(size) => facts.add("size", size),
        AttributeValue::Envelope(fields) => envelope(facts, fields),
        AttributeValue::BodyStructure(structure) => body(facts, structure),
        AttributeValue::BodySection { index, data, .. } => {
            facts.add("section", index.map_or("whole".to_owned(), |index| index.to_string()));
            facts.octets("data", data.as_deref());
        }
        AttributeValue::Rfc822(text) => data(facts, "rfc822", text.as_ref()),
        AttributeValue::Rfc822Header(text) => data(facts, "rfc822.header", text.as_ref()),
        AttributeValue::Rfc822Text(text) => data(facts, "rfc822.text", text.as_ref()),
        AttributeValue::ModSeq(modseq) => facts.add("modseq", modseq),
        AttributeValue::InternalDate(_) => {}
        _ => return None,
    }
    Some(())
}

fn envelope(facts: &mut Facts, fields: &Envelope<'_>) {
    facts.octets("envelope date", fields.date.as_deref());
    facts.octets("subject", fields.subject.as_deref());
    for list in [&fields.from, &fields.sender, &fields.reply_to, &fields.to, &fields.cc, &fields.bcc] {
        let list = list.as_deref().unwrap_or(&[]);
        facts.add("addresses", list.len());
        for Address { name, adl, mailbox, host } in list {
            for part in [name, adl, mailbox, host] {
                facts.octets("of", part.as_deref());
            }
        }
    }
    facts.octets("in-reply-to", fields.in_reply_to.as_deref());
    facts.octets("message-id", fields.message_id.as_deref());
}

fn body(facts: &mut Facts, structure: &BodyStructure<'_>) {
    match structure {
        BodyStructure::Basic { common, other, .. } => {
            facts.words("type", [common.ty.ty.as_bytes(), common.ty.subtype.as_bytes()]);
            facts.add("octets", other.octets);
        }
        BodyStructure::Text { common, other, lines, .. } => {
            facts.words("type", [common.ty.ty.as_bytes(), common.ty.subtype.as_bytes()]);
            facts.add("octets", other.octets);
            facts.add("lines", lines);
        }
        BodyStructure::Message { common, other, envelope: fields, body: inner, lines, .. } => {
            facts.words("type", [common.ty.ty.as_bytes(), common.ty.subtype.as_bytes()]);
            facts.add("octets", other.octets);
            envelope(facts, fields);
            body(facts, inner);
            facts.add("lines", lines);
        }
        BodyStructure::Multipart { common, bodies, .. } => {
            facts.add("parts", bodies.len());
            bodies.iter().for_each(|part| body(facts, part));
            facts.words("multipart", [common.ty.subtype.as_bytes()]);
        }
    }
}
