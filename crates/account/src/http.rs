//! HTTP for what an account needs of it: settings published by a domain, and tokens of OAuth 2.0.
//!
//! Every request is bounded in size, in time and in redirects. Everything goes over TLS, but to this machine itself:
//! there plain HTTP is allowed, for authorization servers that run here, and for tests. Forms carry secrets, so they
//! are never sent on to where a redirect points.
//!
//! ureq waits in threads of tokio that may block. What it and TLS copy of a secret into buffers of their own is not
//! overwritten; what is kept here is.

use std::fmt;
use std::future::Future;
use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use tayori_client::tls::TlsError;
use ureq::Agent;
use ureq::http::header::{CONTENT_TYPE, LOCATION};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::{Host, Url};
use zeroize::Zeroizing;

/// What every request says of itself.
const USER_AGENT: &str = concat!("tayori/", env!("CARGO_PKG_VERSION"));

/// Octets of a body, if a request does not say otherwise. Tokens of large companies have been seen with 8 KiB, settings
/// of a mail domain with 4 KiB.
const BODY: usize = 64 << 10;

/// Octets of all header fields together. Some sites send policies of several KiB.
const HEAD: usize = 32 << 10;

/// Time for a request with its redirects, if it does not say otherwise.
const TIME: Duration = Duration::from_secs(30);

/// Redirects of one GET. A domain that points to `www.`, that to its provider, and one more for a moved file.
const REDIRECTS: u8 = 3;

/// Characters of a URL in an error or in `Debug`.
const SHOWN: usize = 300;

/// What can make requests. Callers take this instead of [`HttpClient`], so that they can be tried without a network.
pub trait Fetch: fmt::Debug + Send + Sync {
    /// Makes a request and takes its whole answer. Any status is an answer. A future that is dropped ends the request;
    /// whether the server has acted on it is then not known.
    fn fetch(&self, request: Request) -> Fetching<'_>;
}

/// A request that is on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Response, HttpError>> + Send + 'a>>;

/// Something to ask for.
///
/// `Debug` shows neither the query of the URL nor the values of a form.
pub struct Request {
    url: Url,
    accept: Option<&'static str>,
    limit: usize,
    time: Duration,
    ask: Ask,
}

enum Ask {
    Get { redirects: u8 },
    Post(Form),
}

impl Request {
    /// Asks for what is at this URL, and follows up to three redirects, from https only to https.
    pub fn get(url: &str) -> Result<Self, HttpError> {
        Self::new(url, Ask::Get { redirects: REDIRECTS })
    }

    /// Sends a form, and follows no redirect.
    pub fn post(url: &str, form: Form) -> Result<Self, HttpError> {
        Self::new(url, Ask::Post(form))
    }

    fn new(url: &str, ask: Ask) -> Result<Self, HttpError> {
        let url = Url::parse(url).map_err(|_| HttpError::Url { problem: UrlProblem::Syntax })?;
        check(&url)?;
        Ok(Self { url, accept: None, limit: BODY, time: TIME, ask })
    }

    /// Says which media types are wanted, as in the header field `Accept`.
    #[must_use]
    pub fn accept(mut self, types: &'static str) -> Self {
        self.accept = Some(types);
        self
    }

    /// Follows at most this many redirects; a form follows none whatever this says.
    #[must_use]
    pub fn redirects(mut self, count: u8) -> Self {
        if let Ask::Get { redirects } = &mut self.ask {
            *redirects = count;
        }
        self
    }

    /// Takes a body of at most this many octets; 64 KiB if this is not called.
    #[must_use]
    pub fn limit(mut self, octets: usize) -> Self {
        self.limit = octets;
        self
    }

    /// Gives the request and its redirects this much time together; 30 seconds if this is not called.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// The URL with its query, for those who answer requests in tests.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The form, for those who answer requests in tests.
    pub fn form(&self) -> Option<&Form> {
        match &self.ask {
            Ask::Get { .. } => None,
            Ask::Post(form) => Some(form),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ask {
            Ask::Get { .. } => write!(f, "GET {}", shown(&self.url)),
            Ask::Post(form) => write!(f, "POST {} {form:?}", shown(&self.url)),
        }
    }
}

/// The fields of a form (`application/x-www-form-urlencoded`), whose values may be secrets.
///
/// `Debug` shows the names alone, and the memory is overwritten at the end.
#[derive(Default)]
pub struct Form(Vec<(&'static str, Zeroizing<Vec<u8>>)>);

impl Form {
    /// A form without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.0.push((name, Zeroizing::new(value.as_ref().to_vec())));
        self
    }

    /// Adds a field if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl AsRef<[u8]>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The value of a field, for those who answer requests in tests.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_slice())
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        // As much as it can become, since a vector that grows leaves its old memory behind.
        let most = self.0.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
        let mut encoded = Zeroizing::new(Vec::with_capacity(most));
        for (name, value) in &self.0 {
            if !encoded.is_empty() {
                encoded.push(b'&');
            }
            encode_into(&mut encoded, name.as_bytes());
            encoded.push(b'=');
            encode_into(&mut encoded, value);
        }
        encoded
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// What the URL standard leaves as it is in forms. A blank becomes `%20`, which every reader takes as it takes `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

fn encode_into(encoded: &mut Vec<u8>, octets: &[u8]) {
    for piece in percent_encoding::percent_encode(octets, FORM) {
        encoded.extend_from_slice(piece.as_bytes());
    }
}

/// What came back.
///
/// `Debug` shows how long the body is, and nothing of it. Its memory is overwritten at the end.
pub struct Response {
    status: u16,
    media_type: Option<String>,
    url: String,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// An answer, for those who give them in tests.
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            media_type: Some(media_type.to_owned()),
            url: String::new(),
            body: Zeroizing::new(body.into()),
        }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status says that all is well: 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The media type in lower case and without parameters, if the server named one.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// Where it came from after redirects, without a query.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The whole body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("media_type", &self.media_type)
            .field("url", &self.url)
            .field("octets", &self.body.len())
            .finish()
    }
}

/// Whom to believe, and through whom to go.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Who vouches for servers.
    pub authorities: Authorities,
    /// Which proxy stands between.
    pub proxy: HttpProxy,
}

/// Who vouches for a server of HTTPS.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Authorities {
    /// The certificate authorities of this system (or those named by `SSL_CERT_FILE` and `SSL_CERT_DIR`).
    #[default]
    System,
    /// The certificate authorities in this PEM file, and no others.
    CaFile(PathBuf),
}

/// Which proxy requests go through. Those to this machine itself never go through one.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum HttpProxy {
    /// The one in the environment: the first of `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY` (or the same in lower case)
    /// that is set, but not for the hosts in `NO_PROXY`. TLS goes through it end to end.
    ///
    /// It is the default since in companies there often is no other way out, and it learns no more than host names.
    #[default]
    Environment,
    /// None.
    None,
    /// This one: a URL with `http`, `https`, `socks4`, `socks4a` or `socks5`, which may hold a password.
    Url(String),
}

/// Shows nothing of a URL, which may hold a password.
impl fmt::Debug for HttpProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::None => "None",
            Self::Url(_) => "Url(***)",
        })
    }
}

/// Makes requests over the network.
///
/// Clones share what is loaded once: the certificate authorities. There are no connections that outlive a request, no
/// cookies and no cache.
#[derive(Clone, Debug)]
pub struct HttpClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: HttpSettings,
    roots: OnceLock<RootCerts>,
}

impl HttpClient {
    /// A client. Nothing is read or opened before the first request.
    pub fn new(settings: HttpSettings) -> Self {
        Self(Arc::new(Inner { settings, roots: OnceLock::new() }))
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new(HttpSettings::default())
    }
}

impl Fetch for HttpClient {
    /// Must be called within a runtime of tokio. A future that is dropped closes the connection; while a name is looked
    /// up or a connection is made, a thread may wait for the end of its time all the same.
    fn fetch(&self, request: Request) -> Fetching<'_> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let is_https = request.url.scheme() == "https";
            let built = blocking(move || inner.agent(is_https)).await??;
            let ending = EndOnDrop(Some(built.clone()));
            let answer = blocking(move || run(&built, &request)).await?;
            drop(ending);
            answer
        })
    }
}

async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, HttpError> {
    tokio::task::spawn_blocking(run).await.map_err(|_| HttpError::Stopped)
}

/// Breaks the connections of a request that nobody waits for any more.
struct EndOnDrop(Option<Built>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if let Some(built) = self.0.take() {
            built.agent.shutdown();
        }
    }
}

/// What one request and its redirects go through.
#[derive(Clone)]
struct Built {
    agent: Agent,
    proxy: Option<ureq::Proxy>,
}

impl Inner {
    /// Authorities are loaded for https alone, so that this machine can be asked where there are none. Whoever is asked
    /// here and redirects to https is then not believed.
    fn agent(&self, is_https: bool) -> Result<Built, HttpError> {
        let proxy = match &self.settings.proxy {
            HttpProxy::Environment => ureq::Proxy::try_from_env(),
            HttpProxy::None => None,
            // What ureq says could hold a password.
            HttpProxy::Url(url) => Some(
                ureq::Proxy::new(url)
                    .map_err(|_| HttpError::Proxy { detail: "its URL cannot be used".to_owned() })?,
            ),
        };
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(if is_https { self.roots()? } else { RootCerts::new_with_certs(&[]) })
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            // One that the server is about to close would be found out too late.
            .max_idle_connections(0)
            .max_response_header_size(HEAD)
            .user_agent(USER_AGENT)
            .proxy(None)
            .build()
            .new_agent();
        Ok(Built { agent, proxy })
    }

    fn roots(&self) -> Result<RootCerts, HttpError> {
        if let Some(roots) = self.roots.get() {
            return Ok(roots.clone());
        }
        let roots = match &self.settings.authorities {
            Authorities::System => system_roots()?,
            Authorities::CaFile(path) => file_roots(path)?,
        };
        Ok(self.roots.get_or_init(|| roots).clone())
    }
}

fn system_roots() -> Result<RootCerts, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(TlsError::NoSystemRoots { detail: found.errors.first().map(ToString::to_string) });
    }
    let certificates: Vec<_> =
        found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    Ok(RootCerts::from(certificates))
}

fn file_roots(path: &PathBuf) -> Result<RootCerts, TlsError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let unusable = |detail: String| TlsError::CaFile { path: path.clone(), detail };
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    let mut certificates = Vec::new();
    for certificate in found {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        certificates.push(Certificate::from_der(&certificate).to_owned());
    }
    if certificates.is_empty() {
        return Err(unusable("there is no certificate in it".to_owned()));
    }
    Ok(RootCerts::from(certificates))
}

/// Makes the request, and follows redirects. Takes time.
fn run(built: &Built, request: &Request) -> Result<Response, HttpError> {
    let started = Instant::now();
    let mut url = request.url.clone();
    let mut followed = 0;
    loop {
        let left = request.time.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(HttpError::TimedOut { url: shown(&url), limit: request.time });
        }
        let failed = |error: ureq::Error| explain(error, &url, request);
        let mut answer = ask(built, request, &url, left).map_err(failed)?;
        let status = answer.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            let media_type =
                answer.headers().get(CONTENT_TYPE).and_then(|value| media_type(value.as_bytes()));
            let body = take_body(answer.body_mut(), request.limit).map_err(failed)?;
            return Ok(Response { status, media_type, url: shown(&url), body });
        }
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let next = location.and_then(|location| url.join(location).ok());
        let refused = |why| HttpError::Redirect { url: shown(&url), to: next.as_ref().map(shown), why };
        let Ask::Get { redirects } = request.ask else { return Err(refused(RedirectRefused::Form)) };
        if followed == redirects {
            return Err(refused(RedirectRefused::TooMany { limit: redirects }));
        }
        let Some(next) = &next else { return Err(refused(RedirectRefused::Nowhere)) };
        let is_secured = url.scheme() == "https" && next.scheme() != "https";
        if is_secured || check(next).is_err() {
            return Err(refused(RedirectRefused::Insecure));
        }
        url = next.clone();
        followed += 1;
    }
}

fn ask(
    built: &Built,
    request: &Request,
    url: &Url,
    left: Duration,
) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let proxy = built.proxy.clone().filter(|_| !is_loopback(url));
    match &request.ask {
        Ask::Get { .. } => {
            let mut builder = built.agent.get(url.as_str());
            if let Some(types) = request.accept {
                builder = builder.header("accept", types);
            }
            builder.config().timeout_global(Some(left)).proxy(proxy).build().call()
        }
        Ask::Post(form) => {
            let mut builder = built.agent.post(url.as_str());
            if let Some(types) = request.accept {
                builder = builder.header("accept", types);
            }
            let builder = builder.content_type("application/x-www-form-urlencoded");
            let builder = builder.config().timeout_global(Some(left)).proxy(proxy).build();
            builder.send(form.encode().as_slice())
        }
    }
}

fn take_body(body: &mut ureq::Body, limit: usize) -> Result<Zeroizing<Vec<u8>>, ureq::Error> {
    // All of it at once, since a vector that grows leaves its old memory behind.
    let mut taken = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut reader = body.with_config().limit(limit as u64).reader();
    let mut filled = 0;
    loop {
        match reader.read(&mut taken[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    taken.truncate(filled);
    Ok(taken)
}

/// `Text/HTML; charset=x` becomes `text/html`. What is no media type is none.
fn media_type(field: &[u8]) -> Option<String> {
    let name = field.split(|octet| *octet == b';').next()?.trim_ascii();
    let is_token = |octet: &u8| octet.is_ascii_alphanumeric() || b"!#$&-^_.+/".contains(octet);
    if name.is_empty() || name.len() > 100 || !name.iter().all(is_token) {
        return None;
    }
    Some(String::from_utf8_lossy(name).to_ascii_lowercase())
}

/// Whether a request to this URL may be made at all.
fn check(url: &Url) -> Result<(), HttpError> {
    let refused = |problem| Err(HttpError::Url { problem });
    if url.host().is_none() {
        return refused(UrlProblem::Syntax);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused(UrlProblem::Credentials);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => refused(UrlProblem::Insecure),
        _ => refused(UrlProblem::Scheme),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Scheme, host, port and path. The rest may be secret, or say who asks. All that could control a terminal has been
/// percent-encoded by the parser.
fn shown(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    // These fail only for URLs that have no host, and so no user either.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    let mut text = String::from(bare);
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Why there is no answer.
///
/// URLs in it are without their queries, and nothing of what was sent or of a body is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The URL cannot be asked. Nothing was sent.
    #[error("{problem}")]
    Url {
        /// What is wrong with it.
        problem: UrlProblem,
    },
    /// The name look-up found nothing.
    #[error("there is no host of the name in {url}")]
    HostNotFound {
        /// What was asked for.
        url: String,
    },
    /// The connection could not be made, or broke.
    #[error("no connection with {url}: {source}")]
    Io {
        /// What was asked for.
        url: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server did not prove who it is, or there is no TLS with it.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// It took too long.
    #[error("{url} gave no whole answer within {} seconds", limit.as_secs_f32())]
    TimedOut {
        /// What was asked for.
        url: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The body has more octets than are taken.
    #[error("the answer of {url} is longer than {limit} octets")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// How many are taken.
        limit: usize,
    },
    /// The header has more octets than are taken.
    #[error("the header of the answer of {url} is longer than {HEAD} octets")]
    HeadTooLarge {
        /// What was asked for.
        url: String,
    },
    /// What answers does not speak HTTP.
    #[error("{url} does not answer as HTTP demands: {detail}")]
    Protocol {
        /// What was asked for.
        url: String,
        /// What is wrong.
        detail: String,
    },
    /// The server points elsewhere, and that is not followed.
    #[error("{url} redirects to {}, {why}", to.as_deref().unwrap_or("nowhere"))]
    Redirect {
        /// What was asked for.
        url: String,
        /// Where it points, if that is a URL.
        to: Option<String>,
        /// Why it is not followed.
        why: RedirectRefused,
    },
    /// The proxy does not do its part.
    #[error("the proxy cannot be used: {detail}")]
    Proxy {
        /// What is wrong.
        detail: String,
    },
    /// The runtime ended before the request.
    #[error("the request was stopped")]
    Stopped,
}

/// Why a URL cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlProblem {
    /// It is none, or has no host.
    #[error("that is not a URL of a host")]
    Syntax,
    /// It is neither https nor http.
    #[error("the URL does not begin with `https://`")]
    Scheme,
    /// It is plain http to another machine.
    #[error("plain http is used only with this machine itself; the URL has to begin with `https://`")]
    Insecure,
    /// It holds a user name or a password.
    #[error("the URL holds a user name or a password")]
    Credentials,
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectRefused {
    /// A form was sent, and its secrets are for the server that was asked.
    #[error("and what was sent is not for others")]
    Form,
    /// There were as many already.
    #[error("and more than {limit} redirects are not followed")]
    TooMany {
        /// How many are followed.
        limit: u8,
    },
    /// It leads away from https, or to what cannot be asked.
    #[error("which is not https")]
    Insecure,
    /// It has no usable target.
    #[error("which is no URL")]
    Nowhere,
}

/// What ureq says, without the parts that could hold a query.
fn explain(error: ureq::Error, url: &Url, request: &Request) -> HttpError {
    use ureq::Error;

    let host = || url.host_str().unwrap_or_default().to_owned();
    let protocol = |detail: String| HttpError::Protocol { url: shown(url), detail };
    match error {
        Error::HostNotFound => HttpError::HostNotFound { url: shown(url) },
        Error::Timeout(_) => HttpError::TimedOut { url: shown(url), limit: request.time },
        Error::BodyExceedsLimit(_) => HttpError::TooLarge { url: shown(url), limit: request.limit },
        Error::LargeResponseHeader(..) => HttpError::HeadTooLarge { url: shown(url) },
        Error::Rustls(source) => TlsError::from_library(&source, &host()).into(),
        Error::Tls(_) => TlsError::HostName { host: host() }.into(),
        Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(source) => TlsError::from_library(source, &host()).into(),
            None => HttpError::Io { url: shown(url), source: error },
        },
        Error::ConnectProxyFailed(detail) => HttpError::Proxy { detail },
        Error::InvalidProxyUrl => HttpError::Proxy { detail: "its URL cannot be used".to_owned() },
        Error::BadUri(_) | Error::Http(_) => HttpError::Url { problem: UrlProblem::Syntax },
        Error::Protocol(error) => protocol(error.to_string()),
        other => protocol(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
