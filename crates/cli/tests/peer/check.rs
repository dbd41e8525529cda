//! `tayori check` against a real server: what every server tells, and what is told of one that lets nobody in.

use serde_json::{Value, json};

use super::Peer;
use crate::program::{Outcome, Run};

fn check(peer: &Peer) -> Run {
    peer.run("check", "INBOX").arg("--starttls-port").arg(peer.imap.to_string()).arg("--json")
}

#[track_caller]
fn told(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stderr, "");
    serde_json::from_slice(&outcome.stdout).unwrap()
}

#[test]
fn a_real_server_is_found_well() {
    let Some(peer) = Peer::find() else { return };
    let outcome = check(&peer).run();
    let told = told(&outcome);
    let worst: Vec<_> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] != "advice")
        .collect();
    assert_eq!((outcome.code, &worst[..]), (0, &[][..]), "{told}");
    let vendor = match peer.kind.as_str() {
        "dovecot" => json!("Dovecot"),
        "cyrus" => json!("Cyrus"),
        "courier" => json!("Courier"),
        _ => Value::Null,
    };
    assert_eq!(told["server"]["vendor"], vendor, "{told}");
    let certificate = &told["certificate"];
    assert_eq!(
        (&certificate["believed"], &certificate["fingerprint"]),
        (&json!(true), &json!(peer.fingerprint))
    );
    assert!(certificate["names"].as_array().unwrap().contains(&json!("localhost")), "{told}");
    assert!(certificate["days_left"].as_i64().unwrap() > 0, "{told}");
    assert!(told["tls"]["version"].as_str().unwrap().starts_with("TLS 1."), "{told}");
    let starttls = &told["starttls"];
    let seen = (&starttls["reached"], &starttls["offered"], &starttls["works"]);
    assert_eq!(seen, (&json!(true), &json!(true), &json!(true)), "{told}");
    assert_eq!(told["login"]["done"], true, "{told}");
    let ways = told["ways_to_log_in"].as_array().unwrap();
    let taken = ways.iter().position(|way| way["standing"] == "taken").unwrap();
    assert_eq!(ways[taken]["name"], told["login"]["method"]["name"], "{told}");
    // What is stronger takes a certificate, or is not what was asked for.
    assert!(ways[..taken].iter().all(|way| way["standing"] == "unfit"), "{told}");
    assert_eq!(told["round_trip"]["milliseconds"].as_array().unwrap().len(), 5);
    let rev1 = told["capabilities"].as_array().unwrap().iter().find(|listed| listed["name"] == "IMAP4rev1");
    assert_eq!(rev1.map(|listed| (&listed["before"], &listed["after"])), Some((&json!(true), &json!(true))));
}

#[test]
fn the_protocol_is_named_in_the_handshake() {
    let Some(peer) = Peer::find() else { return };
    let told = told(&check(&peer).args("--alpn imap").run());
    // The others that are tried know nothing of it, and take the connection as it is.
    let named = if peer.is_dovecot_2_4 { json!("imap") } else { Value::Null };
    assert_eq!((&told["tls"]["alpn"], &told["login"]["done"]), (&named, &json!(true)), "{told}");
}

#[test]
fn a_refused_login_and_a_certificate_that_nobody_believes_are_told() {
    let Some(peer) = Peer::find() else { return };
    let outcome = check(&peer).env("TAYORI_PASSWORD", "wrong").run();
    let refused = told(&outcome);
    let finding = &refused["findings"][0];
    assert_eq!((outcome.code, &finding["about"]), (5, &json!("login")), "{refused}");
    assert_eq!(
        (&refused["certificate"]["believed"], &refused["login"]["done"]),
        (&json!(true), &json!(false))
    );

    let user = peer.user.replace(' ', "%20");
    let place = format!("imaps://{user}@{}:{}/", peer.host, peer.imaps);
    let fingerprint = format!("SHA256:{}", "00".repeat(32));
    let outcome = Run::new().args("check --json").arg(place).arg("--fingerprint").arg(fingerprint).run();
    let unknown = told(&outcome);
    let finding = &unknown["findings"][0];
    assert_eq!((outcome.code, &finding["about"]), (7, &json!("certificate")), "{unknown}");
    assert_eq!(unknown["certificate"]["fingerprint"], peer.fingerprint.as_str(), "{unknown}");
    assert_eq!((&unknown["login"], &unknown["greeting"]), (&Value::Null, &Value::Null), "{unknown}");
}
