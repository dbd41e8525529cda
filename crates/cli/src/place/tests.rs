//! Places as they are typed, and what is said of those that cannot be read.

use std::net::Ipv6Addr;

use proptest::prelude::*;

use super::error::{Parameter, Unsupported};
use super::*;

/// Every place that parses is written back canonically, and that parses to the same.
fn check(url: &str, canonical: &str) -> Place {
    let place: Place = url.parse().unwrap_or_else(|err| panic!("{url}: {err}"));
    assert_eq!(place.to_string(), canonical);
    assert_eq!(canonical.parse(), Ok(place.clone()));
    place
}

fn url(place: &Place) -> &Url {
    match place.server() {
        Server::Url(url) => url,
        other => panic!("{other:?}"),
    }
}

fn check_refused(url: &str, expected: PlaceError) {
    assert_eq!(url.parse::<Place>(), Err(expected), "{url}");
}

#[test]
fn the_parts_of_a_place() {
    let place = check(
        "imaps://ann@mail.example.org:1993/Archive/2024;UIDVALIDITY=385759045/;UID=20",
        "imaps://ann@mail.example.org:1993/Archive/2024;UIDVALIDITY=385759045/;UID=20",
    );
    assert_eq!(url(&place).scheme, Scheme::Imaps);
    assert_eq!(url(&place).user.as_deref(), Some("ann"));
    assert_eq!(url(&place).auth, None);
    assert_eq!(url(&place).host, "mail.example.org");
    assert_eq!(url(&place).port, NonZeroU16::new(1993));
    assert_eq!(place.mailbox(), "Archive/2024");
    assert_eq!(place.uid_validity(), NonZeroU32::new(385_759_045));
    assert_eq!(place.uid(), NonZeroU32::new(20));
}

#[test]
fn the_mailbox_may_be_left_out() {
    for (url, canonical) in [
        ("imap://ann@host", "imap://ann@host/"),
        ("imap://ann@host/", "imap://ann@host/"),
        ("IMAPS://ann@host:993", "imaps://ann@host:993/"),
        ("imap://ann@host/;UID=7", "imap://ann@host//;UID=7"),
        ("imap://ann@host//;UID=7", "imap://ann@host//;UID=7"),
    ] {
        let place = check(url, canonical);
        assert_eq!(place.mailbox(), "INBOX");
        assert_eq!(place.named_mailbox(), None);
    }
    assert_eq!(check("imap://ann@host/INBOX", "imap://ann@host/INBOX").named_mailbox(), Some("INBOX"));
}

#[test]
fn users_as_people_type_them() {
    let ann = "imaps://ann%40example.org@mail.example.org/INBOX";
    check(ann, ann);
    let lenient = check("imaps://ann@example.org@mail.example.org/INBOX", ann);
    assert_eq!(url(&lenient).user.as_deref(), Some("ann@example.org"));
    assert_eq!(url(&check("imaps://a%3Ab@host", "imaps://a%3Ab@host/")).user.as_deref(), Some("a:b"));
    assert_eq!(
        url(&check("imaps://EXAMPLE%5cann%2F1@host", "imaps://EXAMPLE%5Cann%2F1@host/")).user.as_deref(),
        Some("EXAMPLE\\ann/1")
    );
    assert_eq!(
        url(&check("imaps://便り@host", "imaps://%E4%BE%BF%E3%82%8A@host/")).user.as_deref(),
        Some("便り")
    );
    assert_eq!(
        url(&check("imaps://a \"b\"@host", "imaps://a%20%22b%22@host/")).user.as_deref(),
        Some("a \"b\"")
    );
}

#[test]
fn the_login_mechanism_is_kept() {
    let place = check("imap://ann;AUTH=PLAIN@host/INBOX", "imap://ann;AUTH=PLAIN@host/INBOX");
    assert_eq!(url(&place).auth, Some(Auth::Mechanism("PLAIN".to_owned())));
    let place = check("imap://ann;auth=*@host", "imap://ann;AUTH=*@host/");
    assert_eq!(url(&place).auth, Some(Auth::Any));
    check("imap://ann@x.org;AUTH=scram%2Dsha-256@host", "imap://ann%40x.org;AUTH=SCRAM-SHA-256@host/");
}

#[test]
fn hosts() {
    assert_eq!(url(&check("imaps://a@[::1]", "imaps://a@[::1]/")).host, "::1");
    check("imaps://a@[2001:DB8:0:0::1]:1993/x", "imaps://a@[2001:db8::1]:1993/x");
    check("imaps://a@127.0.0.1:10993/x", "imaps://a@127.0.0.1:10993/x");
    check("imaps://a@mail.example.org./x", "imaps://a@mail.example.org./x");
    check("imaps://a@my_host-1/x", "imaps://a@my_host-1/x");
}

#[test]
fn a_mailbox_name_is_only_a_name() {
    let name = |url, canonical| check(url, canonical).mailbox().to_owned();
    assert_eq!(name("imaps://a@h/../../etc/passwd", "imaps://a@h/../../etc/passwd"), "../../etc/passwd");
    assert_eq!(name("imaps://a@h/a%2Fb", "imaps://a@h/a/b"), "a/b");
    assert_eq!(name("imaps://a@h//a//", "imaps://a@h//a//"), "/a//");
    assert_eq!(name("imaps://a@h/Sent Items", "imaps://a@h/Sent%20Items"), "Sent Items");
    assert_eq!(name("imaps://a@h/#news.comp", "imaps://a@h/%23news.comp"), "#news.comp");
    assert_eq!(name("imaps://a@h/100%25", "imaps://a@h/100%25"), "100%");
    assert_eq!(name("imaps://a@h/why%3f%3b", "imaps://a@h/why%3F%3B"), "why?;");
    assert_eq!(name("imaps://a@h/a@b:c", "imaps://a@h/a%40b%3Ac"), "a@b:c");
    assert_eq!(name("imaps://a@h/Entw&APw-rfe", "imaps://a@h/Entw%26APw-rfe"), "Entw&APw-rfe");
    assert_eq!(name("imaps://a@h/便り/%E4%BE%BF", "imaps://a@h/%E4%BE%BF%E3%82%8A/%E4%BE%BF"), "便り/便");
}

#[test]
fn parameters_in_the_forms_people_write() {
    for url in [
        "imaps://a@h/x;UIDVALIDITY=3;UID=20",
        "imaps://a@h/x;uidvalidity=3/;uid=20",
        "imaps://a@h/x/;UID=20;UIDVALIDITY=3",
    ] {
        check(url, "imaps://a@h/x;UIDVALIDITY=3/;UID=20");
    }
    // The slash before UIDVALIDITY belongs to the name, the one before UID does not.
    check("imaps://a@h/x/;UIDVALIDITY=3", "imaps://a@h/x/;UIDVALIDITY=3");
    check("imaps://a@h/x//;UID=4294967295", "imaps://a@h/x//;UID=4294967295");
}

#[test]
fn a_password_is_refused_and_never_repeated() {
    for url in [
        "imaps://ann:hunter2@host/INBOX",
        "imaps://ann:@host/INBOX",
        "imaps://:hunter2@host/INBOX",
        "imaps://ann:hunter2%zz@host:0/INBOX",
        "imaps://ann:hun@ter2@host/INBOX",
        "imaps://ann@example.org:hunter2@host/INBOX",
        "imaps://ann;AUTH=PLAIN:hunter2@host/INBOX",
        "imaps://ann:hunter2;AUTH=PLAIN@host/INBOX",
        "imaps://ann:hunt/er2@host/INBOX",
    ] {
        check_refused(url, PlaceError::Password);
    }
    let shown = format!("{0} {0:?} {1}", PlaceError::Password, PlaceError::Password.hint());
    assert!(!shown.contains("hunter2"));
}

#[test]
fn what_is_missing_is_named() {
    check_refused("imaps://host/INBOX", PlaceError::MissingUser);
    check_refused("imaps://host:993/INBOX/a@b", PlaceError::MissingUser);
    check_refused("imaps://@host/INBOX", PlaceError::MissingUser);
    check_refused("imaps://;AUTH=*@host/INBOX", PlaceError::MissingUser);
    check_refused("imaps://ann@/INBOX", PlaceError::MissingHost);
    check_refused("imaps://ann@:993/INBOX", PlaceError::MissingHost);
    check_refused("imaps://", PlaceError::MissingHost);
    check_refused("imaps:///INBOX", PlaceError::MissingHost);
}

#[test]
fn other_schemes_and_no_urls() {
    for scheme in ["http", "pop3s", "imap+ssl", "IMAPX"] {
        check_refused(
            &format!("{scheme}://ann@host/"),
            PlaceError::UnknownScheme { scheme: scheme.to_owned() },
        );
    }
    for typed in
        ["", "imaps:ann@host", "imap", "://ann@host", "a b://c@d", "a/b", "ann@host/INBOX", "-x", ":x"]
    {
        check_refused(typed, PlaceError::Unknown);
    }
    assert_eq!(
        "pop3://ann@host/".parse::<Place>().unwrap_err().to_string(),
        "a place begins with imaps:// or imap://, not with pop3://"
    );
}

#[test]
fn accounts() {
    let check = |typed: &str, canonical: &str, name: &str, mailbox: Option<&str>| {
        let place = check(typed, canonical);
        assert_eq!(place.server(), &Server::Account(name.to_owned()), "{typed}");
        assert_eq!(place.named_mailbox(), mailbox, "{typed}");
        place
    };
    check("work", "work:", "work", None);
    check("work:", "work:", "work", None);
    check("work:INBOX", "work:INBOX", "work", Some("INBOX"));
    check("仕事:便り", "仕事:%E4%BE%BF%E3%82%8A", "仕事", Some("便り"));
    check("work:a:b/c%3F", "work:a%3Ab/c%3F", "work", Some("a:b/c?"));
    check("ann@example.org", "ann@example.org:", "ann@example.org", None);
    check("ann@example.org:Archive", "ann@example.org:Archive", "ann@example.org", Some("Archive"));
    let place = check("work:x;UIDVALIDITY=3;UID=20", "work:x;UIDVALIDITY=3/;UID=20", "work", Some("x"));
    assert_eq!((place.uid_validity(), place.uid()), (NonZeroU32::new(3), NonZeroU32::new(20)));
    // What looks like a user with a password is an account that nobody has; its error shows what is before the colon.
    check("ann:hunter2@host", "ann:hunter2%40host", "ann", Some("hunter2@host"));
}

#[test]
fn bad_hosts_and_ports_are_pointed_at() {
    check_refused("imaps://a@h:0/", PlaceError::BadPort { offset: 12 });
    check_refused("imaps://a@h:/", PlaceError::BadPort { offset: 12 });
    check_refused("imaps://a@h:65536/", PlaceError::BadPort { offset: 12 });
    check_refused("imaps://a@h:+1/", PlaceError::BadPort { offset: 12 });
    check_refused("imaps://a@[::1]:x/", PlaceError::BadPort { offset: 16 });
    check_refused("imaps://a@[::1]993/", PlaceError::BadPort { offset: 15 });
    check_refused("imaps://a@::1/", PlaceError::BadHost { offset: 10 });
    check_refused("imaps://a@2001:db8::1/", PlaceError::BadHost { offset: 10 });
    check_refused("imaps://a@[::1/", PlaceError::BadAddress { offset: 10 });
    check_refused("imaps://a@[1.2.3.4]/", PlaceError::BadAddress { offset: 10 });
    check_refused("imaps://a@[fe80::1%25eth0]/", PlaceError::BadAddress { offset: 10 });
    check_refused("imaps://a@h st/", PlaceError::BadHost { offset: 11 });
    check_refused("imaps://a@h;UID=1", PlaceError::BadHost { offset: 11 });
    check_refused("imaps://a@h%41/", PlaceError::BadHost { offset: 11 });
    check_refused("imaps://a@a..b/", PlaceError::BadHost { offset: 10 });
    check_refused(&format!("imaps://a@{}/", "x".repeat(64)), PlaceError::BadHost { offset: 10 });
    check_refused(&format!("imaps://a@{}/", "x.".repeat(130)), PlaceError::BadHost { offset: 10 });
    check_refused("imaps://a@bücher.example/", PlaceError::HostNotAscii { offset: 11 });
}

#[test]
fn bad_encodings_are_pointed_at() {
    check_refused("imaps://a%4@h/", PlaceError::BadPercent { offset: 9 });
    check_refused("imaps://a@h/100%", PlaceError::BadPercent { offset: 15 });
    check_refused("imaps://a@h/%+1", PlaceError::BadPercent { offset: 12 });
    check_refused("imaps://a@h/%e4%be", PlaceError::NotUtf8 { offset: 12 });
    check_refused("imaps://a@h/ok%C3%A4%FF", PlaceError::NotUtf8 { offset: 20 });
    check_refused("imaps://%ff@h/", PlaceError::NotUtf8 { offset: 8 });
}

#[test]
fn control_characters_are_refused_raw_and_encoded() {
    check_refused("imaps://a%00@h/", PlaceError::ControlCharacter { offset: 9 });
    check_refused("imaps://a@h/x%0D%0Ay", PlaceError::ControlCharacter { offset: 13 });
    check_refused("imaps://a@h/x%C2%85", PlaceError::ControlCharacter { offset: 13 });
    check_refused("imaps://a@h/x%7f", PlaceError::ControlCharacter { offset: 13 });
    check_refused("imaps://a;AUTH=%00@h/", PlaceError::ControlCharacter { offset: 15 });
    check_refused("imaps://a@h/x\ny", PlaceError::ControlCharacter { offset: 13 });
    check_refused("imaps://a@h\x1b/", PlaceError::ControlCharacter { offset: 11 });
}

#[test]
fn what_is_not_supported_yet_is_named() {
    let refused = |what, offset| PlaceError::NotSupported { what, offset };
    check_refused("imaps://a@h/x/;UID=2/;SECTION=1.2", refused(Unsupported::Section, 22));
    check_refused("imaps://a@h/x/;uid=2/;partial=0.99", refused(Unsupported::Partial, 22));
    check_refused("imaps://a@h/x?SUBJECT%20a", refused(Unsupported::Search, 13));
    check_refused("imaps://a@h/x;UID=1;URLAUTH=anonymous:INTERNAL:1", refused(Unsupported::UrlAuth, 20));
    assert_eq!(
        refused(Unsupported::Section, 22).to_string(),
        ";SECTION= in a place is not supported yet (octet 22)"
    );
}

#[test]
fn parameters_that_cannot_be_read() {
    let bad = |parameter, offset| PlaceError::BadNumber { parameter, offset };
    check_refused("imaps://a@h/x;UID=", bad(Parameter::Uid, 18));
    check_refused("imaps://a@h/x;UID=0", bad(Parameter::Uid, 18));
    check_refused("imaps://a@h/x;UID=4294967296", bad(Parameter::Uid, 18));
    check_refused("imaps://a@h/x;UID=1:5", bad(Parameter::Uid, 18));
    check_refused("imaps://a@h/x;UID=+5", bad(Parameter::Uid, 18));
    check_refused("imaps://a@h/x;UID=20/", bad(Parameter::Uid, 18));
    check_refused("imaps://a@h/x;UIDVALIDITY=-1;UID=1", bad(Parameter::UidValidity, 26));
    check_refused("imaps://a@h/x;", PlaceError::UnknownParameter { offset: 14 });
    check_refused("imaps://a@h/x;TYPE=LIST", PlaceError::UnknownParameter { offset: 14 });
    check_refused(
        "imaps://a@h/x;UID=1;UID=1",
        PlaceError::Repeated { parameter: Parameter::Uid, offset: 20 },
    );
    check_refused("imaps://a;b@h/", PlaceError::UserParameter { offset: 10 });
    check_refused("imaps://a;AUTH=@h/", PlaceError::BadMechanism { offset: 15 });
    check_refused("imaps://a;AUTH=A*@h/", PlaceError::BadMechanism { offset: 15 });
}

#[test]
fn masking_cuts_rather_too_much() {
    for (typed, shown) in [
        ("imaps://ann:hunter2@host/x", "imaps://***@host/x"),
        ("imaps://ann:hun/ter@2@host/x", "imaps://***@host/x"),
        ("imaps://ann@host:993/x", "imaps://ann@host:993/x"),
        ("imaps://ann@host/x", "imaps://ann@host/x"),
        ("--tls=none", "--tls=none"),
    ] {
        assert_eq!(mask_password(typed), shown);
    }
}

fn name() -> impl Strategy<Value = String> {
    any::<String>()
        .prop_map(|text| text.replace(char::is_control, ""))
        .prop_filter("not empty", |text| !text.is_empty())
}

prop_compose! {
    fn place()(
        scheme in prop_oneof![Just(Scheme::Imap), Just(Scheme::Imaps)],
        user in name(),
        auth in proptest::option::of(prop_oneof![
            Just(Auth::Any),
            "[A-Z0-9_-]{1,20}".prop_map(Auth::Mechanism),
        ]),
        host in prop_oneof![
            "[a-zA-Z0-9_-]{1,20}(\\.[a-z0-9-]{1,10}){0,3}",
            any::<Ipv6Addr>().prop_map(|address| address.to_string()),
        ],
        port in any::<Option<NonZeroU16>>(),
        mailbox in proptest::option::of(name()),
        uid_validity in any::<Option<NonZeroU32>>(),
        uid in any::<Option<NonZeroU32>>(),
    ) -> Place {
        let user = Some(user);
        let server = Server::Url(Url { scheme, user, auth, host, port });
        Place { server, mailbox, uid_validity, uid }
    }
}

proptest! {
    #[test]
    fn a_place_written_is_the_place_read(place in place()) {
        prop_assert_eq!(place.to_string().parse(), Ok(place));
    }

    #[test]
    fn nothing_typed_panics_and_no_control_character_gets_in(tail in any::<String>()) {
        for url in [tail.clone(), format!("imaps://{tail}"), format!("imap://a@h/{tail}")] {
            if let Ok(place) = url.parse::<Place>() {
                if let Server::Url(Url { user: Some(user), .. }) = place.server() {
                    prop_assert!(!user.contains(char::is_control));
                }
                prop_assert!(!place.mailbox().contains(char::is_control));
                prop_assert_eq!(place.to_string().parse(), Ok(place));
            }
        }
    }

    #[test]
    fn no_error_repeats_what_stands_behind_the_scheme(secret in "[a-z]{12}", tail in "[:/@;?%\\[\\]A-Z0-9]{0,6}") {
        for url in [
            format!("imaps://ann:{secret}{tail}@host/"),
            format!("imaps://ann{tail}{secret}@host/"),
            format!("imaps://ann{tail}{secret}"),
        ] {
            if let Err(err) = url.parse::<Place>() {
                let shown = format!("{err} {err:?} {}", err.hint());
                prop_assert!(!shown.contains(&secret));
            }
        }
    }
}

#[test]
fn what_a_place_cannot_say_has_an_option() {
    for (place, option) in [
        ("imaps://ann@h/INBOX?SUBJECT%20x", "--search"),
        ("imaps://ann@h/INBOX/;UID=1/;SECTION=1", "--part"),
        ("imaps://ann@h/INBOX/;UID=1/;PARTIAL=0.1", "the whole message"),
    ] {
        let error = place.parse::<Place>().unwrap_err();
        assert!(error.hint().contains(option), "{place}: {}", error.hint());
    }
}
