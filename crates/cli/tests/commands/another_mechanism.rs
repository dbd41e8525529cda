//! A server that offers a mechanism that it cannot do: whoever adds an account may log in by another one.

use crate::accounts::{folder, text};
use crate::certificates::Authority;
use crate::common::program::TAYORI;
use crate::common::server::{Script, Server, Talk};
use crate::common::terminal::Terminal;

/// It has the password in another form. What somebody logs in by instead is written down.
#[test]
fn somebody_logs_in_by_another_mechanism() {
    let server = Server::play_in_turn(vec![
        Box::new(|talk: &mut Talk| {
            talk.send("* OK ready\r\n");
            let logout = talk.read_command();
            talk.answer(&logout, "OK bye");
        }),
        Box::new(|talk: &mut Talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN] ready\r\n");
            let command = talk.read_command();
            talk.answer(&command, "NO not here");
            talk.expect_end();
        }),
        Box::new(|talk: &mut Talk| {
            talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN] ready\r\n");
            talk.expect("AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=");
            talk.tagged("OK [CAPABILITY IMAP4rev1] welcome");
            talk.expect("LIST \"\" \"*\"");
            talk.send("* LIST () \"/\" INBOX\r\n");
            talk.tagged("OK that is all");
            let logout = talk.read_command();
            talk.answer(&logout, "OK bye");
        }),
    ]);
    let folder = folder("");
    let command = format!(
        "TAYORI_CONFIG=config.toml '{TAYORI}' account add --host 127.0.0.1 --port {} --tls none --user ann --name home \
         --ask",
        server.port()
    );
    let Some(mut terminal) = Terminal::start(&folder, &command) else { return };
    terminal.expect("password of ann at 127.0.0.1: ");
    terminal.keys("secret\r");
    terminal.expect("the server refused the login with SCRAM-SHA-256");
    terminal.expect("1  type the password again");
    terminal.expect("2  log in with PLAIN, which shows the password to the server");
    terminal.expect("Number [1]: ");
    terminal.keys("2\r");
    terminal.expect("the account home is in config.toml");
    terminal.end();
    server.finish();
    assert!(text(&folder).contains("user = \"ann\"\nauth = \"PLAIN\"\n"), "{}", text(&folder));
}

/// It ends the connection over a login that is bound to TLS.
#[test]
fn a_connection_that_is_lost_over_the_binding() {
    let authority = Authority::new();
    let greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256] ready\r\n";
    let login = move |mechanism: &'static str| {
        move |talk: &mut Talk| {
            talk.send(greeting);
            let command = talk.read_command();
            let wanted = format!("AUTHENTICATE {mechanism} ");
            assert!(command.escape_ascii().to_string().contains(&wanted), "{}", command.escape_ascii());
            command
        }
    };
    let scripts: Vec<Script> = vec![
        Box::new(move |talk: &mut Talk| {
            talk.send(greeting);
            talk.log_out();
        }),
        Box::new(move |talk: &mut Talk| {
            login("SCRAM-SHA-256-PLUS")(talk);
            talk.cut();
        }),
        Box::new(move |talk: &mut Talk| {
            let command = login("SCRAM-SHA-256")(talk);
            talk.answer(&command, "NO [AUTHENTICATIONFAILED] no");
            talk.expect_end();
        }),
    ];
    let server = Server::play_in_turn_with_tls(authority.sign(&["localhost"], 100).config, scripts);
    let folder = folder("");
    let command = format!(
        "TAYORI_CONFIG=config.toml '{TAYORI}' account add --host localhost --port {} --user ann --name home --ask \
         --ca-file '{}'",
        server.port(),
        authority.file().display()
    );
    let Some(mut terminal) = Terminal::start(&folder, &command) else { return };
    terminal.expect("password of ann at localhost: ");
    terminal.keys("secret\r");
    terminal.expect("the connection is lost");
    terminal.expect("2  log in with SCRAM-SHA-256, which is not bound to the TLS connection");
    terminal.expect("Number [1]: ");
    terminal.keys("2\r");
    terminal.expect("the server refused the login with SCRAM-SHA-256");
    terminal.keys("\x03");
    terminal.end();
    server.finish();
    assert_eq!(text(&folder), "");
}
