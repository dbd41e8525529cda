use std::io;
use std::sync::Arc;

use tayori_proto::sasl::ScramHash;
use tayori_proto::types::Secret;

use super::*;

const BOUND: LoginMethod = LoginMethod::Mechanism(Mechanism::ScramPlus(ScramHash::Sha256));
const UNBOUND: LoginMethod = LoginMethod::Mechanism(Mechanism::Scram(ScramHash::Sha256));
const PLAIN: LoginMethod = LoginMethod::Mechanism(Mechanism::Plain);

/// What a login by `method` is told as, and what is offered in its place.
fn told(
    error: impl Into<Error>,
    method: LoginMethod,
    untried: &[LoginMethod],
) -> (String, Option<Mechanism>) {
    let failed = LoginFailed {
        error: error.into(),
        method: Some(method),
        untried: untried.to_vec(),
        connection: None,
    };
    let credentials =
        Credentials::password(tayori_client::Identity::new("ann").unwrap(), Secret::new("secret").unwrap());
    let failure = failure(failed, &credentials, false, None);
    (failure.to_text(), failure.other_way())
}

/// Dovecot 2.4.1 does that where the connection has TLS 1.2.
#[test]
fn a_connection_that_is_lost_over_the_binding() {
    let (text, other) = told(Lost::Ended, BOUND, &[UNBOUND, PLAIN]);
    assert_eq!(
        text,
        "error: the connection is lost: the server closed it without a word\n\
         hint: try again; if it is lost each time, somebody is between here and the server, or the server cannot bind \
         logins to TLS though it offers that (Dovecot 2.4.1 with TLS 1.2): ask whoever runs it; ;AUTH=SCRAM-SHA-256 logs \
         in without the binding\n"
    );
    assert_eq!(other, Some(Mechanism::Scram(ScramHash::Sha256)));
    let reset = || Lost::Io(Arc::new(io::Error::from(io::ErrorKind::ConnectionReset)));
    assert_eq!(told(reset(), BOUND, &[UNBOUND]).1, other);

    // What is not offered is not named, and what shows the password is not a way out of a lost connection.
    for (lost, method, untried) in [
        (Lost::Ended, BOUND, &[PLAIN][..]),
        (reset(), UNBOUND, &[PLAIN]),
        (Lost::Silent { after: std::time::Duration::from_secs(60), literal: None }, BOUND, &[UNBOUND]),
    ] {
        let (text, other) = told(lost, method, untried);
        assert!(!text.contains("AUTH=") && text.contains("\nhint: try again;"), "{text}");
        assert_eq!(other, None, "{text}");
    }
}
