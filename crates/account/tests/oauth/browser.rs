use tayori_account::oauth::{BrowserLogin, Client, Flow, OAuthError};
use tayori_proto::types::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{LIMIT, browse, client, http, login, server, settings, token};

#[tokio::test]
async fn a_person_who_agrees_brings_tokens() {
    let server = server();
    let client = client(&server);
    let login = BrowserLogin::start(&client, Some("alice@example.org")).await.unwrap();
    let url = login.url().to_owned();
    assert!(url.ends_with("&login_hint=alice%40example.org"), "{url}");
    let http = http();
    let (tokens, page) = tokio::join!(login.finish(&*http, LIMIT), browse(&url));
    let tokens = tokens.unwrap();
    assert!(server.is_active(&token(&tokens)));
    assert!(tokens.can_be_renewed());
    assert_eq!(tokens.scopes(), ["imap", "offline_access"]);
    assert_eq!(server.asked(), ["/authorize", "/token authorization_code"]);
    assert_eq!((page.status(), page.media_type()), (200, Some("text/html")));
    assert_eq!(
        std::str::from_utf8(page.body()).unwrap(),
        "<!DOCTYPE html><html lang=\"en\"><title>tayori</title><p>The login is complete here. You can close this page \
         and go back to the program.</p></html>\n"
    );
}

#[tokio::test]
async fn the_redirect_is_as_it_was_registered() {
    let server = server();
    let mut settings = settings(&server, Flow::Browser);
    for (registered, expected) in [
        ("http://localhost/", "http%3A%2F%2Flocalhost%3APORT%2F"),
        ("http://127.0.0.1/back/", "http%3A%2F%2F127.0.0.1%3APORT%2Fback%2F"),
    ] {
        settings.redirect = Some(registered.to_owned());
        let client = Client::new(&settings).unwrap();
        let login = BrowserLogin::start(&client, None).await.unwrap();
        let url = login.url().to_owned();
        let (_, redirect) = url.split_once("&redirect_uri=").unwrap();
        let (redirect, _) = redirect.split_once('&').unwrap();
        let port: String = redirect.split_once("%3A").unwrap().1.split_once("%3A").unwrap().1.to_owned();
        let port = port.split_once('%').unwrap().0;
        assert_eq!(redirect.replace(port, "PORT"), expected);
        let http = http();
        let (tokens, _) = tokio::join!(login.finish(&*http, LIMIT), browse(&url));
        tokens.unwrap();

        // A port that is taken is an error, not another port.
        settings.redirect = Some(format!("http://127.0.0.1:{}/", server.url("").rsplit_once(':').unwrap().1));
        let client = Client::new(&settings).unwrap();
        let error = BrowserLogin::start(&client, None).await.unwrap_err();
        assert!(matches!(error, OAuthError::Listen { .. }), "{error:?}");
    }
}

/// What the listener of a login answers to some octets.
async fn say(port: &str, octets: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    stream.write_all(octets.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The listener may close before it has read everything.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn whoever_else_comes_is_sent_away_and_told_nothing() {
    let server = server();
    let client = client(&server);
    let login = BrowserLogin::start(&client, None).await.unwrap();
    let url = login.url().to_owned();
    let port = url.split_once("127.0.0.1%3A").unwrap().1.split_once('%').unwrap().0.to_owned();
    let state = url.split_once("&state=").unwrap().1.split_once('&').unwrap().0.to_owned();
    let http = http();
    let others = async {
        // A browser opens connections on suspicion, and says nothing on them.
        let mut silent = Vec::new();
        for _ in 0..10 {
            silent.push(TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap());
        }
        for (request, status) in [
            ("GET /favicon.ico HTTP/1.1", "404 Not Found"),
            ("GET /<script>x</script>?state=STATE&code=c HTTP/1.1", "404 Not Found"),
            ("POST /?state=STATE&code=c HTTP/1.1", "405 Method Not Allowed"),
            ("GET / HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&state= HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&state=STATEx HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&state=<script>x</script> HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&state=STATE&state=STATE HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&code=d&state=STATE HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&error=d&state=STATE HTTP/1.1", "400 Bad Request"),
            ("GET /?code=&state=STATE HTTP/1.1", "400 Bad Request"),
            ("GET /?state=STATE HTTP/1.1", "400 Bad Request"),
            ("GET /?code=c&state=STATE", "400 Bad Request"),
            ("GET /?code=c&state=STATE HTTP/2", "400 Bad Request"),
            ("GET /?code=c &state=STATE HTTP/1.1", "400 Bad Request"),
        ] {
            let answer =
                say(&port, &format!("{}\r\nHost: x\r\n\r\n", request.replace("STATE", &state))).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request}: {answer}");
            assert!(!answer.contains("script") && !answer.contains(&state), "{request}: {answer}");
        }
        let long = format!("GET /?state={state}&code=c HTTP/1.1\r\nCookie: {}\r\n\r\n", "x".repeat(16 << 10));
        for broken in ["", "\r\n\r\n", "GET /", &*long] {
            let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
            let _ = stream.write_all(broken.as_bytes()).await;
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "{broken:.20}");
        }
        let page = browse(&url).await;
        drop(silent);
        page
    };
    let (tokens, page) = tokio::join!(login.finish(&*http, LIMIT), others);
    assert_eq!(page.status(), 200);
    assert!(server.is_active(&token(&tokens.unwrap())));
}

#[tokio::test]
async fn a_refusal_says_whose_it_is() {
    let server = server();
    for (code, expected) in [
        ("access_denied", "access was denied: access_denied, \"no\\u{1b}[2J\""),
        ("invalid_scope", "the scopes were refused: invalid_scope, \"no\\u{1b}[2J\""),
        (
            "unauthorized_client",
            "the client id or its secret is not accepted: unauthorized_client, \"no\\u{1b}[2J\"",
        ),
        ("temporarily_out", "the authorization server refuses: temporarily_out, \"no\\u{1b}[2J\""),
    ] {
        server.behave(|behaviour| behaviour.refusal = Some((code.to_owned(), "no\u{1b}[2J".to_owned())));
        let error = login(&client(&server)).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert!(matches!(login(&client(&server)).await, Err(OAuthError::Refused { .. })));
}

#[tokio::test]
async fn another_server_that_sends_the_browser_back_is_not_believed() {
    let server = server();
    let mut settings = settings(&server, Flow::Browser);
    settings.issuer = Some("https://login.example".to_owned());
    let client = Client::new(&settings).unwrap();
    server.behave(|behaviour| behaviour.issuer = Some("https://login.example".to_owned()));
    login(&client).await.unwrap();
    server.asked();
    server.behave(|behaviour| behaviour.issuer = Some("https://other.example".to_owned()));
    let error = login(&client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the browser was sent back by https://other.example, not by https://login.example"
    );
    assert_eq!(server.asked(), ["/authorize"], "the code goes nowhere");
}

#[tokio::test]
async fn a_code_of_somebody_elses_login_is_worth_nothing() {
    let server = server();
    let client = client(&server);
    let login = BrowserLogin::start(&client, None).await.unwrap();
    // It comes with the right state, and belongs to another verifier.
    let (head, rest) = login.url().split_once("&code_challenge=").unwrap();
    let other = format!("{head}&code_challenge={}{}", "A".repeat(43), &rest[43..]);
    let http = http();
    let (tokens, _) = tokio::join!(login.finish(&*http, LIMIT), browse(&other));
    let error = tokens.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the login was not completed in time, or twice (invalid_grant, \"not the verifier of the challenge\")"
    );
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_from_all_else() {
    let server = server();
    let mut settings = settings(&server, Flow::Browser);
    settings.client_secret = Some(Secret::new("wrong").unwrap());
    let error = login(&Client::new(&settings).unwrap()).await.unwrap_err();
    assert!(matches!(error, OAuthError::Client { .. }), "{error:?}");
}

#[tokio::test]
async fn a_narrowed_scope_is_told_at_the_login() {
    let server = server();
    server.behave(|behaviour| behaviour.narrowed = Some("contacts offline_access".to_owned()));
    let error = login(&client(&server)).await.unwrap_err();
    assert_eq!(error.to_string(), "the right to imap was not given");
    // What a server writes otherwise is still what was asked for, and so is one that lists no `offline_access`.
    server.behave(|behaviour| behaviour.narrowed = Some("IMAP contacts".to_owned()));
    login(&client(&server)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_person_who_does_not_come_is_not_waited_for_without_end() {
    let server = server();
    let client = client(&server);
    let login = BrowserLogin::start(&client, None).await.unwrap();
    let error = login.finish(&*http(), LIMIT).await.unwrap_err();
    assert_eq!(error.to_string(), "nobody has logged in within 10 minutes");
}

#[tokio::test]
async fn nothing_listens_any_more_when_a_login_is_dropped() {
    let server = server();
    let client = client(&server);
    let login = BrowserLogin::start(&client, None).await.unwrap();
    let port = login.url().split_once("127.0.0.1%3A").unwrap().1.split_once('%').unwrap().0.to_owned();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    let http = http();
    tokio::select! {
        tokens = login.finish(&*http, LIMIT) => panic!("{tokens:?}"),
        _ = stream.write_all(b"GET / HTTP/1.1\r\n") => {}
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer, b"");
    assert!(TcpStream::connect(format!("127.0.0.1:{port}")).await.is_err());
}
