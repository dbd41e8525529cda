//! What the tests of the mechanisms share.

use super::{
    ChannelBinding, Circumstances, Credentials, Exchange, Identity, Mechanism, Nonce, Problem, SaslError,
    Step, Unusable,
};
use crate::types::{Capabilities, Capability, SaslMessage, Secret};

pub(super) fn identity(name: &str) -> Identity {
    Identity::new(name).unwrap()
}

pub(super) fn password(user: &str, password: impl Into<Vec<u8>>) -> Credentials {
    Credentials::password(identity(user), Secret::new(password).unwrap())
}

pub(super) fn as_somebody_else(user: &str, password: &str, act_as: &str) -> Credentials {
    let (user, password) = (identity(user), Secret::new(password).unwrap());
    Credentials::Password { user, password, act_as: Some(identity(act_as)) }
}

pub(super) fn token(user: &str, token: &str) -> Credentials {
    Credentials::Token { user: identity(user), token: Secret::new(token).unwrap() }
}

/// What a server lists.
pub(super) fn offered(names: &[&str]) -> Capabilities {
    names.iter().map(|name| Capability::try_from(&*format!("AUTH={name}")).unwrap()).collect()
}

/// A message as octets, to be compared.
pub(super) fn octets(message: Option<SaslMessage>) -> Option<Vec<u8>> {
    message.map(|message| message.expose().to_vec())
}

/// An exchange for which nothing but the credentials matters.
pub(super) fn begin(mechanism: Mechanism, credentials: &Credentials) -> (Option<Vec<u8>>, Exchange) {
    let offered = offered(&[]);
    let circumstances = Circumstances::new(&offered, "server.example.com", 143, Nonce::from_random([1; 24]));
    let (initial, exchange) = Exchange::begin(mechanism, credentials, circumstances).unwrap();
    (octets(initial), exchange)
}

/// An exchange with a certain server.
pub(super) fn begin_at(
    mechanism: Mechanism,
    credentials: &Credentials,
    host: &str,
    port: u16,
) -> (Option<Vec<u8>>, Exchange) {
    let offered = offered(&[]);
    let circumstances = Circumstances::new(&offered, host, port, Nonce::from_random([1; 24]));
    let (initial, exchange) = Exchange::begin(mechanism, credentials, circumstances).unwrap();
    (octets(initial), exchange)
}

/// An exchange with the nonce of an example.
pub(super) fn begin_with_nonce(
    mechanism: Mechanism,
    credentials: &Credentials,
    host: &str,
    nonce: &str,
) -> (Option<Vec<u8>>, Exchange) {
    let offered = offered(&[]);
    let circumstances = Circumstances::new(&offered, host, 143, Nonce::of(nonce));
    let (initial, exchange) = Exchange::begin(mechanism, credentials, circumstances).unwrap();
    (octets(initial), exchange)
}

/// An exchange with a server that offers this, over a connection that may be bound to.
pub(super) fn begin_bound(
    mechanism: Mechanism,
    credentials: &Credentials,
    names: &[&str],
    binding: Option<&ChannelBinding>,
    nonce: &str,
) -> (Option<Vec<u8>>, Exchange) {
    let offered = offered(names);
    let mut circumstances = Circumstances::new(&offered, "server.example.com", 143, Nonce::of(nonce));
    circumstances.binding = binding;
    let (initial, exchange) = Exchange::begin(mechanism, credentials, circumstances).unwrap();
    (octets(initial), exchange)
}

/// Why these credentials cannot be used.
pub(super) fn unusable(mechanism: Mechanism, credentials: &Credentials) -> Unusable {
    let offered = offered(&[mechanism.name()]);
    let circumstances = Circumstances::new(&offered, "server.example.com", 143, Nonce::from_random([1; 24]));
    let error = Exchange::begin(mechanism, credentials, circumstances).unwrap_err();
    match error.problem {
        Problem::Unusable(unusable) => unusable,
        other => panic!("{other:?}"),
    }
}

/// The message of a step that sends one.
pub(super) fn send(step: Result<Step, SaslError>) -> (Vec<u8>, Exchange) {
    match step.unwrap() {
        Step::Send(message, exchange) => (message.expose().to_vec(), exchange),
        other => panic!("{other:?}"),
    }
}
