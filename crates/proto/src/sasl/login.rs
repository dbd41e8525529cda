use super::{Credentials, Problem};
use crate::types::{SaslMessage, Secret};

/// `LOGIN` (draft-murchison-sasl-login section 2): the server asks twice, the client says the name and then the
/// password.
///
/// What the server asks with is not looked at: it is `User Name` and `Password` with NUL behind each in the draft,
/// `Username:` and `Password:` almost everywhere, and nothing at all in some places. The order is always this one.
pub(super) fn begin(credentials: &Credentials) -> Result<(SaslMessage, Password), Problem> {
    let (user, password) = credentials.for_nobody_else()?;
    let user = SaslMessage::new(user.as_str().as_bytes());
    Ok((user, Password(password.clone())))
}

/// What is said last.
pub(super) struct Password(Secret);

impl Password {
    pub(super) fn into_message(self) -> SaslMessage {
        SaslMessage::new(self.0.expose())
    }
}

#[cfg(test)]
mod tests {
    use crate::sasl::testing::{as_somebody_else, begin, password, send, unusable};
    use crate::sasl::{Breach, Exchange, Mechanism, Unusable};

    fn start() -> Exchange {
        let (initial, exchange) = begin(Mechanism::Login, &password("tim", "tanstaaftanstaaf"));
        assert_eq!(initial, None);
        exchange
    }

    #[test]
    fn name_and_password_whatever_the_server_asks_with() {
        for (first, second) in [
            (&b"User Name\0"[..], &b"Password\0"[..]),
            (b"Username:", b"Password:"),
            (b"", b""),
            (b"\xff\xfe", b"Username:"),
        ] {
            let (message, exchange) = send(start().step(first));
            assert_eq!(message, b"tim");
            let (message, exchange) = send(exchange.step(second));
            assert_eq!(message, b"tanstaaftanstaaf");
            assert!(!exchange.finish().unwrap().server_has_proved_itself());
        }
    }

    #[test]
    fn neither_less_nor_more_than_two_challenges() {
        assert_eq!(start().finish().unwrap_err().problem, Breach::EarlyOk.into());
        let (_, exchange) = send(start().step(b""));
        assert_eq!(exchange.finish().unwrap_err().problem, Breach::EarlyOk.into());
        let (_, exchange) = send(start().step(b""));
        let (_, exchange) = send(exchange.step(b""));
        assert_eq!(exchange.step(b"").unwrap_err().problem, Breach::Unasked.into());
    }

    #[test]
    fn what_it_cannot_carry() {
        assert_eq!(unusable(Mechanism::Login, &password("tim", "")), Unusable::EmptySecret);
        assert_eq!(unusable(Mechanism::Login, &as_somebody_else("Kurt", "x", "Ursel")), Unusable::ActAs);
        // Nothing says that it has to be UTF-8.
        let (_, exchange) = begin(Mechanism::Login, &password("tim", *b"caf\xe9"));
        let (_, exchange) = send(exchange.step(b"Username:"));
        assert_eq!(send(exchange.step(b"Password:")).0, b"caf\xe9");
    }
}
