//! The way in: kinds of security, names and passwords, and what a server says of itself.

use tayori_client::tls::{Fingerprint, Trust};
use tayori_client::{
    Connection, Connector, Credentials, Error, Identity, LoginError, LoginMethod, LoginPolicy, Mechanism,
    Security, StatusAttribute,
};
use tayori_proto::response::ResponseCode;
use tayori_proto::sasl::{ScramHash, Trace};
use tayori_proto::types::{
    Capability, IdParameters, ListPattern, ListReference, MailboxName, NonEmpty, Secret,
};

use crate::server::{Account, Kind, lacks, names, peer, skip};

/// Logs in, uses the session once, and leaves.
async fn use_once(connection: Connection, account: &Account) {
    let policy = peer().unwrap().policy();
    let mut session = connection.log_in(&account.credentials(), &policy).await.unwrap().session;
    assert!(session.status(&MailboxName::inbox(), StatusAttribute::Messages.into()).await.is_ok());
    session.logout().await.unwrap();
}

/// With the command LOGIN, whatever else there is.
fn by_command() -> LoginPolicy {
    LoginPolicy::new().only(LoginMethod::Command)
}

#[tokio::test]
async fn every_kind_of_security_that_is_offered_works() {
    let Some(peer) = peer() else { return };
    for (port, security) in [
        (peer.imaps_port, Security::ImplicitTls(peer.ca().into())),
        (peer.imaps_port, Security::ImplicitTls(Trust::Fingerprint(peer.fingerprint).into())),
        (peer.imap_port, Security::StartTls(peer.ca().into())),
        (peer.imap_port, Security::StartTls(Trust::Fingerprint(peer.fingerprint).into())),
        (peer.imap_port, Security::None),
    ] {
        let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
        use_once(connection, &peer.user).await;
    }
}

#[tokio::test]
async fn another_fingerprint_and_the_wrong_port_are_refused() {
    let Some(peer) = peer() else { return };
    let other = Trust::Fingerprint(Fingerprint::of_der(b"another certificate"));
    for (port, security) in [
        (peer.imaps_port, Security::ImplicitTls(other.clone().into())),
        (peer.imap_port, Security::StartTls(other.into())),
        (peer.imap_port, Security::ImplicitTls(peer.ca().into())),
    ] {
        let error = Connector::new().connect(&peer.host, port, &security).await.map(drop).unwrap_err();
        assert!(matches!(error, Error::Tls(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_leaves_a_connection_for_the_right_one() {
    let Some(peer) = peer() else { return };
    let connection = peer.connect().await;
    let wrong = Secret::new("not the password").unwrap();
    let wrong = Credentials::password(Identity::new(&*peer.user.name).unwrap(), wrong);
    let failed = connection.log_in(&wrong, &by_command()).await.unwrap_err();
    let Error::Refused { code, text, .. } = failed.error else { panic!("{:?}", failed.error) };
    let explained = peer.kind.explains_refusals().then_some(&ResponseCode::AuthenticationFailed);
    assert_eq!(code.as_deref(), explained);
    assert!(!text.is_empty());
    use_once(failed.connection.unwrap(), &peer.user).await;
}

#[tokio::test]
async fn odd_users_and_passwords_log_in_by_every_way() {
    let Some(peer) = peer() else { return };
    let Some(odd) = &peer.odd else { return skip("the server has no user with an odd name") };
    use_once(peer.connect().await, odd).await;
    let plain = LoginPolicy::new().only(Mechanism::Plain);
    for policy in [by_command(), plain] {
        let connection = peer.connect().await;
        connection.log_in(&odd.credentials(), &policy).await.unwrap().session.logout().await.unwrap();
    }
    // In the clear, Dovecot offers the same; the password goes as a literal without LITERAL+ known.
    let connection = Connector::new().connect(&peer.host, peer.imap_port, &Security::None).await.unwrap();
    connection.log_in(&odd.credentials(), &by_command()).await.unwrap().session.logout().await.unwrap();
}

#[tokio::test]
async fn capabilities_change_with_the_login() {
    let Some(peer) = peer() else { return };
    let mut connection = peer.connect().await;
    assert!(connection.capabilities().await.unwrap().has(&Capability::Imap4Rev1));
    connection.noop().await.unwrap();
    let mut session = connection.log_in(&peer.user.credentials(), &by_command()).await.unwrap().session;
    let capabilities = session.capabilities().await.unwrap();
    assert!(capabilities.has(&Capability::Imap4Rev1));
    assert_eq!(capabilities.has(&Capability::UidPlus), peer.kind != Kind::Mailutils, "{capabilities:?}");
    session.noop().await.unwrap();
    session.logout().await.unwrap();
}

#[tokio::test]
async fn the_server_says_who_it_is() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let ours = IdParameters::new([("name", Some("tayori")), ("os", Some("any"))]).unwrap();
    if lacks(&mut session, Capability::Id).await {
        let outcome = session.id(&ours).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
        return;
    }
    let told = session.id(&ours).await.unwrap();
    let name = told.value("name").and_then(|name| name.as_str());
    match peer.kind {
        Kind::Dovecot => assert_eq!(name, Some("Dovecot")),
        Kind::Cyrus => assert_eq!(name, Some("Cyrus IMAPD")),
        // It answers OK, and has nothing to say.
        Kind::Mailutils => assert_eq!(name, None),
        Kind::Courier | Kind::Other => {}
    }
    session.noop().await.unwrap();
}

#[tokio::test]
async fn the_server_says_where_mail_is() {
    let Some(peer) = peer() else { return };
    let namespaces = peer.session().await.namespace().await.unwrap();
    assert_eq!(namespaces.personal.len(), 1);
    let place = &namespaces.personal[0];
    let delimiter = place.delimiter.map(String::from);
    assert_eq!((place.prefix.as_str(), delimiter.as_deref().unwrap()), peer.namespace());
}

#[tokio::test]
async fn what_is_enabled_is_in_force() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let nonsense = Capability::try_from("X-TAYORI").unwrap();
    let asked = NonEmpty::one(Capability::CondStore).and(nonsense.clone());
    if lacks(&mut session, Capability::Enable).await {
        let outcome = session.enable(asked).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
        return;
    }
    let offered = session.capabilities().await.unwrap();
    let enabled = session.enable(asked).await.unwrap();
    assert_eq!(enabled.has(&Capability::CondStore), offered.has(&Capability::CondStore));
    assert!(!enabled.has(&nonsense));
    // Where the server has UTF-8, a name makes the same way in the other encoding.
    let utf8 = session.enable(Capability::Utf8Accept.into()).await.unwrap();
    assert_eq!(utf8.has(&Capability::Utf8Accept), offered.has(&Capability::Utf8Accept));
    let name = peer.mailbox("enabled \u{fc} & \u{4fbf}");
    let _ = session.delete(&name).await;
    session.create(&name).await.unwrap();
    let pattern = ListPattern::new(peer.path("enabled*")).unwrap();
    let rows = session.list(&ListReference::none(), &pattern).await.unwrap();
    assert_eq!(names(&rows), [name.as_str()]);
    session.status(&name, StatusAttribute::Messages.into()).await.unwrap();
    let mut plain = peer.session().await;
    let rows = plain.list(&ListReference::none(), &pattern).await.unwrap();
    assert_eq!(names(&rows), [name.as_str()]);
}

/// Each mechanism that the server lists, with the user and where it can with the one of the odd name; what proves the
/// server has to have done so, and somebody without the password has to be refused. What is offered in vain is refused
/// with the right password, and nothing is tried by itself behind that.
#[tokio::test]
async fn every_mechanism_that_is_offered_works() {
    let Some(peer) = peer() else { return };
    let offered = peer.connect().await.capabilities().await.unwrap();
    let (mut tried, mut refused) = (Vec::new(), Vec::new());
    for mechanism in Mechanism::ALL {
        if !offered.has_auth(mechanism.name()) || needs_no_password(mechanism) {
            continue;
        }
        let policy = LoginPolicy::new().only(mechanism);
        if peer.kind.offers_in_vain(mechanism) {
            let failed = peer.connect().await.log_in(&peer.user.credentials(), &policy).await.unwrap_err();
            assert!(matches!(failed.error, Error::Refused { .. }), "{mechanism}: {:?}", failed.error);
            assert_eq!(failed.untried, [], "another was named by nobody");
            use_once(failed.connection.unwrap(), &peer.user).await;
            refused.push(mechanism.name());
            continue;
        }
        // Dovecot 2.3 hashes the UTF-8 of a password in DIGEST-MD5, where RFC 2831 has ISO 8859-1.
        let odd = peer.odd.as_ref().filter(|_| mechanism != Mechanism::DigestMd5);
        for account in [Some(&peer.user), odd].into_iter().flatten() {
            let connection = peer.connect().await;
            let logged_in = connection.log_in(&account.credentials(), &policy).await.unwrap();
            assert_eq!(logged_in.method, LoginMethod::Mechanism(mechanism));
            assert_eq!(logged_in.server_proved_itself, mechanism.authenticates_server(), "{mechanism}");
            let mut session = logged_in.session;
            assert!(session.status(&MailboxName::inbox(), StatusAttribute::Messages.into()).await.is_ok());
            session.logout().await.unwrap();
        }
        let wrong = Secret::new("not the password").unwrap();
        let wrong = Credentials::password(Identity::new(&*peer.user.name).unwrap(), wrong);
        let failed = peer.connect().await.log_in(&wrong, &policy).await.unwrap_err();
        let explained = peer.kind.explains_refusals().then_some(&ResponseCode::AuthenticationFailed);
        match &failed.error {
            Error::Refused { code, .. } => assert_eq!(code.as_deref(), explained, "{mechanism}"),
            Error::Login(error) => {
                let LoginError::Refused { code, .. } = &**error else { panic!("{mechanism}: {error:?}") };
                assert_eq!(code.as_deref(), explained, "{mechanism}");
            }
            other => panic!("{mechanism}: {other:?}"),
        }
        // What is left of the connection is as good as it was.
        use_once(failed.connection.unwrap(), &peer.user).await;
        tried.push(mechanism.name());
    }
    let by_gnu = ["LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"];
    let by_cyrus = [&by_gnu[..], &["SCRAM-SHA-512"]].concat();
    let (least, in_vain): (&[&str], &[&str]) = match peer.kind {
        Kind::Dovecot => (&["LOGIN", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"], &[]),
        Kind::Courier => (&["PLAIN"], &[]),
        Kind::Mailutils => (&by_gnu, &["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"]),
        Kind::Cyrus => (&by_cyrus, &["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS"]),
        Kind::Other => (&[], &[]),
    };
    assert!(least.iter().all(|name| tried.contains(name)), "{tried:?}");
    if peer.binds() {
        let bound = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"];
        assert!(bound.iter().all(|name| tried.contains(name)), "{tried:?}");
    }
    assert_eq!(refused, in_vain);
}

fn needs_no_password(mechanism: Mechanism) -> bool {
    matches!(
        mechanism,
        Mechanism::Anonymous
            | Mechanism::External
            | Mechanism::XOAuth2
            | Mechanism::OAuthBearer
            | Mechanism::Gssapi
    )
}

#[tokio::test]
async fn who_leaves_no_name_gets_in_where_that_is_offered() {
    let Some(peer) = peer() else { return };
    let mut connection = peer.connect().await;
    if !connection.capabilities().await.unwrap().has_auth("ANONYMOUS") {
        return skip("the server lets nobody in without a name");
    }
    let nobody = Credentials::Anonymous { trace: Trace::new("ann@example.org").unwrap() };
    let logged_in = connection.log_in(&nobody, &LoginPolicy::new()).await.unwrap();
    assert_eq!(logged_in.method, LoginMethod::Mechanism(Mechanism::Anonymous));
    logged_in.session.logout().await.unwrap();
}

/// The strongest is used by itself, and what it was keeps anything weaker away.
#[tokio::test]
async fn what_was_used_once_is_the_least_that_is_used_again() {
    let Some(peer) = peer() else { return };
    let policy = peer.policy();
    let logged_in = peer.connect().await.log_in(&peer.user.credentials(), &policy).await.unwrap();
    if peer.kind == Kind::Dovecot {
        let hash = ScramHash::Sha256;
        let strongest = if peer.binds() { Mechanism::ScramPlus(hash) } else { Mechanism::Scram(hash) };
        assert_eq!(logged_in.method, LoginMethod::Mechanism(strongest));
    }
    let pinned = policy.pinned(logged_in.method);
    logged_in.session.logout().await.unwrap();
    let again = peer.connect().await.log_in(&peer.user.credentials(), &pinned).await.unwrap();
    let method = again.method;
    again.session.logout().await.unwrap();
    if method.strength() > LoginMethod::Command.strength() {
        let weaker = pinned.only(LoginMethod::Command);
        let failed = peer.connect().await.log_in(&peer.user.credentials(), &weaker).await.unwrap_err();
        let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
        let offered = LoginMethod::Command;
        assert_eq!(*error, LoginError::WeakerThanPinned { pinned: method, offered });
        failed.connection.unwrap().logout().await.unwrap();
    }
}
