//! `rfc/index.tsv` says what of which standard is done, and where; the code says the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tayori_testkit::fixture;

struct Entry {
    line: usize,
    rfc: u32,
    section: String,
    states: Vec<String>,
    places: Vec<String>,
}

const HEAD: &str = "rfc\tsection\twhat\tgrammar\tclient\tserver\twhere";
/// `part`: some of it; `later`: it is meant to be done; `none`: it is not meant to be, or not yet.
const STATES: [&str; 4] = ["done", "part", "later", "none"];

fn entries() -> Vec<Entry> {
    let text = fs::read_to_string(fixture::repository().join("rfc/index.tsv")).expect("the index is there");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEAD));
    lines.enumerate().map(|(index, line)| entry(index + 2, line)).collect()
}

fn entry(line: usize, text: &str) -> Entry {
    let cells: Vec<&str> = text.split('\t').collect();
    let [rfc, section, what, grammar, client, server, places] = cells[..] else {
        panic!("line {line} has {} cells", cells.len());
    };
    assert!(!what.is_empty(), "line {line} does not say what");
    Entry {
        line,
        rfc: rfc.parse().unwrap_or_else(|_| panic!("line {line}: {rfc} is no number")),
        section: section.to_owned(),
        states: [grammar, client, server].map(str::to_owned).into(),
        places: places.split_ascii_whitespace().map(str::to_owned).collect(),
    }
}

#[test]
fn each_entry_is_where_it_says() {
    for Entry { line, rfc, section, states, places } in entries() {
        for state in &states {
            assert!(STATES.contains(&&**state), "line {line}: {state}");
        }
        let is_done = states.iter().any(|state| state == "done" || state == "part");
        assert_eq!(is_done, !places.is_empty(), "line {line}: where is it?");
        for (index, place) in places.iter().enumerate() {
            // The first is where it is written down; the others use it.
            let section = if index == 0 { &*section } else { "-" };
            let file = fixture::repository().join(place);
            let text =
                fs::read_to_string(&file).unwrap_or_else(|error| panic!("line {line}: {place}: {error}"));
            let cited = cited(&text);
            let said = cited.iter().any(|(cited, at)| *cited == rfc && is_within(at, section));
            assert!(said, "line {line}: {place} does not speak of RFC {rfc} section {section}");
        }
    }
}

#[test]
fn the_index_is_in_order_and_says_nothing_twice() {
    let order = |entry: &Entry| {
        let section: Vec<i64> = entry.section.split('.').map(|part| part.parse().unwrap_or(-1)).collect();
        (entry.rfc, section)
    };
    let entries = entries();
    assert!(entries.len() > 90, "only {} entries", entries.len());
    assert!(entries.windows(2).all(|pair| order(&pair[0]) <= order(&pair[1])));
}

/// Whatever standard of IMAP the code rests on is in the index.
#[test]
fn no_standard_is_forgotten() {
    // Of mail, of text, of TLS, of proxies, of what this project takes from elsewhere.
    const OTHERS: [u32; 47] = [
        1035, 1468, 1928, 1929, 1951, 2045, 2046, 2047, 2086, 2087, 2104, 2183, 2231, 2557, 2606, 3156, 3282,
        3454, 3464, 3834, 3986, 4155, 4466, 4467, 4469, 5051, 5056, 5092, 5246, 5280, 5321, 5322, 6331, 6532,
        6750, 6855, 7301, 7617, 8314, 8440, 8446, 8457, 8996, 9110, 9112, 9155, 9325,
    ];
    let known: BTreeSet<u32> = entries().into_iter().map(|entry| entry.rfc).chain(OTHERS).collect();
    let mut forgotten = BTreeSet::new();
    for layer in ["proto", "client", "server"] {
        let mut files = Vec::new();
        rust_files(&fixture::repository().join("crates").join(layer).join("src"), &mut files);
        assert!(files.len() > 10);
        for file in files {
            let text = fs::read_to_string(&file).expect("source files are UTF-8");
            forgotten.extend(cited(&text).into_iter().map(|(rfc, _)| rfc).filter(|rfc| !known.contains(rfc)));
        }
    }
    forgotten.remove(&9590);
    assert_eq!(forgotten, BTreeSet::new());
}

/// Every `RFC n section s` of a text; without a section, `-`.
fn cited(text: &str) -> Vec<(u32, String)> {
    // A citation may go on in the next line of a comment.
    let text = text
        .lines()
        .map(|line| line.trim_start().trim_start_matches(['/', '!', ' ']))
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    for rest in text.split("RFC ").skip(1) {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Ok(rfc) = digits.parse() else { continue };
        found.push((rfc, "-".to_owned()));
        let rest = rest[digits.len()..].trim_start();
        let Some(rest) = rest.strip_prefix("sections ").or_else(|| rest.strip_prefix("section ")) else {
            continue;
        };
        for word in rest.split(' ').take(5) {
            let section: String = word.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            if section.is_empty() && word != "and" {
                break;
            }
            found.push((rfc, section.trim_end_matches('.').to_owned()));
        }
    }
    found
}

/// Whether a cited section is the one, or a part of it.
fn is_within(cited: &str, section: &str) -> bool {
    section == "-"
        || cited == section
        || cited.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the layers have folders") {
        let path = entry.expect("folders of sources can be listed").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn citations_are_found_in_every_form() {
    let text = "/// (RFC 9051 section 6.4.5, RFC 7162\n/// section 3.1.4.1), RFC 9394 sections 3.3 and 3.4; RFC 2177";
    let expected = [(9051, "-"), (9051, "6.4.5"), (7162, "-"), (7162, "3.1.4.1"), (9394, "-"), (9394, "3.3")];
    let found = cited(text);
    for (rfc, section) in expected {
        assert!(found.contains(&(rfc, section.to_owned())), "{rfc} {section}: {found:?}");
    }
    assert!(is_within("3.1.4.1", "3.1") && !is_within("3.10", "3.1") && is_within("x", "-"));
}
