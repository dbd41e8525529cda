//! A server on loopback that follows a script, one connection long.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tayori_proto::command::{Command, ParseOptions};

use super::program::Run;

/// How long the script waits for the client before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The next client. A program that ends before it comes must not keep its test waiting for ever.
fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let started = Instant::now();
    loop {
        match listener.accept() {
            Ok((socket, _)) => {
                socket.set_nonblocking(false).unwrap();
                return socket;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => panic!("no client can be taken: {error}"),
        }
        assert!(started.elapsed() < PATIENCE, "no client came within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// What a server does with one client.
pub(crate) type Script = Box<dyn FnOnce(&mut Talk) + Send>;

/// A server that has its port already, so that nobody comes too early.
pub(crate) struct Server {
    port: u16,
    thread: JoinHandle<()>,
}

impl Server {
    fn start(serve: impl FnOnce(&TcpListener) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, thread: thread::spawn(move || serve(&listener)) }
    }

    /// Plays `script` to the first client.
    pub(crate) fn play(script: impl FnOnce(&mut Talk) + Send + 'static) -> Self {
        Self::start(move |listener| script(&mut Talk::new(accept(listener))))
    }

    /// The same for several clients, one after the other.
    pub(crate) fn play_in_turn(scripts: Vec<Script>) -> Self {
        Self::start(move |listener| {
            for script in scripts {
                script(&mut Talk::new(accept(listener)));
            }
        })
    }

    /// The same with TLS from the start.
    pub(crate) fn play_in_turn_with_tls(config: Arc<ServerConfig>, scripts: Vec<Script>) -> Self {
        Self::start(move |listener| {
            for script in scripts {
                script(&mut Talk::with_tls(accept(listener), Arc::clone(&config)));
            }
        })
    }

    /// The same for two clients, one after the other: for whoever remembers the server, which is known by its port.
    pub(crate) fn mailbox_twice(
        mails: u32,
        first: impl FnOnce(&mut Talk) + Send + 'static,
        second: impl FnOnce(&mut Talk) + Send + 'static,
    ) -> Self {
        Self::start(move |listener| {
            Talk::new(accept(listener)).mailbox(mails, first);
            Talk::new(accept(listener)).mailbox(mails, second);
        })
    }

    /// The same after the login of `ann`, with `mails` in the mailbox, opened read-only; ends with the logout.
    pub(crate) fn mailbox(mails: u32, script: impl FnOnce(&mut Talk) + Send + 'static) -> Self {
        Self::play(move |talk| talk.mailbox(mails, script))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `imap://ann@127.0.0.1:PORT/...`
    pub(crate) fn place(&self, mailbox: &str) -> String {
        format!("imap://ann@127.0.0.1:{}/{mailbox}", self.port)
    }

    /// `tayori fetch imap://ann@127.0.0.1:PORT/... --tls none`
    pub(crate) fn fetch(&self, mailbox: &str) -> Run {
        self.run("fetch", mailbox)
    }

    /// The same for another command.
    pub(crate) fn run(&self, command: &str, mailbox: &str) -> Run {
        Run::new()
            .args(command)
            .arg(self.place(mailbox))
            .args("--tls none")
            .hide(&format!("port {}", self.port), "port PORT")
    }

    /// Waits for the end of the script; fails if the script has.
    #[track_caller]
    pub(crate) fn finish(self) {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Octets both ways, with or without TLS.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// The server's end of the connection.
pub(crate) struct Talk {
    stream: BufReader<Box<dyn Stream>>,
    socket: TcpStream,
    tag: String,
}

impl Talk {
    fn new(socket: TcpStream) -> Self {
        let stream = socket.try_clone().unwrap();
        Self::over(stream, socket)
    }

    fn with_tls(socket: TcpStream, config: Arc<ServerConfig>) -> Self {
        let tls = ServerConnection::new(config).unwrap();
        Self::over(StreamOwned::new(tls, socket.try_clone().unwrap()), socket)
    }

    fn over(stream: impl Stream + 'static, socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(Box::new(stream)), socket, tag: String::new() }
    }

    /// Login, a mailbox that is opened read-only, the script, logout.
    fn mailbox(&mut self, mails: u32, script: impl FnOnce(&mut Self)) {
        self.log_in();
        self.examine("INBOX", mails);
        script(self);
        self.log_out();
    }

    /// Says these octets.
    pub(crate) fn send(&mut self, octets: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(octets.as_ref()).unwrap();
    }

    /// The same, to a client that may have gone already.
    pub(crate) fn send_to_whom_it_may_concern(&mut self, octets: impl AsRef<[u8]>) -> bool {
        self.stream.get_mut().write_all(octets.as_ref()).is_ok()
    }

    /// Says a tagged line for the last command; `text` is `OK done` or the like.
    pub(crate) fn tagged(&mut self, text: &str) {
        let line = format!("{} {text}\r\n", self.tag);
        self.send(line);
    }

    /// Reads a command and compares it with `expected`, which is written as on the wire, without tag and line end.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) {
        let wanted = parse(format!("x {expected}\r\n").into_bytes()).1;
        let octets = self.read_command();
        let (tag, command) = parse(octets.clone());
        assert_eq!(command, wanted, "expected {expected}, got {}", octets.escape_ascii());
        self.tag = tag;
    }

    /// Says a tagged line for this command, which came from [`Talk::read_command`].
    pub(crate) fn answer(&mut self, command: &[u8], text: &str) {
        let tag = command.split(|octet| *octet == b' ').next().unwrap();
        self.tag = String::from_utf8(tag.to_vec()).unwrap();
        self.tagged(text);
    }

    /// A command as it came: its lines with the literals between them, which are asked for.
    pub(crate) fn read_command(&mut self) -> Vec<u8> {
        let mut octets = Vec::new();
        loop {
            let line = self.read_line();
            assert!(!line.is_empty(), "the client went away after {}", octets.escape_ascii());
            octets.extend_from_slice(&line);
            let Some(size) = literal_at_end(&line) else { return octets };
            if !line.ends_with(b"+}\r\n") {
                self.send("+ go on\r\n");
            }
            let mut literal = vec![0; size];
            self.stream.read_exact(&mut literal).unwrap();
            octets.extend_from_slice(&literal);
        }
    }

    /// A line with its end; empty when the client has closed.
    pub(crate) fn read_line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(_) => line,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Vec::new(),
            // TLS that was not ended before the connection was.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Vec::new(),
            Err(error) => panic!("nothing came from the client: {error}"),
        }
    }

    /// Waits until the client is gone.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.read_line().escape_ascii().to_string(), "");
    }

    /// Closes without a word.
    pub(crate) fn cut(&mut self) {
        self.socket.shutdown(Shutdown::Both).unwrap();
    }

    pub(crate) fn greet(&mut self) {
        self.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
    }

    #[track_caller]
    pub(crate) fn log_in(&mut self) {
        self.log_in_with("");
    }

    /// The same on a server that offers these extensions.
    #[track_caller]
    pub(crate) fn log_in_with(&mut self, extensions: &str) {
        self.greet();
        self.expect("LOGIN ann secret");
        let capabilities = format!("IMAP4rev1 {extensions}");
        self.tagged(&format!("OK [CAPABILITY {}] logged in", capabilities.trim_end()));
    }

    #[track_caller]
    pub(crate) fn examine(&mut self, mailbox: &str, mails: u32) {
        self.expect(&format!("EXAMINE {mailbox}"));
        self.opened(mails, "\\Answered \\Seen", "[READ-ONLY]");
    }

    #[track_caller]
    pub(crate) fn select(&mut self, mailbox: &str, mails: u32) {
        self.expect(&format!("SELECT {mailbox}"));
        self.opened(mails, "\\Answered \\Seen \\*", "[READ-WRITE]");
    }

    fn opened(&mut self, mails: u32, permanent: &str, access: &str) {
        self.send("* FLAGS (\\Answered \\Seen)\r\n");
        self.send(format!("* {mails} EXISTS\r\n* OK [UIDVALIDITY 59] valid\r\n"));
        self.send(format!("* OK [PERMANENTFLAGS ({permanent})] kept\r\n"));
        self.tagged(&format!("OK {access} opened"));
    }

    /// The FETCH that the program sends.
    #[track_caller]
    pub(crate) fn expect_fetch(&mut self, messages: &str) {
        self.expect(&format!("FETCH {messages} (UID RFC822.SIZE BODY.PEEK[])"));
    }

    #[track_caller]
    pub(crate) fn expect_uid_fetch(&mut self, messages: &str) {
        self.expect(&format!("UID FETCH {messages} (UID RFC822.SIZE BODY.PEEK[])"));
    }

    /// The question for UIDs and sizes that comes first when there are many messages, or when it is not known how many;
    /// answered with these numbers, UIDs and sizes.
    #[track_caller]
    pub(crate) fn expect_listing(&mut self, command: &str, rows: &[(u32, u32, usize)]) {
        self.expect(&format!("{command} (UID RFC822.SIZE)"));
        for (number, uid, size) in rows {
            self.send(format!("* {number} FETCH (UID {uid} RFC822.SIZE {size})\r\n"));
        }
        self.tagged("OK done");
    }

    /// A row with a message.
    pub(crate) fn row(&mut self, number: u32, uid: u32, message: impl AsRef<[u8]>) {
        let message = message.as_ref();
        let size = message.len();
        let head = format!("* {number} FETCH (UID {uid} RFC822.SIZE {size} BODY[] {{{size}}}\r\n");
        self.send([head.as_bytes(), message, b")\r\n"].concat());
    }

    /// The end of the session. The client does not wait for the answer.
    #[track_caller]
    pub(crate) fn log_out(&mut self) {
        self.expect("LOGOUT");
        let answer = format!("* BYE see you\r\n{} OK done\r\n", self.tag);
        self.send_to_whom_it_may_concern(answer);
    }
}

fn parse(octets: Vec<u8>) -> (String, Command) {
    let shown = octets.escape_ascii().to_string();
    match Command::parse(&Bytes::from(octets), &ParseOptions::default()) {
        Ok(tagged) => (tagged.tag.to_string(), tagged.command),
        Err(error) => panic!("{error}: {shown}"),
    }
}

fn literal_at_end(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}\r\n")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let start = line.iter().rposition(|octet| *octet == b'{')?;
    std::str::from_utf8(&line[start + 1..]).ok()?.parse().ok()
}
