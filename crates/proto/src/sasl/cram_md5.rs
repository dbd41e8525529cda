use md5::Md5;

use super::{Breach, Credentials, Identity, Problem, hash};
use crate::types::{SaslMessage, Secret};

/// `CRAM-MD5` (RFC 2195 section 2): the server sends words that it has never used before, and gets a hash of them that
/// only who has the password can make.
pub(super) fn begin(credentials: &Credentials) -> Result<Unasked, Problem> {
    let (user, password) = credentials.for_nobody_else()?;
    Ok(Unasked { user: user.clone(), password: password.clone() })
}

/// What waits for the server's words.
pub(super) struct Unasked {
    user: Identity,
    password: Secret,
}

impl Unasked {
    /// The user name, a blank, and the keyed hash in lower-case hexadecimal.
    ///
    /// Neither name nor password is prepared: RFC 2195 knows octets only. The server's words should have the form of a
    /// message id, and some servers' have not; all that matters is that there are any, since the answer to none would
    /// be the same every time.
    pub(super) fn answer(self, challenge: &[u8]) -> Result<SaslMessage, Problem> {
        if challenge.is_empty() {
            return Err(Breach::Empty.into());
        }
        let digest = hash::hex(&hash::hmac::<Md5>(self.password.expose(), &[challenge]));
        Ok(SaslMessage::new([self.user.as_str().as_bytes(), digest.as_bytes()].join(&b' ')))
    }
}

#[cfg(test)]
mod tests {
    use crate::sasl::testing::{as_somebody_else, begin, password, send, unusable};
    use crate::sasl::{Breach, Mechanism, Unusable};

    /// RFC 2195 section 2
    #[test]
    fn example_of_the_rfc() {
        let (initial, exchange) = begin(Mechanism::CramMd5, &password("tim", "tanstaaftanstaaf"));
        assert_eq!(initial, None);
        let (message, exchange) = send(exchange.step(b"<1896.697170952@postoffice.reston.mci.net>"));
        assert_eq!(message, b"tim b913a602c7eda7a495b4e6e7334d3890");
        let verified = exchange.finish().unwrap();
        assert!(!verified.server_has_proved_itself());
    }

    #[test]
    fn what_the_server_may_not_do() {
        let start = || begin(Mechanism::CramMd5, &password("tim", "x")).1;
        assert_eq!(start().step(b"").unwrap_err().problem, Breach::Empty.into());
        assert_eq!(start().finish().unwrap_err().problem, Breach::EarlyOk.into());
        let (_, exchange) = send(start().step(b"<1@a>"));
        assert_eq!(exchange.step(b"<2@a>").unwrap_err().problem, Breach::Unasked.into());
    }

    #[test]
    fn nobody_else_can_be_acted_as() {
        assert_eq!(unusable(Mechanism::CramMd5, &as_somebody_else("a", "b", "c")), Unusable::ActAs);
    }
}
