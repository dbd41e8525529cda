//! Names of files: for parts, and for attachments.

use std::path::{Path, PathBuf};

use tayori_proto::types::{Section, SectionText, Uid};

use super::look::Saved;
use crate::output::safe_name::safe_name;

/// Octets of a name that a sender chose. Names end at 255 octets; room is left for ` (10000)`.
const MOST_NAME: usize = 200;

/// The number of a part as `--part` takes it, `1.2`; of a multipart that has none, `TEXT`; of the header, `HEADER`.
pub(super) fn part_number(section: &Section) -> String {
    let mut number: Vec<_> = section.path.0.iter().map(ToString::to_string).collect();
    number.extend(match section.text {
        None => None,
        Some(SectionText::Header) => Some("HEADER".to_owned()),
        Some(_) => Some("TEXT".to_owned()),
    });
    number.join(".")
}

/// Where the attachments of a message go when there are several messages.
pub(super) fn folder_of_message(folder: &Path, uid: Uid) -> PathBuf {
    folder.join(uid.to_string())
}

/// The name of a file for an attachment: what its sender called it, made safe; without that, `part-<number>.<ending>`.
pub(super) fn attachment_name(part: &Saved) -> String {
    let ending = extension(&part.media_type);
    match &part.file_name {
        // A message gets the ending with which programs open it.
        Some(name) if ending == "eml" && !has_ending(name, "eml") => {
            format!("{}.eml", safe_name(name, MOST_NAME - ".eml".len()))
        }
        Some(name) => safe_name(name, MOST_NAME),
        None => format!("part-{}.{ending}", part.number),
    }
}

/// A second, third, ... file of one name: `report (2).pdf`.
pub(super) fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem} ({number}).{ending}"),
        _ => format!("{name} ({number})"),
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.trim().eq_ignore_ascii_case(ending))
}

/// The usual ending of a file of this type, which is in lower case.
pub(super) fn extension(media_type: &str) -> &'static str {
    ENDINGS.iter().find(|(known, _)| *known == media_type).map_or("bin", |(_, ending)| ending)
}

/// Types that are met in mail. What is not here is `bin`, which no program opens by itself.
const ENDINGS: [(&str, &str); 43] = [
    ("application/gzip", "gz"),
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/pdf", "pdf"),
    ("application/pgp-encrypted", "asc"),
    ("application/pgp-keys", "asc"),
    ("application/pgp-signature", "asc"),
    ("application/pkcs7-mime", "p7m"),
    ("application/pkcs7-signature", "p7s"),
    ("application/rtf", "rtf"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/x-pkcs7-mime", "p7m"),
    ("application/x-pkcs7-signature", "p7s"),
    ("application/xml", "xml"),
    ("application/zip", "zip"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tiff"),
    ("image/webp", "webp"),
    ("message/delivery-status", "txt"),
    ("message/disposition-notification", "txt"),
    ("message/global", "eml"),
    ("message/rfc822", "eml"),
    ("text/calendar", "ics"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
    ("video/mp4", "mp4"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(media_type: &str, file_name: Option<&str>, expected: &str) {
        let part = Saved {
            number: "1.2".to_owned(),
            media_type: media_type.to_owned(),
            file_name: file_name.map(str::to_owned),
            octets: None,
        };
        assert_eq!(attachment_name(&part), expected);
    }

    #[test]
    fn names_of_attachments() {
        check("application/pdf", None, "part-1.2.pdf");
        check("application/x-unknown", None, "part-1.2.bin");
        check("application/pdf", Some("請求書.pdf"), "請求書.pdf");
        check("message/rfc822", Some("Re: hello"), "Re_ hello.eml");
        check("message/rfc822", Some("a.EML"), "a.EML");
        check("application/pdf", Some("../../etc/passwd"), &safe_name("../../etc/passwd", 200));
        assert!(!safe_name("../../etc/passwd", 200).contains('/'));
        let long = "x".repeat(1000);
        check("message/rfc822", Some(&long), &format!("{}.eml", "x".repeat(196)));
    }

    #[test]
    fn names_that_are_taken() {
        for (name, expected) in
            [("a.pdf", "a (2).pdf"), ("a.tar.gz", "a.tar (2).gz"), ("a", "a (2)"), (".a", ".a (2)")]
        {
            assert_eq!(numbered(name, 2), expected);
        }
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(ENDINGS.is_sorted());
        assert_eq!(extension("text/plain"), "txt");
    }
}
