mod extended;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tayori_proto::response::{ListAttribute, ListRow, Response};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, NameEncoding};

use tokio::task::consume_budget;

use crate::connection::{Failure, Handled, Reply, Wire};
use crate::hierarchy::superiors;
use crate::store::{Entry, EntryKind, Store};
pub(super) use extended::{Extended, handle as handle_extended};
use pattern::Pattern;

/// `LIST` (RFC 9051 section 6.3.9, RFC 3501 section 6.3.8)
pub(super) async fn handle<S: Store>(
    wire: &mut Wire,
    store: &S,
    reference: &ListReference,
    pattern: &ListPattern,
) -> Handled {
    let delimiter = store.delimiter();
    if pattern.as_str().is_empty() {
        // Asks for the delimiter and the root of the reference, which is empty here.
        let root = MailboxName::from_wire(Bytes::new(), NameEncoding::default());
        wire.send(&Response::List(row(vec![ListAttribute::NoSelect], delimiter, root))).await?;
        return Ok(Reply::ok("that is the delimiter"));
    }
    for row in rows(store, reference, pattern).await? {
        wire.send(&Response::List(row)).await?;
    }
    Ok(Reply::ok("that is all"))
}

/// `XLIST`, from before RFC 6154: the same, and which mailbox is `INBOX`.
pub(super) async fn handle_xlist<S: Store>(
    wire: &mut Wire,
    store: &S,
    reference: &ListReference,
    pattern: &ListPattern,
) -> Handled {
    for mut row in rows(store, reference, pattern).await? {
        if row.name.is_inbox() {
            row.attributes.push(ListAttribute::Inbox);
        }
        wire.send(&Response::Xlist(row)).await?;
    }
    Ok(Reply::ok("that is all"))
}

async fn rows<S: Store>(
    store: &S,
    reference: &ListReference,
    pattern: &ListPattern,
) -> Result<Vec<ListRow>, Failure> {
    let delimiter = store.delimiter();
    let pattern = Pattern::new(reference, pattern, delimiter);
    let entries = store.mailboxes().await?;
    let parents = parents(&entries, delimiter);
    let mut rows = Vec::new();
    for entry in &entries {
        // There may be many names, and nothing to wait for.
        consume_budget().await;
        if !pattern.matches(&entry.name) {
            continue;
        }
        let told = Told { subscribed: false, parents: Some(&parents), special_use: true };
        rows.push(told.row(&entry.name, Some(entry), delimiter));
    }
    Ok(rows)
}

/// `LSUB` (RFC 3501 section 6.3.9)
pub(super) async fn handle_lsub<S: Store>(
    wire: &mut Wire,
    store: &S,
    reference: &ListReference,
    pattern: &ListPattern,
) -> Handled {
    let delimiter = store.delimiter();
    let pattern = Pattern::new(reference, pattern, delimiter);
    let mut rows: BTreeMap<String, Vec<ListAttribute>> = BTreeMap::new();
    for name in store.subscriptions().await? {
        consume_budget().await;
        if pattern.matches(&name) {
            rows.insert(name.as_str().to_owned(), Vec::new());
            continue;
        }
        // With `%`, a name is told that has subscribed names below it and is not subscribed itself.
        for above in superiors(name.as_str(), delimiter).filter(|above| pattern.matches_text(above)) {
            rows.entry(above.to_owned()).or_insert_with(|| vec![ListAttribute::NoSelect]);
        }
    }
    for (name, attributes) in rows {
        let Ok(name) = MailboxName::new(name) else { continue };
        wire.send(&Response::Lsub(row(attributes, delimiter, name))).await?;
    }
    Ok(Reply::ok("that is all"))
}

/// What a row says of a name, beside whether there is such a mailbox.
pub(crate) struct Told<'a> {
    /// Whether it is subscribed, if that is to be told.
    pub(crate) subscribed: bool,
    /// The names that have others below them, if it is to be told whether this one has.
    pub(crate) parents: Option<&'a BTreeSet<&'a str>>,
    /// Whether it is to be told what the mailbox is for.
    pub(crate) special_use: bool,
}

impl Told<'_> {
    /// `entry` is `None` where there is no such mailbox.
    pub(crate) fn row(&self, name: &MailboxName, entry: Option<&Entry>, delimiter: char) -> ListRow {
        let mut attributes = Vec::new();
        match entry.map(|entry| entry.kind) {
            None => attributes.push(ListAttribute::NonExistent),
            Some(EntryKind::NoSelect) => attributes.push(ListAttribute::NoSelect),
            Some(EntryKind::Mailbox) => {}
        }
        attributes.extend(self.subscribed.then_some(ListAttribute::Subscribed));
        attributes.extend(self.parents.map(|parents| children(parents, name)));
        if let (true, Some(entry)) = (self.special_use, entry) {
            attributes.extend(entry.special_use.clone());
        }
        row(attributes, delimiter, name.clone())
    }
}

pub(super) fn row(attributes: Vec<ListAttribute>, delimiter: char, name: MailboxName) -> ListRow {
    ListRow { attributes, delimiter: Some(delimiter), name, extended: Vec::new() }
}

/// Whether a name has others below it (RFC 3348 section 3).
fn children(parents: &BTreeSet<&str>, name: &MailboxName) -> ListAttribute {
    if parents.contains(name.as_str()) { ListAttribute::HasChildren } else { ListAttribute::HasNoChildren }
}

/// The names that have others below them.
pub(crate) fn parents(entries: &[Entry], delimiter: char) -> BTreeSet<&str> {
    entries.iter().flat_map(|entry| superiors(entry.name.as_str(), delimiter)).collect()
}
