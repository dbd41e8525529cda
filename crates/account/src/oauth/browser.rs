use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use subtle::ConstantTimeEq;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::token::{Unsuccessful, exchange};
use super::{Client, Flow, OAuthError, ServerError, Tokens, proof};
use crate::http::{Fetch, Form};

/// Octets of a request's head that are read. Codes of Microsoft have some 2 KiB, cookies of `localhost` any size.
const HEAD: usize = 16 << 10;

/// Connections that are served at a time. Browsers open up to six, some of which never say anything.
const CONNECTIONS: usize = 16;

/// Time for a request on a connection.
const REQUEST: Duration = Duration::from_secs(10);

/// A login in a browser that has been begun (RFC 6749 section 4.1, RFC 7636, RFC 8252): this machine listens for the
/// browser to come back. Dropping it ends the listening.
pub struct BrowserLogin {
    client: Client,
    url: String,
    redirect: String,
    listener: TcpListener,
    state: Zeroizing<String>,
    verifier: Zeroizing<String>,
}

impl BrowserLogin {
    /// Begins to listen on 127.0.0.1. `login` is the name that the provider's page is to be filled with.
    ///
    /// Must be called within a runtime of tokio.
    pub async fn start(client: &Client, login: Option<&str>) -> Result<Self, OAuthError> {
        let endpoint = client.authorize.as_ref().ok_or(OAuthError::NoEndpoint { flow: Flow::Browser })?;
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, client.redirect.port)).await;
        let listener = listening.map_err(|source| OAuthError::Listen { source })?;
        let port = listener.local_addr().map_err(|source| OAuthError::Listen { source })?.port();
        let redirect = client.redirect.at(port);
        let (state, verifier) = (proof::random()?, proof::random()?);
        let url = authorize(client, endpoint.clone(), &redirect, &state, &verifier, login);
        Ok(Self { client: client.clone(), url, redirect, listener, state, verifier })
    }

    /// Where the person has to go. It holds the state, by which another program on this machine could end this login;
    /// it is no secret of the account.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the browser to come back, for `limit` at most, and exchanges what it brings.
    ///
    /// Dropping the future ends the login; a code that was on its way is then worth nothing, since nobody else has the
    /// verifier.
    pub async fn finish(self, http: &dyn Fetch, limit: Duration) -> Result<Tokens, OAuthError> {
        let expected =
            Arc::new(Expected { path: self.client.redirect.path.clone(), state: self.state.clone() });
        let came_back = timeout(limit, wait(&self.listener, &expected)).await;
        let callback = came_back.map_err(|_| OAuthError::NobodyCame { limit })??;
        self.check_issuer(&callback)?;
        let code = callback.outcome.map_err(|error| error.classify())?;
        let form = Form::new()
            .with("grant_type", "authorization_code")
            .with("code", code.as_bytes())
            .with("redirect_uri", &self.redirect)
            .with("code_verifier", self.verifier.as_bytes());
        let secrets = [code.as_bytes(), self.verifier.as_bytes(), self.state.as_bytes()];
        match exchange(http, &self.client, form, &secrets, SystemTime::now()).await {
            Ok(tokens) => complete(&self.client, tokens),
            Err(Unsuccessful::Server(error)) => Err(error.classify()),
            Err(Unsuccessful::Other(error)) => Err(error),
        }
    }

    /// RFC 9207 section 2.4
    fn check_issuer(&self, callback: &Callback) -> Result<(), OAuthError> {
        match (&self.client.issuer, &callback.issuer) {
            (Some(expected), Some(found)) if expected != found => {
                Err(OAuthError::Issuer { expected: expected.clone(), found: Some(found.clone()) })
            }
            // Without it there still is the state, which is for one server alone.
            _ => Ok(()),
        }
    }
}

/// Shows neither state nor verifier, nor the URL with the state in it.
impl fmt::Debug for BrowserLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserLogin")
            .field("client", &self.client)
            .field("redirect", &self.redirect)
            .finish_non_exhaustive()
    }
}

/// Whether all was given that is needed.
pub(super) fn complete(client: &Client, tokens: Tokens) -> Result<Tokens, OAuthError> {
    let missing = client.missing(&tokens.scopes);
    if missing.is_empty() {
        Ok(tokens)
    } else {
        Err(OAuthError::ScopeNarrowed { missing, granted: tokens.scopes.clone() })
    }
}

fn authorize(
    client: &Client,
    mut url: Url,
    redirect: &str,
    state: &str,
    verifier: &str,
    login: Option<&str>,
) -> String {
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", &client.scopes.join(" "))
        .append_pair("state", state)
        .append_pair("code_challenge", &proof::challenge(verifier))
        .append_pair("code_challenge_method", "S256");
    for (name, value) in &client.parameters {
        query.append_pair(name, value);
    }
    if let Some(login) = login {
        query.append_pair("login_hint", login);
    }
    drop(query);
    url.into()
}

/// What a request has to have to be the one that is waited for.
struct Expected {
    path: String,
    state: Zeroizing<String>,
}

/// The browser, come back.
struct Callback {
    outcome: Result<Zeroizing<String>, ServerError>,
    issuer: Option<String>,
}

/// Answers connections until one of them is the right one.
async fn wait(listener: &TcpListener, expected: &Arc<Expected>) -> Result<Callback, OAuthError> {
    // Dropped with the future, which ends whoever is left.
    let mut serving = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if serving.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let expected = Arc::clone(expected);
                    serving.spawn(async move { timeout(REQUEST, serve(stream, &expected)).await.ok().flatten() });
                }
                // Of one connection that has gone already; anything else would come back at once, and for ever.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
                Err(source) => return Err(OAuthError::Listen { source }),
            },
            Some(served) = serving.join_next() => {
                if let Ok(Some(callback)) = served {
                    return Ok(callback);
                }
            }
        }
    }
}

/// Reads one request and answers it. Whether the answer arrives does not matter.
async fn serve(stream: TcpStream, expected: &Expected) -> Option<Callback> {
    let mut stream = BufReader::new(stream);
    let line = read_head(&mut stream).await?;
    let found = understand(&line, expected);
    let (status, text) = match &found {
        Ok(callback) if callback.outcome.is_ok() => {
            ("200 OK", "The login is complete here. You can close this page and go back to the program.")
        }
        Ok(_) => ("200 OK", "The login was refused. The program says more; you can close this page."),
        Err(status) => (*status, "This is not the page you are looking for. The login goes on elsewhere."),
    };
    let body = format!("<!DOCTYPE html><html lang=\"en\"><title>tayori</title><p>{text}</p></html>\n");
    let page = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Cache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'\r\n\
         Referrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\r\n\
         {body}",
        body.len()
    );
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
    found.ok()
}

/// The first line of a request whose head came whole.
async fn read_head(stream: &mut BufReader<TcpStream>) -> Option<Zeroizing<String>> {
    let mut stream = stream.take(HEAD as u64);
    // As much as can come, since a vector that grows leaves its old memory behind.
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD));
    loop {
        let start = head.len();
        stream.read_until(b'\n', &mut head).await.ok()?;
        let line = &head[start..];
        if !line.ends_with(b"\n") {
            return None;
        }
        if line.trim_ascii().is_empty() {
            let first = head.split(|octet| *octet == b'\n').next()?;
            return std::str::from_utf8(first).ok().map(|line| Zeroizing::new(line.to_owned()));
        }
    }
}

/// The answer in the first line of a request (RFC 6749 sections 4.1.2 and 4.1.2.1), or else the status that it gets.
fn understand(line: &str, expected: &Expected) -> Result<Callback, &'static str> {
    const NOT_FOUND: &str = "404 Not Found";
    const BAD: &str = "400 Bad Request";

    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(BAD);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(BAD);
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != expected.path {
        return Err(NOT_FOUND);
    }
    // What comes twice is refused: it must not (RFC 6749 section 3.1).
    let find = |name: &str| {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(own, _)| own == name);
        let value = values.next().map(|(_, value)| Zeroizing::new(value.into_owned()));
        if values.next().is_some() { Err(BAD) } else { Ok(value) }
    };
    let state = find("state")?.ok_or(BAD)?;
    if !bool::from(state.as_bytes().ct_eq(expected.state.as_bytes())) {
        return Err(BAD);
    }
    let issuer = find("iss")?.map(|issuer| issuer.chars().take(1000).collect());
    let outcome = match (find("error")?, find("code")?) {
        (Some(error), None) => {
            let (description, uri) = (find("error_description")?, find("error_uri")?);
            let as_text = |value: &Option<Zeroizing<String>>| value.as_ref().map(|value| value.to_string());
            let secrets = [expected.state.as_bytes()];
            Err(ServerError::new(
                &error,
                as_text(&description).as_deref(),
                as_text(&uri).as_deref(),
                &secrets,
            ))
        }
        (None, Some(code)) if !code.is_empty() => Ok(code),
        _ => return Err(BAD),
    };
    Ok(Callback { outcome, issuer })
}
