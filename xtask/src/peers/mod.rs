//! Real mail servers, run privately for tests.
//!
//! - [`dovecot`]: the one of this machine; [`dovecot24`], [`courier`], [`mailutils`], [`cyrus`]: in a view of their own
//!   ([`guest`])
//! - [`kerberos`]: a realm, and the Dovecot of this machine in it; [`oauth`]: the same with access tokens
//! - [`server`]: what is the same for all once they run; [`variables`]: what tests are told of them
//! - [`overlay`]: a private view of a system; [`packages`], [`release`]: what is put into one, fetched beforehand
//! - [`install`]: what has to be installed on this machine; [`keyring`]: no server, but what tests of it need

mod certificates;
mod courier;
mod cyrus;
pub(crate) mod dovecot;
mod dovecot24;
mod guest;
pub(crate) mod install;
mod kerberos;
pub(crate) mod keyring;
mod mailutils;
mod oauth;
mod overlay;
mod packages;
mod ports;
mod prepared;
mod release;
pub(crate) mod server;
mod variables;

use clap::ValueEnum;

use crate::peers::dovecot::Installation;
use crate::peers::guest::Recipe;
use crate::peers::server::Server;
use crate::stop::{Interrupt, Outcome, Stop};

pub(crate) use variables::{HOST, TEST_USER, Variables};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// The one of this machine
    Dovecot,
    /// 2.4 of another Debian release, in a folder; root, Debian
    Dovecot24,
    /// In a private view of this machine; root, Debian
    Courier,
    /// GNU Mailutils imap4d, in a private view of this machine; root, Debian
    Mailutils,
    /// Of another Debian release, in a folder; root, Debian
    Cyrus,
    /// The Dovecot of this machine, and a Kerberos realm whose tickets it takes
    Kerberos,
    /// The Dovecot of this machine, and an authorization server whose access tokens it takes
    Oauth,
}

/// How a server is run.
enum Way {
    Dovecot,
    Kerberos,
    Oauth,
    /// In a view of its own.
    View(&'static Recipe),
}

/// Why a peer cannot be started here, and what to do.
pub(crate) struct Missing {
    /// One line.
    pub(crate) why: String,
    pub(crate) hint: String,
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::failed(format!("{}\n{}", missing.why, missing.hint))
    }
}

impl Kind {
    /// Those that the suites run against.
    pub(crate) const ALL: [Self; 7] = [
        Self::Dovecot,
        Self::Dovecot24,
        Self::Courier,
        Self::Mailutils,
        Self::Cyrus,
        Self::Kerberos,
        Self::Oauth,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self.way() {
            Way::Dovecot => "dovecot",
            Way::Kerberos => kerberos::NAME,
            Way::Oauth => oauth::NAME,
            Way::View(recipe) => recipe.name,
        }
    }

    /// Installs or fetches what the peer needs, and says what was done.
    pub(crate) fn prepare(self, interrupt: &Interrupt) -> Outcome<String> {
        match self.way() {
            Way::Dovecot => install::install(&dovecot::NEEDED, interrupt),
            Way::Kerberos => install::install(&kerberos::NEEDED, interrupt),
            Way::Oauth => install::install(&oauth::NEEDED, interrupt),
            Way::View(recipe) => recipe.prepare(interrupt),
        }
    }

    /// Whether it can be started, without trying.
    pub(crate) fn expect_startable(self) -> Result<(), Missing> {
        match self.way() {
            Way::Dovecot => Installation::expect().map(drop),
            Way::Kerberos => kerberos::Installation::expect().map(drop),
            Way::Oauth => oauth::Installation::expect().map(drop),
            Way::View(recipe) => recipe.expect_prepared(),
        }
    }

    /// Starts a server and returns when it greets.
    pub(crate) fn start(self, interrupt: &Interrupt) -> Outcome<Server> {
        match self.way() {
            Way::Dovecot => Installation::expect()?.start(interrupt),
            Way::Kerberos => kerberos::Installation::expect()?.start(interrupt),
            Way::Oauth => oauth::Installation::expect()?.start(interrupt),
            Way::View(recipe) => recipe.start(interrupt),
        }
    }

    fn way(self) -> Way {
        match self {
            Self::Dovecot => Way::Dovecot,
            Self::Dovecot24 => Way::View(&dovecot24::RECIPE),
            Self::Courier => Way::View(&courier::RECIPE),
            Self::Mailutils => Way::View(&mailutils::RECIPE),
            Self::Cyrus => Way::View(&cyrus::RECIPE),
            Self::Kerberos => Way::Kerberos,
            Self::Oauth => Way::Oauth,
        }
    }
}
