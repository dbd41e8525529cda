use std::net::{IpAddr, SocketAddr};

use tayori_proto::sasl::ChannelBinding;

/// What a login has to know of its connection.
#[derive(Debug)]
pub(crate) struct Ground {
    /// What the server is called; empty where nobody has said so.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) protection: Protection,
    pub(crate) binding: Option<ChannelBinding>,
}

/// What keeps others from listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// TLS, with a server that has proved who it is.
    Tls,
    /// The caller answers for the stream.
    Trusted,
    /// Nothing leaves this machine.
    Local,
    /// Nothing.
    None,
}

impl Protection {
    /// That of a connection in clear text to this host, with a socket that leads to `address`.
    ///
    /// Both have to be of this machine: anybody can give a name such an address, and the way to a server may lead
    /// through a proxy on this machine.
    pub(crate) fn of_clear_text(host: &str, address: Option<SocketAddr>) -> Self {
        let named = host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if named && address.is_some_and(|address| address.ip().is_loopback()) {
            Self::Local
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_stays_here_only_where_name_and_socket_say_so() {
        let here: SocketAddr = "127.0.0.1:143".parse().unwrap();
        let here_too: SocketAddr = "[::1]:143".parse().unwrap();
        let there: SocketAddr = "192.0.2.1:143".parse().unwrap();
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1"] {
            for address in [here, here_too] {
                assert_eq!(Protection::of_clear_text(host, Some(address)), Protection::Local, "{host}");
            }
            assert_eq!(Protection::of_clear_text(host, Some(there)), Protection::None, "{host}");
            assert_eq!(Protection::of_clear_text(host, None), Protection::None, "{host}");
        }
        for host in ["imap.example.org", "localhost.example.org", "192.0.2.1", "128.0.0.1", ""] {
            assert_eq!(Protection::of_clear_text(host, Some(here)), Protection::None, "{host}");
        }
    }
}
