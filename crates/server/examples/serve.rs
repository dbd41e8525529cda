//! A mail server for trying mail programs: `cargo run -p tayori-server --example serve -- [PORT [TLS-PORT [FILE]]]`
//!
//! It listens on loopback only, with STARTTLS on the first port (1143) and TLS on the second (1993), and has a few
//! mails in memory for user `ann` with the password `secret`. The certificate, made anew each time, is written to FILE
//! (`certificate.pem`). Ends with Ctrl-C or when it is killed; all is forgotten then.

#![allow(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;
use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tayori_proto::response::ListAttribute;
use tayori_proto::types::{Flag, InternalDate, MailboxName, Secret, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::{Logins, Options, Server, Tls};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().as_deref().unwrap_or("1143").parse()?;
    let tls_port: u16 = arguments.next().as_deref().unwrap_or("1993").parse()?;
    let file = arguments.next().unwrap_or_else(|| "certificate.pem".to_owned());

    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names)?;
    std::fs::write(&file, certified.cert.pem())?;
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let chain = vec![certified.cert.der().clone()];
    let tls = Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key.into())?);

    let store = store()?;
    let server = |tls| -> Result<Server<MemoryStore>, Box<dyn Error>> {
        let mut options = Options::default();
        options.tls = tls;
        Ok(Server::new(Logins::one("ann", &Secret::new("secret")?, store.clone()), options))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let tls_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, tls_port)).await?;
    println!("imap://ann@localhost:{} with STARTTLS or in the clear", listener.local_addr()?.port());
    println!("imaps://ann@localhost:{} with the certificate in {file}", tls_listener.local_addr()?.port());
    println!("the password is secret");
    let (clear, encrypted) = (server(Tls::StartTls(tls.clone()))?, server(Tls::Implicit(tls))?);
    tokio::try_join!(clear.run(listener, pending()), encrypted.run(tls_listener, pending()))?;
    Ok(())
}

/// What there is to see.
fn store() -> Result<MemoryStore, Box<dyn Error>> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    // A client may remember what it saw here before, so each start has a validity of its own.
    let validity = UidValidity::new(u32::try_from(now)?).ok_or("it is 1970")?;
    let store = MemoryStore::new(validity, MemoryLimits::default()).owned_by("ann");
    for (name, attribute) in
        [("Drafts", ListAttribute::Drafts), ("Sent", ListAttribute::Sent), ("Trash", ListAttribute::Trash)]
    {
        store.create_for(&MailboxName::new(name)?, attribute)?;
    }
    let date = InternalDate::from_unix_seconds(i64::try_from(now)?);
    let mails: [(&str, &[Flag], &str); 4] = [
        (
            "INBOX",
            &[],
            "From: Bob <bob@example.org>\r\nTo: Ann <ann@example.org>\r\nSubject: Lunch\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nAt noon?\r\n",
        ),
        (
            "INBOX",
            &[Flag::Seen, Flag::Answered],
            "From: =?utf-8?B?5bGx55Sw?= <yamada@example.jp>\r\nTo: Ann <ann@example.org>\r\nSubject: =?utf-8?B?5peF6KGM44Gu5L6/44KK?=\r\nDate: Tue, 3 Mar 2026 18:30:00 +0900\r\nMessage-ID: <2@example.jp>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nお元気ですか。\r\n",
        ),
        (
            "INBOX",
            &[Flag::Flagged],
            "From: Carl <carl@example.com>\r\nTo: Ann <ann@example.org>\r\nSubject: With a file\r\nDate: Wed, 4 Mar 2026 10:00:00 -0500\r\nMessage-ID: <3@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=data.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n--b--\r\n",
        ),
        (
            "Sent",
            &[Flag::Seen],
            "From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Re: Lunch\r\nDate: Mon, 2 Mar 2026 09:05:00 +0000\r\nMessage-ID: <4@example.org>\r\nIn-Reply-To: <1@example.org>\r\n\r\nYes.\r\n",
        ),
    ];
    for (mailbox, flags, text) in mails {
        store.insert(&MailboxName::new(mailbox)?, flags.to_vec(), date, vec![Bytes::from(text)])?;
    }
    Ok(store)
}
