use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;

fn row(name: &str, delimiter: Option<char>, attributes: &[ListAttribute]) -> ListRow {
    ListRow {
        attributes: attributes.to_vec(),
        delimiter,
        name: MailboxName::new(name).unwrap(),
        extended: Vec::new(),
    }
}

fn rows(names: &[&str]) -> Vec<ListRow> {
    names.iter().map(|name| row(name, Some('/'), &[])).collect()
}

fn find(rows: &[ListRow], special_use: &SpecialUse) -> Finding {
    Mailboxes::new(rows, Told::BySpecialUse).find(special_use)
}

/// What is found for the Trash: the names, and where they are usual.
fn trash(names: &[&str]) -> Vec<(String, &'static str)> {
    let matches = match find(&rows(names), &SpecialUse::Trash) {
        Finding::One(one) => vec![one],
        Finding::Several(several) => several,
        other => return assert_none(&other),
    };
    let told = matches.into_iter().map(|one| match one.source {
        Source::Name { usual } => (one.mailbox.as_str().to_owned(), usual),
        other => panic!("{other:?} of {:?}", one.mailbox),
    });
    told.collect()
}

fn assert_none(finding: &Finding) -> Vec<(String, &'static str)> {
    assert_eq!(*finding, Finding::None);
    Vec::new()
}

fn one(name: &str, source: Source) -> Finding {
    Finding::One(Match { mailbox: MailboxName::new(name).unwrap(), source })
}

#[test]
fn what_the_server_says_counts_more_than_names() {
    let rows = [
        row("Trash", Some('/'), &[]),
        row("Odds and ends", Some('/'), &[ListAttribute::Trash]),
        row("Alles", Some('/'), &[ListAttribute::All]),
    ];
    assert_eq!(find(&rows, &SpecialUse::Trash), one("Odds and ends", Source::SpecialUse));
    assert_eq!(find(&rows, &SpecialUse::All), one("Alles", Source::SpecialUse));
    let xlist = Mailboxes::new(&rows, Told::ByXlist);
    assert_eq!(xlist.find(&SpecialUse::Trash), one("Odds and ends", Source::Xlist));
    assert_eq!(xlist.find(&SpecialUse::Flagged), Finding::None);
}

#[test]
fn the_users_setting_counts_more_than_the_server() {
    let rows = [
        row("Trash", Some('/'), &[ListAttribute::Trash]),
        row("Mine", Some('/'), &[]),
        row("Shelf", Some('/'), &[ListAttribute::NoSelect]),
    ];
    let found = |name: &str| {
        let name = MailboxName::new(name).unwrap();
        Mailboxes::new(&rows, Told::BySpecialUse)
            .with_setting(&SpecialUse::Trash, &name)
            .find(&SpecialUse::Trash)
    };
    assert_eq!(found("Mine"), one("Mine", Source::Setting));
    // A mistake is told, and is no reason to take another mailbox.
    for name in ["Gone", "Shelf"] {
        assert_eq!(found(name), Finding::Missing(MailboxName::new(name).unwrap()));
    }
}

#[test]
fn a_mailbox_that_is_set_for_one_use_is_not_guessed_for_another() {
    let rows = rows(&["Deleted", "Archive"]);
    let deleted = MailboxName::new("Deleted").unwrap();
    let mailboxes = Mailboxes::new(&rows, Told::BySpecialUse).with_setting(&SpecialUse::Archive, &deleted);
    assert_eq!(mailboxes.find(&SpecialUse::Archive), one("Deleted", Source::Setting));
    assert_eq!(mailboxes.find(&SpecialUse::Trash), Finding::None);
}

#[test]
fn two_that_match_are_told_as_two() {
    assert_eq!(
        trash(&["Deleted Items", "INBOX", "INBOX/Trash", "Papierkorb"]),
        [
            ("Deleted Items".to_owned(), "Outlook and Exchange"),
            ("INBOX/Trash".to_owned(), "English"),
            ("Papierkorb".to_owned(), "German"),
        ]
    );
    let rows = [row("A", None, &[ListAttribute::Trash]), row("B", None, &[ListAttribute::Trash])];
    let Finding::Several(found) = find(&rows, &SpecialUse::Trash) else { panic!("one was picked") };
    assert_eq!(found.len(), 2);
    // The same one twice is one.
    let rows = [rows[0].clone(), rows[0].clone()];
    assert_eq!(find(&rows, &SpecialUse::Trash), one("A", Source::SpecialUse));
}

#[test]
fn names_are_found_where_such_mailboxes_stand() {
    for (name, usual) in [
        ("Trash", "English"),
        ("tRASH", "English"),
        ("INBOX/Trash", "English"),
        ("inbox/trash", "English"),
        ("[Gmail]/Papierkorb", "German"),
        ("[Google Mail]/Bin", "English"),
        ("Éléments supprimés", "French"),
        // With accents of their own, and in capital letters.
        ("E\u{301}LE\u{301}MENTS SUPPRIME\u{301}S", "French"),
        ("ゴミ箱", "Japanese"),
        // In half width.
        ("\u{ff7a}\u{ff9e}\u{ff90}箱", "Japanese"),
        ("ＴＲＡＳＨ", "English"),
        ("ΚΆΔΟΣ", "Greek"),
        ("ÇÖP KUTUSU", "Turkish"),
        (" Deleted   Items ", "Outlook and Exchange"),
    ] {
        assert_eq!(trash(&[name]), [(name.to_owned(), usual)], "{name}");
    }
    for name in
        ["Work/Trash", "INBOX/Work/Trash", "Trash/2024", "[Gmail]", "My Trash", "Elements supprimes", "INBOX"]
    {
        assert_eq!(trash(&[name]), [], "{name}");
    }
}

#[test]
fn the_delimiter_and_the_prefix_are_those_of_the_server() {
    let dotted = [row("INBOX.Trash", Some('.'), &[]), row("Work.Trash", Some('.'), &[])];
    assert_eq!(find(&dotted, &SpecialUse::Trash), one("INBOX.Trash", Source::Name { usual: "English" }));
    // A name without levels is one name, whatever stands in it.
    let flat = [row("INBOX.Trash", None, &[])];
    assert_eq!(find(&flat, &SpecialUse::Trash), Finding::None);
    let prefixed = [row("~/mail/Trash", Some('/'), &[]), row("Other Users/bob/Trash", Some('/'), &[])];
    assert_eq!(find(&prefixed, &SpecialUse::Trash), Finding::None);
    let found = Mailboxes::new(&prefixed, Told::BySpecialUse).with_prefix("").with_prefix("~/mail/");
    assert_eq!(found.find(&SpecialUse::Trash), one("~/mail/Trash", Source::Name { usual: "English" }));
}

#[test]
fn a_name_is_no_guess_for_what_has_another_use_or_cannot_be_opened() {
    let rows = [
        row("Trash", Some('/'), &[ListAttribute::Junk]),
        row("Bin", Some('/'), &[ListAttribute::NoSelect]),
        row("Deleted", Some('/'), &[ListAttribute::NonExistent]),
        row("Papierkorb", Some('/'), &[ListAttribute::Inbox]),
    ];
    assert_eq!(find(&rows, &SpecialUse::Trash), Finding::None);
    assert_eq!(find(&rows, &SpecialUse::Junk), one("Trash", Source::SpecialUse));
}

#[test]
fn only_names_are_guesses() {
    assert!(Source::Name { usual: "German" }.is_guess());
    for source in [Source::Setting, Source::SpecialUse, Source::Xlist] {
        assert!(!source.is_guess());
    }
}

#[test]
fn there_are_thirty_languages_with_five_uses_each() {
    let File { list, vendor } = read();
    assert!(list.len() >= 30, "{}", list.len());
    let mut ids = HashSet::new();
    for language in list {
        assert!(ids.insert(language.id.clone()), "{} is there twice", language.id);
        let (name, uses) = Vendor::from(language).names();
        for (special_use, names) in uses {
            assert!(!names.is_empty(), "{name} has no name for {special_use:?}");
        }
    }
    for (name, uses) in vendor.into_iter().map(Vendor::names) {
        assert!(uses.iter().any(|(_, names)| !names.is_empty()), "{name} has none at all");
    }
}

#[test]
fn no_name_stands_for_two_uses() {
    let File { list, vendor } = read();
    let mut known: HashMap<String, (SpecialUse, String)> = HashMap::new();
    for vendor in list.into_iter().map(Vendor::from).chain(vendor) {
        let (usual, uses) = vendor.names();
        for (special_use, names) in uses {
            let mut own = HashSet::new();
            for name in names {
                assert!(name.nfc().eq(name.chars()), "{name:?} is not in normal form");
                assert!(!name.contains(['/', '\\']) && name.trim() == name, "{name:?}");
                let folded = fold(&name);
                assert_ne!(folded, "inbox");
                assert!(own.insert(folded.clone()), "{name:?} is there twice in {usual}");
                let (first, first_usual) =
                    known.entry(folded).or_insert_with(|| (special_use.clone(), usual.clone()));
                assert_eq!(*first, special_use, "{name:?} of {usual} and {first_usual}");
            }
        }
    }
}

proptest! {
    #[test]
    fn folding_is_done_once(name in "\\PC{0,16}") {
        let folded = fold(&name);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn every_name_is_found_in_any_dress(
        at in any::<prop::sample::Index>(),
        parent in prop::sample::select(vec!["", "INBOX/", "inbox/", "[Gmail]/", "[Google Mail]/"]),
        capital in any::<bool>(),
        decomposed in any::<bool>(),
    ) {
        let mut known: Vec<_> = read().list.into_iter().map(Vendor::from).flat_map(|list| list.names().1)
            .flat_map(|(special_use, names)| names.into_iter().map(move |name| (special_use.clone(), name)))
            .collect();
        let (special_use, mut name) = known.swap_remove(at.index(known.len()));
        if capital {
            name = name.to_uppercase();
        }
        if decomposed {
            name = name.nfd().collect();
        }
        let name = format!("{parent}{name}");
        let rows = rows(&["INBOX", &name, "Work"]);
        for other in [SpecialUse::Sent, SpecialUse::Drafts, SpecialUse::Trash, SpecialUse::Junk, SpecialUse::Archive] {
            let found = find(&rows, &other);
            if other == special_use {
                let Finding::One(found) = found else { panic!("{found:?} for {name}") };
                prop_assert_eq!(found.mailbox.as_str(), &name);
                prop_assert!(found.source.is_guess());
            } else {
                prop_assert_eq!(found, Finding::None);
            }
        }
    }

    #[test]
    fn nothing_is_found_that_is_not_there(
        names in prop::collection::vec("(INBOX/|a/)?(Trash|Bin|Sent|\\PC{1,6})", 0..6),
        marked in any::<prop::sample::Index>(),
    ) {
        let mut rows = rows(&names.iter().map(String::as_str).collect::<Vec<_>>());
        if !rows.is_empty() {
            let at = marked.index(rows.len());
            rows[at].attributes.push(ListAttribute::Trash);
            let name = rows[at].name.clone();
            let is_one = matches!(find(&rows, &SpecialUse::Trash), Finding::One(Match { mailbox, source: Source::SpecialUse }) if mailbox == name);
            prop_assert!(is_one);
        }
        for special_use in [SpecialUse::Trash, SpecialUse::Sent, SpecialUse::Flagged] {
            match find(&rows, &special_use) {
                Finding::One(found) => prop_assert!(rows.iter().any(|row| row.name == found.mailbox)),
                Finding::Several(found) => {
                    let names: HashSet<_> = found.iter().map(|one| one.mailbox.clone()).collect();
                    prop_assert!(found.len() >= 2 && names.len() == found.len());
                    prop_assert!(names.iter().all(|name| rows.iter().any(|row| row.name == *name)));
                }
                Finding::Missing(name) => prop_assert!(false, "{:?}", name),
                Finding::None => {}
            }
        }
    }
}
