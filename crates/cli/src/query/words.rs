//! The words of a query.

use tayori_client::SearchKey;
use tayori_proto::types::{Atom, Date, ImapString};

use super::Query;

/// What stands in front of a colon.
pub(super) struct Name {
    /// The first is the usual one.
    pub(super) names: &'static [&'static str],
    pub(super) takes: Takes,
    /// For the help, with the value in angle brackets.
    help: (&'static str, &'static str),
}

/// What stands behind it.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Text(fn(ImapString) -> SearchKey),
    Day(fn(Date) -> SearchKey),
    Size(fn(u64) -> SearchKey),
    /// A keyword, which is an atom.
    Keyword(fn(Atom) -> SearchKey),
    /// `name` or `name=value` of a header field.
    Header,
    Uids,
    /// A flag, or something that messages have.
    Thing,
}

/// A field of the header that is asked for by its name.
fn field(name: &'static str, value: ImapString) -> SearchKey {
    match ImapString::new(name) {
        Ok(field) => SearchKey::Header { field, value },
        // The names that stand here can be sent.
        Err(_) => SearchKey::Text(value),
    }
}

pub(super) const NAMES: &[Name] = &[
    Name {
        names: &["from"],
        takes: Takes::Text(SearchKey::From),
        help: ("from:<text>", "the sender's name or address"),
    },
    Name {
        names: &["to"],
        takes: Takes::Text(SearchKey::To),
        help: ("to:<text>", "a receiver; also cc: and bcc:"),
    },
    Name { names: &["cc"], takes: Takes::Text(SearchKey::Cc), help: ("", "") },
    Name { names: &["bcc"], takes: Takes::Text(SearchKey::Bcc), help: ("", "") },
    Name {
        names: &["subject"],
        takes: Takes::Text(SearchKey::Subject),
        help: ("subject:<text>", "the subject"),
    },
    Name {
        names: &["body"],
        takes: Takes::Text(SearchKey::Body),
        help: ("body:<text>", "what stands below the header"),
    },
    Name {
        names: &["text"],
        takes: Takes::Text(SearchKey::Text),
        help: ("text:<text>", "anywhere; so is a word without a name"),
    },
    Name {
        names: &["list"],
        takes: Takes::Text(|value| field("List-Id", value)),
        help: ("list:<text>", "the mailing list"),
    },
    Name {
        names: &["id", "message-id"],
        takes: Takes::Text(|value| field("Message-ID", value)),
        help: ("id:<text>", "the Message-ID"),
    },
    Name {
        names: &["header"],
        takes: Takes::Header,
        help: ("header:<name>=<text>", "any field of the header"),
    },
    Name {
        names: &["since", "after", "newer"],
        takes: Takes::Day(SearchKey::Since),
        help: ("since:<day>", "arrived on this day or later; also newer:"),
    },
    Name {
        names: &["before", "older"],
        takes: Takes::Day(SearchKey::Before),
        help: ("before:<day>", "arrived before this day; also older:"),
    },
    Name { names: &["on"], takes: Takes::Day(SearchKey::On), help: ("on:<day>", "arrived on this day") },
    Name {
        names: &["sent-since", "sent-after"],
        takes: Takes::Day(SearchKey::SentSince),
        help: ("sent-since:<day>", "by the Date field; also sent-before: and sent-on:"),
    },
    Name { names: &["sent-before"], takes: Takes::Day(SearchKey::SentBefore), help: ("", "") },
    Name { names: &["sent-on"], takes: Takes::Day(SearchKey::SentOn), help: ("", "") },
    Name {
        names: &["larger"],
        takes: Takes::Size(SearchKey::Larger),
        help: ("larger:<size>", "such as 500k, 1M or 2G"),
    },
    Name {
        names: &["smaller"],
        takes: Takes::Size(SearchKey::Smaller),
        help: ("smaller:<size>", "the same"),
    },
    Name { names: &["has"], takes: Takes::Thing, help: ("has:attachment", "with a file") },
    Name { names: &["is"], takes: Takes::Thing, help: ("", "") },
    Name {
        names: &["keyword", "tag"],
        takes: Takes::Keyword(SearchKey::Keyword),
        help: ("keyword:<word>", "with this keyword, such as $Junk"),
    },
    Name { names: &["uid"], takes: Takes::Uids, help: ("uid:<set>", "such as 20,30:40") },
    Name {
        names: &["gmail"],
        takes: Takes::Text(SearchKey::GmailRaw),
        help: ("gmail:<text>", "what Gmail's own search finds"),
    },
    Name {
        names: &["label"],
        takes: Takes::Text(SearchKey::GmailLabel),
        help: ("label:<text>", "with this label at Gmail"),
    },
];

/// Words that stand alone, and behind `is:`.
pub(super) const FLAGS: &[(&str, SearchKey)] = &[
    ("seen", SearchKey::Seen),
    ("read", SearchKey::Seen),
    ("unseen", SearchKey::Unseen),
    ("unread", SearchKey::Unseen),
    ("flagged", SearchKey::Flagged),
    ("starred", SearchKey::Flagged),
    ("unflagged", SearchKey::Unflagged),
    ("unstarred", SearchKey::Unflagged),
    ("answered", SearchKey::Answered),
    ("unanswered", SearchKey::Unanswered),
    ("deleted", SearchKey::Deleted),
    ("undeleted", SearchKey::Undeleted),
    ("draft", SearchKey::Draft),
    ("undraft", SearchKey::Undraft),
    ("recent", SearchKey::Recent),
    ("new", SearchKey::New),
    ("old", SearchKey::Old),
    ("all", SearchKey::All),
];

/// Words between others.
pub(super) const JOINTS: &[&str] = &["and", "or", "not"];

/// What a name is about, whatever its case.
pub(super) fn name(typed: &str) -> Option<&'static Name> {
    NAMES.iter().find(|name| name.names.iter().any(|known| known.eq_ignore_ascii_case(typed)))
}

/// The flag of this word, whatever its case.
pub(super) fn flag(typed: &str) -> Option<Query> {
    let known = FLAGS.iter().find(|(word, _)| word.eq_ignore_ascii_case(typed));
    known.map(|(_, key)| Query::Server(key.clone()))
}

/// Whether this can be nothing but a term: a flag, or a known name with a colon behind it.
pub(crate) fn is_term(typed: &str) -> bool {
    flag(typed).is_some() || typed.split_once(':').is_some_and(|(before, _)| name(before).is_some())
}

/// What messages can have or be.
pub(super) fn thing(typed: &str) -> Option<Query> {
    let is_attachment = ["attachment", "attachments"].iter().any(|word| word.eq_ignore_ascii_case(typed));
    if is_attachment { Some(Query::HasAttachment) } else { flag(typed) }
}

/// The words for the end of a help text.
pub(crate) fn help() -> String {
    let mut help = String::from("Words of a query; all that are given have to apply:\n");
    for (word, meaning) in NAMES.iter().map(|name| name.help).filter(|(word, _)| !word.is_empty()) {
        help += &format!("  {word:<22}  {meaning}\n");
    }
    help += "  seen, unseen, flagged, unflagged, answered, unanswered, deleted, draft, ...\n";
    help += "                          also read, unread, starred, and is: in front of them\n";
    help += "  not ... (or -...), ... or ..., ( ... )\n\n";
    help += "A day is 2025-01-31, 2025-01, 2025, today, yesterday, or 7d, 2w, 6m, 1y for so\n";
    help += "long ago. A value with blanks stands in double quotes: subject:\"tax 2025\".\n";
    help
}
