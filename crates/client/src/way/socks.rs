//! SOCKS5 (RFC 1928, RFC 1929).

use tokio::net::TcpStream;
use tokio_socks::Error as SocksError;
use tokio_socks::tcp::Socks5Stream;

use super::proxy::{Proxy, ProxyError, ProxyRefusal};
use crate::link::task::Stream;

/// Asks for a connection with the server. What is read has a length that the protocol bounds: 262 octets at most.
pub(super) async fn ask(
    proxy: &Proxy,
    socket: TcpStream,
    host: &str,
    port: u16,
) -> Result<Box<dyn Stream>, ProxyError> {
    let target = (host, port);
    let asked = match proxy.login() {
        // An empty password cannot be sent (RFC 1929 section 2).
        Some((_, "")) => return Err(ProxyError::WantsLogin { proxy: proxy.clone() }),
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(socket, target, user, password).await
        }
        None => Socks5Stream::connect_with_socket(socket, target).await,
    };
    match asked {
        Ok(stream) => Ok(Box::new(stream.into_inner())),
        Err(error) => Err(explain(proxy, error)),
    }
}

fn explain(proxy: &Proxy, error: SocksError) -> ProxyError {
    let refusal = match error {
        SocksError::Io(source) => return proxy.broken(source),
        SocksError::NoAcceptableAuthMethods if proxy.login().is_none() => {
            return ProxyError::WantsLogin { proxy: proxy.clone() };
        }
        SocksError::NoAcceptableAuthMethods | SocksError::PasswordAuthFailure(_) => {
            return ProxyError::LoginRefused { proxy: proxy.clone() };
        }
        SocksError::GeneralSocksServerFailure => ProxyRefusal::General,
        SocksError::ConnectionNotAllowedByRuleset => ProxyRefusal::NotAllowed,
        SocksError::NetworkUnreachable => ProxyRefusal::NetworkUnreachable,
        SocksError::HostUnreachable => ProxyRefusal::HostUnreachable,
        SocksError::ConnectionRefused => ProxyRefusal::ConnectionRefused,
        SocksError::TtlExpired => ProxyRefusal::TtlExpired,
        SocksError::CommandNotSupported | SocksError::AddressTypeNotSupported => ProxyRefusal::Unsupported,
        SocksError::InvalidResponseVersion => return proxy.not_spoken("it has another version"),
        // A login that was not offered, or a reply that the standard does not know.
        SocksError::UnknownAuthMethod => return proxy.not_spoken("its answer is none that was offered"),
        _ => return proxy.not_spoken("its answer makes no sense"),
    };
    proxy.refused(refusal)
}
