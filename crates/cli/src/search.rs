//! `tayori search`: the messages of a mailbox that match.
//!
//! - this file: what is asked for, found and told
//! - [`explain`]: how that would be done, without doing it

mod explain;

use serde::Serialize;
use tayori_client::Selected;
use tayori_proto::types::{Uid, UidSet};

use crate::cli::{Form, Search, SearchFor, Sorting};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::{self, Opened};
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
    let name = mailbox::of_place(&options.access.place)?;
    let wanted = Wanted::parse(&options.selection, name.as_str())?;
    if options.wanted == SearchFor::Explanation {
        stdout::text(&explain::page(&wanted, options.sorting.as_ref()))?;
        return Ok(Exit::Done);
    }
    let outcome = visit(&options.access, async |session| {
        let mut selected = mailbox::open_the_one(session, &name, Opened::ToRead).await?;
        wanted.check_validity(selected.mailbox())?;
        // Whoever pipes it sees nothing then, and whoever reads it sees why.
        let nothing_there = |selected: &Selected<'_>| Err(wanted.nothing_there(selected.mailbox()));
        if options.wanted == SearchFor::Count {
            let found = wanted.count(&mut selected).await?;
            count(&selected, found, options.form)?;
            return if found == 0 { nothing_there(&selected) } else { Ok(Exit::Done) };
        }
        let found = match wanted.resolve(&mut selected).await? {
            Some(chosen) => chosen.find(&mut selected).await?.uids,
            None => UidSet::new(),
        };
        if found.is_empty() {
            return nothing_there(&selected);
        }
        let untold = messages(&mut selected, &found, &options).await?;
        match untold.is_empty() {
            true => Ok(Exit::Done),
            false => Err(overview::untold(&untold)),
        }
    });
    outcome.await
}

fn count(selected: &Selected<'_>, count: u64, form: Form) -> Result<(), Failure> {
    let mailbox = selected.mailbox();
    let uidvalidity = mailbox.uid_validity().map(|validity| validity.value());
    match form {
        Form::Text => stdout::text(&format!("{count}\n"))?,
        Form::Json => {
            stdout::json_line(&CountJson { mailbox: mailbox.name().as_str(), uidvalidity, count })?;
        }
    }
    Ok(())
}

/// Gives those of which nothing could be told.
async fn messages(selected: &mut Selected<'_>, found: &UidSet, options: &Search) -> Result<UidSet, Failure> {
    let uids: Vec<Uid> = match &options.sorting {
        Some(Sorting(criteria)) => order::sorted(selected, criteria, found).await?,
        None => found.iter().collect(),
    };
    let name = selected.mailbox().name().clone();
    let validity = selected.mailbox().uid_validity().map(|validity| validity.value());
    let lines = Lines::new(&uids, Width::of_stdout());
    overview::each(selected, &uids, |overview| {
        match options.form {
            Form::Text => stdout::text(&lines.line(overview, ""))?,
            Form::Json => stdout::json_line(&OverviewJson::of(name.as_str(), validity, overview))?,
        }
        Ok(())
    })
    .await
}
