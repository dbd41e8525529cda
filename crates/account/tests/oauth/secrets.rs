//! Nothing that is secret can be read in what a program might show.

use std::fmt::Debug;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use tayori_account::oauth::{Account, BrowserLogin, DeviceLogin, FileStore};
use tayori_proto::sasl::Identity;
use tayori_testkit::authorization_server::CLIENT_SECRET;

use super::{LIMIT, browse, client, http, login, server, settings};

/// Everything that was shown.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn debug(&mut self, value: &impl Debug) {
        self.0 += &format!("{value:?}\n{value:#?}\n");
    }

    fn error(&mut self, error: impl std::error::Error) {
        self.debug(&error);
        self.0 += &format!("{error}\n");
        let mut source = error.source();
        while let Some(error) = source {
            self.0 += &format!("{error}\n{error:?}\n");
            source = error.source();
        }
    }

    fn lacks(&self, secret: &str) {
        let octets = secret.as_bytes();
        let encoded: String = url::form_urlencoded::byte_serialize(octets).collect();
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let list = format!("{octets:?}");
        for form in [
            secret.to_owned(),
            encoded,
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string(),
            STANDARD.encode(octets),
            STANDARD_NO_PAD.encode(octets),
            URL_SAFE.encode(octets),
            URL_SAFE_NO_PAD.encode(octets),
            hex,
            list[1..list.len() - 1].to_owned(),
            format!("{secret:?}").trim_matches('"').to_owned(),
        ] {
            assert!(!self.0.contains(&form), "{form} is in\n{}", self.0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_shown_by_anything() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let (http, mut shown) = (http(), Shown::default());
    let settings = settings(&server, tayori_account::oauth::Flow::Browser);
    shown.debug(&settings);
    let client = client(&server);
    shown.debug(&client);

    // Logins that work.
    let begun = BrowserLogin::start(&client, None).await.unwrap();
    shown.debug(&begun);
    let url = begun.url().to_owned();
    let (tokens, page) = tokio::join!(begun.finish(&*http, LIMIT), browse(&url));
    let tokens = tokens.unwrap();
    shown.debug(&tokens);
    shown.debug(&page);
    shown.0 += std::str::from_utf8(page.body()).unwrap();
    let begun = DeviceLogin::start(&client, &*http).await.unwrap();
    shown.debug(&begun);
    server.answer_devices(true);
    shown.debug(&begun.finish(&*http).await.unwrap());

    // Logins that fail, at a server that repeats what it was told.
    for (status, body) in [
        (400, r#"{"error":"invalid_grant","error_description":"REQUEST","error_uri":"REQUEST"}"#),
        (400, r#"{"error":"REQUEST"}"#),
        (400, r#"{"error":"authorization_pending","error_description":"REQUEST"}"#),
        (503, r#"{"error":"server_error","error_description":"REQUEST"}"#),
        (200, "REQUEST"),
        (200, r#"{"access_token":["REQUEST"]}"#),
        (200, r#"{"access_token":"REQUEST","token_type":"REQUEST"}"#),
        (200, r#"{"access_token":"REQUEST","token_type":"Bearer","refresh_token":"a REQUEST"}"#),
        (200, r#"{"access_token":"REQUEST","token_type":"Bearer","expires_in":"REQUEST"}"#),
        (302, "REQUEST"),
    ] {
        server.behave(|behaviour| {
            behaviour.answers.push_back((status, "application/json".to_owned(), body.to_owned()));
        });
        shown.error(login(&client).await.unwrap_err());
    }

    // An account over its whole life.
    let user = Identity::new("alice@example.org").unwrap();
    let store = Arc::new(FileStore::new(folder.path().join("tokens")));
    let account = Account::new(user, client, Arc::clone(&http), store, folder.path().join("lock"));
    account.keep(tokens.clone()).await.unwrap();
    shown.debug(&account);
    shown.debug(&account.credentials().await.unwrap());
    shown.debug(&account.renew(tokens.access()).await.unwrap());
    server.behave(|behaviour| {
        let body = r#"{"error":"invalid_grant","error_description":"REQUEST"}"#.to_owned();
        behaviour.answers.push_back((400, "application/json".to_owned(), body));
    });
    let current = account.credentials().await.unwrap();
    let tayori_proto::sasl::Credentials::Token { token, .. } = &current else { panic!("{current:?}") };
    shown.error(account.renew(token).await.unwrap_err());
    server.revoke();
    shown.error(account.renew(token).await.unwrap_err());
    shown.debug(&account);

    // What it must not show is what the server has seen and given.
    shown.lacks(CLIENT_SECRET);
    for secret in server.secrets() {
        shown.lacks(&secret);
    }
    let mut verifiers = 0;
    for body in server.bodies() {
        for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
            if matches!(&*name, "code_verifier" | "state" | "code" | "refresh_token" | "device_code") {
                shown.lacks(&value);
                verifiers += usize::from(name == "code_verifier");
            }
        }
    }
    assert_eq!(verifiers, 11, "those of all logins in a browser");
}
