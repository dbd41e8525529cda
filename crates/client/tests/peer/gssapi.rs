//! Logging in with Kerberos tickets, at the peer `kerberos`: a realm of its own, and a Dovecot that belongs to it.
//!
//! The library finds tickets by the environment, which a test cannot change for itself. One that needs another runs
//! itself again in a process that has it.

use std::process::Command;
use std::{env, fs};

use tayori_client::{
    Connection, Connector, Credentials, Error, Fault, GssapiError, Identity, LoginError, LoginFailed,
    LoginMethod, LoginPolicy, Mechanism, Security, StatusAttribute,
};
use tayori_proto::types::MailboxName;

use crate::server::{Peer, peer};

/// Set for a test that runs in the environment it needs.
const AGAIN: &str = "TAYORI_TEST_AGAIN";

/// Whether this process has the environment; if not, the test has been run, and has passed, in one that has.
fn is_in(test: &str, environment: &[(&str, &str)]) -> bool {
    if env::var_os(AGAIN).is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &format!("gssapi::{test}"), "--nocapture"]).env(AGAIN, "1");
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{complained}");
    false
}

fn ticket(act_as: Option<&str>) -> Credentials {
    Credentials::Kerberos { act_as: act_as.map(|name| Identity::new(name).unwrap()) }
}

async fn log_in(
    connection: Connection,
    act_as: Option<&str>,
) -> Result<tayori_client::LoggedIn, LoginFailed> {
    connection.log_in(&ticket(act_as), &LoginPolicy::new()).await
}

/// Why there is no login, before anything was sent: the connection takes another one.
async fn refused_before(peer: &Peer, connection: Connection) -> GssapiError {
    let failed = log_in(connection, None).await.unwrap_err();
    assert_eq!(failed.method, Some(LoginMethod::Mechanism(Mechanism::Gssapi)));
    let connection = failed.connection.expect("nothing was sent");
    connection.log_in(&peer.user.credentials(), &LoginPolicy::new()).await.unwrap();
    let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
    let LoginError::Gssapi(error) = *error else { panic!("{error:?}") };
    error
}

#[tokio::test]
async fn a_ticket_logs_in() {
    let Some(peer) = peer() else { return };
    let user = env::var("TAYORI_PEER_TICKET_USER").unwrap();
    for (act_as, port, security) in [
        (None, peer.imaps_port, Security::ImplicitTls(peer.ca().into())),
        (Some(&*user), peer.imaps_port, Security::ImplicitTls(peer.ca().into())),
        (Some(&*user), peer.imap_port, Security::StartTls(peer.ca().into())),
        // It shows nothing that has to be hidden.
        (None, peer.imap_port, Security::None),
    ] {
        let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
        let mut logged_in = log_in(connection, act_as).await.unwrap();
        assert_eq!(logged_in.method, LoginMethod::Mechanism(Mechanism::Gssapi));
        assert!(logged_in.server_proved_itself);
        let inbox = MailboxName::inbox();
        logged_in.session.status(&inbox, StatusAttribute::Messages.into()).await.unwrap();
        logged_in.session.logout().await.unwrap();
    }
}

#[tokio::test]
async fn a_ticket_does_not_open_the_mail_of_others() {
    let Some(peer) = peer() else { return };
    let failed = log_in(peer.connect().await, Some("test")).await.unwrap_err();
    assert!(matches!(failed.error, Error::Refused { .. }), "{:?}", failed.error);
    assert_eq!(failed.error.fault(), Fault::Refused);
    log_in(failed.connection.unwrap(), None).await.unwrap();
}

#[tokio::test]
async fn without_a_ticket_nothing_is_sent() {
    let Some(peer) = peer() else { return };
    if is_in("without_a_ticket_nothing_is_sent", &[("KRB5CCNAME", "FILE:/nonexistent/ticket")]) {
        let error = refused_before(peer, peer.connect().await).await;
        assert!(matches!(error, GssapiError::NoTicket { .. }), "{error:?}");
        assert_eq!(error.fault(), Fault::Caller);
    }
}

#[tokio::test]
async fn an_expired_ticket_is_told_from_none() {
    let Some(peer) = peer() else { return };
    let expired = env::var("TAYORI_PEER_EXPIRED_TICKET").unwrap();
    if is_in("an_expired_ticket_is_told_from_none", &[("KRB5CCNAME", &expired)]) {
        let error = refused_before(peer, peer.connect().await).await;
        assert!(matches!(error, GssapiError::TicketExpired { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_is_known_to_the_realm_by_its_own_name() {
    let Some(peer) = peer() else { return };
    // The certificate is for the address too; the realm has no such server.
    let security = Security::ImplicitTls(peer.ca().into());
    let connection = Connector::new().connect("127.0.0.1", peer.imaps_port, &security).await.unwrap();
    let error = refused_before(peer, connection).await;
    let GssapiError::ServerUnknown { service, said } = &error else { panic!("{error:?}") };
    assert_eq!(service, "imap@127.0.0.1");
    assert!(said.as_str().contains("imap/127.0.0.1@TAYORI.TEST"), "{said:?}");
}

#[tokio::test]
async fn a_realm_that_does_not_answer_is_told() {
    let Some(peer) = peer() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("krb5.conf");
    // Nobody listens on the port of nobody.
    let configuration = fs::read_to_string(env::var("KRB5_CONFIG").unwrap()).unwrap();
    let mut lines: Vec<&str> = configuration.lines().collect();
    for line in lines.iter_mut().filter(|line| line.trim_start().starts_with("kdc =")) {
        *line = "    kdc = 127.0.0.1:1";
    }
    fs::write(&file, lines.join("\n")).unwrap();
    // A copy, in which the library keeps what it got; for `127.0.0.1` it can have nothing, and has to ask.
    let ticket = env::var("KRB5CCNAME").unwrap();
    let cache = folder.path().join("ticket");
    fs::copy(ticket.strip_prefix("FILE:").unwrap_or(&ticket), &cache).unwrap();
    let environment = [("KRB5_CONFIG", file.to_str().unwrap()), ("KRB5CCNAME", cache.to_str().unwrap())];
    if is_in("a_realm_that_does_not_answer_is_told", &environment) {
        let security = Security::ImplicitTls(peer.ca().into());
        let connection = Connector::new().connect("127.0.0.1", peer.imaps_port, &security).await.unwrap();
        let error = refused_before(peer, connection).await;
        assert!(matches!(error, GssapiError::RealmUnreachable { .. }), "{error:?}");
        assert_eq!(error.fault(), Fault::Network);
    }
}
