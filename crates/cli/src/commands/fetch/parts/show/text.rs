//! `--text`: a message as a person reads it.

use indicatif::BinaryBytes;
use serde::Serialize;
use tayori_mime::{OutlinePart, TextKind, TransferEncoding, html_to_text, outline};
use tayori_proto::types::{Envelope, PartContent, Uid};

use super::{line, media_type};
use crate::commands::fetch::parts::look::{Readable, leaf};
use crate::commands::fetch::parts::names::part_number;
use crate::commands::fetch::parts::taking::MOST_TEXT;
use crate::commands::fetch::parts::{Form, Work};
use crate::envelope::{AddressJson, addresses, addresses_json, decoded};

/// `date`, `subject`, `from`, `to`, `cc` as in an envelope; `text`: what there is to read, its lines ended by LF;
/// `cut`: whether it was too much, and something is missing; `attachments`.
#[derive(Serialize)]
struct TextJson<'a> {
    date: Option<String>,
    subject: Option<String>,
    from: Vec<AddressJson>,
    to: Vec<AddressJson>,
    cc: Vec<AddressJson>,
    text: &'a str,
    cut: bool,
    attachments: Vec<AttachmentJson>,
}

/// `part` (its number), `file_name`, `media_type`, `octets` as transferred.
#[derive(Serialize)]
struct AttachmentJson {
    part: String,
    file_name: Option<String>,
    media_type: String,
    octets: Option<u64>,
}

/// A few fields of the header, a blank line, the text, and a list of the attachments. `texts` are those of the parts
/// for reading in their order, and whether they were cut.
pub(in crate::commands::fetch::parts) fn page(
    work: &Work<'_>,
    uid: Uid,
    readable: &Readable,
    texts: &[(String, bool)],
) -> String {
    let parts = outline(&readable.body);
    let (text, cut) = body(&parts, texts, readable.left_out);
    let envelope = &readable.envelope;
    if work.request.form == Form::Json {
        let json = TextJson {
            date: decoded(envelope.date()),
            subject: decoded(envelope.subject()),
            from: addresses_json(envelope.from()),
            to: addresses_json(envelope.to()),
            cc: addresses_json(envelope.cc()),
            text: &text,
            cut,
            attachments: parts.iter().filter(|part| part.is_attachment).map(attachment).collect(),
        };
        return line(work, uid, json);
    }
    let mut page = work.heading(uid);
    for (name, value) in fields(envelope) {
        page.push_str(&format!("{name}: {}\n", work.one_line(&value)));
    }
    page.push('\n');
    if !text.is_empty() {
        page.push_str(&work.lines(&text));
        page.push('\n');
    }
    let mut attachments = parts.iter().filter(|part| part.is_attachment).peekable();
    if attachments.peek().is_some() {
        page.push_str("Attachments:\n");
        for part in attachments {
            let attachment = attachment(part);
            let name = attachment.file_name.as_deref().unwrap_or("(no name)");
            let size = size(part).map_or(String::new(), |size| format!(", {size}"));
            let shown = format!("{}  {name}  ({}{size})", attachment.part, attachment.media_type);
            page.push_str(&format!("  {}\n", work.one_line(&shown)));
        }
        page.push('\n');
    }
    page
}

fn fields(envelope: &Envelope) -> impl Iterator<Item = (&'static str, String)> {
    let fields = [
        ("From", addresses(envelope.from())),
        ("To", addresses(envelope.to())),
        ("Cc", addresses(envelope.cc())),
        ("Date", decoded(envelope.date()).unwrap_or_default()),
        ("Subject", decoded(envelope.subject()).unwrap_or_default()),
    ];
    fields.into_iter().filter(|(_, value)| !value.is_empty())
}

fn attachment(part: &OutlinePart<'_>) -> AttachmentJson {
    AttachmentJson {
        part: part_number(&part.section),
        file_name: tayori_mime::file_name(part.body),
        media_type: media_type(part.body),
        octets: leaf(part).and_then(|leaf| leaf.fields.octets),
    }
}

/// How large a file the attachment becomes, as people say it. A server knows only the size as transferred, so where
/// that is encoded it is said only about.
fn size(part: &OutlinePart<'_>) -> Option<String> {
    /// Octets of a full line of base64 with its line end, and of what it stands for (RFC 2045 section 6.8).
    const LINE: u64 = 78;
    const HELD: u64 = 57;

    let fields = &leaf(part)?.fields;
    let octets = fields.octets?;
    let encoding = TransferEncoding::named(fields.encoding.as_ref());
    let (about, octets) = match encoding {
        Some(TransferEncoding::Base64) => ("about ", octets / LINE * HELD + octets % LINE * 3 / 4),
        Some(TransferEncoding::QuotedPrintable) => ("about ", octets),
        Some(TransferEncoding::Identity) | None => ("", octets),
    };
    Some(format!("{about}{}", BinaryBytes(octets)))
}

/// All there is to read, each piece set apart by a blank line; and whether something is missing.
fn body(parts: &[OutlinePart<'_>], texts: &[(String, bool)], left_out: usize) -> (String, bool) {
    let mut text = String::new();
    let mut is_cut = left_out > 0;
    let mut texts = texts.iter();
    for part in parts {
        if let Some(leaf) = leaf(part)
            && let PartContent::Message { envelope, .. } = &leaf.content
        {
            push_apart(
                &mut text,
                &format!("-------- message in part {} --------\n", part_number(&part.section)),
            );
            for (name, value) in fields(envelope) {
                // In one line, so that a value cannot pass for what follows.
                text.push_str(&format!("{name}: {}\n", value.replace(['\r', '\n'], " ")));
            }
        }
        let Some(kind) = part.text else { continue };
        let Some((found, was_cut)) = texts.next() else { continue };
        let mut was_cut = *was_cut;
        match kind {
            TextKind::Plain => push_apart(&mut text, &found.replace("\r\n", "\n")),
            TextKind::Html => {
                let mut shown = html_to_text(found);
                was_cut |= shown.len() > MOST_TEXT;
                shown.truncate(shown.floor_char_boundary(MOST_TEXT));
                push_apart(&mut text, &shown);
            }
        }
        if was_cut {
            is_cut = true;
            let number = part_number(&part.section);
            push_apart(
                &mut text,
                &format!(
                    "[part {number} is longer and was cut here; --part {number} --decode gives all of it]\n"
                ),
            );
        }
    }
    if left_out > 0 {
        let left_out = match left_out {
            1 => "[1 more part is left out; --structure shows it]\n".to_owned(),
            _ => format!("[{left_out} more parts are left out; --structure shows them]\n"),
        };
        push_apart(&mut text, &left_out);
    }
    (text, is_cut)
}

fn push_apart(text: &mut String, piece: &str) {
    if piece.trim().is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(piece);
    if !piece.ends_with('\n') {
        text.push('\n');
    }
}
