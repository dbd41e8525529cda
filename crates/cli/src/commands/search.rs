//! `tayori search`: the messages of one mailbox or of several that match.
//!
//! - this file: what is asked for, found and told, from mailbox to mailbox
//! - [`explain`]: how that would be done, without doing it

mod explain;

use serde::Serialize;
use tayori_client::{Selected, Session};
use tayori_proto::types::{Uid, UidSet};

use crate::cli::{Form, Search, SearchFor, Sorting};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::Opened;
use crate::mailboxes::{Found, Sought};
use crate::order;
use crate::overview::{self, Lines, OverviewJson};
use crate::selection::Wanted;
use crate::stdout;
use crate::table::Width;
use crate::visit::visit;

/// How many messages match.
#[derive(Serialize)]
struct CountJson<'a> {
    mailbox: &'a str,
    uidvalidity: Option<u32>,
    count: u64,
}

/// Looks, and tells what it finds as it comes.
pub(crate) async fn run(options: Search) -> Result<Exit, Failure> {
    let wanted = Wanted::parse(&options.selection, options.access.place.mailbox())?;
    let sought = Sought::parse(&options.access.place, &options.mailboxes)?;
    if options.wanted == SearchFor::Explanation {
        stdout::text(&explain::page(&wanted, options.sorting.as_ref()))?;
        return Ok(Exit::Done);
    }
    let outcome = visit(&options.access, async |session| {
        let mut work = Work { options: &options, wanted: &wanted, matched: 0, nothing: None, failed: None };
        let mailboxes = sought.find(session).await?;
        for left_out in &mailboxes.left_out {
            work.tell(&left_out.to_failure());
        }
        for found in &mailboxes.found {
            let Err(failure) = work.mailbox(session, found).await else { continue };
            // Of a connection that is lost, the next mailbox has no more.
            if options.mailboxes.is_one() || !failure.is_about_mailbox() {
                return Err(found.failure(failure, &options.mailboxes));
            }
            work.tell(&found.failure(failure, &options.mailboxes));
        }
        work.end()
    });
    outcome.await
}

/// What is asked for, and what came of it.
struct Work<'a> {
    options: &'a Search,
    wanted: &'a Wanted,
    /// Mailboxes in which something was found.
    matched: usize,
    /// Why there is nothing.
    nothing: Option<Failure>,
    /// The exit code of the first that was told and was not the end.
    failed: Option<Exit>,
}

impl Work<'_> {
    async fn mailbox(&mut self, session: &mut Session, found: &Found) -> Result<(), Failure> {
        let mut selected = found.open(session, Opened::ToRead, &self.options.mailboxes).await?;
        self.wanted.check_validity(selected.mailbox())?;
        let is_there = match self.options.wanted {
            SearchFor::Count => {
                let count = self.wanted.count(&mut selected).await?;
                self.tell_count(&selected, count)?;
                count > 0
            }
            SearchFor::Messages | SearchFor::Explanation => {
                let uids = match self.wanted.resolve(&mut selected).await? {
                    Some(chosen) => chosen.find(&mut selected).await?.uids,
                    None => UidSet::new(),
                };
                if !uids.is_empty() {
                    self.tell_messages(&mut selected, found, &uids).await?;
                }
                !uids.is_empty()
            }
        };
        if is_there {
            self.matched += 1;
        } else {
            let nothing = self.wanted.nothing_among(&self.options.mailboxes, selected.mailbox());
            self.nothing.get_or_insert(nothing);
        }
        Ok(())
    }

    fn tell_count(&self, selected: &Selected<'_>, count: u64) -> Result<(), Failure> {
        let mailbox = selected.mailbox();
        let name = mailbox.name().as_str();
        match self.options.form {
            Form::Text if self.options.mailboxes.is_one() => stdout::text(&format!("{count}\n"))?,
            Form::Text => stdout::text(&format!("In {}: {count}\n", escape_str(name)))?,
            Form::Json => {
                let uidvalidity = mailbox.uid_validity().map(|validity| validity.value());
                stdout::json_line(&CountJson { mailbox: name, uidvalidity, count })?;
            }
        }
        Ok(())
    }

    async fn tell_messages(
        &mut self,
        selected: &mut Selected<'_>,
        found: &Found,
        uids: &UidSet,
    ) -> Result<(), Failure> {
        let order: Vec<Uid> = match &self.options.sorting {
            Some(Sorting(criteria)) => order::sorted(selected, criteria, uids).await?,
            None => uids.iter().collect(),
        };
        let name = found.name.as_str();
        // A UID by itself means nothing among those of several mailboxes. This line keeps every command from taking
        // them: whatever the mailbox is called, it does not begin with a digit.
        if self.options.form == Form::Text && !self.options.mailboxes.is_one() {
            let separator = if self.matched > 0 { "\n" } else { "" };
            stdout::text(&format!("{separator}In {}:\n", escape_str(name)))?;
        }
        let validity = selected.mailbox().uid_validity().map(|validity| validity.value());
        let lines = Lines::new(&order, Width::of_stdout());
        let untold = overview::each(selected, &order, |overview| {
            match self.options.form {
                Form::Text => stdout::text(&lines.line(overview, ""))?,
                Form::Json => stdout::json_line(&OverviewJson::of(name, validity, overview))?,
            }
            Ok(())
        })
        .await?;
        if !untold.is_empty() {
            self.tell(&found.failure(overview::untold(&untold), &self.options.mailboxes));
        }
        Ok(())
    }

    /// Says what is not the end. Its exit code counts in the end.
    fn tell(&mut self, failure: &Failure) {
        failure.print();
        self.failed.get_or_insert(failure.exit);
    }

    fn end(self) -> Result<Exit, Failure> {
        match (self.failed, self.matched, self.nothing) {
            // That there are none is what was asked for, and is said already.
            (None, 0, _) if self.options.wanted == SearchFor::Count => Ok(Exit::NothingMatched),
            (None, 0, Some(nothing)) => Err(nothing),
            (None, ..) => Ok(Exit::Done),
            (Some(exit), 0, _) => Ok(exit),
            (Some(_), ..) => Ok(Exit::PartlyDone),
        }
    }
}
