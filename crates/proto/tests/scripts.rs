//! The scripts of `fixtures/transcripts/`, each under every chunking of the server's octets and cut at every octet.

use tayori_testkit::{fixture, script};

/// Runs all scripts of one folder.
fn check(group: &str) {
    let scripts = fixture::transcripts(group).expect("the folder is in the repository");
    assert!(!scripts.is_empty(), "no scripts in {group}");
    let failures: Vec<_> =
        scripts.iter().filter_map(|path| script::check(path).err()).map(|error| error.to_string()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_session_with_gmail_ends_with_the_mail() {
    check("gmail");
}

#[test]
fn the_mail_of_that_session_has_388_octets() {
    let mail = std::fs::read(fixture::repository().join("fixtures/mails/iso-2022-jp.eml")).unwrap();
    assert_eq!(mail.len(), 388);
}

#[test]
fn the_examples_of_the_rfcs() {
    check("rfc");
}

#[test]
fn deviations_seen_in_the_wild() {
    check("deviations");
}

#[test]
fn what_ends_commands_and_what_does_not() {
    check("session");
}

#[test]
fn bad_input_costs_what_it_spoils_and_no_more() {
    check("bad-input");
}

#[test]
fn no_folder_of_scripts_is_forgotten() {
    let mut folders: Vec<_> = std::fs::read_dir(fixture::repository().join("fixtures/transcripts"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, ["bad-input", "deviations", "gmail", "rfc", "session"]);
}
