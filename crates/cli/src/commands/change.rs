//! The commands that change messages: `store` and its kin, `copy`, `move`, `delete`.
//!
//! - this file: the order of things, from the options to the exit code
//! - [`deed`]: what is done with some messages, in one command or two
//! - [`copies`]: which message became which
//! - [`trash`]: which mailbox is the Trash
//! - [`report`]: what was done, in words and as JSON
//!
//! Messages are changed in parts, so that what stops it in the middle leaves little in doubt. What is done and what is
//! left is known at any moment, also when somebody asks the program to end.

mod copies;
mod deed;
mod report;
mod trash;

use tayori_account::config::SpecialUse;
use tayori_client::Session;
use tayori_proto::types::{MailboxName, UidSet};

use crate::cli::{Change, Rehearsal};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::{self, Opened};
use crate::overview::{self, Lines};
use crate::selection::Wanted;
use crate::table::Width;
use crate::visit::Visit;
use deed::Prepared;
use report::Report;

/// Messages that are changed in one command, unless the server takes fewer. It does all of a COPY or nothing, so this
/// is also what may have to be done again.
const TOGETHER: usize = 500;

/// Does it.
pub(crate) async fn run(options: Change) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    let wanted = Wanted::parse(&options.selection, name.as_str())?;
    deed::check(&options.deed, &name)?;
    let mut report = Report::new(&options, &name);
    let visit = Visit::prepare(&options.access)?;
    let trash = visit.target().settings.special_use.get(&SpecialUse::Trash).map(|trash| trash.value.clone());
    let work = async |session: &mut Session| {
        work(session, &options, &name, trash.as_ref(), &wanted, &mut report).await
    };
    let ended = visit.go(work).await;
    report.end(ended)
}

async fn work(
    session: &mut Session,
    options: &Change,
    name: &MailboxName,
    trash: Option<&MailboxName>,
    wanted: &Wanted,
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let prepared = Prepared::of(&options.deed, session, name, trash).await?;
    // RFC 9738 section 3: of more it does a part, and nobody could go on with the rest without a second copy of some.
    let limit = session.capabilities().await?.save_limit().and_then(|limit| usize::try_from(limit).ok());
    let together = limit.map_or(TOGETHER, |limit| limit.clamp(1, TOGETHER));
    let how = match options.rehearsal {
        Rehearsal::No => Opened::ToChange,
        Rehearsal::Yes => Opened::ToRead,
    };
    let mut selected = mailbox::open_the_one(session, name, how).await?;
    wanted.check_validity(selected.mailbox())?;
    report.opened(selected.mailbox());
    let found = match wanted.resolve(&mut selected).await? {
        Some(chosen) => chosen.find(&mut selected).await?.uids,
        None => UidSet::new(),
    };
    if found.is_empty() && wanted.is_everything() {
        // What is asked for is so already.
        report.nothing_to_do();
        return Ok(());
    }
    if found.is_empty() {
        let missing = wanted.missing(&Default::default(), &found);
        return Err(match missing.is_empty() {
            true => wanted.nothing_there(selected.mailbox()),
            false => Failure::new(Exit::NothingMatched, format!("no such message: {}", missing.join(", "))),
        });
    }
    report.found(&found, wanted.missing(&Default::default(), &found), &prepared);
    if options.rehearsal == Rehearsal::Yes {
        let uids: Vec<_> = found.iter().collect();
        let lines = Lines::new(&uids, Width::of_stdout());
        report.announce(&prepared)?;
        overview::each(&mut selected, &uids, |overview| report.would(overview, &lines)).await?;
        return Ok(());
    }
    prepared.check(selected.mailbox())?;
    let opened = selected.mailbox().highest_modseq();
    for part in deed::parts(&found, together) {
        report.begins(&part);
        let outcome = prepared.run(&mut selected, part, opened).await;
        report.took(outcome)?;
    }
    Ok(())
}
