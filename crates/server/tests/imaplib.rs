//! Python's imaplib as a client: plain, under TLS, and under STARTTLS.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod common;

use std::future::pending;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use common::{Identity, server};
use tayori_server::{Options, Tls};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

/// Longer than all of it needs, shorter than anybody's patience.
const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_imaplib() {
    let python = Command::new("python3").arg("--version").stdout(Stdio::null()).status().await;
    if !python.is_ok_and(|status| status.success()) {
        return skip("python3 is not there");
    }
    let identity = Identity::new();
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.pem");
    std::fs::write(&certificate, &identity.pem).unwrap();
    let plain = serve(Tls::None).await;
    let tls = serve(Tls::Implicit(identity.server())).await;
    let starttls = serve(Tls::StartTls(identity.server())).await;
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imaplib");
    let running = Command::new("python3")
        // Nothing is to be left behind in the source folder.
        .args(["-B", "-m", "unittest", "discover", "--start-directory"])
        .arg(tests)
        .env("TAYORI_CA", certificate)
        .env("TAYORI_PLAIN", plain.to_string())
        .env("TAYORI_TLS", tls.to_string())
        .env("TAYORI_STARTTLS", starttls.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, running).await.expect("it ends in time").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("Ran 0 tests"), "{said}");
}

/// A server of its own on a port that is free.
async fn serve(tls: Tls) -> u16 {
    let mut options = Options::default();
    options.tls = tls;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = server(options).0;
    tokio::spawn(async move { server.run(listener, pending()).await });
    port
}

/// Says that a test cannot be done here. Where every test has to be done (`CI=true`), that is a failure.
fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "cannot be tested here: {why}");
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("skipped: {why}\n"));
}
