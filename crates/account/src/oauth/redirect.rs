use std::fmt;

use url::{Host, Url};

use super::SettingsError;

/// Where the browser comes back to: this machine, at a path, and at a port if that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    host: RedirectHost,
    /// 0 lets the system choose.
    pub(crate) port: u16,
    pub(crate) path: String,
}

/// What the registered redirect calls this machine. Servers compare it letter by letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RedirectHost {
    Address,
    Name,
}

impl Redirect {
    pub(crate) fn parse(url: &str) -> Result<Self, SettingsError> {
        let refused = || SettingsError::Redirect { url: url.to_owned() };
        let parsed = Url::parse(url).map_err(|_| refused())?;
        let host = match parsed.host() {
            Some(Host::Domain("localhost")) => RedirectHost::Name,
            Some(Host::Ipv4(address)) if address.octets() == [127, 0, 0, 1] => RedirectHost::Address,
            _ => return Err(refused()),
        };
        let is_plain = parsed.scheme() == "http"
            && parsed.query().is_none()
            && parsed.fragment().is_none()
            && parsed.username().is_empty()
            && parsed.password().is_none();
        if !is_plain {
            return Err(refused());
        }
        // The parser takes the port of the scheme for none, so that port 80 cannot be asked for. Nor could it be bound.
        Ok(Self { host, port: parsed.port().unwrap_or(0), path: parsed.path().to_owned() })
    }

    /// The redirect with the port that is listened on.
    pub(crate) fn at(&self, port: u16) -> String {
        format!("http://{self}:{port}{}", self.path)
    }
}

/// The host.
impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.host {
            RedirectHost::Address => "127.0.0.1",
            RedirectHost::Name => "localhost",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_come_back_to() {
        assert_eq!(Redirect::parse("http://localhost").unwrap().at(5), "http://localhost:5/");
        assert_eq!(Redirect::parse("http://127.0.0.1/a").unwrap().at(5), "http://127.0.0.1:5/a");
        assert_eq!(Redirect::parse("http://127.0.0.1:8000/").unwrap().port, 8000);
        for url in [
            "https://localhost/",
            "http://example.org/",
            "http://127.0.0.2/",
            "http://[::1]/",
            "http://localhost/?a",
            "http://localhost/#a",
            "http://a@localhost/",
            "urn:ietf:wg:oauth:2.0:oob",
            "",
        ] {
            assert!(Redirect::parse(url).is_err(), "{url}");
        }
    }
}
