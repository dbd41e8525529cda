//! How servers behave that understand a command and do something of their own with it.
//!
//! Where a server breaks the *grammar*, reading it all the same costs nothing, so [`crate::quirk`] is always in force.
//! Here is what would be wrong with another server: a [`Profile`] is chosen for each connection from what the server
//! says of itself, each [`Behaviour`] in it can be set by hand, and some are learned while the connection lives.

mod behaviour;
mod vendor;

use std::collections::BTreeMap;
use std::time::Duration;

pub use behaviour::{Behaviour, BehaviourEvidence};
pub use vendor::Vendor;

use crate::types::{Capabilities, IdParameters};

/// What is known of how the server of one connection behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    vendor: Option<Vendor>,
    /// Those that are in force or were set otherwise by hand.
    known: BTreeMap<Behaviour, Known>,
}

/// Why a behaviour is taken for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The vendor is known for it.
    Vendor,
    /// The server has shown it on this connection.
    Learned,
    /// Somebody has said so.
    Configured,
}

/// Whether a behaviour is taken for granted, by order of whoever uses the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// It is, whatever the server says of itself.
    On,
    /// It is not, whatever the server shows.
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    On(Source),
    /// By order.
    Off,
}

impl Profile {
    /// The profile of a server that says this of itself. Call it again when more is known; what was set by hand and
    /// what was learned stays.
    ///
    /// Nothing of this can be trusted (RFC 2971 section 3), and nothing rests on it but which of several right ways is
    /// taken.
    pub fn recognize(&mut self, server: &Introduction<'_>) {
        self.vendor = Vendor::recognize(server);
        self.known.retain(|_, known| *known != Known::On(Source::Vendor));
        let Some(vendor) = self.vendor else { return };
        for behaviour in Behaviour::ALL {
            if behaviour.evidence().vendors.contains(&vendor) {
                self.known.entry(*behaviour).or_insert(Known::On(Source::Vendor));
            }
        }
    }

    /// Who made the server, if it can be told.
    pub fn vendor(&self) -> Option<Vendor> {
        self.vendor
    }

    /// Whether the server is taken to behave like this.
    pub fn has(&self, behaviour: Behaviour) -> bool {
        self.source(behaviour).is_some()
    }

    /// Why the server is taken to behave like this; `None` if it is not.
    pub fn source(&self, behaviour: Behaviour) -> Option<Source> {
        match self.known.get(&behaviour) {
            Some(Known::On(source)) => Some(*source),
            Some(Known::Off) | None => None,
        }
    }

    /// Sets a behaviour by hand. It stays like this.
    pub fn set(&mut self, behaviour: Behaviour, setting: Setting) {
        let known = match setting {
            Setting::On => Known::On(Source::Configured),
            Setting::Off => Known::Off,
        };
        self.known.insert(behaviour, known);
    }

    /// The server has shown a behaviour. What was set by hand counts more.
    pub fn learn(&mut self, behaviour: Behaviour) {
        self.known.entry(behaviour).or_insert(Known::On(Source::Learned));
    }

    /// What is taken for granted, and why.
    pub fn iter(&self) -> impl Iterator<Item = (Behaviour, Source)> + '_ {
        self.known.iter().filter_map(|(behaviour, known)| match known {
            Known::On(source) => Some((*behaviour, *source)),
            Known::Off => None,
        })
    }

    /// The longest command to send, in octets, its literals not counted.
    ///
    /// RFC 7162 section 4 names 8192 as what a server has to take; two families take 1000.
    pub fn command_octets(&self) -> usize {
        if self.has(Behaviour::ShortCommands) { 1000 } else { 8000 }
    }

    /// How many commands may be on their way without an answer, if the server minds.
    pub fn commands_in_flight(&self) -> Option<usize> {
        // Exchange's answers to some 50 STATUS at once are broken; Geary keeps to 25 there.
        self.has(Behaviour::FewInFlight).then_some(20)
    }

    /// After how long an IDLE is to be renewed. RFC 2177 section 3 has 29 minutes.
    pub fn idle_renewal(&self) -> Duration {
        if self.has(Behaviour::ImpatientIdle) {
            Duration::from_secs(50)
        } else if self.has(Behaviour::ShortIdle) {
            Duration::from_secs(170)
        } else {
            Duration::from_secs(29 * 60)
        }
    }
}

/// What a server says of itself.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Introduction<'a> {
    /// The words of its greeting.
    pub greeting: &'a [u8],
    /// What it lists.
    pub capabilities: Option<&'a Capabilities>,
    /// What it answered to ID.
    pub id: Option<&'a IdParameters>,
}

impl<'a> Introduction<'a> {
    /// A server that has greeted like this.
    pub fn greeted(greeting: &'a [u8]) -> Self {
        Self { greeting, ..Self::default() }
    }

    /// And lists this.
    #[must_use]
    pub fn listing(self, capabilities: Option<&'a Capabilities>) -> Self {
        Self { capabilities, ..self }
    }

    /// And has answered this to ID.
    #[must_use]
    pub fn named(self, id: Option<&'a IdParameters>) -> Self {
        Self { id, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courier() -> Profile {
        let mut profile = Profile::default();
        profile.recognize(&Introduction::greeted(b"Courier-IMAP ready. Copyright 1998-2019"));
        profile
    }

    #[test]
    fn a_server_behaves_as_its_vendor_does() {
        let profile = courier();
        assert_eq!(profile.vendor(), Some(Vendor::Courier));
        assert_eq!(profile.source(Behaviour::NoFlightBehindLogin), Some(Source::Vendor));
        assert!(!profile.has(Behaviour::ShortCommands));
        let nobody = Profile::default();
        assert_eq!((nobody.vendor(), nobody.iter().count()), (None, 0));
        assert_eq!((nobody.command_octets(), nobody.commands_in_flight()), (8000, None));
        assert_eq!(nobody.idle_renewal(), Duration::from_secs(29 * 60));
    }

    #[test]
    fn what_was_set_by_hand_counts_most() {
        let mut profile = courier();
        profile.set(Behaviour::NoFlightBehindLogin, Setting::Off);
        profile.set(Behaviour::ShortCommands, Setting::On);
        profile.learn(Behaviour::NoFlightBehindLogin);
        profile.recognize(&Introduction::greeted(b"Courier-IMAP ready."));
        assert!(!profile.has(Behaviour::NoFlightBehindLogin));
        assert_eq!(profile.source(Behaviour::ShortCommands), Some(Source::Configured));
        assert_eq!(profile.command_octets(), 1000);
    }

    /// Another name for the server takes back what rested on the first one, and nothing else.
    #[test]
    fn what_was_learned_outlives_a_new_name() {
        let mut profile = courier();
        profile.learn(Behaviour::NoExtendedList);
        profile.recognize(&Introduction::greeted(b"ready"));
        assert_eq!(profile.vendor(), None);
        let known: Vec<_> = profile.iter().collect();
        assert_eq!(known, [(Behaviour::NoExtendedList, Source::Learned)]);
    }
}
