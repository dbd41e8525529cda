//! `tayori mailbox`: mailboxes are made, removed, renamed, subscribed to.

use serde::Serialize;
use tayori_client::{Error, Session, StatusAttribute};
use tayori_proto::response::{ResponseCode, StatusItem};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, NonEmpty};

use crate::cli::{Form, Manage, Rehearsal, Verbosity, WithMail, Work};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox;
use crate::rehearsal;
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
        // The server moves a mailbox with its mail as a whole, and refuses a name that is taken (RFC 9051 section
        // 6.3.6).
        (Work::Rename { .. }, Some(to)) => session.rename(name, to).await,
        (Work::Rename { .. }, None) => Ok(()),
        (Work::Subscribe, _) => session.subscribe(name).await,
        (Work::Unsubscribe, _) => session.unsubscribe(name).await,
    };
    done.map_err(|error| refused(error, &options.work, name))?;
    Ok(messages)
}

/// How many messages are in the mailbox. Fails where there are some, or nobody can say that there are none, unless
/// somebody has said that they may go. The same for mailboxes below it: a server must not remove them with it (RFC 9051
/// section 6.3.5), and some do.
async fn mail_in(session: &mut Session, name: &MailboxName, with_mail: WithMail) -> Result<u32, Failure> {
    let shown = escape_str(name.as_str());
    let looking = format!("cannot look what is in {shown}; it was not removed");
    let hint = "--with-mail removes it, whatever is in it";
    let told = session.status(name, NonEmpty::one(StatusAttribute::Messages)).await;
    let messages = match (told, with_mail) {
        (Ok(told), _) => told.items.iter().find_map(|item| match item {
            StatusItem::Messages(number) => Some(*number),
            _ => None,
        }),
        // Some servers do not tell of a mailbox that cannot be selected; it holds no mail.
        (Err(Error::Refused { .. }), WithMail::Wanted) => return Ok(0),
        (Err(error), _) => {
            // Without a code, it may be one that cannot be selected; with one, the code says what it is.
            let is_explained = error.code().is_some();
            let failure = mailbox::cannot(error, &looking);
            return Err(if is_explained { failure } else { failure.hint(hint) });
        }
    };
    if with_mail == WithMail::Wanted {
        return Ok(messages.unwrap_or(0));
    }
    match messages {
        Some(0) => {}
        // No number is not the number 0.
        None => {
            let message = format!("{looking}: the server does not say how many messages it has");
            return Err(Failure::new(Exit::Protocol, message).hint(hint));
        }
        Some(messages) => {
            let mail = count(messages.into(), "message", "messages");
            return Err(Failure::new(
                Exit::Usage,
                format!("there is mail in {shown}: {mail}; it was not removed"),
            )
            .hint("--with-mail removes it with all that is in it, for ever"));
        }
    }
    let below = below(session, name).await.map_err(|error| mailbox::cannot(error, &looking))?;
    if let Some(first) = below.first() {
        let mailboxes = count(below.len() as u64, "mailbox", "mailboxes");
        let message = format!(
            "below {shown} there is more: {mailboxes}, such as {}; it was not removed",
            escape_str(first)
        );
        return Err(Failure::new(Exit::Usage, message).hint(
            "remove those first; --with-mail removes this one alone, and some servers remove what is below it as well",
        ));
    }
    Ok(0)
}

/// The names of the mailboxes on the level below this one.
async fn below(session: &mut Session, name: &MailboxName) -> Result<Vec<String>, Error> {
    let list = async |session: &mut Session, pattern: String| match ListPattern::new(pattern) {
        Ok(pattern) => session.list(&ListReference::none(), &pattern).await,
        // Longer than a name can be: there is none such.
        Err(_) => Ok(Vec::new()),
    };
    let rows = list(session, name.as_str().to_owned()).await?;
    // A name with `*` in it is a pattern here, which finds others as well.
    let delimiter = rows.iter().find(|row| row.name == *name).and_then(|row| row.delimiter);
    let Some(delimiter) = delimiter else { return Ok(Vec::new()) };
    let prefix = format!("{}{delimiter}", name.as_str());
    let rows = list(session, format!("{prefix}%")).await?;
    let names = rows.into_iter().map(|row| row.name.as_str().to_owned());
    Ok(names.filter(|found| found.starts_with(&prefix) && *found != prefix).collect())
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
    let preposition = match work {
        Work::Subscribe => "to ",
        Work::Unsubscribe => "from ",
        Work::Create { .. } | Work::Delete(_) | Work::Rename { .. } => "",
    };
    let doing = format!("cannot {} {preposition}{}", work.action(), escape_str(name.as_str()));
    let hint = match error.code() {
        Some(ResponseCode::AlreadyExists) => {
            Some("there is a mailbox of that name already; tayori list shows them")
        }
        Some(ResponseCode::OverQuota) => {
            Some("there may be too many mailboxes; tayori quota shows the limits")
        }
        _ => None,
    };
    let failure = mailbox::not_changed(error, &doing);
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
    let action = options.work.action();
    if options.form == Form::Json {
        let event = rehearsal::event(options.rehearsal);
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
        // It stays, and is empty (RFC 9051 section 6.3.6).
        (Work::Rename { .. }, Some(to)) if name.is_inbox() => {
            format!("moved the mail of {shown} to {}", escape_str(to.as_str()))
        }
        (Work::Rename { .. }, Some(to)) => format!("{shown} is {} now", escape_str(to.as_str())),
        (Work::Rename { .. }, None) => return Ok(()),
        (Work::Subscribe, _) => format!("subscribed to {shown}"),
        (Work::Unsubscribe, _) => format!("{shown} is not subscribed any more"),
    };
    rehearsal::say(options.rehearsal, &done);
    Ok(())
}
