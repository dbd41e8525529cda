//! An account whose server only the DNS knows: a DNS server of our own on a loopback address, which a view of the
//! system's files names to the program.

use std::collections::HashMap;
use std::fs;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tayori_server::Tls;

use crate::certificates::Authority;
use crate::common::program::{Folder, Run, TAYORI, skip};
use crate::store::Host;

/// A system whose DNS knows these services, and nothing else.
struct System {
    folder: Folder,
}

impl System {
    /// At this address, which is no other test's. `None` where that cannot be done, which is told.
    fn start(address: &str, services: &[(&str, u16, &str)]) -> Option<Self> {
        let folder = Folder::new();
        folder.write("resolv.conf", &format!("nameserver {address}\noptions timeout:1\n"));
        folder.write("hosts", "127.0.0.1 localhost imap.example.test mail.example.net\n");
        let system = Self { folder };
        let mut probe = system.view();
        let possible = probe.arg("true").stderr(Stdio::null()).status();
        let socket = UdpSocket::bind((address, 53));
        let (true, Ok(socket)) = (possible.is_ok_and(|status| status.success()), socket) else {
            skip("no view of the system's files, or no port for DNS here");
            return None;
        };
        let services =
            services.iter().map(|(name, port, host)| ((*name).to_owned(), (*port, (*host).to_owned())));
        let services: HashMap<_, _> = services.collect();
        thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                // Whoever does not wait any more is not the server's concern.
                let _ = socket.send_to(&reply(&services, &buffer[..length]), from);
            }
        });
        Some(system)
    }

    /// A command that runs another one there, without a terminal.
    fn view(&self) -> Command {
        let files = ["resolv.conf", "hosts"]
            .map(|name| format!("mount --bind '{}' /etc/{name}", self.folder.at(name).display()));
        let script = format!("{} && exec setsid -w \"$@\"", files.join(" && "));
        let mut view = Command::new("unshare");
        view.args(["-m", "sh", "-c", &script, "sh"]);
        view
    }

    /// `tayori account ...`
    fn account(&self, words: &str) -> Run {
        let mut view = self.view();
        view.arg(TAYORI);
        Run::through(view)
            .args("account")
            .args(words)
            .without_env("TAYORI_PASSWORD")
            .folder(&self.folder)
            .env("TAYORI_CONFIG", "config.toml")
            .env("XDG_STATE_HOME", self.folder.at("state"))
    }

    fn config(&self) -> String {
        fs::read_to_string(self.folder.at("config.toml")).unwrap_or_default()
    }
}

fn reply(services: &HashMap<String, (u16, String)>, question: &[u8]) -> Vec<u8> {
    let question = Message::from_vec(question).unwrap();
    let query = question.queries.first().unwrap().clone();
    let mut message = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
    match services.get(&query.name().to_ascii()).filter(|_| query.query_type() == RecordType::SRV) {
        None => message.metadata.response_code = ResponseCode::NXDomain,
        Some((port, host)) => {
            let data = RData::SRV(SRV::new(0, 1, *port, Name::from_ascii(host).unwrap()));
            message.add_answer(Record::from_rdata(query.name().clone(), 60, data));
        }
    }
    message.add_query(query);
    message.to_vec().unwrap()
}

const ADD: &str = "add ann@example.test --user ann --ask --yes";

#[test]
fn the_dns_names_the_server_of_an_account() {
    let authority = Authority::new();
    let shown = authority.sign(&["imap.example.test"], 100);
    let host = Host::with_tls(Tls::Implicit(Arc::clone(&shown.config)));
    let port = host.port();
    let services = [("_imaps._tcp.example.test.", port, "imap.example.test.")];
    let Some(system) = System::start("127.77.0.1", &services) else { return };
    let run = |words: &str| {
        system
            .account(words)
            .env("TAYORI_PASSWORD", "secret")
            .arg("--ca-file")
            .arg(authority.file())
            .hide(&format!("port {port}"), "port PORT")
    };
    let added = run(ADD).run();
    assert_eq!(
        added.stderr,
        "found imap.example.test port PORT with TLS, known from the DNS record _imaps._tcp.example.test\n\
         the account example is in config.toml; tayori list example shows its mailboxes\n"
    );
    assert_eq!(added.code, 0);
    assert!(String::from_utf8(added.stdout).unwrap().contains("\n1 mailbox\n"));
    let written = format!(
        "[accounts.example]\naddress = \"ann@example.test\"\nhost = \"imap.example.test\"\nport = {port}\nuser = \
         \"ann\"\nca-file = \"{}\"\n",
        authority.file().display()
    );
    assert_eq!(system.config(), written);
    // What was written leads there again.
    let tested = system.account("test example").env("TAYORI_PASSWORD", "secret").run();
    assert_eq!(tested.code, 0, "{}", tested.stderr);
}

#[test]
fn somebody_elses_server_is_not_taken_on_the_word_of_the_dns() {
    let services = [("_imaps._tcp.example.test.", 993, "mail.example.net.")];
    let Some(system) = System::start("127.77.0.2", &services) else { return };
    system.account(ADD).env("TAYORI_PASSWORD", "secret").run().check(
        2,
        "",
        "found mail.example.net port 993 with TLS, known from the DNS record _imaps._tcp.example.test\n\
         error: only the DNS says that the mail of example.test is at mail.example.net, which is elsewhere, and whoever \
         forges that would get the password\n\
         hint: if that is right, say so: --host mail.example.net\n",
    );
    assert_eq!(system.config(), "");
}

#[test]
fn a_domain_without_a_server_is_told_with_all_that_was_tried() {
    let Some(system) = System::start("127.77.0.3", &[]) else { return };
    fs::write(system.folder.at("hosts"), "127.0.0.1 localhost\n").unwrap();
    let why = "failed to lookup address information: Name or service not known";
    system.account(ADD).env("TAYORI_PASSWORD", "secret").run().check(
        6,
        "",
        &format!(
            "no server was found for ann@example.test:\n\
            \x20 providers that are known, by example.test: none\n\
            \x20 providers that are known, by the mail exchangers of example.test: there is none\n\
            \x20 the DNS record _imaps._tcp.example.test: there is none\n\
            \x20 the DNS record _imap._tcp.example.test: there is none\n\
            \x20 no connection with https://autoconfig.example.test/mail/config-v1.1.xml: {why}\n\
            \x20 no connection with https://example.test/.well-known/autoconfig/mail/config-v1.1.xml: {why}\n\
            \x20 imap.example.test port 993 with TLS: cannot reach imap.example.test port 993: {why}\n\
            \x20 mail.example.test port 993 with TLS: cannot reach mail.example.test port 993: {why}\n\
            \x20 example.test port 993 with TLS: cannot reach example.test port 993: {why}\n\
            \x20 imap.example.test port 143 with STARTTLS: cannot reach imap.example.test port 143: {why}\n\
            \x20 mail.example.test port 143 with STARTTLS: cannot reach mail.example.test port 143: {why}\n\
            \x20 example.test port 143 with STARTTLS: cannot reach example.test port 143: {why}\n\
             error: no IMAP server was found for example.test\n\
             hint: --host HOST names it; its provider's help pages do, too\n"
        ),
    );
    assert_eq!(system.config(), "");
}
