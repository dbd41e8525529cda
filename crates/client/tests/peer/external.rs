//! Logging in with a certificate of TLS in place of a password, where the server takes those.

use tayori_client::tls::Tls;
use tayori_client::{
    Connection, Connector, Credentials, Error, Identity, LoginFailed, LoginMethod, LoginPolicy, Mechanism,
    Security, StatusAttribute,
};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::MailboxName;

use crate::server::{Certificates, Kind, Peer, peer, skip};

/// The server, and the certificates; `None` where there is no server, or one that takes none.
fn with_certificates() -> Option<(&'static Peer, &'static Certificates)> {
    let peer = peer()?;
    let certificates = peer.certificates.as_ref();
    assert_eq!(certificates.is_some(), peer.kind == Kind::Dovecot, "Dovecot alone is set up to take them");
    if certificates.is_none() {
        skip("the server takes no certificates");
    }
    Some((peer, certificates?))
}

fn certificate(act_as: Option<&str>) -> Credentials {
    Credentials::Certificate { act_as: act_as.map(|name| Identity::new(name).unwrap()) }
}

async fn connect(peer: &Peer, tls: Tls) -> Connection {
    let security = Security::ImplicitTls(tls);
    Connector::new().connect(&peer.host, peer.imaps_port, &security).await.unwrap()
}

/// A NO that says that it is about who logs in, and a connection on which the password is as good as ever.
async fn check_refused(peer: &Peer, failed: LoginFailed) {
    assert_eq!(failed.method, Some(LoginMethod::Mechanism(Mechanism::External)));
    let Error::Refused { code, .. } = failed.error else { panic!("{:?}", failed.error) };
    assert_eq!(code.as_deref(), Some(&ResponseCode::AuthenticationFailed));
    let connection = failed.connection.unwrap();
    let logged_in = connection.log_in(&peer.user.credentials(), &peer.policy()).await.unwrap();
    logged_in.session.logout().await.unwrap();
}

#[tokio::test]
async fn a_certificate_logs_in() {
    let Some((peer, certificates)) = with_certificates() else { return };
    let tls = Tls::from(peer.ca()).identity(certificates.ours());
    for (port, security) in
        [(peer.imaps_port, Security::ImplicitTls(tls.clone())), (peer.imap_port, Security::StartTls(tls))]
    {
        for act_as in [None, Some(&*peer.user.name)] {
            let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
            let logged_in = connection.log_in(&certificate(act_as), &LoginPolicy::new()).await.unwrap();
            assert_eq!(logged_in.method, LoginMethod::Mechanism(Mechanism::External));
            assert!(!logged_in.server_proved_itself);
            // It is what it was pinned to, the next time.
            let pinned = LoginPolicy::new().pinned(logged_in.method);
            logged_in.session.logout().await.unwrap();
            let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
            let mut session = connection.log_in(&certificate(act_as), &pinned).await.unwrap().session;
            let inbox = MailboxName::inbox();
            session.status(&inbox, StatusAttribute::Messages.into()).await.unwrap();
            session.logout().await.unwrap();
        }
    }
}

/// A password counts for as much with it as without.
#[tokio::test]
async fn a_certificate_does_not_stand_in_the_way_of_a_password() {
    let Some((peer, certificates)) = with_certificates() else { return };
    for identity in [certificates.ours(), certificates.of_a_stranger()] {
        let connection = connect(peer, Tls::from(peer.ca()).identity(identity)).await;
        let logged_in = connection.log_in(&peer.user.credentials(), &peer.policy()).await.unwrap();
        assert_ne!(logged_in.method, LoginMethod::Mechanism(Mechanism::External));
        logged_in.session.logout().await.unwrap();
    }
}

#[tokio::test]
async fn who_shows_no_certificate_or_a_strangers_is_refused() {
    let Some((peer, certificates)) = with_certificates() else { return };
    let without = Tls::from(peer.ca());
    let strangers = without.clone().identity(certificates.of_a_stranger());
    for tls in [without, strangers] {
        for act_as in [None, Some(&*peer.user.name)] {
            let connection = connect(peer, tls.clone()).await;
            let failed = connection.log_in(&certificate(act_as), &LoginPolicy::new()).await.unwrap_err();
            check_refused(peer, failed).await;
        }
    }
    // In clear text nobody has shown anything.
    let connection = Connector::new().connect(&peer.host, peer.imap_port, &Security::None).await.unwrap();
    let failed = connection.log_in(&certificate(None), &LoginPolicy::new()).await.unwrap_err();
    check_refused(peer, failed).await;
}

#[tokio::test]
async fn a_certificate_does_not_open_the_mail_of_others() {
    let Some((peer, certificates)) = with_certificates() else { return };
    let other = &peer.odd.as_ref().unwrap().name;
    let connection = connect(peer, Tls::from(peer.ca()).identity(certificates.ours())).await;
    let failed = connection.log_in(&certificate(Some(other)), &LoginPolicy::new()).await.unwrap_err();
    check_refused(peer, failed).await;
}
