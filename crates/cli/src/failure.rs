//! What went wrong, in words for people: whose fault it is, the server's own words, what to do next, the exit code.
//!
//! This is the one place where errors of the libraries become text and exit codes.

use std::fmt::Write as _;
use std::io::Write as _;

use tayori_account::secret::SecretError;
use tayori_client::tls::{IdentityError, TlsAlert, TlsError, Untrusted};
use tayori_client::way::{ProxyError, ProxyRefusal};
use tayori_client::{Error, Fault, Lost, Mechanism, Stage};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::Text;

use crate::commands::demo::folder::FolderError;
use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::output::OutputError;
use crate::signal::Signal;
use crate::trace::TraceError;

/// A reason to stop.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    session: Session,
    /// One sentence, lower case, no full stop; safe for a terminal.
    message: String,
    /// The server's own words, if it had any.
    said: Option<Text>,
    hint: Option<String>,
    other_way: Option<Mechanism>,
}

/// Whether the session that this happened in can be used for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Session {
    Usable,
    Over,
}

/// A server's words are cut to what fits a few lines.
const MOST_SAID: usize = 400;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            session: Session::Usable,
            message: message.into(),
            said: None,
            hint: None,
            other_way: None,
        }
    }

    /// With the server's own words.
    #[must_use]
    pub(crate) fn said(mut self, text: Text) -> Self {
        self.said = Some(text);
        self
    }

    /// The same with more of the sentence, which is safe for a terminal, behind.
    #[must_use]
    pub(crate) fn with(mut self, more: &str) -> Self {
        self.message.push_str(more);
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn hint_unless_there_is_one(mut self, hint: &str) -> Self {
        self.hint.get_or_insert_with(|| hint.to_owned());
        self
    }

    /// The same with a further thing to do.
    #[must_use]
    pub(crate) fn hint_as_well(mut self, hint: &str) -> Self {
        self.hint = Some(match self.hint {
            // A question has its own end.
            Some(first) if first.ends_with('?') => format!("{first} {hint}"),
            Some(first) => format!("{first}; {hint}"),
            None => hint.to_owned(),
        });
        self
    }

    /// The same of a login that somebody may want to try again with this.
    #[must_use]
    pub(crate) fn or_with(mut self, mechanism: Mechanism) -> Self {
        self.other_way = Some(mechanism);
        self
    }

    /// What a login could be tried with instead, which is for a person to say.
    pub(crate) fn other_way(&self) -> Option<Mechanism> {
        self.other_way
    }

    /// The same with what was being done in front.
    #[must_use]
    pub(crate) fn while_doing(mut self, doing: &str) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// The same with what had succeeded by then in front.
    #[must_use]
    pub(crate) fn after(mut self, done: &str) -> Self {
        self.message = format!("{done}; {}", self.message);
        self
    }

    #[must_use]
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same where something was done before: that is what the exit code says then, unless whatever was on its way
    /// may be done as well.
    #[must_use]
    pub(crate) fn partly_done(self) -> Self {
        match self.exit {
            Exit::Interrupted | Exit::Terminated | Exit::Network => self,
            _ => self.exit(Exit::PartlyDone),
        }
    }

    /// The same with what had succeeded by then behind.
    #[must_use]
    pub(crate) fn before(mut self, done: &str) -> Self {
        if !done.is_empty() {
            self.message = format!("{}; {done}", self.message);
        }
        self
    }

    /// The sentence alone.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The server's own words, safe for a terminal, if it had any.
    pub(crate) fn quoted(&self) -> Option<String> {
        let said = self.said.as_ref().filter(|said| !said.is_empty())?;
        Some(quoted(said.as_bytes()))
    }

    /// What can be done about it.
    pub(crate) fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether the next mailbox may do better: what a disk that is full or a connection that is lost keeps from one, it
    /// keeps from all.
    pub(crate) fn is_about_mailbox(&self) -> bool {
        matches!(self.exit, Exit::NotFound | Exit::NothingMatched | Exit::Protocol)
            && self.session == Session::Usable
    }

    /// Says it on stderr. If that fails, there is nobody to tell.
    pub(crate) fn print(&self) {
        if self.message.is_empty() {
            return;
        }
        let _ = anstream::stderr().write_all(self.to_text().as_bytes());
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("error: {}\n", self.message);
        if let Some(said) = self.quoted() {
            let _ = writeln!(text, "the server said: \"{said}\"");
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }

    /// Somebody asked the program to end; `complete` says what was done by then, if anything was.
    pub(crate) fn interrupted(signal: Signal, complete: &str) -> Self {
        let what = match signal {
            Signal::Interrupt => "interrupted",
            Signal::Terminate => "ended by SIGTERM",
        };
        let separator = if complete.is_empty() { "" } else { "; " };
        Self::new(signal.exit(), format!("{what}{separator}{complete}"))
    }
}

/// A server's words as they can be shown.
pub(crate) fn quoted(said: &[u8]) -> String {
    let said = escape_bounded(said, MOST_SAID);
    let more = if said.left > 0 { "..." } else { "" };
    format!("{}{more}", said.shown)
}

/// What the last line of JSON says of an end: the exit code, and the words of an error.
pub(crate) fn told(outcome: &Result<Exit, Failure>) -> (Exit, Option<&str>) {
    match outcome {
        Ok(exit) => (*exit, None),
        Err(failure) => (failure.exit, Some(failure.message()).filter(|message| !message.is_empty())),
    }
}

/// Says on stderr what is no failure, and what whoever asked has to know. If that fails, there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "note: {text}");
}

/// An error of the connection.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.fault() {
            Fault::Network | Fault::Trust => Exit::Network,
            Fault::Refused | Fault::Protocol => Exit::Protocol,
            _ => Exit::Failed,
        };
        let hint = hint_for(&error);
        let (said, exit) = match &error {
            Error::Refused { text, .. } => (Some(text.clone()), exit),
            Error::Lost(Lost::Bye { text, .. }) => (Some(text.clone()), Exit::Network),
            _ => (None, exit),
        };
        let session = match &error {
            Error::Refused { .. }
            | Error::InDoubt { .. }
            | Error::Unreadable { .. }
            | Error::NotOffered { .. }
            | Error::Incomplete { .. } => Session::Usable,
            _ => Session::Over,
        };
        Self {
            exit,
            session,
            message: escape_str(&error.to_string()).into_owned(),
            said,
            hint,
            other_way: None,
        }
    }
}

fn hint_for(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Unreachable { .. } => "check the host name and the port, and whether you are online",
        Error::Proxy(error) => return proxy_hint(error).map(str::to_owned),
        Error::Tunnel { .. } => "run the command of --tunnel by hand to see what is wrong",
        Error::TimedOut { stage: Stage::Proxy, .. } => {
            "check the address of the proxy; --timeout SECONDS waits longer"
        }
        Error::TimedOut { .. } => {
            "check the port: 993 is for imaps://, 143 for imap://; --timeout SECONDS waits longer"
        }
        Error::Tls(error) => return tls_hint(error),
        Error::StartTls(_) => {
            "nothing was sent in the clear; use imaps:// if the server has it, or ask who runs the server"
        }
        Error::Refused { code: Some(code), .. } => return code_hint(code).map(str::to_owned),
        Error::Lost(Lost::Alert(alert)) => return alert_hint(alert).map(str::to_owned),
        Error::Lost(Lost::Tunnel(ended)) if !ended.said.is_empty() => {
            "what its command wrote stands above; run it by hand to see what is wrong"
        }
        Error::Lost(Lost::Tunnel(_)) => "run the command of --tunnel by hand to see what is wrong",
        Error::Lost(Lost::Silent { .. }) => "try again; --timeout SECONDS waits longer",
        Error::Lost(Lost::Ended | Lost::Io(_)) => "try again; what was complete before stays",
        Error::Lost(Lost::Bye { code: Some(code), .. }) => return code_hint(code).map(str::to_owned),
        Error::InDoubt { .. } | Error::Unreadable { .. } | Error::Lost(Lost::Violation(_)) => {
            "look at the dialogue with --trace, and show it to whoever runs the server"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn tls_hint(error: &TlsError) -> Option<String> {
    let hint = match error {
        TlsError::Untrusted { reason: Untrusted::Name { presented }, .. } if presented.len() == 1 => {
            format!(
                "if that is the server you mean, write its name in the place: {}",
                escape_str(&presented[0])
            )
        }
        TlsError::Untrusted { reason: Untrusted::Name { presented }, .. } if !presented.is_empty() => {
            "if that is the server you mean, write one of these names in the place".to_owned()
        }
        TlsError::Untrusted {
            reason: Untrusted::Issuer | Untrusted::SelfSigned | Untrusted::Purpose,
            fingerprint: Some(fingerprint),
            ..
        } => {
            format!(
                "if the server has its own authority, give its certificate with --ca-file; if somebody you trust tells \
                 you the same fingerprint, use --fingerprint {fingerprint}"
            )
        }
        TlsError::Untrusted { reason: Untrusted::Fingerprint, fingerprint: Some(fingerprint), .. } => {
            format!(
                "the server shows {fingerprint}; ask whoever runs it whether the certificate was renewed, since this is \
             what an attack looks like too"
            )
        }
        TlsError::Untrusted { reason: Untrusted::NotYetValid { .. }, .. } => {
            "check the date of this machine; if it is right, whoever runs the server has to mend this".to_owned()
        }
        TlsError::Untrusted { reason: Untrusted::Expired { .. }, .. } => {
            "check the date of this machine; if it is right, whoever runs the server has to renew the certificate"
                .to_owned()
        }
        TlsError::Untrusted { .. } => {
            "whoever runs the server has to mend this; the password was not sent".to_owned()
        }
        TlsError::NotTls { .. } => {
            "check the port: for STARTTLS, usually on port 143, write imap:// instead of imaps://".to_owned()
        }
        TlsError::NoSystemRoots { .. } => {
            "install the package ca-certificates, or name the authority with --ca-file".to_owned()
        }
        TlsError::Version { .. } => {
            "leave out --tls-min if it stands there; a server without TLS 1.2 has to be brought up to date".to_owned()
        }
        TlsError::NoAlpn { .. } => {
            "leave out --alpn, or alpn in the configuration; where this server took it before, somebody may be in between"
                .to_owned()
        }
        TlsError::Alert { alert, .. } => return alert_hint(alert).map(str::to_owned),
        TlsError::CaFile { .. } => "the file has to hold certificates in PEM form".to_owned(),
        _ => return None,
    };
    Some(hint)
}

fn proxy_hint(error: &ProxyError) -> Option<&'static str> {
    Some(match error {
        ProxyError::WantsLogin { .. } | ProxyError::LoginRefused { .. } => {
            "set the environment variable TAYORI_PROXY to its address, such as socks5://user:password@host:1080"
        }
        ProxyError::Unreachable { .. } => "check the address of the proxy, and whether you are online",
        ProxyError::Protocol { .. } | ProxyError::Broken { .. } => {
            "check the address of the proxy, and whether it is socks5:// or http://"
        }
        ProxyError::Refused { refusal: ProxyRefusal::NotAllowed, .. }
        | ProxyError::Refused { refusal: ProxyRefusal::Status { .. }, .. } => {
            "many proxies lead to web servers alone; ask whoever runs it for the port of the place"
        }
        ProxyError::Refused { .. } => "check the host name and the port of the place",
        _ => return None,
    })
}

fn alert_hint(alert: &TlsAlert) -> Option<&'static str> {
    Some(match alert {
        TlsAlert::CertificateRequired => {
            "give a certificate with --client-cert and its key with --client-key"
        }
        TlsAlert::CertificateRefused(_) => "ask whoever runs the server which certificates it takes",
        _ => return None,
    })
}

fn code_hint(code: &ResponseCode) -> Option<&'static str> {
    Some(match code {
        ResponseCode::Unavailable => "the server cannot do it now; try again later",
        ResponseCode::InUse | ResponseCode::Limit => {
            "close other connections to this account, or try again later"
        }
        ResponseCode::ContactAdmin => "ask whoever runs the server",
        ResponseCode::PrivacyRequired => "the server wants TLS for this",
        ResponseCode::Expired => "the password has expired; set a new one where you log in otherwise",
        _ => return None,
    })
}

/// A certificate of ours that cannot be used.
impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let hint = match &error {
            IdentityError::OpenToOthers { .. } => "chmod 600 closes it",
            IdentityError::NotYours { .. } => "make a copy that belongs to you",
            IdentityError::Encrypted { .. } => {
                "openssl pkey -in KEY -out PLAIN writes it without one, after umask 077 for you alone"
            }
            IdentityError::NotTogether => "give the key that the certificate was made with by --client-key",
            IdentityError::Certificate { .. } => "the file has to hold certificates in PEM form",
            IdentityError::Key { .. } => {
                "the file has to hold a private key in PEM form; --client-key names it"
            }
            _ => return Self::new(Exit::Usage, escape_str(&error.to_string())),
        };
        Self::new(Exit::Usage, escape_str(&error.to_string())).hint(hint)
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        // Whoever read our output had enough of it: that is no failure, and needs no words.
        if matches!(error, OutputError::ReaderGone) {
            return Self::new(Exit::Done, "");
        }
        let hint = error.hint().map(str::to_owned);
        Self { hint, ..Self::new(Exit::Disk, with_cause(&error)) }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self { hint, ..Self::new(Exit::Disk, with_cause(&error)) }
    }
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self { hint, ..Self::new(Exit::Disk, with_cause(&error)) }
    }
}

/// An error of ours, which is safe for a terminal, and what the system said.
fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", escape_str(&cause.to_string())),
        None => error.to_string(),
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        let exit = if matches!(error, SecretError::Interrupted) { Exit::Interrupted } else { Exit::Usage };
        // Names of files are shown, with whatever characters they have.
        let hint = crate::password::hint(&error).map(|hint| escape_str(&hint).into_owned());
        Self { hint, ..Self::new(exit, escape_str(&with_cause(&error))) }
    }
}
