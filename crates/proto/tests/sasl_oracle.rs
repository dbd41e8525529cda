//! Our client against somebody else's server: what both make of the standards is the same.
//!
//! The server's side is the crate rsasl; `crates/proto/docs/sasl.md` says why the client is our own.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::oauthbearer::properties::{OAuthBearerError, OAuthBearerValidate};
use rsasl::mechanisms::scram;
use rsasl::mechanisms::scram::properties::ScramStoredPassword;
use rsasl::mechanisms::xoauth2::properties::XOAuth2Validate;
use rsasl::prelude::{Mechname, Registry, SASLConfig, SASLServer, SessionError, Validation};
use rsasl::property::{AuthId, AuthzId, ChannelBindingName, ChannelBindings, OAuthBearerToken, Password};
use rsasl::validate::{Validate, ValidationError};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use tayori_proto::sasl::{
    ChannelBinding, Circumstances, Credentials, Exchange, Identity, Mechanism, Nonce, Refusal, ScramHash,
    ScramRefusal, Step, Verified,
};
use tayori_proto::types::{Capabilities, Capability, SaslMessage, Secret};

const USER: &str = "ann@example.org";
const PASSWORD: &str = "correct horse \u{e9}";
const TOKEN: &str = "ya29.token";
const EXPORTED: [u8; 32] = [0x5a; 32];
const SALT: &[u8] = b"\0some salt\xff";
const ITERATIONS: u32 = 5000;

/// Its own defaults have no `-PLUS`, and then it takes `y` for the truth.
static MECHANISMS: &[rsasl::prelude::Mechanism] = &[
    scram::SCRAM_SHA1,
    scram::SCRAM_SHA1_PLUS,
    scram::SCRAM_SHA256,
    scram::SCRAM_SHA256_PLUS,
    scram::SCRAM_SHA512,
    scram::SCRAM_SHA512_PLUS,
    rsasl::mechanisms::plain::PLAIN,
    rsasl::mechanisms::login::LOGIN,
    rsasl::mechanisms::xoauth2::XOAUTH2,
    rsasl::mechanisms::oauthbearer::OAUTHBEARER,
];

/// What the server learns: name, as whom, and the password or token where it sees that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Learnt {
    user: Option<String>,
    act_as: Option<String>,
    secret: Option<Vec<u8>>,
}

#[derive(Clone)]
struct Server {
    hash: Option<ScramHash>,
    learnt: Arc<Mutex<Learnt>>,
}

struct NoValue;

impl Validation for NoValue {
    type Value = ();
}

impl SessionCallback for Server {
    fn callback(
        &self,
        _: &SessionData,
        context: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        if let Some(hash) = self.hash
            && context.get_ref::<AuthId>() == Some(USER)
        {
            let (stored_key, server_key) = match hash {
                ScramHash::Sha1 => stored::<Sha1>(20),
                ScramHash::Sha256 => stored::<Sha256>(32),
                _ => stored::<Sha512>(64),
            };
            request.satisfy::<ScramStoredPassword<'_>>(&ScramStoredPassword::new(
                ITERATIONS,
                SALT,
                &stored_key,
                &server_key,
            ))?;
        }
        if context.get_ref::<ChannelBindingName>() == Some("tls-exporter") {
            request.satisfy::<ChannelBindings>(&EXPORTED)?;
        }
        let token = context.get_ref::<OAuthBearerToken>();
        request.satisfy::<XOAuth2Validate>(&match token {
            Some(TOKEN) => Ok(()),
            _ => Err(r#"{"status":"401","scope":"mail"}"#),
        })?;
        request.satisfy::<OAuthBearerValidate>(
            &match token.and_then(|token| token.strip_prefix("Bearer ")) {
                Some(TOKEN) => Ok(()),
                _ => Err(OAuthBearerError::new("invalid_token", Some("mail"), Some("https://example.org/"))),
            },
        )?;
        Ok(())
    }

    fn validate(
        &self,
        _: &SessionData,
        context: &Context<'_>,
        validate: &mut Validate<'_>,
    ) -> Result<(), ValidationError> {
        let token = context.get_ref::<OAuthBearerToken>().map(|token| token.as_bytes().to_vec());
        *self.learnt.lock().expect("nobody panics with it") = Learnt {
            user: context.get_ref::<AuthId>().map(str::to_owned),
            act_as: context.get_ref::<AuthzId>().map(str::to_owned),
            secret: context.get_ref::<Password>().map(<[u8]>::to_vec).or(token),
        };
        validate.with::<NoValue, _>(|| Ok(()))?;
        Ok(())
    }
}

/// StoredKey and ServerKey (RFC 5802 section 3) of [`PASSWORD`].
fn stored<D: hmac::EagerHash + Digest>(octets: usize) -> (Vec<u8>, Vec<u8>) {
    let mut salted = vec![0; octets];
    pbkdf2_hmac::<D>(PASSWORD.as_bytes(), SALT, ITERATIONS, &mut salted);
    let keyed = |words: &[u8]| {
        let mut mac = Hmac::<D>::new_from_slice(&salted).expect("a key may have any length");
        mac.update(words);
        mac.finalize().into_bytes().to_vec()
    };
    (D::digest(keyed(b"Client Key")).to_vec(), keyed(b"Server Key"))
}

/// How an exchange ends.
#[derive(Debug)]
enum End {
    /// The server is content, and what our side makes of its OK.
    Ok(Result<Verified, tayori_proto::sasl::SaslError>),
    /// The server said why not.
    Refused(Refusal),
    /// The server said no more.
    Failed,
}

/// Plays an exchange to its end: a server that has no more to say says OK, or NO if it has failed.
fn play(
    mechanism: Mechanism,
    credentials: &Credentials,
    offers: &[&str],
    binding: Option<&ChannelBinding>,
) -> (End, Learnt) {
    let hash = match mechanism {
        Mechanism::Scram(hash) | Mechanism::ScramPlus(hash) => Some(hash),
        _ => None,
    };
    let server = Server { hash, learnt: Arc::default() };
    let learnt = Arc::clone(&server.learnt);
    let registry = Registry::with_mechanisms(MECHANISMS);
    let config = SASLConfig::builder().with_registry(registry).with_callback(server).expect("they are right");
    let name = Mechname::parse(mechanism.name().as_bytes()).expect("it is a name");
    let mut session =
        SASLServer::<NoValue>::new(config).start_suggested(name).expect("the server knows the mechanism");

    let offered: Capabilities = offers
        .iter()
        .map(|name| Capability::try_from(&*format!("AUTH={name}")).expect("it is an atom"))
        .collect();
    let mut circumstances = Circumstances::new(&offered, "example.org", 993, Nonce::from_random([9; 24]));
    circumstances.binding = binding;
    let (mut message, mut exchange) =
        Exchange::begin(mechanism, credentials, circumstances).expect("the credentials fit");
    loop {
        let mut said = Cursor::new(Vec::new());
        let Ok(state) = session.step(message.as_ref().map(SaslMessage::expose), &mut said) else {
            return (End::Failed, Learnt::default());
        };
        let (is_over, said) = (state.is_finished(), said.into_inner());
        if !(is_over && said.is_empty()) {
            let answer;
            (answer, exchange) = match exchange.step(&said).expect("it keeps to the mechanism") {
                Step::Send(message, exchange) => (message, exchange),
                Step::Work(derivation) => derivation.run(),
                Step::Refused(message, refusal) => {
                    let taken = is_over || session.step(Some(message.expose()), &mut Vec::new()).is_ok();
                    assert!(taken, "the server goes on after {refusal:?}");
                    return (End::Refused(refusal), Learnt::default());
                }
            };
            message = Some(answer);
        }
        if is_over {
            let learnt = learnt.lock().expect("nobody panics with it").clone();
            return (End::Ok(exchange.finish()), learnt);
        }
    }
}

fn identity(name: &str) -> Identity {
    Identity::new(name).expect("it is a name")
}

fn password(password: &str) -> Credentials {
    Credentials::password(identity(USER), Secret::new(password).expect("there is no NUL"))
}

fn token(token: &str) -> Credentials {
    Credentials::Token { user: identity(USER), token: Secret::new(token).expect("there is no NUL") }
}

const HASHES: [ScramHash; 3] = [ScramHash::Sha1, ScramHash::Sha256, ScramHash::Sha512];

#[test]
fn scram_with_each_hash() {
    for hash in HASHES {
        let (end, _) = play(Mechanism::Scram(hash), &password(PASSWORD), &["SCRAM-SHA-1-PLUS"], None);
        let End::Ok(Ok(verified)) = end else { panic!("{hash}: {end:?}") };
        assert!(verified.server_has_proved_itself());
    }
}

#[test]
fn scram_bound_to_the_connection() {
    for hash in HASHES {
        let mechanism = Mechanism::ScramPlus(hash);
        let offers = [mechanism.name()];
        let exporter = ChannelBinding::TlsExporter(EXPORTED);
        let (end, _) = play(mechanism, &password(PASSWORD), &offers, Some(&exporter));
        let End::Ok(Ok(verified)) = end else { panic!("{hash}: {end:?}") };
        assert!(verified.server_has_proved_itself());

        // Somebody in between has another connection to the server than we have to them.
        let other = ChannelBinding::TlsExporter([1; 32]);
        let (end, _) = play(mechanism, &password(PASSWORD), &offers, Some(&other));
        let End::Refused(Refusal::Scram(refusal)) = end else { panic!("{hash}: {end:?}") };
        assert_eq!(refusal, ScramRefusal::ChannelBindingsDontMatch);
    }
}

/// The server does bind, and we were told that it does not: it notices.
#[test]
fn a_cut_offer_is_noticed() {
    for hash in HASHES {
        let exporter = ChannelBinding::TlsExporter(EXPORTED);
        let mechanism = Mechanism::Scram(hash);
        let (end, _) = play(mechanism, &password(PASSWORD), &[mechanism.name()], Some(&exporter));
        assert!(matches!(end, End::Failed), "{hash}: {end:?}");
    }
}

#[test]
fn scram_with_a_wrong_password() {
    for hash in HASHES {
        let (end, _) = play(Mechanism::Scram(hash), &password("wrong"), &[], None);
        let End::Refused(Refusal::Scram(refusal)) = end else { panic!("{hash}: {end:?}") };
        assert_eq!(refusal, ScramRefusal::InvalidProof);
    }
}

#[test]
fn plain_and_login() {
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        let (end, learnt) = play(mechanism, &password(PASSWORD), &[], None);
        let End::Ok(Ok(verified)) = end else { panic!("{mechanism}: {end:?}") };
        assert!(!verified.server_has_proved_itself());
        assert_eq!(learnt.user.as_deref(), Some(USER));
        assert_eq!(learnt.secret.as_deref(), Some(PASSWORD.as_bytes()));
        assert_eq!(learnt.act_as.unwrap_or_default(), "");
    }
    let credentials = Credentials::Password {
        user: identity(USER),
        password: Secret::new(PASSWORD).expect("there is no NUL"),
        act_as: Some(identity("bob")),
    };
    let (_, learnt) = play(Mechanism::Plain, &credentials, &[], None);
    assert_eq!(learnt.act_as.as_deref(), Some("bob"));
}

#[test]
fn tokens_that_are_taken() {
    for (mechanism, seen) in
        [(Mechanism::XOAuth2, TOKEN.to_owned()), (Mechanism::OAuthBearer, format!("Bearer {TOKEN}"))]
    {
        let (end, learnt) = play(mechanism, &token(TOKEN), &[], None);
        assert!(matches!(end, End::Ok(Ok(_))), "{mechanism}: {end:?}");
        assert_eq!(learnt.user.or(learnt.act_as).as_deref(), Some(USER));
        assert_eq!(learnt.secret, Some(seen.into_bytes()));
    }
}

#[test]
fn tokens_that_are_refused() {
    for (mechanism, status, link) in [
        (Mechanism::XOAuth2, "401", None),
        (Mechanism::OAuthBearer, "invalid_token", Some("https://example.org/")),
    ] {
        let (end, _) = play(mechanism, &token("expired"), &[], None);
        let End::Refused(Refusal::OAuth(refusal)) = end else { panic!("{mechanism}: {end:?}") };
        assert_eq!(refusal.status.as_deref(), Some(status));
        assert_eq!(refusal.scope.as_deref(), Some("mail"));
        assert_eq!(refusal.openid_configuration.as_deref(), link);
    }
}
