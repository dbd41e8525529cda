//! `tayori acl`: who may do what with a mailbox (RFC 4314).

use serde::Serialize;
use tayori_client::{Error, Session};
use tayori_proto::command::RightsChange;
use tayori_proto::response::{AclEntry, ResponseCode};
use tayori_proto::types::{ImapString, MailboxName, Rights};

use crate::cli::{Acl, AclTask, Form, OwnAdministration, Rehearsal, Verbosity};
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::{Failure, note};
use crate::mailbox;
use crate::rehearsal;
use crate::stdout;
use crate::table::{Column, Width, table};
use crate::visit::Visit;

/// Who may do what.
#[derive(Serialize)]
struct ToldJson<'a> {
    mailbox: &'a str,
    /// The rights of the user who has logged in.
    mine: String,
    /// Those of everybody; null where the server does not tell them to this user.
    entries: Option<Vec<EntryJson>>,
}

#[derive(Serialize)]
struct EntryJson {
    identifier: String,
    rights: String,
}

/// What was changed, or with `--dry-run` would be.
#[derive(Serialize)]
struct ChangedJson<'a> {
    /// `done` or `would`.
    event: &'static str,
    action: &'static str,
    mailbox: &'a str,
    identifier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<String>,
}

/// Asks, or changes.
pub(crate) async fn run(options: Acl) -> Result<Exit, Failure> {
    let name = mailbox::of_place(&options.access.place)?;
    let visit = Visit::prepare(&options.access)?;
    let user = visit.target().user().unwrap_or_default().to_owned();
    match &options.task {
        AclTask::Show => {
            let (mine, entries) = visit.go(async |session| ask(session, &name).await).await?;
            tell(&options, &name, &user, mine, entries)?;
        }
        AclTask::Change { who, change, own } => {
            if takes_administration(*change) {
                check_own(&user, &name, who, *own)?;
            }
            let doing = || format!("cannot change the rights of {} to {}", shown(who), shown_name(&name));
            change_rights(visit, &options, &name, async |session| {
                session.set_acl(&name, who, *change).await.map_err(|error| refused(error, &doing()))
            })
            .await?;
            tell_change(&options, &name, who, Some(*change))?;
        }
        AclTask::Forget { who, own } => {
            check_own(&user, &name, who, *own)?;
            let doing = || format!("cannot take away the rights of {} to {}", shown(who), shown_name(&name));
            change_rights(visit, &options, &name, async |session| {
                session.delete_acl(&name, who).await.map_err(|error| refused(error, &doing()))
            })
            .await?;
            tell_change(&options, &name, who, None)?;
        }
    }
    Ok(Exit::Done)
}

async fn change_rights(
    visit: Visit<'_>,
    options: &Acl,
    name: &MailboxName,
    change: impl AsyncFnOnce(&mut Session) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let rehearse = async |session: &mut Session| {
        let doing = format!("cannot ask for the rights to {}", shown_name(name));
        let mine = session.my_rights(name).await.map_err(|error| mailbox::cannot(error, &doing))?;
        match mine.has(Rights::ADMINISTER) {
            true => Ok(()),
            false => Err(Failure::new(
                Exit::Protocol,
                format!("it would be refused: the right a to {} is missing", shown_name(name)),
            )),
        }
    };
    match options.rehearsal {
        Rehearsal::Yes => visit.go(rehearse).await,
        Rehearsal::No => visit.go(change).await,
    }
}

/// The user's rights, and everybody's where the server tells them.
async fn ask(session: &mut Session, name: &MailboxName) -> Result<(Rights, Option<Vec<AclEntry>>), Failure> {
    let doing = format!("cannot ask for the rights to {}", shown_name(name));
    let mine = session.my_rights(name).await.map_err(|error| mailbox::cannot(error, &doing))?;
    match session.acl(name).await {
        Ok(entries) => Ok((mine, Some(entries))),
        // Without the right `a` one may not know them (RFC 4314 section 4).
        Err(Error::Refused { .. }) => Ok((mine, None)),
        Err(error) => Err(Failure::from(error).while_doing(&doing)),
    }
}

/// Whoever takes `a` from themselves cannot undo it.
fn check_own(
    user: &str,
    name: &MailboxName,
    who: &ImapString,
    own: OwnAdministration,
) -> Result<(), Failure> {
    if own == OwnAdministration::GivenAway || who.as_bytes() != user.as_bytes() {
        return Ok(());
    }
    let message = format!(
        "that takes the right a to {} from {}, who could not give it back",
        shown_name(name),
        shown(who)
    );
    Err(Failure::new(Exit::Usage, message).hint("if that is what is wanted, add --from-myself"))
}

fn takes_administration(change: RightsChange) -> bool {
    match change {
        RightsChange::Replace(rights) => !rights.has(Rights::ADMINISTER),
        RightsChange::Add(_) => false,
        RightsChange::Remove(rights) => rights.has(Rights::ADMINISTER),
    }
}

fn refused(error: Error, doing: &str) -> Failure {
    let is_forbidden = matches!(error.code(), Some(ResponseCode::NoPerm));
    let failure = mailbox::not_changed(error, doing);
    match is_forbidden {
        true => failure.hint("it takes the right a to change rights; tayori acl shows which you have"),
        false => failure,
    }
}

fn tell(
    options: &Acl,
    name: &MailboxName,
    user: &str,
    mine: Rights,
    entries: Option<Vec<AclEntry>>,
) -> Result<(), Failure> {
    let entries: Option<Vec<EntryJson>> = entries.map(|entries| {
        let entry = |entry: AclEntry| EntryJson {
            identifier: entry.identifier.to_string_lossy().into_owned(),
            rights: entry.rights.to_string(),
        };
        entries.into_iter().map(entry).collect()
    });
    if options.form == Form::Json {
        let told = ToldJson { mailbox: name.as_str(), mine: mine.to_string(), entries };
        return Ok(stdout::json_line(&told)?);
    }
    if let Some(entries) = &entries {
        let rows = entries.iter().map(|entry| vec![entry.identifier.clone(), entry.rights.clone()]);
        let table = table(&[("who", Column::TEXT), ("rights", Column::WORD)], rows, Width::of_stdout());
        stdout::text(&format!("{table}\n"))?;
    }
    stdout::text(&format!("{} may: {mine}\n", escape_str(user)))?;
    if entries.is_none() && options.access.verbosity == Verbosity::Normal {
        note("who else may do what is not told to this user");
    }
    Ok(())
}

fn tell_change(
    options: &Acl,
    name: &MailboxName,
    who: &ImapString,
    change: Option<RightsChange>,
) -> Result<(), Failure> {
    let to = format!("to {}", shown_name(name));
    let (action, rights, done) = match change {
        Some(RightsChange::Replace(rights)) => {
            ("set", Some(rights), format!("has these rights {to}, and no others"))
        }
        Some(RightsChange::Add(rights)) => ("add", Some(rights), format!("was given these rights {to}")),
        Some(RightsChange::Remove(rights)) => ("remove", Some(rights), format!("has lost these rights {to}")),
        None => ("forget", None, format!("has no rights of their own {to} any more")),
    };
    if options.form == Form::Json {
        let event = rehearsal::event(options.rehearsal);
        let identifier = String::from_utf8_lossy(who.as_bytes()).into_owned();
        let rights = rights.map(|rights| rights.to_string());
        let line = ChangedJson { event, action, mailbox: name.as_str(), identifier, rights };
        return Ok(stdout::json_line(&line)?);
    }
    if options.access.verbosity == Verbosity::Quiet {
        return Ok(());
    }
    let rights = rights.map_or(String::new(), |rights| format!(": {rights}"));
    let done = format!("{} {done}{rights}", shown(who));
    rehearsal::say(options.rehearsal, &done);
    Ok(())
}

/// Of an identifier, more is not shown.
const MOST_SHOWN: usize = 200;

fn shown(who: &ImapString) -> String {
    escape_bounded(who.as_bytes(), MOST_SHOWN).shown.to_string()
}

fn shown_name(name: &MailboxName) -> String {
    escape_str(name.as_str()).into_owned()
}
