use std::collections::BTreeSet;

use tayori_proto::command::{ListReturn, ListSelection, SelectionOption, StatusAttribute};
use tayori_proto::response::{ListAttribute, ListItem, ListRow, Response};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, NonEmpty, Text};
use tokio::task::consume_budget;

use super::pattern::Pattern;
use super::{Told, parents, row};
use crate::command::status;
use crate::connection::{Failure, Handled, Reply, Wire};
use crate::hierarchy::superiors;
use crate::limits::LIST_PATTERNS;
use crate::store::{Entry, Store};

/// What an extended `LIST` asks for.
pub(in crate::command) struct Extended<'a> {
    pub(in crate::command) selection: &'a ListSelection,
    pub(in crate::command) reference: &'a ListReference,
    pub(in crate::command) patterns: &'a NonEmpty<ListPattern>,
    pub(in crate::command) returns: &'a [ListReturn],
}

/// `LIST` with options or several patterns (RFC 9051 section 6.3.9, RFC 5258 section 3, RFC 6154 section 2, RFC 5819
/// section 2). What is told of a mailbox is what was asked for.
pub(in crate::command) async fn handle<S: Store>(
    wire: &mut Wire,
    store: &S,
    append_limit: u64,
    extended: &Extended<'_>,
) -> Handled {
    let Some(options) = Options::new(extended) else {
        return Ok(Reply::bad("there is no such option"));
    };
    if options.recursive && !options.only_subscribed {
        // Of the options that are known, only that one goes with it (RFC 5258 section 6, `list-select-base-opt`).
        return Ok(Reply::bad("RECURSIVEMATCH needs SUBSCRIBED beside it"));
    }
    if extended.patterns.len() > LIST_PATTERNS {
        return Ok(Reply::too_much());
    }
    let listed = list(store, extended, &options).await?;
    for row in listed {
        let name = row.name.clone();
        let exists = !row
            .attributes
            .iter()
            .any(|attribute| matches!(attribute, ListAttribute::NoSelect | ListAttribute::NonExistent));
        wire.send(&Response::List(row)).await?;
        if let (Some(items), true) = (options.status, exists)
            && let Some(status) = status::look(store, append_limit, &name, items).await?
        {
            wire.send(&Response::MailboxStatus(status)).await?;
        }
    }
    Ok(Reply::ok("that is all"))
}

/// The options, one by one.
struct Options<'a> {
    only_subscribed: bool,
    only_special_use: bool,
    recursive: bool,
    tell_subscribed: bool,
    tell_children: bool,
    tell_special_use: bool,
    status: Option<&'a NonEmpty<StatusAttribute>>,
}

impl<'a> Options<'a> {
    /// `None` if one of them is not known.
    fn new(extended: &Extended<'a>) -> Option<Self> {
        let mut options = Self {
            only_subscribed: false,
            only_special_use: false,
            recursive: false,
            tell_subscribed: false,
            tell_children: false,
            tell_special_use: false,
            status: None,
        };
        for option in extended.selection.options() {
            match option {
                // What is selected by is told as well (RFC 5258 section 3.1, RFC 6154 section 2).
                SelectionOption::Subscribed => {
                    (options.only_subscribed, options.tell_subscribed) = (true, true)
                }
                SelectionOption::SpecialUse => {
                    (options.only_special_use, options.tell_special_use) = (true, true)
                }
                SelectionOption::RecursiveMatch => options.recursive = true,
                // There are no other servers.
                SelectionOption::Remote => {}
                _ => return None,
            }
        }
        for option in extended.returns {
            match option {
                ListReturn::Subscribed => options.tell_subscribed = true,
                ListReturn::Children => options.tell_children = true,
                ListReturn::SpecialUse => options.tell_special_use = true,
                ListReturn::Status(items) if items.iter().all(status::is_known) => {
                    options.status = Some(items)
                }
                _ => return None,
            }
        }
        Some(options)
    }
}

/// A name that may be listed.
struct Candidate<'a> {
    name: &'a MailboxName,
    /// `None` for a name that is only subscribed, or stands above such.
    entry: Option<&'a Entry>,
    subscribed: bool,
}

impl Candidate<'_> {
    fn is_selected(&self, options: &Options<'_>) -> bool {
        let special_use = self.entry.and_then(|entry| entry.special_use.as_ref());
        (!options.only_subscribed || self.subscribed) && (!options.only_special_use || special_use.is_some())
    }
}

async fn list<S: Store>(
    store: &S,
    extended: &Extended<'_>,
    options: &Options<'_>,
) -> Result<Vec<ListRow>, Failure> {
    let delimiter = store.delimiter();
    let entries = store.mailboxes().await?;
    let mut subscriptions = BTreeSet::new();
    if options.tell_subscribed {
        subscriptions.extend(store.subscriptions().await?);
    }
    // An empty one means nothing here (RFC 5258 section 3).
    let patterns = extended.patterns.iter().filter(|pattern| !pattern.as_str().is_empty());
    let patterns: Vec<Pattern> =
        patterns.map(|pattern| Pattern::new(extended.reference, pattern, delimiter)).collect();
    let parents = parents(&entries, delimiter);

    let mut candidates: Vec<Candidate<'_>> = Vec::with_capacity(entries.len());
    for entry in &entries {
        let subscribed = subscriptions.contains(&entry.name);
        candidates.push(Candidate { name: &entry.name, entry: Some(entry), subscribed });
    }
    let known: BTreeSet<&MailboxName> = entries.iter().map(|entry| &entry.name).collect();
    if options.only_subscribed {
        let missing = subscriptions.iter().filter(|name| !known.contains(name));
        candidates.extend(missing.map(|name| Candidate { name, entry: None, subscribed: true }));
    }
    let mut selected_below = SelectedBelow::default();
    let mut matching = Vec::with_capacity(candidates.len());
    for candidate in &candidates {
        consume_budget().await;
        let matches = patterns.iter().any(|pattern| pattern.matches(candidate.name));
        matching.push(matches);
        if options.recursive && candidate.is_selected(options) {
            selected_below.add(candidate.name, delimiter, matches);
        }
    }

    let mut rows = Vec::new();
    let shown = candidates.iter().zip(&matching).filter(|(candidate, matches)| {
        **matches && (candidate.is_selected(options) || selected_below.is_hidden_below(candidate.name))
    });
    for (candidate, _) in shown {
        let told = Told {
            subscribed: options.tell_subscribed && candidate.subscribed,
            parents: options.tell_children.then_some(&parents),
            special_use: options.tell_special_use,
        };
        let mut row = told.row(candidate.name, candidate.entry, delimiter);
        row.extended.extend(selected_below.told_of(candidate.name));
        rows.push(row);
    }
    // Names that are nowhere, and have subscribed ones below them that the client would not see otherwise.
    let told: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    for name in selected_below.hidden.iter().filter(|name| !told.contains(*name)) {
        consume_budget().await;
        let Ok(name) = MailboxName::new(*name) else { continue };
        if patterns.iter().any(|pattern| pattern.matches(&name)) {
            let mut row = row(vec![ListAttribute::NonExistent], delimiter, name);
            row.extended.extend(selected_below.told_of(&row.name));
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Which names have others below them that were selected (RFC 5258 section 3.5). Empty where nobody asks for that.
#[derive(Default)]
struct SelectedBelow<'a> {
    /// Any.
    all: BTreeSet<&'a str>,
    /// Some that match none of the patterns: only the name above them tells of them.
    hidden: BTreeSet<&'a str>,
}

impl<'a> SelectedBelow<'a> {
    fn add(&mut self, selected: &'a MailboxName, delimiter: char, matches: bool) {
        for above in superiors(selected.as_str(), delimiter) {
            self.all.insert(above);
            if !matches {
                self.hidden.insert(above);
            }
        }
    }

    fn is_hidden_below(&self, name: &MailboxName) -> bool {
        self.hidden.contains(name.as_str())
    }

    /// `CHILDINFO`
    fn told_of(&self, name: &MailboxName) -> Option<ListItem> {
        let info = || ListItem::ChildInfo(NonEmpty::one(Text::from_static("SUBSCRIBED")));
        self.all.contains(name.as_str()).then(info)
    }
}
