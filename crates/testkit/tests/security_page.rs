//! The tables of attacks in `docs/security.md` name each test of `crates/client/tests/attacks`, and no others; and the
//! page names the options that it tells of as the program has them.

use std::collections::BTreeSet;
use std::fs;

use tayori_testkit::fixture;

fn read(path: &str) -> String {
    fs::read_to_string(fixture::repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Words in backticks that begin like a test of an attack.
fn told(page: &str) -> BTreeSet<String> {
    let words = page.split('`').filter(|word| word.starts_with("attack_") || word.starts_with("class_"));
    words.map(str::to_owned).collect()
}

fn tests() -> BTreeSet<String> {
    let files = ["numbered.rs", "on_server.rs", "classes.rs"];
    let texts = files.map(|file| read(&format!("crates/client/tests/attacks/{file}")));
    let names = texts.iter().flat_map(|text| text.lines()).filter_map(|line| {
        let name = line.strip_prefix("async fn ")?.split('(').next()?;
        (name.starts_with("attack_") || name.starts_with("class_")).then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn the_table_of_attacks_is_that_of_the_tests() {
    assert_eq!(told(&read("docs/security.md")), tests());
}

#[test]
fn each_number_has_a_row_and_a_test() {
    let (page, tests) = (read("docs/security.md"), tests());
    for number in 1..=14 {
        assert!(page.contains(&format!("\n| {number}: ")), "{number} has no row");
        let prefix = format!("attack_{number:02}_");
        assert!(tests.iter().any(|test| test.starts_with(&prefix)), "{number} has no test");
    }
}

#[test]
fn the_options_of_the_page_are_those_of_the_program() {
    let (page, options) = (read("docs/security.md"), read("crates/cli/src/cli/access.rs"));
    for option in
        ["client-cert", "client-key", "tls-min", "alpn", "proxy", "tunnel", "ca-file", "fingerprint"]
    {
        assert!(page.contains(&format!("`--{option}")), "--{option} is not told");
        let field = option.replace('-', "_");
        assert!(options.contains(&format!("\n    {field}: Option<")), "there is no --{option}");
    }
}
