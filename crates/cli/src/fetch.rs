//! `tayori fetch`: messages of one mailbox, as they are, to a file, a folder or stdout.
//!
//! - this file: the order of things, from the options to the exit code
//! - [`selection`]: which messages are meant
//! - [`sink`]: where their octets go while they come

mod selection;
mod sink;

use std::future::Future;
use std::num::NonZeroU32;

use tayori_client::{Error, FetchAttribute, FetchItems, Mailbox, Rows, Selected, Session};
use tayori_proto::command::StoreChange;
use tayori_proto::response::Fetch as Row;
use tayori_proto::types::{
    Flag, MailboxName, NonEmpty, PermanentFlag, Section, SeqSet, SequenceSet, Uid, UidSet,
};

use crate::cli::{Fetch, Marking, Verbosity};
use crate::connect::{self, Route};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::storage::Disk;
use crate::output::{Capacity, OutputError, Target, check_name};
use crate::progress::{Progress, Visibility};
use crate::transcript::Transcript;
use selection::{Chosen, Wanted};
use sink::{MailSink, say};

/// Does it. The exit code is that of what was done, the failure that of what kept it from being done.
pub(crate) async fn run(options: Fetch) -> Result<Exit, Failure> {
    // From here on Ctrl-C is ours: also a password prompt has to give the terminal back as it was.
    let interrupted = interrupted()?;
    tokio::pin!(interrupted);
    let Prepared { wanted, target, mailbox } = prepare(&options)?;
    let transcript = Transcript::open(&options.trace)?;
    let route = Route {
        place: &options.place,
        endpoint: options.endpoint,
        trust: &options.trust,
        timeout: options.timeout,
    };
    let opening = async {
        let password = connect::password(&options.place, options.password.clone()).await?;
        let connection = route.connect(transcript).await?;
        connect::log_in(connection, &options.place, &password).await
    };
    let mut session = unless(&mut interrupted, opening).await?;
    let work = fetch(&mut session, &options, &wanted, &target, &mailbox);
    let outcome = unless(&mut interrupted, work).await;
    // Whatever happened: the server is told that we go. It changes nothing, so its failure does not either.
    let _ = session.logout().await;
    outcome
}

/// What can be known before anything is sent.
struct Prepared {
    wanted: Wanted,
    target: Target,
    mailbox: MailboxName,
}

fn prepare(options: &Fetch) -> Result<Prepared, Failure> {
    let wanted = Wanted::parse(&options.selection)?;
    let target = Target::parse(&options.output)?;
    if let Target::File(path) = &target {
        check_name(path, options.overwrite)?;
    }
    let mailbox = MailboxName::new(options.place.mailbox())
        .map_err(|err| Failure::new(Exit::Usage, format!("the mailbox in the place: {err}")))?;
    target.prepare(&Disk)?;
    Ok(Prepared { wanted, target, mailbox })
}

/// Resolves at the first Ctrl-C; a second one ends the program at once, since by then something is stuck.
fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut signals = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
        .map_err(|err| Failure::new(Exit::Failed, format!("cannot listen for Ctrl-C: {err}")))?;
    tokio::spawn(async move {
        signals.recv().await;
        let _ = sender.send(());
        signals.recv().await;
        // Complete messages have their names, the others have none; there is nothing to put in order.
        std::process::exit(Exit::Interrupted.code().into());
    });
    Ok(async move {
        if receiver.await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

async fn unless<T>(
    interrupted: &mut (impl Future<Output = ()> + Unpin),
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        // An interruption that comes together with the end of the work comes too late.
        biased;
        outcome = work => outcome,
        () = interrupted => Err(Failure::interrupted()),
    }
}

async fn fetch(
    session: &mut Session,
    options: &Fetch,
    wanted: &Wanted,
    target: &Target,
    name: &MailboxName,
) -> Result<Exit, Failure> {
    let mut selected = open(session, options, name).await?;
    check_validity(options, selected.mailbox())?;
    let Some((chosen, messages)) = wanted
        .in_mailbox(selected.mailbox())
        .and_then(|chosen| chosen.messages().map(|messages| (chosen, messages)))
    else {
        let count = selected.mailbox().exists();
        return Err(Failure::new(Exit::NothingMatched, format!("no such message: the mailbox has {count}")));
    };
    if target.capacity() == Capacity::One {
        check_single(&mut selected, &chosen).await?;
    }
    let visibility = match options.verbosity {
        Verbosity::Normal if !options.trace.stderr => Visibility::of_stderr(),
        _ => Visibility::Hidden,
    };
    let progress = Progress::new(chosen.count(), visibility);
    let items = NonEmpty::one(FetchAttribute::Uid)
        .and(FetchAttribute::Rfc822Size)
        .and(FetchAttribute::peek(Section::full()));
    let rows = selected.fetch(messages, FetchItems::Attributes(items)).await?;
    let sink = MailSink::new(target, options.overwrite, &progress);
    let mut take = Taking { options, target, progress: &progress, sink, report: Report::default() };
    let ended = take.all(rows).await;
    let mut report = take.report;
    if options.marking == Marking::Seen {
        mark_seen(&mut selected, &mut report, &progress).await;
    }
    progress.finish();
    report.conclude(ended, wanted, &chosen)
}

async fn open<'a>(
    session: &'a mut Session,
    options: &Fetch,
    name: &MailboxName,
) -> Result<Selected<'a>, Failure> {
    let opened = match options.marking {
        Marking::Leave => session.examine(name).await,
        Marking::Seen => session.select(name).await,
    };
    opened.map_err(|error| {
        let refused = matches!(error, Error::Refused { .. });
        let failure = Failure::from(error)
            .while_doing(&format!("cannot open the mailbox {}", escape_str(name.as_str())));
        if refused { failure.exit(Exit::NotFound) } else { failure }
    })
}

/// A place that names the validity of its UIDs means those UIDs and no others.
fn check_validity(options: &Fetch, mailbox: &Mailbox) -> Result<(), Failure> {
    let Some(wanted) = options.place.uid_validity() else { return Ok(()) };
    let found = mailbox.uid_validity().map(|validity| validity.value());
    if found == Some(wanted.get()) {
        return Ok(());
    }
    let found = found.map_or("none".to_owned(), |found| found.to_string());
    let message = format!("the UIDs of this mailbox are others now: UIDVALIDITY was {wanted} and is {found}");
    Err(Failure::new(Exit::NothingMatched, message).hint("look for the message again, its UID has changed"))
}

/// One file, or stdout, holds one message.
async fn check_single(selected: &mut Selected<'_>, chosen: &Chosen) -> Result<(), Failure> {
    let count = match chosen {
        Chosen::Numbers(numbers) => numbers.count(),
        Chosen::Uids(uids) if is_single(uids) => 1,
        Chosen::Uids(uids) => selected.uid_search(tayori_client::SearchKey::Uid(uids.clone())).await?.count(),
    };
    if count <= 1 {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("{count} messages do not fit into one file"))
        .hint("give a folder: -o DIR/"))
}

fn is_single(uids: &SequenceSet<Uid>) -> bool {
    matches!(uids.ranges(), [(start, end)] if start == end)
}

impl Chosen {
    /// How many messages will come, where that is known.
    fn count(&self) -> Option<u64> {
        match self {
            Self::Numbers(numbers) => Some(numbers.count()),
            Self::Uids(uids) => is_single(uids).then_some(1),
        }
    }
}

/// What was done and what was not.
#[derive(Default)]
struct Report {
    numbers: SeqSet,
    /// These are safe: in their files, or written out.
    kept: UidSet,
    failed: Vec<Failure>,
}

/// Takes row after row.
struct Taking<'a> {
    options: &'a Fetch,
    target: &'a Target,
    progress: &'a Progress,
    sink: MailSink<'a>,
    report: Report,
}

impl Taking<'_> {
    /// All rows. Fails where going on makes no sense; what happened to single messages stands in the report.
    async fn all(&mut self, mut rows: Rows<'_>) -> Result<(), Failure> {
        loop {
            match rows.next(&mut self.sink).await {
                Ok(Some(row)) => self.row(&row)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    return Err(match self.sink.take_error() {
                        Some(error) => error.into(),
                        None => error.into(),
                    });
                }
            }
        }
    }

    fn row(&mut self, row: &Row) -> Result<(), Failure> {
        let taken = self.sink.take();
        // A row without the text that was asked for is news of another kind: flags that changed, say.
        let (Some(uid), Some(_)) = (row.uid(), row.body(&Section::full())) else { return Ok(()) };
        if let Some(number) = row.number {
            self.report.numbers.insert(number);
        }
        match self.keep(uid, row, taken) {
            Ok(()) => {
                self.report.kept.insert(uid);
                self.progress.mail_done();
                Ok(())
            }
            Err(Refusal::One(failure)) => {
                say(self.progress, failure.to_text().trim_end());
                self.report.failed.push(failure);
                Ok(())
            }
            Err(Refusal::All(failure)) => Err(failure),
        }
    }

    fn keep(
        &self,
        uid: Uid,
        row: &Row,
        taken: Result<Option<sink::Received>, OutputError>,
    ) -> Result<(), Refusal> {
        let doing = format!("UID {uid}");
        let refused = |error| Refusal::from(error, &doing);
        let Some(received) = taken.map_err(refused)? else {
            let message = format!("{doing}: the server sent no message");
            return Err(Refusal::One(Failure::new(Exit::Protocol, message)));
        };
        if !row.defects.is_empty() {
            let message = format!(
                "{doing}: the server announced a wrong size, so the message may be torn; it was not kept"
            );
            let failure = Failure::new(Exit::Protocol, message);
            return Err(Refusal::One(failure.hint("fetch it again, or look at the dialogue with --trace")));
        }
        if let Some(size) = row.size().filter(|size| *size != received.octets) {
            // Some servers guess this number. The literal is what was sent, and it was delimited well.
            say(
                self.progress,
                &format!("note: {doing} has {} octets, not {size} as the server said", received.octets),
            );
        }
        let name = NonZeroU32::new(uid.value()).and_then(|uid| self.target.name(uid));
        received.keep(name, self.options.overwrite).map_err(refused)
    }
}

/// Why a message was not kept, and what that means for the others.
enum Refusal {
    /// Nothing.
    One(Failure),
    /// They would fare no better: the disk is full, say.
    All(Failure),
}

impl Refusal {
    fn from(error: OutputError, doing: &str) -> Self {
        match error {
            OutputError::Exists { .. } | OutputError::NotAFile { .. } => {
                Self::One(Failure::from(error).while_doing(doing))
            }
            OutputError::ReaderGone => Self::All(error.into()),
            _ => Self::All(Failure::from(error).while_doing(doing)),
        }
    }
}

/// Sets `\Seen` on what is safe here, and on nothing else.
async fn mark_seen(selected: &mut Selected<'_>, report: &mut Report, progress: &Progress) {
    let Ok(kept) = SequenceSet::try_from(report.kept.clone()) else { return };
    let allowed = selected.mailbox().permanent_flags();
    if allowed.is_some_and(|flags| !flags.contains(&PermanentFlag::Flag(Flag::Seen))) {
        say(progress, "note: the server does not let this mailbox keep the mark that a message was read");
    }
    if let Err(error) = selected.store_silent(kept, StoreChange::Add, &[Flag::Seen]).await {
        let failure =
            Failure::from(error).while_doing("the messages are fetched, but could not be marked as read");
        say(progress, failure.to_text().trim_end());
        report.failed.push(failure);
    }
}

impl Report {
    fn conclude(self, ended: Result<(), Failure>, wanted: &Wanted, chosen: &Chosen) -> Result<Exit, Failure> {
        let kept = self.kept.count();
        if let Err(failure) = ended {
            return Err(match failure.exit {
                // The reader of stdout had enough: nothing was missing for it.
                Exit::Done => failure,
                _ if kept > 0 => {
                    failure.while_doing(&format!("{kept} messages are complete, then")).exit(Exit::PartlyDone)
                }
                _ => failure,
            });
        }
        let mut missing = wanted.missing(&self.numbers, &self.kept);
        if let Chosen::Numbers(numbers) = chosen {
            let silent = numbers.difference(&self.numbers);
            if !silent.is_empty() && missing.is_empty() {
                missing.push(format!("number {silent}"));
            }
        }
        let failed_alone = self.failed.first().map(|failure| failure.exit);
        match (kept, failed_alone) {
            (0, Some(exit)) => Ok(exit),
            (0, None) => Err(Failure::new(Exit::NothingMatched, "no such message")),
            (_, Some(_)) => Ok(Exit::PartlyDone),
            (_, None) if !missing.is_empty() => {
                let message = format!("the server sent nothing for {}", missing.join(", "));
                Err(Failure::new(Exit::PartlyDone, message))
            }
            (_, None) => Ok(Exit::Done),
        }
    }
}
