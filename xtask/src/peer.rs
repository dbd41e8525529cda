//! `cargo xtask peer`: a private server to try things on by hand.

use std::process::ExitCode;
use std::time::Duration;

use crate::peers::Kind;
use crate::process;
use crate::stop::{Interrupt, Outcome};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(value_enum)]
    server: Kind,
    /// First install or fetch what it needs (Debian, Ubuntu; as root or with sudo)
    #[arg(long)]
    install: bool,
}

/// Standard output has only the variables, so that it can be kept in a file and read by a shell.
pub(crate) fn run(arguments: &Arguments, interrupt: &Interrupt) -> Outcome<ExitCode> {
    let kind = arguments.server;
    if arguments.install {
        eprintln!("{}", kind.prepare(interrupt)?);
    }
    let mut peer = kind.start(interrupt)?;
    eprintln!("{}, logs in {}\n", peer.description(), peer.folder().display());
    print!("{}", peer.variables().exports());
    eprintln!("{HOW_TO_USE}");
    // An interrupt is how this task is meant to end.
    while process::sleep(Duration::from_secs(1), interrupt).is_ok() {
        peer.expect_alive()?;
    }
    drop(peer);
    eprintln!("\nstopped, its folder is removed");
    Ok(ExitCode::SUCCESS)
}

const HOW_TO_USE: &str = r#"
In another terminal: paste the lines above, then for example
  export TAYORI_PASSWORD="$TAYORI_PEER_PASSWORD"
  cargo run -p tayori -- fetch "imaps://$TAYORI_PEER_USER@$TAYORI_PEER_HOST:$TAYORI_PEER_IMAPS_PORT/INBOX" \
      --last 1 --ca-file "$TAYORI_PEER_CA_FILE" -o -
  cargo test -p tayori-client --test peer
A mail to fetch (curl wants a file):
  printf 'Subject: hello\r\n\r\nHello.\r\n' > hello.eml
  curl --silent --show-error --upload-file hello.eml \
      --cacert "$TAYORI_PEER_CA_FILE" --user "$TAYORI_PEER_USER:$TAYORI_PEER_PASSWORD" \
      "imaps://$TAYORI_PEER_HOST:$TAYORI_PEER_IMAPS_PORT/INBOX"
Ctrl-C here stops the server and removes its mail."#;
