//! Lists of mailboxes with what is known of each: in one command, or in as few turns as the old ones allow.

use tayori_client::{Behaviour, Connector, Error, ListQuery, Listed, StatusAttribute};
use tayori_proto::response::StatusItem;
use tayori_proto::types::{ListPattern, ListReference, NonEmpty};
use tayori_testkit::peer::Peer;

use crate::harness::{play, session_with};

fn pattern(pattern: &str) -> ListPattern {
    ListPattern::new(pattern).unwrap()
}

fn everything() -> ListQuery {
    ListQuery::all()
        .with_subscribed()
        .with_children()
        .with_uses()
        .with_status(StatusAttribute::Messages.into())
}

/// Name, `s` if it is subscribed and `-` if not, `+` if it has children and `.` if not, its uses and how many messages
/// it holds; `?` for what is not known.
fn shown(listed: &[Listed]) -> Vec<String> {
    let shown = listed.iter().map(|one| {
        let subscribed = one.subscribed.map_or("?", |is| if is { "s" } else { "-" });
        let children = one.has_children().map_or("?", |has| if has { "+" } else { "." });
        let messages = one.status.as_ref().and_then(|status| match status.items[..] {
            [StatusItem::Messages(messages)] => Some(messages.to_string()),
            _ => None,
        });
        let messages = messages.unwrap_or_else(|| "?".to_owned());
        let exists = if one.is_selectable() { "" } else { " closed" };
        let uses: Vec<_> = one.uses.iter().map(|one| format!(" {one:?}")).collect();
        format!("{} {subscribed}{children} {messages}{}{exists}", one.row.name.as_str(), uses.concat())
    });
    shown.collect()
}

async fn list(
    capabilities: &str,
    query: ListQuery,
    server: impl AsyncFnOnce(&mut Peer),
) -> Result<Vec<String>, Error> {
    let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
    let client = async {
        let listed = session.list_mailboxes(&query).await;
        session.noop().await.unwrap();
        listed.map(|listed| shown(&listed))
    };
    let server = async {
        server(&mut peer).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await.0
}

/// Hears these together, before it answers any.
async fn together(peer: &mut Peer, exchanges: &[(&str, &str)]) {
    let mut tags = Vec::new();
    for (command, _) in exchanges {
        tags.push(peer.expect(command).await);
    }
    for (tag, (_, answer)) in tags.iter().zip(exchanges) {
        peer.answer(tag, answer).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_command_tells_all() {
    let answer = "* LIST (\\Subscribed \\HasChildren) \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 3)\r\n\
                  * LIST (\\Sent \\HasNoChildren) \"/\" INBOX/s\r\n* STATUS INBOX/s (MESSAGES 0)\r\n\
                  * LIST (\\NonExistent \\HasChildren) \"/\" b\r\n$ OK done\r\n";
    let expected = ["INBOX s+ 3", "INBOX/s -. 0 \\Sent", "b -+ ? closed"];
    let listed = list("LIST-EXTENDED LIST-STATUS SPECIAL-USE", everything(), async |peer| {
        let command = "LIST \"\" * RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES))";
        peer.exchange(command, answer).await;
    });
    assert_eq!(listed.await.unwrap(), expected);
    // What each is for is not asked of who cannot say it.
    let listed = list("IMAP4rev2", everything().below(ListReference::new("#x").unwrap()), async |peer| {
        peer.exchange("LIST #x * RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES))", answer).await;
    });
    assert_eq!(listed.await.unwrap(), expected);
    // Nor is more asked than is wanted.
    for (query, command) in [
        (ListQuery::all().with_children(), "LIST \"\" * RETURN (CHILDREN)"),
        (ListQuery::all().with_subscribed(), "LIST \"\" * RETURN (SUBSCRIBED)"),
        (ListQuery::all().with_uses(), "LIST \"\" * RETURN (SPECIAL-USE)"),
        (ListQuery::all().only_subscribed().with_subscribed(), "LIST (SUBSCRIBED) \"\" *"),
        (ListQuery::new(NonEmpty::one(pattern("a%")).and(pattern("b"))), "LIST \"\" (a% b)"),
        (ListQuery::all(), "LIST \"\" *"),
        // In the extended form it would mean nothing.
        (ListQuery::new(pattern("")).with_children(), "LIST \"\" \"\""),
    ] {
        let listed = list("IMAP4rev2 SPECIAL-USE", query, async |peer| {
            peer.exchange(command, "* LIST () \"/\" a\r\n$ OK done\r\n").await;
        });
        assert_eq!(listed.await.unwrap().len(), 1, "{command}");
    }
}

#[tokio::test(start_paused = true)]
async fn counts_come_behind_where_the_one_command_cannot_tell_them() {
    let listed = list("LIST-EXTENDED", everything(), async |peer| {
        let rows = "* LIST (\\Subscribed) \"/\" a/b\r\n* LIST () \"/\" c\r\n* LIST () \"/\" a\r\n\
                    * LIST () NIL flat\r\n* LIST () \"/\" c\r\n$ OK done\r\n";
        peer.exchange("LIST \"\" * RETURN (SUBSCRIBED CHILDREN)", rows).await;
        let counts = [
            ("STATUS a/b (MESSAGES)", "* STATUS a/b (MESSAGES 1)\r\n$ OK done\r\n"),
            ("STATUS c (MESSAGES)", "$ NO gone\r\n"),
            ("STATUS a (MESSAGES)", "* STATUS a (MESSAGES 2)\r\n$ OK done\r\n"),
            ("STATUS flat (MESSAGES)", "* STATUS flat (MESSAGES 5)\r\n$ OK done\r\n"),
        ];
        together(peer, &counts).await;
    });
    // Which of them have children is seen from the names, and each is there once.
    assert_eq!(listed.await.unwrap(), ["a/b s. 1", "c -. ?", "a -+ 2", "flat -. 5"]);
}

#[tokio::test(start_paused = true)]
async fn old_commands_leave_together() {
    let rows = "* LIST () \".\" INBOX\r\n* LIST (\\Noselect) \".\" a\r\n* LIST (\\Trash) \".\" a.b\r\n\
                * LIST () \".\" ab\r\n$ OK done\r\n";
    let subscribed = "* LSUB () \".\" INBOX\r\n* LSUB () \".\" a.b\r\n* LSUB () \".\" gone\r\n$ OK done\r\n";
    let counts = [
        ("STATUS INBOX (MESSAGES)", "* STATUS INBOX (MESSAGES 3)\r\n$ OK done\r\n"),
        ("STATUS a.b (MESSAGES)", "* STATUS a.b (MESSAGES 1)\r\n$ OK done\r\n"),
    ];
    let listed = list("", everything(), async |peer| {
        together(peer, &[("LIST \"\" *", rows), ("LSUB \"\" *", subscribed)]).await;
        let other = ("STATUS ab (MESSAGES)", "* STATUS ab (MESSAGES 0)\r\n$ OK done\r\n");
        together(peer, &[counts[0], counts[1], other]).await;
    });
    assert_eq!(listed.await.unwrap(), ["INBOX s. 3", "a -+ ? closed", "a.b s. 1 \\Trash", "ab -. 0"]);
    let listed = list("", everything().only_subscribed(), async |peer| {
        together(peer, &[("LIST \"\" *", rows), ("LSUB \"\" *", subscribed)]).await;
        together(peer, &counts).await;
    });
    assert_eq!(listed.await.unwrap(), ["INBOX s. 3", "a.b s. 1 \\Trash", "gone s. ? closed"]);
    // Who does not say what is subscribed says all the rest, unless nothing else was wanted.
    for only in [false, true] {
        let query =
            if only { ListQuery::all().only_subscribed() } else { ListQuery::all().with_subscribed() };
        let listed = list("", query, async |peer| {
            together(peer, &[("LIST \"\" *", rows), ("LSUB \"\" *", "$ BAD what\r\n")]).await;
        });
        match listed.await {
            Ok(listed) => assert_eq!((only, &*listed[0]), (false, "INBOX ?? ?")),
            Err(error) => assert!(only && matches!(error, Error::Refused { .. }), "{error:?}"),
        }
    }
}

/// Rows do not say which pattern they belong to, so patterns wait for each other.
#[tokio::test(start_paused = true)]
async fn several_patterns_give_each_name_once() {
    let query =
        || ListQuery::new(NonEmpty::one(pattern("a*")).and(pattern("%"))).with_subscribed().with_children();
    let listed = list("", query(), async |peer| {
        let rows = "* LIST () \"/\" a\r\n* LIST () \"/\" a/b\r\n$ OK done\r\n";
        together(peer, &[("LIST \"\" a*", rows), ("LSUB \"\" a*", "$ OK done\r\n")]).await;
        let rows = "* LIST () \"/\" a\r\n* LIST () \"/\" x\r\n* LIST () \"/\" y\r\n$ OK done\r\n";
        // Of `%`, a name that is shown for what is below it is not subscribed.
        let subscribed = "* LSUB (\\Noselect) \"/\" x\r\n* LSUB () \"/\" y\r\n$ OK done\r\n";
        together(peer, &[("LIST \"\" %", rows), ("LSUB \"\" %", subscribed)]).await;
    });
    // Below those of `%` may be others that were not asked for.
    assert_eq!(listed.await.unwrap(), ["a -+ ?", "a/b -? ?", "x -? ?", "y s? ?"]);
}

/// As Gmail was before it had SPECIAL-USE.
#[tokio::test(start_paused = true)]
async fn uses_are_asked_for_in_the_way_of_old() {
    let query = || ListQuery::all().with_uses().with_status(StatusAttribute::Messages.into());
    let count = ("STATUS INBOX (MESSAGES)", "* STATUS INBOX (MESSAGES 3)\r\n$ OK done\r\n");
    for capabilities in ["XLIST", "XLIST LIST-EXTENDED LIST-STATUS"] {
        let listed = list(capabilities, query(), async |peer| {
            let rows = "* XLIST (\\HasNoChildren \\Inbox) \"/\" Posteingang\r\n\
                        * XLIST (\\Noselect \\AllMail) \"/\" all\r\n$ OK done\r\n";
            peer.exchange("XLIST \"\" *", rows).await;
            peer.exchange(count.0, count.1).await;
        });
        assert_eq!(listed.await.unwrap(), ["INBOX ?. 3", "all ?? ? \\All closed"]);
    }
    for refusal in ["$ OK done\r\n", "$ BAD what\r\n"] {
        let listed = list("XLIST", query(), async |peer| {
            peer.exchange("XLIST \"\" *", refusal).await;
            peer.exchange("LIST \"\" *", "* LIST () \"/\" INBOX\r\n$ OK done\r\n").await;
            peer.exchange(count.0, count.1).await;
        });
        assert_eq!(listed.await.unwrap(), ["INBOX ?? 3"]);
    }
}

/// Strato answers OK without a row, Proton Bridge with BAD. What shows it is that there are rows in the old form.
#[tokio::test(start_paused = true)]
async fn an_extended_list_that_fails_is_not_tried_twice() {
    for answer in ["$ OK done\r\n", "$ BAD what\r\n"] {
        for is_there in [false, true] {
            let (mut session, mut peer) = session_with(Connector::new(), "LIST-EXTENDED").await;
            let query = ListQuery::all().only_subscribed();
            let row = if is_there { "* LSUB () \"/\" a\r\n$ OK done\r\n" } else { "$ OK done\r\n" };
            let client = async {
                for _ in 0..2 {
                    let listed = session.list_mailboxes(&query).await.unwrap();
                    // The list without rows is not believed when it comes to what exists.
                    assert_eq!(shown(&listed), if is_there { vec!["a s? ?"] } else { vec![] });
                }
                assert_eq!(session.profile().has(Behaviour::NoExtendedList), is_there);
            };
            let server = async {
                for turn in 0..2 {
                    if turn == 0 || !is_there {
                        peer.exchange("LIST (SUBSCRIBED) \"\" *", answer).await;
                    }
                    together(&mut peer, &[("LIST \"\" *", "$ OK done\r\n"), ("LSUB \"\" *", row)]).await;
                }
            };
            play(client, server).await;
        }
    }
}
