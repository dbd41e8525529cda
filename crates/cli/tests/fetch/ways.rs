//! Ways to a server, and certificates of ours, as options.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::common::program::{Folder, Run};

/// A server in a few lines of shell, which somebody is logged in at.
const SERVER: &str = r#"echo "hello from the other end" >&2
printf '* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n'
while read -r tag command rest; do
    case $command in
        LIST) printf '* LIST () "/" INBOX\r\n%s OK done\r\n' $tag ;;
        LOGOUT*) printf '* BYE bye\r\n%s OK done\r\n' $tag; exit 0 ;;
        *) printf '%s OK done\r\n' $tag ;;
    esac
done
"#;

/// Nobody is asked for a password, and what the program writes beside is shown.
#[test]
fn a_tunnel_leads_to_a_server_that_needs_no_login() {
    let folder = Folder::new();
    folder.write("server.sh", SERVER);
    let run = Run::new()
        .args("list imap://ann@mail.example/ --tunnel")
        .arg("sh server.sh")
        .without_env("TAYORI_PASSWORD");
    let outcome = run.folder(&folder).run();
    assert_eq!(outcome.stderr, "tunnel: hello from the other end\n");
    assert_eq!(outcome.code, 0);
    assert!(String::from_utf8(outcome.stdout).unwrap().contains("INBOX"));
}

#[test]
fn a_tunnel_that_ends_early_is_told_with_its_words() {
    let run = Run::new().args("list imap://ann@mail.example/ --tunnel");
    let run = run.arg("printf 'no\\033[1m way\\n' >&2; exit 7");
    let expected = "tunnel: no\\x1b[1m way\n\
        error: the connection is lost: the tunnel's program ended (exit status: 7)\n\
        hint: what its command wrote stands above; run it by hand to see what is wrong\n";
    let outcome = run.run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (7, expected));
}

#[test]
fn a_proxy_that_refuses_is_told_and_its_password_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            socket.read_exact(&mut octet).unwrap();
            head.push(octet[0]);
        }
        socket.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap();
        String::from_utf8(head).unwrap()
    });
    let address = format!("http://joe:hunter2@127.0.0.1:{port}");
    let outcome = Run::new().args("list imaps://ann@mail.example/").env("TAYORI_PROXY", &address).run();
    let expected = format!(
        "error: the HTTP proxy 127.0.0.1:{port} has not connected to the server: status 403 (Forbidden)\n\
         hint: many proxies lead to web servers alone; ask whoever runs it for the port of the place\n"
    );
    assert_eq!((outcome.code, outcome.stderr), (7, expected));
    assert!(proxy.join().unwrap().starts_with("CONNECT mail.example:993 HTTP/1.1\r\n"));
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_sent() {
    let folder = Folder::new();
    folder.write("me.pem", "nothing");
    for (words, stderr) in [
        (
            "--proxy socks5://joe:secret@proxy",
            "error: the user and the password of a proxy do not belong on the command line\n\
             hint: set the environment variable TAYORI_PROXY to the whole address\n\n\
             Usage: tayori list [OPTIONS] [PLACE] [[REFERENCE] PATTERN]...\n\n\
             For more information, try '--help'.\n",
        ),
        (
            "--proxy proxy:1080",
            "error: --proxy cannot be read: the address of a proxy begins with socks5:// or http://\n\
             hint: such as socks5://127.0.0.1:9050 or http://proxy.example:3128\n\n\
             Usage: tayori list [OPTIONS] [PLACE] [[REFERENCE] PATTERN]...\n\n\
             For more information, try '--help'.\n",
        ),
        (
            "--client-cert me.pem",
            "error: cannot use the certificate file me.pem: there is no certificate in it\n\
             hint: the file has to hold certificates in PEM form\n",
        ),
    ] {
        let outcome = Run::new().args("list imaps://ann@mail.example/").args(words).folder(&folder).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (2, stderr), "{words}");
    }
}
