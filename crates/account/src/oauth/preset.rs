use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What is known of the authorization server of a mail provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Preset {
    /// What settings call it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it calls itself in `iss` (RFC 9207), where that is one name for all.
    pub issuer: Option<String>,
    /// Where the browser is sent.
    pub authorize: String,
    /// Where codes and refresh tokens are exchanged.
    pub token: String,
    /// Where the device flow begins, if mail can be had by it.
    pub device: Option<String>,
    /// The flows that work for mail; the first one is taken where nobody chooses.
    pub flows: Vec<Flow>,
    /// The scopes for mail.
    pub scopes: Vec<String>,
    /// Where the browser comes back to. Without a port, the program chooses one.
    pub redirect: String,
    /// Whether a client has a secret there.
    pub secret: ClientSecret,
    /// What else the authorization endpoint wants to be told.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// How to get a client id, as the end of a sentence.
    pub obtain: String,
    /// What is simpler than OAuth there, if anything is, as the end of a sentence.
    pub instead: Option<String>,
}

/// How a person gives a program the right to read mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// In a browser on the same machine, which comes back to the program (RFC 8252).
    Browser,
    /// In a browser anywhere, with a code that the program shows (RFC 8628).
    Device,
}

impl Flow {
    /// As settings have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Device => "device",
        }
    }
}

/// Whether a provider gives clients a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientSecret {
    /// It does, and wants to see it.
    Needed,
    /// It does not.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presets {
    preset: Vec<Preset>,
}

static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    let read: Result<Presets, _> = toml::from_str(include_str!("presets.toml"));
    read.expect("the file is part of the program, and a test reads it").preset
});

impl Preset {
    /// All that are known.
    pub fn all() -> &'static [Self] {
        &PRESETS
    }

    /// The one that settings call so, in any case.
    pub fn find(id: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.id.eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Request;
    use crate::oauth::redirect::Redirect;

    #[test]
    fn every_preset_can_be_used() {
        for preset in Preset::all() {
            for url in [&preset.authorize, &preset.token].into_iter().chain(&preset.device) {
                assert!(Request::get(url).is_ok(), "{url}");
            }
            Redirect::parse(&preset.redirect).unwrap();
            assert!(!preset.flows.is_empty() && !preset.scopes.is_empty());
            assert_eq!(preset.flows.contains(&Flow::Device), preset.device.is_some(), "{}", preset.id);
        }
        let ids: Vec<&str> = Preset::all().iter().map(|preset| &*preset.id).collect();
        assert_eq!(ids, ["gmail", "microsoft", "yahoo", "fastmail"]);
        assert_eq!(Preset::find("Gmail").unwrap().flows, [Flow::Browser]);
        assert!(Preset::find("").is_none());
    }
}
