//! Whole messages, mailbox after mailbox.
//!
//! - this file: the order of things in each mailbox
//! - [`deposit`]: where messages go, and the list of what is there
//! - [`removal`]: what is safe here is removed from the server
//! - [`json`]: what became of each, for programs

mod deposit;
mod json;
mod removal;

use std::path::PathBuf;

use tayori_client::{Selected, Session};
use tayori_proto::types::{MailboxName, UidValidity};

use super::mailboxes::{Discovery, Found};
use super::report::{self, Totals};
use super::selection::Wanted;
use super::{Opened, check_validity, mark_seen, nothing_there, open};
use crate::cli::{Fetch, Form, Format, Keep, Mailboxes, Marking, Removal, Verbosity};
use crate::download::{
    Chosen, Desk, Download, Fate, MaildirNames, Naming, OneName, Tally, TemplateNames, UidNames, is_single,
};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::manifest::Source;
use crate::output::mailbox_path::mailbox_path;
use crate::output::maildir;
use crate::output::storage::Disk;
use crate::output::template::{Template, TemplateError};
use crate::output::{Capacity, Target};
use crate::progress::{Progress, Visibility};
use deposit::Deposit;

/// All that is known before anything is sent, and what was done since.
pub(super) struct Keeping<'a> {
    options: &'a Fetch,
    keep: &'a Keep,
    target: Target,
    template: Option<Template>,
    deposit: Deposit,
    progress: Progress,
    visibility: Visibility,
    totals: Totals,
    current: Option<Current>,
}

/// The mailbox that is being fetched.
struct Current {
    name: MailboxName,
    uid_validity: Option<UidValidity>,
    tally: Tally,
}

impl<'a> Keeping<'a> {
    /// Finds out what can be found out without a connection.
    pub(super) fn prepare(options: &'a Fetch, keep: &'a Keep) -> Result<Self, Failure> {
        let target = target(options, keep)?;
        super::check_stdout(&target)?;
        let visibility = match options.verbosity {
            Verbosity::Normal if !options.trace.stderr => Visibility::of_stderr(),
            _ => Visibility::Hidden,
        };
        Ok(Self {
            options,
            keep,
            deposit: Deposit::open(&target, keep)?,
            template: keep.name.as_deref().map(template).transpose()?,
            target,
            progress: Progress::new(Some(0), visibility),
            visibility,
            totals: Totals::default(),
            current: None,
        })
    }

    /// Fetches from these mailboxes. When this is cancelled, [`Keeping::end`] knows what was done.
    pub(super) async fn run(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        mailboxes: Discovery,
    ) -> Result<(), Failure> {
        let only = self.options.mailboxes == Mailboxes::OfThePlace;
        for left_out in &mailboxes.left_out {
            let failure = left_out.to_failure();
            self.progress.say(failure.to_text().trim_end());
            self.totals.failed.push(failure.exit);
        }
        for found in &mailboxes.found {
            let done = self.mailbox(session, wanted, found).await;
            self.put_away();
            let Err(failure) = done else { continue };
            // Of a disk that is full or a connection that is lost, the next mailbox has no more.
            if only || !failure.is_about_mailbox() {
                return Err(failure);
            }
            let failure = failure.while_doing(&escape_str(found.name.as_str()));
            if self.options.form == Form::Json {
                let mailbox = found.name.as_str();
                json::say(&json::Line::MailboxFailed { mailbox, error: json::Problem::new(&failure) })?;
            }
            self.progress.say(failure.to_text().trim_end());
            self.totals.failed.push(failure.exit);
        }
        Ok(())
    }

    /// Puts into words and an exit code what was done, after the work has ended for whatever reason.
    pub(super) async fn end(mut self, ended: Result<(), Failure>) -> Result<Exit, Failure> {
        let interrupted = |failure: &Failure| matches!(failure.exit, Exit::Interrupted | Exit::Terminated);
        let settled = match &ended {
            // Whoever reads stdout may have stopped reading, and would be waited for.
            Err(failure) if interrupted(failure) && self.target == Target::Stdout => Ok(()),
            // After an interruption there may be messages that are complete and not settled.
            _ => self.settle().await,
        };
        self.put_away();
        let Self { options, target, progress, visibility, totals, deposit, .. } = self;
        progress.finish();
        // The lock and the folder for parts are given back before the last word.
        drop(deposit);
        let outcome = report::conclude(&totals, ended.and(settled), &target, visibility);
        if options.form == Form::Json {
            let (exit, error) = match &outcome {
                Ok(exit) => (*exit, None),
                Err(failure) => (failure.exit, Some(failure.message())),
            };
            json::say(&json::Line::summary(&totals, exit, error))?;
        }
        outcome
    }

    async fn settle(&mut self) -> Result<(), Failure> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let told = Box::new(teller(self.options.form, &current.name, current.uid_validity));
        let mut desk = Desk {
            writers: &mut self.deposit.writers,
            tally: &mut current.tally,
            capacity: self.deposit.capacity,
            progress: &self.progress,
            told,
        };
        desk.settle().await
    }

    fn put_away(&mut self) {
        if let Some(current) = self.current.take() {
            self.totals.add(&self.options.mailboxes, &current.name, current.tally);
        }
    }

    async fn mailbox(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        found: &Found,
    ) -> Result<(), Failure> {
        let opened = match (self.options.marking, self.keep.removal) {
            (Marking::Leave, Removal::Leave) => Opened::ToRead,
            _ => Opened::ToChange,
        };
        let mut selected = open(session, &found.name, opened).await?;
        check_validity(&self.options.place, selected.mailbox())?;
        let Some(chosen) = wanted.resolve(&mut selected).await? else {
            self.totals.nothing.get_or_insert(nothing_there(selected.mailbox()));
            return Ok(());
        };
        if self.deposit.capacity == Capacity::One {
            check_single(&mut selected, &chosen).await?;
        }
        let uid_validity = selected.mailbox().uid_validity();
        let source = uid_validity.map(|uid_validity| self.source(found, uid_validity));
        let (naming, here) = self.turn_to(found, source.clone())?;
        if self.options.verbosity == Verbosity::Normal {
            here.notes.iter().for_each(|note| self.progress.say(note));
        }
        let tally = Tally::default();
        let current = self.current.insert(Current { name: found.name.clone(), uid_validity, tally });
        let download = Download {
            chosen: &chosen,
            known: &here.complete,
            naming: &*naming,
            verbosity: self.options.verbosity,
        };
        let told = Box::new(teller(self.options.form, &found.name, uid_validity));
        let mut desk = Desk {
            writers: &mut self.deposit.writers,
            tally: &mut current.tally,
            capacity: self.deposit.capacity,
            progress: &self.progress,
            told,
        };
        let ended = download.run(&mut selected, &mut desk).await;
        drop(desk);
        let tally = &mut current.tally;
        tally.missing = wanted.missing(&tally.numbers, &tally.uids.union(&here.complete));
        if self.options.marking == Marking::Seen {
            let failure = mark_seen(&mut selected, &tally.kept.union(&tally.known), &ended).await;
            if let Some(failure) = failure {
                self.progress.say(failure.to_text().trim_end());
                tally.failed.push(failure);
            }
        }
        ended?;
        self.remove(&mut selected, source.as_ref()).await
    }

    async fn remove(&mut self, selected: &mut Selected<'_>, source: Option<&Source>) -> Result<(), Failure> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if self.keep.removal == Removal::Leave {
            return Ok(());
        }
        let how = self.keep.removal;
        let ledger = self.deposit.ledger();
        let removed = removal::remove(selected, &current.tally, source, ledger, how, &self.progress).await;
        match removed {
            Ok(removed) => {
                self.totals.removed(removed.expunged.count(), removed.marked.count(), removed.left.count())
            }
            // The messages are here all the same, and what follows may go better.
            Err(failure) if failure.is_about_mailbox() => {
                self.progress.say(failure.to_text().trim_end());
                current.tally.failed.push(failure);
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    fn source(&self, found: &Found, uid_validity: UidValidity) -> Source {
        let place = &self.options.place;
        let usual = [143, 993].contains(&self.options.endpoint.port.get());
        let port = if usual { String::new() } else { format!(":{}", self.options.endpoint.port) };
        Source {
            // Another port can be another server, behind a tunnel say.
            account: format!("{}@{}{port}", place.user(), place.host()),
            mailbox: found.name.as_str().to_owned(),
            uid_validity,
        }
    }

    /// The names of the messages of a mailbox, and what of it is here already.
    fn turn_to(
        &mut self,
        found: &Found,
        source: Option<Source>,
    ) -> Result<(Box<dyn Naming>, deposit::Here), Failure> {
        let folder = match self.options.mailboxes {
            Mailboxes::OfThePlace => PathBuf::new(),
            Mailboxes::Named(_) | Mailboxes::All => mailbox_path(&found.name, found.separator),
        };
        match (&self.target, self.keep.format) {
            (Target::Stdout, _) => {
                let here = self.deposit.turn_to(source)?;
                Ok((Box::new(OneName::Message(PathBuf::from("-"))), here))
            }
            (Target::File(path), Format::Mbox) => {
                let name = PathBuf::from(path.file_name().unwrap_or_default());
                let here = self.deposit.turn_to_mbox(source, &name)?;
                Ok((Box::new(OneName::Mbox(name)), here))
            }
            (Target::File(path), _) => {
                let here = self.deposit.turn_to(source)?;
                Ok((Box::new(OneName::Message(PathBuf::from(path.file_name().unwrap_or_default()))), here))
            }
            (Target::Folder(_), Format::Mbox) => {
                // That of the place was not listed; in a URL the levels stand between slashes.
                let separator = found.separator.or(Some('/'));
                let mut name = mailbox_path(&found.name, separator).into_os_string();
                name.push(".mbox");
                let here = self.deposit.turn_to_mbox(source, name.as_ref())?;
                Ok((Box::new(OneName::Mbox(name.into())), here))
            }
            (Target::Folder(root), Format::Maildir) => {
                let Some(source) = source else { return Err(no_validity(&found.name)) };
                let path = root.join(&folder);
                maildir::prepare(&Disk, &path)?;
                let here = self.deposit.turn_to(Some(source.clone()))?;
                let names =
                    MaildirNames::new(folder, &path, &source.account, &found.name, source.uid_validity);
                Ok((Box::new(names.but_for(&here.complete)?), here))
            }
            (Target::Folder(_), Format::Eml) => {
                let uid_validity = source.as_ref().map(|source| source.uid_validity);
                let here = self.deposit.turn_to(source)?;
                let naming: Box<dyn Naming> = match &self.template {
                    None => Box::new(UidNames { folder }),
                    Some(template) => Box::new(TemplateNames {
                        folder,
                        template: template.clone(),
                        mailbox: found.name.as_str().to_owned(),
                        uid_validity,
                    }),
                };
                Ok((naming, here))
            }
        }
    }
}

/// Without it a name in a Maildir could be that of another message tomorrow.
fn no_validity(name: &MailboxName) -> Failure {
    let name = escape_str(name.as_str());
    Failure::new(
        Exit::Protocol,
        format!("the server gives {name} no UIDVALIDITY, so its messages have no lasting names"),
    )
    .hint("use --format eml or mbox")
}

/// Reads `--name`.
fn template(text: &str) -> Result<Template, Failure> {
    Template::parse(text).map_err(|TemplateError { index, expected }| {
        let place = text.get(..index).map_or(index, |before| before.chars().count()) + 1;
        let message = format!("--name {}: expected {expected} at character {place}", escape_str(text));
        Failure::new(Exit::Usage, message)
            .hint("write text with fields such as {uid}, {subject}, {from}, {date}, {year}/{month}; / makes folders")
    })
}

/// What `-o` means for this format and so many mailboxes.
fn target(options: &Fetch, keep: &Keep) -> Result<Target, Failure> {
    let target = Target::parse(&options.output)?;
    match (target, keep.format, &options.mailboxes) {
        // A Maildir is a folder, whether there is a slash behind its name or not.
        (Target::File(path), Format::Maildir, _) => Ok(Target::Folder(path)),
        (Target::File(_) | Target::Stdout, _, Mailboxes::Named(_) | Mailboxes::All) => {
            Err(Failure::new(Exit::Usage, "several mailboxes do not fit into one file")
                .hint("give a folder: -o DIR/"))
        }
        (target, _, _) => Ok(target),
    }
}

/// Says what becomes of messages, in the form that was asked for.
fn teller(
    form: Form,
    name: &MailboxName,
    uid_validity: Option<UidValidity>,
) -> impl FnMut(&Fate<'_>) -> Result<(), Failure> + use<> {
    let name = name.as_str().to_owned();
    let uid_validity = uid_validity.map(UidValidity::value);
    move |fate| match form {
        Form::Text => Ok(()),
        Form::Json => Ok(json::say_fate(&name, uid_validity, fate)?),
    }
}

/// One file, or stdout, holds one message.
async fn check_single(selected: &mut Selected<'_>, chosen: &Chosen) -> Result<(), Failure> {
    let count = match chosen {
        Chosen::Numbers(numbers) => numbers.count(),
        Chosen::Found(uids) => uids.count(),
        Chosen::Uids(uids) if is_single(uids) => 1,
        Chosen::Uids(uids) => selected.uid_search(tayori_client::SearchKey::Uid(uids.clone())).await?.count(),
    };
    if count <= 1 {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("{count} messages do not fit into one file"))
        .hint("give a folder: -o DIR/"))
}
