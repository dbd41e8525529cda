//! The server's side of SCRAM, as somebody else has written it: the crate rsasl.

use std::io::Cursor;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::scram;
use rsasl::mechanisms::scram::properties::ScramStoredPassword;
use rsasl::prelude::{Mechname, Registry, SASLConfig, SASLServer, SessionError, Validation};
use rsasl::property::{AuthId, ChannelBindingName, ChannelBindings};
use rsasl::validate::{Validate, ValidationError};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use tayori_testkit::peer::Peer;
use tokio::io::{AsyncRead, AsyncWrite};

/// The password of whoever logs in.
pub(crate) const PASSWORD: &str = "correct horse";
const SALT: &[u8] = b"\0some salt\xff";
const ITERATIONS: u32 = 4096;

static MECHANISMS: &[rsasl::prelude::Mechanism] = &[
    scram::SCRAM_SHA1,
    scram::SCRAM_SHA1_PLUS,
    scram::SCRAM_SHA256,
    scram::SCRAM_SHA256_PLUS,
    scram::SCRAM_SHA512,
    scram::SCRAM_SHA512_PLUS,
];

/// What tells a connection from others: the name of the kind, and the octets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings(pub(crate) Vec<(&'static str, Vec<u8>)>);

struct Callback {
    mechanism: String,
    user: String,
    bindings: Bindings,
}

struct NoValue;

impl Validation for NoValue {
    type Value = ();
}

impl SessionCallback for Callback {
    fn callback(
        &self,
        _: &SessionData,
        context: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        if context.get_ref::<AuthId>() == Some(&*self.user) {
            let hash = self.mechanism.trim_start_matches("SCRAM-").trim_end_matches("-PLUS");
            let (stored_key, server_key) = match hash {
                "SHA-1" => stored::<Sha1>(20),
                "SHA-256" => stored::<Sha256>(32),
                _ => stored::<Sha512>(64),
            };
            request.satisfy::<ScramStoredPassword<'_>>(&ScramStoredPassword::new(
                ITERATIONS,
                SALT,
                &stored_key,
                &server_key,
            ))?;
        }
        let asked = context.get_ref::<ChannelBindingName>();
        if let Some((_, octets)) = self.bindings.0.iter().find(|(name, _)| Some(*name) == asked) {
            request.satisfy::<ChannelBindings>(octets)?;
        }
        Ok(())
    }

    fn validate(
        &self,
        _: &SessionData,
        _: &Context<'_>,
        validate: &mut Validate<'_>,
    ) -> Result<(), ValidationError> {
        validate.with::<NoValue, _>(|| Ok(()))?;
        Ok(())
    }
}

/// StoredKey and ServerKey (RFC 5802 section 3).
fn stored<D: EagerHash + Digest>(octets: usize) -> (Vec<u8>, Vec<u8>) {
    let mut salted = vec![0; octets];
    pbkdf2_hmac::<D>(PASSWORD.as_bytes(), SALT, ITERATIONS, &mut salted);
    let keyed = |words: &[u8]| {
        let mut mac = Hmac::<D>::new_from_slice(&salted).unwrap();
        mac.update(words);
        mac.finalize().into_bytes().to_vec()
    };
    (D::digest(keyed(b"Client Key")).to_vec(), keyed(b"Server Key"))
}

/// Hears an AUTHENTICATE of this user, and plays it to its end. `changed` sees each message of the server with its
/// number, and gives what is sent in its place. Gives the mechanism, and whether the server was content.
pub(crate) async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    peer: &mut Peer<S>,
    user: &str,
    bindings: Bindings,
    changed: impl Fn(usize, Vec<u8>) -> Vec<u8>,
) -> (String, bool) {
    let (tag, command) = peer.command().await;
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[0], "AUTHENTICATE", "{command}");
    let mechanism = words[1].to_owned();
    let callback = Callback { mechanism: mechanism.clone(), user: user.to_owned(), bindings };
    let registry = Registry::with_mechanisms(MECHANISMS);
    let config = SASLConfig::builder().with_registry(registry).with_callback(callback).unwrap();
    let name = Mechname::parse(mechanism.as_bytes()).unwrap();
    let mut session = SASLServer::<NoValue>::new(Arc::clone(&config)).start_suggested(name).unwrap();
    let mut heard = match words.get(2) {
        Some(initial) => STANDARD.decode(initial).unwrap(),
        None => {
            peer.say("+ \r\n").await;
            STANDARD.decode(peer.line().await).unwrap()
        }
    };
    let mut number = 0;
    loop {
        let mut said = Cursor::new(Vec::new());
        let Ok(state) = session.step(Some(&heard), &mut said) else {
            peer.answer(&tag, "$ NO [AUTHENTICATIONFAILED] no\r\n").await;
            return (mechanism, false);
        };
        let said = said.into_inner();
        let refuses = said.starts_with(b"e=");
        if !said.is_empty() {
            let said = STANDARD.encode(changed(number, said));
            number += 1;
            peer.say(format!("+ {said}\r\n")).await;
            let line = peer.line().await;
            if line == "*" {
                peer.answer(&tag, "$ BAD cancelled\r\n").await;
                return (mechanism, false);
            }
            heard = STANDARD.decode(line).unwrap();
        }
        if refuses {
            peer.answer(&tag, "$ NO [AUTHENTICATIONFAILED] no\r\n").await;
            return (mechanism, false);
        }
        if state.is_finished() {
            peer.answer(&tag, "$ OK hello\r\n").await;
            return (mechanism, true);
        }
    }
}
