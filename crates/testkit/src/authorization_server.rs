//! An authorization server of OAuth 2.0 on loopback, for the tests of clients and for mail servers that ask one.
//!
//! It has a person in it, who agrees at once (`/authorize`) or when the test says so (`/device`). It checks what a
//! real one checks: client and secret, redirect, PKCE with S256, that a code is used once, that a refresh token is
//! the newest one. What it is to do otherwise is set in [`Behaviour`]. Time does not pass in it: codes and tokens end
//! when the test says so.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

/// The client that it knows.
pub const CLIENT_ID: &str = "client-of-a-test";

/// The secret of that client.
pub const CLIENT_SECRET: &str = "cl1ent+s3cret/of=a&test";

/// The person who logs in.
pub const USER: &str = "alice@example.org";

/// What it gives rights to.
pub const SCOPE: &str = "imap";

/// What it does. Tests change it at any time, by [`AuthorizationServer::behave`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Behaviour {
    /// Whether each refresh replaces the refresh token.
    pub refresh_tokens: RefreshTokens,
    /// `expires_in` of access tokens, as JSON; none leaves it out.
    pub life: Option<serde_json::Value>,
    /// The scope that is given whatever was asked for.
    pub narrowed: Option<String>,
    /// The error that the person's browser brings back instead of a code, with a description.
    pub refusal: Option<(String, String)>,
    /// `iss` of what the browser brings back.
    pub issuer: Option<String>,
    /// `interval` of the device flow, in seconds.
    pub interval: Option<u64>,
    /// `expires_in` of the device flow, in seconds.
    pub device_life: u64,
    /// Errors that the next polls of the device flow get, before anybody looks at what the person has done.
    pub polls: VecDeque<String>,
    /// The next answers of the token endpoint, whatever was asked: status, media type and body. `REQUEST` in a body
    /// stands for the body of the request.
    pub answers: VecDeque<(u16, String, String)>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            refresh_tokens: RefreshTokens::Rotate,
            life: Some(3600.into()),
            narrowed: None,
            refusal: None,
            issuer: None,
            interval: None,
            device_life: 600,
            polls: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshTokens {
    /// It is replaced, and the old one no longer good.
    Rotate,
    /// It stays, and is not sent again.
    Stay,
}

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub struct AuthorizationServer {
    port: u16,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    behaviour: Behaviour,
    /// How many codes and tokens there were, so that each is another one.
    count: u32,
    codes: Vec<Code>,
    devices: Vec<Device>,
    access: Vec<(String, String)>,
    refresh: Vec<String>,
    asked: Vec<String>,
    bodies: Vec<String>,
    is_ending: bool,
}

#[derive(Debug)]
struct Code {
    code: String,
    challenge: String,
    redirect: String,
    scope: String,
}

#[derive(Debug)]
struct Device {
    device_code: String,
    user_code: String,
    scope: String,
    agreed: Option<bool>,
}

impl AuthorizationServer {
    /// Begins to listen, at a port of the system's choosing on 127.0.0.1.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(State::default()));
        let serving = Arc::clone(&state);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if lock(&serving).is_ending {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let state = Arc::clone(&serving);
                thread::spawn(move || serve(stream, &state));
            }
        });
        Ok(Self { port, state, thread: Some(thread) })
    }

    /// The URL of an endpoint: `/authorize`, `/token`, `/device`, `/introspect`.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Changes what it does from now on.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut lock(&self.state).behaviour);
    }

    /// The person agrees to, or refuses, all that devices have asked for.
    pub fn answer_devices(&self, agreed: bool) {
        lock(&self.state).devices.iter_mut().for_each(|device| device.agreed = Some(agreed));
    }

    /// All codes end.
    pub fn expire_codes(&self) {
        let mut state = lock(&self.state);
        state.codes.clear();
        state.devices.clear();
    }

    /// All access tokens end.
    pub fn expire_access_tokens(&self) {
        lock(&self.state).access.clear();
    }

    /// The person takes all rights back.
    pub fn revoke(&self) {
        let mut state = lock(&self.state);
        state.access.clear();
        state.refresh.clear();
    }

    /// An access token and a refresh token, as if somebody had logged in.
    pub fn issue(&self) -> (String, String) {
        lock(&self.state).issue(SCOPE)
    }

    /// Whether a resource server would take this access token.
    pub fn is_active(&self, token: &str) -> bool {
        lock(&self.state).access.iter().any(|(own, _)| own == token)
    }

    /// What was asked since this was last called: the path, and the kind of grant if there was one.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).asked)
    }

    /// The bodies and queries of all requests so far, as they came.
    pub fn bodies(&self) -> Vec<String> {
        lock(&self.state).bodies.clone()
    }

    /// All codes and tokens that there were, those that have ended as well.
    pub fn secrets(&self) -> Vec<String> {
        let count = lock(&self.state).count;
        let kinds = ["code", "device", "access", "refresh"];
        (1..=count).flat_map(|number| kinds.map(|kind| secret(kind, number))).collect()
    }
}

impl Drop for AuthorizationServer {
    fn drop(&mut self) {
        lock(&self.state).is_ending = true;
        // Wakes the one who accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// With characters that are written otherwise in a form.
fn secret(kind: &str, number: u32) -> String {
    format!("{kind}/{number}+{}==", "s".repeat(20))
}

impl State {
    fn next(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn issue(&mut self, scope: &str) -> (String, String) {
        let number = self.next();
        let (access, refresh) = (secret("access", number), secret("refresh", number));
        self.access.push((access.clone(), scope.to_owned()));
        self.refresh.push(refresh.clone());
        (access, refresh)
    }
}

/// Fields of a form or a query.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

struct Answer {
    status: u16,
    media_type: String,
    location: Option<String>,
    body: String,
}

impl Answer {
    fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, media_type: "application/json".to_owned(), location: None, body: body.to_string() }
    }

    fn error(status: u16, code: &str, description: &str) -> Self {
        Self::json(status, &json!({ "error": code, "error_description": description }))
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut stream = BufReader::new(stream);
    let Ok((line, body)) = read(&mut stream) else { return };
    let mut words = line.split_ascii_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let fields = Fields::read(if method == "POST" { &body } else { query });
    let answer = {
        let mut state = lock(state);
        let grant = fields.value("grant_type");
        let asked = format!("{path} {}", grant.rsplit(':').next().unwrap_or_default());
        state.asked.push(asked.trim_end().to_owned());
        state.bodies.push(format!("{query}{body}"));
        match (method, path) {
            ("GET", "/authorize") => authorize(&mut state, &fields),
            ("POST", "/token") => token(&mut state, &fields, &body),
            ("POST", "/device") => device(&mut state, &fields),
            ("POST" | "GET", "/introspect") => introspect(&state, &fields),
            _ => Answer::error(404, "not_found", "there is nothing here"),
        }
    };
    let location = answer.location.map(|location| format!("Location: {location}\r\n")).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {} Answer\r\nContent-Type: {}\r\nContent-Length: {}\r\n{location}Connection: close\r\n\r\n",
        answer.status,
        answer.media_type,
        answer.body.len()
    );
    // Whoever has gone does not want it.
    let _ = stream.get_mut().write_all((head + &answer.body).as_bytes());
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<(String, String)> {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = String::new();
    stream.take(length).read_to_string(&mut body)?;
    Ok((first, body))
}

/// RFC 6749 section 4.1.1, with a person who agrees at once.
fn authorize(state: &mut State, fields: &Fields) -> Answer {
    let redirect = fields.value("redirect_uri");
    let is_ours = fields.value("client_id") == CLIENT_ID;
    let is_loopback = redirect.starts_with("http://127.0.0.1:") || redirect.starts_with("http://localhost:");
    if !is_ours || !is_loopback {
        return Answer::error(400, "invalid_request", "no such client, or not its redirect");
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("state", fields.value("state"));
    if let Some(issuer) = &state.behaviour.issuer {
        query.append_pair("iss", issuer);
    }
    let has_challenge =
        fields.value("code_challenge_method") == "S256" && fields.value("code_challenge").len() == 43;
    if let Some((error, description)) = &state.behaviour.refusal {
        query.append_pair("error", error).append_pair("error_description", description);
    } else if fields.value("response_type") != "code" || !has_challenge {
        query.append_pair("error", "invalid_request");
    } else {
        let code = secret("code", state.next());
        query.append_pair("code", &code);
        state.codes.push(Code {
            code,
            challenge: fields.value("code_challenge").to_owned(),
            redirect: redirect.to_owned(),
            scope: fields.value("scope").to_owned(),
        });
    }
    let location = format!("{redirect}?{}", query.finish());
    Answer { status: 302, media_type: "text/html".to_owned(), location: Some(location), body: String::new() }
}

/// RFC 8628 section 3.1
fn device(state: &mut State, fields: &Fields) -> Answer {
    if fields.value("client_id") != CLIENT_ID {
        return Answer::error(401, "invalid_client", "no such client");
    }
    let number = state.next();
    let (device_code, user_code) = (secret("device", number), format!("WDJB-{number:04}"));
    let mut body = json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": "https://login.example/device",
        "verification_uri_complete": format!("https://login.example/device?user_code={user_code}"),
        "expires_in": state.behaviour.device_life,
    });
    if let Some(interval) = state.behaviour.interval {
        body["interval"] = interval.into();
    }
    let scope = fields.value("scope").to_owned();
    state.devices.push(Device { device_code, user_code, scope, agreed: None });
    Answer::json(200, &body)
}

/// RFC 6749 sections 4.1.3 and 6, RFC 8628 section 3.4
fn token(state: &mut State, fields: &Fields, body: &str) -> Answer {
    if let Some((status, media_type, answer)) = state.behaviour.answers.pop_front() {
        return Answer { status, media_type, location: None, body: answer.replace("REQUEST", body) };
    }
    let is_known = fields.value("client_id") == CLIENT_ID && fields.value("client_secret") == CLIENT_SECRET;
    if !is_known {
        return Answer::error(401, "invalid_client", "no such client, or not its secret");
    }
    let granted = match fields.value("grant_type") {
        "authorization_code" => by_code(state, fields),
        "urn:ietf:params:oauth:grant-type:device_code" => by_device(state, fields),
        "refresh_token" => by_refresh(state, fields),
        _ => Err(Answer::error(400, "unsupported_grant_type", "this kind of grant is not known")),
    };
    let scope = match granted {
        Ok(scope) => state.behaviour.narrowed.clone().unwrap_or(scope),
        Err(answer) => return answer,
    };
    let stays = fields.value("grant_type") == "refresh_token"
        && state.behaviour.refresh_tokens == RefreshTokens::Stay;
    let (access, refresh) = state.issue(&scope);
    let mut body = json!({ "access_token": access, "token_type": "Bearer", "scope": scope });
    if stays {
        state.refresh.pop();
    } else {
        body["refresh_token"] = refresh.into();
    }
    if let Some(life) = &state.behaviour.life {
        body["expires_in"] = life.clone();
    }
    Answer::json(200, &body)
}

fn by_code(state: &mut State, fields: &Fields) -> Result<String, Answer> {
    let refused = |why| Err(Answer::error(400, "invalid_grant", why));
    let Some(index) = state.codes.iter().position(|code| code.code == fields.value("code")) else {
        return refused("no such code, or not for the first time");
    };
    let code = state.codes.remove(index);
    if code.redirect != fields.value("redirect_uri") {
        return refused("not the redirect of the code");
    }
    let verifier = fields.value("code_verifier");
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != code.challenge {
        return refused("not the verifier of the challenge");
    }
    Ok(code.scope)
}

fn by_device(state: &mut State, fields: &Fields) -> Result<String, Answer> {
    if let Some(error) = state.behaviour.polls.pop_front() {
        return Err(Answer::error(400, &error, "as the test wants it"));
    }
    let position = state.devices.iter().position(|device| device.device_code == fields.value("device_code"));
    let Some(index) = position else {
        return Err(Answer::error(400, "expired_token", "no such code, or not any more"));
    };
    match state.devices[index].agreed {
        None => Err(Answer::error(400, "authorization_pending", &state.devices[index].user_code)),
        Some(false) => Err(Answer::error(400, "access_denied", "the person has refused")),
        Some(true) => Ok(state.devices.remove(index).scope),
    }
}

fn by_refresh(state: &mut State, fields: &Fields) -> Result<String, Answer> {
    let token = fields.value("refresh_token");
    let Some(index) = state.refresh.iter().position(|own| own == token) else {
        return Err(Answer::error(400, "invalid_grant", "the refresh token was revoked or replaced"));
    };
    if state.behaviour.refresh_tokens == RefreshTokens::Rotate {
        state.refresh.remove(index);
    }
    Ok(SCOPE.to_owned())
}

/// RFC 7662, for whoever asks: it is on loopback, and lives as long as a test.
fn introspect(state: &State, fields: &Fields) -> Answer {
    let found = state.access.iter().find(|(token, _)| token == fields.value("token"));
    Answer::json(
        200,
        &match found {
            Some((_, scope)) => json!({
                "active": true,
                "scope": scope,
                "client_id": CLIENT_ID,
                "username": USER,
                "token_type": "Bearer",
            }),
            None => json!({ "active": false }),
        },
    )
}
