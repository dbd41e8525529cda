//! What extensions bring, between both sides: with them, and without.

use std::num::NonZeroU32;

use tayori_client::{
    Access, AppendError, Connector, Discard, Error, FetchAttribute, Find, PartForm, ReplaceStage, ReplacedBy,
    SearchKey, Session, StatusAttribute, Upload,
};
use tayori_proto::command::{
    PreviewMode, RightsChange, SortCriterion, SortKey, SortOrder, StoreChange, ThreadAlgorithm,
};
use tayori_proto::response::{ResponseCode, StatusItem};
use tayori_proto::types::{Capability, Flag, NonEmpty, PartPath, Rights, SpecialUse, Uid};
use tayori_server::Options;
use tayori_testkit::pair::{Host, memory_store};
use tayori_testkit::persona::lacking;

use crate::harness::{Bodies, inbox, log_in, log_in_with, look, mailbox, uids, within};

fn host_without(missing: &'static [Capability]) -> Host {
    Host::behaving(lacking::conducts(missing))
}

/// IMAP4rev2 holds what BINARY adds to FETCH.
const NO_BINARY: &[Capability] = &[Capability::Binary, Capability::Imap4Rev2];

async fn append(session: &mut Session, octets: &[u8]) -> Uid {
    session.append_message(&inbox(), Upload::of(octets)).await.unwrap().uid.unwrap().1
}

#[tokio::test(start_paused = true)]
async fn several_messages_are_stored_with_and_without_multiappend() {
    within(async {
        let large = b"Subject: large\r\n\r\n0123456789".repeat(20_000);
        let messages = || {
            NonEmpty::one(Upload::of(&b"one"[..]).flags([Flag::Seen]))
                .and(Upload::of(&large))
                .and(Upload::of(&b"three"[..]))
        };
        let mut seen = Vec::new();
        for host in [Host::new(), host_without(&[Capability::MultiAppend])] {
            let mut session = log_in(&host).await;
            let stored = session.append_messages(&inbox(), messages()).await.unwrap();
            let told: Vec<u32> = stored.iter().map(|one| one.uid.unwrap().1.value()).collect();
            assert_eq!(told, [1, 2, 3]);
            let outcome = session.append_messages(&mailbox("not there"), messages()).await.unwrap_err();
            assert_eq!((outcome.stored.len(), outcome.in_doubt.is_empty()), (0, true));
            let code = |error: &AppendError| match error {
                AppendError::Server(Error::Refused { code, .. }) => code.as_deref().cloned(),
                other => panic!("{other:?}"),
            };
            assert_eq!(code(&outcome.error), Some(ResponseCode::TryCreate));
            seen.push(look(&mut session, &inbox()).await);
        }
        assert_eq!(seen[0][0].1, [Flag::Seen]);
        assert!(seen[0][1].2 == large && seen[0].len() == 3);
        assert!(seen[0] == seen[1]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_message_takes_the_place_of_another() {
    within(async {
        const WITHOUT: &[Capability] = &[Capability::Replace];
        // IMAP4rev2 holds UIDPLUS.
        const NEITHER: &[Capability] = &[Capability::Replace, Capability::UidPlus, Capability::Imap4Rev2];
        for (host, how) in [
            (Host::new(), ReplacedBy::Replacing),
            (host_without(WITHOUT), ReplacedBy::AppendingAndExpunging),
            (host_without(NEITHER), ReplacedBy::AppendingAndMarking),
        ] {
            let mut session = log_in(&host).await;
            append(&mut session, b"stays").await;
            let old = append(&mut session, b"old").await;
            // Somebody else has marked this; a plain EXPUNGE would remove it.
            let marked = append(&mut session, b"marked").await;
            let mut selected = session.select(&inbox()).await.unwrap();
            let marked = tayori_proto::types::SequenceSet::one(marked);
            selected.store_silent(marked, StoreChange::Add, &[Flag::Deleted]).await.unwrap();
            let new = Upload::of(&b"new"[..]).flags([Flag::Draft]);
            let replacement = selected.replace(old, new.clone()).await.unwrap();
            assert_eq!(replacement.how, how);
            assert_eq!(replacement.stored.uid.map(|(_, uid)| uid.value()), Some(4), "{how:?}");
            let left = if how == ReplacedBy::AppendingAndMarking { 4 } else { 3 };
            assert_eq!(selected.mailbox().exists(), left, "the mailbox is told of");
            let refused = selected.replace_in(old, &mailbox("not there"), new.clone()).await.unwrap_err();
            let stage =
                if how == ReplacedBy::Replacing { ReplaceStage::Replacing } else { ReplaceStage::Appending };
            assert_eq!(refused.stage, stage);
            if how == ReplacedBy::Replacing {
                let gone = selected.replace(old, new).await.unwrap_err();
                assert_eq!(gone.stage, ReplaceStage::Replacing);
            }
            let found = look(&mut session, &inbox()).await;
            assert_eq!(found.len(), left as usize, "{how:?}");
            let texts: Vec<&[u8]> = found.iter().map(|(_, _, octets)| &octets[..]).collect();
            assert!(texts.starts_with(&[b"stays"]) && texts.ends_with(&[b"marked", b"new"]), "{found:?}");
            assert_eq!(found.last().unwrap().1, [Flag::Draft]);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_or_cannot_be_held_is_not_sent() {
    within(async {
        let mut options = Options::default();
        options.limits.message_octets = 10;
        let host = Host::with(memory_store(), options);
        let mut session = log_in(&host).await;
        assert_eq!(session.append_limit(&inbox()).await.unwrap(), Some(10));
        let outcome = session.append_message(&inbox(), Upload::of(&b"12345678901"[..])).await;
        assert!(
            matches!(outcome, Err(AppendError::Server(Error::TooLarge { size: 11, limit: 10 }))),
            "{outcome:?}"
        );
        append(&mut session, b"1234567890").await;
        let mut session = log_in(&host_without(NO_BINARY)).await;
        let outcome = session.append_message(&inbox(), Upload::of(&b"\0"[..])).await;
        assert!(matches!(outcome, Err(AppendError::Server(Error::NotOffered { .. }))), "{outcome:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_header_in_utf8_arrives_as_it_was() {
    within(async {
        let message = "Subject: \u{fc}\r\n\r\nb\r\n".as_bytes();
        for enables in [false, true] {
            let host = Host::new();
            let mut session = log_in(&host).await;
            if enables {
                session.enable(NonEmpty::one(Capability::Utf8Accept)).await.unwrap();
            }
            append(&mut session, message).await;
            // This server takes a literal8, and no NUL in it.
            let nul = "Subject: \u{fc}\r\n\r\nb\0c\r\n".as_bytes();
            let outcome = session.append_message(&inbox(), Upload::of(nul)).await;
            let Err(AppendError::Server(Error::Refused { code, .. })) = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(code.as_deref(), Some(&ResponseCode::UnknownCte));
            let found = look(&mut session, &inbox()).await;
            assert!(found[0].2 == message && found.len() == 1);
        }
    })
    .await;
}

const MIXED: &[u8] = b"Subject: two parts\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
    --x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    a=C3=BC\r\n--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n\
    --x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: x-odd\r\n\r\n@@@\r\n--x--\r\n";

fn path(number: u32) -> PartPath {
    number.to_string().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn parts_come_decoded_or_say_what_is_left_to_undo() {
    within(async {
        for (host, decodes) in [(Host::new(), true), (host_without(NO_BINARY), false)] {
            let mut session = log_in(&host).await;
            let uid = append(&mut session, MIXED).await;
            let mut selected = session.select(&inbox()).await.unwrap();
            for (number, decoded, plain, encoding) in [
                (1, &b"a\xc3\xbc"[..], &b"a=C3=BC"[..], "quoted-printable"),
                (2, b"\0\x01\x02", b"AAEC", "base64"),
                // Nobody knows this encoding.
                (3, b"", b"@@@", "x-odd"),
            ] {
                let mut bodies = Bodies::default();
                let form = selected.fetch_part(uid, &path(number), &mut bodies).await.unwrap();
                let body = bodies.whole.pop().unwrap();
                match form {
                    PartForm::Decoded => assert!(decodes && number < 3 && body == decoded, "{number}"),
                    PartForm::Encoded { encoding: told } => {
                        assert!(!decodes || number == 3, "{number}");
                        assert_eq!(body, plain);
                        let told = told.unwrap();
                        assert!(told.eq_ignore_case(encoding.as_bytes()), "{told:?}");
                    }
                    other => panic!("{other:?}"),
                }
                let size = selected.part_size(uid, &path(number)).await;
                match size {
                    Ok(size) => {
                        assert!(decodes);
                        assert_eq!(size, (number < 3).then_some(decoded.len() as u64));
                    }
                    Err(Error::NotOffered { .. }) => assert!(!decodes),
                    Err(error) => panic!("{error:?}"),
                }
            }
            let outcome = selected.fetch_part(uid, &path(4), &mut Discard).await;
            assert!(outcome.is_err(), "{outcome:?}");
            assert_eq!(selected.uid_search(SearchKey::Seen).await.unwrap().count(), 0, "nothing was marked");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rows_and_searches_tell_what_is_known_of_messages() {
    within(async {
        let host = Host::new();
        let mut session = log_in(&host).await;
        let uid = append(&mut session, MIXED).await;
        append(&mut session, b"Subject: other\r\n\r\n").await;
        let status = NonEmpty::one(StatusAttribute::MailboxId)
            .and(StatusAttribute::Size)
            .and(StatusAttribute::HighestModSeq);
        let status = session.status(&inbox(), status).await.unwrap();
        assert!(
            matches!(status.items[1], StatusItem::Size(size) if size == MIXED.len() as u64 + 18),
            "{status:?}"
        );
        let mut selected = session.select(&inbox()).await.unwrap();
        let items = NonEmpty::one(FetchAttribute::EmailId)
            .and(FetchAttribute::ThreadId)
            .and(FetchAttribute::SaveDate)
            .and(FetchAttribute::Preview(PreviewMode::Make))
            .and(FetchAttribute::ModSeq);
        let mut rows = selected.fetch(uids("1"), items.into()).await.unwrap();
        let row = rows.next(&mut Discard).await.unwrap().unwrap();
        drop(rows);
        let (email_id, preview) = (row.email_id().unwrap().clone(), row.preview().unwrap());
        assert_eq!(preview.as_bytes(), "a\u{fc}".as_bytes());
        assert!(row.modseq().is_some() && row.save_date().is_some());
        for key in [SearchKey::EmailId(email_id), SearchKey::ModSeq { entry: None, since: row.modseq() }] {
            assert!(selected.uid_search(key).await.unwrap().contains(uid));
        }
        let second = NonZeroU32::MIN;
        let younger = selected.find(SearchKey::Older(second).or(SearchKey::Younger(second)), Find::Count);
        assert_eq!(younger.await.unwrap().count, Some(2));
        let outcome = selected.uid_search(SearchKey::GmailMessageId(1)).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn messages_are_sorted_and_threaded() {
    within(async {
        let host = Host::new();
        let mut session = log_in(&host).await;
        let first = b"Message-ID: <1@x>\r\nSubject: b\r\n\r\n";
        append(&mut session, first).await;
        append(&mut session, b"Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\nSubject: Re: b\r\n\r\n").await;
        append(&mut session, b"Message-ID: <3@x>\r\nSubject: a\r\n\r\n").await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let criteria = NonEmpty::one(SortCriterion { key: SortKey::Subject, order: SortOrder::Ascending });
        let sorted = selected.uid_sort(criteria, SearchKey::All).await.unwrap();
        assert_eq!(sorted.iter().map(|uid| uid.value()).collect::<Vec<_>>(), [3, 1, 2]);
        let threads = selected.uid_thread(ThreadAlgorithm::References, SearchKey::All).await.unwrap();
        let members: Vec<_> = threads.uids().map(|it| (it.depth, it.message.unwrap().value())).collect();
        assert_eq!(members, [(0, 1), (1, 2), (0, 3)]);
        let criteria = NonEmpty::one(SortCriterion { key: SortKey::DisplayTo, order: SortOrder::Descending });
        let sorted = selected.uid_sort(criteria, SearchKey::All).await.unwrap();
        assert_eq!(sorted.iter().map(|uid| uid.value()).collect::<Vec<_>>(), [1, 2, 3]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_says_what_it_is_for() {
    within(async {
        let host = Host::new();
        let mut session = log_in_with(&host, Connector::new()).await;
        assert_eq!(session.special_mailboxes().await.unwrap(), []);
        let created = session.create_with_use(&mailbox("Gesendet"), SpecialUse::Sent.into()).await.unwrap();
        assert!(created.mailbox_id.is_some());
        let found = session.special_mailboxes().await.unwrap();
        assert_eq!((found.len(), &found[0].uses[..]), (1, &[SpecialUse::Sent][..]));
        assert_eq!(found[0].row.name, mailbox("Gesendet"));
        let memos = SpecialUse::new("Memos").unwrap();
        let outcome = session.create_with_use(&mailbox("memos"), memos.into()).await;
        assert!(
            matches!(&outcome, Err(Error::Refused { code: Some(code), .. }) if **code == ResponseCode::UseAttr),
            "{outcome:?}"
        );
        // Without being asked for it, the rows of a plain LIST need not tell.
        let mut session = log_in(&host_without(&[Capability::CreateSpecialUse])).await;
        let outcome = session.create_with_use(&mailbox("a"), SpecialUse::Sent.into()).await;
        assert!(matches!(outcome, Err(Error::NotOffered { .. })), "{outcome:?}");
    })
    .await;
}

/// There is one user, who takes rights from themselves and is refused then.
#[tokio::test(start_paused = true)]
async fn rights_are_given_taken_and_missed() {
    within(async {
        let host = Host::new();
        let mut session = log_in_with(&host, Connector::new()).await;
        let user = tayori_testkit::pair::user();
        append(&mut session, b"Subject: x\r\n\r\n").await;
        let rights = |letters: &str| Rights::new(letters).unwrap();
        assert!(session.my_rights(&inbox()).await.unwrap().has(rights("lrswipkxtea")));
        session.set_acl(&inbox(), &user, RightsChange::Remove(rights("iw"))).await.unwrap();
        assert_eq!(session.my_rights(&inbox()).await.unwrap(), rights("lrspkxteacd"));
        let entries = session.acl(&inbox()).await.unwrap();
        assert_eq!((entries.len(), entries[0].identifier.as_bytes()), (1, user.as_bytes()));
        let listed = session.list_rights(&inbox(), &user).await.unwrap();
        assert!(listed.required.is_empty() && listed.optional.contains(&rights("w")), "{listed:?}");

        let outcome = session.append_message(&inbox(), Upload::of(&b"Subject: y\r\n\r\n"[..])).await;
        let Err(AppendError::Server(error)) = &outcome else { panic!("{outcome:?}") };
        assert!(is_not_permitted(error), "{error:?}");
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = selected.store(uids("1:*"), StoreChange::Add, &[Flag::Flagged]).await;
        assert!(outcome.as_ref().is_err_and(is_not_permitted), "{outcome:?}");
        selected.store(uids("1:*"), StoreChange::Add, &[Flag::Seen]).await.unwrap();

        session.set_acl(&inbox(), &user, RightsChange::Replace(rights("lr"))).await.unwrap();
        let selected = session.select(&inbox()).await.unwrap();
        assert_eq!(selected.mailbox().access(), Access::ReadOnly);
        let outcome = session.delete_acl(&inbox(), &user).await;
        assert!(outcome.as_ref().is_err_and(is_not_permitted), "{outcome:?}");
    })
    .await;
}

fn is_not_permitted(error: &Error) -> bool {
    matches!(error, Error::Refused { code: Some(code), .. } if **code == ResponseCode::NoPerm)
}
