//! OAuth 2.0 against an authorization server on loopback: logins, refreshes, and all that goes wrong with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod account;
mod answers;
mod browser;
mod device;
mod secrets;

use std::sync::Arc;
use std::time::Duration;

use tayori_account::http::{Fetch, HttpClient, HttpProxy, HttpSettings, Request, Response};
use tayori_account::oauth::{BrowserLogin, Client, Flow, OAuthError, OAuthSettings, Tokens};
use tayori_proto::types::Secret;
use tayori_testkit::authorization_server::{AuthorizationServer, CLIENT_ID, CLIENT_SECRET, SCOPE};

/// Longer than any test takes.
const LIMIT: Duration = Duration::from_secs(600);

fn server() -> AuthorizationServer {
    AuthorizationServer::start().unwrap()
}

fn http() -> Arc<dyn Fetch> {
    let mut settings = HttpSettings::default();
    settings.proxy = HttpProxy::None;
    Arc::new(HttpClient::new(settings))
}

fn settings(server: &AuthorizationServer, flow: Flow) -> OAuthSettings {
    let mut settings = OAuthSettings::default();
    settings.authorize_url = Some(server.url("/authorize"));
    settings.token_url = Some(server.url("/token"));
    settings.device_url = Some(server.url("/device"));
    settings.client_id = Some(CLIENT_ID.to_owned());
    settings.client_secret = Some(Secret::new(CLIENT_SECRET).unwrap());
    settings.scopes = Some(vec![SCOPE.to_owned(), "offline_access".to_owned()]);
    settings.flow = Some(flow);
    settings
}

fn client(server: &AuthorizationServer) -> Client {
    Client::new(&settings(server, Flow::Browser)).unwrap()
}

/// What the browser of the person shows in the end.
async fn browse(url: &str) -> Response {
    http().fetch(Request::get(url).unwrap()).await.unwrap()
}

/// A whole login, by a person who agrees.
async fn login(client: &Client) -> Result<Tokens, OAuthError> {
    let login = BrowserLogin::start(client, None).await?;
    let url = login.url().to_owned();
    let http = http();
    let (tokens, _) = tokio::join!(login.finish(&*http, LIMIT), browse(&url));
    tokens
}

fn token(tokens: &Tokens) -> String {
    String::from_utf8(tokens.access().expose().to_vec()).unwrap()
}
