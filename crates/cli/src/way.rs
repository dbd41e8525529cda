//! How to get to a server: straight, by a proxy, or through a program.

use std::io::Write as _;

use tayori_client::way::{Proxy, ProxyUrlError, Tunnel, Way};

use crate::cli::WayOption;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// The environment variable that may hold the address of a proxy, with its password.
const VARIABLE: &str = "TAYORI_PROXY";

/// The way that an option asks for, or else the environment. Set but empty, the variable counts as not given.
pub(crate) fn way(option: &WayOption) -> Result<Way, Failure> {
    Ok(match option {
        WayOption::Proxy(proxy) => Way::Proxy(proxy.clone()),
        WayOption::Tunnel(command) => Way::Tunnel(Tunnel::shell(command).listen(show)),
        WayOption::Usual => match std::env::var_os(VARIABLE).filter(|address| !address.is_empty()) {
            Some(address) => Way::Proxy(of_environment(&address.to_string_lossy())?),
            None => Way::Direct,
        },
    })
}

fn of_environment(address: &str) -> Result<Proxy, Failure> {
    address.parse().map_err(|err: ProxyUrlError| {
        Failure::new(Exit::Usage, format!("{VARIABLE} cannot be read: {err}"))
            .hint("such as socks5://127.0.0.1:9050 or http://user:password@proxy.example:3128")
    })
}

/// What the program of a tunnel writes to its error output. If that cannot be shown, there is nobody to tell.
fn show(line: &[u8]) {
    let _ = writeln!(anstream::stderr(), "tunnel: {}", escape_str(&String::from_utf8_lossy(line)));
}
