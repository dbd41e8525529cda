use proptest::prelude::*;

use super::*;

fn owner() -> MailAddress {
    MailAddress::parse("jane@Bücher.example").unwrap()
}

fn parse(text: impl AsRef<[u8]>) -> Result<File, AutoconfigError> {
    File::parse(text.as_ref(), &owner())
}

/// A file with this within its provider.
fn within(servers: &str) -> String {
    format!("<clientConfig><emailProvider id=\"x\">{servers}</emailProvider></clientConfig>")
}

/// A server with this within it.
fn server(fields: &str) -> String {
    within(&format!("<incomingServer type=\"imap\">{fields}</incomingServer>"))
}

const SOCKET: &str = "<port>993</port><socketType>SSL</socketType>";

#[test]
fn a_whole_file_is_read() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a comment: <hostname> -->\n\
                <clientConfig version=\"1.1\">\n\
                  <emailProvider id=\"example.com\">\n\
                    <domain>example.com</domain><displayName>Example &amp; Sons</displayName>\n\
                    <incomingServer type=\"pop3\"><hostname>pop.example.com</hostname></incomingServer>\n\
                    <incomingServer type='imap' note=\"x\">\n\
                      <hostname> imap.%EMAILDOMAIN% </hostname><port>\n993\n</port><socketType>SSL</socketType>\n\
                      <username>%EMAILLOCALPART%&#x2B;<![CDATA[<mail>]]>@%EMAILDOMAIN%%</username>\n\
                      <password>optional</password>\n\
                      <authentication>something-new</authentication>\n\
                      <authentication>OAuth2</authentication>\n\
                      <authentication>password-cleartext</authentication>\n\
                      <authentication>plain</authentication>\n\
                      <pop3><leaveMessagesOnServer><hostname>no</hostname></leaveMessagesOnServer></pop3>\n\
                    </incomingServer>\n\
                    <incomingServer type=\"imap\">\n\
                      <hostname>IMAP.Example.COM.</hostname><port>143</port><socketType>starttls</socketType>\n\
                      <authentication>password-encrypted</authentication><authentication>GSSAPI</authentication>\n\
                      <authentication>NTLM</authentication><authentication>client-IP-address</authentication>\n\
                      <authentication>TLS-client-cert</authentication>\n\
                    </incomingServer>\n\
                    <outgoingServer type=\"smtp\"><hostname>smtp.example.com</hostname></outgoingServer>\n\
                  </emailProvider>\n\
                  <webMail><incomingServer type=\"imap\"><hostname>web</hostname></incomingServer></webMail>\n\
                </clientConfig>\n";
    let expected = File {
        servers: vec![
            Server {
                host: "imap.xn--bcher-kva.example".to_owned(),
                port: NonZeroU16::new(993).unwrap(),
                tls: TlsMode::Implicit,
                user_name: Some("jane+<mail>@Bücher.example%".to_owned()),
                authentication: vec![Authentication::OAuth, Authentication::Password],
            },
            Server {
                host: "imap.example.com".to_owned(),
                port: NonZeroU16::new(143).unwrap(),
                tls: TlsMode::StartTls,
                user_name: None,
                authentication: vec![
                    Authentication::EncryptedPassword,
                    Authentication::Kerberos,
                    Authentication::Ntlm,
                    Authentication::ClientAddress,
                    Authentication::ClientCertificate,
                ],
            },
        ],
        problems: Vec::new(),
    };
    assert_eq!(parse(text), Ok(expected));
}

#[test]
fn what_is_put_in_is_not_looked_at_again() {
    let odd = MailAddress::parse("%EMAILDOMAIN%@example.org").unwrap();
    assert_eq!(fill_in("%EMAILLOCALPART%%EMAILADDRESS%", &odd), "%EMAILDOMAIN%%EMAILDOMAIN%@example.org");
    assert_eq!(fill_in("100%é%EMAILADDRESS", &odd), "100%é%EMAILADDRESS");
}

#[test]
fn servers_that_cannot_be_used_are_told() {
    let host = "<hostname>h.example</hostname>";
    for (fields, expected) in [
        (SOCKET.to_owned(), "a server for IMAP has no hostname"),
        (format!("{host}<socketType>SSL</socketType>"), "a server for IMAP has no port"),
        (format!("{host}<port>993</port>"), "a server for IMAP has no socketType"),
        (format!("<hostname/>{SOCKET}"), "the name of a server cannot be one: it is empty"),
        (
            format!("<hostname>a\u{1b}[2Jb</hostname>{SOCKET}"),
            "the name of a server cannot be one: it has the character '\\u{1b}'",
        ),
        (
            format!("<hostname>a.example&#10;b</hostname>{SOCKET}"),
            "the name of a server cannot be one: it has the character '\\n'",
        ),
        (
            format!("<hostname>a.example/x</hostname>{SOCKET}"),
            "the name of a server cannot be one: it has the character '/'",
        ),
        (
            format!("<hostname>127.1</hostname>{SOCKET}"),
            "the name of a server cannot be one: it ends with a number",
        ),
        (
            format!("<hostname>{}</hostname>{SOCKET}", "a.".repeat(200)),
            "the name of a server cannot be one: it has 399 octets, and a name has 253 at most",
        ),
        (
            format!("{host}<port>0</port><socketType>SSL</socketType>"),
            "the port of h.example is not a number from 1 to 65535",
        ),
        (
            format!("{host}<port>65536</port><socketType>SSL</socketType>"),
            "the port of h.example is not a number from 1 to 65535",
        ),
        (
            format!("{host}<port>1</port><socketType>TLS\u{7}{}</socketType>", "x".repeat(50)),
            "how h.example is protected is not known: \"TLS\\u{7}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
        ),
        (format!("{host}{SOCKET}<username>a&#13;b</username>"), "the user name for h.example cannot be one"),
        (
            format!("{host}{SOCKET}<username>{}</username>", "a".repeat(1025)),
            "the user name for h.example cannot be one",
        ),
    ] {
        let file = parse(server(&fields)).unwrap();
        let problems: Vec<_> = file.problems.iter().map(ToString::to_string).collect();
        assert_eq!((file.servers.len(), problems), (0, vec![expected.to_owned()]), "{fields}");
    }
}

#[test]
fn addresses_of_the_network_are_hosts() {
    for address in ["192.0.2.1", "2001:db8::1"] {
        let file = parse(server(&format!("<hostname>{address}</hostname>{SOCKET}"))).unwrap();
        assert_eq!(file.servers[0].host, address);
    }
}

#[test]
fn a_file_names_so_many_servers() {
    let one =
        format!("<incomingServer type=\"imap\"><hostname>h.example</hostname>{SOCKET}</incomingServer>");
    let file = parse(within(&one.repeat(SERVERS))).unwrap();
    assert_eq!((file.servers.len(), file.problems), (SERVERS, Vec::new()));
    let file = parse(within(&one.repeat(SERVERS + 1))).unwrap();
    assert_eq!(
        (file.servers.len(), file.problems),
        (SERVERS, vec![ServerProblem::TooMany { limit: SERVERS }])
    );
}

#[test]
fn what_is_no_such_file_is_refused() {
    use AutoconfigError::*;

    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;\">]>\
                  <clientConfig><emailProvider>&lol1;</emailProvider></clientConfig>";
    let outside = "<!DOCTYPE clientConfig SYSTEM \"file:///etc/passwd\"><clientConfig/>";
    let deep = format!("<clientConfig><emailProvider>{}", "<a>".repeat(1000));
    for (text, expected) in [
        (laughs.to_owned(), DocumentType),
        (outside.to_owned(), DocumentType),
        ("<!doctype HTML>\n<html>".to_owned(), Root),
        ("<html><body>Not found</body></html>".to_owned(), Root),
        ("<clientConfigs/>".to_owned(), Root),
        ("<clientConfig/>".to_owned(), Root),
        ("<emailProvider/>".to_owned(), Root),
        (String::new(), Root),
        ("not found".to_owned(), Root),
        (deep, TooDeep { limit: DEPTH }),
        (within("&lol;"), Entity { offset: 36 }),
        (within("&#0;"), Entity { offset: 36 }),
        ("<clientConfig><emailProvider>".to_owned(), Syntax { offset: 29 }),
        ("<clientConfig><emailProvider></clientConfig>".to_owned(), Syntax { offset: 29 }),
        ("<clientConfig><emailProvider <".to_owned(), Syntax { offset: 14 }),
        ("<clientConfig><![CDATA[".to_owned(), Syntax { offset: 14 }),
        ("<clientConfig>&amp".to_owned(), Syntax { offset: 14 }),
        ("x".repeat(FILE + 1), TooLarge { octets: FILE + 1, limit: FILE }),
    ] {
        assert_eq!(parse(&text), Err(expected), "{}", text.get(..200).unwrap_or(&text));
    }
    assert_eq!(parse(b"<clientConfig>\xe9"), Err(Encoding { offset: 14 }));
    assert_eq!(parse(b"\xff\xfe<\0c\0"), Err(Encoding { offset: 0 }));
}

#[test]
fn a_file_without_imap_is_a_file() {
    assert_eq!(parse(within("")), Ok(File::default()));
    assert_eq!(parse(within("<incomingServer><hostname>x</hostname></incomingServer>")), Ok(File::default()));
    assert_eq!(parse(within("<incomingServer type=\"pop3\"/>")), Ok(File::default()));
}

/// Pieces of files, by which noise gets further than by single characters.
fn noise() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "<clientConfig>",
        "</clientConfig>",
        "<emailProvider>",
        "</emailProvider>",
        "<incomingServer type=\"imap\">",
        "</incomingServer>",
        "<hostname>",
        "</hostname>",
        "<port>993</port>",
        "<socketType>SSL</socketType>",
        "<username>",
        "</username>",
        "h.example",
        "%EMAILADDRESS%",
        "&amp;",
        "&#x",
        "&",
        ";",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE",
        "[",
        "<",
        ">",
        "/",
        "\"",
        "'",
        "=",
        "\u{0}",
        "\u{1b}",
        "é",
        " ",
    ];
    let piece = prop_oneof![8 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// What comes out can be used, whatever went in.
fn is_sound(file: &File) -> bool {
    let is_host = |host: &str| !host.is_empty() && host.bytes().all(|octet| octet.is_ascii_graphic());
    let is_name = |name: &Option<String>| !name.iter().any(|name| name.contains(char::is_control));
    let said = file.problems.iter().map(ToString::to_string);
    file.servers.len() <= SERVERS
        && file.servers.iter().all(|server| is_host(&server.host) && is_name(&server.user_name))
        && said.into_iter().all(|words| !words.contains(char::is_control))
}

proptest! {
    #[test]
    fn noise_does_no_harm(text in noise(), octets in prop::collection::vec(any::<u8>(), 0..200)) {
        for text in [text.clone(), within(&text), server(&text)] {
            if let Ok(file) = parse(&text) {
                prop_assert!(is_sound(&file), "{file:?}");
            }
        }
        let _ = parse(octets);
    }

    #[test]
    fn every_cut_of_a_file_is_refused(at in 0usize..100) {
        let whole = server(&format!("<hostname>h.example</hostname>{SOCKET}"));
        let cut = &whole[..whole.len() * at / 100];
        prop_assert!(parse(cut).is_err());
    }
}
