//! How the messages of a mailbox lie on the disk: the names they get, and what of them is there already.

use std::path::PathBuf;

use tayori_proto::types::MailboxName;

use super::deposit::{Deposit, Here};
use crate::cli::{Format, Keep};
use crate::commands::fetch::round::Round;
use crate::download::{MaildirNames, Naming, OneName, TemplateNames, UidNames};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailboxes::Found;
use crate::manifest::Source;
use crate::output::mailbox_path::mailbox_path;
use crate::output::storage::Disk;
use crate::output::template::{Template, TemplateError};
use crate::output::{Target, maildir};

/// What was asked for.
pub(super) struct Layout {
    format: Format,
    template: Option<Template>,
}

impl Layout {
    /// Fails with [`Exit::Usage`] where `--name` is no template.
    pub(super) fn parse(keep: &Keep) -> Result<Self, Failure> {
        Ok(Self { format: keep.format, template: keep.name.as_deref().map(template).transpose()? })
    }

    /// Turns to a mailbox: gives the names of its messages, and says what of it is here already.
    pub(super) fn turn_to(
        &self,
        deposit: &mut Deposit,
        round: &Round<'_>,
        found: &Found,
        source: Option<Source>,
    ) -> Result<(Box<dyn Naming>, Here), Failure> {
        match (&round.target, self.format) {
            (Target::Stdout, _) => {
                let here = deposit.turn_to(source)?;
                Ok((Box::new(OneName::Message(PathBuf::from("-"))), here))
            }
            (Target::File(path), Format::Mbox) => {
                let name = PathBuf::from(path.file_name().unwrap_or_default());
                let here = deposit.turn_to_mbox(source, &name)?;
                Ok((Box::new(OneName::Mbox(name)), here))
            }
            (Target::File(path), Format::Eml | Format::Maildir) => {
                let here = deposit.turn_to(source)?;
                Ok((Box::new(OneName::Message(PathBuf::from(path.file_name().unwrap_or_default()))), here))
            }
            (Target::Folder(_), Format::Mbox) => {
                // That of the place was not listed; in a URL the levels stand between slashes.
                let separator = found.separator.or(Some('/'));
                let mut name = mailbox_path(&found.name, separator).into_os_string();
                name.push(".mbox");
                let here = deposit.turn_to_mbox(source, name.as_ref())?;
                Ok((Box::new(OneName::Mbox(name.into())), here))
            }
            (Target::Folder(root), Format::Maildir) => {
                let Some(source) = source else { return Err(no_validity(&found.name)) };
                let folder = round.folder_of(found).unwrap_or_default();
                let path = root.join(&folder);
                maildir::prepare(&Disk, &path)?;
                let here = deposit.turn_to(Some(source.clone()))?;
                let names =
                    MaildirNames::new(folder, &path, &source.account, &found.name, source.uid_validity);
                Ok((Box::new(names.but_for(&here.complete)?), here))
            }
            (Target::Folder(_), Format::Eml) => {
                let folder = round.folder_of(found).unwrap_or_default();
                let uid_validity = source.as_ref().map(|source| source.uid_validity);
                let here = deposit.turn_to(source)?;
                let naming: Box<dyn Naming> = match &self.template {
                    None => Box::new(UidNames { folder }),
                    Some(template) => Box::new(TemplateNames {
                        folder,
                        template: template.clone(),
                        mailbox: found.name.as_str().to_owned(),
                        uid_validity,
                    }),
                };
                Ok((naming, here))
            }
        }
    }
}

/// Without it a name in a Maildir could be that of another message tomorrow.
fn no_validity(name: &MailboxName) -> Failure {
    let name = escape_str(name.as_str());
    Failure::new(
        Exit::Protocol,
        format!("the server gives {name} no UIDVALIDITY, so its messages have no lasting names"),
    )
    .hint("use --format eml or mbox")
}

/// Reads `--name`.
fn template(text: &str) -> Result<Template, Failure> {
    Template::parse(text).map_err(|TemplateError { index, expected }| {
        let place = text.get(..index).map_or(index, |before| before.chars().count()) + 1;
        let message = format!("--name {}: expected {expected} at character {place}", escape_str(text));
        Failure::new(Exit::Usage, message)
            .hint("write text with fields such as {uid}, {subject}, {from}, {date}, {year}/{month}; / makes folders")
    })
}
