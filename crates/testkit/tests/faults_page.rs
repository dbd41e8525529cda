//! Each test that `docs/faults.md` and the table of failures in `docs/accounts.md` name is there.

use std::fs;

use tayori_testkit::fixture;

fn page(name: &str) -> String {
    fs::read_to_string(fixture::repository().join("docs").join(name)).expect("the page is there")
}

/// The last cell of each row: where the tests are.
fn places(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what happens"));
    rows.flat_map(|row| {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let places: Vec<_> = cell.split('`').filter(|place| place.contains('/')).map(str::to_owned).collect();
        assert!(!places.is_empty(), "nothing shows it: {row}");
        places
    })
    .collect()
}

#[test]
fn each_fault_has_its_test() {
    let places = places(&page("faults.md"));
    assert!(places.len() > 80, "only {} places", places.len());
    check(places);
}

#[test]
fn each_failure_of_an_account_has_its_test() {
    let page = page("accounts.md");
    let (_, failures) =
        page.split_once("\n## When it does not work\n").expect("they have a part of their own");
    let (failures, _) = failures.split_once("\n## ").expect("another part follows");
    let places = places(failures);
    assert!(places.len() > 20, "only {} places", places.len());
    check(places);
}

#[track_caller]
fn check(places: Vec<String>) {
    for place in places {
        let (file, name) = place.split_once(':').map_or((&*place, None), |(file, name)| (file, Some(name)));
        let text = fs::read_to_string(fixture::repository().join(file)).unwrap_or_else(|_| panic!("{place}"));
        let has =
            |line: &str, name: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['(', ' ']));
        let found = name.is_none_or(|name| {
            text.lines().any(|line| {
                let line = line.trim_start();
                let line = line.strip_prefix("async ").unwrap_or(line);
                ["fn ", "= "].iter().any(|word| line.strip_prefix(word).is_some_and(|line| has(line, name)))
            })
        });
        assert!(found, "there is no {place}");
    }
}
