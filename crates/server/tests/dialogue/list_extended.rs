//! Extended LIST (RFC 5258), with STATUS (RFC 5819) and special uses (RFC 6154), and what STATUS tells beside.

use tayori_proto::response::ListAttribute;
use tayori_proto::types::{Flag, MailboxName};
use tayori_server::Options;

use crate::common::{Scene, insert};

/// A client of somebody who has these mailboxes, and is subscribed to these names.
async fn scene(mailboxes: &[&str], subscribed: &[&str]) -> Scene {
    let mut scene = Scene::logged_in().await;
    for (verb, names) in [("CREATE", mailboxes), ("SUBSCRIBE", subscribed)] {
        for name in names {
            let heard = scene.clients[0].ask(&format!("x {verb} {name}")).await;
            assert!(heard.starts_with("x OK "), "{heard}");
        }
    }
    scene
}

/// The hierarchy of RFC 5258 section 5, examples 1 to 6.
#[tokio::test(start_paused = true)]
async fn what_is_subscribed() {
    let mut scene = scene(
        &[
            "Fruit",
            "Fruit/Apple",
            "Fruit/Banana",
            "Tofu",
            "Vegetable",
            "Vegetable/Broccoli",
            "Vegetable/Corn",
        ],
        &["INBOX", "Fruit/Banana", "Fruit/Peach", "Vegetable", "Vegetable/Broccoli"],
    )
    .await;
    scene
        .play(
            "C: A02 LIST (SUBSCRIBED) \"\" \"*\"
             S: * LIST (\\Subscribed) \"/\" INBOX
             S: * LIST (\\Subscribed) \"/\" Fruit/Banana
             S: * LIST (\\Subscribed) \"/\" Vegetable
             S: * LIST (\\Subscribed) \"/\" Vegetable/Broccoli
             S: * LIST (\\NonExistent \\Subscribed) \"/\" Fruit/Peach
             S: A02 OK that is all
             C: A03 LIST () \"\" \"%\" RETURN (CHILDREN)
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\HasChildren) \"/\" Fruit
             S: * LIST (\\HasNoChildren) \"/\" Tofu
             S: * LIST (\\HasChildren) \"/\" Vegetable
             S: A03 OK that is all
             C: A05 LIST (REMOTE SUBSCRIBED) \"\" \"Fruit/*\"
             S: * LIST (\\Subscribed) \"/\" Fruit/Banana
             S: * LIST (\\NonExistent \\Subscribed) \"/\" Fruit/Peach
             S: A05 OK that is all
             C: A06 LIST (REMOTE) \"\" \"Fruit*\" RETURN (SUBSCRIBED)
             S: * LIST () \"/\" Fruit
             S: * LIST () \"/\" Fruit/Apple
             S: * LIST (\\Subscribed) \"/\" Fruit/Banana
             S: A06 OK that is all
             C: A07 LIST (SUBSCRIBED) \"\" \"Fruit\"
             S: A07 OK that is all",
        )
        .await;
}

/// RFC 5258 section 5, example 7; each mailbox once, and no pattern means the delimiter.
#[tokio::test(start_paused = true)]
async fn several_patterns() {
    let mut scene = scene(&["Drafts", "Sent/March2004", "Sent/August2004", "Other"], &[]).await;
    scene
        .play(
            "C: a LIST \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")
             S: * LIST () \"/\" INBOX
             S: * LIST () \"/\" Drafts
             S: * LIST () \"/\" Sent/August2004
             S: * LIST () \"/\" Sent/March2004
             S: a OK that is all
             C: b LIST \"Sent/\" (\"\" \"M%\" \"*2004\" \"\") RETURN (CHILDREN)
             S: * LIST (\\HasNoChildren) \"/\" Sent/August2004
             S: * LIST (\\HasNoChildren) \"/\" Sent/March2004
             S: b OK that is all
             C: c LIST () \"\" \"\"
             S: c OK that is all
             C: d LIST () \"\" Sent
             S: * LIST (\\Noselect) \"/\" Sent
             S: d OK that is all",
        )
        .await;
    let many = format!("e LIST \"\" ({})", ["x"; 101].join(" "));
    scene.clients[0].check(&many, "e NO [LIMIT] that is too much at once\r\n").await;
}

/// RFC 5258 section 5, example 8.
#[tokio::test(start_paused = true)]
async fn what_lies_below() {
    let mut scene = scene(&["Foo", "Foo/Bar", "Foo/Baz", "Moo"], &["Foo/Baz"]).await;
    scene
        .play(
            "C: C02 LIST (SUBSCRIBED) \"\" \"*\"
             S: * LIST (\\Subscribed) \"/\" Foo/Baz
             S: C02 OK that is all
             C: C03 LIST (SUBSCRIBED) \"\" \"%\"
             S: C03 OK that is all
             C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\"
             S: * LIST () \"/\" Foo (CHILDINFO (\"SUBSCRIBED\"))
             S: C04 OK that is all
             C: x SUBSCRIBE Foo
             S: x OK subscribed
             C: A1 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\"
             S: * LIST (\\Subscribed) \"/\" Foo (CHILDINFO (\"SUBSCRIBED\"))
             S: A1 OK that is all
             C: x UNSUBSCRIBE Foo/Baz
             S: x OK unsubscribed
             C: x SUBSCRIBE Moo
             S: x OK subscribed
             C: C LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\" RETURN (CHILDREN)
             S: * LIST (\\Subscribed \\HasChildren) \"/\" Foo
             S: * LIST (\\Subscribed \\HasNoChildren) \"/\" Moo
             S: C OK that is all
             C: x SUBSCRIBE gone/far/away
             S: x OK subscribed
             C: A2 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"g%\"
             S: * LIST (\\NonExistent) \"/\" gone (CHILDINFO (\"SUBSCRIBED\"))
             S: A2 OK that is all",
        )
        .await;
}

/// RFC 5258 section 5, example 9: names above others are told where they tell of what the client would not see.
#[tokio::test(start_paused = true)]
async fn what_lies_below_and_is_not_seen() {
    let mailboxes = [
        "foo2",
        "foo2/bar1",
        "foo2/bar2",
        "baz2",
        "baz2/bar2",
        "baz2/bar22",
        "baz2/bar222",
        "eps2",
        "eps2/mamba",
        "qux2/bar2",
    ];
    let subscribed = [
        "foo2/bar1",
        "foo2/bar2",
        "baz2/bar2",
        "baz2/bar22",
        "baz2/bar222",
        "eps2",
        "eps2/mamba",
        "qux2/bar2",
    ];
    let mut scene = scene(&mailboxes, &subscribed).await;
    scene
        .play(
            "C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) \"\" \"*2\"
             S: * LIST (\\Subscribed) \"/\" baz2/bar2
             S: * LIST (\\Subscribed) \"/\" baz2/bar22
             S: * LIST (\\Subscribed) \"/\" baz2/bar222
             S: * LIST (\\Subscribed) \"/\" eps2 (CHILDINFO (\"SUBSCRIBED\"))
             S: * LIST () \"/\" foo2 (CHILDINFO (\"SUBSCRIBED\"))
             S: * LIST (\\Subscribed) \"/\" foo2/bar2
             S: * LIST (\\Subscribed) \"/\" qux2/bar2
             S: D03 OK that is all",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn options_that_are_not_known() {
    let mut scene = scene(&[], &[]).await;
    for command in [
        "LIST (NEWS) \"\" *",
        "LIST \"\" * RETURN (MYRIGHTS)",
        "LIST \"\" * RETURN (STATUS (MESSAGES NEWS))",
        "STATUS INBOX (NEWS)",
    ] {
        let heard = scene.clients[0].ask(&format!("a {command}")).await;
        assert!(heard.starts_with("a BAD there is no such "), "{heard}");
    }
    scene
        .play(
            "C: a LIST (RECURSIVEMATCH SPECIAL-USE) \"\" *
             S: a BAD RECURSIVEMATCH needs SUBSCRIBED beside it",
        )
        .await;
}

/// What can be selected is told of, each behind its name (RFC 5819 section 2).
#[tokio::test(start_paused = true)]
async fn with_status() {
    let mut scene = scene(&["foo", "bar/baz"], &["gone"]).await;
    insert(&scene.store, "foo", &[Flag::Seen], "12345");
    insert(&scene.store, "foo", &[Flag::Deleted], "1234567");
    scene
        .play(
            "C: A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))
             S: * LIST () \"/\" INBOX
             S: * STATUS INBOX (MESSAGES 0 UNSEEN 0)
             S: * LIST (\\Noselect) \"/\" bar
             S: * LIST () \"/\" foo
             S: * STATUS foo (MESSAGES 2 UNSEEN 1)
             S: A01 OK that is all
             C: A02 LIST (SUBSCRIBED) \"\" % RETURN (STATUS (MESSAGES) CHILDREN)
             S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) \"/\" gone
             S: A02 OK that is all
             C: A03 STATUS foo (SIZE DELETED APPENDLIMIT)
             S: * STATUS foo (SIZE 12 DELETED 1 APPENDLIMIT 268435456)
             S: A03 OK that is how it is
             C: A04 STATUS INBOX (SIZE)
             S: * STATUS INBOX (SIZE 0)
             S: A04 OK that is how it is
             C: A05 STATUS gone (SIZE)
             S: A05 NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn by_special_use() {
    let mut scene = Scene::with(Options::default());
    for (name, attribute) in [("Sent", ListAttribute::Sent), ("All", ListAttribute::All)] {
        scene.store.create_for(&MailboxName::new(name).unwrap(), attribute).unwrap();
    }
    scene.log_in().await;
    scene
        .play(
            "C: t1 LIST \"\" \"%\" RETURN (SPECIAL-USE)
             S: * LIST () \"/\" INBOX
             S: * LIST (\\All) \"/\" All
             S: * LIST (\\Sent) \"/\" Sent
             S: t1 OK that is all
             C: t2 LIST (SPECIAL-USE) \"\" \"*\"
             S: * LIST (\\All) \"/\" All
             S: * LIST (\\Sent) \"/\" Sent
             S: t2 OK that is all
             C: t3 SUBSCRIBE Sent
             S: t3 OK subscribed
             C: t4 LIST (SPECIAL-USE SUBSCRIBED) \"\" \"*\" RETURN (CHILDREN)
             S: * LIST (\\Subscribed \\HasNoChildren \\Sent) \"/\" Sent
             S: t4 OK that is all
             C: t5 XLIST \"\" %
             S: * XLIST (\\HasNoChildren \\Inbox) \"/\" INBOX
             S: * XLIST (\\HasNoChildren \\AllMail) \"/\" All
             S: * XLIST (\\HasNoChildren \\Sent) \"/\" Sent
             S: t5 OK that is all",
        )
        .await;
}

/// RFC 6154 section 5.3
#[tokio::test(start_paused = true)]
async fn made_for_a_special_use() {
    let mut scene = scene(&[], &[]).await;
    scene
        .play(
            "C: t1 CREATE MySpecial (USE (\\Drafts))
             S: t1 OK [MAILBOXID (F2)] created
             C: t2 CREATE Everything (USE (\\All))
             S: t2 NO [USEATTR] no mailbox can be made for that here
             C: t3 CREATE Both (USE (\\Sent \\Junk))
             S: t3 NO [USEATTR] a mailbox is for one thing here
             C: t4 CREATE MySpecial (USE (\\Sent))
             S: t4 NO [ALREADYEXISTS] there is such a mailbox already
             C: t5 LIST \"\" * RETURN (SPECIAL-USE)
             S: * LIST () \"/\" INBOX
             S: * LIST (\\Drafts) \"/\" MySpecial
             S: t5 OK that is all",
        )
        .await;
}
