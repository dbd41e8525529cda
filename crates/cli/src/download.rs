//! Messages of an open mailbox on their way to where they are to be.
//!
//! - this file: row after row, kept or refused, and what became of them
//! - [`chosen`]: which messages, in terms of the open mailbox
//! - [`sink`]: where their octets go while they come

mod chosen;
mod sink;

use std::num::NonZeroU32;
use std::path::Path;

use tayori_client::{FetchAttribute, FetchItems, Rows, Selected};
use tayori_proto::response::Fetch as Row;
use tayori_proto::response::FetchItem;
use tayori_proto::types::{Messages, NonEmpty, Section, SeqSet, Uid, UidSet};

use crate::cli::Verbosity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Capacity, OutputError, Overwrite, Target};
use crate::progress::Progress;
use sink::{MailSink, Received};

pub(crate) use chosen::{Chosen, is_single};

/// What is fetched, and where it goes.
pub(crate) struct Download<'a> {
    pub(crate) chosen: &'a Chosen,
    pub(crate) target: &'a Target,
    pub(crate) overwrite: OverwriteRule<'a>,
    pub(crate) progress: &'a Progress,
    pub(crate) verbosity: Verbosity,
}

/// What happens to a file that has the name of a message already. Asked anew whenever it matters.
pub(crate) type OverwriteRule<'a> = &'a dyn Fn(&Path) -> Overwrite;

/// What became of the messages. Grows while rows come, so that it tells the truth also when something ends them early.
#[derive(Default)]
pub(crate) struct Tally {
    /// Of these the server sent something, kept or not.
    pub(crate) numbers: SeqSet,
    pub(crate) uids: UidSet,
    /// These are safe: in their files, or written out.
    pub(crate) kept: UidSet,
    /// Their octets.
    pub(crate) octets: u64,
    /// Names in the folder that others have already.
    pub(crate) taken: Vec<String>,
    /// What went wrong with single messages; told already.
    pub(crate) failed: Vec<Failure>,
}

impl Tally {
    /// Says how many messages are safe, for whoever has to do without the others. Empty if none is.
    pub(crate) fn complete(&self) -> String {
        complete(self.kept.count())
    }
}

/// The same for a number of messages.
pub(crate) fn complete(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "1 message is complete".to_owned(),
        count => format!("{count} messages are complete"),
    }
}

impl Download<'_> {
    /// Fetches `messages`, without a mark that they were read. Fails where going on makes no sense; what happened to
    /// single messages stands in the tally.
    pub(crate) async fn run(
        &self,
        selected: &mut Selected<'_>,
        messages: Messages,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let items = NonEmpty::one(FetchAttribute::Uid)
            .and(FetchAttribute::Rfc822Size)
            .and(FetchAttribute::peek(Section::full()));
        let rows = selected.fetch(messages, FetchItems::Attributes(items)).await?;
        let sink = MailSink::new(self.target, self.overwrite, self.chosen, self.progress);
        Taking { download: self, sink, tally }.all(rows).await
    }
}

/// Takes row after row.
struct Taking<'a> {
    download: &'a Download<'a>,
    sink: MailSink<'a>,
    tally: &'a mut Tally,
}

impl Taking<'_> {
    async fn all(&mut self, mut rows: Rows<'_>) -> Result<(), Failure> {
        loop {
            match rows.next(&mut self.sink).await {
                Ok(Some(row)) => self.row(&row)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    return Err(match self.sink.take_error() {
                        Some((_, error @ OutputError::ReaderGone)) => error.into(),
                        Some((Some(uid), error)) => Failure::from(error).while_doing(&format!("UID {uid}")),
                        Some((None, error)) => error.into(),
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
        if row.body(&Section::full()).is_none() || !self.download.chosen.may_be(row.number, row.uid()) {
            return Ok(());
        }
        if let Some(number) = row.number {
            self.tally.numbers.insert(number);
        }
        let Some(uid) = row.uid() else {
            let number = row.number.map_or(String::new(), |number| format!("number {number}: "));
            let message = format!("{number}the server sent the message without its UID; it was not kept");
            self.fail_one(Failure::new(Exit::Protocol, message));
            return Ok(());
        };
        // Said twice, kept once: the second file would only find its name taken by the first.
        if self.tally.uids.contains(uid) {
            return Ok(());
        }
        self.tally.uids.insert(uid);
        match self.keep(uid, row, taken) {
            Ok(octets) => {
                self.tally.kept.insert(uid);
                self.tally.octets += octets;
                self.download.progress.mail_done();
            }
            Err(Refusal::Taken(name)) => self.tally.taken.push(name),
            Err(Refusal::One(failure)) => self.fail_one(failure),
            Err(Refusal::All(failure)) => return Err(failure),
        }
        Ok(())
    }

    fn fail_one(&mut self, failure: Failure) {
        self.download.progress.say(failure.to_text().trim_end());
        self.tally.failed.push(failure);
    }

    fn keep(
        &self,
        uid: Uid,
        row: &Row,
        taken: Result<Option<Received>, OutputError>,
    ) -> Result<u64, Refusal> {
        let doing = format!("UID {uid}");
        let refused = |error| Refusal::from(error, &doing, self.download.target);
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
            && self.download.verbosity == Verbosity::Normal
        {
            // Some servers guess this number. The literal is what was sent, and it was delimited well.
            self.download
                .progress
                .say(&format!("note: {doing} has {octets} octets, not {size} as the server said"));
        }
        let name = NonZeroU32::new(uid.value()).and_then(|uid| self.download.target.name(uid));
        received.keep(name, self.download.overwrite).map_err(refused)?;
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
