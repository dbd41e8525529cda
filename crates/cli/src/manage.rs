//! `tayori mailbox`: mailboxes are made, removed, renamed, subscribed to.

use serde::Serialize;
use tayori_client::{Error, Session, StatusAttribute};
use tayori_proto::response::{ResponseCode, StatusItem};
use tayori_proto::types::{MailboxName, NonEmpty};

use crate::cli::{Form, Manage, Rehearsal, Verbosity, WithMail, Work};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::{Failure, note};
use crate::mailbox;
use crate::stdout;
use crate::visit::visit;

/// What was done, or with `--dry-run` would be.
#[derive(Serialize)]
struct Line<'a> {
    /// `done` or `would`.
    event: &'static str,
    action: &'static str,
    mailbox: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    /// What goes with the mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<u32>,
}

/// Does it.
pub(crate) async fn run(options: Manage) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    let to = match &options.work {
        Work::Rename { to } => Some(MailboxName::new(to.as_str()).map_err(|error| {
            Failure::new(Exit::Usage, format!("the mailbox {}: {error}", escape_str(to)))
        })?),
        _ => None,
    };
    let messages = visit(&options.access, async |session| work(session, &options, &name, to.as_ref()).await);
    let messages = messages.await?;
    tell(&options, &name, to.as_ref(), messages)?;
    Ok(Exit::Done)
}

/// Does it, unless it is a rehearsal. Gives how many messages go with the mailbox, where some do.
async fn work(
    session: &mut Session,
    options: &Manage,
    name: &MailboxName,
    to: Option<&MailboxName>,
) -> Result<Option<u32>, Failure> {
    let is_rehearsal = options.rehearsal == Rehearsal::Yes;
    let messages = match options.work {
        Work::Delete(with_mail) => Some(mail_in(session, name, with_mail).await?),
        _ => None,
    };
    if is_rehearsal {
        return Ok(messages);
    }
    let done = match (&options.work, to) {
        (Work::Create { special_use: None }, _) => session.create(name).await,
        (Work::Create { special_use: Some(special_use) }, _) => {
            let uses = NonEmpty::one(special_use.clone());
            session.create_with_use(name, uses).await.map(drop)
        }
        // Whoever gives the name asks for it. What is in it was looked at just now; a message that has come since goes
        // with it, which no command of IMAP can keep from happening.
        (Work::Delete(_), _) => session.delete(name).await,
        (Work::Rename { .. }, Some(to)) => session.rename(name, to).await,
        (Work::Rename { .. }, None) => Ok(()),
        (Work::Subscribe, _) => session.subscribe(name).await,
        (Work::Unsubscribe, _) => session.unsubscribe(name).await,
    };
    done.map_err(|error| refused(error, &options.work, name))?;
    Ok(messages)
}

/// How many messages are in the mailbox. Fails where there are some and nobody has said that they may go.
async fn mail_in(session: &mut Session, name: &MailboxName, with_mail: WithMail) -> Result<u32, Failure> {
    let shown = escape_str(name.as_str());
    let told = session.status(name, NonEmpty::one(StatusAttribute::Messages)).await;
    let told = match (told, with_mail) {
        (Ok(told), _) => told,
        // Some servers do not tell of a mailbox that cannot be selected; it holds no mail.
        (Err(Error::Refused { .. }), WithMail::Wanted) => return Ok(0),
        (Err(error), _) => {
            let failure =
                mailbox::cannot(error, &format!("cannot look what is in {shown}; it was not removed"));
            return Err(failure.hint_unless_there_is_one("--with-mail removes it, whatever is in it"));
        }
    };
    let messages = told.items.iter().find_map(|item| match item {
        StatusItem::Messages(number) => Some(*number),
        _ => None,
    });
    let messages = messages.unwrap_or(0);
    if messages > 0 && with_mail == WithMail::Refused {
        let mail = count(messages.into(), "message", "messages");
        return Err(Failure::new(
            Exit::Usage,
            format!("there is mail in {shown}: {mail}; it was not removed"),
        )
        .hint("--with-mail removes it with all that is in it, for ever"));
    }
    Ok(messages)
}

impl Work {
    /// As JSON calls it.
    fn action(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Delete(_) => "delete",
            Self::Rename { .. } => "rename",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

fn refused(error: Error, work: &Work, name: &MailboxName) -> Failure {
    let doing = format!("cannot {} {}", work.action(), escape_str(name.as_str()));
    let hint = match &error {
        Error::Refused { code: Some(code), .. } => match &**code {
            ResponseCode::AlreadyExists => {
                Some("there is a mailbox of that name already; tayori list shows them")
            }
            ResponseCode::NoPerm => Some("you may not do that there; ask whoever owns the mailbox"),
            ResponseCode::OverQuota => Some("there may be too many mailboxes; tayori quota shows the limits"),
            _ => None,
        },
        _ => None,
    };
    let is_missing = match &error {
        Error::Refused { code: Some(code), .. } => matches!(**code, ResponseCode::NonExistent),
        _ => false,
    };
    let failure = Failure::from(error).while_doing(&doing);
    let failure = if is_missing { failure.exit(Exit::NotFound) } else { failure };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn tell(
    options: &Manage,
    name: &MailboxName,
    to: Option<&MailboxName>,
    messages: Option<u32>,
) -> Result<(), Failure> {
    let is_rehearsal = options.rehearsal == Rehearsal::Yes;
    let action = options.work.action();
    if options.form == Form::Json {
        let event = if is_rehearsal { "would" } else { "done" };
        let (mailbox, to) = (name.as_str(), to.map(MailboxName::as_str));
        return Ok(stdout::json_line(&Line { event, action, mailbox, to, messages })?);
    }
    if options.access.verbosity == Verbosity::Quiet {
        return Ok(());
    }
    let shown = escape_str(name.as_str());
    let mail = messages
        .filter(|messages| *messages > 0)
        .map_or(String::new(), |messages| format!(" with {}", count(messages.into(), "message", "messages")));
    let done = match (&options.work, to) {
        (Work::Create { .. }, _) => format!("made {shown}"),
        (Work::Delete(_), _) => format!("removed {shown}{mail}"),
        (Work::Rename { .. }, Some(to)) => format!("{shown} is {} now", escape_str(to.as_str())),
        (Work::Rename { .. }, None) => return Ok(()),
        (Work::Subscribe, _) => format!("subscribed to {shown}"),
        (Work::Unsubscribe, _) => format!("{shown} is not subscribed any more"),
    };
    match is_rehearsal {
        true => note(&format!("nothing is changed; it would be said: {done}")),
        false => note(&done),
    }
    Ok(())
}
