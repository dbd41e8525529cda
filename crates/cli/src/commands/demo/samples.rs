//! The mails of the demonstration: realistic ones, and every shape that is known to trouble mail programs.
//!
//! All of them are made here, the same octets at every run: no clock, no host name, no randomness. The people, places
//! and firms are invented; addresses lie in domains that are kept for examples (RFC 2606). Lines end in CRLF, no mail
//! holds NUL, and the shapes are those that a server may well hold, also where a standard frowns at them.

mod attachments;
mod big;
mod charset;
mod compose;
mod files;
mod japanese;
mod languages;
mod letters;
mod machine;
mod nested;
mod noise;
mod odd;
mod people;
mod series;
#[cfg(test)]
mod tests;
mod thread;

use bytes::Bytes;
use tayori_proto::response::ListAttribute;
use tayori_proto::types::{Flag, InternalDate, MailboxName};

/// A mailbox of the demonstration.
pub(crate) struct SampleMailbox {
    pub(crate) name: MailboxName,
    /// What the mailbox is for (RFC 6154 section 2).
    pub(crate) special_use: Option<ListAttribute>,
    /// In the order of their arrival.
    pub(crate) mails: Vec<SampleMail>,
}

/// A mail of the demonstration.
pub(crate) struct SampleMail {
    pub(crate) flags: Vec<Flag>,
    /// When it arrived.
    pub(crate) date: InternalDate,
    /// Its octets, in pieces that follow each other. A large mail has one block many times, so that it costs little
    /// memory.
    pub(crate) octets: Vec<Bytes>,
}

impl SampleMail {
    fn new(date: InternalDate, octets: impl Into<Bytes>) -> Self {
        Self { flags: Vec::new(), date, octets: vec![octets.into()] }
    }

    /// Its size in octets.
    #[cfg(test)]
    fn size(&self) -> u64 {
        self.octets.iter().map(|piece| piece.len() as u64).sum()
    }
}

/// All mailboxes of the demonstration, the same at every run.
pub(crate) fn mailboxes() -> Vec<SampleMailbox> {
    vec![
        mailbox(
            "INBOX",
            None,
            [
                letters::inbox(),
                attachments::mails(),
                nested::mails(),
                machine::mails(),
                odd::mails(),
                series::nightly_builds(),
            ],
        ),
        mailbox("Sent", Some(ListAttribute::Sent), [letters::sent()]),
        mailbox("Drafts", Some(ListAttribute::Drafts), [letters::drafts()]),
        mailbox("Trash", Some(ListAttribute::Trash), [letters::trash(), series::receipts()]),
        mailbox(
            "Archive/2024",
            None,
            [letters::of_2024(), series::invoices(2024), series::newsletters(2024)],
        ),
        mailbox(
            "Archive/2025",
            None,
            [
                letters::of_2025(),
                languages::mails(),
                series::invoices(2025),
                series::newsletters(2025),
                series::weather(),
                vec![big::mail()],
            ],
        ),
        mailbox("Lists/rust", None, [thread::posts(), nested::digests()]),
        mailbox("日本語のメール", None, [japanese::mails()]),
    ]
}

fn mailbox<const N: usize>(
    name: &str,
    special_use: Option<ListAttribute>,
    groups: [Vec<SampleMail>; N],
) -> SampleMailbox {
    let mut mails: Vec<SampleMail> = groups.into_iter().flatten().collect();
    mails.sort_by_key(|mail| mail.date.unix_seconds());
    let count = mails.len();
    for (index, mail) in mails.iter_mut().enumerate() {
        mail.flags = flags_in(special_use.as_ref(), index, count);
    }
    let name = MailboxName::new(name).expect("a name given here has no line break");
    SampleMailbox { name, special_use, mails }
}

/// What a person who reads most mails has left behind: the last few are unread, some are answered, flagged, labelled.
fn flags_in(special_use: Option<&ListAttribute>, index: usize, count: usize) -> Vec<Flag> {
    if special_use == Some(&ListAttribute::Drafts) {
        return vec![Flag::Draft, Flag::Seen];
    }
    let keyword = |name: &'static str| Flag::new(name).expect("a keyword given here is an atom");
    let mut flags = Vec::new();
    if index + count / 8 < count {
        flags.push(Flag::Seen);
    }
    if special_use.is_none() && index % 6 == 2 {
        flags.push(Flag::Answered);
    }
    if index % 9 == 4 {
        flags.push(Flag::Flagged);
    }
    if special_use.is_none() && index % 14 == 5 {
        flags.push(keyword("$Forwarded"));
    }
    if index % 23 == 7 {
        flags.push(keyword("family"));
    }
    if special_use == Some(&ListAttribute::Trash) && index % 4 == 1 {
        flags.push(Flag::Deleted);
    }
    flags
}
