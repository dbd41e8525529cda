//! What is done with some messages of the open mailbox, in one command or two.

use tayori_client::{CopiedUids, Error, Mailbox, RelocateStage, Relocated, Selected, Session};
use tayori_proto::command::{StoreChange, UnchangedSince};
use tayori_proto::types::{Capability, Flag, MailboxName, ModSeq, NonEmpty, SequenceSet, Uid, UidSet};

use super::copies::Copies;
use super::trash;
use crate::cli::{Deed, Since};
use crate::download::in_commands;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::{self, Obstacle};

/// A deed of which all is known that it takes.
pub(super) enum Prepared<'a> {
    Store { change: StoreChange, flags: &'a [Flag], unless_changed_since: Since, can_tell: bool },
    Copy { to: MailboxName },
    Move { to: MailboxName, by: By },
    Expunge,
}

/// How messages are moved here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// With MOVE.
    Move,
    /// They are copied, marked as deleted, and removed.
    Copying,
}

/// What became of some messages.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Those with which it is done.
    pub(super) done: UidSet,
    /// Those that were left alone, since somebody else has changed them.
    pub(super) changed_elsewhere: UidSet,
    /// Those that went, and are still here with `\Deleted`.
    pub(super) marked: UidSet,
    /// Those that have a copy, and could not be removed here: to go on with them would make a second copy.
    pub(super) copied: UidSet,
    /// Those with which it may be done, and nobody has said so.
    pub(super) in_doubt: UidSet,
    /// The copies, where the server says which they are.
    pub(super) copies: Copies,
    /// Why it is not done with the others.
    pub(super) failure: Option<Failure>,
}

/// Finds out before anything is sent whether this makes sense in this mailbox.
pub(super) fn check(deed: &Deed, mailbox: &MailboxName) -> Result<(), Failure> {
    let (Deed::Copy { to } | Deed::Move { to } | Deed::Trash { to: Some(to) }) = deed else { return Ok(()) };
    let to = destination(to)?;
    match deed {
        Deed::Copy { .. } => Ok(()),
        _ => is_elsewhere(&to, mailbox),
    }
}

fn destination(name: &str) -> Result<MailboxName, Failure> {
    let doing = |error| Failure::new(Exit::Usage, format!("the mailbox {}: {error}", escape_str(name)));
    MailboxName::new(name).map_err(doing)
}

/// To move messages to where they are would make others of them, and lose what is known of these.
fn is_elsewhere(to: &MailboxName, from: &MailboxName) -> Result<(), Failure> {
    if to != from && !(to.is_inbox() && from.is_inbox()) {
        return Ok(());
    }
    let message = format!("the messages are in {} already", escape_str(to.as_str()));
    Err(Failure::new(Exit::Usage, message).hint("to remove them for ever, use tayori delete --expunge"))
}

impl<'a> Prepared<'a> {
    /// Asks the server what has to be known of it.
    pub(super) async fn of(
        deed: &'a Deed,
        session: &mut Session,
        mailbox: &MailboxName,
        trash: Option<&MailboxName>,
    ) -> Result<Self, Failure> {
        let offered = session.capabilities().await?;
        let by = if offered.offers(&Capability::Move) { By::Move } else { By::Copying };
        Ok(match deed {
            Deed::Store { change, flags, unless_changed_since } => {
                let can_tell = offered.offers(&Capability::CondStore);
                if can_tell && offered.offers(&Capability::Enable) {
                    // Before somebody enables it, Dovecot 2.3 does not say with SELECT how far the changes of the
                    // mailbox have come, which RFC 7162 section 3.1.2.1 wants in any case, nor which message was
                    // changed when.
                    session.enable(NonEmpty::one(Capability::CondStore)).await?;
                }
                let (change, unless_changed_since) = (*change, *unless_changed_since);
                Self::Store { change, flags, unless_changed_since, can_tell }
            }
            Deed::Copy { to } => Self::Copy { to: destination(to)? },
            Deed::Move { to } => Self::Move { to: destination(to)?, by },
            Deed::Trash { to } => {
                let to = match to {
                    Some(name) => destination(name)?,
                    None => trash::find(session, trash).await?,
                };
                is_elsewhere(&to, mailbox)?;
                Self::Move { to, by }
            }
            Deed::Expunge if offered.offers(&Capability::UidPlus) => Self::Expunge,
            // EXPUNGE would remove whatever else is marked, by whomever.
            Deed::Expunge => {
                let message = "the server cannot remove single messages (no UIDPLUS); nothing was changed";
                return Err(Failure::new(Exit::Protocol, message).hint(
                    "mark them with tayori store --add deleted, and empty the mailbox with another program",
                ));
            }
        })
    }

    /// Whether the mailbox lets it be done.
    pub(super) fn check(&self, mailbox: &Mailbox) -> Result<(), Failure> {
        let refuse = |message: &str| Err(Failure::new(Exit::Protocol, message).hint("nothing was changed"));
        let deleted = [Flag::Deleted];
        let needed = match self {
            Self::Copy { .. } => return Ok(()),
            Self::Move { by: By::Move, .. } | Self::Store { change: StoreChange::Remove, .. } => &[][..],
            Self::Store { flags, .. } => flags,
            // What cannot be marked cannot be removed: it would be there twice, or not go.
            Self::Move { by: By::Copying, .. } | Self::Expunge => &deleted,
        };
        match (mailbox::obstacle(mailbox, needed), self) {
            (Some(Obstacle::ReadOnly), _) => {
                let failure = Failure::new(Exit::Protocol, "the server opened the mailbox read-only");
                Err(failure.hint("nothing was changed; ask whoever owns the mailbox for the right to"))
            }
            (Some(Obstacle::NotKept(flag)), _) => {
                let flag = String::from_utf8_lossy(&flag.to_bytes()).into_owned();
                refuse(&format!("the server does not let this mailbox keep the flag {}", escape_str(&flag)))
            }
            (None, Self::Store { unless_changed_since: Since::ModSeq(_), can_tell: false, .. }) => {
                refuse("the server cannot tell which messages have changed (no CONDSTORE)")
            }
            (None, _) => Ok(()),
        }
    }

    /// Does it with some messages. `opened` is the highest mod-sequence from when the mailbox was opened.
    ///
    /// What ends it stands in the outcome, beside what is done all the same.
    pub(super) async fn run(
        &self,
        selected: &mut Selected<'_>,
        uids: UidSet,
        opened: Option<ModSeq>,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        for piece in in_commands(&uids) {
            self.run_piece(selected, piece, opened, &mut outcome).await;
            if outcome.failure.is_some() {
                break;
            }
        }
        outcome
    }

    async fn run_piece(
        &self,
        selected: &mut Selected<'_>,
        piece: SequenceSet<Uid>,
        opened: Option<ModSeq>,
        outcome: &mut Outcome,
    ) {
        let all = piece.resolve(None);
        match self {
            Self::Store { change, flags, unless_changed_since, can_tell } => {
                let since = match unless_changed_since {
                    Since::ModSeq(modseq) => ModSeq::new(modseq.get()),
                    Since::Opened => opened.filter(|_| *can_tell),
                };
                let left_alone = match since {
                    Some(since) => {
                        let since = UnchangedSince::ModSeq(since);
                        let stored = selected.store_unless_changed(piece, since, *change, flags).await;
                        stored.map(|stored| (stored.modified, stored.untold))
                    }
                    None => selected.store_silent(piece, *change, flags).await.map(|()| Default::default()),
                };
                match left_alone {
                    Ok((left_alone, untold)) => {
                        let done = all.difference(&left_alone).difference(&untold);
                        outcome.done = outcome.done.union(&done);
                        outcome.changed_elsewhere =
                            outcome.changed_elsewhere.union(&left_alone.intersection(&all));
                    }
                    Err(error) => outcome.stop(&all, error, "cannot change the flags"),
                }
            }
            Self::Copy { to } => match selected.copy(piece, to).await {
                // It has copied something, and what it says of it cannot be true.
                Ok(copied) if copied.contradicts => {
                    let missing = "a UID for each copy";
                    let error = Error::Incomplete { command: "UID COPY".to_owned(), missing };
                    outcome.stop(&all, error, &doing("copy", to));
                }
                Ok(copied) => {
                    let went = outcome.take_copies(&all, copied.uids.as_ref());
                    outcome.done = outcome.done.union(&went);
                }
                Err(error) => outcome.stop(&all, error, &doing("copy", to)),
            },
            // What proves that the copies exist before originals are removed stands in the client, at `relocate`.
            Self::Move { to, .. } => match selected.relocate(&piece, to).await {
                Ok(moved) => {
                    let went = outcome.take_copies(&all, moved.uids.as_ref());
                    outcome.done = outcome.done.union(&went);
                    if moved.how == Relocated::CopiedAndMarked {
                        outcome.marked = outcome.marked.union(&went);
                    }
                }
                Err(stopped) => {
                    let mut went = stopped.relocated.intersection(&all);
                    if let Some(copied) = &stopped.copied {
                        let told = outcome.take_copies(&all, Some(copied));
                        // MOVE moves each message as a whole; a copy by itself is no move.
                        if stopped.stage == RelocateStage::Moving {
                            went = went.union(&told);
                        }
                    }
                    outcome.done = outcome.done.union(&went);
                    outcome.copied = outcome.copied.union(&stopped.still_here.intersection(&all));
                    let stage = stopped.stage.to_string();
                    outcome.stop(&all.difference(&outcome.copied), stopped.error, &doing("move", to));
                    outcome.failure = outcome.failure.take().map(|failure| failure.before(&stage));
                }
            },
            // Asked for by name with --expunge: no copy is needed. Exactly these are removed, never with EXPUNGE.
            Self::Expunge => {
                let marked = selected.store_silent(piece.clone(), StoreChange::Add, &[Flag::Deleted]).await;
                if let Err(error) = marked {
                    return outcome.stop(&all, error, "cannot mark the messages as deleted");
                }
                match selected.uid_expunge(piece).await {
                    Ok(_) => outcome.done = outcome.done.union(&all),
                    Err(error) => {
                        if !error.leaves_doubt() {
                            outcome.marked = outcome.marked.union(&all);
                        }
                        outcome.stop(&all, error, "cannot remove the messages");
                    }
                }
            }
        }
    }
}

impl Outcome {
    /// The server has copied these. Gives those of which it says so, where it says which they are: it passes over what
    /// has gone since it was found.
    fn take_copies(&mut self, asked: &UidSet, told: Option<&CopiedUids>) -> UidSet {
        let Some(told) = told else { return asked.clone() };
        self.copies.add(told.validity, &told.from, &told.to, asked);
        told.from.resolve(None).intersection(asked)
    }

    /// This kept it from being done with those of these messages that are not done with.
    fn stop(&mut self, all: &UidSet, error: Error, doing: &str) {
        if error.leaves_doubt() {
            self.in_doubt = self.in_doubt.union(&all.difference(&self.done));
        }
        self.failure = Some(mailbox::not_changed(error, doing));
    }
}

fn doing(what: &str, to: &MailboxName) -> String {
    format!("cannot {what} messages to {}", escape_str(to.as_str()))
}

/// The messages in parts of so many.
pub(super) fn parts(uids: &UidSet, together: usize) -> Vec<UidSet> {
    let all: Vec<Uid> = uids.iter().collect();
    all.chunks(together).map(|part| part.iter().copied().collect()).collect()
}
