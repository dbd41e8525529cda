use super::{Credentials, Problem, Unusable};
use crate::types::SaslMessage;

/// `message = [ email / token ]` (RFC 4505 section 2)
pub(super) fn initial(credentials: &Credentials) -> Result<SaslMessage, Problem> {
    let Credentials::Anonymous { trace } = credentials else { return Err(Unusable::Kind.into()) };
    Ok(SaslMessage::new(trace.as_str().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::testing::{begin, password, send, unusable};
    use crate::sasl::{Mechanism, Trace};

    /// RFC 4505 section 4
    #[test]
    fn example_of_the_rfc() {
        let credentials = Credentials::Anonymous { trace: Trace::new("sirhc").unwrap() };
        let (initial, exchange) = begin(Mechanism::Anonymous, &credentials);
        let (message, exchange) =
            send(exchange.without_initial(SaslMessage::new(initial.unwrap())).step(b""));
        assert_eq!(message, b"sirhc");
        assert!(exchange.finish().is_ok());
    }

    #[test]
    fn who_has_a_name_is_not_anonymous() {
        assert_eq!(unusable(Mechanism::Anonymous, &password("tim", "x")), Unusable::Kind);
    }
}
