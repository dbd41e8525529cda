//! Whole searches, in a world of their own ([`world`]).

mod world;

use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType;
use tayori_client::tls::TlsError;
use tayori_client::way::Tunnel;
use tayori_client::{Error, Stage};
use tayori_proto::types::Capability;

use super::*;
use crate::http::{Fetching, HttpError, Request};
use world::{Answer, Place, Running, World};

fn address(text: &str) -> MailAddress {
    MailAddress::parse(text).unwrap()
}

/// A file with this in its provider.
fn file(servers: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"example.org\">{servers}\
         </emailProvider></clientConfig>\n"
    )
}

const SERVER: &str = "<incomingServer type=\"imap\"><hostname>mail.hoster.example</hostname><port>993</port>\
                      <socketType>SSL</socketType><username>%EMAILLOCALPART%</username>\
                      <authentication>OAuth2</authentication><authentication>password-cleartext</authentication>\
                      </incomingServer>";

/// All that was found, and the whole journal.
fn told(found: &Discovered) -> String {
    let mut told = String::new();
    for candidate in &found.candidates {
        let Candidate { host, port, tls, user_names, authentication, provider, standing, sources, seen } =
            candidate;
        let sources: Vec<_> = sources.iter().map(ToString::to_string).collect();
        told += &format!(
            "{host}:{port} {tls:?} {standing:?} as {} by {authentication:?}",
            user_names.join(" or ")
        );
        told += &provider.map_or(String::new(), |provider| format!(" at {}", provider.id));
        told += if seen.is_some() { " seen" } else { "" };
        told += &format!(" from {}, doubts {:?}\n", sources.join(" and "), candidate.doubts());
    }
    for attempt in &found.journal {
        told += &format!("- {attempt}\n");
    }
    told
}

async fn check(running: &Running, of: &str, expected: &str) {
    let found = running.discovery.discover(&address(of)).await;
    assert_eq!(running.without_port(&told(&found)), expected);
}

#[tokio::test]
async fn nobody_is_asked_where_the_provider_is_known() {
    let running = World::default().run();
    check(
        &running,
        "Someone@GMail.com",
        "imap.gmail.com:993 Implicit Known as Someone@GMail.com by [OAuth, AppPassword] at gmail from the settings of \
         Gmail, doubts []\n\
         - providers that are known, by gmail.com: 1 server\n",
    )
    .await;
    check(
        &running,
        "a@hey.com",
        "- providers that are known, by hey.com: HEY, of which no IMAP server is known\n",
    )
    .await;
    assert_eq!(running.asked(), Vec::<String>::new());
}

/// What is asked of a domain of which nothing is known.
const ASKED: [&str; 4] = [
    "autoconfig.example.org GET /mail/config-v1.1.xml?emailaddress=a%40example%2Eorg HTTP/1.1",
    "autoconfig.example.org:443",
    "example.org GET /.well-known/autoconfig/mail/config-v1.1.xml HTTP/1.1",
    "example.org:443",
];

#[tokio::test]
async fn a_record_names_a_server_within_the_domain() {
    let running = World::default().srv("_imaps._tcp.example.org", [(0, 1, 993, "IMAP.example.org.")]).run();
    check(
        &running,
        "a@example.org",
        "imap.example.org:993 Implicit Within as a@example.org or a by [] from the DNS record \
         _imaps._tcp.example.org, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: 1 server\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    assert_eq!(running.asked(), ASKED, "nobody has connected to the server");
}

#[tokio::test]
async fn a_record_alone_does_not_vouch_for_somebody_elses_server() {
    let world = || World::default().srv("_imap._tcp.example.org", [(0, 1, 1143, "mail.hoster.example.")]);
    check(
        &world().run(),
        "a@example.org",
        "mail.hoster.example:1143 StartTls Unproven as a@example.org or a by [] from the DNS record \
         _imap._tcp.example.org, doubts [Foreign]\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: 1 server\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    // The same server, but with TLS in another way.
    let server = SERVER.replace("SSL", "STARTTLS").replace("993", "1143");
    let running = world().file("autoconfig.example.org", &file(&server)).run();
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:1143 StartTls Published as a by [OAuth, Password] from the DNS \
         record _imap._tcp.example.org and https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: 1 server\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 1 server\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    // A name that only begins like the domain.
    let running =
        World::default().srv("_imaps._tcp.example.org", [(0, 1, 993, "example.org.evil.example.")]).run();
    let found = running.discovery.discover(&address("a@example.org")).await;
    assert_eq!(found.candidates[0].doubts(), [Doubt::Foreign]);
}

#[tokio::test]
async fn records_are_taken_in_their_order() {
    let running = World::default()
        .srv(
            "_imaps._tcp.example.org",
            [
                (20, 0, 993, "c.example.org."),
                (10, 0, 993, "b.example.org."),
                (10, 0, 0, "port.example.org."),
                (5, 0, 993, "a_.example.org."),
                (0, 9, 993, "."),
            ],
        )
        .srv("_imap._tcp.example.org", [(0, 0, 143, "a.example.org.")])
        .run();
    check(
        &running,
        "a@example.org",
        "b.example.org:993 Implicit Within as a@example.org or a by [] from the DNS record \
         _imaps._tcp.example.org, doubts []\n\
         c.example.org:993 Implicit Within as a@example.org or a by [] from the DNS record \
         _imaps._tcp.example.org, doubts []\n\
         a.example.org:143 StartTls Within as a@example.org or a by [] from the DNS record \
         _imap._tcp.example.org, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: 2 servers\n\
         - the DNS record _imaps._tcp.example.org: the record names a host that cannot be one: it has the \
         character '_'\n\
         - the DNS record _imaps._tcp.example.org: the record names port 0\n\
         - the DNS record _imap._tcp.example.org: 1 server\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
}

#[tokio::test]
async fn what_a_domain_does_not_have_is_not_guessed() {
    let running = World::default()
        .srv("_imaps._tcp.example.org", [(0, 0, 0, ".")])
        .srv("_imap._tcp.example.org", [(0, 0, 0, ".")])
        .mx("example.org", [(0, ".")])
        .run();
    check(
        &running,
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: says that there is no such \
         service\n\
         - the DNS record _imaps._tcp.example.org: says that there is no such service\n\
         - the DNS record _imap._tcp.example.org: says that there is no such service\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    assert_eq!(running.asked(), ASKED);

    let running = World::default()
        .srv("_imaps._tcp.example.org", [(0, 0, 0, ".")])
        .place("mail.example.org:143", Place::Upgrading)
        .run();
    check(
        &running,
        "a@example.org",
        "mail.example.org:143 StartTls Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: says that there is no such service\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - imap.example.org port 143 with STARTTLS: the HTTP proxy PROXY has not connected to the server: \
         status 502 (Bad Gateway)\n\
         - mail.example.org port 143 with STARTTLS: 1 server\n\
         - example.org port 143 with STARTTLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n",
    )
    .await;
}

#[tokio::test]
async fn dns_that_does_not_work_is_told_and_the_rest_goes_on() {
    let world = |answer: Answer| {
        let world = World::default().file("autoconfig.example.org", &file(SERVER));
        let world = world.answer("_imaps._tcp.example.org", RecordType::SRV, answer.clone());
        world.answer("example.org", RecordType::MX, answer)
    };
    check(
        &world(Answer::Code(ResponseCode::ServFail)).run(),
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: DNS answers with an error: \
         Server Failure\n\
         - the DNS record _imaps._tcp.example.org: DNS answers with an error: Server Failure\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 1 server\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    check(
        &world(Answer::Code(ResponseCode::Refused)).run(),
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: DNS answers with an error: Query \
         Refused\n\
         - the DNS record _imaps._tcp.example.org: DNS answers with an error: Query Refused\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 1 server\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    let found = world(Answer::Garbage).run().discovery.discover(&address("a@example.org")).await;
    let broken = |attempt: &&Attempt| {
        matches!(attempt.outcome, Outcome::Failed(Problem::Dns(DnsError::Failed { .. })))
    };
    assert_eq!(
        (found.journal.iter().filter(broken).count(), found.candidates.len()),
        (2, 1),
        "{}",
        told(&found)
    );
    let mut running = world(Answer::Silence).run();
    running.discovery = running.discovery.times(Times { dns: Duration::from_secs(1), ..Times::default() });
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: DNS did not answer within 1 \
         seconds\n\
         - the DNS record _imaps._tcp.example.org: DNS did not answer within 1 seconds\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 1 server\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
}

#[tokio::test]
async fn a_lost_question_is_asked_again() {
    let records = Answer::SecondTime(vec![(0, 1, 993, "imap.example.org.")]);
    let running = World::default().answer("_imaps._tcp.example.org", RecordType::SRV, records).run();
    let found = running.discovery.discover(&address("a@example.org")).await;
    assert_eq!(found.candidates.len(), 1, "{}", told(&found));
}

#[tokio::test]
async fn the_mail_exchanger_tells_the_provider() {
    let mx =
        [(20, "mx.unknown.example."), (10, "in1-smtp.messagingengine.com."), (30, "aspmx.l.google.com.")];
    check(
        &World::default().mx("example.org", mx).run(),
        "a@example.org",
        "imap.fastmail.com:993 Implicit Unproven as a@example.org by [AppPassword, OAuth] at fastmail from \
         the settings of Fastmail, where mail goes by in1-smtp.messagingengine.com, doubts [Foreign]\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: 1 server\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    let mx = [(10, "mx.unknown.example.")];
    let running = World::default().mx("example.org", mx).file("example.org", &file(SERVER)).run();
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://example.org/.well-known/autoconfig/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: 1 server\n",
    )
    .await;
    // Both say the same, and neither had to prove itself.
    let running = World::default()
        .mx("example.org", [(10, "aspmx.l.google.com.")])
        .srv("_imaps._tcp.example.org", [(0, 0, 993, "imap.gmail.com.")])
        .run();
    check(
        &running,
        "a@example.org",
        "imap.gmail.com:993 Implicit Unproven as a@example.org by [OAuth, AppPassword] at google-workspace \
         from the settings of Google Workspace, where mail goes by aspmx.l.google.com and the DNS record \
         _imaps._tcp.example.org, doubts [Foreign]\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: 1 server\n\
         - the DNS record _imaps._tcp.example.org: 1 server\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    // A provider without IMAP does not end the search.
    let running = World::default()
        .mx("example.org", [(10, "work-mx.app.hey.com.")])
        .place("imap.example.org:993", Place::Imaps)
        .run();
    check(
        &running,
        "a@example.org",
        "imap.example.org:993 Implicit Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: HEY, of which no IMAP server is \
         known\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - imap.example.org port 993 with TLS: 1 server\n\
         - mail.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status 502 \
         (Bad Gateway)\n",
    )
    .await;
}

#[tokio::test]
async fn the_domain_publishes_a_file() {
    let both = format!("{SERVER}{}", SERVER.replace("SSL", "STARTTLS").replace("993", "143"));
    let running = World::default().file("autoconfig.example.org", &file(&both)).run();
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         mail.hoster.example:143 StartTls Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 2 servers\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    let running = World::default().file("example.org", &file(SERVER)).run();
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://example.org/.well-known/autoconfig/mail/config-v1.1.xml, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: 1 server\n",
    )
    .await;
    assert_eq!(running.asked(), ASKED);
    // Whoever the domain points to speaks for it.
    let away = "HTTP/1.1 302 Away\r\nLocation: https://hoster.example/a?b\r\nContent-Length: 0\r\n\r\n";
    let running = World::default()
        .place("autoconfig.example.org:443", Place::Https(away.to_owned()))
        .file("hoster.example", &file(SERVER))
        .run();
    let found = running.discovery.discover(&address("a@example.org")).await;
    let url = "https://hoster.example/a".to_owned();
    assert_eq!(found.candidates[0].sources, [Source::Autoconfig { url }]);
    assert_eq!(found.candidates[0].standing, Standing::Published);
}

#[tokio::test]
async fn a_tunnel_is_not_asked_for_usual_names() {
    let mut running = World::default().run();
    running.discovery = running.discovery.way(Way::Tunnel(Tunnel::shell("exit 1")));
    let found = running.discovery.guess(&address("a@example.org")).await;
    assert_eq!(told(&found), "");
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_told() {
    let answer = |text: &str| Place::Https(text.to_owned());
    let both = |first: Place, second: Place| {
        // Nothing is guessed, so that this is about files alone.
        let world = World::default()
            .srv("_imaps._tcp.example.org", [(0, 0, 0, ".")])
            .srv("_imap._tcp.example.org", [(0, 0, 0, ".")]);
        world.place("autoconfig.example.org:443", first).place("example.org:443", second).run()
    };
    let missing = answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let broken = answer("HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n");
    check(
        &both(missing, broken),
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: says that there is no such service\n\
         - the DNS record _imap._tcp.example.org: says that there is no such service\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: the server answers with status \
         500\n",
    )
    .await;

    let away = answer("HTTP/1.1 302 Away\r\nLocation: http://example.org/x\r\nContent-Length: 0\r\n\r\n");
    let large =
        format!("HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n{}", "<a>  </a>\n".repeat(1 << 20));
    check(
        &both(away, answer(&large)),
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: says that there is no such service\n\
         - the DNS record _imap._tcp.example.org: says that there is no such service\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml redirects to http://example.org/x, which is \
         not https\n\
         - the answer of https://example.org/.well-known/autoconfig/mail/config-v1.1.xml is longer than \
         65536 octets\n",
    )
    .await;

    let page =
        answer("HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n<!DOCTYPE html><html><p>Not here</p></html>");
    check(
        &both(page, Place::Says("* OK ready\r\n")),
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: says that there is no such service\n\
         - the DNS record _imap._tcp.example.org: says that there is no such service\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: the file is not an autoconfiguration: there \
         is no clientConfig with an emailProvider\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: example.org does not answer with \
         TLS on this port\n",
    )
    .await;

    let mut running = both(Place::Silent, Place::Silent);
    running.discovery =
        running.discovery.times(Times { http: Duration::from_millis(200), ..Times::default() });
    check(
        &running,
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: says that there is no such service\n\
         - the DNS record _imap._tcp.example.org: says that there is no such service\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml gave no whole answer within 0.2 seconds\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml gave no whole answer within 0.2 \
         seconds\n",
    )
    .await;
}

/// Answers every request with an error.
#[derive(Debug)]
struct NoHosts;

impl Fetch for NoHosts {
    fn fetch(&self, request: Request) -> Fetching<'_> {
        let url = request.url().to_owned();
        Box::pin(async { Err(HttpError::HostNotFound { url }) })
    }
}

#[tokio::test]
async fn most_domains_have_no_host_for_files() {
    let mut running =
        World::default().srv("_imaps._tcp.example.org", [(0, 1, 993, "imap.example.org.")]).run();
    running.discovery = running.discovery.http(NoHosts);
    check(
        &running,
        "a@example.org",
        "imap.example.org:993 Implicit Within as a@example.org or a by [] from the DNS record \
         _imaps._tcp.example.org, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: 1 server\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
}

#[tokio::test]
async fn no_protection_comes_last_and_is_doubted() {
    let plain = SERVER.replace("SSL", "plain").replace("993", "143");
    let running = World::default().file("autoconfig.example.org", &file(&format!("{plain}{SERVER}"))).run();
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:993 Implicit Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts []\n\
         mail.hoster.example:143 None Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts [ClearText]\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 2 servers\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n",
    )
    .await;
    // With nothing else, it is looked for something better.
    let running = World::default()
        .file("autoconfig.example.org", &file(&plain))
        .place("example.org:993", Place::Imaps)
        .run();
    check(
        &running,
        "a@example.org",
        "example.org:993 Implicit Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         mail.hoster.example:143 None Published as a by [OAuth, Password] from \
         https://autoconfig.example.org/mail/config-v1.1.xml, doubts [ClearText]\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: 1 server\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - imap.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - mail.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - example.org port 993 with TLS: 1 server\n",
    )
    .await;
}

#[tokio::test]
async fn a_database_is_asked_only_where_one_is_named() {
    let mut running = World::default().file("database.example", &file(SERVER)).run();
    running.discovery = running.discovery.database("https://database.example/v1.1/");
    check(
        &running,
        "a@example.org",
        "mail.hoster.example:993 Implicit Database as a by [OAuth, Password] from \
         https://database.example/v1.1/example.org, doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - https://database.example/v1.1/example.org: 1 server\n",
    )
    .await;
    running.discovery = running.discovery.database("ftp://database.example/");
    check(
        &running,
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - ftp://database.example/example.org: the URL does not begin with `https://`\n\
         - imap.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - mail.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status 502 \
         (Bad Gateway)\n\
         - imap.example.org port 143 with STARTTLS: the HTTP proxy PROXY has not connected to the server: \
         status 502 (Bad Gateway)\n\
         - mail.example.org port 143 with STARTTLS: the HTTP proxy PROXY has not connected to the server: \
         status 502 (Bad Gateway)\n\
         - example.org port 143 with STARTTLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n",
    )
    .await;
}

#[tokio::test]
async fn usual_names_are_tried_where_nobody_names_a_server() {
    let running = World::default()
        .place("imap.example.org:993", Place::Impostor)
        .place("mail.example.org:993", Place::Imaps)
        .place("example.org:993", Place::Imaps)
        .place("imap.example.org:143", Place::Upgrading)
        .run();
    check(
        &running,
        "a@example.org",
        "mail.example.org:993 Implicit Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         example.org:993 Implicit Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - imap.example.org port 993 with TLS: the certificate of imap.example.org is not accepted: it is \
         for elsewhere.example, not for the name that was asked for\n\
         - mail.example.org port 993 with TLS: 1 server\n\
         - example.org port 993 with TLS: 1 server\n",
    )
    .await;

    let running = World::default()
        .place("imap.example.org:993", Place::Says("HTTP/1.1 400 Bad Request\r\n\r\n"))
        .place("imap.example.org:143", Place::Says("* BYE too many connections\r\n"))
        .place("mail.example.org:143", Place::Upgrading)
        .place("example.org:143", Place::Plain)
        .run();
    check(
        &running,
        "a@example.org",
        "mail.example.org:143 StartTls Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         - providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - imap.example.org port 993 with TLS: imap.example.org does not answer with TLS on this port\n\
         - mail.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status 502 \
         (Bad Gateway)\n\
         - imap.example.org port 143 with STARTTLS: the server turned the connection away before TLS\n\
         - mail.example.org port 143 with STARTTLS: 1 server\n\
         - example.org port 143 with STARTTLS: the server refused STARTTLS\n",
    )
    .await;
    let found = running.discovery.guess(&address("a@example.org")).await;
    assert_eq!(
        running.without_port(&told(&found)),
        "mail.example.org:143 StartTls Within as a@example.org or a by [] seen from a guess that was tried, \
         doubts []\n\
         - imap.example.org port 993 with TLS: imap.example.org does not answer with TLS on this port\n\
         - mail.example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status \
         502 (Bad Gateway)\n\
         - example.org port 993 with TLS: the HTTP proxy PROXY has not connected to the server: status 502 \
         (Bad Gateway)\n\
         - imap.example.org port 143 with STARTTLS: the server turned the connection away before TLS\n\
         - mail.example.org port 143 with STARTTLS: 1 server\n\
         - example.org port 143 with STARTTLS: the server refused STARTTLS\n"
    );
}

#[tokio::test]
async fn nobody_is_waited_for_without_end() {
    let mut world = World::default();
    for name in ["imap.example.org", "mail.example.org", "example.org"] {
        world =
            world.place(&format!("{name}:993"), Place::Silent).place(&format!("{name}:143"), Place::Silent);
    }
    let mut running = world.run();
    running.discovery = running.discovery.times(Times { probe: Duration::from_secs(2), ..Times::default() });
    check(
        &running,
        "a@example.org",
        "- providers that are known, by example.org: none\n\
         - providers that are known, by the mail exchangers of example.org: there is none\n\
         - the DNS record _imaps._tcp.example.org: there is none\n\
         - the DNS record _imap._tcp.example.org: there is none\n\
         - https://autoconfig.example.org/mail/config-v1.1.xml: there is no such page\n\
         - https://example.org/.well-known/autoconfig/mail/config-v1.1.xml: there is no such page\n\
         - imap.example.org port 993 with TLS: the TLS handshake took longer than 1 second\n\
         - mail.example.org port 993 with TLS: the TLS handshake took longer than 1 second\n\
         - example.org port 993 with TLS: the TLS handshake took longer than 1 second\n\
         - imap.example.org port 143 with STARTTLS: the server's answer to STARTTLS took longer than 1 \
         second\n\
         - mail.example.org port 143 with STARTTLS: the server's answer to STARTTLS took longer than 1 \
         second\n\
         - example.org port 143 with STARTTLS: the server's answer to STARTTLS took longer than 1 second\n",
    )
    .await;
}

#[tokio::test]
async fn a_candidate_is_looked_at_before_it_is_used() {
    let running = World::default()
        .srv(
            "_imaps._tcp.example.org",
            [
                (0, 0, 993, "good.example.org."),
                (1, 0, 993, "impostor.example.org."),
                (2, 0, 993, "silent.example.org."),
                (3, 0, 993, "nobody.example.org."),
            ],
        )
        .place("good.example.org:993", Place::Imaps)
        .place("impostor.example.org:993", Place::Impostor)
        .place("silent.example.org:993", Place::Silent)
        .run();
    let discovery = running.discovery.times(Times { probe: Duration::from_secs(2), ..Times::default() });
    let found = discovery.discover(&address("a@example.org")).await;
    let [good, impostor, silent, nobody] = &found.candidates[..] else { panic!("{}", told(&found)) };
    let seen = discovery.probe(good).await.unwrap();
    assert!(seen.capabilities.has(&Capability::Idle));
    assert_eq!((seen.greeting.as_bytes(), seen.is_preauthenticated), (&b"ready"[..], false));
    assert!(seen.arrival.tls.is_some());
    let error = discovery.probe(impostor).await.unwrap_err();
    assert!(matches!(error, ProbeError::Client(Error::Tls(TlsError::Untrusted { .. }))), "{error:?}");
    let error = discovery.probe(silent).await.unwrap_err();
    let is_slow = matches!(error, ProbeError::Client(Error::TimedOut { stage: Stage::Handshake, .. }));
    assert!(is_slow, "{error:?}");
    let error = discovery.probe(nobody).await.unwrap_err();
    assert!(matches!(error, ProbeError::Client(Error::Proxy(_))), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_comes_to_an_end_is_left() {
    let running = World::default()
        .srv("_imaps._tcp.example.org", [(0, 0, 993, "endless.example.org.")])
        .place("endless.example.org:993", Place::Endless)
        .run();
    let after = Duration::from_secs(1);
    let discovery = running.discovery.times(Times { probe: after, ..Times::default() });
    let found = discovery.discover(&address("a@example.org")).await;
    let error = discovery.probe(&found.candidates[0]).await.unwrap_err();
    assert_eq!(error.to_string(), "endless.example.org port 993 did not say what it offers within 1 seconds");
}

#[tokio::test]
async fn names_of_all_languages_are_asked_for_as_dns_has_them() {
    let running = World::default()
        .srv("_imaps._tcp.xn--mnchen-3ya.example", [(0, 1, 993, "imap.xn--mnchen-3ya.example.")])
        .run();
    check(
        &running,
        "jörg@München.example",
        "imap.xn--mnchen-3ya.example:993 Implicit Within as jörg@München.example or jörg by [] from the DNS \
         record _imaps._tcp.xn--mnchen-3ya.example, doubts []\n\
         - providers that are known, by xn--mnchen-3ya.example: none\n\
         - providers that are known, by the mail exchangers of xn--mnchen-3ya.example: there is none\n\
         - the DNS record _imaps._tcp.xn--mnchen-3ya.example: 1 server\n\
         - the DNS record _imap._tcp.xn--mnchen-3ya.example: there is none\n\
         - https://autoconfig.xn--mnchen-3ya.example/mail/config-v1.1.xml: there is no such page\n\
         - https://xn--mnchen-3ya.example/.well-known/autoconfig/mail/config-v1.1.xml: there is no such \
         page\n",
    )
    .await;
}
