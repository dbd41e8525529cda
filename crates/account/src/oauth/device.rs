use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use tayori_proto::types::Secret;
use tokio::time::{Instant, sleep};
use url::Url;

use super::browser::complete;
use super::token::{Seconds, SecretText, Unsuccessful, ask, exchange};
use super::{AnswerProblem, Client, Flow, OAuthError, Tokens};
use crate::http::{Fetch, Form, HttpError, Request};

/// The kind of grant (RFC 8628 section 3.4).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How long to wait between two questions if the server does not say (RFC 8628 section 3.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// By how much `slow_down` lengthens it (RFC 8628 section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// The longest that is waited after a server that does not answer.
const BACK_OFF: Duration = Duration::from_secs(60);

/// The longest life of a code that is believed.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Characters of a code that a person can be asked to type.
const USER_CODE: usize = 40;

/// A login with a code that has been begun (RFC 8628). Dropping it ends nothing at the server: the code expires.
pub struct DeviceLogin {
    client: Client,
    device_code: Secret,
    user_code: String,
    url: String,
    complete_url: Option<String>,
    began: Instant,
    life: Duration,
    interval: Duration,
}

/// RFC 8628 section 3.2
#[derive(Deserialize)]
struct Begun {
    device_code: Option<SecretText>,
    user_code: Option<String>,
    // The name it had in drafts, which Google has kept.
    #[serde(alias = "verification_url")]
    verification_uri: Option<String>,
    verification_uri_complete: Option<String>,
    expires_in: Option<Seconds>,
    interval: Option<Seconds>,
}

impl DeviceLogin {
    /// Asks for a code.
    pub async fn start(client: &Client, http: &dyn Fetch) -> Result<Self, OAuthError> {
        let endpoint = client.device.as_deref().ok_or(OAuthError::NoEndpoint { flow: Flow::Device })?;
        let own_secret = client.secret.as_ref().map(Secret::expose);
        let form = Form::new()
            .with("client_id", &client.id)
            .with_some("client_secret", own_secret)
            .with("scope", client.scopes.join(" "));
        let secrets: Vec<&[u8]> = own_secret.into_iter().collect();
        let began = Instant::now();
        match ask(http, endpoint, form, &secrets).await {
            Ok((begun, answered)) => {
                Self::read(client, begun, began).map_err(|problem| answered.problem(problem))
            }
            Err(Unsuccessful::Server(error)) => Err(error.classify()),
            Err(Unsuccessful::Other(error)) => Err(error),
        }
    }

    fn read(client: &Client, begun: Begun, began: Instant) -> Result<Self, AnswerProblem> {
        let device_code = begun.device_code.ok_or(AnswerProblem::Missing { name: "device_code" })?;
        let device_code = device_code.token().ok_or(AnswerProblem::Value { name: "device_code" })?;
        let user_code = begun.user_code.ok_or(AnswerProblem::Missing { name: "user_code" })?;
        let is_printable =
            user_code.chars().all(|character| character.is_ascii_graphic() || character == ' ');
        if user_code.trim().is_empty() || user_code.len() > USER_CODE || !is_printable {
            return Err(AnswerProblem::Value { name: "user_code" });
        }
        let url = begun.verification_uri.ok_or(AnswerProblem::Missing { name: "verification_uri" })?;
        let url = page(&url).ok_or(AnswerProblem::Value { name: "verification_uri" })?;
        let life = begun.expires_in.ok_or(AnswerProblem::Missing { name: "expires_in" })?;
        let interval = begun.interval.map_or(INTERVAL, |Seconds(seconds)| Duration::from_secs(seconds));
        Ok(Self {
            client: client.clone(),
            device_code,
            user_code,
            url,
            // It only saves typing, so that one which cannot be used is left out.
            complete_url: begun.verification_uri_complete.and_then(|url| page(&url)),
            began,
            life: Duration::from_secs(life.0).min(LONGEST),
            // None at all would be a flood.
            interval: interval.clamp(Duration::from_secs(1), LONGEST),
        })
    }

    /// The code that the person has to type there: up to 40 characters of ASCII, none of them a control character.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Where the person has to go: https, in ASCII.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same with the code in it, if the server has such a page.
    pub fn complete_url(&self) -> Option<&str> {
        self.complete_url.as_deref()
    }

    /// How long the code can be used, from when it was asked for. An hour at most.
    pub fn life(&self) -> Duration {
        self.life
    }

    /// Asks until the person has answered or the code has expired. Dropping the future ends the asking.
    pub async fn finish(self, http: &dyn Fetch) -> Result<Tokens, OAuthError> {
        let end = self.began + self.life;
        let mut interval = self.interval;
        loop {
            if Instant::now() + interval >= end {
                // The next answer could only be that it is too late.
                sleep(end.saturating_duration_since(Instant::now())).await;
                return Err(OAuthError::NobodyCame { limit: self.life });
            }
            sleep(interval).await;
            let form = Form::new().with("grant_type", GRANT).with("device_code", self.device_code.expose());
            let secrets = [self.device_code.expose()];
            match exchange(http, &self.client, form, &secrets, SystemTime::now()).await {
                Ok(tokens) => return complete(&self.client, tokens),
                Err(Unsuccessful::Server(error)) => match &*error.code {
                    "authorization_pending" => {}
                    "slow_down" => interval += SLOWER,
                    "expired_token" => return Err(OAuthError::NobodyCame { limit: self.life }),
                    _ => return Err(error.classify()),
                },
                // A network that fails for a moment, or a server that is busy, is no reason to make a person begin
                // again (RFC 8628 section 3.5).
                Err(Unsuccessful::Other(
                    OAuthError::Unavailable { .. }
                    | OAuthError::Http(HttpError::Io { .. } | HttpError::TimedOut { .. }),
                )) => interval = interval.max((interval * 2).min(BACK_OFF)),
                Err(Unsuccessful::Other(error)) => return Err(error),
            }
        }
    }
}

/// An address that can be shown to a person and opened: what a request could go to, and so in ASCII.
fn page(url: &str) -> Option<String> {
    Request::get(url).ok()?;
    Url::parse(url).ok().map(String::from).filter(|url| url.len() <= 2000)
}

/// Shows no code.
impl fmt::Debug for DeviceLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceLogin")
            .field("client", &self.client)
            .field("url", &self.url)
            .field("life", &self.life)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
