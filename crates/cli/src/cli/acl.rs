//! The options of `tayori acl`.

use clap::error::ErrorKind;
use clap::{ArgGroup, Args};
use tayori_proto::command::RightsChange;
use tayori_proto::types::{ImapString, Rights};

use super::access::{self, Access};
use super::change::Rehearsal;
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::cli;
use crate::escape::escape_str;
use crate::place::Place;

/// `tayori acl`: who may do what with a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Acl {
    pub(crate) access: Access,
    pub(crate) task: AclTask,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) form: Form,
}

/// What is wanted of the rights.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AclTask {
    /// Who has which.
    Show,
    /// Somebody gets others.
    Change { who: ImapString, change: RightsChange, own: OwnAdministration },
    /// `--forget`: all that was said of somebody goes.
    Forget { who: ImapString, own: OwnAdministration },
}

/// Whether the right to change rights may be taken from whoever asks for it, who could not give it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnAdministration {
    Kept,
    /// `--from-myself`
    GivenAway,
}

const CHANGES: &str = "What is changed";

#[derive(Args)]
#[command(group = ArgGroup::new("change").args(["set", "add", "remove", "forget"]))]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// Give somebody these rights and no others, such as bob=lr
    #[arg(long, value_name = "WHO=RIGHTS", help_heading = CHANGES)]
    set: Option<String>,

    /// Give somebody these rights beside those that they have
    #[arg(long, value_name = "WHO=RIGHTS", help_heading = CHANGES)]
    add: Option<String>,

    /// Take these rights from somebody
    #[arg(long, value_name = "WHO=RIGHTS", help_heading = CHANGES)]
    remove: Option<String>,

    /// Take away all that was said of somebody
    #[arg(long, value_name = "WHO", help_heading = CHANGES)]
    forget: Option<String>,

    /// Also take the right to change rights from the user who logs in, who cannot give it back
    #[arg(long, requires = "change", help_heading = CHANGES)]
    from_myself: bool,

    /// Say what would be done, and change nothing
    #[arg(long, requires = "change")]
    dry_run: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
The rights are letters (RFC 4314): l see it in lists, r read, s mark as read,
w change other flags, i add messages, p send mail to it, k make mailboxes below
it, x delete it, t mark as deleted, e expunge, a change these rights. WHO is a
user, anyone, or what else the server knows; with - in front, rights are taken
away from whoever has them.

Examples:
  tayori acl imaps://ann@mail.example.org/Team
  tayori acl imaps://ann@mail.example.org/Team --set bob=lrs
  tayori acl imaps://ann@mail.example.org/Team --remove bob=s --dry-run
";

impl Arguments {
    pub(super) fn check(self) -> Result<Acl, clap::Error> {
        let own = if self.from_myself { OwnAdministration::GivenAway } else { OwnAdministration::Kept };
        // clap lets at most one of these through.
        let replaced = self.set.map(|typed| change(&typed, RightsChange::Replace));
        let added = self.add.map(|typed| change(&typed, RightsChange::Add));
        let removed = self.remove.map(|typed| change(&typed, RightsChange::Remove));
        let task = match (replaced.or(added).or(removed), self.forget) {
            (Some(change), _) => {
                let (who, change) = change?;
                AclTask::Change { who, change, own }
            }
            (None, Some(who)) => AclTask::Forget { who: identifier(&who)?, own },
            (None, None) => AclTask::Show,
        };
        Ok(Acl {
            access: self.access.check("acl", self.place)?,
            task,
            rehearsal: Rehearsal::asked(self.dry_run),
            form: self.form.into(),
        })
    }
}

/// `bob=lr`: whose rights become others, and how.
fn change(
    typed: &str,
    change: fn(Rights) -> RightsChange,
) -> Result<(ImapString, RightsChange), clap::Error> {
    let Some((who, rights)) = typed.rsplit_once('=') else {
        return Err(refuse(format!("{}: it is not said which rights", escape_str(typed))));
    };
    match Rights::new(rights) {
        Ok(rights) => Ok((identifier(who)?, change(rights))),
        Err(_) => Err(refuse(format!("{}: a right is a letter or a digit", escape_str(rights)))),
    }
}

fn identifier(who: &str) -> Result<ImapString, clap::Error> {
    match ImapString::new(who) {
        Ok(identifier) if !who.is_empty() => Ok(identifier),
        _ => Err(refuse("nothing says whose rights are meant".to_owned())),
    }
}

fn refuse(message: String) -> clap::Error {
    cli::refuse("acl", ErrorKind::ValueValidation, message, "write it such as bob=lrs")
}
