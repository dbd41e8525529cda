//! `tayori status`: what is in a mailbox, without opening it.

use indicatif::{BinaryBytes, HumanCount};
use serde::Serialize;
use tayori_proto::response::StatusItem;

use crate::accounts::Round;
use crate::cli::{Access, Form, Look};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox;
use crate::stdout;
use crate::table::{Column, Width, unnamed};
use crate::visit::visit;

/// Does it at one server or at all of them.
pub(crate) async fn run(options: Look) -> Result<Exit, Failure> {
    let mut round = Round::new(options.accounts, &options.access, options.form)?;
    while let Some(place) = round.next()? {
        let access = Access { place, ..options.access.clone() };
        round.ended(at_one(&Look { access, ..options.clone() }).await)?;
    }
    Ok(round.exit())
}

/// Asks for all that the server can tell, in as few commands as it takes.
async fn at_one(options: &Look) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    let told = visit(&options.access, async |session| {
        let items = session.status_attributes().await?;
        let doing = format!("cannot look at the mailbox {}", escape_str(name.as_str()));
        let told = session.status(&name, items).await.map_err(|error| mailbox::cannot(error, &doing))?;
        let mut items = told.items;
        // One limit for all mailboxes is one for this, too.
        if let Some(limit) = session.capabilities().await?.append_limit() {
            items.push(StatusItem::AppendLimit(Some(limit)));
        }
        Ok(items)
    });
    let mut items = told.await?;
    // Servers tell them in any order.
    items.sort_by_key(line);
    match options.form {
        Form::Json => {
            stdout::json_line(&Line { mailbox: name.as_str(), counts: Counts::of(&items) })?;
        }
        Form::Text => {
            let rows = items.iter().filter_map(shown);
            // A value that is cut would be another one.
            let columns = [Column::WORD, Column::WORD, Column::WORD.if_there_is_room()];
            let page =
                format!("{}\n{}", escape_str(name.as_str()), unnamed(&columns, rows, Width::of_stdout()));
            stdout::text(&page)?;
        }
    }
    Ok(Exit::Done)
}

/// The counts as fields; what the server does not tell is left out.
#[derive(Default, Serialize)]
pub(crate) struct Counts {
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<u32>,
    /// In octets, as those that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uidnext: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uidvalidity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    highestmodseq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mailboxid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    appendlimit: Option<u64>,
}

impl Counts {
    pub(crate) fn of(items: &[StatusItem]) -> Self {
        let mut counts = Self::default();
        for item in items {
            match item {
                StatusItem::Messages(number) => counts.messages = Some(*number),
                StatusItem::Unseen(number) => counts.unseen = Some(*number),
                StatusItem::Deleted(number) => counts.deleted = Some(*number),
                StatusItem::Size(octets) => counts.size = Some(*octets),
                StatusItem::DeletedStorage(octets) => counts.deleted_size = Some(*octets),
                StatusItem::UidNext(uid) => counts.uidnext = uid.map(|uid| uid.value()),
                StatusItem::UidValidity(validity) => counts.uidvalidity = validity.map(|it| it.value()),
                StatusItem::HighestModSeq(modseq) => counts.highestmodseq = modseq.map(|it| it.value()),
                StatusItem::MailboxId(id) => {
                    counts.mailboxid = Some(id.as_text().to_string_lossy().into_owned());
                }
                StatusItem::AppendLimit(octets) => counts.appendlimit = *octets,
                _ => {}
            }
        }
        counts
    }
}

/// A mailbox and its counts.
#[derive(Serialize)]
struct Line<'a> {
    mailbox: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

/// Where it stands on the page.
fn line(item: &StatusItem) -> u8 {
    match item {
        StatusItem::Messages(_) => 0,
        StatusItem::Unseen(_) => 1,
        StatusItem::Deleted(_) => 2,
        StatusItem::Size(_) => 3,
        StatusItem::DeletedStorage(_) => 4,
        StatusItem::UidNext(_) => 5,
        StatusItem::UidValidity(_) => 6,
        StatusItem::HighestModSeq(_) => 7,
        StatusItem::MailboxId(_) => 8,
        _ => 9,
    }
}

/// What it is, how much, and where that is rounded, exactly how much.
fn shown(item: &StatusItem) -> Option<Vec<String>> {
    let count = |number: &u32| (HumanCount((*number).into()).to_string(), String::new());
    let octets = |octets: &u64| {
        let exactly = if *octets < 1024 { String::new() } else { format!("({} bytes)", HumanCount(*octets)) };
        (BinaryBytes(*octets).to_string(), exactly)
    };
    let (name, (value, exactly)) = match item {
        StatusItem::Messages(number) => ("messages", count(number)),
        StatusItem::Unseen(number) => ("unread", count(number)),
        StatusItem::Deleted(number) => ("marked as deleted", count(number)),
        StatusItem::Size(size) => ("size", octets(size)),
        StatusItem::DeletedStorage(size) => ("size of what is marked", octets(size)),
        StatusItem::UidNext(Some(uid)) => ("next UID", (uid.to_string(), String::new())),
        StatusItem::UidValidity(Some(validity)) => ("UIDVALIDITY", (validity.to_string(), String::new())),
        StatusItem::HighestModSeq(Some(modseq)) => ("HIGHESTMODSEQ", (modseq.to_string(), String::new())),
        StatusItem::MailboxId(id) => {
            ("MAILBOXID", (id.as_text().to_string_lossy().into_owned(), String::new()))
        }
        StatusItem::AppendLimit(Some(size)) => ("largest message", octets(size)),
        _ => return None,
    };
    Some(vec![name.to_owned(), value, exactly])
}
