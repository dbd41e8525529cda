//! The mailbox that a command is about: its name, how it is opened, and what it says to changes.

use tayori_client::{Access, Error, Mailbox, Selected, Session};
use tayori_proto::response::ResponseCode;
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Flag, MailboxName, PermanentFlag};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// The mailbox that a place names, INBOX if it names none.
pub(crate) fn of_place(place: &Place) -> Result<MailboxName, Failure> {
    let name = MailboxName::new(place.mailbox());
    name.map_err(|error| Failure::new(Exit::Usage, format!("the mailbox in the place: {error}")))
}

/// What is going to happen in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// Nothing that changes it: EXAMINE.
    ToRead,
    /// SELECT
    ToChange,
}

/// Opens a mailbox.
pub(crate) async fn open<'s>(
    session: &'s mut Session,
    name: &MailboxName,
    how: Opened,
) -> Result<Selected<'s>, Error> {
    match how {
        Opened::ToRead => session.examine(name).await,
        Opened::ToChange => session.select(name).await,
    }
}

/// Opens the one mailbox that a command is about.
pub(crate) async fn open_the_one<'s>(
    session: &'s mut Session,
    name: &MailboxName,
    how: Opened,
) -> Result<Selected<'s>, Failure> {
    let doing = format!("cannot open the mailbox {}", escape_str(name.as_str()));
    open(session, name, how).await.map_err(|error| cannot(error, &doing))
}

/// What could not be done with a mailbox. A refusal counts as [`Exit::NotFound`] where it says that there is no such
/// mailbox, or none for this user.
pub(crate) fn cannot(error: Error, doing: &str) -> Failure {
    let is_refused = is_about_mailbox(&error);
    let is_forbidden = is_forbidden(&error);
    let failure = Failure::from(error).while_doing(doing);
    let failure = if is_refused { failure.exit(Exit::NotFound) } else { failure };
    match (is_forbidden, is_refused) {
        (true, _) => failure.hint("you may not do that there; ask whoever owns the mailbox"),
        (false, true) => failure.hint_unless_there_is_one("tayori list shows the mailboxes"),
        (false, false) => failure,
    }
}

/// Whether a refusal says that the user has not the right (RFC 5530 section 3).
fn is_forbidden(error: &Error) -> bool {
    matches!(error.code(), Some(ResponseCode::NoPerm))
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

/// Why a mailbox would not keep flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle<'a> {
    ReadOnly,
    /// It keeps others, and not this one.
    NotKept(&'a Flag),
}

/// Why the open mailbox would not keep these flags; none if it does. Some servers answer OK to a STORE in a mailbox
/// that is open read-only, and forget it. Where a server does not say which flags it keeps, it keeps all (RFC 9051
/// section 6.3.2).
pub(crate) fn obstacle<'a>(mailbox: &Mailbox, flags: &'a [Flag]) -> Option<Obstacle<'a>> {
    if mailbox.access() == Access::ReadOnly {
        return Some(Obstacle::ReadOnly);
    }
    let kept = mailbox.permanent_flags()?;
    // Keywords are the same in any case (RFC 9051 section 2.3.2).
    let is_same = |one: &Flag, other: &Flag| one.to_bytes().eq_ignore_ascii_case(&other.to_bytes());
    let is_kept = |flag: &Flag| {
        kept.iter().any(|kept| match kept {
            PermanentFlag::Flag(kept) => is_same(kept, flag),
            PermanentFlag::NewKeywords => matches!(flag, Flag::Keyword(_)),
        })
    };
    flags.iter().find(|flag| !is_kept(flag)).map(Obstacle::NotKept)
}

/// What a server would not change, with what can be done about it.
pub(crate) fn not_changed(error: Error, doing: &str) -> Failure {
    let hint = match error.code() {
        Some(ResponseCode::TryCreate) => Some("tayori mailbox create makes it"),
        Some(ResponseCode::OverQuota) => Some("make room first; tayori quota shows how much there is"),
        Some(ResponseCode::NoPerm) => Some("you may not do that there; ask whoever owns the mailbox"),
        Some(ResponseCode::NonExistent) => {
            Some("the mailbox is not there, or not any more; tayori list shows them")
        }
        _ => None,
    };
    // A mailbox to put something into, which is not there.
    let is_missing = matches!(error.code(), Some(ResponseCode::TryCreate | ResponseCode::NonExistent));
    let failure = Failure::from(error).while_doing(doing);
    let failure = if is_missing { failure.exit(Exit::NotFound) } else { failure };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
