//! Mechanisms of real servers, as somebody with the program meets them.

use super::Peer;

/// Cyrus and Mailutils offer the `-PLUS` forms, and refuse whoever takes them. Nothing else is tried by itself, and what
/// could be is told.
#[test]
fn a_binding_that_is_offered_in_vain_is_told() {
    let Some(peer) = Peer::find() else { return };
    let Some(named) = peer.named_mechanism() else { return };
    let said = match &peer.kind[..] {
        "cyrus" => "bad protocol / cancel".to_owned(),
        _ => format!("AUTHENTICATE {named}-PLUS authentication failed"),
    };
    peer.run("status", "INBOX").without_env("TAYORI_AUTH").run().check(
        5,
        "",
        &format!(
            "error: cannot log in as test at localhost: the server refused the login with {named}-PLUS\n\
             the server said: \"{said}\"\n\
             hint: check user and password; if they are right, the server cannot bind logins to TLS though it offers \
             that, as Cyrus and Mailutils do, or somebody is in between: ask whoever runs it, and ;AUTH={named} logs in \
             without\n"
        ),
    );
}
