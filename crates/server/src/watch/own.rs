use tayori_proto::command::Command;
use tayori_proto::types::MailboxName;

use super::names::{Behind, Names};
use crate::hierarchy::{superior_names, without_trailing_delimiter};

/// What a client does to names.
#[derive(Debug)]
pub(crate) enum Own {
    Creates(MailboxName),
    Deletes(MailboxName),
    Renames { from: MailboxName, to: MailboxName },
    Subscribes(MailboxName),
    Unsubscribes(MailboxName),
}

impl Own {
    /// `None` for a command that does nothing to names.
    pub(crate) fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Create { mailbox, .. } => Self::Creates(mailbox.clone()),
            Command::Delete(name) => Self::Deletes(name.clone()),
            Command::Rename { from, to } => Self::Renames { from: from.clone(), to: to.clone() },
            Command::Subscribe(name) => Self::Subscribes(name.clone()),
            Command::Unsubscribe(name) => Self::Unsubscribes(name.clone()),
            _ => return None,
        })
    }

    /// Does to the names that a client knows what it has just done to those of the store. Where the store has done
    /// something else as well, that is news.
    pub(super) fn apply(&self, names: &mut Names, delimiter: char) {
        match self {
            Self::Creates(name) => create(names, name, delimiter),
            Self::Deletes(name) => {
                if names.below(name, delimiter).is_empty() {
                    names.remove(name);
                } else {
                    names.insert(name.clone(), Behind::Nothing);
                }
            }
            // Its messages move, and it stays (RFC 9051 section 6.3.6).
            Self::Renames { from, to } if from.is_inbox() => create(names, to, delimiter),
            Self::Renames { from, to } => {
                let to = plain(to, delimiter);
                add_superiors(names, &to, delimiter);
                for old in names.below(from, delimiter).into_iter().chain([from.clone()]) {
                    let Some(behind) = names.remove(&old) else { continue };
                    let new = format!("{}{}", to.as_str(), &old.as_str()[from.as_str().len()..]);
                    if let Ok(new) = MailboxName::new(new) {
                        names.insert(new, behind);
                    }
                }
            }
            Self::Subscribes(name) => names.subscribe(name.clone()),
            Self::Unsubscribes(name) => names.unsubscribe(name),
        }
    }
}

fn create(names: &mut Names, name: &MailboxName, delimiter: char) {
    let name = plain(name, delimiter);
    add_superiors(names, &name, delimiter);
    names.insert(name, Behind::Own);
}

fn add_superiors(names: &mut Names, name: &MailboxName, delimiter: char) {
    for above in superior_names(name, delimiter) {
        if !names.contains(&above) {
            names.insert(above, Behind::Nothing);
        }
    }
}

/// The name that the store gave. One that it cannot have given has come to nothing.
fn plain(name: &MailboxName, delimiter: char) -> MailboxName {
    without_trailing_delimiter(name, delimiter).unwrap_or_else(|| name.clone())
}
