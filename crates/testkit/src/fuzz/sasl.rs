//! A client's side of SASL, and a server that says anything.

use std::io;

use tayori_proto::sasl::{
    ChannelBinding, Circumstances, Credentials, Exchange, Fault, Identity, Mechanism, Nonce, Step, Trace,
};
use tayori_proto::types::{Capabilities, SaslMessage, Secret};

/// The first octet chooses a mechanism, each line behind it is a challenge, in which `OWN` stands for the client's
/// nonce.
///
/// No step panics; the work that the server asks for is within its bounds; a secret is shown only where the mechanism
/// says so; an error names the mechanism; and an OK is never believed of a server that had to prove itself, since
/// nobody here knows the password.
pub(super) fn run(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let spoken: Vec<_> = spoken().collect();
    let mechanism = spoken[usize::from(first) % spoken.len()];
    let nonce = Nonce::from_random(RANDOM);
    let own = nonce.as_str().to_owned();
    let (initial, mut exchange) = begin(mechanism, nonce);
    if let Some(initial) = initial {
        check(mechanism, &initial);
        if first >= 0x80 {
            exchange = exchange.without_initial(initial);
        }
    }
    for challenge in rest.split(|octet| *octet == b'\n') {
        let challenge = with_nonce(challenge, own.as_bytes());
        let message;
        (message, exchange) = match exchange.step(&challenge) {
            Ok(Step::Send(message, exchange)) => (message, exchange),
            Ok(Step::Work(derivation)) => {
                assert!((4096..=1_000_000).contains(&derivation.iterations()), "{derivation:?}");
                // More would take too long here, and show no more.
                if derivation.iterations() > 4096 {
                    return;
                }
                derivation.run()
            }
            Ok(Step::Refused(message, refusal)) => {
                check(mechanism, &message);
                let _ = format!("{refusal:?}");
                return;
            }
            Err(error) => {
                assert_eq!(error.mechanism, mechanism);
                assert!(error.fault() != Fault::Credentials || mechanism == Mechanism::DigestMd5, "{error}");
                return;
            }
        };
        check(mechanism, &message);
    }
    let end = exchange.finish();
    assert!(end.is_err() || !mechanism.authenticates_server(), "{end:?}");
}

fn spoken() -> impl Iterator<Item = Mechanism> {
    Mechanism::ALL.into_iter().filter(|mechanism| mechanism.is_spoken_here())
}

const SECRET: &[u8] = b"correct-horse-battery";
const RANDOM: [u8; 24] = [9; 24];

fn begin(mechanism: Mechanism, nonce: Nonce) -> (Option<SaslMessage>, Exchange) {
    let user = Identity::new("ann").expect("it is a name");
    let secret = Secret::new(SECRET).expect("there is no NUL");
    let credentials = match mechanism {
        Mechanism::Anonymous => Credentials::Anonymous { trace: Trace::default() },
        Mechanism::External => Credentials::Certificate { act_as: None },
        Mechanism::XOAuth2 | Mechanism::OAuthBearer => Credentials::Token { user, token: secret },
        _ => Credentials::password(user, secret),
    };
    let (offered, binding) = (Capabilities::default(), ChannelBinding::TlsExporter([3; 32]));
    let circumstances = Circumstances::new(&offered, "example.org", 993, nonce).bindable(&binding);
    Exchange::begin(mechanism, &credentials, circumstances).expect("these credentials fit")
}

fn check(mechanism: Mechanism, message: &SaslMessage) {
    let shown = message.expose().windows(SECRET.len()).any(|window| window == SECRET);
    assert!(!shown || mechanism.exposes_secret(), "{mechanism} shows the secret");
}

fn with_nonce(challenge: &[u8], own: &[u8]) -> Vec<u8> {
    match challenge.windows(3).position(|window| window == b"OWN") {
        Some(at) => [&challenge[..at], own, &challenge[at + 3..]].concat(),
        None => challenge.to_vec(),
    }
}

/// What honest servers say.
pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for (index, mechanism) in (0_u8..).zip(spoken()) {
        let challenges = match mechanism {
            Mechanism::Login => "User Name\0\nPassword\0",
            Mechanism::XOAuth2 | Mechanism::OAuthBearer => {
                "{\"status\":\"invalid_token\",\"scope\":\"mail\",\"openid-configuration\":\"https://a.example/\"}"
            }
            Mechanism::CramMd5 => "<1896.697170952@postoffice.reston.mci.net>",
            Mechanism::DigestMd5 => {
                "realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,\
                 charset=utf-8\nrspauth=ea40f60335c427b5527b84dbabcdfffd"
            }
            Mechanism::Scram(_) | Mechanism::ScramPlus(_) => {
                "r=OWN3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,x=y\nv=rmF9pqV8S7suAoZWja4dJRkFsKQ="
            }
            _ => continue,
        };
        seeds.push([&[index], challenges.as_bytes()].concat());
        // The same number of the mechanism, and the first message waits for an empty challenge.
        let count = u8::try_from(spoken().count()).unwrap_or(u8::MAX);
        let waiting = (0x80..=u8::MAX).find(|octet| octet % count == index).unwrap_or(index);
        seeds.push([&[waiting, b'\n'], challenges.as_bytes()].concat());
    }
    seeds.push([b"\x06".as_slice(), b"r=OWNx,s=QSXC,i=4096\ne=invalid-proof"].concat());
    Ok(seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_is_put_in() {
        assert_eq!(with_nonce(b"r=OWNx,OWN", b"abc"), b"r=abcx,OWN");
        assert_eq!(with_nonce(b"OW", b"abc"), b"OW");
    }
}
