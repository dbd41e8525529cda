//! `tayori fetch`: messages of one mailbox, as they are, to a file, a folder or stdout.
//!
//! - this file: the order of things, from the options to the exit code
//! - [`report`]: what was done, in words and as an exit code
//! - [`selection`]: which messages are meant
//! - [`sink`]: where their octets go while they come

mod report;
mod selection;
mod sink;

use std::future::Future;
use std::num::NonZeroU32;

use tayori_client::{Error, FetchAttribute, FetchItems, Mailbox, Rows, Selected, Session};
use tayori_proto::command::StoreChange;
use tayori_proto::response::Fetch as Row;
use tayori_proto::response::{FetchItem, ResponseCode};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Flag, MailboxName, NonEmpty, PermanentFlag, Section, SequenceSet, Uid, UidSet};

use crate::cli::{Fetch, Marking, Verbosity};
use crate::connect::{self, Login, Route};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::file::MailFile;
use crate::output::storage::Disk;
use crate::output::{Capacity, OutputError, Target, check_name};
use crate::progress::{Progress, Visibility};
use crate::signal::{self, Signal};
use crate::transcript::Transcript;
use report::Report;
use selection::{Chosen, Wanted, is_single};
use sink::{MailSink, say};

/// Does it. The exit code is that of what was done, the failure that of what kept it from being done.
pub(crate) async fn run(options: Fetch) -> Result<Exit, Failure> {
    // From here on signals are ours: also a password prompt has to give the terminal back as it was.
    let asked_to_end = signal::asked_to_end()?;
    tokio::pin!(asked_to_end);
    let prepared = prepare(&options)?;
    let transcript = Transcript::open(&options.trace)?;
    let opening = async {
        let password = connect::password(&options.place, options.password.clone()).await?;
        let connection = prepared.route.connect(transcript).await?;
        connect::log_in(connection, &prepared.login, &password).await
    };
    let mut session = match unless(&mut asked_to_end, opening).await {
        Ok(opened) => opened?,
        Err(signal) => return Err(Failure::interrupted(signal, "")),
    };
    let mut report = Report::default();
    let work = fetch(&mut session, &options, &prepared, &mut report);
    let outcome = unless(&mut asked_to_end, work).await;
    // Whatever happened: the server is told that we go. It changes nothing, so its failure does not either.
    let _ = session.logout().await;
    outcome.unwrap_or_else(|signal| Err(Failure::interrupted(signal, &report.complete())))
}

/// What can be known before anything is sent, and before anybody is asked for a password.
struct Prepared<'a> {
    route: Route<'a>,
    login: Login,
    wanted: Wanted,
    target: Target,
    mailbox: MailboxName,
}

fn prepare(options: &Fetch) -> Result<Prepared<'_>, Failure> {
    let wanted = Wanted::parse(&options.selection)?;
    let login = Login::new(&options.place)?;
    let mailbox = MailboxName::new(options.place.mailbox())
        .map_err(|err| Failure::new(Exit::Usage, format!("the mailbox in the place: {err}")))?;
    let route = Route::new(&options.place, options.endpoint, &options.trust, options.timeout)?;
    let target = Target::parse(&options.output)?;
    if let Target::File(path) = &target {
        check_name(path, options.overwrite)?;
    }
    target.prepare(&Disk)?;
    if let Some(folder) = target.folder() {
        // Created and removed: a folder that cannot be written to is found out now, not after the first download.
        drop(MailFile::create(Disk, folder)?);
    }
    Ok(Prepared { route, login, wanted, target, mailbox })
}

/// Does the work unless a signal comes first.
async fn unless<T>(
    asked_to_end: &mut (impl Future<Output = Signal> + Unpin),
    work: impl Future<Output = T>,
) -> Result<T, Signal> {
    tokio::select! {
        // The signal first: work that always has something to do uses up what one turn may do, and the signal behind it
        // would never be looked at.
        biased;
        signal = asked_to_end => Err(signal),
        outcome = work => Ok(outcome),
    }
}

async fn fetch(
    session: &mut Session,
    options: &Fetch,
    prepared: &Prepared<'_>,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let Prepared { wanted, target, mailbox: name, .. } = prepared;
    let mut selected = open(session, options, name).await?;
    check_validity(options, selected.mailbox())?;
    let Some((chosen, messages)) = wanted
        .in_mailbox(selected.mailbox())
        .and_then(|chosen| chosen.messages().map(|messages| (chosen, messages)))
    else {
        return Err(nothing_there(selected.mailbox()));
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
    let sink = MailSink::new(target, options.overwrite, &chosen, &progress);
    let mut take = Taking { options, target, chosen: &chosen, progress: &progress, sink, report };
    let ended = take.all(rows).await;
    if options.marking == Marking::Seen {
        mark_seen(&mut selected, report, &ended, &progress).await;
    }
    progress.finish();
    report.conclude(ended, wanted, &chosen, target, visibility)
}

fn nothing_there(mailbox: &Mailbox) -> Failure {
    let message = match mailbox.exists() {
        0 => "no such message: the mailbox is empty".to_owned(),
        1 => "no such message: the mailbox has 1 message".to_owned(),
        count => format!("no such message: the mailbox has {count} messages"),
    };
    Failure::new(Exit::NothingMatched, message)
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
        let refused = is_about_mailbox(&error);
        let failure = Failure::from(error)
            .while_doing(&format!("cannot open the mailbox {}", escape_str(name.as_str())));
        if refused { failure.exit(Exit::NotFound) } else { failure }
    })
}

/// Whether a refusal says that the mailbox cannot be had, as against a server that cannot do it just now.
fn is_about_mailbox(error: &Error) -> bool {
    match error {
        Error::Refused { status: CompletionStatus::No, code, .. } => !matches!(
            code.as_deref(),
            Some(
                ResponseCode::Unavailable
                    | ResponseCode::InUse
                    | ResponseCode::Limit
                    | ResponseCode::ServerBug
                    | ResponseCode::Corruption
            )
        ),
        _ => false,
    }
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

/// Takes row after row.
struct Taking<'a> {
    options: &'a Fetch,
    target: &'a Target,
    progress: &'a Progress,
    chosen: &'a Chosen,
    sink: MailSink<'a>,
    report: &'a mut Report,
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
        // A row without the text that was asked for is news of another kind: flags that changed, say. Text of a message
        // that was not asked for would end up in a file that was meant for another.
        if row.body(&Section::full()).is_none() || !self.chosen.may_be(row.number, row.uid()) {
            return Ok(());
        }
        if let Some(number) = row.number {
            self.report.numbers.insert(number);
        }
        let Some(uid) = row.uid() else {
            let number = row.number.map_or(String::new(), |number| format!("number {number}: "));
            let message = format!("{number}the server sent the message without its UID; it was not kept");
            self.fail_one(Failure::new(Exit::Protocol, message));
            return Ok(());
        };
        // Said twice, kept once: the second file would only find its name taken by the first.
        if self.report.uids.contains(uid) {
            return Ok(());
        }
        self.report.uids.insert(uid);
        match self.keep(uid, row, taken) {
            Ok(octets) => {
                self.report.kept.insert(uid);
                self.report.octets += octets;
                self.progress.mail_done();
            }
            Err(Refusal::Taken(name)) => self.report.taken.push(name),
            Err(Refusal::One(failure)) => self.fail_one(failure),
            Err(Refusal::All(failure)) => return Err(failure),
        }
        Ok(())
    }

    fn fail_one(&mut self, failure: Failure) {
        say(self.progress, failure.to_text().trim_end());
        self.report.failed.push(failure);
    }

    fn keep(
        &self,
        uid: Uid,
        row: &Row,
        taken: Result<Option<sink::Received>, OutputError>,
    ) -> Result<u64, Refusal> {
        let doing = format!("UID {uid}");
        let refused = |error| Refusal::from(error, &doing, self.target);
        let Some(received) = taken.map_err(refused)? else {
            let message = format!("{doing}: the server sent no message");
            return Err(Refusal::One(Failure::new(Exit::Protocol, message)));
        };
        if may_be_torn(row, received.octets) {
            let message = format!(
                "{doing}: the server announced a wrong size, so the message may be torn; it was not kept"
            );
            let failure = Failure::new(Exit::Protocol, message);
            return Err(Refusal::One(failure.hint("fetch it again, or look at the dialogue with --trace")));
        }
        let octets = received.octets;
        if let Some(size) = row.size().filter(|size| *size != octets)
            && self.options.verbosity == Verbosity::Normal
        {
            // Some servers guess this number. The literal is what was sent, and it was delimited well.
            say(self.progress, &format!("note: {doing} has {octets} octets, not {size} as the server said"));
        }
        let name = NonZeroU32::new(uid.value()).and_then(|uid| self.target.name(uid));
        received.keep(name, self.options.overwrite).map_err(refused)?;
        Ok(octets)
    }
}

/// Whether what stands behind the text of the message looks like more of the text: the announced size was too small.
///
/// An item that nobody knows is no proof, since servers may volunteer some; one without a value is, and so is one behind
/// a text that is shorter than the server says elsewhere.
fn may_be_torn(row: &Row, octets: u64) -> bool {
    let short = row.size().is_some_and(|size| octets < size);
    let mut behind = row.items.iter().skip_while(|item| item.as_body().is_none());
    let more = behind.any(|item| match item {
        FetchItem::Invalid { .. } => true,
        FetchItem::Unknown { value, .. } => value.is_empty() || short,
        _ => false,
    });
    !row.defects.is_empty() || more
}

/// Why a message was not kept, and what that means for the others.
enum Refusal {
    /// Nothing; in the folder there is a file of its name already.
    Taken(String),
    /// Nothing.
    One(Failure),
    /// They would fare no better: the disk is full, say.
    All(Failure),
}

impl Refusal {
    fn from(error: OutputError, doing: &str, target: &Target) -> Self {
        match error {
            // Told once for all of them: after an interruption there may be thousands.
            OutputError::Exists { path } if target.capacity() == Capacity::Many => {
                Self::Taken(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
            }
            OutputError::Exists { .. } | OutputError::NotAFile { .. } => {
                Self::One(Failure::from(error).while_doing(doing))
            }
            OutputError::ReaderGone => Self::All(error.into()),
            _ => Self::All(Failure::from(error).while_doing(doing)),
        }
    }
}

/// How many ranges of a set go into one command: with two numbers of ten digits in each, a line stays below the 8192
/// octets that clients are to keep to (RFC 7162 section 4). Servers close the connection somewhere above.
const MOST_RANGES: usize = 350;

/// Sets `\Seen` on what is safe here, and on nothing else.
async fn mark_seen(
    selected: &mut Selected<'_>,
    report: &mut Report,
    ended: &Result<(), Failure>,
    progress: &Progress,
) {
    if report.kept.is_empty() {
        return;
    }
    let allowed = selected.mailbox().permanent_flags();
    if allowed.is_some_and(|flags| !flags.contains(&PermanentFlag::Flag(Flag::Seen))) {
        let failure = Failure::new(
            Exit::Protocol,
            "the messages are fetched, but the server does not let this mailbox keep the mark that they were read",
        );
        say(progress, failure.to_text().trim_end());
        report.failed.push(failure);
        return;
    }
    let ranges: Vec<_> = report.kept.ranges().collect();
    for piece in ranges.chunks(MOST_RANGES) {
        let mut uids = UidSet::new();
        for range in piece {
            uids.insert_range(range.clone());
        }
        let Ok(uids) = SequenceSet::try_from(uids) else { continue };
        match selected.store_silent(uids, StoreChange::Add, &[Flag::Seen]).await {
            Ok(()) => {}
            // What ended the fetching explains it.
            Err(Error::Lost(_)) if ended.is_err() => return,
            Err(error) => {
                let failure = Failure::from(error)
                    .while_doing("the messages are fetched, but could not be marked as read");
                say(progress, failure.to_text().trim_end());
                report.failed.push(failure);
                return;
            }
        }
    }
}
