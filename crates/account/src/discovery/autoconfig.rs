//! The autoconfiguration format of Mozilla.

use std::num::NonZeroU16;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::Discovery;
use super::address::{self, HostNameError, MailAddress};
use super::candidate::{Authentication, Candidate, Findings, Source, Standing};
use super::journal::{Nothing, Outcome, Problem, Step};
use crate::config::TlsMode;
use crate::http::{HttpError, Request, Response};

/// Octets of a file. Those of large providers have 4 KiB.
const FILE: usize = 64 << 10;

/// Elements within elements. The format needs four, and its parts that are not read here six.
const DEPTH: usize = 16;

/// Servers for IMAP that are taken from one file. Large providers have two.
const SERVERS: usize = 16;

/// Octets of a user name.
const USER_NAME: usize = 1024;

/// Characters that are shown of something that is not understood.
const SHOWN: usize = 40;

/// Somewhere a file can be.
pub(super) struct Place {
    /// With a query.
    url: String,
    step: Step,
    standing: Standing,
}

/// Where the mail domain can have published its file, the likeliest first.
pub(super) fn published(address: &MailAddress) -> [Place; 2] {
    let domain = address.domain();
    let place = |url: String, query: &str| Place {
        url: format!("{url}{query}"),
        step: Step::Autoconfig { url },
        standing: Standing::Published,
    };
    let query = format!("?emailaddress={}", utf8_percent_encode(address.as_str(), NON_ALPHANUMERIC));
    [
        place(format!("https://autoconfig.{domain}/mail/config-v1.1.xml"), &query),
        place(format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"), ""),
    ]
}

/// Where a database has its entry.
pub(super) fn in_database(base: &str, address: &MailAddress) -> Place {
    let url = format!("{base}{}", address.domain());
    Place { url: url.clone(), step: Step::Database { url }, standing: Standing::Database }
}

impl Discovery {
    pub(super) async fn fetch_file(&self, place: &Place) -> Result<Response, HttpError> {
        let request = Request::get(&place.url)?.accept("text/xml, application/xml");
        self.http.fetch(request.limit(FILE).time(self.times.http)).await
    }
}

impl Findings<'_> {
    /// Takes the servers in a file.
    pub(super) fn take_file(&mut self, place: Place, answer: Result<Response, HttpError>) {
        let Place { step, standing, .. } = place;
        let response = match answer {
            Ok(response) if response.is_success() => response,
            Ok(response) if matches!(response.status(), 404 | 410) => {
                return self.note(step, Outcome::Nothing(Nothing::NotPublished));
            }
            Ok(response) => return self.fail(step, Problem::Status { status: response.status() }),
            Err(HttpError::HostNotFound { .. }) => {
                return self.note(step, Outcome::Nothing(Nothing::NotPublished));
            }
            Err(error) => return self.fail(step, error),
        };
        let file = match File::parse(response.body(), self.address) {
            Ok(file) => file,
            Err(error) => return self.fail(step, error),
        };
        if !file.servers.is_empty() {
            self.note(step.clone(), Outcome::Named { servers: file.servers.len() });
        } else if file.problems.is_empty() {
            self.note(step.clone(), Outcome::Nothing(Nothing::NoImap));
        }
        for problem in file.problems {
            self.fail(step.clone(), problem);
        }
        let url = response.url().to_owned();
        let source = match step {
            Step::Database { .. } => Source::Database { url },
            _ => Source::Autoconfig { url },
        };
        for server in file.servers {
            let candidate = self.of_file(server, source.clone(), standing);
            self.add(candidate);
        }
    }

    fn of_file(&self, server: Server, source: Source, standing: Standing) -> Candidate {
        let Server { host, port, tls, user_name, authentication } = server;
        let mut candidate = self.bare(host, port, tls, source);
        candidate.standing = candidate.standing.max(standing);
        if let Some(user_name) = user_name {
            candidate.user_names = vec![user_name];
        }
        if !authentication.is_empty() {
            candidate.authentication = authentication;
        }
        candidate
    }
}

/// What a file says of IMAP.
#[derive(Debug, Default, PartialEq, Eq)]
struct File {
    /// In its own order, which is that of preference.
    servers: Vec<Server>,
    problems: Vec<ServerProblem>,
}

#[derive(Debug, PartialEq, Eq)]
struct Server {
    host: String,
    port: NonZeroU16,
    tls: TlsMode,
    user_name: Option<String>,
    authentication: Vec<Authentication>,
}

/// An element on the way from the root to where the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    ClientConfig,
    EmailProvider,
    IncomingServer,
    Field(Field),
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    HostName,
    Port,
    SocketType,
    UserName,
    Authentication,
}

impl Element {
    /// What an element of this name is within another one.
    fn within(parent: Option<Self>, start: &BytesStart<'_>) -> Self {
        match (parent, start.name().0) {
            (None, "clientConfig") => Self::ClientConfig,
            (Some(Self::ClientConfig), "emailProvider") => Self::EmailProvider,
            (Some(Self::EmailProvider), "incomingServer") if is_of_imap(start) => Self::IncomingServer,
            (Some(Self::IncomingServer), "hostname") => Self::Field(Field::HostName),
            (Some(Self::IncomingServer), "port") => Self::Field(Field::Port),
            (Some(Self::IncomingServer), "socketType") => Self::Field(Field::SocketType),
            (Some(Self::IncomingServer), "username") => Self::Field(Field::UserName),
            (Some(Self::IncomingServer), "authentication") => Self::Field(Field::Authentication),
            _ => Self::Other,
        }
    }
}

fn is_of_imap(start: &BytesStart<'_>) -> bool {
    let mut attributes = start.attributes();
    // It compares each with all others.
    attributes.with_checks(false);
    // An attribute that cannot be read ends the list, and the element is then none of ours.
    attributes.map_while(Result::ok).any(|attribute| attribute.key.0 == "type" && attribute.value == "imap")
}

impl File {
    /// Reads a file. It needs memory in proportion to its length, which is bounded, and is read once.
    fn parse(octets: &[u8], address: &MailAddress) -> Result<Self, AutoconfigError> {
        if octets.len() > FILE {
            return Err(AutoconfigError::TooLarge { octets: octets.len(), limit: FILE });
        }
        let text = std::str::from_utf8(octets)
            .map_err(|error| AutoconfigError::Encoding { offset: error.valid_up_to() })?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut file = Self::default();
        let mut path = Vec::new();
        let mut draft = Draft::default();
        let mut has_provider = false;
        loop {
            let at = reader.buffer_position();
            let event = reader
                .read_event()
                .map_err(|_| AutoconfigError::Syntax { offset: reader.error_position() })?;
            match event {
                Event::Start(start) => {
                    let element = Element::within(path.last().copied(), &start);
                    if path.is_empty() && element != Element::ClientConfig {
                        return Err(AutoconfigError::Root);
                    }
                    if path.len() == DEPTH {
                        return Err(AutoconfigError::TooDeep { limit: DEPTH });
                    }
                    has_provider |= element == Element::EmailProvider;
                    path.push(element);
                }
                Event::End(_) => match path.pop() {
                    Some(Element::Field(field)) => draft.end(field),
                    Some(Element::IncomingServer) => {
                        if file.servers.len() + file.problems.len() == SERVERS {
                            file.problems.push(ServerProblem::TooMany { limit: SERVERS });
                            return Ok(file);
                        }
                        match std::mem::take(&mut draft).finish(address) {
                            Ok(server) => file.servers.push(server),
                            Err(problem) => file.problems.push(problem),
                        }
                    }
                    _ => {}
                },
                Event::DocType(name) if is_web_page(&name) => return Err(AutoconfigError::Root),
                Event::DocType(_) => return Err(AutoconfigError::DocumentType),
                Event::Text(text) => draft.text(&path, &text),
                Event::CData(text) => draft.text(&path, &text),
                Event::GeneralRef(reference) => {
                    let undefined = || AutoconfigError::Entity { offset: at };
                    match reference.resolve_char_ref().map_err(|_| undefined())? {
                        Some(character) => draft.text(&path, character.encode_utf8(&mut [0; 4])),
                        None => {
                            draft.text(&path, resolve_predefined_entity(&reference).ok_or_else(undefined)?)
                        }
                    }
                }
                Event::Eof if path.is_empty() => break,
                Event::Eof => return Err(AutoconfigError::Syntax { offset: at }),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
        if has_provider { Ok(file) } else { Err(AutoconfigError::Root) }
    }
}

fn is_web_page(document_type: &str) -> bool {
    document_type.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}

/// A server that is being read.
#[derive(Default)]
struct Draft {
    /// Of the element that is being read.
    text: String,
    host: Option<String>,
    port: Option<String>,
    socket: Option<String>,
    user_name: Option<String>,
    authentication: Vec<Authentication>,
}

impl Draft {
    fn text(&mut self, path: &[Element], text: &str) {
        if matches!(path.last(), Some(Element::Field(_))) {
            self.text.push_str(text);
        }
    }

    /// The first value counts where there are several, but for ways to log in.
    fn end(&mut self, field: Field) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let place = match field {
            Field::HostName => &mut self.host,
            Field::Port => &mut self.port,
            Field::SocketType => &mut self.socket,
            Field::UserName => &mut self.user_name,
            Field::Authentication => {
                let known = authentication(text).filter(|way| !self.authentication.contains(way));
                self.authentication.extend(known);
                return;
            }
        };
        place.get_or_insert_with(|| text.to_owned());
    }

    fn finish(self, owner: &MailAddress) -> Result<Server, ServerProblem> {
        let missing = |element| ServerProblem::Missing { element };
        let host = fill_in(&self.host.ok_or(missing("hostname"))?, owner);
        let host = address::host(&host).map_err(ServerProblem::Host)?;
        let port = self.port.ok_or(missing("port"))?;
        let port = port.parse().map_err(|_| ServerProblem::Port { host: host.clone() })?;
        let socket = self.socket.ok_or(missing("socketType"))?;
        let tls = match socket.to_ascii_lowercase().as_str() {
            "ssl" => TlsMode::Implicit,
            "starttls" => TlsMode::StartTls,
            "plain" => TlsMode::None,
            _ => return Err(ServerProblem::Socket { host, given: socket.chars().take(SHOWN).collect() }),
        };
        let user_name = self.user_name.map(|name| fill_in(&name, owner)).filter(|name| !name.is_empty());
        let is_unusable = |name: &String| name.len() > USER_NAME || name.contains(char::is_control);
        if user_name.as_ref().is_some_and(is_unusable) {
            return Err(ServerProblem::UserName { host });
        }
        Ok(Server { host, port, tls, user_name, authentication: self.authentication })
    }
}

/// Values that nobody knows here are passed over, as the format wants it.
fn authentication(value: &str) -> Option<Authentication> {
    Some(match value.to_ascii_lowercase().as_str() {
        // The second one of each pair is from older versions of the format.
        "password-cleartext" | "plain" => Authentication::Password,
        "password-encrypted" | "secure" => Authentication::EncryptedPassword,
        "oauth2" => Authentication::OAuth,
        "gssapi" => Authentication::Kerberos,
        "ntlm" => Authentication::Ntlm,
        "tls-client-cert" => Authentication::ClientCertificate,
        "client-ip-address" => Authentication::ClientAddress,
        _ => return None,
    })
}

/// Puts the parts of the address in the place of their names. What is put in is not looked at again.
fn fill_in(text: &str, address: &MailAddress) -> String {
    let values = [
        ("%EMAILADDRESS%", address.as_str()),
        ("%EMAILLOCALPART%", address.local_part()),
        ("%EMAILDOMAIN%", address.typed_domain()),
    ];
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let value = values.iter().find_map(|(name, value)| Some((from.strip_prefix(name)?, *value)));
        let (left, value) = value.unwrap_or((&from[1..], "%"));
        filled.push_str(value);
        rest = left;
    }
    filled.push_str(rest);
    filled
}

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

#[cfg(test)]
mod tests;
