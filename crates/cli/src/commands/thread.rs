//! `tayori thread`: the messages of a mailbox that match, as conversations.

use serde::Serialize;
use tayori_client::Selected;
use tayori_proto::types::UidSet;

use crate::cli::{Form, Thread};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::{self, Opened};
use crate::order;
use crate::overview::{self, Lines, OverviewJson};
use crate::selection::Wanted;
use crate::stdout;
use crate::table::Width;
use crate::visit::visit;

/// A message and its place.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    message: OverviewJson<'a>,
    /// Which thread, counted from 1.
    thread: usize,
    /// How many messages are above it in that.
    depth: usize,
    /// The UID of the message that it answers; null where that is not among these.
    parent: Option<u32>,
}

/// A deeper reply is shown as if it were no deeper: what it says would be pushed out of sight.
const MOST_INDENTED: usize = 16;

/// Looks, and tells what it finds.
pub(crate) async fn run(options: Thread) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    let wanted = Wanted::parse(&options.selection, name.as_str())?;
    let outcome = visit(&options.access, async |session| {
        let mut selected = mailbox::open_the_one(session, &name, Opened::ToRead).await?;
        wanted.check_validity(selected.mailbox())?;
        let found = match wanted.resolve(&mut selected).await? {
            Some(chosen) => chosen.find(&mut selected).await?.uids,
            None => return Err(wanted.nothing_there(selected.mailbox())),
        };
        if found.is_empty() {
            return Err(wanted.nothing_there(selected.mailbox()));
        }
        let untold = tell(&mut selected, &found, options.form).await?;
        match untold.is_empty() {
            true => Ok(Exit::Done),
            false => Err(overview::untold(&untold)),
        }
    });
    outcome.await
}

/// Gives those of which nothing could be told.
async fn tell(selected: &mut Selected<'_>, found: &UidSet, form: Form) -> Result<UidSet, Failure> {
    let (uids, places) = order::places(&order::threaded(selected, found).await?);
    let name = selected.mailbox().name().clone();
    let validity = selected.mailbox().uid_validity().map(|validity| validity.value());
    let lines = Lines::new(&uids, Width::of_stdout());
    overview::each(selected, &uids, |overview| {
        let Some(place) = places.get(&overview.uid) else { return Ok(()) };
        match form {
            Form::Text => {
                stdout::text(&lines.line(overview, &"  ".repeat(place.depth.min(MOST_INDENTED))))?;
            }
            Form::Json => stdout::json_line(&Line {
                message: OverviewJson::of(name.as_str(), validity, overview),
                thread: place.thread,
                depth: place.depth,
                parent: place.parent.map(|uid| uid.value()),
            })?,
        }
        Ok(())
    })
    .await
}
