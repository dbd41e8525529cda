use super::*;
use crate::sasl::testing::{as_somebody_else, begin_bound, octets, password, unusable};
use crate::sasl::{
    Bound, Breach, ChannelBinding, Circumstances, Credentials, Exchange, Fault, Identity, Mechanism, Nonce,
    Refusal, SaslError, Step, Unusable, Verified,
};
use crate::types::Secret;

/// A whole exchange as it stands in a standard, with line breaks only between messages.
struct Example<'a> {
    mechanism: Mechanism,
    credentials: Credentials,
    offered: &'a [&'a str],
    binding: Option<ChannelBinding>,
    /// Client, server, client, server.
    lines: [&'a str; 4],
}

fn check(example: Example<'_>) {
    let Example { mechanism, credentials, offered, binding, lines: [first, salted, last, proved] } = example;
    let nonce = own_nonce(first);
    let (initial, exchange) = begin_bound(mechanism, &credentials, offered, binding.as_ref(), nonce);
    assert_eq!(text(initial.unwrap()), first);
    let (message, exchange) = work(exchange.step(salted.as_bytes()));
    assert_eq!(text(message), last);
    let (message, exchange) = crate::sasl::testing::send(exchange.step(proved.as_bytes()));
    assert_eq!(message, b"");
    let verified = exchange.finish().unwrap();
    assert_eq!((verified.mechanism(), verified.server_has_proved_itself()), (mechanism, true));
}

fn own_nonce(first: &str) -> &str {
    first.rsplit_once("r=").unwrap().1
}

fn text(message: Vec<u8>) -> String {
    String::from_utf8(message).unwrap()
}

/// Runs the derivation that a step asks for.
fn work(step: Result<Step, SaslError>) -> (Vec<u8>, Exchange) {
    let Step::Work(derivation) = step.unwrap() else { panic!("there is work to do") };
    let (message, exchange) = derivation.run();
    (octets(Some(message)).unwrap(), exchange)
}

fn pencil() -> Credentials {
    password("user", "pencil")
}

const SHA_1: [&str; 4] = [
    "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
];

/// RFC 5802 section 5
#[test]
fn example_of_the_rfc_with_sha_1() {
    check(Example {
        mechanism: Mechanism::Scram(ScramHash::Sha1),
        credentials: pencil(),
        offered: &["SCRAM-SHA-1"],
        binding: None,
        lines: SHA_1,
    });
}

/// RFC 7677 section 3
#[test]
fn example_of_the_rfc_with_sha_256() {
    check(Example {
        mechanism: Mechanism::Scram(ScramHash::Sha256),
        credentials: pencil(),
        offered: &["SCRAM-SHA-256"],
        binding: None,
        lines: [
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ],
    });
}

// No standard has examples for what follows. They were computed with the hashlib and hmac of Python 3 by some lines
// that know nothing of this code, and that compute the example of RFC 5802 right.

#[test]
fn with_sha_512() {
    check(Example {
        mechanism: Mechanism::Scram(ScramHash::Sha512),
        credentials: pencil(),
        offered: &["SCRAM-SHA-512"],
        binding: None,
        lines: [
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
            "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==",
        ],
    });
}

#[test]
fn bound_to_the_connection_and_as_somebody_else() {
    let data = std::array::from_fn(|index| u8::try_from(index).unwrap());
    check(Example {
        mechanism: Mechanism::ScramPlus(ScramHash::Sha512),
        credentials: as_somebody_else("user", "pencil", "Ursel"),
        offered: &["SCRAM-SHA-512-PLUS"],
        binding: Some(ChannelBinding::TlsExporter(data)),
        lines: [
            "p=tls-exporter,a=Ursel,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=10000",
            "c=cD10bHMtZXhwb3J0ZXIsYT1VcnNlbCwAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==,\
             r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=Nah6ejz3ghcT32Gs/ds23QvIqBwG+hN2Vi/uK/MFf4c5K6p1eKs4/xl2MXYyyWZQ9piZ/yxgqd9dc7OJr81Eqw==",
            "v=fPsnF7pZG5ec5fN53z+lz0SJpbgiEEiFdyeOJjTj/sZ+xt6ocvhx2WVqf6h/J59UFlLNSEb9P8suijLB483mwg==",
        ],
    });
}

/// The password is prepared (`I`, a no-break space, `X`), the name is escaped.
#[test]
fn bound_to_the_certificate_with_a_name_that_is_escaped() {
    check(Example {
        mechanism: Mechanism::ScramPlus(ScramHash::Sha256),
        credentials: password("a=b,c", "I\u{a0}X"),
        offered: &["SCRAM-SHA-256-PLUS"],
        binding: Some(ChannelBinding::TlsServerEndPoint([0xff; 32].into())),
        lines: [
            "p=tls-server-end-point,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqOzz,s=c2FsdA==,i=4096",
            "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCws//////////////////////////////////////////8=,\
             r=rOprNGfwEbeRWgbNEkqOzz,p=XjCs8pois7+nXpfwONgvVO+Y35aRzex4CM3yMMSzXa4=",
            "v=AdmYOxqVru4DZvXIh1S0735sQjtobaciENwmwjaIoDA=",
        ],
    });
}

#[test]
fn a_client_that_could_bind_says_so() {
    check(Example {
        mechanism: Mechanism::Scram(ScramHash::Sha1),
        credentials: pencil(),
        offered: &["SCRAM-SHA-1", "PLAIN"],
        binding: Some(ChannelBinding::TlsExporter([1; 32])),
        lines: [
            "y,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            SHA_1[1],
            "c=eSws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=BjZF5dV+EkD3YCb3pH3IP8riMGw=",
            "v=dsprQ5R2AGYt1kn4bQRwTAE0PTU=",
        ],
    });
}

#[test]
fn what_is_said_of_binding() {
    let exporter = ChannelBinding::TlsExporter([1; 32]);
    for (offered, binding, flag) in [
        (&["SCRAM-SHA-1"][..], None, "n"),
        (&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], None, "n"),
        (&["SCRAM-SHA-1"], Some(&exporter), "y"),
        // It does support binding, only the caller wants none: `y` would make it see an attack.
        (&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], Some(&exporter), "n"),
        (&["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"], Some(&exporter), "n"),
    ] {
        let mechanism = Mechanism::Scram(ScramHash::Sha1);
        let (initial, _) = begin_bound(mechanism, &pencil(), offered, binding, "abc");
        assert_eq!(text(initial.unwrap()), format!("{flag},,n=user,r=abc"), "{offered:?} {binding:?}");
    }
    assert_eq!(unusable(Mechanism::ScramPlus(ScramHash::Sha1), &pencil()), Unusable::Unbindable);
}

fn start() -> Exchange {
    begin_bound(Mechanism::Scram(ScramHash::Sha1), &pencil(), &[], None, own_nonce(SHA_1[0])).1
}

fn answered() -> Exchange {
    work(start().step(SHA_1[1].as_bytes())).1
}

fn problem(step: Result<Step, SaslError>) -> Problem {
    step.map(drop).unwrap_err().problem
}

#[test]
fn first_answers_that_are_none() {
    let expected = |what, at| Breach::Expected { what, at };
    let repeated = |what| Breach::Repeated { what };
    let own = own_nonce(SHA_1[0]);
    assert_eq!(own.len(), 24);
    for (challenge, breach) in [
        ("", expected("an attribute", 0)),
        ("r", expected("=", 1)),
        (",r=", expected("an attribute", 0)),
        ("\u{e9}=", expected("an attribute", 0)),
        ("s=QSXCR,r=", expected("r=", 0)),
        // Not ours, ours cut, ours again, nothing of it.
        ("r=3rfcNHYJY1ZVvWVs7j,s=QSXC,i=4096", Breach::Nonce),
        ("r=fyko+d2lbbFgONRv9qkxdaw,s=QSXC,i=4096", Breach::Nonce),
        ("r=OWN,s=QSXC,i=4096", Breach::Nonce),
        ("r=,s=QSXC,i=4096", Breach::Nonce),
        ("r=OWNx\u{e9},s=QSXC,i=4096", expected("a nonce", 2)),
        ("r=OWNx y,s=QSXC,i=4096", expected("a nonce", 2)),
        ("r=OWNx", expected("s=", 28)),
        ("r=OWNx,i=4096", expected("s=", 28)),
        ("r=OWNx,s=,i=4096", expected("a salt", 30)),
        ("r=OWNx,s=QSX,i=4096", expected("base64", 30)),
        ("r=OWNx,s=!!!!,i=4096", expected("base64", 30)),
        ("r=OWNx,s=QSXC\n,i=4096", expected("base64", 30)),
        ("r=OWNx,s=QSXC", expected("i=", 35)),
        ("r=OWNx,s=QSXC,i=", expected("a positive number", 37)),
        ("r=OWNx,s=QSXC,i=04096", expected("a positive number", 37)),
        ("r=OWNx,s=QSXC,i=-4096", expected("a positive number", 37)),
        ("r=OWNx,s=QSXC,i=+4096", expected("a positive number", 37)),
        ("r=OWNx,s=QSXC,i=4096x", expected("a positive number", 37)),
        ("r=OWNx,s=QSXC,i=4096,", expected("an attribute", 42)),
        ("r=OWNx,s=QSXC,i=4096,x=", expected("a value", 44)),
        // Twice, the second time otherwise.
        ("r=OWNx,r=OWNy,s=QSXC,i=4096", expected("s=", 28)),
        ("r=OWNx,s=QSXC,i=4096,i=5000", repeated("i=")),
        ("r=OWNx,s=QSXC,i=4096,s=QSXD", repeated("s=")),
        ("r=OWNx,s=QSXC,i=4096,r=OWNy", repeated("r=")),
        ("r=OWNx,s=QSXC,i=4096,v=abcd", repeated("v=")),
        ("m=x,r=OWNx,s=QSXC,i=4096", Breach::MandatoryExtension),
        ("r=OWNx,s=QSXC,i=4096,m=x", Breach::MandatoryExtension),
        ("r=OWNx,s=QS\0C,i=4096", expected("a value", 32)),
        ("e=", expected("a reason", 2)),
    ] {
        let challenge = challenge.replace("OWN", own);
        assert_eq!(problem(start().step(challenge.as_bytes())), breach.into(), "{challenge}");
    }
    assert_eq!(problem(start().step(b"r=\xff")), expected("UTF-8", 2).into());
}

#[test]
fn work_is_bounded_before_it_begins() {
    let own = own_nonce(SHA_1[0]);
    let asked = |iterations: &str| {
        let challenge = format!("r={own}x,s=QSXC,i={iterations}");
        start().step(challenge.as_bytes())
    };
    let most = 1_000_000;
    for (iterations, bound) in [
        ("1", Bound::FewIterations { asked: 1, least: 4096 }),
        ("4095", Bound::FewIterations { asked: 4095, least: 4096 }),
        ("1000001", Bound::ManyIterations { asked: 1_000_001, most }),
        ("4294967295", Bound::ManyIterations { asked: 4_294_967_295, most }),
        // It would be 4096 in 32 bits.
        ("4294971392", Bound::ManyIterations { asked: 4_294_971_392, most }),
        ("99999999999999999999999", Bound::ManyIterations { asked: u64::MAX, most }),
    ] {
        let error = asked(iterations).map(drop).unwrap_err();
        assert_eq!((error.fault(), error.problem), (Fault::Bound, bound.into()));
    }
    for iterations in [4096, 1_000_000] {
        let Ok(Step::Work(derivation)) = asked(&iterations.to_string()) else { panic!("{iterations}") };
        assert_eq!(derivation.iterations(), iterations);
    }
    let salt =
        |characters: usize| start().step(format!("r={own}x,s={},i=4096", "A".repeat(characters)).as_bytes());
    assert!(salt(1364).is_ok());
    assert_eq!(problem(salt(1368)), Bound::Salt { octets: 1026, most: 1024 }.into());
}

#[test]
fn optional_extensions_are_ignored() {
    let own = own_nonce(SHA_1[0]);
    let challenge = format!("r={own}3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,x=1,x=2=3,Y=\u{e9}");
    // They are signed as everything is: the server of the example has not signed these.
    let (_, exchange) = work(start().step(challenge.as_bytes()));
    assert_eq!(problem(exchange.step(SHA_1[3].as_bytes())), Doubt::WrongProof.into());
    let (_, exchange) = crate::sasl::testing::send(answered().step(format!("{},x=y", SHA_1[3]).as_bytes()));
    assert!(exchange.finish().is_ok());
}

#[test]
fn a_server_has_to_prove_itself() {
    let expected = |what, at| Breach::Expected { what, at };
    for (challenge, expected) in [
        // One bit, cut short, too long, another hash's, nothing.
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKU=", Doubt::WrongProof.into()),
        ("v=rmF9pqV8S7suAoZWja4dJRkFsA==", Doubt::WrongProof.into()),
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKQA", Doubt::WrongProof.into()),
        ("v=", Doubt::WrongProof.into()),
        // What we sent, sent back.
        ("v=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", Doubt::WrongProof.into()),
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKQ", expected("base64", 2).into()),
        ("", expected("an attribute", 0).into()),
        ("x=y", expected("v=", 0).into()),
        ("x=y,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", expected("v=", 0).into()),
        ("m=x,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", Breach::MandatoryExtension.into()),
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,m=x", Breach::MandatoryExtension.into()),
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,e=other-error", Breach::Repeated { what: "e=" }.into()),
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,v=AAAA", Breach::Repeated { what: "v=" }.into()),
    ] {
        assert_eq!(problem(answered().step(challenge.as_bytes())), expected, "{challenge}");
    }
    let (initial, exchange) =
        begin_bound(Mechanism::Scram(ScramHash::Sha1), &pencil(), &[], None, own_nonce(SHA_1[0]));
    let held = exchange.without_initial(crate::types::SaslMessage::new(initial.unwrap()));
    for exchange in [held, start(), answered()] {
        let error = exchange.finish().unwrap_err();
        assert_eq!((error.fault(), error.problem), (Fault::Impostor, Doubt::Unproved.into()));
    }
    let (_, exchange) = crate::sasl::testing::send(answered().step(SHA_1[3].as_bytes()));
    assert_eq!(problem(exchange.step(b"")), Breach::Unasked.into());
}

#[test]
fn refusals_have_types() {
    for exchange in [start, answered] {
        for (value, expected) in REFUSALS {
            let step = exchange().step(format!("e={value}").as_bytes()).unwrap();
            let Step::Refused(message, Refusal::Scram(refusal)) = step else { panic!("{value}") };
            assert_eq!((message.expose(), &refusal), (&b""[..], &expected));
            assert_eq!(refusal.value().as_bytes(), value.as_bytes());
        }
        let Ok(Step::Refused(_, refusal)) = exchange().step("e=x\u{1b}[2J,y=z".as_bytes()) else { panic!() };
        let unknown = ScramRefusal::Unknown(Text::from(b"x\x1b[2J".to_vec()));
        assert_eq!(refusal, Refusal::Scram(unknown));
        assert_eq!(problem(exchange().step(b"e=other-error,v=AAAA")), Breach::Repeated { what: "v=" }.into());
    }
}

#[test]
fn names_and_passwords_that_cannot_be_prepared() {
    let mechanism = Mechanism::Scram(ScramHash::Sha256);
    for (user, secret, expected) in [
        ("user", "", Unusable::EmptySecret),
        ("user", "\u{ad}", Unusable::PasswordNotPrepared),
        ("user", "\u{1f600}", Unusable::PasswordNotPrepared),
        ("user", "a\u{7}", Unusable::PasswordNotPrepared),
        ("\u{ad}", "x", Unusable::UserNotPrepared),
        ("\u{627}1", "x", Unusable::UserNotPrepared),
    ] {
        assert_eq!(unusable(mechanism, &password(user, secret)), expected, "{user} {secret}");
    }
    assert_eq!(unusable(mechanism, &password("user", *b"\xff")), Unusable::NotUtf8);
    // A name is a query.
    let (initial, _) = begin_bound(mechanism, &password("\u{1f600}", "x"), &[], None, "abc");
    assert_eq!(text(initial.unwrap()), "n,,n=\u{1f600},r=abc");
}

#[test]
fn the_work_can_be_done_elsewhere() {
    fn is_free<T: Send + 'static>(value: T) -> T {
        value
    }
    let Ok(Step::Work(derivation)) = start().step(SHA_1[1].as_bytes()) else { panic!("there is work to do") };
    assert_eq!(format!("{derivation:?}"), "Derivation { mechanism: Scram(Sha1), iterations: 4096, .. }");
    let derivation = is_free(derivation);
    let (_, exchange) = std::thread::spawn(move || derivation.run()).join().unwrap();
    let (_, exchange) = crate::sasl::testing::send(exchange.step(SHA_1[3].as_bytes()));
    let verified: Verified = is_free(exchange).finish().unwrap();
    assert!(verified.server_has_proved_itself());
}

/// The nonce is used up by an exchange; two from the same generator differ.
#[test]
fn each_exchange_has_its_own_nonce() {
    let offered = crate::sasl::testing::offered(&[]);
    let credentials = Credentials::password(Identity::new("a").unwrap(), Secret::new("b").unwrap());
    let first = |random| {
        let circumstances = Circumstances::new(&offered, "h", 143, Nonce::from_random(random));
        Exchange::begin(Mechanism::Scram(ScramHash::Sha1), &credentials, circumstances).unwrap().0
    };
    assert_ne!(first([1; 24]), first([2; 24]));
}
