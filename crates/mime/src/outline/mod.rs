//! What the parts of a message are for, from the structure that a server tells (RFC 9051 section 7.5.2, BODYSTRUCTURE).

mod name;
mod parameter;

use std::num::NonZeroU32;

use tayori_proto::types::{
    BodyPart, BodyStructure, Disposition, MultipartBody, PartContent, PartPath, Section, SectionText,
};

pub use name::file_name;
pub use parameter::parameter;

/// One part of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutlinePart<'a> {
    /// What a server is asked for to get its content, without its own header: `BODY[1.2]`.
    ///
    /// A multipart that is a message as a whole has no number; its content is the text of that message, `BODY[TEXT]` or
    /// `BODY[2.TEXT]` (RFC 9051 section 6.4.5.1).
    pub section: Section,
    /// How many multiparts and messages it is in.
    pub depth: usize,
    /// What is told of it.
    pub body: &'a BodyStructure,
    /// Whether it is part of what a person reads in the message, and how that is written.
    pub text: Option<TextKind>,
    /// Whether it is something that comes with the message, to be kept for itself.
    pub is_attachment: bool,
}

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// As it is.
    Plain,
    /// `text/html`
    Html,
}

/// All parts of a message in their order, containers before what they hold.
///
/// What a person reads are the parts of type `text` that are not attachments. Of the parts of a
/// `multipart/alternative`, only those in one alternative are: the first with plain text, else the first with HTML.
/// Messages inside the message are read too. `text/calendar`, `text/vcard`, `text/rtf` and the like are for programs
/// and not for reading.
///
/// An attachment is, of the parts that are neither a multipart nor inside another message,
///
/// - what says that it is one (RFC 2183 section 2.2), or has a file name;
/// - a message, with all that is in it;
/// - whatever is not for reading, so that nothing is left out.
///
/// Except for images that the text around them shows: those in a `multipart/related` behind its first part that have a
/// `Content-ID` and do not say that they are an attachment. A text with a file name is both, unless it says that it is
/// an attachment: then it is not for reading. Texts in the alternatives that are not read are none of both, unless they
/// are named or called an attachment.
///
/// Recursion is as deep as the structure, which what reads it from a server bounds.
pub fn outline(body: &BodyStructure) -> Vec<OutlinePart<'_>> {
    let mut parts = Vec::new();
    let around = Around { depth: 0, reading: Reading::Read, is_shown_by_text: false, in_message: false };
    Walk { parts: &mut parts }.message(body, &[], around);
    parts
}

/// What a part inherits.
#[derive(Clone, Copy)]
struct Around {
    depth: usize,
    reading: Reading,
    /// Whether it is one of the parts of a `multipart/related` to which the first refers.
    is_shown_by_text: bool,
    in_message: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Read,
    /// It stands in an alternative that was not chosen.
    Alternative,
}

struct Walk<'a, 'b> {
    parts: &'b mut Vec<OutlinePart<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// The body of the message with this number, which is empty for the message itself.
    fn message(&mut self, body: &'a BodyStructure, path: &[NonZeroU32], around: Around) {
        match body {
            BodyStructure::Multipart(multipart) => {
                let section = Section { path: PartPath(path.to_vec()), text: Some(SectionText::Text) };
                self.multipart(body, multipart, section, around);
            }
            BodyStructure::Part(part) => self.part(body, part, child(path, 0), around),
        }
    }

    fn any(&mut self, body: &'a BodyStructure, path: PartPath, around: Around) {
        match body {
            BodyStructure::Multipart(multipart) => {
                self.multipart(body, multipart, Section { path, text: None }, around);
            }
            BodyStructure::Part(part) => self.part(body, part, path, around),
        }
    }

    fn multipart(
        &mut self,
        body: &'a BodyStructure,
        multipart: &'a MultipartBody,
        section: Section,
        around: Around,
    ) {
        let path = section.path.clone();
        self.parts.push(OutlinePart { section, depth: around.depth, body, text: None, is_attachment: false });
        let is = |subtype: &str| multipart.media_subtype.eq_ignore_case(subtype.as_bytes());
        let chosen = if is("alternative") { chosen(&multipart.parts) } else { None };
        for (index, part) in multipart.parts.iter().enumerate() {
            let is_read = chosen.is_none_or(|chosen| chosen == index);
            let inside = Around {
                depth: around.depth + 1,
                reading: if is_read { around.reading } else { Reading::Alternative },
                is_shown_by_text: is("related") && index > 0,
                ..around
            };
            self.any(part, child(&path.0, index), inside);
        }
    }

    fn part(&mut self, body: &'a BodyStructure, part: &'a BodyPart, path: PartPath, around: Around) {
        let kind = text_kind(part);
        let is_read = around.reading == Reading::Read;
        let is_named = || file_name(body).is_some();
        let is_attachment = match &part.content {
            _ if around.in_message => false,
            _ if is_called_attachment(part) => true,
            PartContent::Message { .. } => true,
            _ if kind.is_some() => is_named(),
            _ => !(around.is_shown_by_text && is_image(part) && part.fields.id.is_some()),
        };
        let text = kind.filter(|_| is_read && !is_called_attachment(part));
        let section = Section { path: path.clone(), text: None };
        self.parts.push(OutlinePart { section, depth: around.depth, body, text, is_attachment });
        if let PartContent::Message { body, .. } = &part.content {
            let inside = Around {
                depth: around.depth + 1,
                is_shown_by_text: false,
                in_message: true,
                reading: around.reading,
            };
            self.message(body, &path.0, inside);
        }
    }
}

/// The number of the part with this index in the part with this number.
fn child(path: &[NonZeroU32], index: usize) -> PartPath {
    let number = u32::try_from(index).unwrap_or(u32::MAX - 1);
    let mut path = path.to_vec();
    path.push(NonZeroU32::MIN.saturating_add(number));
    PartPath(path)
}

/// Which of these alternatives is for reading: the first of those with the best text.
fn chosen(parts: &[BodyStructure]) -> Option<usize> {
    let best = parts.iter().map(rank).max()?;
    parts.iter().position(|part| rank(part) == best)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Nothing,
    Html,
    Plain,
}

/// The best text in a part.
fn rank(body: &BodyStructure) -> Rank {
    match body {
        BodyStructure::Part(part) if is_called_attachment(part) => Rank::Nothing,
        BodyStructure::Part(part) => match text_kind(part) {
            Some(TextKind::Plain) => Rank::Plain,
            Some(TextKind::Html) => Rank::Html,
            None => Rank::Nothing,
        },
        BodyStructure::Multipart(multipart) => {
            multipart.parts.iter().map(rank).max().unwrap_or(Rank::Nothing)
        }
    }
}

/// How the text of a part is written, if it is one for reading.
fn text_kind(part: &BodyPart) -> Option<TextKind> {
    /// Data for programs.
    const DATA: [&str; 7] =
        ["calendar", "directory", "rfc822-headers", "rtf", "vcard", "x-vcalendar", "x-vcard"];
    let is = |subtype: &&str| part.media_subtype.eq_ignore_case(subtype.as_bytes());
    if !part.media_type.eq_ignore_case(b"text") || DATA.iter().any(is) {
        return None;
    }
    Some(if is(&"html") { TextKind::Html } else { TextKind::Plain })
}

fn is_image(part: &BodyPart) -> bool {
    part.media_type.eq_ignore_case(b"image")
}

fn is_called_attachment(part: &BodyPart) -> bool {
    disposition(part).is_some_and(|disposition| disposition.kind.eq_ignore_case(b"attachment"))
}

fn disposition(part: &BodyPart) -> Option<&Disposition> {
    part.extension.as_ref()?.disposition.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Extensions, Structure};

    /// `section kind` of each part, with `text`, `html` and `attachment` behind it where it is that.
    #[track_caller]
    fn check(message: &str, expected: &[&str]) {
        let message = message.replace('\n', "\r\n");
        let body = Structure::of(message.as_bytes()).body(Extensions::With);
        let shown = outline(&body).into_iter().map(|part| {
            let mut number: Vec<_> = part.section.path.0.iter().map(ToString::to_string).collect();
            number.extend(part.section.text.is_some().then(|| "TEXT".to_owned()));
            let kind = match part.body {
                BodyStructure::Part(part) => part.media_subtype.to_string_lossy(),
                BodyStructure::Multipart(multipart) => multipart.media_subtype.to_string_lossy(),
            };
            let text = match part.text {
                Some(TextKind::Plain) => " text",
                Some(TextKind::Html) => " html",
                None => "",
            };
            let attachment = if part.is_attachment { " attachment" } else { "" };
            format!("{}{} {kind}{text}{attachment}", " ".repeat(part.depth), number.join("."))
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    /// A multipart of these parts, each with its header fields.
    fn multipart(kind: &str, parts: &[&str]) -> String {
        let boundary = format!("={kind}{}=", parts.concat().len());
        let parts: String = parts.iter().map(|part| format!("--{boundary}\n{part}\n")).collect();
        format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\n\n{parts}--{boundary}--\n")
    }

    const PLAIN: &str = "\nplain";
    const HTML: &str = "Content-Type: text/html\n\n<p>html";
    const PDF: &str = "Content-Type: application/pdf\n\npdf";
    const PICTURE: &str =
        "Content-Type: image/png; name=a.png\nContent-ID: <a@b>\nContent-Disposition: inline\n\npng";

    #[test]
    fn a_message_of_one_part() {
        check("Subject: a\n\ntext", &["1 plain text"]);
        check(HTML, &["1 html html"]);
        check(PDF, &["1 pdf attachment"]);
        check("Content-Disposition: attachment\n\ntext", &["1 plain attachment"]);
        check("Content-Type: text/plain; name=a.txt\n\ntext", &["1 plain text attachment"]);
        check("Content-Type: text/calendar\n\ntext", &["1 calendar attachment"]);
        check("Content-Type: text/x-patch\n\ntext", &["1 x-patch text"]);
    }

    #[test]
    fn alternatives() {
        check(&multipart("alternative", &[PLAIN, HTML]), &["TEXT alternative", " 1 plain text", " 2 html"]);
        check(&multipart("alternative", &[HTML, PLAIN]), &["TEXT alternative", " 1 html", " 2 plain text"]);
        check(
            &multipart("alternative", &[HTML, "Content-Type: text/calendar\n\nx"]),
            &["TEXT alternative", " 1 html html", " 2 calendar attachment"],
        );
        let mixed = multipart("mixed", &[HTML, PDF, HTML]);
        check(
            &multipart("alternative", &[PLAIN, &mixed]),
            &[
                "TEXT alternative",
                " 1 plain text",
                " 2 mixed",
                "  2.1 html",
                "  2.2 pdf attachment",
                "  2.3 html",
            ],
        );
        check(&multipart("alternative", &[PDF]), &["TEXT alternative", " 1 pdf attachment"]);
    }

    #[test]
    fn images_that_the_text_shows() {
        let related = multipart("related", &[HTML, PICTURE]);
        check(&related, &["TEXT related", " 1 html html", " 2 png"]);
        let mixed = multipart("mixed", &[&related, PICTURE]);
        check(&mixed, &["TEXT mixed", " 1 related", "  1.1 html html", "  1.2 png", " 2 png attachment"]);
        let picture = PICTURE.replace("inline", "attachment");
        check(
            &multipart("related", &[HTML, &picture, PDF]),
            &["TEXT related", " 1 html html", " 2 png attachment", " 3 pdf attachment"],
        );
    }

    #[test]
    fn messages_in_messages() {
        let inner = multipart("mixed", &[PLAIN, PDF]);
        let message = format!("Content-Type: message/rfc822\n\nSubject: inner\n{inner}");
        check(
            &multipart("mixed", &[PLAIN, &message]),
            &[
                "TEXT mixed",
                " 1 plain text",
                " 2 rfc822 attachment",
                "  2.TEXT mixed",
                "   2.1 plain text",
                "   2.2 pdf",
            ],
        );
        check(
            "Content-Type: message/rfc822\n\nSubject: inner\n\ntext",
            &["1 rfc822 attachment", " 1.1 plain text"],
        );
    }
}
