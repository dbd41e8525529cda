use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tayori_client::tls::Untrusted;

use super::*;

/// Answers each request with the next answer, on its own connection, and keeps what was asked.
struct Server {
    port: u16,
    asked: mpsc::Receiver<String>,
}

impl Server {
    fn new<const N: usize>(answers: [&str; N]) -> Self {
        Self::wrapped(answers, |stream| stream)
    }

    fn wrapped<const N: usize, S: Read + Write>(
        answers: [&str; N],
        wrap: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = answers.map(|answer| answer.replace("PORT", &port.to_string()));
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || {
            for answer in answers {
                let mut stream = BufReader::new(wrap(listener.accept().unwrap().0));
                // A client that is refused or gives up is not the server's concern.
                let Ok(request) = read_request(&mut stream) else { continue };
                sender.send(request).unwrap();
                let _ = stream.get_mut().write_all(answer.as_bytes());
                let _ = stream.get_mut().flush();
            }
        });
        Self { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The next request that was made, its header fields in order.
    fn asked(&self) -> String {
        let asked = self.asked.recv().unwrap().replace(&self.port.to_string(), "PORT");
        let (head, body) = asked.split_once("\n\n").unwrap();
        let (line, fields) = head.split_once('\n').unwrap();
        let mut fields: Vec<&str> = fields.lines().collect();
        fields.sort_unstable();
        format!("{line}\n{}\n\n{body}", fields.join("\n"))
    }
}

fn read_request(stream: &mut impl BufRead) -> io::Result<String> {
    let mut request = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        let is_end = line == "\r\n";
        request.push_str(&line.replace("\r\n", "\n"));
        if is_end {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    request.push_str(&String::from_utf8(body).unwrap());
    Ok(request)
}

/// An authority in a file, and what a server needs for a certificate for `127.0.0.1` that it has signed.
struct Authority {
    folder: tempfile::TempDir,
    server: Arc<ServerConfig>,
}

impl Authority {
    fn new(params: impl FnOnce(&mut CertificateParams)) -> Self {
        Self::named("authority of a test", params)
    }

    fn named(name: &str, params: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        let mut leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params(&mut leaf);
        let key = KeyPair::generate().unwrap();
        let certificate = leaf.signed_by(&key, &issuer).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        Self { folder, server: Arc::new(server) }
    }

    fn serve<const N: usize>(&self, answers: [&str; N]) -> Server {
        let config = Arc::clone(&self.server);
        Server::wrapped(answers, move |stream| {
            StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)
        })
    }

    fn client(&self) -> HttpClient {
        let authorities = Authorities::CaFile(self.folder.path().join("ca.pem"));
        HttpClient::new(HttpSettings { authorities, proxy: HttpProxy::None })
    }
}

fn client() -> HttpClient {
    HttpClient::new(HttpSettings { proxy: HttpProxy::None, ..HttpSettings::default() })
}

const OK: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn a_get_says_who_asks_and_what_for() {
    let server = Server::new([OK]);
    let request = Request::get(&server.url("/settings?mail=a@example.org")).unwrap().accept("text/xml");
    let response = client().fetch(request).await.unwrap();
    assert_eq!(
        server.asked(),
        format!(
            "GET /settings?mail=a@example.org HTTP/1.1\naccept: text/xml\nhost: 127.0.0.1:PORT\n\
             user-agent: {USER_AGENT}\n\n"
        )
    );
    assert_eq!(response.body(), b"hello");
    assert_eq!(
        format!("{response:?}").replace(&server.port.to_string(), "PORT"),
        "Response { status: 200, media_type: Some(\"text/plain\"), url: \"http://127.0.0.1:PORT/settings\", \
         octets: 5 }"
    );
}

#[tokio::test]
async fn a_form_is_sent_in_the_body_and_shown_nowhere() {
    let server = Server::new(["HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"]);
    let form = Form::new()
        .with("grant_type", "refresh_token")
        .with("refresh_token", "se&cr=et +/é")
        .with_some("client_secret", None::<&str>)
        .with_some("scope", Some("a b"));
    let request = Request::post(&server.url("/token"), form).unwrap();
    assert_eq!(
        format!("{request:?}").replace(&server.port.to_string(), "PORT"),
        r#"POST http://127.0.0.1:PORT/token ["grant_type", "refresh_token", "scope"]"#
    );
    assert_eq!(request.form().unwrap().value("refresh_token"), Some("se&cr=et +/é".as_bytes()));
    let response = client().fetch(request).await.unwrap();
    assert_eq!((response.status(), response.is_success()), (400, false));
    assert_eq!(
        server.asked(),
        format!(
            "POST /token HTTP/1.1\naccept: */*\ncontent-length: 78\n\
             content-type: application/x-www-form-urlencoded\nhost: 127.0.0.1:PORT\nuser-agent: {USER_AGENT}\n\n\
             grant_type=refresh_token&refresh_token=se%26cr%3Det%20%2B%2F%C3%A9&scope=a%20b"
        )
    );
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    let endless = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello";
    for answer in [OK, chunked, endless] {
        let server = Server::new([answer, answer]);
        let ask = |limit| Request::get(&server.url("/")).unwrap().limit(limit);
        assert_eq!(client().fetch(ask(5)).await.unwrap().body(), b"hello", "{answer}");
        let error = client().fetch(ask(4)).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLarge { limit: 4, .. }), "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn a_header_is_taken_up_to_its_limit() {
    let answer = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(HEAD));
    let server = Server::new([&answer]);
    let error = client().fetch(Request::get(&server.url("/")).unwrap()).await.unwrap_err();
    assert!(matches!(error, HttpError::HeadTooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    let server = Server::new(["* OK IMAP4rev1 ready\r\n", ""]);
    let error = client().fetch(Request::get(&server.url("/?q=secret")).unwrap()).await.unwrap_err();
    assert!(matches!(error, HttpError::Protocol { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
    let error = client().fetch(Request::get(&server.url("/?q=secret")).unwrap()).await.unwrap_err();
    assert!(matches!(error, HttpError::Io { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[tokio::test]
async fn a_get_follows_so_many_redirects() {
    let to = |status: u16, location: &str| {
        format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
    };
    let (first, second) = (to(301, "/b?c"), to(307, "http://localhost:PORT/d"));
    let server = Server::new([&first, &second, OK]);
    let request = Request::get(&server.url("/a")).unwrap().redirects(2);
    let response = client().fetch(request).await.unwrap();
    assert_eq!(response.url(), format!("http://localhost:{}/d", server.port));
    let lines: Vec<String> =
        (0..3).map(|_| server.asked().lines().next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, ["GET /a HTTP/1.1", "GET /b?c HTTP/1.1", "GET /d HTTP/1.1"]);

    let server = Server::new([&first, &second]);
    let request = Request::get(&server.url("/a")).unwrap().redirects(1);
    let error = client().fetch(request).await.unwrap_err();
    assert_eq!(
        error.to_string().replace(&server.port.to_string(), "PORT"),
        "http://127.0.0.1:PORT/b redirects to http://localhost:PORT/d, and more than 1 redirects are not followed"
    );
    for (location, why) in [
        ("http://example.org/", RedirectRefused::Insecure),
        ("javascript:alert(1)", RedirectRefused::Insecure),
        ("https://user@example.org/", RedirectRefused::Insecure),
        ("http://[", RedirectRefused::Nowhere),
    ] {
        let answer = to(302, location);
        let server = Server::new([&answer]);
        let error = client().fetch(Request::get(&server.url("/")).unwrap()).await.unwrap_err();
        assert!(
            matches!(&error, HttpError::Redirect { why: other, .. } if *other == why),
            "{location}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_form_follows_no_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let answer =
            format!("HTTP/1.1 {status} Elsewhere\r\nLocation: /other?x=y\r\nContent-Length: 0\r\n\r\n");
        let server = Server::new([&answer, OK]);
        let request = Request::post(&server.url("/token"), Form::new().with("code", "secret")).unwrap();
        let error = client().fetch(request.redirects(3)).await.unwrap_err();
        assert_eq!(
            error.to_string().replace(&server.port.to_string(), "PORT"),
            "http://127.0.0.1:PORT/token redirects to http://127.0.0.1:PORT/other, and what was sent is not for others"
        );
    }
}

#[tokio::test]
async fn https_asks_who_the_server_is() {
    let authority = Authority::new(|_| ());
    let server = authority.serve([OK]);
    let url = server.url("/").replace("http:", "https:");
    let response = authority.client().fetch(Request::get(&url).unwrap()).await.unwrap();
    assert_eq!(response.body(), b"hello");

    let refused = |other: Authority| async move {
        let server = other.serve([OK]);
        let url = server.url("/").replace("http:", "https:");
        reason(other.client().fetch(Request::get(&url).unwrap()).await.unwrap_err())
    };
    let expired = Authority::new(|leaf| leaf.not_after = rcgen::date_time_ymd(2020, 1, 1));
    assert!(matches!(refused(expired).await, Untrusted::Expired { .. }));
    let early = Authority::new(|leaf| leaf.not_before = rcgen::date_time_ymd(3000, 1, 1));
    assert!(matches!(refused(early).await, Untrusted::NotYetValid { .. }));
    let named = Authority::new(|leaf| {
        leaf.subject_alt_names = vec![rcgen::SanType::DnsName("mail.example".try_into().unwrap())];
    });
    assert_eq!(refused(named).await, Untrusted::Name { presented: vec!["mail.example".to_owned()] });

    for name in ["somebody else", "authority of a test"] {
        let server = authority.serve([OK]);
        let url = server.url("/").replace("http:", "https:");
        let other = Authority::named(name, |_| ());
        let error = other.client().fetch(Request::get(&url).unwrap()).await.unwrap_err();
        assert_eq!(reason(error), Untrusted::Issuer);
    }
}

fn reason(error: HttpError) -> Untrusted {
    match error {
        HttpError::Tls(TlsError::Untrusted { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn https_does_not_lead_to_http() {
    let authority = Authority::new(|_| ());
    let plain = Server::new([OK]);
    let answer = format!(
        "HTTP/1.1 302 Elsewhere\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        plain.url("/").as_str()
    );
    let server = authority.serve([&answer]);
    let url = server.url("/").replace("http:", "https:");
    let error = authority.client().fetch(Request::get(&url).unwrap()).await.unwrap_err();
    assert!(
        matches!(error, HttpError::Redirect { why: RedirectRefused::Insecure, .. }),
        "even to this machine: {error:?}"
    );
}

#[test]
fn only_https_is_asked_and_plain_http_of_this_machine() {
    for url in ["https://example.org", "http://localhost:80/", "http://127.9.9.9/", "http://[::1]/"] {
        assert!(Request::get(url).is_ok(), "{url}");
    }
    for (url, expected) in [
        ("http://example.org/", UrlProblem::Insecure),
        ("http://localhost.example.org/", UrlProblem::Insecure),
        ("http://128.0.0.1/", UrlProblem::Insecure),
        ("ftp://localhost/", UrlProblem::Scheme),
        ("https://user@example.org/", UrlProblem::Credentials),
        ("https://:password@example.org/", UrlProblem::Credentials),
        ("example.org", UrlProblem::Syntax),
        ("mailto:a@example.org", UrlProblem::Syntax),
        ("", UrlProblem::Syntax),
    ] {
        let error = Request::get(url).unwrap_err();
        assert!(matches!(&error, HttpError::Url { problem } if *problem == expected), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for_without_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let request = Request::get(&url).unwrap().time(Duration::from_millis(50));
    let error = client().fetch(request).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{url} gave no whole answer within 0.05 seconds"));
}

#[tokio::test]
async fn a_request_that_is_dropped_closes_its_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = client();
    let fetching = client.fetch(Request::get(&url).unwrap());
    let accepted = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 16];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut request).await.unwrap();
        stream
    };
    let mut stream = tokio::select! {
        answer = fetching => panic!("{answer:?}"),
        stream = accepted => stream,
    };
    let mut rest = Vec::new();
    // Ends long before the time of the request.
    let ending = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest);
    tokio::time::timeout(Duration::from_secs(10), ending).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_proxy_stands_between_us_and_others_but_not_in_this_machine() {
    let proxy = Server::new(["HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"]);
    let authority = Authority::new(|_| ());
    let url = format!("http://user:password@127.0.0.1:{}", proxy.port);
    let settings = HttpSettings { proxy: HttpProxy::Url(url), ..authority.client().0.settings.clone() };
    let client = HttpClient::new(settings);
    assert!(!format!("{client:?}").contains("password"));
    let error = client.fetch(Request::get("https://mail.example/?q").unwrap()).await.unwrap_err();
    assert!(matches!(error, HttpError::Proxy { .. }), "{error:?}");
    assert_eq!(proxy.asked().lines().next(), Some("CONNECT mail.example:443 HTTP/1.1"));
    let server = Server::new([OK]);
    let response = client.fetch(Request::get(&server.url("/")).unwrap()).await.unwrap();
    assert_eq!(response.body(), b"hello");

    let settings = HttpSettings { proxy: HttpProxy::Url("password".to_owned()), ..HttpSettings::default() };
    let request = Request::get("https://mail.example/").unwrap();
    let error = HttpClient::new(settings).fetch(request).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("password"));
}

#[tokio::test]
async fn a_file_without_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for content in ["", "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n"] {
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, content).unwrap();
        let settings =
            HttpSettings { authorities: Authorities::CaFile(path.clone()), proxy: HttpProxy::None };
        let client = HttpClient::new(settings);
        let error = client.fetch(Request::get("https://localhost/").unwrap()).await.unwrap_err();
        assert!(
            matches!(&error, HttpError::Tls(TlsError::CaFile { path: other, .. }) if *other == path),
            "{error:?}"
        );
    }
}
