//! How to get to a server: straight, by a proxy, or through a program.

use std::io::Write as _;
use std::net::IpAddr;

use tayori_account::config::{CommandLine, Settings};
use tayori_client::way::{Tunnel, Way};

use crate::escape::escape_str;

/// The way that settings ask for.
pub(crate) fn way(settings: &Settings) -> Way {
    if let Some(command) = &settings.tunnel {
        let tunnel = match &command.value {
            CommandLine::Shell(text) => Tunnel::shell(text),
            CommandLine::Program(words) => {
                // There is none without a program.
                let (program, arguments) =
                    words.split_first().map_or(("", &[][..]), |(first, rest)| (&**first, rest));
                Tunnel::program(program, arguments)
            }
        };
        return Way::Tunnel(tunnel.listen(show));
    }
    match &settings.proxy {
        Some(proxy) => Way::Proxy(proxy.value.clone()),
        None => Way::Direct,
    }
}

/// Whether what is said to this host stays on this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the program of a tunnel writes to its error output. If that cannot be shown, there is nobody to tell.
fn show(line: &[u8]) {
    let _ = writeln!(anstream::stderr(), "tunnel: {}", escape_str(&String::from_utf8_lossy(line)));
}
