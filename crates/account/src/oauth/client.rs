use std::fmt;

use tayori_proto::types::Secret;
use url::Url;

use super::redirect::Redirect;
use super::{ClientSecret, Flow, Preset};
use crate::http::{HttpError, Request, UrlProblem};

/// What the settings of an account say about OAuth. What they do not say comes from the preset, if one is named.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OAuthSettings {
    /// The [`Preset`] to begin with.
    pub provider: Option<String>,
    /// Where the browser is sent.
    pub authorize_url: Option<String>,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Option<String>,
    /// Where the device flow begins.
    pub device_url: Option<String>,
    /// What the server calls itself in `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// The redirect as it was registered: `http` to `127.0.0.1` or `localhost`. Without a port the system chooses one.
    pub redirect: Option<String>,
    /// Under which name the provider knows the program.
    pub client_id: Option<String>,
    /// What the provider has given with it.
    pub client_secret: Option<Secret>,
    /// What to ask for.
    pub scopes: Option<Vec<String>>,
    /// How to ask.
    pub flow: Option<Flow>,
}

/// A program that an authorization server knows, and all that it has to say to it.
#[derive(Clone)]
pub struct Client {
    pub(super) preset: Option<&'static Preset>,
    pub(super) authorize: Option<Url>,
    pub(super) token: String,
    pub(super) device: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) redirect: Redirect,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) id: String,
    pub(super) secret: Option<Secret>,
    pub(super) scopes: Vec<String>,
    flow: Flow,
}

/// Scopes that servers do not list among what an access token is good for.
const UNLISTED: [&str; 4] = ["offline_access", "openid", "profile", "email"];

/// Where a browser comes back to if nobody says otherwise: RFC 8252 section 7.3 prefers the address to the name.
const REDIRECT: &str = "http://127.0.0.1/";

impl Client {
    /// Puts settings and preset together. An URL in the settings leaves the preset's issuer and parameters out, since
    /// they belong to its own endpoint.
    pub fn new(settings: &OAuthSettings) -> Result<Self, SettingsError> {
        let preset = match &settings.provider {
            Some(name) => Some(
                Preset::find(name).ok_or_else(|| SettingsError::UnknownProvider { name: name.clone() })?,
            ),
            None => None,
        };
        let of_preset = |field: fn(&'static Preset) -> Option<&'static str>| preset.and_then(field);
        let own_server = settings.authorize_url.is_some() || settings.token_url.is_some();
        let or = |own: &Option<String>, preset: Option<&str>| own.clone().or(preset.map(str::to_owned));

        let authorize = or(&settings.authorize_url, of_preset(|preset| Some(&preset.authorize)));
        let token = or(&settings.token_url, of_preset(|preset| Some(&preset.token)));
        let token = token.ok_or(SettingsError::Missing { setting: "token-url" })?;
        let device = or(&settings.device_url, of_preset(|preset| preset.device.as_deref()));
        let issuer =
            or(&settings.issuer, of_preset(|preset| preset.issuer.as_deref()).filter(|_| !own_server));
        let redirect = or(&settings.redirect, of_preset(|preset| Some(&preset.redirect)));
        for (setting, url) in [
            ("authorize-url", authorize.as_ref()),
            ("token-url", Some(&token)),
            ("device-url", device.as_ref()),
        ] {
            url.map_or(Ok(()), |url| check(setting, url))?;
        }
        let authorize = authorize.and_then(|url| Url::parse(&url).ok());

        let offered = match preset {
            Some(preset) if !own_server => preset.flows.clone(),
            _ => {
                let browser = authorize.as_ref().map(|_| Flow::Browser);
                browser.into_iter().chain(device.as_ref().map(|_| Flow::Device)).collect()
            }
        };
        // A device endpoint of the settings is a wish, whatever the preset thinks of it.
        let is_offered =
            |flow: Flow| offered.contains(&flow) || (flow == Flow::Device && settings.device_url.is_some());
        let flow = match settings.flow {
            Some(flow) if is_offered(flow) => flow,
            Some(flow) => return Err(SettingsError::Flow { flow, preset }),
            None => *offered.first().ok_or(SettingsError::Missing { setting: "authorize-url" })?,
        };

        let id = settings.client_id.clone().filter(|id| !id.is_empty());
        let id = id.ok_or(SettingsError::NoClientId { preset })?;
        let secret = settings.client_secret.clone();
        let needs_secret = preset.is_some_and(|preset| preset.secret == ClientSecret::Needed) && !own_server;
        if secret.is_none() && needs_secret {
            return Err(SettingsError::NoClientSecret { preset });
        }
        let scopes = settings.scopes.clone().or(preset.map(|preset| preset.scopes.clone()));
        let scopes = scopes.filter(|scopes| !scopes.is_empty());
        let scopes = scopes.ok_or(SettingsError::Missing { setting: "scopes" })?;
        // scope-token = 1*( %x21 / %x23-5B / %x5D-7E ), RFC 6749 section 3.3
        let is_scope = |scope: &String| {
            !scope.is_empty()
                && scope.bytes().all(|octet| octet.is_ascii_graphic() && !b"\"\\".contains(&octet))
        };
        if let Some(scope) = scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(SettingsError::Scope { scope: scope.clone() });
        }
        let parameters = preset.filter(|_| !own_server).map(|preset| preset.parameters.clone());
        Ok(Self {
            preset,
            authorize,
            token,
            device,
            issuer,
            redirect: Redirect::parse(redirect.as_deref().unwrap_or(REDIRECT))?,
            parameters: parameters.unwrap_or_default().into_iter().collect(),
            id,
            secret,
            scopes,
            flow,
        })
    }

    /// How a person is asked: as the settings say, or else by the first flow that works.
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// The preset it began with.
    pub fn preset(&self) -> Option<&'static Preset> {
        self.preset
    }

    /// What is asked for.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// What was asked for and is not among what was granted.
    pub(super) fn missing(&self, granted: &[String]) -> Vec<String> {
        let is_granted = |scope: &String| granted.iter().any(|other| other.eq_ignore_ascii_case(scope));
        let is_listed = |scope: &String| !UNLISTED.iter().any(|other| scope.eq_ignore_ascii_case(other));
        self.scopes.iter().filter(|scope| is_listed(scope) && !is_granted(scope)).cloned().collect()
    }
}

/// Shows nothing of the client secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("token", &self.token)
            .field("scopes", &self.scopes)
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}

fn check(setting: &'static str, url: &str) -> Result<(), SettingsError> {
    match Request::get(url) {
        Ok(_) => Ok(()),
        Err(HttpError::Url { problem }) => Err(SettingsError::Url { setting, problem }),
        Err(_) => Err(SettingsError::Url { setting, problem: UrlProblem::Syntax }),
    }
}

/// What is missing or wrong in the settings.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no preset of this name.
    #[error("there is no preset {name:?} for OAuth; there are {}", known())]
    UnknownProvider {
        /// As given.
        name: String,
    },
    /// A setting is needed that neither the settings nor a preset have.
    #[error("OAuth needs the setting `{setting}`, or a provider that is known")]
    Missing {
        /// Its name.
        setting: &'static str,
    },
    /// There is no client id. The preset says how to get one, and what is simpler.
    #[error("OAuth needs a client id{}", how(preset))]
    NoClientId {
        /// The preset, if one was named.
        preset: Option<&'static Preset>,
    },
    /// There is no client secret, and the provider gives one with each client id.
    #[error("OAuth needs the client secret that belongs to the client id{}", how(preset))]
    NoClientSecret {
        /// The preset, if one was named.
        preset: Option<&'static Preset>,
    },
    /// The flow that was chosen does not work there.
    #[error("the {} flow of OAuth {}", flow.as_str(), where_not(preset))]
    Flow {
        /// The flow.
        flow: Flow,
        /// The preset, if one was named.
        preset: Option<&'static Preset>,
    },
    /// An URL cannot be used.
    #[error("the setting `{setting}` cannot be used: {problem}")]
    Url {
        /// The setting.
        setting: &'static str,
        /// What is wrong.
        problem: UrlProblem,
    },
    /// The redirect does not lead to this machine.
    #[error(
        "the redirect has to be `http://127.0.0.1` or `http://localhost`, with a port and a path at most, not {url:?}"
    )]
    Redirect {
        /// As given.
        url: String,
    },
    /// A scope has characters that no scope may have.
    #[error("{scope:?} cannot be a scope of OAuth")]
    Scope {
        /// As given.
        scope: String,
    },
}

fn known() -> String {
    let names: Vec<&str> = Preset::all().iter().map(|preset| &*preset.id).collect();
    names.join(", ")
}

fn how(preset: &Option<&'static Preset>) -> String {
    let Some(preset) = preset else { return String::new() };
    let instead = preset.instead.as_ref().map(|instead| format!(". Simpler: {instead}"));
    format!(". For {}: {}{}", preset.name, preset.obtain, instead.unwrap_or_default())
}

fn where_not(preset: &Option<&'static Preset>) -> String {
    match preset {
        Some(preset) => format!("cannot be used for mail at {}", preset.name),
        None => "needs an URL of its own".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(provider: &str) -> OAuthSettings {
        OAuthSettings {
            provider: Some(provider.to_owned()),
            client_id: Some("id".to_owned()),
            ..OAuthSettings::default()
        }
    }

    #[test]
    fn a_preset_says_how_to_get_what_is_missing() {
        for preset in Preset::all() {
            let settings = OAuthSettings { client_id: None, ..of(&preset.id) };
            let text = Client::new(&settings).unwrap_err().to_string();
            assert!(text.contains(&preset.obtain), "{text}");
            assert_eq!(text.contains("Simpler: an app password"), preset.instead.is_some(), "{text}");
            let complete = match preset.secret {
                ClientSecret::None => of(&preset.id),
                ClientSecret::Needed => {
                    assert!(matches!(
                        Client::new(&of(&preset.id)),
                        Err(SettingsError::NoClientSecret { preset: Some(_) })
                    ));
                    OAuthSettings { client_secret: Some(Secret::new("s3cret").unwrap()), ..of(&preset.id) }
                }
            };
            let client = Client::new(&complete).unwrap();
            assert_eq!(client.flow(), preset.flows[0]);
            assert!(!format!("{client:?} {complete:?}").contains("s3cret"));
        }
        let error = Client::new(&of("gmial")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no preset \"gmial\" for OAuth; there are gmail, microsoft, yahoo, fastmail"
        );
    }

    #[test]
    fn a_flow_that_does_not_work_is_refused() {
        let settings = OAuthSettings {
            client_secret: Some(Secret::new("s3cret").unwrap()),
            flow: Some(Flow::Device),
            ..of("gmail")
        };
        let error = Client::new(&settings).unwrap_err();
        assert_eq!(error.to_string(), "the device flow of OAuth cannot be used for mail at Gmail");
        let settings = OAuthSettings { flow: Some(Flow::Device), ..of("microsoft") };
        assert_eq!(Client::new(&settings).unwrap().flow(), Flow::Device);
    }

    #[test]
    fn settings_without_a_preset_are_complete_themselves() {
        let settings = OAuthSettings {
            provider: None,
            token_url: Some("https://login.example/token".to_owned()),
            device_url: Some("https://login.example/device".to_owned()),
            scopes: Some(vec!["imap".to_owned()]),
            ..of("")
        };
        let client = Client::new(&settings).unwrap();
        assert_eq!((client.flow(), client.scopes()), (Flow::Device, &["imap".to_owned()][..]));
        let change = |change: fn(&mut OAuthSettings)| {
            let mut settings = settings.clone();
            change(&mut settings);
            Client::new(&settings).unwrap_err().to_string()
        };
        let missing = |name| format!("OAuth needs the setting `{name}`, or a provider that is known");
        assert_eq!(change(|settings| settings.token_url = None), missing("token-url"));
        assert_eq!(change(|settings| settings.device_url = None), missing("authorize-url"));
        assert_eq!(change(|settings| settings.scopes = None), missing("scopes"));
        assert_eq!(change(|settings| settings.client_id = None), "OAuth needs a client id");
        assert_eq!(
            change(|settings| settings.flow = Some(Flow::Browser)),
            "the browser flow of OAuth needs an URL of its own"
        );
        assert_eq!(
            change(|settings| settings.scopes = Some(vec!["a b".to_owned()])),
            "\"a b\" cannot be a scope of OAuth"
        );
        assert_eq!(
            change(|settings| settings.token_url = Some("http://login.example/token".to_owned())),
            "the setting `token-url` cannot be used: plain http is used only with this machine itself; the URL has to \
             begin with `https://`"
        );
    }

    #[test]
    fn an_own_server_gets_nothing_that_is_meant_for_the_presets() {
        let settings = OAuthSettings {
            authorize_url: Some("https://login.example/authorize".to_owned()),
            token_url: Some("https://login.example/token".to_owned()),
            ..of("gmail")
        };
        let client = Client::new(&settings).unwrap();
        assert_eq!((client.issuer, client.parameters.len()), (None, 0));
    }
}
