//! `tayori list`: the mailboxes of an account.
//!
//! - this file: what is asked for, and how it is told
//! - [`mod@tree`]: the names as a tree

mod tree;

use indicatif::{BinaryBytes, HumanCount};
use serde::Serialize;
use tayori_client::{Error, ListQuery, Listed, Session, StatusAttribute};
use tayori_proto::response::{ListAttribute, ListRow, Response, StatusItem};
use tayori_proto::types::{ListPattern, ListReference, MailboxNameError, NonEmpty, SpecialUse};

use crate::accounts::Round;
use crate::cli::{Access, Counts, Form, List, Listing, Shape, Subscribed};
use crate::commands::status;
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::visit::visit;
use tree::{Line, tree};

/// Does it at one server or at all of them.
pub(crate) async fn run(options: List) -> Result<Exit, Failure> {
    let mut round = Round::new(options.accounts, &options.access, options.form)?;
    while let Some(place) = round.next()? {
        let access = Access { place, ..options.access.clone() };
        round.ended(at_one(&List { access, ..options.clone() }).await)?;
    }
    Ok(round.exit())
}

/// Asks, and tells all that can be read.
async fn at_one(options: &List) -> Result<Exit, Failure> {
    let asked = Asked::parse(options)?;
    let (mut mailboxes, failure) =
        visit(&options.access, async |session| asked.ask(session, options.counts).await).await?;
    if let Listing::Below(top) = &options.mailboxes {
        mailboxes.retain(|mailbox| mailbox.is_at_or_below(top));
    }
    // INBOX stands first everywhere people look.
    mailboxes.sort_by_key(|mailbox| !mailbox.row.name.is_inbox());
    match options.form {
        Form::Json => mailboxes.iter().try_for_each(|mailbox| stdout::json_line(&mailbox.json()))?,
        Form::Text => stdout::text(&page(&mailboxes, options.shape))?,
    }
    match failure {
        Some(failure) => Err(failure),
        None if mailboxes.is_empty() => Err(nothing_found(options)),
        None => Ok(Exit::Done),
    }
}

/// That there was nothing to tell, of what was asked for.
fn nothing_found(options: &List) -> Failure {
    let subscribed = match options.subscribed {
        Subscribed::Only => "subscribed ",
        Subscribed::AllTheSame => "",
    };
    let message = match &options.mailboxes {
        Listing::All => format!("there is no {subscribed}mailbox"),
        Listing::Below(top) => format!("there is no {subscribed}mailbox {}", escape_str(top)),
        Listing::Matching { reference, pattern } => {
            format!("no {subscribed}mailbox matches {}", escape_str(&format!("{reference}{pattern}")))
        }
    };
    let failure = Failure::new(Exit::NotFound, message);
    match (options.subscribed, &options.mailboxes) {
        (Subscribed::Only, _) => failure.hint("without --subscribed all mailboxes are listed"),
        (Subscribed::AllTheSame, Listing::All) => failure,
        (Subscribed::AllTheSame, _) => failure.hint("tayori list with the server alone lists all of them"),
    }
}

/// What the server is asked.
struct Asked {
    query: ListQuery,
}

impl Asked {
    fn parse(options: &List) -> Result<Self, Failure> {
        let wrong = |error: MailboxNameError| {
            Failure::new(Exit::Usage, format!("the name of a mailbox cannot be sent: {error}"))
        };
        let (reference, pattern) = match &options.mailboxes {
            Listing::All => (ListReference::none(), ListPattern::all()),
            // What stands between levels is not known yet, so others come, too.
            Listing::Below(top) => {
                (ListReference::none(), ListPattern::new(format!("{top}*")).map_err(wrong)?)
            }
            Listing::Matching { reference, pattern } => (
                ListReference::new(reference.as_str()).map_err(wrong)?,
                ListPattern::new(pattern.as_str()).map_err(wrong)?,
            ),
        };
        let mut query =
            ListQuery::new(pattern).below(reference).with_subscribed().with_children().with_uses();
        if options.subscribed == Subscribed::Only {
            query = query.only_subscribed();
        }
        Ok(Self { query })
    }

    /// The mailboxes, and what is missing among them.
    async fn ask(
        &self,
        session: &mut Session,
        counts: Counts,
    ) -> Result<(Vec<Mailbox>, Option<Failure>), Failure> {
        let query = match counts {
            Counts::None => self.query.clone(),
            Counts::Told => self.query.clone().with_status(items(session).await?),
        };
        match session.list_mailboxes(&query).await {
            Ok(listed) => Ok((listed.into_iter().map(Mailbox::of).collect(), None)),
            Err(error @ Error::Unreadable { .. }) => Ok(as_far_as_it_can_be_read(error)),
            Err(error) => Err(Failure::from(error).while_doing("cannot list the mailboxes")),
        }
    }
}

/// Of what can be told of a mailbox, what a list is for.
async fn items(session: &mut Session) -> Result<NonEmpty<StatusAttribute>, Error> {
    let wanted = [
        StatusAttribute::Unseen,
        StatusAttribute::Size,
        StatusAttribute::UidNext,
        StatusAttribute::UidValidity,
        StatusAttribute::HighestModSeq,
    ];
    let offered = session.status_attributes().await?;
    let items = wanted.into_iter().filter(|item| offered.iter().any(|offered| offered == item));
    Ok(items.fold(NonEmpty::one(StatusAttribute::Messages), NonEmpty::and))
}

/// A line that cannot be read costs no other one.
fn as_far_as_it_can_be_read(error: Error) -> (Vec<Mailbox>, Option<Failure>) {
    const MOST_SHOWN: usize = 200;

    let mut mailboxes = Vec::new();
    let mut lines = Vec::new();
    for response in error.data() {
        match response {
            Response::List(row) => mailboxes.push(Mailbox::of_row(row.clone())),
            Response::Invalid(invalid) => {
                lines.push(escape_bounded(invalid.bytes.trim_ascii_end(), MOST_SHOWN).to_string());
            }
            _ => {}
        }
    }
    let message = format!("a part of the server's list cannot be read: {}", lines.join("; "));
    let failure = Failure::new(Exit::PartlyDone, message).hint("show it to whoever runs the server");
    (mailboxes, Some(failure))
}

/// A mailbox and what is known of it.
struct Mailbox {
    row: ListRow,
    subscribed: Option<bool>,
    uses: Vec<SpecialUse>,
    status: Vec<StatusItem>,
}

/// The same as JSON.
#[derive(Serialize)]
struct MailboxJson<'a> {
    mailbox: &'a str,
    /// What stands between the levels of its name; null where it has none.
    delimiter: Option<char>,
    /// As the server gave them, such as `\HasChildren`.
    attributes: Vec<String>,
    /// What it is for, such as `\Sent`.
    special_uses: Vec<String>,
    /// Null where the server would not say.
    subscribed: Option<bool>,
    selectable: bool,
    #[serde(flatten)]
    counts: status::Counts,
}

impl Mailbox {
    fn of(listed: Listed) -> Self {
        let status = listed.status.map(|status| status.items).unwrap_or_default();
        Self { row: listed.row, subscribed: listed.subscribed, uses: listed.uses, status }
    }

    fn of_row(row: ListRow) -> Self {
        let uses = row.attributes.iter().filter_map(ListAttribute::special_use).collect();
        Self { row, subscribed: None, uses, status: Vec::new() }
    }

    fn is_at_or_below(&self, top: &str) -> bool {
        let name = self.row.name.as_str();
        let inbox = name.len() == top.len() && self.row.name.is_inbox() && top.eq_ignore_ascii_case("INBOX");
        let below =
            || name.strip_prefix(top).is_some_and(|rest| rest.starts_with(|c| Some(c) == self.row.delimiter));
        name == top || inbox || below()
    }

    fn is_gone(&self) -> bool {
        self.row.attributes.contains(&ListAttribute::NonExistent)
    }

    fn is_selectable(&self) -> bool {
        let not = [ListAttribute::NoSelect, ListAttribute::NonExistent];
        !self.row.attributes.iter().any(|attribute| not.contains(attribute))
    }

    fn uses(&self) -> impl Iterator<Item = String> {
        self.uses.iter().map(|special_use| format!("\\{}", String::from_utf8_lossy(special_use.as_bytes())))
    }

    fn json(&self) -> MailboxJson<'_> {
        let attribute = |known: &ListAttribute| String::from_utf8_lossy(known.name()).into_owned();
        MailboxJson {
            mailbox: self.row.name.as_str(),
            delimiter: self.row.delimiter,
            attributes: self.row.attributes.iter().map(attribute).collect(),
            special_uses: self.uses().collect(),
            subscribed: self.subscribed,
            selectable: self.is_selectable(),
            counts: status::Counts::of(&self.status),
        }
    }

    /// What stands behind the name. `some` says whether subscriptions tell one mailbox from another.
    fn cells(&self, some: bool) -> Vec<String> {
        let (mut messages, mut unread, mut size) = (String::new(), String::new(), String::new());
        for item in &self.status {
            match item {
                StatusItem::Messages(number) => messages = HumanCount((*number).into()).to_string(),
                StatusItem::Unseen(number) => unread = HumanCount((*number).into()).to_string(),
                StatusItem::Size(octets) => size = BinaryBytes(*octets).to_string(),
                _ => {}
            }
        }
        let note = match (self.is_selectable(), self.subscribed) {
            // A subscription may outlive its mailbox (RFC 9051 section 6.3.7).
            (_, Some(true)) if self.is_gone() => "does not exist",
            (false, _) => "holds no mail",
            (true, Some(false)) if some => "not subscribed",
            _ => "",
        };
        vec![self.uses().collect::<Vec<_>>().join(" "), messages, unread, size, note.to_owned()]
    }
}

/// The mailboxes as a table.
fn page(mailboxes: &[Mailbox], shape: Shape) -> String {
    let some = mailboxes.iter().any(|mailbox| mailbox.subscribed == Some(true));
    let lines: Vec<Line> = match shape {
        Shape::Tree => {
            tree(mailboxes.iter().map(|mailbox| (mailbox.row.name.as_str(), mailbox.row.delimiter)))
        }
        Shape::Flat => {
            let line = |(index, mailbox): (usize, &Mailbox)| Line {
                depth: 0,
                label: mailbox.row.name.as_str().to_owned(),
                mailbox: Some(index),
            };
            mailboxes.iter().enumerate().map(line).collect()
        }
    };
    let rows = lines.into_iter().map(|line| {
        let name = format!("{}{}", "  ".repeat(line.depth), escape_str(&line.label));
        let cells = match line.mailbox.and_then(|index| mailboxes.get(index)) {
            Some(mailbox) => mailbox.cells(some),
            None => Vec::new(),
        };
        [vec![name], cells].concat()
    });
    let columns = [
        ("mailbox", Column::TEXT),
        ("use", Column::WORD.if_there_is_room()),
        ("messages", Column::NUMBER),
        ("unread", Column::NUMBER),
        ("size", Column::NUMBER.if_there_is_room()),
        ("", Column::WORD.if_there_is_room()),
    ];
    if rows.len() == 0 { String::new() } else { table(&columns, rows, Width::of_stdout()) }
}
