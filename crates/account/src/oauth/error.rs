use std::fmt;
use std::io;
use std::time::Duration;

use super::{Flow, SettingsError, StoreError};
use crate::http::HttpError;

/// Characters of an error code that are kept.
const CODE: usize = 100;

/// Characters of a description, and of a link, that are kept. Microsoft's descriptions have some 500.
const DESCRIPTION: usize = 1000;

/// Why there is no token.
///
/// No token, code, verifier or client secret is in it, in `Display` as little as in `Debug`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// The settings are not complete, or do not fit together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// This flow needs an endpoint that the client does not have.
    #[error("there is no endpoint for the {} flow", flow.as_str())]
    NoEndpoint {
        /// The flow.
        flow: Flow,
    },
    /// The authorization server was not reached. Trying again later may help.
    #[error("the authorization server cannot be asked: {0}")]
    Http(#[from] HttpError),
    /// The authorization server is reached, and cannot answer now.
    #[error("the authorization server at {url} cannot answer now (status {status}){}", said(error))]
    Unavailable {
        /// Who was asked.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// What it says, if it says something.
        error: Option<ServerError>,
    },
    /// What came back is not what an authorization server says: often the page of a proxy, or a wrong URL.
    #[error("{url} does not answer as an authorization server does (status {status}): {problem}")]
    Answer {
        /// Who was asked.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// What is wrong.
        problem: AnswerProblem,
    },
    /// Nobody has logged in yet, or with other settings.
    #[error("there is no refresh token for this account; log in first")]
    NoLogin,
    /// The refresh token is no longer good: revoked, expired, or used by somebody else. Only a person can help, by
    /// logging in again.
    #[error("the refresh token is no longer good ({error}); log in again")]
    LoginAgain {
        /// What the server says.
        error: ServerError,
    },
    /// The code of a login is no longer good. Logging in again helps.
    #[error("the login was not completed in time, or twice ({error})")]
    Code {
        /// What the server says.
        error: ServerError,
    },
    /// The person, or a policy, has refused.
    #[error("access was denied: {error}")]
    Denied {
        /// What the server says.
        error: ServerError,
    },
    /// The server does not know a scope, or does not give it to this client.
    #[error("the scopes were refused: {error}")]
    ScopeRefused {
        /// What the server says.
        error: ServerError,
    },
    /// The server gave less than was asked for, and what is missing is needed.
    #[error("the right to {} was not given", missing.join(" "))]
    ScopeNarrowed {
        /// What was asked for and not given.
        missing: Vec<String>,
        /// What was given.
        granted: Vec<String>,
    },
    /// The server does not know the client id, or its secret, or does not let it do this.
    #[error("the client id or its secret is not accepted: {error}")]
    Client {
        /// What the server says.
        error: ServerError,
    },
    /// The server refuses for another reason.
    #[error("the authorization server refuses: {error}")]
    Refused {
        /// What the server says.
        error: ServerError,
    },
    /// Another server than the one that was asked sent the browser back.
    #[error("the browser was sent back by {}, not by {expected}", found.as_deref().unwrap_or("nobody who says a name"))]
    Issuer {
        /// Who was asked.
        expected: String,
        /// Who says to have answered, if anybody.
        found: Option<String>,
    },
    /// Nobody has logged in within the time that was given, or that the server gave.
    #[error("nobody has logged in within {} minutes", limit.as_secs() / 60)]
    NobodyCame {
        /// The time.
        limit: Duration,
    },
    /// The browser cannot come back, since nothing can listen for it.
    #[error("cannot listen for the browser on this machine: {source}")]
    Listen {
        /// What the system says.
        source: io::Error,
    },
    /// The tokens cannot be read or kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This system gives no random numbers.
    #[error("this system gives no random numbers")]
    Random,
    /// The runtime ended before the request.
    #[error("the request was stopped")]
    Stopped,
}

fn said(error: &Option<ServerError>) -> String {
    error.as_ref().map_or(String::new(), |error| format!(": {error}"))
}

/// What an authorization server says when it refuses (RFC 6749 sections 4.1.2.1 and 5.2), cut to a bounded length.
/// Secrets of 8 octets and more that were sent to it are struck out, and `Display` escapes what could control a
/// terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerError {
    /// The error code, such as `invalid_grant`.
    pub code: String,
    /// What it says to people.
    pub description: Option<String>,
    /// A page that says more.
    pub uri: Option<String>,
}

impl ServerError {
    pub(super) fn new(code: &str, description: Option<&str>, uri: Option<&str>, secrets: &[&[u8]]) -> Self {
        let cut = |text: &str, length| strike(text, secrets).chars().take(length).collect();
        Self {
            code: cut(code, CODE),
            description: description
                .filter(|text| !text.trim().is_empty())
                .map(|text| cut(text.trim(), DESCRIPTION)),
            uri: uri.filter(|uri| !uri.is_empty()).map(|uri| cut(uri, DESCRIPTION)),
        }
    }

    /// The error for a code that means the same wherever it comes from.
    pub(super) fn classify(self) -> OAuthError {
        match &*self.code {
            "access_denied" | "consent_required" | "interaction_required" => {
                OAuthError::Denied { error: self }
            }
            "invalid_scope" => OAuthError::ScopeRefused { error: self },
            "invalid_client" | "unauthorized_client" => OAuthError::Client { error: self },
            "invalid_grant" | "expired_token" => OAuthError::Code { error: self },
            _ => OAuthError::Refused { error: self },
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.escape_debug())?;
        if let Some(description) = &self.description {
            write!(f, ", {:?}", description)?;
        }
        if let Some(uri) = &self.uri {
            write!(f, ", see {}", uri.escape_debug())?;
        }
        Ok(())
    }
}

/// What is shorter than this is not struck out: it would be found by chance, in error codes too, and is none of the
/// secrets that servers give.
const SHORTEST: usize = 8;

/// Strikes out what was sent as a secret, should a server repeat it, as it is and as it stands in a form.
fn strike(text: &str, secrets: &[&[u8]]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        let Ok(secret) = std::str::from_utf8(secret) else { continue };
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [secret, &encoded] {
            text = text.replace(form, "***");
        }
    }
    text
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// It is not JSON.
    #[error("it is {}, not JSON", media_type.as_deref().unwrap_or("something"))]
    NotJson {
        /// What it says to be.
        media_type: Option<String>,
    },
    /// The JSON is not an object with the members and types of the standard.
    #[error("its JSON is not what it has to be")]
    Shape,
    /// A member is missing.
    #[error("it has no {name:?}")]
    Missing {
        /// The member.
        name: &'static str,
    },
    /// A member has a value that cannot be used.
    #[error("what it has as {name:?} cannot be used")]
    Value {
        /// The member.
        name: &'static str,
    },
    /// The token is of a kind that is not known here.
    #[error("its token is of a kind other than Bearer")]
    TokenType,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_cut_escaped_and_without_what_was_sent() {
        let long = "x".repeat(5000);
        let error = ServerError::new(&long, Some(&long), Some(&long), &[]);
        assert_eq!(error.code.len(), 100);
        assert_eq!(error.description.map(|text| text.len()), Some(1000));
        assert_eq!(error.uri.map(|text| text.len()), Some(1000));
        let error = ServerError::new(
            "invalid_grant",
            Some("the \u{1b}[31mtoken\r\n refresh/1 and refresh%2F1 is gone"),
            Some("https://login.example/\u{7}"),
            &[b"refresh/1", b"token", b""],
        );
        assert_eq!(
            error.to_string(),
            r#"invalid_grant, "the \u{1b}[31mtoken\r\n *** and *** is gone", see https://login.example/\u{7}"#
        );
        assert_eq!(ServerError::new("a", Some(" "), Some(""), &[]).to_string(), "a");
    }
}
