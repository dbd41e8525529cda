//! Ways to a server: proxies that help and proxies that do not, and programs that speak IMAP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

#[path = "common/certificates.rs"]
mod certificates;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certificates::{Authority, for_names};
use tayori_client::way::{Proxy, ProxyError, ProxyRefusal, Tunnel, Way};
use tayori_client::{Connection, Connector, Error, Fault, Lost, Security, Stage, Timeouts};
use tayori_proto::session::Violation;
use tayori_testkit::peer::Peer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const GREETING: &str = "* OK ready\r\n";

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn by(address: &str) -> Connector {
    Connector::new().way(Way::Proxy(address.parse().unwrap()))
}

/// Connects through a proxy of this kind and login to `mail.example` port 143, which no name server knows.
async fn through(
    address: impl Fn(u16) -> String,
    proxy: impl AsyncFnOnce(TcpStream) -> TcpStream,
) -> Result<Connection, Error> {
    let (listener, port) = listen().await;
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut peer = Peer::new(proxy(socket).await);
        peer.rest().await;
    };
    let client = by(&address(port));
    let client = async { client.connect("mail.example", 143, &Security::None).await };
    tokio::select! {
        biased;
        connected = client => connected,
        () = server => panic!("the proxy is at its end, and the client is not"),
    }
}

/// What a proxy hears up to its next answer.
async fn hear<const N: usize>(socket: &mut TcpStream) -> [u8; N] {
    let mut octets = [0; N];
    socket.read_exact(&mut octets).await.unwrap();
    octets
}

/// CONNECT by name: the length, the name, the port.
const BY_NAME: &[u8; 19] = b"\x05\x01\x00\x03\x0cmail.example\x00\x8f";

fn socks(port: u16) -> String {
    format!("socks5://127.0.0.1:{port}")
}

fn socks_as_joe(port: u16) -> String {
    format!("socks5h://joe:p%40ss@127.0.0.1:{port}")
}

fn http(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn http_as_joe(port: u16) -> String {
    format!("http://joe:p%40ss@127.0.0.1:{port}")
}

#[tokio::test]
async fn a_socks_proxy_looks_up_the_name() {
    let connected = through(socks, async |mut socket| {
        assert_eq!(&hear::<3>(&mut socket).await, b"\x05\x01\x00");
        socket.write_all(b"\x05\x00").await.unwrap();
        assert_eq!(&hear::<19>(&mut socket).await, BY_NAME);
        // The server greets in the same piece.
        socket.write_all(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x8f* OK ready\r\n").await.unwrap();
        socket
    });
    let connection = connected.await.unwrap();
    let arrival = connection.arrival();
    assert!(arrival.peer.is_none(), "the address of the proxy is not that of the server");
    assert!(arrival.times.proxy.is_some() && arrival.times.connect.is_some());
}

#[tokio::test]
async fn a_socks_proxy_gets_user_and_password() {
    let connected = through(socks_as_joe, async |mut socket| {
        let [5, methods] = hear::<2>(&mut socket).await else { panic!("another version") };
        let mut offered = vec![0; usize::from(methods)];
        socket.read_exact(&mut offered).await.unwrap();
        assert!(offered.contains(&2));
        socket.write_all(b"\x05\x02").await.unwrap();
        assert_eq!(&hear::<10>(&mut socket).await, b"\x01\x03joe\x04p@ss");
        socket.write_all(b"\x01\x00").await.unwrap();
        assert_eq!(&hear::<19>(&mut socket).await, BY_NAME);
        socket.write_all(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x8f* OK ready\r\n").await.unwrap();
        socket
    });
    connected.await.unwrap();
}

#[tokio::test]
async fn each_refusal_of_a_socks_proxy_is_told() {
    for (code, refusal) in [
        (1, ProxyRefusal::General),
        (2, ProxyRefusal::NotAllowed),
        (3, ProxyRefusal::NetworkUnreachable),
        (4, ProxyRefusal::HostUnreachable),
        (5, ProxyRefusal::ConnectionRefused),
        (6, ProxyRefusal::TtlExpired),
        (7, ProxyRefusal::Unsupported),
        (8, ProxyRefusal::Unsupported),
    ] {
        let connected = through(socks, async |mut socket| {
            hear::<3>(&mut socket).await;
            socket.write_all(b"\x05\x00").await.unwrap();
            hear::<19>(&mut socket).await;
            socket.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            socket
        });
        let error = connected.await.unwrap_err();
        assert_eq!(error.fault(), Fault::Network);
        let Error::Proxy(ProxyError::Refused { refusal: found, proxy }) = &error else { panic!("{error:?}") };
        assert_eq!(found, &refusal, "{code}");
        assert_eq!(error.to_string(), format!("the {proxy} has not connected to the server: {refusal}"));
    }
}

/// What it answers to the first line of SOCKS, and whether that is about the login.
#[tokio::test]
async fn what_is_no_socks_proxy_and_what_wants_a_login_is_told_apart() {
    for (address, answer, expected) in [
        (socks as fn(u16) -> String, &b"\x05\xff"[..], "wants a user and a password"),
        (socks_as_joe, b"\x05\xff", "refuses the user or the password"),
        (socks, b"\x04\x00", "is none: it has another version"),
        (socks, b"\x05\x77", "is none: its answer is none that was offered"),
        (socks, b"* OK ready\r\n", "is none: it has another version"),
        (socks, b"HTTP/1.1 400 Bad Request\r\n\r\n", "is none: it has another version"),
    ] {
        let connected = through(address, async |mut socket| {
            let mut heard = [0; 64];
            let _ = socket.read(&mut heard).await.unwrap();
            socket.write_all(answer).await.unwrap();
            socket
        });
        let error = connected.await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
        assert!(!error.contains("p@ss") && !error.contains("p%40ss"), "{error}");
    }
    let error = through(socks_as_joe, async |mut socket| {
        let mut heard = [0; 64];
        let _ = socket.read(&mut heard).await.unwrap();
        socket.write_all(b"\x05\x02").await.unwrap();
        let _ = socket.read(&mut heard).await.unwrap();
        socket.write_all(b"\x01\x01").await.unwrap();
        socket
    });
    let error = error.await.unwrap_err();
    assert!(matches!(error, Error::Proxy(ProxyError::LoginRefused { .. })), "{error:?}");
    assert_eq!(error.fault(), Fault::Caller);
}

/// The head of a request as a proxy hears it.
async fn hear_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_the_name_and_the_greeting_behind_its_answer_is_kept() {
    for (address, login) in
        [(http as fn(u16) -> String, ""), (http_as_joe, "Proxy-Authorization: Basic am9lOnBAc3M=\r\n")]
    {
        let connected = through(address, async |mut socket| {
            let head = hear_head(&mut socket).await;
            let expected =
                format!("CONNECT mail.example:143 HTTP/1.1\r\nHost: mail.example:143\r\n{login}\r\n");
            assert_eq!(head, expected);
            let answer = format!("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n{GREETING}");
            socket.write_all(answer.as_bytes()).await.unwrap();
            socket
        });
        connected.await.unwrap();
    }
}

#[tokio::test]
async fn what_an_http_proxy_answers_is_told() {
    for (address, answer, expected) in [
        (http as fn(u16) -> String, "HTTP/1.1 407 No\r\n\r\n", "wants a user and a password"),
        (http_as_joe, "HTTP/1.1 407 No\r\n\r\n", "refuses the user or the password"),
        (http, "HTTP/1.1 403 Forbidden\r\n\r\n", "has not connected to the server: status 403 (Forbidden)"),
        (http, "HTTP/1.1 502\r\n\r\n", "has not connected to the server: status 502"),
        (
            http,
            "HTTP/1.0 302 Found\nLocation: http://evil/\n\n",
            "has not connected to the server: status 302 (Found)",
        ),
        (http, "* OK ready\r\n", "is none: its answer is not HTTP"),
        (http, "HTTP/1.1 two hundred\r\n\r\n", "is none: its answer cannot be read"),
    ] {
        let connected = through(address, async |mut socket| {
            hear_head(&mut socket).await;
            socket.write_all(answer.as_bytes()).await.unwrap();
            socket
        });
        let error = connected.await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[tokio::test]
async fn an_answer_of_a_proxy_without_end_is_bounded() {
    let connected = through(http, async |mut socket| {
        hear_head(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        while socket.write_all(b"X-Field: and so on\r\n").await.is_ok() {}
        socket
    });
    let error = connected.await.unwrap_err().to_string();
    assert!(error.ends_with("is none: its answer has no end"), "{error}");
}

#[tokio::test]
async fn a_proxy_that_is_silent_is_given_up_in_time() {
    for address in [socks as fn(u16) -> String, http] {
        let connected = through(address, async |socket| {
            tokio::time::pause();
            socket
        });
        let error = connected.await.unwrap_err();
        let after = Timeouts::default().connect;
        assert!(
            matches!(error, Error::TimedOut { stage: Stage::Proxy, after: limit } if limit == after),
            "{error:?}"
        );
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_leaves_is_named() {
    let (listener, port) = listen().await;
    drop(listener);
    let error = by(&socks(port)).connect("mail.example", 143, &Security::None).await.map(drop).unwrap_err();
    assert!(matches!(error, Error::Proxy(ProxyError::Unreachable { .. })), "{error:?}");
    for address in [socks as fn(u16) -> String, http] {
        let connected = through(address, async |mut socket| {
            let _ = socket.read(&mut [0; 1024]).await.unwrap();
            socket.shutdown().await.unwrap();
            socket
        });
        let error = connected.await.unwrap_err();
        assert!(matches!(error, Error::Proxy(ProxyError::Broken { .. })), "{error:?}");
    }
}

/// A name with a line end would be a second line of the request.
#[tokio::test]
async fn a_name_that_is_none_is_not_sent_to_a_proxy() {
    let (_listener, port) = listen().await;
    for host in ["a\r\nX: y", "a b", "", "ä"] {
        let error = by(&http(port)).connect(host, 143, &Security::None).await.map(drop).unwrap_err();
        assert!(matches!(error, Error::Proxy(ProxyError::Target { .. })), "{error:?}");
    }
}

/// The certificate is that of the server, and the proxy cannot have another one.
#[tokio::test]
async fn tls_through_a_proxy_is_with_the_server() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["mail.example"]));
    let other = authority.sign(for_names(&["127.0.0.1", "localhost"]));
    for (identity, believed) in [(&identity, true), (&other, false)] {
        let (listener, port) = listen().await;
        let acceptor = identity.acceptor(rustls::ALL_VERSIONS);
        let proxy = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            hear_head(&mut socket).await;
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            if let Ok(stream) = acceptor.accept(socket).await {
                Peer::new(stream).say(GREETING).await;
            }
        };
        let security = Security::ImplicitTls(authority.trust().into());
        let client = by(&http(port));
        let client = async { client.connect("mail.example", 993, &security).await.map(drop) };
        let ((), connected) = tokio::join!(proxy, client);
        assert_eq!(connected.is_ok(), believed, "{connected:?}");
    }
}

/// PREAUTH through a proxy is as little worth as on any line.
#[tokio::test]
async fn a_proxy_is_no_reason_to_believe_a_server() {
    let connected = through(http, async |mut socket| {
        hear_head(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n* PREAUTH welcome\r\n").await.unwrap();
        socket
    });
    let error = connected.await.unwrap_err();
    assert!(matches!(error, Error::Lost(Lost::Violation(Violation::PreAuthInClear))), "{error:?}");
}

// Tunnels.

async fn tunnel(tunnel: Tunnel) -> Result<Connection, Error> {
    Connector::new().way(Way::Tunnel(tunnel)).connect("mail.example", 143, &Security::None).await
}

/// A server in a few lines of shell: it greets, says OK to everything, and goodbye to LOGOUT.
const SERVER: &str = r"
printf '* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n'
while read -r tag command; do
    case $command in
        LOGOUT*) printf '* BYE bye\r\n%s OK done\r\n' $tag; exit 3 ;;
        *) printf '%s OK done\r\n' $tag ;;
    esac
done
";

#[tokio::test]
async fn a_program_that_speaks_imap_is_a_server_and_its_preauth_is_believed() {
    let connection = tunnel(Tunnel::shell(SERVER)).await.unwrap();
    assert!(connection.tls().is_none());
    let mut session = connection.into_preauthenticated().unwrap();
    session.noop().await.unwrap();
    // How it ends behind BYE is its own business.
    session.logout().await.unwrap();
}

#[tokio::test]
async fn a_list_is_run_as_it_is() {
    let program =
        Tunnel::program("sh", ["-c", "printf '* PREAUTH %s\\r\\n' \"$1\"; read -r line", "sh", "a  b; exit"]);
    tunnel(program).await.unwrap().into_preauthenticated().unwrap();
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_told() {
    let error = tunnel(Tunnel::program("/nowhere/at/all", [""; 0])).await.map(drop).unwrap_err();
    assert!(matches!(error, Error::Tunnel { .. }), "{error:?}");
    assert_eq!(error.fault(), Fault::Caller);
}

#[tokio::test]
async fn a_program_that_ends_early_is_told_with_its_status_and_its_last_words() {
    for (command, status, said) in [
        ("echo 'Permission denied (publickey).' >&2; exit 255", 255, "Permission denied (publickey)."),
        ("exit 0", 0, ""),
        ("for i in 1 2 3 4 5 6; do echo $i >&2; done; exit 1", 1, "3\n4\n5\n6"),
        ("printf '* OK re'; exit 7", 7, ""),
    ] {
        let error = tunnel(Tunnel::shell(command)).await.map(drop).unwrap_err();
        let Error::Lost(Lost::Tunnel(ended)) = &error else { panic!("{error:?}") };
        assert_eq!(ended.status.and_then(|status| status.code()), Some(status), "{command}");
        assert_eq!(String::from_utf8_lossy(&ended.said), said, "{command}");
        assert_eq!(error.fault(), Fault::Network);
    }
    // In the middle of a session too.
    let command = "printf '* PREAUTH x\\r\\n'; read -r line; echo gone >&2; exit 9";
    let mut session = tunnel(Tunnel::shell(command)).await.unwrap().into_preauthenticated().unwrap();
    let error = session.noop().await.unwrap_err();
    assert_eq!(error.to_string(), "the connection is lost: the tunnel's program ended (exit status: 9)");
}

#[tokio::test]
async fn error_output_is_handed_on_line_by_line_and_bounded() {
    let heard = Arc::new(Mutex::new(Vec::<String>::new()));
    let sink = Arc::clone(&heard);
    let command =
        "printf 'one\\r\\n\\ntwo\\033[1m\\n' >&2; head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1";
    let program = Tunnel::shell(command)
        .listen(move |line| sink.lock().unwrap().push(String::from_utf8_lossy(line).into_owned()));
    tunnel(program).await.map(drop).unwrap_err();
    let heard = heard.lock().unwrap().clone();
    assert_eq!(heard, ["one".to_owned(), "two\u{1b}[1m".to_owned(), "x".repeat(1024)]);
}

/// Whether a process of this id is there, be it as a zombie.
fn is_there(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

/// Waits until the process is gone and was waited for; a test that hangs here has found a zombie.
async fn gone(id: u32) {
    let gone = async {
        while is_there(id) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the program is still there");
}

#[tokio::test]
async fn a_program_does_not_outlive_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    for (name, after) in [
        // Ends with its input.
        ("polite", "while read -r line; do :; done"),
        // Does not end by itself.
        ("stubborn", "trap '' TERM HUP INT; exec sleep 1000"),
    ] {
        let file = folder.path().join(name);
        let command = format!("echo $$ >'{}'; printf '* PREAUTH x\\r\\n'; {after}", file.display());
        let session = tunnel(Tunnel::shell(command)).await.unwrap().into_preauthenticated().unwrap();
        let id: u32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        assert!(is_there(id), "{name}");
        drop(session);
        gone(id).await;
    }
}

/// Whoever ends right behind it would kill what still has something to say at its other end.
#[tokio::test]
async fn a_program_has_ended_when_the_logout_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    let server = SERVER.replace("exit 3", "sleep 0.1; exit 3");
    let command = format!("echo $$ >'{}'; {server}", file.display());
    let session = tunnel(Tunnel::shell(command)).await.unwrap().into_preauthenticated().unwrap();
    let id: u32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    session.logout().await.unwrap();
    assert!(!is_there(id));
}

/// TLS goes through a tunnel as through anything else.
#[tokio::test]
async fn tls_through_a_tunnel_is_with_the_server() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["mail.example"]));
    let (listener, port) = listen().await;
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        let stream = identity.acceptor(rustls::ALL_VERSIONS).accept(socket).await.unwrap();
        let mut peer = Peer::new(stream);
        peer.say(GREETING).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    let client = async {
        let command = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3 & exec cat >&3");
        let way = Way::Tunnel(Tunnel::program("bash", ["-c", &command]));
        let security = Security::ImplicitTls(authority.trust().into());
        let mut connection = Connector::new().way(way).connect("mail.example", 993, &security).await.unwrap();
        connection.noop().await.unwrap();
    };
    tokio::join!(server, client);
}

/// A command line is nobody's business, and an address of a proxy may have a password.
#[test]
fn no_way_shows_its_secrets() {
    let tunnel = Way::Tunnel(Tunnel::shell("ssh -p hunter2 host imap"));
    let proxy: Proxy = "socks5://joe:hunter2@host".parse().unwrap();
    for shown in [format!("{tunnel:?}"), format!("{:?}", Way::Proxy(proxy.clone())), proxy.to_string()] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
