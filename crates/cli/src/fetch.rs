//! `tayori fetch`: messages of one mailbox, as they are, to a file, a folder or stdout.
//!
//! - this file: the order of things, from the options to the exit code
//! - [`mailboxes`]: which mailboxes are meant
//! - [`report`]: what was done, in words and as an exit code
//! - [`selection`]: which messages are meant

#[cfg_attr(not(test), expect(dead_code, reason = "one mailbox is fetched, that of the place"))]
mod mailboxes;
mod report;
mod selection;

use std::io::IsTerminal as _;

use tayori_client::{Error, Mailbox, Selected, Session};
use tayori_proto::command::StoreChange;
use tayori_proto::response::ResponseCode;
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Flag, MailboxName, PermanentFlag, SequenceSet, UidSet};

use crate::cli::{Fetch, Marking, Task, Verbosity};
use crate::connect::{self, Login, Route};
use crate::download::{Chosen, Download, Tally, is_single};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::file::MailFile;
use crate::output::storage::Disk;
use crate::output::{Capacity, Overwrite, Target, check_name};
use crate::progress::{Progress, Visibility};
use crate::signal;
use crate::transcript::Transcript;
use selection::Wanted;

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
    let mut session = match signal::unless(&mut asked_to_end, opening).await {
        Ok(opened) => opened?,
        Err(signal) => return Err(Failure::interrupted(signal, "")),
    };
    let mut tally = Tally::default();
    let work = fetch(&mut session, &options, &prepared, &mut tally);
    let outcome = signal::unless(&mut asked_to_end, work).await;
    // Whatever happened: the server is told that we go. It changes nothing, so its failure does not either.
    let _ = session.logout().await;
    outcome.unwrap_or_else(|signal| Err(Failure::interrupted(signal, &tally.complete())))
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
        check_name(path, overwrite(options))?;
    }
    check_stdout(&target)?;
    target.prepare(&Disk)?;
    if let Some(folder) = target.folder() {
        // Created and removed: a folder that cannot be written to is found out now, not after the first download.
        drop(MailFile::create(Disk, folder)?);
    }
    Ok(Prepared { route, login, wanted, target, mailbox })
}

fn overwrite(options: &Fetch) -> Overwrite {
    match &options.task {
        Task::Keep(keep) => keep.overwrite,
        Task::View(_) => Overwrite::Refuse,
    }
}

/// A message is written as it is. On a terminal, what somebody sent by mail would drive it.
fn check_stdout(target: &Target) -> Result<(), Failure> {
    if *target == Target::Stdout && std::io::stdout().is_terminal() {
        let message =
            "stdout is a terminal, which a message could drive; messages are written there as they are";
        return Err(
            Failure::new(Exit::Usage, message).hint("send it through a pager (-o - | less), or into a file")
        );
    }
    Ok(())
}

async fn fetch(
    session: &mut Session,
    options: &Fetch,
    prepared: &Prepared<'_>,
    tally: &mut Tally,
) -> Result<Exit, Failure> {
    let Prepared { wanted, target, mailbox: name, .. } = prepared;
    let mut selected = open(session, options, name).await?;
    check_validity(options, selected.mailbox())?;
    let Some((chosen, messages)) = wanted
        .resolve(&mut selected)
        .await?
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
    let download = Download {
        chosen: &chosen,
        target,
        overwrite: &|_| overwrite(options),
        progress: &progress,
        verbosity: options.verbosity,
    };
    let ended = download.run(&mut selected, messages, tally).await;
    if options.marking == Marking::Seen {
        mark_seen(&mut selected, tally, &ended, &progress).await;
    }
    progress.finish();
    report::conclude(tally, ended, wanted, &chosen, target, visibility)
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

/// How many ranges of a set go into one command: with two numbers of ten digits in each, a line stays below the 8192
/// octets that clients are to keep to (RFC 7162 section 4). Servers close the connection somewhere above.
const MOST_RANGES: usize = 350;

/// Sets `\Seen` on what is safe here, and on nothing else.
async fn mark_seen(
    selected: &mut Selected<'_>,
    tally: &mut Tally,
    ended: &Result<(), Failure>,
    progress: &Progress,
) {
    if tally.kept.is_empty() {
        return;
    }
    let allowed = selected.mailbox().permanent_flags();
    if allowed.is_some_and(|flags| !flags.contains(&PermanentFlag::Flag(Flag::Seen))) {
        let failure = Failure::new(
            Exit::Protocol,
            "the messages are fetched, but the server does not let this mailbox keep the mark that they were read",
        );
        progress.say(failure.to_text().trim_end());
        tally.failed.push(failure);
        return;
    }
    let ranges: Vec<_> = tally.kept.ranges().collect();
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
                progress.say(failure.to_text().trim_end());
                tally.failed.push(failure);
                return;
            }
        }
    }
}
