//! Tokens of OAuth 2.0: `XOAUTH2` (Google's, which Microsoft and Yahoo speak too) and `OAUTHBEARER` (RFC 7628).

use serde_json::Value;

use super::scram::sasl_name;
use super::{Breach, Credentials, Identity, Problem, Unusable, credentials};
use crate::types::{SaslMessage, Secret, Text};

/// `user=` and `auth=Bearer`, each with U+0001 behind it, and one more at the end.
pub(super) fn xoauth2(credentials: &Credentials) -> Result<SaslMessage, Problem> {
    let (user, token) = bearer(credentials)?;
    Ok(SaslMessage::new(
        [b"user=", user.as_str().as_bytes(), b"\x01auth=Bearer ", token.expose(), b"\x01\x01"].concat(),
    ))
}

/// `client-resp = gs2-header kvsep *kvpair kvsep` (RFC 7628 section 3.1), with the user as authorization identity, and
/// with the host and port that the server may compare with its own.
pub(super) fn oauthbearer(credentials: &Credentials, host: &str, port: u16) -> Result<SaslMessage, Problem> {
    let (user, token) = bearer(credentials)?;
    if !credentials::is_host(host) {
        return Err(Unusable::Host.into());
    }
    let head = format!("n,a={},\x01host={host}\x01port={port}\x01auth=Bearer ", sasl_name(user.as_str()));
    Ok(SaslMessage::new([head.as_bytes(), token.expose(), b"\x01\x01"].concat()))
}

/// User and token. `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 section 2.1);
/// what else is visible in ASCII is let pass, since tokens are opaque.
pub(super) fn bearer(credentials: &Credentials) -> Result<(&Identity, &Secret), Problem> {
    let Credentials::Token { user, token } = credentials else { return Err(Unusable::Kind.into()) };
    match token.expose() {
        [] => Err(Unusable::EmptySecret.into()),
        octets if octets.iter().all(u8::is_ascii_graphic) => Ok((user, token)),
        _ => Err(Unusable::TokenCharacter.into()),
    }
}

/// Which of the two it is, once the token is said: they differ in what a refusal is answered with.
#[derive(Clone, Copy)]
pub(super) enum Said {
    /// An empty message.
    XOAuth2,
    /// U+0001 (RFC 7628 section 3.2.3)
    OAuthBearer,
}

impl Said {
    /// Reads why the server refuses the token. There is no other challenge in these mechanisms.
    pub(super) fn refused(self, challenge: &[u8]) -> Result<(SaslMessage, OAuthRefusal), Breach> {
        if challenge.is_empty() {
            return Err(Breach::Empty);
        }
        let answer = match self {
            Self::XOAuth2 => SaslMessage::new([]),
            Self::OAuthBearer => SaslMessage::new([1]),
        };
        Ok((answer, OAuthRefusal::read(challenge)))
    }
}

/// Why the server refuses a token (RFC 7628 section 3.2.2). What cannot be read is missing, and is in
/// [`OAuthRefusal::octets`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthRefusal {
    /// What is wrong, by the registry of OAuth: `invalid_token`, `insufficient_scope` and so on. Gmail and Outlook put
    /// the number of an HTTP status there, `400` or `401`.
    pub status: Option<String>,
    /// A scope that would do.
    pub scope: Option<String>,
    /// Where the configuration of an authorization server for this user is: a link.
    pub openid_configuration: Option<String>,
    /// Authorization schemes that would do, such as `Bearer`. Of XOAUTH2 alone, and of older servers.
    pub schemes: Option<String>,
    /// The whole of it as it came: JSON, most of the time.
    pub octets: Text,
}

impl OAuthRefusal {
    /// A JSON object whose values are texts; a status that is a number is told as a text. Depth is bounded by the
    /// parser, size by the challenge.
    fn read(challenge: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(challenge).unwrap_or_default();
        let text = |name: &str| match json.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Self {
            status: text("status"),
            scope: text("scope"),
            openid_configuration: text("openid-configuration"),
            schemes: text("schemes"),
            octets: Text::from(challenge.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::sasl::testing::{begin, begin_at, octets, password, send, token, unusable};
    use crate::sasl::{Exchange, Mechanism, Refusal, Step};

    const TOKEN: &str = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

    fn refused(exchange: Exchange, challenge: &[u8]) -> (Vec<u8>, OAuthRefusal) {
        let step = exchange.step(challenge).unwrap();
        let Step::Refused(message, Refusal::OAuth(refusal)) = step else { panic!("{step:?}") };
        (octets(Some(message)).unwrap(), refusal)
    }

    /// RFC 7628 section 4.1
    #[test]
    fn examples_of_the_rfc() {
        for (port, base64) in [
            (
                143,
                "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyI\
                 HZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
            ),
            (
                587,
                "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVhcmVyI\
                 HZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
            ),
        ] {
            let credentials = token("user@example.com", TOKEN);
            let (initial, exchange) =
                begin_at(Mechanism::OAuthBearer, &credentials, "server.example.com", port);
            assert_eq!(STANDARD.encode(initial.unwrap()), base64);
            assert!(!exchange.finish().unwrap().server_has_proved_itself());
        }
    }

    /// RFC 7628 section 4.3, as it stands there in base64: the text beside it has another link.
    #[test]
    fn a_refusal_of_the_rfc() {
        let challenge = STANDARD
            .decode(
                "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24iOi\
                 JodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0=",
            )
            .unwrap();
        let (_, exchange) = begin(Mechanism::OAuthBearer, &token("user@example.com", "x"));
        let (message, refusal) = refused(exchange, &challenge);
        assert_eq!(STANDARD.encode(message), "AQ==");
        assert_eq!(
            refusal,
            OAuthRefusal {
                status: Some("invalid_token".to_owned()),
                scope: Some("example_scope".to_owned()),
                openid_configuration: Some("https://example.com/.well-known/openid-configuration".to_owned()),
                schemes: None,
                octets: Text::from(challenge),
            }
        );
    }

    /// RFC 7628 section 4.4
    #[test]
    fn a_refusal_of_the_rfc_for_smtp() {
        let challenge = STANDARD
            .decode(
                "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NoZW1lcyI6ImJlYXJlciBtYWMiLCJzY29wZSI6Imh0dHBzOi8vbWFpbC5leGFt\
                 cGxlLmNvbS8ifQ==",
            )
            .unwrap();
        let (_, exchange) = begin(Mechanism::OAuthBearer, &token("user@example.com", "x"));
        let (_, refusal) = refused(exchange, &challenge);
        assert_eq!(refusal.status.as_deref(), Some("invalid_token"));
        assert_eq!(refusal.schemes.as_deref(), Some("bearer mac"));
        assert_eq!(refusal.scope.as_deref(), Some("https://mail.example.com/"));
        assert_eq!(refusal.openid_configuration, None);
    }

    /// The example of Google's page on XOAUTH2
    #[test]
    fn example_of_google() {
        let credentials = token("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        let (initial, exchange) = begin(Mechanism::XOAuth2, &credentials);
        assert_eq!(
            STANDARD.encode(initial.unwrap()),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMj\
             l0Q2cBAQ=="
        );
        let challenge = br#"{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}"#;
        let (message, refusal) = refused(exchange, challenge);
        assert_eq!(message, b"");
        assert_eq!(refusal.status.as_deref(), Some("401"));
        assert_eq!(refusal.scope.as_deref(), Some("https://mail.google.com/"));
    }

    #[test]
    fn refusals_that_are_odd() {
        let read = |challenge: &[u8]| {
            let (_, exchange) = begin(Mechanism::XOAuth2, &token("user", "x"));
            let (_, refusal) = refused(exchange, challenge);
            assert_eq!(refusal.octets.as_bytes(), challenge);
            (refusal.status, refusal.scope)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(br#"{"status":400,"scope":null}"#), (some("400"), None));
        assert_eq!(read(br#"{"status":{"a":1},"scope":["x"]}"#), (None, None));
        assert_eq!(
            read("{\"status\":\"\\u001b[2J\\ud83d\\ude00\"}".as_bytes()),
            (some("\u{1b}[2J\u{1f600}"), None)
        );
        assert_eq!(read(br#"["status","x"]"#), (None, None));
        assert_eq!(read(b"\xff\xfe not json"), (None, None));
        assert_eq!(read(br#"{"status":"x""#), (None, None));
        assert_eq!(read(&[b'['; 8000]), (None, None));
    }

    #[test]
    fn an_empty_challenge_says_nothing() {
        for mechanism in [Mechanism::XOAuth2, Mechanism::OAuthBearer] {
            let (_, exchange) = begin(mechanism, &token("user", "x"));
            assert_eq!(exchange.step(b"").map(drop).unwrap_err().problem, Breach::Empty.into());
            let (initial, exchange) = begin(mechanism, &token("user", "x"));
            let exchange = exchange.without_initial(SaslMessage::new(initial.clone().unwrap()));
            assert_eq!(send(exchange.step(b"")).0, initial.unwrap());
        }
    }

    #[test]
    fn nothing_breaks_out() {
        let (initial, _) = begin_at(Mechanism::OAuthBearer, &token("a=b,c", "x"), "[::1]", 1143);
        assert_eq!(initial.unwrap(), b"n,a=a=3Db=2Cc,\x01host=[::1]\x01port=1143\x01auth=Bearer x\x01\x01");
        for mechanism in [Mechanism::XOAuth2, Mechanism::OAuthBearer] {
            assert_eq!(unusable(mechanism, &token("user", "")), Unusable::EmptySecret);
            for wrong in ["a\u{1}b", "a b", "a\n", "\u{e9}"] {
                assert_eq!(unusable(mechanism, &token("user", wrong)), Unusable::TokenCharacter);
            }
            assert_eq!(unusable(mechanism, &password("user", "x")), Unusable::Kind);
        }
    }
}
