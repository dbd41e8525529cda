use std::time::{Duration, SystemTime};

use tayori_account::oauth::OAuthError;

use super::{client, login, server, token};

async fn answered(
    status: u16,
    media_type: &str,
    body: &str,
) -> Result<tayori_account::oauth::Tokens, OAuthError> {
    let server = server();
    server.behave(|behaviour| {
        behaviour.answers.push_back((status, media_type.to_owned(), body.to_owned()));
    });
    let result = login(&client(&server)).await;
    result.inspect_err(|error| {
        if let OAuthError::Answer { url, .. } | OAuthError::Unavailable { url, .. } = error {
            assert_eq!(*url, server.url("/token"));
        }
    })
}

fn check(result: Result<tayori_account::oauth::Tokens, OAuthError>, expected: &str) {
    let text = result.unwrap_err().to_string();
    let (start, end) = (text.find("http://127.0.0.1:"), text.find("/token"));
    let text = match (start, end) {
        (Some(start), Some(end)) => format!("{}URL{}", &text[..start], &text[end + "/token".len()..]),
        _ => text,
    };
    assert_eq!(text, expected);
}

#[tokio::test]
async fn what_is_no_answer_of_an_authorization_server_is_told() {
    let answer = |status, problem| {
        format!("URL does not answer as an authorization server does (status {status}): {problem}")
    };
    let page = "<!DOCTYPE html><title>Sign in to the network of the hotel</title>";
    check(answered(200, "text/html", page).await, &answer(200, "it is text/html, not JSON"));
    check(answered(404, "text/html", page).await, &answer(404, "it is text/html, not JSON"));
    check(answered(200, "application/json", "").await, &answer(200, "it is application/json, not JSON"));
    check(answered(200, "<b>", "").await, &answer(200, "it is something, not JSON"));
    check(answered(200, "text/plain", "[]").await, &answer(200, "its JSON is not what it has to be"));
    check(answered(401, "text/plain", "{}").await, &answer(401, "its JSON is not what it has to be"));
    let json = |body: &'static str| answered(200, "application/json", body);
    check(json("{}").await, &answer(200, "it has no \"access_token\""));
    check(json(r#"{"access_token":5}"#).await, &answer(200, "its JSON is not what it has to be"));
    check(json(r#"{"access_token":"t"}"#).await, &answer(200, "it has no \"token_type\""));
    check(
        json(r#"{"access_token":"t","token_type":"mac"}"#).await,
        &answer(200, "its token is of a kind other than Bearer"),
    );
    for bad in [r#""""#, r#""a b""#, r#""a\u0001b""#, r#""a\r\nb""#, r#""é""#] {
        let body = format!(r#"{{"access_token":{bad},"token_type":"Bearer"}}"#);
        let result = answered(200, "application/json", &body).await;
        check(result, &answer(200, "what it has as \"access_token\" cannot be used"));
    }
    check(
        json(r#"{"access_token":"t","token_type":"Bearer","refresh_token":"a b"}"#).await,
        &answer(200, "what it has as \"refresh_token\" cannot be used"),
    );
}

#[tokio::test]
async fn a_server_that_cannot_answer_now_is_told_from_one_that_refuses() {
    let now = "the authorization server at URL cannot answer now";
    check(answered(503, "text/html", "<html>").await, &format!("{now} (status 503)"));
    check(answered(429, "text/html", "<html>").await, &format!("{now} (status 429)"));
    let body = r#"{"error":"temporarily_unavailable","error_description":"try later"}"#;
    check(
        answered(400, "application/json", body).await,
        &format!("{now} (status 400): temporarily_unavailable, \"try later\""),
    );
    let result =
        answered(400, "application/json", r#"{"error":"invalid_scope","error_uri":"https://a.example/"}"#);
    check(result.await, "the scopes were refused: invalid_scope, see https://a.example/");
    // Some say errors with a status that says none.
    let result = answered(200, "application/json", r#"{"error":"invalid_client"}"#);
    check(result.await, "the client id or its secret is not accepted: invalid_client");
}

#[tokio::test]
async fn a_life_may_be_told_in_many_ways() {
    let hour = Duration::from_secs(3600);
    for (life, expected) in [
        ("", hour),
        (r#","expires_in":3600"#, hour),
        (r#","expires_in":"3600""#, hour),
        (r#","expires_in":3600.5"#, hour),
        (r#","expires_in":0"#, Duration::ZERO),
        (r#","expires_in":-5"#, Duration::ZERO),
        (r#","expires_in":1e99"#, Duration::from_secs(366 * 24 * 3600)),
        (r#","expires_in":null"#, hour),
    ] {
        let body = format!(r#"{{"access_token":"t","token_type":"BEARER"{life}}}"#);
        let before = SystemTime::now();
        let tokens = answered(200, "application/json", &body).await.unwrap();
        assert_eq!(token(&tokens), "t");
        let range = before + expected..=SystemTime::now() + expected;
        assert!(range.contains(&tokens.ends()), "{life}");
    }
    let body = r#"{"access_token":"t","token_type":"Bearer","expires_in":"soon"}"#;
    let error = answered(200, "application/json", body).await.unwrap_err();
    assert!(matches!(error, OAuthError::Answer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_without_end_is_not_taken() {
    let body = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "t".repeat(64 << 10));
    let error = answered(200, "application/json", &body).await.unwrap_err();
    assert!(matches!(error, OAuthError::Http(_)), "{error:?}");
}
