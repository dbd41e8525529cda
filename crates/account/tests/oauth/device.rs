use std::io;
use std::sync::Mutex;
use std::time::Duration;

use tayori_account::http::{Fetch, Fetching, HttpError, Request, Response};
use tayori_account::oauth::{AnswerProblem, Client, DeviceLogin, Flow, OAuthError};
use tayori_testkit::authorization_server::AuthorizationServer;
use tokio::time::Instant;

use super::{http, server, settings, token};

fn client(server: &AuthorizationServer) -> Client {
    Client::new(&settings(server, Flow::Device)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_person_elsewhere_types_a_code() {
    let server = server();
    server.behave(|behaviour| {
        behaviour.polls.extend(["authorization_pending", "slow_down"].map(str::to_owned))
    });
    let http = http();
    let began = Instant::now();
    let login = DeviceLogin::start(&client(&server), &*http).await.unwrap();
    assert_eq!(login.url(), "https://login.example/device");
    assert_eq!(login.complete_url(), Some("https://login.example/device?user_code=WDJB-0001"));
    assert_eq!((login.user_code(), login.life()), ("WDJB-0001", Duration::from_secs(600)));
    server.answer_devices(true);
    let tokens = login.finish(&*http).await.unwrap();
    assert!(server.is_active(&token(&tokens)));
    assert_eq!(server.asked(), ["/device", "/token device_code", "/token device_code", "/token device_code"]);
    // After 5 seconds, as long again, and 5 more since the server wants that.
    assert_eq!(began.elapsed().as_secs(), 5 + 5 + 10);
}

#[tokio::test(start_paused = true)]
async fn each_slow_down_counts_and_lasts() {
    let server = server();
    let polls = ["slow_down", "slow_down", "authorization_pending"];
    server.behave(|behaviour| {
        behaviour.interval = Some(2);
        behaviour.polls.extend(polls.map(str::to_owned));
    });
    let http = http();
    let began = Instant::now();
    let login = DeviceLogin::start(&client(&server), &*http).await.unwrap();
    server.answer_devices(true);
    login.finish(&*http).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 2 + 7 + 12 + 12);
}

#[tokio::test(start_paused = true)]
async fn a_person_can_refuse() {
    let server = server();
    let http = http();
    let login = DeviceLogin::start(&client(&server), &*http).await.unwrap();
    server.answer_devices(false);
    let error = login.finish(&*http).await.unwrap_err();
    assert_eq!(error.to_string(), "access was denied: access_denied, \"the person has refused\"");
}

#[tokio::test(start_paused = true)]
async fn a_code_expires_when_the_server_says_so_and_when_its_time_is_over() {
    let server = server();
    let http = http();
    let login = DeviceLogin::start(&client(&server), &*http).await.unwrap();
    server.expire_codes();
    let error = login.finish(&*http).await.unwrap_err();
    assert_eq!(error.to_string(), "nobody has logged in within 10 minutes");
    assert_eq!(server.asked(), ["/device", "/token device_code"]);

    server.behave(|behaviour| behaviour.device_life = 60);
    let began = Instant::now();
    let login = DeviceLogin::start(&client(&server), &*http).await.unwrap();
    let error = login.finish(&*http).await.unwrap_err();
    assert_eq!(error.to_string(), "nobody has logged in within 1 minutes");
    assert_eq!(began.elapsed().as_secs(), 60);
    assert_eq!(server.asked().len(), 1 + 11);
}

/// Answers from a list, and fails when the list says so.
#[derive(Debug)]
struct Answers(Mutex<Vec<Result<Response, HttpError>>>);

impl Answers {
    fn new(mut answers: Vec<Result<Response, HttpError>>) -> Self {
        answers.reverse();
        Self(Mutex::new(answers))
    }
}

impl Fetch for Answers {
    fn fetch(&self, _: Request) -> Fetching<'_> {
        let answer = self.0.lock().unwrap().pop().unwrap();
        Box::pin(async move { answer })
    }
}

fn json(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(status, "application/json", body))
}

const BEGUN: &str =
    r#"{"device_code":"d","user_code":"u","verification_url":"https://a.example/","expires_in":"900"}"#;

#[tokio::test(start_paused = true)]
async fn a_network_that_fails_for_a_while_is_waited_for() {
    let broken = || {
        Err(HttpError::Io {
            url: "https://a.example/".to_owned(),
            source: io::ErrorKind::ConnectionReset.into(),
        })
    };
    let http = Answers::new(vec![
        json(200, BEGUN),
        broken(),
        json(503, "<html>"),
        Err(HttpError::TimedOut { url: "https://a.example/".to_owned(), limit: Duration::from_secs(30) }),
        broken(),
        broken(),
        json(429, r#"{"error":"slow_down"}"#),
        json(200, r#"{"access_token":"t","token_type":"bearer"}"#),
    ]);
    let began = Instant::now();
    let login = DeviceLogin::start(&client(&server()), &http).await.unwrap();
    assert_eq!((login.user_code(), login.url(), login.complete_url()), ("u", "https://a.example/", None));
    let tokens = login.finish(&http).await.unwrap();
    assert!(!tokens.can_be_renewed());
    assert_eq!(began.elapsed().as_secs(), 5 + 10 + 20 + 40 + 60 + 60 + 60);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_cannot_be_shown_is_refused() {
    let server = server();
    for (body, expected) in [
        (BEGUN.replace("\"d\"", "\"\""), AnswerProblem::Value { name: "device_code" }),
        (BEGUN.replace("\"u\"", r#""\u001b[2J""#), AnswerProblem::Value { name: "user_code" }),
        (
            BEGUN.replace("\"u\"", &format!("{:?}", "u".repeat(41))),
            AnswerProblem::Value { name: "user_code" },
        ),
        (BEGUN.replace("https:", "http:"), AnswerProblem::Value { name: "verification_uri" }),
        (BEGUN.replace("https:", "javascript:"), AnswerProblem::Value { name: "verification_uri" }),
        (BEGUN.replace("user_code", "other"), AnswerProblem::Missing { name: "user_code" }),
        (BEGUN.replace("expires_in", "other"), AnswerProblem::Missing { name: "expires_in" }),
        (BEGUN.replace("\"900\"", "[]"), AnswerProblem::Shape),
        ("[]".to_owned(), AnswerProblem::Shape),
    ] {
        let error =
            DeviceLogin::start(&client(&server), &Answers::new(vec![json(200, &body)])).await.unwrap_err();
        let OAuthError::Answer { problem, .. } = error else { panic!("{body}: {error:?}") };
        assert_eq!(problem, expected, "{body}");
    }
    // An address with what could control a terminal is shown without it, and a complete one that is no address not.
    let body = BEGUN
        .replace("a.example/", r"a.example/\u001b[2J")
        .replace('}', r#","verification_uri_complete":"x"}"#);
    let login = DeviceLogin::start(&client(&server), &Answers::new(vec![json(200, &body)])).await.unwrap();
    assert_eq!((login.url(), login.complete_url()), ("https://a.example/%1B[2J", None));
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_of_time_is_bounded() {
    let body = BEGUN.replace("\"900\"", "1e300").replace('}', r#","interval":-1}"#);
    let pending = || json(400, r#"{"error":"authorization_pending"}"#);
    let http = Answers::new(vec![json(200, &body), pending(), json(400, r#"{"error":"expired_token"}"#)]);
    let began = Instant::now();
    let login = DeviceLogin::start(&client(&server()), &http).await.unwrap();
    assert_eq!(login.life(), Duration::from_secs(3600));
    let error = login.finish(&http).await.unwrap_err();
    assert_eq!(error.to_string(), "nobody has logged in within 60 minutes");
    assert_eq!(began.elapsed().as_secs(), 1 + 1);
}
