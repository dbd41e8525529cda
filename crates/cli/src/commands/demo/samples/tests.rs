//! What is promised of all sample mails together. Each module tests its own.

use std::collections::{HashMap, HashSet};

use mail_parser::{MessageParser, MimeHeaders};

use super::{SampleMail, SampleMailbox, mailboxes};

#[test]
fn there_are_eight_mailboxes_and_more_than_two_hundred_mails() {
    let mailboxes = mailboxes();
    let counts: Vec<(&str, usize)> =
        mailboxes.iter().map(|mailbox| (mailbox.name.as_str(), mailbox.mails.len())).collect();
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    assert_eq!(counts.len(), 8, "{counts:?}");
    assert!(total >= 200, "{counts:?}");
    assert!(counts.iter().all(|&(_, count)| count > 0), "{counts:?}");
    assert!(counts.iter().any(|(name, _)| !name.is_ascii()), "{counts:?}");
    let uses = mailboxes.iter().filter(|mailbox| mailbox.special_use.is_some()).count();
    assert_eq!(uses, 3);
}

#[test]
fn every_run_makes_the_same() {
    let all = |mailboxes: Vec<SampleMailbox>| {
        mailboxes
            .into_iter()
            .map(|SampleMailbox { name, special_use, mails }| {
                let mails = mails.into_iter().map(|SampleMail { flags, date, octets }| (flags, date, octets));
                (name, special_use, mails.collect::<Vec<_>>())
            })
            .collect::<Vec<_>>()
    };
    // Not assert_eq: nobody wants to read 50 MiB.
    assert!(all(mailboxes()) == all(mailboxes()));
}

#[test]
fn lines_end_in_crlf_and_nothing_is_nul() {
    for_each_mail(|place, octets| {
        assert!(!octets.contains(&0), "{place}");
        let crlf = octets.windows(2).filter(|pair| pair == b"\r\n").count();
        let either = |octet| octets.iter().filter(|&&other| other == octet).count();
        assert_eq!((either(b'\r'), either(b'\n')), (crlf, crlf), "{place}");
    });
}

#[test]
fn dates_and_flags_are_those_of_a_mailbox_in_use() {
    let mailboxes = mailboxes();
    for mailbox in &mailboxes {
        let moments: Vec<i64> = mailbox.mails.iter().map(|mail| mail.date.unix_seconds()).collect();
        assert!(moments.is_sorted(), "{:?}", mailbox.name);
    }
    let years: HashSet<u16> =
        mailboxes.iter().flat_map(|mailbox| &mailbox.mails).map(|mail| mail.date.date().year()).collect();
    assert_eq!(years, HashSet::from([2023, 2024, 2025, 2026]));
    let flags: HashSet<Vec<u8>> = mailboxes
        .iter()
        .flat_map(|mailbox| &mailbox.mails)
        .flat_map(|mail| mail.flags.iter().map(|flag| flag.to_bytes()))
        .collect();
    for flag in ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Forwarded", "family"] {
        assert!(flags.contains(flag.as_bytes()), "{flag}");
    }
    assert!(mailboxes[0].mails.iter().any(|mail| mail.flags.is_empty()));
}

#[test]
fn ids_are_unique_where_they_are_meant_to_be() {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for_each_mail(|_, octets| {
        if let Some(id) =
            MessageParser::default().parse(octets).and_then(|message| Some(message.message_id()?.to_owned()))
        {
            *seen.entry(id).or_default() += 1;
        }
    });
    let twice: Vec<(String, usize)> = seen.into_iter().filter(|&(_, count)| count > 1).collect();
    assert_eq!(twice, [("odd.twice@example.com".to_owned(), 2)]);
}

/// Every kind that is promised, how to know it, and how many there are at least.
const KINDS: &[(&str, usize, Kind)] = &[
    ("plain text", 100, Kind::Type("text/plain")),
    ("HTML alone", 9, Kind::RootType("text/html")),
    ("text and HTML", 24, Kind::RootType("multipart/alternative")),
    ("PDF", 25, Kind::Type("application/pdf")),
    ("PNG", 5, Kind::Type("image/png")),
    ("CSV", 20, Kind::Type("text/csv")),
    ("a mail of one file", 1, Kind::RootType("application/pdf")),
    ("related parts", 2, Kind::Type("multipart/related")),
    ("a picture with a name for its page", 2, Kind::Contains("\r\nContent-ID: <")),
    ("a mail in a mail", 5, Kind::Contains("Content-Type: message/rfc822")),
    ("a digest", 2, Kind::Type("multipart/digest")),
    ("a signature", 2, Kind::RootType("multipart/signed")),
    ("a sealed mail", 1, Kind::RootType("multipart/encrypted")),
    ("a delivery report", 3, Kind::Contains("report-type=")),
    ("a receipt", 1, Kind::Type("message/disposition-notification")),
    ("an invitation", 1, Kind::Contains("method=REQUEST")),
    ("a long file name in pieces", 2, Kind::Contains("filename*0")),
    ("a file name with its charset", 3, Kind::Contains("filename*=")),
    ("a file name as an encoded word", 2, Kind::Contains("filename=\"=?")),
    ("flowing text", 2, Kind::Contains("format=flowed")),
    ("ISO-2022-JP", 3, Kind::Contains("charset=iso-2022-jp")),
    ("Shift_JIS", 3, Kind::Contains("charset=shift_jis")),
    ("EUC-JP", 3, Kind::Contains("charset=euc-jp")),
    ("a long subject over several lines", 5, Kind::Contains("?=\r\n =?")),
    ("8 bit", 10, Kind::Contains("Content-Transfer-Encoding: 8bit")),
    ("quoted-printable", 10, Kind::Contains("Content-Transfer-Encoding: quoted-printable")),
    ("base64", 40, Kind::Contains("Content-Transfer-Encoding: base64")),
    ("no subject", 2, Kind::Lacks("subject:")),
    ("no date", 1, Kind::Lacks("date:")),
    ("no Message-ID", 2, Kind::Lacks("message-id:")),
    ("an empty body", 2, Kind::EmptyBody),
    ("a body of one dot", 1, Kind::Contains("\r\n\r\n.\r\n")),
    ("lines that begin with From", 1, Kind::Contains("\r\n\r\nFrom the crane")),
    ("a fold with a tab", 2, Kind::Contains("\r\n\t")),
    ("a group of addresses", 1, Kind::Contains("undisclosed-recipients:;")),
    ("no line end at its end", 2, Kind::OpenEnd),
    ("answers in a thread", 30, Kind::Contains("\r\nReferences: <")),
    ("quotations", 15, Kind::Contains("\r\n> ")),
    ("control characters", 1, Kind::Contains("\x1b[2J")),
];

enum Kind {
    /// A part has this content type, as the oracle reads it.
    Type(&'static str),
    /// The mail itself has it.
    RootType(&'static str),
    /// These octets are there, in any case of letters.
    Contains(&'static str),
    /// No line of the header begins so, in any case of letters.
    Lacks(&'static str),
    EmptyBody,
    OpenEnd,
}

impl Kind {
    fn fits(&self, octets: &[u8]) -> bool {
        let text = String::from_utf8_lossy(octets).to_ascii_lowercase();
        let (header, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        match *self {
            Self::Type(wanted) => types(octets).iter().any(|found| found == wanted),
            Self::RootType(wanted) => types(octets).first().is_some_and(|found| found == wanted),
            Self::Contains(needle) => text.contains(&needle.to_ascii_lowercase()),
            Self::Lacks(name) => !header.lines().any(|line| line.starts_with(name)),
            Self::EmptyBody => body.is_empty(),
            Self::OpenEnd => !octets.ends_with(b"\r\n"),
        }
    }
}

/// The content types of all parts, that of the mail first.
fn types(octets: &[u8]) -> Vec<String> {
    let message = MessageParser::default().parse(octets).expect("a mail with a header is a message");
    let shown = |part: &mail_parser::MessagePart<'_>| {
        part.content_type().map_or_else(
            || "text/plain".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase(),
        )
    };
    message.parts.iter().map(shown).collect()
}

#[test]
fn every_kind_is_there() {
    let mut counts = vec![0; KINDS.len()];
    for_each_mail(|_, octets| {
        // The big one would only take its time, once for each kind.
        if octets.len() < 1_000_000 {
            for (count, (_, _, kind)) in counts.iter_mut().zip(KINDS) {
                *count += usize::from(kind.fits(octets));
            }
        }
    });
    let missing: Vec<_> = KINDS
        .iter()
        .zip(counts)
        .filter(|((_, wanted, _), count)| count < wanted)
        .map(|((name, wanted, _), count)| (name, count, wanted))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn all_of_it_is_a_little_more_than_the_big_one() {
    let mailboxes = mailboxes();
    let total: u64 = mailboxes.iter().flat_map(|mailbox| &mailbox.mails).map(SampleMail::size).sum();
    assert!((52_428_800..54_000_000).contains(&total), "{total}");
    let blocks: HashMap<usize, usize> = mailboxes
        .iter()
        .flat_map(|mailbox| &mailbox.mails)
        .flat_map(|mail| &mail.octets)
        .map(|piece| (piece.as_ptr() as usize, piece.len()))
        .collect();
    let held: usize = blocks.values().sum();
    assert!(held < 2_500_000, "{held}");
}

/// Each mail with its place. A block that follows itself is shown once: the mail is shorter then, and nothing new is
/// missing.
fn for_each_mail(mut check: impl FnMut(&str, &[u8])) {
    for mailbox in mailboxes() {
        for (index, mut mail) in mailbox.mails.into_iter().enumerate() {
            mail.octets.dedup_by_key(|piece| piece.as_ptr());
            check(&format!("{} {}", mailbox.name.as_str(), index + 1), &mail.octets.concat());
        }
    }
}
