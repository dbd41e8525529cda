use super::{Credentials, Identity, Problem, credentials};
use crate::types::SaslMessage;

/// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 section 2)
///
/// Nothing is prepared: it is the server that does so before it compares (RFC 4616 section 2), and a server that
/// prepares nothing compares octets.
pub(super) fn initial(credentials: &Credentials) -> Result<SaslMessage, Problem> {
    let (user, password, act_as) = credentials.with_password()?;
    let password = credentials::utf8(password)?.as_bytes();
    let act_as = act_as.map_or("", Identity::as_str);
    Ok(SaslMessage::new([act_as.as_bytes(), user.as_str().as_bytes(), password].join(&0)))
}

#[cfg(test)]
mod tests {
    use crate::sasl::testing::{as_somebody_else, begin, password, unusable};
    use crate::sasl::{Breach, Mechanism, Unusable};

    /// RFC 4616 section 4
    #[test]
    fn examples_of_the_rfc() {
        let (initial, exchange) = begin(Mechanism::Plain, &password("tim", "tanstaaftanstaaf"));
        assert_eq!(initial.as_deref(), Some(&b"\0tim\0tanstaaftanstaaf"[..]));
        let verified = exchange.finish().unwrap();
        assert_eq!((verified.mechanism(), verified.server_has_proved_itself()), (Mechanism::Plain, false));

        let (initial, _) = begin(Mechanism::Plain, &as_somebody_else("Kurt", "xipj3plmq", "Ursel"));
        assert_eq!(initial.as_deref(), Some(&b"Ursel\0Kurt\0xipj3plmq"[..]));
    }

    #[test]
    fn what_the_standard_cannot_carry() {
        assert_eq!(unusable(Mechanism::Plain, &password("tim", "")), Unusable::EmptySecret);
        assert_eq!(unusable(Mechanism::Plain, &password("tim", *b"caf\xe9")), Unusable::NotUtf8);
        let (initial, _) = begin(Mechanism::Plain, &password("\u{2168}", "\u{aa} \u{1f600}"));
        assert_eq!(initial.unwrap(), "\0\u{2168}\0\u{aa} \u{1f600}".as_bytes());
    }

    #[test]
    fn everything_is_said_in_one_message() {
        for challenge in [&b""[..], b"more"] {
            let (_, exchange) = begin(Mechanism::Plain, &password("tim", "x"));
            assert_eq!(exchange.step(challenge).unwrap_err().problem, Breach::Unasked.into());
        }
    }
}
