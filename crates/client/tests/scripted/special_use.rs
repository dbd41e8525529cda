//! What mailboxes are for: told, looked for, and said when one is made.

use tayori_client::{Behaviour, Connector, Error, Setting};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{NonEmpty, SpecialUse};

use crate::harness::{mailbox, play, session_with};

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_made_for_something() {
    let create = async |capabilities: &str, answer: Option<&str>| {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let uses = NonEmpty::one(SpecialUse::Sent).and(SpecialUse::new("Memos").unwrap());
            let outcome = session.create_with_use(&mailbox("a b"), uses).await;
            session.noop().await.unwrap();
            outcome
        };
        let server = async {
            if let Some(answer) = answer {
                peer.exchange("CREATE \"a b\" (USE (\\Sent \\Memos))", answer).await;
            }
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await.0
    };
    let created = create("CREATE-SPECIAL-USE", Some("$ OK [MAILBOXID (F1)] done\r\n")).await.unwrap();
    assert_eq!(created.mailbox_id.unwrap().as_bytes(), b"F1");
    let created = create("CREATE-SPECIAL-USE", Some("$ OK done\r\n")).await.unwrap();
    assert_eq!(created.mailbox_id, None);
    let outcome = create("CREATE-SPECIAL-USE", Some("$ NO [USEATTR] not for \\Memos\r\n")).await;
    assert!(
        matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::UseAttr),
        "{outcome:?}"
    );
    let outcome = create("SPECIAL-USE", None).await;
    assert!(matches!(outcome, Err(Error::NotOffered { capability: "CREATE-SPECIAL-USE" })), "{outcome:?}");
}

/// The names and their uses, on a server that hears and answers this.
async fn special(
    connector: Connector,
    capabilities: &str,
    exchanges: &[(&str, &str)],
) -> Vec<(String, Vec<SpecialUse>)> {
    let (mut session, mut peer) = session_with(connector, capabilities).await;
    let client = async {
        let found = session.special_mailboxes().await.unwrap();
        found.into_iter().map(|one| (one.row.name.as_str().to_owned(), one.uses)).collect()
    };
    let server = async {
        for (command, answer) in exchanges {
            peer.exchange(command, answer).await;
        }
    };
    play(client, server).await.0
}

#[tokio::test(start_paused = true)]
async fn mailboxes_for_something_are_listed() {
    let selects = "LIST (SPECIAL-USE) \"\" * RETURN (SPECIAL-USE)";
    let plain = "LIST \"\" *";
    let rows = "* LIST (\\Sent) \"/\" Gesendet\r\n* LIST (\\Drafts \\HasNoChildren \\Important) \"/\" d\r\n";
    let told = format!("{rows}$ OK done\r\n");
    let all = format!("* LIST () \"/\" INBOX\r\n{rows}* LIST (\\Noselect) \"/\" x\r\n$ OK done\r\n");
    let expected = [
        ("Gesendet".to_owned(), vec![SpecialUse::Sent]),
        ("d".to_owned(), vec![SpecialUse::Drafts, SpecialUse::Important]),
    ];
    let both = "SPECIAL-USE LIST-EXTENDED";
    assert_eq!(special(Connector::new(), both, &[(selects, &told)]).await, expected);
    for capabilities in ["SPECIAL-USE", "LIST-EXTENDED", ""] {
        assert_eq!(special(Connector::new(), capabilities, &[(plain, &all)]).await, expected);
    }
    for answer in ["$ OK done\r\n", "$ BAD what\r\n"] {
        let exchanges = [(selects, answer), (plain, &*all)];
        assert_eq!(special(Connector::new(), both, &exchanges).await, expected, "{answer}");
    }
    // From before RFC 6154, as Gmail had it; the standard's way is taken where both are offered.
    let told = "* XLIST (\\HasNoChildren \\Inbox) \"/\" Posteingang\r\n* XLIST (\\AllMail) \"/\" [Gmail]/All\r\n\
                * XLIST (\\HasNoChildren \\Spam) \"/\" [Gmail]/Spam\r\n$ OK done\r\n";
    let old = [
        ("[Gmail]/All".to_owned(), vec![SpecialUse::All]),
        ("[Gmail]/Spam".to_owned(), vec![SpecialUse::Junk]),
    ];
    assert_eq!(special(Connector::new(), "XLIST", &[("XLIST \"\" *", told)]).await, old);
    for answer in ["$ OK done\r\n", "$ BAD what\r\n"] {
        let exchanges = [("XLIST \"\" *", answer), (plain, &*all)];
        assert_eq!(special(Connector::new(), "XLIST", &exchanges).await, expected, "{answer}");
    }
    assert_eq!(special(Connector::new(), "XLIST SPECIAL-USE", &[(plain, &*all)]).await, expected);
    let known = Connector::new().behaviour(Behaviour::NoExtendedList, Setting::On);
    assert_eq!(special(known, both, &[(plain, &all)]).await, expected);
    let none = "* LIST () \"/\" INBOX\r\n$ OK done\r\n";
    assert_eq!(special(Connector::new(), "", &[(plain, none)]).await, []);
}
