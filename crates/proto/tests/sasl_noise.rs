//! Whatever a server says in a SASL exchange: no step panics, none costs much, no password is given away, and nothing
//! but the right proof makes an OK believable.

use allocation_counter::measure;
use proptest::prelude::*;
use tayori_proto::sasl::{
    ChannelBinding, Circumstances, Credentials, Exchange, Identity, Mechanism, Nonce, Step, Trace,
};
use tayori_proto::types::{Capabilities, SaslMessage, Secret};

const SECRET: &str = "correct-horse-battery";
/// The nonce of [`RANDOM`], as it is sent.
const NONCE: &str = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ";
const RANDOM: [u8; 24] = [9; 24];

/// What the grammars of the mechanisms are made of.
const FRAGMENTS: &[&str] = &[
    "r=",
    "r=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ",
    "r=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJmore,s=QSXC,i=4096",
    "s=QSXC",
    "i=4096",
    "i=1",
    "i=99999999999999999999",
    "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "v=",
    "e=invalid-proof",
    "e=",
    "m=x",
    "x=y",
    ",",
    ",",
    ",",
    "=",
    "\u{e9}",
    "\0",
    "realm=\"a\"",
    "nonce=\"n\"",
    "algorithm=md5-sess",
    "charset=utf-8",
    "qop=\"auth\"",
    "rspauth=ea40f60335c427b5527b84dbabcdfffd",
    "\"",
    "\\",
    " ",
    "{",
    "}",
    "[",
    "]",
    "\"status\":",
    "\"401\"",
    "{\"status\":\"invalid_token\"}",
    "<1@a>",
];

/// What leads on to a next step.
const HONEST: &[&str] = &[
    "r=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJmore,s=QSXC,i=4096",
    "realm=\"a\",nonce=\"n\",algorithm=md5-sess,charset=utf-8,qop=\"auth\"",
    "<1@a>",
    "{\"status\":\"401\"}",
    "",
];

fn challenge() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..60),
        prop::sample::select(HONEST).prop_map(|challenge| challenge.as_bytes().to_vec()),
        prop::collection::vec(prop::sample::select(FRAGMENTS), 0..9)
            .prop_map(|fragments| fragments.concat().into_bytes()),
    ]
}

fn credentials(mechanism: Mechanism) -> Credentials {
    let user = Identity::new("ann").expect("it is a name");
    let secret = Secret::new(SECRET).expect("there is no NUL");
    match mechanism {
        Mechanism::Anonymous => Credentials::Anonymous { trace: Trace::default() },
        Mechanism::External => Credentials::Certificate { act_as: None },
        Mechanism::XOAuth2 | Mechanism::OAuthBearer => Credentials::Token { user, token: secret },
        _ => Credentials::password(user, secret),
    }
}

fn spoken() -> Vec<Mechanism> {
    Mechanism::ALL.into_iter().filter(|mechanism| mechanism.is_spoken_here()).collect()
}

fn begin(mechanism: Mechanism) -> (Option<SaslMessage>, Exchange) {
    let offered = Capabilities::default();
    let binding = ChannelBinding::TlsExporter([3; 32]);
    let circumstances =
        Circumstances::new(&offered, "example.org", 993, Nonce::from_random(RANDOM)).bindable(&binding);
    Exchange::begin(mechanism, &credentials(mechanism), circumstances).expect("they fit")
}

/// No message shows a secret, but those of mechanisms that say so.
fn check(mechanism: Mechanism, message: &SaslMessage) {
    let shown = message.expose().windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    assert!(!shown || mechanism.exposes_secret(), "{mechanism}");
}

/// More than any challenge costs within the bound: most are copied once, JSON becomes a tree of some hundred kilobytes.
const MOST: u64 = 1 << 20;

proptest! {
    #[test]
    fn whatever_is_said(
        mechanism in prop::sample::select(spoken()),
        waits in any::<bool>(),
        challenges in prop::collection::vec(challenge(), 0..5),
    ) {
        let (initial, mut exchange) = begin(mechanism);
        if let Some(initial) = initial {
            check(mechanism, &initial);
            if waits {
                exchange = exchange.without_initial(initial);
            }
        }
        for challenge in challenges {
            let mut step = None;
            let cost = measure(|| step = Some(exchange.step(&challenge)));
            prop_assert!(cost.bytes_max < MOST, "{mechanism}: {} octets", cost.bytes_max);
            let message;
            (message, exchange) = match step.expect("it was taken") {
                Ok(Step::Send(message, exchange)) => (message, exchange),
                Ok(Step::Work(derivation)) => {
                    prop_assert!((4096..=1_000_000).contains(&derivation.iterations()));
                    derivation.run()
                }
                Ok(Step::Refused(message, _)) => {
                    check(mechanism, &message);
                    return Ok(());
                }
                Err(error) => {
                    prop_assert_eq!(error.mechanism, mechanism);
                    return Ok(());
                }
            };
            check(mechanism, &message);
        }
        // Nothing among the fragments is the right proof.
        let end = exchange.finish();
        prop_assert!(end.is_err() || !mechanism.authenticates_server(), "{end:?}");
    }
}

#[test]
fn the_fragments_have_the_right_nonce() {
    assert_eq!(Nonce::from_random(RANDOM).as_str(), NONCE);
    assert!(FRAGMENTS.contains(&&*format!("r={NONCE}")));
}

/// What grows most when it is read, up to the largest challenge there is, and beyond.
#[test]
fn a_challenge_costs_what_it_is_long_at_most() {
    let most = 8 << 10;
    let repeated = |head: &str, piece: &str| {
        let mut text = head.to_owned();
        while text.len() + piece.len() <= most {
            text.push_str(piece);
        }
        text.into_bytes()
    };
    let challenges = [
        repeated("", "["),
        repeated("[", "1,"),
        repeated("[", "{},"),
        repeated("{", "\"\":0,"),
        repeated("{\"status\":\"", "\\ud83d\\ude00"),
        repeated("", "\"\\u"),
        repeated("nonce=\"n\"", ",a=b"),
        repeated("nonce=\"n\"", ",realm=a"),
        repeated("nonce=\"", "\\\\"),
        repeated(&format!("r={NONCE}x,s="), "AAAA"),
        repeated(&format!("r={NONCE}x,s=QSXC,i=4096"), ",x=y"),
        repeated(&format!("r={NONCE}"), "x"),
        repeated("e=", "x"),
        repeated("v=", "AAAA"),
        repeated("", "\0"),
        repeated("", "\u{1f600}"),
    ];
    for mechanism in spoken() {
        for challenge in &challenges {
            let (_, exchange) = begin(mechanism);
            let mut step = None;
            let cost = measure(|| step = Some(exchange.step(challenge)));
            assert!(cost.bytes_max < MOST, "{mechanism}: {} octets", cost.bytes_max);

            let longer = [challenge.as_slice(), &[b' '; 8 << 10]].concat();
            let (_, exchange) = begin(mechanism);
            let cost = measure(|| step = Some(exchange.step(&longer)));
            assert!(matches!(step, Some(Err(_))));
            assert_eq!(cost.count_total, 0, "{mechanism}: what is too long is not read");
        }
    }
}
