//! Real mail servers, run privately for tests.
//!
//! - [`dovecot`]: the one of this machine; [`courier`], [`mailutils`], [`cyrus`]: in a view of their own ([`guest`])
//! - [`server`]: what is the same for all once they run; [`variables`]: what tests are told of them
//! - [`overlay`]: a private view of a system; [`packages`], [`release`]: what is put into one, fetched beforehand
//! - [`install`]: what has to be installed on this machine

mod certificates;
mod courier;
mod cyrus;
pub(crate) mod dovecot;
mod guest;
pub(crate) mod install;
mod mailutils;
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
    /// In a private view of this machine; root, Debian
    Courier,
    /// GNU Mailutils imap4d, in a private view of this machine; root, Debian
    Mailutils,
    /// Of another Debian release, in a folder; root, Debian
    Cyrus,
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
    pub(crate) const ALL: [Self; 4] = [Self::Dovecot, Self::Courier, Self::Mailutils, Self::Cyrus];

    pub(crate) fn name(self) -> &'static str {
        match self.recipe() {
            None => "dovecot",
            Some(recipe) => recipe.name,
        }
    }

    /// Installs or fetches what the peer needs, and says what was done.
    pub(crate) fn prepare(self, interrupt: &Interrupt) -> Outcome<String> {
        match self.recipe() {
            None => install::dovecot(interrupt),
            Some(recipe) => recipe.prepare(interrupt),
        }
    }

    /// Whether it can be started, without trying.
    pub(crate) fn expect_startable(self) -> Result<(), Missing> {
        match self.recipe() {
            None => Installation::expect().map(drop),
            Some(recipe) => recipe.expect_prepared(),
        }
    }

    /// Starts a server and returns when it greets.
    pub(crate) fn start(self, interrupt: &Interrupt) -> Outcome<Server> {
        match self.recipe() {
            None => Installation::expect()?.start(interrupt),
            Some(recipe) => recipe.start(interrupt),
        }
    }

    /// `None` for the one that needs no view of its own.
    fn recipe(self) -> Option<&'static Recipe> {
        match self {
            Self::Dovecot => None,
            Self::Courier => Some(&courier::RECIPE),
            Self::Mailutils => Some(&mailutils::RECIPE),
            Self::Cyrus => Some(&cyrus::RECIPE),
        }
    }
}
