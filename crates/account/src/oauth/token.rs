use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};
use tayori_proto::types::Secret;
use zeroize::Zeroizing;

use super::{AnswerProblem, Client, OAuthError, ServerError};
use crate::http::{Fetch, Form, Request, Response};

/// What is taken for the life of a token if the server tells none: what most of them have.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// The longest life that is believed.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// How long ahead of its end a token is no longer used, at most: a connection has to be made with it, on a slow line.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// What an authorization server has given.
///
/// `Debug` shows no token. The memory is overwritten at the end.
#[derive(Clone)]
pub struct Tokens {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    /// Before it was asked for, so that its end is never taken to be later than it is.
    pub(super) issued: SystemTime,
    pub(super) life: Duration,
    pub(super) scopes: Vec<String>,
}

impl Tokens {
    /// What opens the mailbox.
    pub fn access(&self) -> &Secret {
        &self.access
    }

    /// Whether there will be another one without a person.
    pub fn can_be_renewed(&self) -> bool {
        self.refresh.is_some()
    }

    /// When the access token ends, by the clock of this machine.
    pub fn ends(&self) -> SystemTime {
        self.issued + self.life
    }

    /// What it is good for.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// For how long it should be used, counted from when it was issued.
    pub(super) fn useful(&self) -> Duration {
        self.life - MARGIN.min(self.life / 4)
    }

    /// Whether it should be used at this time. A token from the future is none: the clock was set back, and nothing is
    /// known of its end.
    pub(super) fn is_fresh(&self, now: SystemTime) -> bool {
        now.duration_since(self.issued).is_ok_and(|age| age < self.useful())
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("access", &self.access)
            .field("refresh", &self.refresh)
            .field("issued", &self.issued)
            .field("life", &self.life)
            .field("scopes", &self.scopes)
            .finish()
    }
}

/// A string of JSON that overwrites itself.
pub(super) struct SecretText(pub(super) Zeroizing<String>);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl SecretText {
    /// As a token: of visible ASCII (RFC 6750 section 2.1 allows less), so that it cannot break out of what it is
    /// written into.
    pub(super) fn token(&self) -> Option<Secret> {
        let is_token = !self.0.is_empty() && self.0.bytes().all(|octet| octet.is_ascii_graphic());
        Secret::new(self.0.as_bytes()).ok().filter(|_| is_token)
    }

    pub(super) fn of(secret: &Secret) -> Self {
        // Tokens are ASCII, as they were read.
        Self(Zeroizing::new(String::from_utf8_lossy(secret.expose()).into_owned()))
    }
}

/// Seconds, which some servers write as a string, and one with a fraction.
#[derive(Clone, Copy)]
pub(super) struct Seconds(pub(super) u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        let number = match Written::deserialize(deserializer)? {
            Written::Number(number) => Some(number),
            Written::Text(text) => text.trim().parse().ok(),
        };
        // A number that is negative becomes 0, and one that is too large the largest: both are bounded further on.
        let number = number.filter(|number| !number.is_nan());
        number.map(|number| Self(number as u64)).ok_or_else(|| D::Error::custom("not a number of seconds"))
    }
}

/// RFC 6749 section 5.1
#[derive(Deserialize)]
struct Success {
    access_token: Option<SecretText>,
    token_type: Option<String>,
    expires_in: Option<Seconds>,
    refresh_token: Option<SecretText>,
    scope: Option<String>,
}

/// RFC 6749 section 5.2
#[derive(Deserialize)]
struct Failure {
    error: Option<String>,
    error_description: Option<String>,
    error_uri: Option<String>,
}

/// Why a request to an endpoint brought nothing: what the server says is left to the caller, who knows what it means.
pub(super) enum Unsuccessful {
    Server(ServerError),
    Other(OAuthError),
}

impl From<OAuthError> for Unsuccessful {
    fn from(error: OAuthError) -> Self {
        Self::Other(error)
    }
}

/// Sends a form and reads its JSON. `secrets` are what is struck out of the server's words.
pub(super) async fn ask<T: for<'de> Deserialize<'de>>(
    http: &dyn Fetch,
    url: &str,
    form: Form,
    secrets: &[&[u8]],
) -> Result<(T, Answered), Unsuccessful> {
    let request = Request::post(url, form).map_err(OAuthError::Http)?.accept("application/json");
    let response = http.fetch(request).await.map_err(OAuthError::Http)?;
    let answered = Answered::of(&response, url);
    // Some servers send errors with status 200, so that the body decides.
    let failure: Option<Failure> = serde_json::from_slice(response.body()).ok();
    let error = failure.and_then(|failure| {
        let (description, uri) = (failure.error_description.as_deref(), failure.error_uri.as_deref());
        failure.error.map(|code| ServerError::new(&code, description, uri, secrets))
    });
    let is_busy = error
        .as_ref()
        .is_some_and(|error| matches!(&*error.code, "temporarily_unavailable" | "server_error"));
    let status = response.status();
    if status >= 500 || status == 429 || is_busy {
        return Err(OAuthError::Unavailable { url: answered.url, status, error }.into());
    }
    match error {
        Some(error) => Err(Unsuccessful::Server(error)),
        None if serde_json::from_slice::<serde::de::IgnoredAny>(response.body()).is_err() => {
            let media_type = response.media_type().map(str::to_owned);
            Err(answered.problem(AnswerProblem::NotJson { media_type }).into())
        }
        None => match serde_json::from_slice(response.body()) {
            Ok(read) if response.is_success() => Ok((read, answered)),
            // The parser's words could quote the body.
            _ => Err(answered.problem(AnswerProblem::Shape).into()),
        },
    }
}

/// Who has answered, for errors about what follows.
pub(super) struct Answered {
    url: String,
    status: u16,
}

impl Answered {
    fn of(response: &Response, asked: &str) -> Self {
        let url = if response.url().is_empty() { asked } else { response.url() };
        Self { url: url.to_owned(), status: response.status() }
    }

    pub(super) fn problem(self, problem: AnswerProblem) -> OAuthError {
        OAuthError::Answer { url: self.url, status: self.status, problem }
    }
}

/// Exchanges what is in the form for tokens. `asked_at` is the time by the clock that the store goes by.
pub(super) async fn exchange(
    http: &dyn Fetch,
    client: &Client,
    form: Form,
    secrets: &[&[u8]],
    asked_at: SystemTime,
) -> Result<Tokens, Unsuccessful> {
    let own_secret = client.secret.as_ref().map(Secret::expose);
    let form = form.with("client_id", &client.id).with_some("client_secret", own_secret);
    let secrets: Vec<&[u8]> = secrets.iter().copied().chain(own_secret).collect();
    let (success, answered): (Success, _) = ask(http, &client.token, form, &secrets).await?;
    read(client, success, asked_at).map_err(|problem| answered.problem(problem).into())
}

fn read(client: &Client, success: Success, issued: SystemTime) -> Result<Tokens, AnswerProblem> {
    let access = success.access_token.ok_or(AnswerProblem::Missing { name: "access_token" })?;
    let access = access.token().ok_or(AnswerProblem::Value { name: "access_token" })?;
    let token_type = success.token_type.ok_or(AnswerProblem::Missing { name: "token_type" })?;
    if !token_type.eq_ignore_ascii_case("bearer") {
        return Err(AnswerProblem::TokenType);
    }
    let refresh = match success.refresh_token {
        Some(token) if !token.0.is_empty() => {
            Some(token.token().ok_or(AnswerProblem::Value { name: "refresh_token" })?)
        }
        _ => None,
    };
    let life = success.expires_in.map_or(LIFE, |Seconds(seconds)| Duration::from_secs(seconds).min(LONGEST));
    // If nothing is said, all was granted that was asked for (RFC 6749 section 5.1).
    let scopes = match success.scope.filter(|scope| !scope.trim().is_empty()) {
        Some(scope) => scope.split_whitespace().map(str::to_owned).collect(),
        None => client.scopes.clone(),
    };
    Ok(Tokens { access, refresh, issued, life, scopes })
}

/// What the store holds: JSON, with what says for whom it is.
#[derive(Deserialize, Serialize)]
struct Stored {
    version: u32,
    client_id: String,
    token_url: String,
    access_token: Option<SecretText>,
    refresh_token: Option<SecretText>,
    issued: u64,
    life: u64,
    scopes: Vec<String>,
}

/// As the store gets it. `capacity` is how many octets fit: if they do not, the access token is left out.
pub(super) fn encode(tokens: &Tokens, client: &Client, capacity: usize) -> Zeroizing<Vec<u8>> {
    let issued = tokens.issued.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut stored = Stored {
        version: 1,
        client_id: client.id.clone(),
        token_url: client.token.clone(),
        access_token: Some(SecretText::of(&tokens.access)),
        refresh_token: tokens.refresh.as_ref().map(SecretText::of),
        issued,
        life: tokens.life.as_secs(),
        scopes: tokens.scopes.clone(),
    };
    let octets = write(&stored);
    if octets.len() <= capacity {
        return octets;
    }
    stored.access_token = None;
    write(&stored)
}

fn write(stored: &Stored) -> Zeroizing<Vec<u8>> {
    // Enough for all of it in most cases, since a vector that grows leaves its old memory behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(32 << 10));
    let written = serde_json::to_writer(&mut *octets, stored);
    debug_assert!(written.is_ok(), "strings and numbers can be written, and a vector takes them");
    octets
}

/// What was stored. Without an access token it has ended already. None if it was stored for another client or server,
/// or cannot be read: then nothing but a login helps.
pub(super) fn decode(octets: &[u8], client: &Client) -> Option<Tokens> {
    let stored: Stored = serde_json::from_slice(octets).ok()?;
    let is_ours = stored.version == 1 && stored.client_id == client.id && stored.token_url == client.token;
    if !is_ours {
        return None;
    }
    let access = stored.access_token.as_ref().and_then(SecretText::token);
    let refresh = stored.refresh_token.as_ref().and_then(SecretText::token);
    let life = if access.is_some() { Duration::from_secs(stored.life).min(LONGEST) } else { Duration::ZERO };
    // A date beyond what the system can count cannot be one that was written here.
    let issued = UNIX_EPOCH.checked_add(Duration::from_secs(stored.issued))?;
    issued.checked_add(LONGEST)?;
    let access = match access {
        Some(access) => access,
        None => {
            refresh.as_ref()?;
            Secret::new("").ok()?
        }
    };
    Some(Tokens { access, refresh, issued, life, scopes: stored.scopes })
}
