//! `--structure`

use serde::Serialize;
use tayori_mime::{OutlinePart, outline};
use tayori_proto::types::{BodyStructure, Disposition, PartContent, Text, Uid};
use unicode_width::UnicodeWidthStr as _;

use super::{line, media_type};
use crate::commands::fetch::parts::look::leaf;
use crate::commands::fetch::parts::names::part_number;
use crate::commands::fetch::parts::{Form, Work};
use crate::envelope::{EnvelopeJson, decoded};

/// `structure`: the outermost part.
#[derive(Serialize)]
struct StructureJson {
    structure: Option<PartJson>,
}

/// A part: `part` (its number, null for a multipart that has none), `media_type` in lower case, `charset`, `encoding`
/// (in lower case), `octets` and `lines` as transferred, `disposition` (in lower case), `file_name`, `id`,
/// `description`, `attachment` (whether `--attachments` saves it), `envelope` (of the message in it, else null),
/// `parts` (what it holds: the parts of a multipart, or the one body of a message).
#[derive(Serialize)]
struct PartJson {
    part: Option<String>,
    media_type: String,
    charset: Option<String>,
    encoding: Option<String>,
    octets: Option<u64>,
    lines: Option<u64>,
    disposition: Option<String>,
    file_name: Option<String>,
    id: Option<String>,
    description: Option<String>,
    attachment: bool,
    envelope: Option<Box<EnvelopeJson>>,
    parts: Vec<PartJson>,
}

/// A line for each part, those inside others indented, and a blank line behind the message.
pub(in crate::commands::fetch::parts) fn page(work: &Work<'_>, uid: Uid, body: &BodyStructure) -> String {
    let parts = outline(body);
    if work.request.form == Form::Json {
        let mut rest = parts.iter().peekable();
        let structure = rest.next().map(|part| json(part, &mut rest));
        return line(work, uid, StructureJson { structure });
    }
    let rows: Vec<_> = parts.iter().map(|part| row(work, part)).collect();
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width().min(MOST_WIDTH));
        }
    }
    let mut page = work.heading(uid);
    for row in &rows {
        let mut shown = String::new();
        for (index, (width, cell)) in widths.iter().zip(row).enumerate() {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            // Sizes are compared by their last digit.
            let cell = if index == SIZE { format!("{blanks}{cell}") } else { format!("{cell}{blanks}") };
            shown.push_str(&cell);
            shown.push_str("  ");
        }
        page.push_str(shown.trim_end());
        page.push('\n');
    }
    page.push('\n');
    page
}

/// Number, type, encoding, size, name.
const COLUMNS: usize = 5;

const SIZE: usize = 3;

/// A column that is wider pushes what stands behind it, in its own line only.
const MOST_WIDTH: usize = 60;

fn row(work: &Work<'_>, part: &OutlinePart<'_>) -> [String; COLUMNS] {
    // A multipart without a number cannot be asked for.
    let number = if part.section.text.is_none() { part_number(&part.section) } else { "-".to_owned() };
    let mut kind = format!("{}{}", "  ".repeat(part.depth), media_type(part.body));
    let (mut encoding, mut octets) = (String::new(), String::new());
    if let Some(leaf) = leaf(part) {
        if let Some(charset) = parameter(part.body, b"charset") {
            kind.push_str(&format!("; charset={charset}"));
        }
        encoding = leaf.fields.encoding.as_ref().map(lower).unwrap_or_default();
        octets = leaf.fields.octets.map_or("unknown".to_owned(), |octets| octets.to_string());
    }
    let name = tayori_mime::file_name(part.body).unwrap_or_default();
    [number, kind, encoding, octets, name].map(|cell| work.one_line(&cell))
}

/// The part, and what follows in it. As deep as the structure, which the protocol layer bounds.
fn json<'a>(
    part: &OutlinePart<'_>,
    rest: &mut std::iter::Peekable<impl Iterator<Item = &'a OutlinePart<'a>>>,
) -> PartJson {
    let mut parts = Vec::new();
    while let Some(inside) = rest.next_if(|next| next.depth > part.depth) {
        parts.push(json(inside, rest));
    }
    let leaf = leaf(part);
    let fields = leaf.map(|leaf| &leaf.fields);
    let (lines, envelope) = match leaf.map(|leaf| &leaf.content) {
        Some(PartContent::Text { lines }) => (*lines, None),
        Some(PartContent::Message { envelope, lines, .. }) => {
            (*lines, Some(Box::new(EnvelopeJson::of(envelope))))
        }
        Some(PartContent::Basic) | None => (None, None),
    };
    PartJson {
        part: part.section.text.is_none().then(|| part_number(&part.section)),
        media_type: media_type(part.body),
        charset: parameter(part.body, b"charset"),
        encoding: fields.and_then(|fields| fields.encoding.as_ref()).map(lower),
        octets: fields.and_then(|fields| fields.octets),
        lines,
        disposition: disposition(part.body).map(|disposition| lower(&disposition.kind)),
        file_name: tayori_mime::file_name(part.body),
        id: fields.and_then(|fields| decoded(fields.id.as_ref().map(Text::as_bytes))),
        description: fields.and_then(|fields| decoded(fields.description.as_ref().map(Text::as_bytes))),
        attachment: part.is_attachment,
        envelope,
        parts,
    }
}

fn disposition(body: &BodyStructure) -> Option<&Disposition> {
    match body {
        BodyStructure::Part(part) => part.extension.as_ref()?.disposition.as_ref(),
        BodyStructure::Multipart(multipart) => multipart.extension.as_ref()?.disposition.as_ref(),
    }
}

fn parameter(body: &BodyStructure, name: &[u8]) -> Option<String> {
    let BodyStructure::Part(part) = body else { return None };
    let found = part.fields.parameters.iter().find(|parameter| parameter.name.eq_ignore_case(name))?;
    Some(lower(&found.value))
}

fn lower(text: &Text) -> String {
    text.to_string_lossy().to_lowercase()
}
