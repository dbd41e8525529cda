//! `tayori append`: files become messages of a mailbox.
//!
//! - this file: one message after the other, and what is said of it
//! - [`source`]: a file, looked at before it is sent
//! - [`outgoing`]: its octets on their way out

mod outgoing;
mod source;

use std::ffi::OsStr;

use serde::Serialize;
use tayori_client::{AppendError, AppendOutcome, Error, Session};
use tayori_proto::types::MailboxName;

use crate::cli::{Append, Form, Rehearsal, Verbosity};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::{self, Failure, note};
use crate::mailbox;
use crate::stdout::{self, Account};
use crate::visit::visit;
use source::Source;

/// A line of JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    /// A message is stored.
    Appended {
        file: &'a str,
        mailbox: &'a str,
        /// Where the server says it, as the UID.
        #[serde(skip_serializing_if = "Option::is_none")]
        uidvalidity: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        uid: Option<u32>,
    },
    /// A message would be stored, with `--dry-run`.
    Would { action: &'static str, file: &'a str, mailbox: &'a str, octets: u64 },
    /// The last line.
    Summary {
        exit: u8,
        appended: u64,
        /// The files that are not stored, in their order.
        left: Vec<String>,
        /// The one of these of which it is not known whether it is stored.
        #[serde(skip_serializing_if = "Option::is_none")]
        in_doubt: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
}

/// Stores one after the other, and stops at the first that cannot be.
pub(crate) async fn run(options: Append) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    // All are looked at before anything is sent: a name that is wrong costs nothing then.
    let mut sources = Vec::new();
    for file in &options.files {
        sources.push(Source::open(file, &options).await?);
    }
    if options.rehearsal == Rehearsal::Yes {
        sources.iter().try_for_each(|source| would(source, &name, options.form))?;
        return Ok(Exit::Done);
    }
    let mut known = Known { stored: 0, next: Next::Waits, account: Account::new() };
    let ended = visit(&options.access, async |session| {
        store_all(session, &options, &name, sources, &mut known).await
    });
    let ended = ended.await;
    end(&options, &name, known, ended)
}

/// How far it has come, at any moment: who asks the program to end does not let the work say it.
struct Known {
    /// So many of the files are stored, the first ones.
    stored: usize,
    /// What is known of the file behind them.
    next: Next,
    account: Account,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It is not stored.
    Waits,
    /// It is on its way, or nobody has said what became of it.
    InDoubt,
}

async fn store_all(
    session: &mut Session,
    options: &Append,
    name: &MailboxName,
    sources: Vec<Source>,
    known: &mut Known,
) -> Result<(), Failure> {
    for source in sources {
        let file = source.shown();
        let upload = source.upload(&options.flags).await?;
        known.next = Next::InDoubt;
        let outcome = session.append_message(name, upload).await;
        let outcome = outcome.map_err(|error| {
            if !error.leaves_doubt() {
                known.next = Next::Waits;
            }
            refused(error, &file, name)
        })?;
        (known.stored, known.next) = (known.stored + 1, Next::Waits);
        if options.form == Form::Json {
            known.account.tell(&appended(&file, name, &outcome))?;
        }
    }
    Ok(())
}

fn appended<'a>(file: &'a str, mailbox: &'a MailboxName, outcome: &AppendOutcome) -> Line<'a> {
    Line::Appended {
        file,
        mailbox: mailbox.as_str(),
        uidvalidity: outcome.uid.map(|(validity, _)| validity.value()),
        uid: outcome.uid.map(|(_, uid)| uid.value()),
    }
}

fn would(source: &Source, name: &MailboxName, form: Form) -> Result<(), Failure> {
    let (file, octets) = (source.shown(), source.octets());
    match form {
        Form::Text => note(&format!(
            "nothing is changed; {} ({}) would be stored in {}",
            escape_str(&file),
            count(octets, "byte", "bytes"),
            escape_str(name.as_str())
        )),
        Form::Json => {
            stdout::json_line(&Line::Would {
                action: "append",
                file: &file,
                mailbox: name.as_str(),
                octets,
            })?;
        }
    }
    Ok(())
}

fn refused(error: AppendError, file: &str, name: &MailboxName) -> Failure {
    let doing = format!("cannot store {} in {}", escape_str(file), escape_str(name.as_str()));
    let error = match error {
        AppendError::Server(error) => error,
        AppendError::Source(error) => {
            return Failure::new(Exit::Disk, format!("{doing}: {}", escape_str(&error.to_string())))
                .hint("the file was changed while it was sent; nothing of it is stored");
        }
        other => return Failure::new(Exit::Failed, format!("{doing}: {}", escape_str(&other.to_string()))),
    };
    let has_nul = matches!(error, Error::NotOffered { capability: "BINARY" });
    let failure = mailbox::not_changed(error, &doing);
    match has_nul {
        // RFC 9051 section 4.3.
        true => failure.hint(
            "there is NUL in it, which mail cannot hold but where a server has BINARY; nothing was sent",
        ),
        false => failure,
    }
}

const LOOK_FOR_IT: &str =
    "it may be stored all the same: look for it (tayori search ... id:MESSAGE-ID) before you try again";

/// Says what was done, after the work has ended for whatever reason.
fn end(
    options: &Append,
    name: &MailboxName,
    Known { stored, next, mut account }: Known,
    ended: Result<(), Failure>,
) -> Result<Exit, Failure> {
    let left: Vec<String> = options.files[stored..].iter().map(|file| shown(file)).collect();
    let in_doubt = left.first().filter(|_| next == Next::InDoubt).cloned();
    let outcome = match ended {
        Ok(()) => Ok(Exit::Done),
        Err(failure) if stored == 0 && in_doubt.is_none() => Err(failure),
        Err(failure) => {
            let failure = if stored > 0 { failure.partly_done() } else { failure };
            let (failure, waiting) = match &in_doubt {
                Some(file) => {
                    let doubt = format!("nobody knows whether {} is stored", escape_str(file));
                    (failure.before(&doubt).hint(LOOK_FOR_IT), &left[1..])
                }
                None => (failure, &left[..]),
            };
            Err(match waiting {
                [] => failure,
                waiting => failure.before(&format!("not stored: {}", escape_str(&waiting.join(", ")))),
            })
        }
    };
    if options.form == Form::Text && options.access.verbosity == Verbosity::Normal && stored > 0 {
        let messages = count(stored as u64, "message", "messages");
        note(&format!("stored {messages} in {}", escape_str(name.as_str())));
    }
    if options.form == Form::Json {
        let (exit, error) = failure::told(&outcome);
        account.tell(&Line::Summary { exit: exit.code(), appended: stored as u64, left, in_doubt, error })?;
    }
    outcome
}

/// A file for people and programs.
fn shown(file: &OsStr) -> String {
    match file.to_string_lossy() {
        name if name == "-" => "stdin".to_owned(),
        name => name.into_owned(),
    }
}
