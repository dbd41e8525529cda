//! `tayori demo`: the main job, done once with sample mails, a server in this process, and nothing to set up.
//!
//! - this file: the order of things, from the options to the exit code
//! - [`advice`]: what to try next
//! - [`compare`]: the files against the store, octet by octet
//! - [`folder`]: where the files go, and which of them may be replaced
//! - [`host`]: the server with its mail, certificate and password
//! - [`samples`]: the mails
//! - [`summary`]: what was fetched, as a table

mod advice;
mod compare;
pub(crate) mod folder;
pub(crate) mod host;
mod samples;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tayori_account::config::TlsMode;
use tayori_client::Session;
use tayori_proto::response::ListAttribute;
use tayori_proto::types::{ListPattern, ListReference, MailboxName, UidSet};

use crate::cli::{Afterwards, Demo, Durability, Verbosity, WeakerAuth};
use crate::connect::Route;
use crate::download::{self, Chosen, Desk, Download, Tally, UidNames};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::login::Login;
use crate::output::parts::Parts;
use crate::output::storage::Disk;
use crate::output::writers::files::{self, Filing};
use crate::output::writers::{NoRecord, THREADS, Writers};
use crate::output::{Capacity, OutputError, Overwrite, Piped};
use crate::progress::{Progress, Visibility};
use crate::signal::{self, Signal};
use crate::table::Width;
use crate::transcript::{FirstLines, Transcript};
use folder::Folder;
use host::Host;
use summary::Row;

/// Lines of the dialogue that are shown.
const SHOWN_LINES: usize = 10;

/// Does it. Succeeds only if every octet that was fetched is on the disk as the server has it.
pub(crate) async fn run(options: Demo) -> Result<Exit, Failure> {
    let started = Instant::now();
    let asked_to_end = signal::asked_to_end()?;
    tokio::pin!(asked_to_end);
    let host = Host::start(options.port, options.encryption).await?;
    let folder = Arc::new(Folder::claim(&options.output, &host.mails)?);
    let (transcript, dialogue) = Transcript::first_lines(SHOWN_LINES);
    // The folder was claimed for this, so nobody else writes into it.
    let parts = Parts::prepare(&Disk, folder.path(), THREADS)?;
    let mut fetched = Fetched::start(&folder, &parts)?;
    let work = async {
        fetch(&host, &folder, transcript, &mut fetched).await?;
        compare::compare(&host.store, folder.path()).await
    };
    let ended = signal::unless(&mut asked_to_end, work).await;
    // After an interruption there may be mails that are complete and not settled.
    let _ = fetched.desk().settle().await;
    let differences = match ended {
        Ok(Ok(differences)) => differences,
        Ok(Err(failure)) if fetched.mails() > 0 => return Err(failure.after(&fetched.complete())),
        Ok(Err(failure)) => return Err(failure),
        Err(signal) => return Err(Failure::interrupted(signal, &fetched.complete())),
    };
    let judgement = compare::judge(&differences);
    let summary = summarise(&fetched.rows, started.elapsed(), &dialogue);
    if let Err(failure) = judgement {
        // What is wrong is told, whether or not somebody still reads the rest.
        let _ = print(&summary);
        return Err(failure);
    }
    let shown = escape_str(&folder.path().to_string_lossy()).into_owned();
    let summary = format!("{summary}Every byte in {shown} is what the server has.\n\n");
    let program = advice::program();
    match options.afterwards {
        Afterwards::End => {
            print(&(summary + &advice::next_steps(folder.path(), &program)))?;
            host.stop().await;
            Ok(Exit::Done)
        }
        Afterwards::KeepServing => {
            print(&(summary + &advice::access(&host.access, &program)))?;
            // Others may use the folder now; nothing of ours is in it when they do.
            drop(fetched);
            drop(parts);
            drop(folder);
            let signal = asked_to_end.await;
            host.stop().await;
            match signal {
                // The server was asked for until this.
                Signal::Interrupt => Ok(Exit::Done),
                Signal::Terminate => Err(Failure::interrupted(signal, "")),
            }
        }
    }
}

/// What has come so far.
struct Fetched {
    rows: Vec<Row>,
    /// Of the mailbox that is being fetched.
    current: Tally,
    writers: Writers,
    progress: Progress,
}

impl Fetched {
    fn start(folder: &Arc<Folder>, parts: &Parts) -> Result<Self, Failure> {
        // The threads may outlive the folder's lock, and must not keep it.
        let rule = Arc::downgrade(folder);
        let filing = Filing {
            folder: folder.path().to_owned(),
            overwrite: Arc::new(move |path| match rule.upgrade() {
                Some(folder) => folder.overwrite(path),
                None => Overwrite::Refuse,
            }),
            durability: Durability::Synced,
            record: Arc::new(NoRecord),
        };
        let writers = Writers::start(files::writers(Disk, &filing, parts))?;
        let progress = Progress::new(Some(0), Visibility::of_stderr());
        Ok(Self { rows: Vec::new(), current: Tally::default(), writers, progress })
    }

    fn desk(&mut self) -> Desk<'_> {
        Desk {
            writers: &mut self.writers,
            tally: &mut self.current,
            capacity: Capacity::Many,
            progress: &self.progress,
            told: Box::new(|_| Ok(())),
        }
    }

    fn mails(&self) -> u64 {
        self.rows.iter().map(|row| row.mails).sum::<u64>() + self.current.kept.count()
    }

    fn complete(&self) -> String {
        download::complete(self.mails())
    }

    /// The mailbox is done. What was not kept was told where it happened, and is found missing in the end.
    fn put_away(&mut self, name: &MailboxName) {
        let Tally { kept, octets, .. } = std::mem::take(&mut self.current);
        self.rows.push(Row { mailbox: name.as_str().to_owned(), mails: kept.count(), octets });
    }
}

/// Fetches everything as any client would, from what the server lists.
async fn fetch(
    host: &Host,
    folder: &Arc<Folder>,
    transcript: Transcript,
    fetched: &mut Fetched,
) -> Result<(), Failure> {
    let mut session = log_in(host, transcript).await?;
    for listed in session.list(&ListReference::none(), &ListPattern::all()).await? {
        if !listed.attributes.contains(&ListAttribute::NoSelect) {
            let mailbox = folder.mailbox(&listed.name).ok_or_else(|| unknown(&listed.name))?;
            fetch_mailbox(&mut session, &listed.name, mailbox, &mut fetched.desk()).await?;
            fetched.put_away(&listed.name);
        }
    }
    fetched.progress.hide();
    // It changes nothing, so its failure does not either.
    let _ = session.logout().await;
    Ok(())
}

async fn log_in(host: &Host, transcript: Transcript) -> Result<Session, Failure> {
    let access = &host.access;
    let tls = if access.fingerprint.is_some() { TlsMode::Implicit } else { TlsMode::None };
    let target = access.target(tls);
    let login = Login::new(&target, WeakerAuth::Refused, None)?;
    let connection = Route::new(&target, None)?.connect(Some(transcript)).await?;
    let credentials = login.with_secret(Some(access.secret()?))?;
    let logged_in = login.log_in(connection, &credentials).await;
    logged_in.map(|it| it.session).map_err(|failed| login.explain(*failed, &credentials))
}

fn unknown(name: &MailboxName) -> Failure {
    let shown = escape_str(name.as_str());
    Failure::new(Exit::Protocol, format!("the server lists {shown}, which it does not have"))
}

async fn fetch_mailbox(
    session: &mut Session,
    name: &MailboxName,
    folder: PathBuf,
    desk: &mut Desk<'_>,
) -> Result<(), Failure> {
    let mut selected = session.examine(name).await?;
    let Some(chosen) = Chosen::all(selected.mailbox()) else { return Ok(()) };
    let download = Download {
        chosen: &chosen,
        known: &UidSet::new(),
        naming: &UidNames { folder },
        verbosity: Verbosity::Normal,
    };
    download.run(&mut selected, desk).await
}

fn summarise(rows: &[Row], elapsed: Duration, dialogue: &FirstLines) -> String {
    let table = summary::table(rows, Width::of_stdout());
    let cost = summary::cost(elapsed, summary::peak_memory());
    format!("{table}{cost}\n\nThe dialogue began:\n{}\n", dialogue.text())
}

fn print(text: &str) -> Result<(), OutputError> {
    let mut stdout = Piped::new(std::io::stdout());
    stdout.write(text.as_bytes())?;
    stdout.finish()
}
