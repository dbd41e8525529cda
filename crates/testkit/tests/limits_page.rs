//! `docs/limits.md` says what the code says.

use std::collections::BTreeSet;
use std::fs;

use tayori_testkit::fixture;

/// The file and the words in it that each row of the page names.
fn rows() -> Vec<(String, String, String)> {
    let page = fs::read_to_string(fixture::repository().join("docs/limits.md")).expect("the page is there");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [what, limit, _, _, place] = cells[..] else { panic!("not five cells: {row}") };
        assert!(!what.is_empty() && !limit.is_empty(), "{row}");
        let quoted: Vec<&str> = place.split('`').collect();
        let ["", file, " ", words, ""] = quoted[..] else { panic!("where is it? {row}") };
        (row.to_owned(), file.to_owned(), words.to_owned())
    })
    .collect()
}

#[test]
fn each_limit_is_what_the_page_says() {
    let rows = rows();
    assert!(rows.len() > 25, "only {} rows", rows.len());
    for (row, file, words) in rows {
        let text = fs::read_to_string(fixture::repository().join(&file)).unwrap_or_else(|_| panic!("{row}"));
        let found = text.match_indices(&words).any(|(at, _)| {
            let behind = text[at + words.len()..].chars().next();
            behind.is_some_and(|next| matches!(next, ',' | ';' | ' ' | '}'))
        });
        assert!(found, "{file} does not say {words}: {row}");
    }
}

/// A limit that can be set is on the page.
#[test]
fn no_limit_is_forgotten() {
    let told: BTreeSet<_> = rows()
        .into_iter()
        .filter_map(|(_, file, words)| Some((file, words.split_once(':')?.0.to_owned())))
        .collect();
    for file in ["crates/proto/src/limits.rs", "crates/client/src/limits.rs"] {
        let text = fs::read_to_string(fixture::repository().join(file)).expect("the limits have files");
        // How long farewells last and a handshake may take is told with others.
        let settable = text.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "));
        for (name, _) in settable.filter(|(name, _)| !name.contains(' ')) {
            if ["logout", "handshake", "protocol"].contains(&name) {
                continue;
            }
            assert!(told.contains(&(file.to_owned(), name.to_owned())), "{file}: {name} is not told");
        }
    }
}
