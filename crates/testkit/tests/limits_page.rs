//! The tables of limits say what the code says: all of `docs/limits.md`, and that of `docs/server.md`.

use std::collections::BTreeSet;
use std::fs;

use tayori_testkit::fixture;

fn read(path: &str) -> String {
    fs::read_to_string(fixture::repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The file and the words in it that each row of the tables names.
fn rows() -> Vec<(String, String, String)> {
    let (page, server) = (read("docs/limits.md"), read("docs/server.md"));
    let (_, server) = server.split_once("\n## Limits\n").expect("the page of the server has limits");
    let server = server.split("\n## ").next().unwrap_or_default();
    let rows = page.lines().chain(server.lines());
    let rows = rows.filter(|line| line.starts_with("| ") && !line.starts_with("| what"));
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
    assert!(rows.len() > 50, "only {} rows", rows.len());
    for (row, file, words) in rows {
        let text = read(&file);
        let found = text.match_indices(&words).any(|(at, _)| {
            let behind = text[at + words.len()..].chars().next();
            behind.is_some_and(|next| matches!(next, ',' | ';' | ' ' | '}'))
        });
        assert!(found, "{file} does not say {words}: {row}");
    }
}

/// A limit that can be set, or has a place among those, is on a page.
#[test]
fn no_limit_is_forgotten() {
    let told: BTreeSet<_> = rows()
        .into_iter()
        .filter_map(|(_, file, words)| Some((file, words.split_once(':')?.0.to_owned())))
        .collect();
    for file in [
        "crates/proto/src/limits.rs",
        "crates/client/src/limits.rs",
        "crates/server/src/limits.rs",
        "crates/server/src/memory/limits.rs",
    ] {
        let text = read(file);
        let names = text.lines().filter_map(|line| {
            let line = line.trim();
            let named = line.strip_prefix("pub(crate) const ").or_else(|| line.strip_prefix("pub "))?;
            Some(named.split_once(": ")?.0)
        });
        for name in names.filter(|name| !name.contains(' ')) {
            // How long farewells of a client last and a handshake may take is told with others.
            if ["logout", "handshake", "protocol"].contains(&name) {
                continue;
            }
            assert!(told.contains(&(file.to_owned(), name.to_owned())), "{file}: {name} is not told");
        }
    }
}
