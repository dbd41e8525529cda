//! Mailboxes by name: CREATE, DELETE, RENAME, SUBSCRIBE, LIST, LSUB, STATUS.

use tayori_proto::response::ListAttribute;
use tayori_proto::types::{Flag, MailboxName};

use crate::common::{Scene, insert};

#[tokio::test(start_paused = true)]
async fn create_makes_the_names_above() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a CREATE work/2026/spring/
             S: a OK [MAILBOXID (F2)] created
             C: b LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\Noselect \\HasChildren) \"/\" work
             S: * LIST (\\Noselect \\HasChildren) \"/\" work/2026
             S: * LIST (\\HasNoChildren) \"/\" work/2026/spring
             S: b OK that is all
             C: c CREATE work/2026/spring
             S: c NO [ALREADYEXISTS] there is such a mailbox already
             C: d CREATE work
             S: d OK [MAILBOXID (F3)] created
             C: e LIST \"\" %
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\HasChildren) \"/\" work
             S: e OK that is all",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn create_refuses() {
    let mut scene = Scene::logged_in().await;
    for (name, refusal) in [
        ("INBOX", "[ALREADYEXISTS] there is such a mailbox already"),
        ("inbox", "[ALREADYEXISTS] there is such a mailbox already"),
        ("Inbox/", "[ALREADYEXISTS] there is such a mailbox already"),
        ("\"\"", "[CANNOT] a level of the name is empty"),
        ("/", "[CANNOT] a name needs a character"),
        ("/a", "[CANNOT] a level of the name is empty"),
        ("a//b", "[CANNOT] a level of the name is empty"),
        ("\"a*\"", "[CANNOT] a name cannot hold * or %, which stand for others in LIST"),
        ("inbox/a", "[CANNOT] INBOX is written in capitals when it stands above others"),
    ] {
        scene.play(&format!("C: a CREATE {name}\nS: a NO {refusal}")).await;
    }
    scene.play("C: a CREATE INBOX/a\nS: a OK [MAILBOXID (F2)] created").await;
}

#[tokio::test(start_paused = true)]
async fn delete_leaves_a_name_above_others() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a CREATE foo
             S: a OK [MAILBOXID (F2)] created
             C: b CREATE foo/bar
             S: b OK [MAILBOXID (F3)] created
             C: c DELETE foo
             S: c OK deleted
             C: d LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\Noselect \\HasChildren) \"/\" foo
             S: * LIST (\\HasNoChildren) \"/\" foo/bar
             S: d OK that is all
             C: e DELETE foo
             S: e NO [CANNOT] the name has mailboxes below it and none of its own
             C: f SELECT foo
             S: f NO [NONEXISTENT] there is no such mailbox
             C: g DELETE foo/bar
             S: g OK deleted
             C: h DELETE foo
             S: h OK deleted
             C: i DELETE foo
             S: i NO [NONEXISTENT] there is no such mailbox
             C: j DELETE INBOX
             S: j NO [CANNOT] INBOX cannot be deleted
             C: k LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: k OK that is all",
        )
        .await;
}

/// Messages of a mailbox of the same name must not be taken for the old ones (RFC 9051 section 6.3.4).
#[tokio::test(start_paused = true)]
async fn a_mailbox_made_anew_has_a_new_validity() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a CREATE x
             S: a OK [MAILBOXID (F2)] created
             C: b STATUS x (UIDVALIDITY)
             S: * STATUS x (UIDVALIDITY 8)
             S: b OK that is how it is
             C: c DELETE x
             S: c OK deleted
             C: d CREATE x
             S: d OK [MAILBOXID (F3)] created
             C: e STATUS x (UIDVALIDITY)
             S: * STATUS x (UIDVALIDITY 9)
             S: e OK that is how it is",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn rename_takes_the_children_along() {
    let mut scene = Scene::logged_in().await;
    for name in ["a", "a/b", "a/b/c", "ab"] {
        let heard = scene.clients[0].ask(&format!("x CREATE {name}")).await;
        assert!(heard.starts_with("x OK [MAILBOXID (F"), "{heard}");
    }
    insert(&scene.store, "a/b", &[], "hello");
    scene
        .play(
            "C: a RENAME a/b new/place/
             S: a OK renamed
             C: b LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\HasNoChildren) \"/\" a
             S: * LIST (\\HasNoChildren) \"/\" ab
             S: * LIST (\\Noselect \\HasChildren) \"/\" new
             S: * LIST (\\HasChildren) \"/\" new/place
             S: * LIST (\\HasNoChildren) \"/\" new/place/c
             S: b OK that is all
             C: c STATUS new/place (MESSAGES UIDVALIDITY)
             S: * STATUS new/place (MESSAGES 1 UIDVALIDITY 9)
             S: c OK that is how it is
             C: d STATUS a/b (MESSAGES)
             S: d NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn rename_refuses() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a CREATE a/b
             S: a OK [MAILBOXID (F2)] created
             C: b RENAME none other
             S: b NO [NONEXISTENT] there is no such mailbox
             C: c RENAME a/b INBOX
             S: c NO [ALREADYEXISTS] there is such a mailbox already
             C: d RENAME a/b a
             S: d NO [ALREADYEXISTS] there is such a mailbox already
             C: e RENAME a a
             S: e NO [ALREADYEXISTS] there is such a mailbox already
             C: f RENAME a a/c
             S: f NO [CANNOT] a mailbox cannot become its own child
             C: g RENAME a/b x//y
             S: g NO [CANNOT] a level of the name is empty
             C: h LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\Noselect \\HasChildren) \"/\" a
             S: * LIST (\\HasNoChildren) \"/\" a/b
             S: h OK that is all",
        )
        .await;
}

/// RFC 9051 section 6.3.6: the messages move, the name stays, and so do its children.
#[tokio::test(start_paused = true)]
async fn rename_of_inbox_empties_it() {
    let mut scene = Scene::new();
    scene.mails(&[&[Flag::Seen], &[]]);
    scene.log_in().await;
    scene
        .play(
            "C: a CREATE INBOX/child
             S: a OK [MAILBOXID (F2)] created
             C: b RENAME INBOX old/mail
             S: b OK renamed
             C: c LIST \"\" *
             S: * LIST (\\HasChildren) \"/\" INBOX
             S: * LIST (\\HasNoChildren) \"/\" INBOX/child
             S: * LIST (\\Noselect \\HasChildren) \"/\" old
             S: * LIST (\\HasNoChildren) \"/\" old/mail
             S: c OK that is all
             C: d STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)
             S: * STATUS INBOX (MESSAGES 0 UIDNEXT 3 UIDVALIDITY 7)
             S: d OK that is how it is
             C: e STATUS old/mail (MESSAGES UNSEEN)
             S: * STATUS old/mail (MESSAGES 2 UNSEEN 1)
             S: e OK that is how it is",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn list_by_reference_and_pattern() {
    let mut scene = Scene::logged_in().await;
    for name in ["a", "a/b", "a/b/c", "INBOX/x"] {
        let heard = scene.clients[0].ask(&format!("x CREATE {name}")).await;
        assert!(heard.starts_with("x OK [MAILBOXID (F"), "{heard}");
    }
    scene
        .play(
            "C: a LIST \"\" \"\"
             S: * LIST (\\Noselect) \"/\" \"\"
             S: a OK that is the delimiter
             C: b LIST a/ %
             S: * LIST (\\HasChildren) \"/\" a/b
             S: b OK that is all
             C: c LIST a/ *
             S: * LIST (\\HasChildren) \"/\" a/b
             S: * LIST (\\HasNoChildren) \"/\" a/b/c
             S: c OK that is all
             C: d LIST \"\" %/%
             S: * LIST (\\HasNoChildren) \"/\" INBOX/x
             S: * LIST (\\HasChildren) \"/\" a/b
             S: d OK that is all
             C: e LIST \"\" inbox
             S: * LIST (\\HasChildren) \"/\" INBOX
             S: e OK that is all
             C: f LIST \"\" nothing
             S: f OK that is all
             C: g LIST \"\" {1}
             S: + go on
             C: a
             S: * LIST (\\HasChildren) \"/\" a
             S: g OK that is all",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn names_travel_in_modified_utf_7() {
    let mut scene = Scene::logged_in().await;
    let name = MailboxName::new("日本語").unwrap();
    scene
        .play(
            "C: a CREATE &ZeVnLIqe-
             S: a OK [MAILBOXID (F2)] created
             C: b CREATE \"Gesendete Entw&APw-rfe\"
             S: b OK [MAILBOXID (F3)] created
             C: c CREATE a&-b
             S: c OK [MAILBOXID (F4)] created
             C: d LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\HasNoChildren) \"/\" \"Gesendete Entw&APw-rfe\"
             S: * LIST (\\HasNoChildren) \"/\" a&-b
             S: * LIST (\\HasNoChildren) \"/\" &ZeVnLIqe-
             S: d OK that is all
             C: e STATUS &ZeVnLIqe- (MESSAGES)
             S: * STATUS &ZeVnLIqe- (MESSAGES 0)
             S: e OK that is how it is
             C: f LIST \"\" &ZeVnLA-%
             S: * LIST (\\HasNoChildren) \"/\" &ZeVnLIqe-
             S: f OK that is all",
        )
        .await;
    // The store knows the name as people do.
    insert(&scene.store, name.as_str(), &[], "hello");
}

#[tokio::test(start_paused = true)]
async fn special_use_is_listed() {
    let mut scene = Scene::new();
    for (name, attribute) in [("Sent", ListAttribute::Sent), ("Bin", ListAttribute::Trash)] {
        scene.store.create_for(&MailboxName::new(name).unwrap(), attribute).unwrap();
    }
    scene.log_in().await;
    scene
        .play(
            "C: a LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\HasNoChildren \\Trash) \"/\" Bin
             S: * LIST (\\HasNoChildren \\Sent) \"/\" Sent
             S: a OK that is all
             C: b RENAME Bin Rubbish
             S: b OK renamed
             C: c LIST \"\" R*
             S: * LIST (\\HasNoChildren \\Trash) \"/\" Rubbish
             S: c OK that is all
             C: d DELETE Rubbish
             S: d OK deleted
             C: e CREATE Rubbish
             S: e OK [MAILBOXID (F4)] created
             C: f LIST \"\" R*
             S: * LIST (\\HasNoChildren) \"/\" Rubbish
             S: f OK that is all",
        )
        .await;
}

/// A name stays subscribed whatever becomes of its mailbox (RFC 9051 section 6.3.7), and `%` tells what stands above
/// subscribed names (RFC 3501 section 6.3.9).
#[tokio::test(start_paused = true)]
async fn subscriptions() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a SUBSCRIBE news/comp/mail
             S: a OK subscribed
             C: b SUBSCRIBE inbox
             S: b OK subscribed
             C: c SUBSCRIBE news/comp/mail
             S: c OK subscribed
             C: d LSUB \"\" *
             S: * LSUB () \"/\" INBOX
             S: * LSUB () \"/\" news/comp/mail
             S: d OK that is all
             C: e LSUB \"\" %
             S: * LSUB () \"/\" INBOX
             S: * LSUB (\\Noselect) \"/\" news
             S: e OK that is all
             C: f LSUB news/ %
             S: * LSUB (\\Noselect) \"/\" news/comp
             S: f OK that is all
             C: g SUBSCRIBE news
             S: g OK subscribed
             C: h LSUB \"\" %
             S: * LSUB () \"/\" INBOX
             S: * LSUB () \"/\" news
             S: h OK that is all
             C: i UNSUBSCRIBE news/comp/mail
             S: i OK unsubscribed
             C: j UNSUBSCRIBE never
             S: j OK unsubscribed
             C: k LSUB \"\" *
             S: * LSUB () \"/\" INBOX
             S: * LSUB () \"/\" news
             S: k OK that is all",
        )
        .await;
}

/// `*` matches a name itself, not what stands above it (RFC 3501 section 6.3.9).
#[tokio::test(start_paused = true)]
async fn lsub_with_a_star_tells_only_what_is_subscribed() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a SUBSCRIBE foo/bar
             S: a OK subscribed
             C: b LSUB \"\" f*
             S: * LSUB () \"/\" foo/bar
             S: b OK that is all
             C: c LSUB \"\" f%
             S: * LSUB (\\Noselect) \"/\" foo
             S: c OK that is all",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn status_of_all_items() {
    let mut scene = Scene::new();
    scene.mails(&[&[Flag::Seen], &[], &[Flag::Deleted]]);
    scene.log_in().await;
    scene
        .play(
            "C: a STATUS inbox (UNSEEN UIDVALIDITY UIDNEXT RECENT MESSAGES)
             S: * STATUS INBOX (UNSEEN 2 UIDVALIDITY 7 UIDNEXT 4 RECENT 3 MESSAGES 3)
             S: a OK that is how it is
             C: b STATUS INBOX (RECENT)
             S: * STATUS INBOX (RECENT 3)
             S: b OK that is how it is
             C: c STATUS none (MESSAGES)
             S: c NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

/// A client that deletes what it has selected has nothing selected; one that renames it, or a name above it, keeps it.
#[tokio::test(start_paused = true)]
async fn the_selected_mailbox_is_renamed_and_deleted() {
    let mut scene = Scene::logged_in().await;
    scene.play("C: a CREATE a/b\nS: a OK [MAILBOXID (F2)] created").await;
    scene.select(1, "a/b").await;
    scene
        .play(
            "C: a RENAME a c/
             S: a OK renamed
             C: b CHECK
             S: b OK checked
             C: c CREATE a/b
             S: c OK [MAILBOXID (F3)] created
             C: d DELETE a/b
             S: d OK deleted
             C: e CHECK
             S: e OK checked
             C: f DELETE c/b
             S: f OK deleted
             C: g CHECK
             S: g BAD no mailbox is selected",
        )
        .await;
}
