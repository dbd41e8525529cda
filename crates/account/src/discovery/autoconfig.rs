//! The autoconfiguration format of Mozilla.

use super::address::HostNameError;

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AutoconfigError {
    /// It is longer than what is read.
    #[error("the file has {octets} octets, and {limit} are read at most")]
    TooLarge {
        /// How long it is.
        octets: usize,
        /// How much is read.
        limit: usize,
    },
    /// It is not in UTF-8.
    #[error("the file is not in UTF-8, from octet {offset} on")]
    Encoding {
        /// Where it ends to be.
        offset: usize,
    },
    /// It is not XML.
    #[error("the file is not XML, as octet {offset} shows")]
    Syntax {
        /// Where this was found.
        offset: u64,
    },
    /// It has a document type, in which entities could be made; no such file needs one.
    #[error("the file has a document type, which is not read")]
    DocumentType,
    /// It has an entity that XML does not know by itself.
    #[error("the file has an entity that nobody has defined, at octet {offset}")]
    Entity {
        /// Where it is.
        offset: u64,
    },
    /// Elements are within elements too often.
    #[error("the file has elements within more than {limit} others")]
    TooDeep {
        /// How many are read.
        limit: usize,
    },
    /// It is another XML file, a web page perhaps.
    #[error("the file is not an autoconfiguration: there is no clientConfig with an emailProvider")]
    Root,
}

/// Why a server in a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerProblem {
    /// There are more servers than are read.
    #[error("there are more than {limit} servers for IMAP, and the rest is not read")]
    TooMany {
        /// How many are read.
        limit: usize,
    },
    /// Something is missing.
    #[error("a server for IMAP has no {element}")]
    Missing {
        /// What.
        element: &'static str,
    },
    /// Its name cannot be one.
    #[error("the name of a server cannot be one: {0}")]
    Host(HostNameError),
    /// Its port is no port.
    #[error("the port of {host} is not a number from 1 to 65535")]
    Port {
        /// The server.
        host: String,
    },
    /// Nobody knows how it is protected.
    #[error("how {host} is protected is not known: {given:?}")]
    Socket {
        /// The server.
        host: String,
        /// What the file says, shortened.
        given: String,
    },
    /// The user name has control characters, or is too long.
    #[error("the user name for {host} cannot be one")]
    UserName {
        /// The server.
        host: String,
    },
}
