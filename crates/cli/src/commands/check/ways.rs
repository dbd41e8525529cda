//! The ways to log in, strongest first, and what each shows and proves.

use tayori_client::{LoginMethod, Mechanism};
use tayori_proto::types::{Capabilities, Capability};

use super::report::{Entry, Report};

/// A way to log in that the server offers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// As the server writes it: not safe for a terminal.
    pub(super) name: String,
    /// LOGIN as a command of IMAP, and not as a mechanism.
    pub(super) is_command: bool,
    pub(super) standing: Standing,
    /// `None` where it is not spoken here.
    pub(super) worth: Option<Worth>,
}

/// Whether it would be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is the strongest that fits: it was taken, or would be.
    Taken,
    /// It would do if there were no stronger one.
    WouldDo,
    /// Only where the place asks for it.
    ByName,
    /// It does not fit: there is no password in it, or it is not what the place asks for.
    Unfit,
    /// It is not spoken here.
    Unknown,
}

/// What it shows and proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Worth {
    pub(super) exposes_secret: bool,
    pub(super) authenticates_server: bool,
    pub(super) binds_channel: bool,
    kind: Kind,
}

/// What somebody needs for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Password,
    Token,
    Certificate,
    Nothing,
}

impl Standing {
    /// For programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::WouldDo => "would_do",
            Self::ByName => "by_name",
            Self::Unfit => "unfit",
            Self::Unknown => "unknown",
        }
    }
}

impl Way {
    /// What speaks for it and against it, for people.
    pub(super) fn words(&self, is_used: bool) -> String {
        let mut words = vec![match self.standing {
            Standing::Taken if is_used => "used",
            Standing::Taken => "would be used",
            Standing::WouldDo => "would do",
            Standing::ByName => "used only where the place asks for it with ;AUTH=, since it is weak",
            Standing::Unfit => "not used here",
            Standing::Unknown => return "not spoken here".to_owned(),
        }];
        if let Some(worth) = self.worth {
            words.extend(worth.words());
        }
        words.join("; ")
    }
}

impl Worth {
    fn of(mechanism: Mechanism) -> Self {
        let kind = match mechanism {
            Mechanism::XOAuth2 | Mechanism::OAuthBearer => Kind::Token,
            Mechanism::External => Kind::Certificate,
            Mechanism::Anonymous => Kind::Nothing,
            _ => Kind::Password,
        };
        Self {
            exposes_secret: mechanism.exposes_secret(),
            authenticates_server: mechanism.authenticates_server(),
            binds_channel: mechanism.binds_channel(),
            kind,
        }
    }

    fn words(self) -> Vec<&'static str> {
        let mut words = vec![match (self.kind, self.exposes_secret) {
            (Kind::Password, true) => "shows the password to the server",
            (Kind::Password, false) => "the password does not travel",
            (Kind::Token, _) => "shows an access token to the server",
            (Kind::Certificate, _) => "needs a certificate of yours",
            (Kind::Nothing, _) => "for guests",
        }];
        if self.authenticates_server {
            words.push("the server has to know it too");
        }
        if self.binds_channel {
            words.push("worth nothing on another connection");
        }
        words
    }
}

/// The ways that the server offers before the login, strongest first; what is not spoken here stands last.
pub(super) fn ways(report: &Report) -> Vec<Way> {
    let Some(offered) = &report.found.before else { return Vec::new() };
    let would_try =
        report.found.methods.as_ref().and_then(|methods| methods.as_deref().ok()).unwrap_or_default();
    let mut ways: Vec<(Option<LoginMethod>, Way)> = Vec::new();
    for name in names(offered) {
        let mechanism = Mechanism::from_name(&name);
        let standing = mechanism.map_or(Standing::Unknown, |mechanism| standing(mechanism.into(), would_try));
        ways.push((
            mechanism.map(Into::into),
            Way { name, is_command: false, standing, worth: mechanism.map(Worth::of) },
        ));
    }
    if !offered.has(&Capability::LoginDisabled) {
        let standing = standing(LoginMethod::Command, would_try);
        let worth = Some(Worth::of(Mechanism::Login));
        let way = Way { name: LoginMethod::Command.to_string(), is_command: true, standing, worth };
        ways.push((Some(LoginMethod::Command), way));
    }
    // A sort that keeps the order of equals: the command, which ranks with the mechanism of its name, stays behind it.
    ways.sort_by_key(|(method, _)| std::cmp::Reverse(method.map(LoginMethod::strength)));
    ways.into_iter().map(|(_, way)| way).collect()
}

fn standing(method: LoginMethod, would_try: &[LoginMethod]) -> Standing {
    match would_try.iter().position(|one| *one == method) {
        Some(0) => Standing::Taken,
        Some(_) => Standing::WouldDo,
        None => match method {
            LoginMethod::Mechanism(mechanism) if mechanism.is_by_name_only() => Standing::ByName,
            _ => Standing::Unfit,
        },
    }
}

/// The names of the mechanisms that are listed, each once.
pub(super) fn names(offered: &Capabilities) -> Vec<String> {
    let mut names = Vec::new();
    for listed in offered.iter() {
        if let Capability::Auth(name) = listed {
            let name = String::from_utf8_lossy(name.as_bytes()).into_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Whether somebody has logged in, so that what is said of the way is past.
pub(super) fn is_used(report: &Report) -> bool {
    matches!(report.found.login, Entry::Done { .. })
}

#[cfg(test)]
mod tests {
    use tayori_proto::sasl::ScramHash;

    use super::*;
    use crate::commands::check::advice::tests::{listing, report};

    #[track_caller]
    fn check(offered: &str, would_try: &[LoginMethod], expected: &[&str]) {
        let mut report = report();
        report.found.before = Some(listing(offered));
        report.found.methods = Some(Ok(would_try.to_vec()));
        let shown: Vec<_> =
            ways(&report).iter().map(|way| format!("{}: {}", way.name, way.words(false))).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_strongest_stands_first_with_what_it_shows_and_proves() {
        let plus = Mechanism::ScramPlus(ScramHash::Sha256);
        let plain = Mechanism::Plain;
        check(
            "IMAP4rev1 AUTH=LOGIN AUTH=PLAIN AUTH=NTLM AUTH=XOAUTH2 AUTH=SCRAM-SHA-256-PLUS AUTH=CRAM-MD5 AUTH=PLAIN \
             AUTH=EXTERNAL AUTH=ANONYMOUS",
            &[plus.into(), plain.into(), Mechanism::Login.into(), LoginMethod::Command],
            &[
                "SCRAM-SHA-256-PLUS: would be used; the password does not travel; the server has to know it too; worth \
                 nothing on another connection",
                "EXTERNAL: not used here; needs a certificate of yours; worth nothing on another connection",
                "CRAM-MD5: used only where the place asks for it with ;AUTH=, since it is weak; the password does not \
                 travel",
                "XOAUTH2: not used here; shows an access token to the server",
                "PLAIN: would do; shows the password to the server",
                "LOGIN: would do; shows the password to the server",
                "the command LOGIN: would do; shows the password to the server",
                "ANONYMOUS: not used here; for guests",
                "NTLM: not spoken here",
            ],
        );
        check("IMAP4rev1 LOGINDISABLED", &[], &[]);
    }
}
