use super::{Credentials, Problem, Unusable};
use crate::types::SaslMessage;

/// `extern-initial-resp = external-authz-id` (RFC 4422 appendix A): as whom to act, or nothing where that follows from
/// the certificate.
pub(super) fn initial(credentials: &Credentials) -> Result<SaslMessage, Problem> {
    let Credentials::Certificate { act_as } = credentials else { return Err(Unusable::Kind.into()) };
    let act_as = act_as.as_ref().map_or("", |identity| identity.as_str());
    Ok(SaslMessage::new(act_as.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::testing::{begin, identity, password, send, unusable};
    use crate::sasl::{Breach, Mechanism};

    /// RFC 4422 appendix A.4
    #[test]
    fn examples_of_the_rfc() {
        let (initial, exchange) = begin(Mechanism::External, &Credentials::Certificate { act_as: None });
        let exchange = exchange.without_initial(SaslMessage::new(initial.unwrap()));
        let (message, exchange) = send(exchange.step(b""));
        assert_eq!(message, b"");
        assert!(exchange.finish().is_ok());

        let act_as = Some(identity("fred@example.com"));
        let (initial, exchange) = begin(Mechanism::External, &Credentials::Certificate { act_as });
        assert_eq!(initial.as_deref(), Some(&b"fred@example.com"[..]));
        assert_eq!(exchange.step(b"").unwrap_err().problem, Breach::Unasked.into());
    }

    #[test]
    fn a_password_is_never_sent_by_it() {
        assert_eq!(unusable(Mechanism::External, &password("tim", "x")), Unusable::Kind);
    }
}
