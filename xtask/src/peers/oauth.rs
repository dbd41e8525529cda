//! A Dovecot that takes access tokens, and the authorization server that it asks about them.
//!
//! The authorization server is the testkit's, on a port of 127.0.0.1 that the system chooses. It lives in this process,
//! so that nothing of it is left behind.

use tayori_testkit::authorization_server::{AuthorizationServer, SCOPE, USER};

use super::Missing;
use super::dovecot::{self, HOW_TO_GET_DOVECOT};
use super::install::Needed;
use super::server::Server;
use super::variables::User;
use crate::stop::{Interrupt, Outcome, because};

pub(super) const NAME: &str = "oauth";

pub(super) const NEEDED: Needed<'_> =
    Needed { what: "oauth", packages: &["dovecot-imapd"], is_there: || Installation::expect().is_ok() };

/// Whose tokens they are. No password of hers is asked for.
pub(super) const USERS: [User; 1] = [User { name: USER, password: "by token only", home: "alice" }];

/// A Dovecot whose settings for tokens are known.
pub(super) struct Installation(dovecot::Installation);

impl Installation {
    pub(super) fn expect() -> Result<Self, Missing> {
        let dovecot = dovecot::Installation::expect()?;
        if dovecot.is_2_3() {
            return Ok(Self(dovecot));
        }
        Err(Missing {
            why: "dovecot is not of version 2.3, whose settings for tokens are known here".to_owned(),
            hint: HOW_TO_GET_DOVECOT.to_owned(),
        })
    }

    /// Starts both, and returns when tokens are there and Dovecot greets.
    pub(super) fn start(&self, interrupt: &Interrupt) -> Outcome<Server> {
        let tokens = Tokens::start()?;
        let server = self.0.start_with_tokens(&tokens, interrupt)?;
        Ok(server.with_tokens(tokens))
    }
}

/// The authorization server, and what it has given. It ends when this is dropped.
pub(super) struct Tokens {
    server: AuthorizationServer,
    access: String,
    refresh: String,
}

impl Tokens {
    fn start() -> Outcome<Self> {
        let server =
            AuthorizationServer::start().map_err(because("the authorization server cannot be started"))?;
        let (access, _) = server.issue();
        // Of a grant of its own: what a test renews is not what another one shows.
        let (_, refresh) = server.issue();
        Ok(Self { server, access, refresh })
    }

    /// The file of Dovecot's passdb.
    pub(super) fn passdb(&self) -> String {
        format!(
            "\
introspection_mode = post
introspection_url = {}
active_attribute = active
active_value = true
username_attribute = username
scope = {SCOPE}
",
            self.server.url("/introspect")
        )
    }

    /// What tests find in their environment.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TAYORI_PEER_TOKEN_USER", USER.to_owned()),
            ("TAYORI_PEER_TOKEN", self.access.clone()),
            ("TAYORI_PEER_REFRESH_TOKEN", self.refresh.clone()),
            ("TAYORI_PEER_AUTHORIZE_URL", self.server.url("/authorize")),
            ("TAYORI_PEER_TOKEN_URL", self.server.url("/token")),
        ]
    }
}
