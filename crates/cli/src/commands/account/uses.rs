//! Which mailbox of an account is for what, and how that is known.

use serde::Serialize;
use tayori_account::config::{Settings, SpecialUse as Role};
use tayori_account::special_use::{Finding, Mailboxes, Source, Told};
use tayori_client::{ListQuery, Session};
use tayori_proto::types::{Capability, SpecialUse};

use crate::count::count;
use crate::failure::Failure;
use crate::table::{Column, Width, unnamed};

/// What was found out.
pub(super) struct Uses {
    mailboxes: usize,
    found: Vec<(Role, Finding)>,
}

/// A use for programs.
#[derive(Serialize)]
pub(super) struct UseJson {
    special_use: &'static str,
    /// Null where none is known, or several are.
    mailbox: Option<String>,
    /// `setting`, `special_use`, `xlist`, `name`, `several`, `missing` or `none`.
    source: &'static str,
}

impl Uses {
    /// Asks the server.
    pub(super) async fn of(session: &mut Session, settings: &Settings) -> Result<Self, Failure> {
        let doing = "cannot list the mailboxes";
        let failed = |error| Failure::from(error).while_doing(doing);
        let offered = session.capabilities().await.map_err(failed)?;
        let prefixes: Vec<String> = match offered.offers(&Capability::Namespace) {
            true => {
                let namespaces = session.namespace().await.map_err(failed)?;
                let personal = namespaces.personal.iter();
                personal.map(|namespace| namespace.prefix.as_str().to_owned()).collect()
            }
            false => Vec::new(),
        };
        let listed = session.list_mailboxes(&ListQuery::all().with_uses()).await.map_err(failed)?;
        let rows: Vec<_> = listed.into_iter().map(|listed| listed.row).collect();
        let uses: Vec<(Role, SpecialUse)> =
            Role::ALL.into_iter().map(|role| (role, special_use(role))).collect();
        let mut mailboxes = Mailboxes::new(&rows, Told::by(&offered));
        for prefix in &prefixes {
            mailboxes = mailboxes.with_prefix(prefix);
        }
        for (role, special_use) in &uses {
            if let Some(setting) = settings.special_use.get(role) {
                mailboxes = mailboxes.with_setting(special_use, &setting.value);
            }
        }
        let found = uses.iter().map(|(role, special_use)| (*role, mailboxes.find(special_use))).collect();
        Ok(Self { mailboxes: rows.len(), found })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let rows = self.found.iter().map(|(role, finding)| row(*role, finding));
        let table = unnamed(&[Column::WORD, Column::TEXT, Column::TEXT], rows, Width::of_stdout());
        format!("{}\n{table}", count(self.mailboxes as u64, "mailbox", "mailboxes"))
    }

    /// For programs.
    pub(super) fn json(&self) -> Vec<UseJson> {
        let json = |(role, finding): &(Role, Finding)| {
            let (mailbox, source) = match finding {
                Finding::One(found) => (Some(found.mailbox.as_str().to_owned()), word(found.source)),
                Finding::Several(_) => (None, "several"),
                Finding::Missing(name) => (Some(name.as_str().to_owned()), "missing"),
                Finding::None => (None, "none"),
            };
            UseJson { special_use: role.key(), mailbox, source }
        };
        self.found.iter().map(json).collect()
    }

    /// How many mailboxes there are.
    pub(super) fn mailboxes(&self) -> usize {
        self.mailboxes
    }
}

fn special_use(role: Role) -> SpecialUse {
    match role {
        Role::Drafts => SpecialUse::Drafts,
        Role::Trash => SpecialUse::Trash,
        Role::Junk => SpecialUse::Junk,
        Role::Archive => SpecialUse::Archive,
        _ => SpecialUse::Sent,
    }
}

fn word(source: Source) -> &'static str {
    match source {
        Source::Setting => "setting",
        Source::SpecialUse => "special_use",
        Source::Xlist => "xlist",
        _ => "name",
    }
}

fn row(role: Role, finding: &Finding) -> Vec<String> {
    let (mailbox, how) = match finding {
        Finding::One(found) => {
            let how = match found.source {
                Source::Setting => "as the configuration says".to_owned(),
                Source::SpecialUse => "as the server says".to_owned(),
                Source::Xlist => "as the server says (XLIST)".to_owned(),
                Source::Name { usual } => format!("a guess from its name ({usual})"),
                _ => String::new(),
            };
            (found.mailbox.as_str().to_owned(), how)
        }
        Finding::Several(several) => {
            let names: Vec<_> = several.iter().map(|found| found.mailbox.as_str()).collect();
            (names.join(", "), format!("which one? special-use.{} says", role.key()))
        }
        Finding::Missing(name) => {
            (name.as_str().to_owned(), "named by the configuration, and not there".to_owned())
        }
        Finding::None => ("-".to_owned(), "none is known".to_owned()),
    };
    // The table escapes what it shows.
    vec![role.key().to_owned(), mailbox, how]
}
