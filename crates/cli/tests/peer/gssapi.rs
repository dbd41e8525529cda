//! The program with a Kerberos ticket, at the peer `kerberos`.

use super::Peer;
use super::accounts::Home;
use super::program::Run;

impl Peer {
    /// `tayori status imaps://USER;AUTH=GSSAPI@...` with the ticket of this run.
    fn status_by_ticket(&self, user: &str) -> Run {
        let mut run = Run::new()
            .arg("status")
            .arg(format!("imaps://{user};AUTH=GSSAPI@{}:{}/INBOX", self.host, self.imaps))
            .arg("--ca-file")
            .arg(&self.ca_file)
            .without_env("TAYORI_PASSWORD");
        for name in ["KRB5_CONFIG", "KRB5CCNAME"] {
            run = run.env(name, std::env::var(name).unwrap());
        }
        run
    }
}

#[test]
fn nobody_is_asked_for_a_password() {
    let Some(peer) = Peer::find() else { return };
    let outcome = peer.status_by_ticket("ann").run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(String::from_utf8(outcome.stdout).unwrap().contains("INBOX"));
}

#[test]
fn what_to_do_about_tickets_is_told() {
    let Some(peer) = Peer::find() else { return };
    let run = peer.status_by_ticket("ann").env("KRB5CCNAME", "FILE:/nonexistent/\u{1b}ticket");
    run.run().check(
        2,
        "",
        "error: cannot log in as ann at localhost: GSSAPI: there is no Kerberos ticket: \"No credentials were supplied, \
         or the credentials were unavailable or inaccessible (No Kerberos credentials available (default cache: \
         FILE:/nonexistent/\\x1bticket))\"\n\
         hint: kinit gets a ticket; KRB5CCNAME says where it is, if not in its usual place\n",
    );
    let expired = std::env::var("TAYORI_PEER_EXPIRED_TICKET").unwrap();
    peer.status_by_ticket("ann").env("KRB5CCNAME", expired).run().check(
        2,
        "",
        "error: cannot log in as ann at localhost: GSSAPI: the Kerberos ticket has expired: \"Unspecified GSS failure.  \
         Minor code may provide more information (Ticket expired)\"\n\
         hint: kinit gets another one\n",
    );
    let refused = peer.status_by_ticket("test").run();
    assert_eq!(refused.code, 5, "{refused:?}");
    let (first, last) = (refused.stderr.lines().next(), refused.stderr.lines().last());
    let message = "error: cannot log in as test at localhost: the server refused the login with GSSAPI";
    assert_eq!(first, Some(message), "{refused:?}");
    let hint = "hint: klist shows whose ticket it is; the server decides whether that lets this user in";
    assert_eq!(last, Some(hint), "{refused:?}");
}

/// The ticket of this run is found by the environment.
#[test]
fn an_account_is_added_by_a_ticket() {
    let Some(peer) = Peer::find() else { return };
    Home::new(&peer).add_use_and_remove("ann", "GSSAPI", "");
}
