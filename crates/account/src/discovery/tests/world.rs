//! A small world on this machine: a DNS server, and a proxy behind which every host is.
//!
//! The client asks the proxy for `imap.example.org:993` as it would ask any other one, so that names, certificates and
//! ports are those of real servers; the proxy itself plays the host.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{MX, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tayori_client::tls::{Tls, Trust};
use tayori_client::way::Way;

use super::super::{Discovery, Dns};
use crate::http::{Authorities, HttpClient, HttpProxy, HttpSettings};

/// What stands at a port of a host. Where nothing does, the proxy says 502; but HTTPS is everywhere, and has no page.
#[derive(Clone)]
pub(super) enum Place {
    /// HTTPS that answers every request with this.
    Https(String),
    /// IMAP with TLS from the start.
    Imaps,
    /// IMAP with TLS from the start, and a certificate for another host.
    Impostor,
    /// IMAP that has STARTTLS.
    Upgrading,
    /// IMAP without any TLS.
    Plain,
    /// IMAP with TLS from the start, that never stops to answer.
    Endless,
    /// Something that says this and no more.
    Says(&'static str),
    /// Something that says nothing and waits for the end.
    Silent,
}

/// What DNS has for a name.
#[derive(Clone)]
pub(super) enum Answer {
    Srv(Vec<(u16, u16, u16, &'static str)>),
    Mx(Vec<(u16, &'static str)>),
    /// SRV records, for whoever asks a second time.
    SecondTime(Vec<(u16, u16, u16, &'static str)>),
    Code(ResponseCode),
    Garbage,
    Silence,
}

/// The hosts and records of one test.
#[derive(Default)]
pub(super) struct World {
    places: HashMap<String, Place>,
    answers: HashMap<(String, RecordType), Answer>,
}

/// A world that is there, for as long as the process runs.
pub(super) struct Running {
    pub(super) discovery: Discovery,
    asked: mpsc::Receiver<String>,
    proxy: SocketAddr,
    /// Where the authority's certificate is.
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) fn place(mut self, at: &str, place: Place) -> Self {
        self.places.insert(at.to_owned(), place);
        self
    }

    /// A file in Mozilla's format, or whatever else is served in its place.
    pub(super) fn file(self, host: &str, body: &str) -> Self {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        self.place(&format!("{host}:443"), Place::Https(answer))
    }

    pub(super) fn answer(mut self, name: &str, kind: RecordType, answer: Answer) -> Self {
        self.answers.insert((format!("{name}."), kind), answer);
        self
    }

    pub(super) fn srv<const N: usize>(self, name: &str, records: [(u16, u16, u16, &'static str); N]) -> Self {
        self.answer(name, RecordType::SRV, Answer::Srv(records.into()))
    }

    pub(super) fn mx<const N: usize>(self, domain: &str, records: [(u16, &'static str); N]) -> Self {
        self.answer(domain, RecordType::MX, Answer::Mx(records.into()))
    }

    pub(super) fn run(self) -> Running {
        let dns = serve_dns(self.answers);
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.0.pem()).unwrap();
        let (sender, asked) = mpsc::channel();
        let address = serve_proxy(self.places, authority, sender);
        let proxy = format!("http://{address}");
        let http = HttpSettings {
            authorities: Authorities::CaFile(ca.clone()),
            proxy: HttpProxy::Url(proxy.clone()),
        };
        let discovery = Discovery::new()
            .http(HttpClient::new(http))
            .dns(Dns::servers([dns]))
            .way(Way::Proxy(proxy.parse().unwrap()))
            .tls(Tls::new(Trust::CaFile(ca)));
        Running { discovery, asked, proxy: address, _folder: folder }
    }
}

impl Running {
    /// Where connections went, and the first line of every request of HTTP, sorted.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked: Vec<_> = self.asked.try_iter().collect();
        asked.sort_unstable();
        asked
    }

    /// Words in which the proxy has a name instead of an address.
    pub(super) fn without_port(&self, words: &str) -> String {
        words.replace(&self.proxy.to_string(), "PROXY")
    }
}

fn serve_dns(answers: HashMap<(String, RecordType), Answer>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        let mut asked = HashSet::new();
        loop {
            let (length, from) = socket.recv_from(&mut buffer).unwrap();
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let name = question.queries.first().unwrap().name().to_ascii();
            let is_lost = asked.insert(name.clone())
                && matches!(answers.get(&(name, RecordType::SRV)), Some(Answer::SecondTime(_)));
            if is_lost {
                continue;
            }
            if let Some(answer) = reply(&answers, &question) {
                // Whoever does not wait any more is not the server's concern.
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    address
}

fn reply(answers: &HashMap<(String, RecordType), Answer>, question: &Message) -> Option<Vec<u8>> {
    let query = question.queries.first().unwrap().clone();
    let name = query.name().clone();
    assert!(name.is_fqdn());
    let mut message = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
    let kind = query.query_type();
    message.add_query(query);
    let mut add = |data| {
        message.add_answer(Record::from_rdata(name.clone(), 60, data));
    };
    match answers.get(&(name.to_ascii(), kind)) {
        None => message.metadata.response_code = ResponseCode::NXDomain,
        Some(Answer::Srv(records) | Answer::SecondTime(records)) => {
            for (priority, weight, port, target) in records {
                add(RData::SRV(SRV::new(*priority, *weight, *port, Name::from_ascii(target).unwrap())));
            }
        }
        Some(Answer::Mx(records)) => {
            for (preference, host) in records {
                add(RData::MX(MX::new(*preference, Name::from_ascii(host).unwrap())));
            }
        }
        Some(Answer::Code(code)) => message.metadata.response_code = *code,
        Some(Answer::Garbage) => {
            // The header is that of an answer, and what follows is cut off.
            message.add_answer(Record::from_rdata(name, 60, RData::MX(MX::new(0, Name::root()))));
            let mut octets = message.to_vec().unwrap();
            octets.truncate(octets.len() - 2);
            return Some(octets);
        }
        Some(Answer::Silence) => return None,
    }
    Some(message.to_vec().unwrap())
}

/// Vouches for every host that the test has.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn protect(&self, host: &str, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new([host.to_owned()]).unwrap();
        let certificate = leaf.signed_by(&key, &self.0).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
    }
}

fn serve_proxy(
    places: HashMap<String, Place>,
    authority: Authority,
    asked: mpsc::Sender<String>,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (places, authority) = (Arc::new(places), Arc::new(authority));
    // The receiver can be gone before the last connection.
    let asked = Arc::new(Mutex::new(asked));
    thread::spawn(move || {
        loop {
            let (stream, _) = listener.accept().unwrap();
            let (places, authority, asked) =
                (Arc::clone(&places), Arc::clone(&authority), Arc::clone(&asked));
            thread::spawn(move || {
                let tell = |what: &str| {
                    let _ = asked.lock().unwrap().send(what.to_owned());
                };
                // Clients that end early are what some of the tests are about.
                let _ = play(stream, &places, &authority, &tell);
            });
        }
    });
    address
}

fn play(
    mut stream: TcpStream,
    places: &HashMap<String, Place>,
    authority: &Authority,
    tell: &dyn Fn(&str),
) -> io::Result<()> {
    // Octet by octet, since what follows belongs to TLS.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet)?;
        head.extend(octet);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
    let (host, port) = target.rsplit_once(':').unwrap();
    tell(target);
    let missing = Place::Https("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned());
    let Some(place) = places.get(target).or((port == "443").then_some(&missing)) else {
        return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    match place {
        Place::Https(answer) => {
            assert_eq!(port, "443");
            let mut stream = BufReader::new(authority.protect(host, stream));
            let mut line = String::new();
            stream.read_line(&mut line)?;
            tell(&format!("{host} {}", line.trim_end()));
            while line != "\r\n" {
                line.clear();
                if stream.read_line(&mut line)? == 0 {
                    return Ok(());
                }
            }
            stream.get_mut().write_all(answer.as_bytes())?;
            stream.get_mut().flush()
        }
        Place::Imaps => talk(authority.protect(host, stream), Some("* OK ready\r\n")).map(drop),
        Place::Impostor => {
            talk(authority.protect("elsewhere.example", stream), Some("* OK ready\r\n")).map(drop)
        }
        Place::Upgrading => match talk(stream, Some("* OK ready\r\n"))? {
            Some(stream) => talk(authority.protect(host, stream), None).map(drop),
            None => Ok(()),
        },
        Place::Plain => {
            stream.write_all(b"* OK ready\r\n")?;
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let tag = line.split(' ').next().unwrap().to_owned();
            stream.get_mut().write_all(format!("{tag} BAD what is that\r\n").as_bytes())
        }
        Place::Endless => {
            let mut stream = authority.protect(host, stream);
            loop {
                // The end of the client ends it.
                stream.write_all(b"* OK still here\r\n")?;
            }
        }
        Place::Says(text) => stream.write_all(text.as_bytes()),
        Place::Silent => stream.read_to_end(&mut Vec::new()).map(drop),
    }
}

/// Speaks IMAP to the end, or until STARTTLS, which gives the stream back.
fn talk<S: Read + Write>(stream: S, greeting: Option<&str>) -> io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if let Some(greeting) = greeting {
        stream.get_mut().write_all(greeting.as_bytes())?;
    }
    loop {
        stream.get_mut().flush()?;
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap();
        let answer = match command {
            "CAPABILITY" => format!("* CAPABILITY IMAP4rev1 STARTTLS IDLE\r\n{tag} OK done\r\n"),
            "STARTTLS" => format!("{tag} OK begin\r\n"),
            "LOGOUT" => format!("* BYE bye\r\n{tag} OK done\r\n"),
            other => panic!("{other}"),
        };
        stream.get_mut().write_all(answer.as_bytes())?;
        match command {
            "STARTTLS" => {
                stream.get_mut().flush()?;
                return Ok(Some(stream.into_inner()));
            }
            "LOGOUT" => return stream.get_mut().flush().map(|()| None),
            _ => {}
        }
    }
}
