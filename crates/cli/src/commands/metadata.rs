//! `tayori metadata`: what is noted of a mailbox or of the server (RFC 5464).

use serde::Serialize;
use tayori_client::{Error, FoundMetadata, Session};
use tayori_proto::command::{MetadataDepth, MetadataOptions, NewMetadata};
use tayori_proto::response::{MetadataCode, MetadataValue, ResponseCode};
use tayori_proto::types::{MailboxName, MetadataEntry, MetadataOwner, NonEmpty};

use crate::cli::{About, Form, Metadata, MetadataTask, Rehearsal, Verbosity};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::{Failure, note};
use crate::mailbox;
use crate::rehearsal;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::visit::visit;

/// Octets of a value that is told: what people write fits in, and what programs keep there is not for a table.
const MOST_OCTETS: u32 = 16 << 10;

/// An entry and its value.
#[derive(Serialize)]
struct Line<'a> {
    /// Null where it is the server's.
    mailbox: Option<&'a str>,
    entry: String,
    /// Octets that are not UTF-8 are U+FFFD in it.
    value: String,
}

/// What was changed, or with `--dry-run` would be.
#[derive(Serialize)]
struct ChangedJson<'a> {
    /// `done` or `would`.
    event: &'static str,
    /// `set` or `unset`.
    action: &'static str,
    mailbox: Option<&'a str>,
    entry: &'a str,
}

/// Asks, or changes.
pub(crate) async fn run(options: Metadata) -> Result<Exit, Failure> {
    let name = match options.about {
        About::Mailbox => Some(mailbox::of_place(&options.access.place)?),
        About::Server => None,
    };
    let owner = name.clone().map_or(MetadataOwner::Server, MetadataOwner::Mailbox);
    let about = Subject(name);
    match &options.task {
        MetadataTask::Show(entries) => {
            let found = visit(&options.access, async |session| match entries {
                Some(entries) => {
                    ask(session, &owner, entries.clone()).await.map_err(|error| about.cannot_ask(error))
                }
                None => everything(session, &owner, &about).await,
            });
            tell(&options, &about, &found.await?)
        }
        MetadataTask::Change(changes) => {
            let changed = visit(&options.access, async |session| match options.rehearsal {
                // Whether there is such a mailbox, and notes at all, is seen without a change.
                Rehearsal::Yes => {
                    for NewMetadata { entry, .. } in changes.iter() {
                        let told = ask(session, &owner, NonEmpty::one(entry.clone())).await;
                        told.map_err(|error| about.cannot_ask(error))?;
                    }
                    Ok(())
                }
                Rehearsal::No => {
                    let changed = session.set_metadata(&owner, changes.clone()).await;
                    changed.map_err(|error| about.cannot_change(error))
                }
            });
            changed.await?;
            tell_changes(&options, &about, changes)
        }
    }
}

/// Whose notes these are, in words.
struct Subject(Option<MailboxName>);

impl Subject {
    fn name(&self) -> Option<&str> {
        self.0.as_ref().map(MailboxName::as_str)
    }

    fn shown(&self) -> String {
        self.name().map_or("the server".to_owned(), |name| escape_str(name).into_owned())
    }

    fn cannot_ask(&self, error: Error) -> Failure {
        mailbox::cannot(error, &format!("cannot ask what is noted of {}", self.shown()))
    }

    fn cannot_change(&self, error: Error) -> Failure {
        let hint = match error.code() {
            Some(ResponseCode::Metadata(MetadataCode::MaxSize(octets))) => {
                Some(format!("a value may have {}", count((*octets).into(), "octet", "octets")))
            }
            Some(ResponseCode::Metadata(MetadataCode::TooMany)) => {
                Some("remove another entry first: --unset".to_owned())
            }
            Some(ResponseCode::Metadata(MetadataCode::NoPrivate)) => {
                Some("the server keeps no /private entries; /shared ones are seen by others".to_owned())
            }
            Some(ResponseCode::NoPerm) => Some("you may not write that; ask whoever owns it".to_owned()),
            _ => None,
        };
        let doing = format!("nothing was changed of what is noted of {}", self.shown());
        let failure = mailbox::not_changed(error, &doing);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

async fn ask(
    session: &mut Session,
    owner: &MetadataOwner,
    entries: NonEmpty<MetadataEntry>,
) -> Result<FoundMetadata, Error> {
    let options = MetadataOptions { max_size: Some(MOST_OCTETS), depth: MetadataDepth::All };
    session.metadata(owner, entries, options).await
}

/// All that there is. A server that keeps nothing private may refuse to be asked for it, and tells the rest.
async fn everything(
    session: &mut Session,
    owner: &MetadataOwner,
    about: &Subject,
) -> Result<FoundMetadata, Failure> {
    let mut found = FoundMetadata::default();
    let mut refusal = None;
    let mut is_told = false;
    for root in ["/private", "/shared"] {
        let Ok(entry) = MetadataEntry::new(root) else { continue };
        match ask(session, owner, NonEmpty::one(entry)).await {
            Ok(told) => {
                is_told = true;
                found.values.extend(told.values);
                found.left_out = found.left_out.max(told.left_out);
            }
            Err(error @ Error::Refused { .. }) => refusal = refusal.or(Some(error)),
            Err(error) => return Err(about.cannot_ask(error)),
        }
    }
    match refusal {
        Some(error) if !is_told => Err(about.cannot_ask(error)),
        _ => Ok(found),
    }
}

fn tell(options: &Metadata, about: &Subject, found: &FoundMetadata) -> Result<Exit, Failure> {
    let line = |told: &MetadataValue| {
        let value = told.value.as_ref()?.to_string_lossy().into_owned();
        Some(Line { mailbox: about.name(), entry: told.entry.to_string_lossy().into_owned(), value })
    };
    let lines: Vec<Line<'_>> = found.values.iter().filter_map(line).collect();
    match options.form {
        Form::Json => lines.iter().try_for_each(stdout::json_line)?,
        Form::Text if lines.is_empty() => stdout::text(&format!("nothing is noted of {}\n", about.shown()))?,
        Form::Text => {
            let rows = lines.iter().map(|line| vec![line.entry.clone(), line.value.clone()]);
            let columns = [("entry", Column::TEXT), ("value", Column::TEXT)];
            stdout::text(&table(&columns, rows, Width::of_stdout()))?;
        }
    }
    if let Some(octets) = found.left_out {
        note(&format!("a value of {} is left out", count(octets.into(), "octet", "octets")));
    }
    Ok(Exit::Done)
}

fn tell_changes(
    options: &Metadata,
    about: &Subject,
    changes: &NonEmpty<NewMetadata>,
) -> Result<Exit, Failure> {
    for NewMetadata { entry, value } in changes.iter() {
        let (action, done) = match value {
            Some(_) => ("set", "is written down for"),
            None => ("unset", "is removed from"),
        };
        if options.form == Form::Json {
            let event = rehearsal::event(options.rehearsal);
            let line = ChangedJson { event, action, mailbox: about.name(), entry: entry.as_str() };
            stdout::json_line(&line)?;
        } else if options.access.verbosity == Verbosity::Normal {
            let done = format!("{} {done} {}", escape_str(entry.as_str()), about.shown());
            rehearsal::say(options.rehearsal, &done);
        }
    }
    Ok(Exit::Done)
}
