//! What a server has said by itself: its greeting, its alerts, and what it is taken for.

use tayori_proto::profile::Profile;
use tayori_proto::types::Text;

use crate::connection::Connection;
use crate::session::Session;

impl Connection {
    /// The words of the server's greeting, to be shown escaped. Empty after STARTTLS: what was said in front of TLS
    /// could be anybody's.
    pub fn greeting(&self) -> Text {
        self.link.shared.greeting()
    }

    /// What the server has said so far with the code ALERT, which a person has to be shown (RFC 9051 section 7.1): the
    /// first 16 different texts, to be shown escaped. The words of a command that was refused stand in its error.
    pub fn alerts(&self) -> Vec<Text> {
        self.link.shared.alerts()
    }

    /// How the server is taken to behave, by its greeting and its capabilities.
    pub fn profile(&self) -> Profile {
        self.link.shared.profile()
    }
}

impl Session {
    /// The words of the server's greeting, to be shown escaped. Empty after STARTTLS: what was said in front of TLS
    /// could be anybody's.
    pub fn greeting(&self) -> Text {
        self.link.shared.greeting()
    }

    /// What the server has said so far with the code ALERT, which a person has to be shown (RFC 9051 section 7.1): the
    /// first 16 different texts, to be shown escaped. The words of a command that was refused stand in its error.
    pub fn alerts(&self) -> Vec<Text> {
        self.link.shared.alerts()
    }
}
