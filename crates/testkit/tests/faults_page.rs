//! Each test that `docs/faults.md` names is there.

use std::fs;

use tayori_testkit::fixture;

/// The last cell of each row: where the tests are.
fn places() -> Vec<String> {
    let page = fs::read_to_string(fixture::repository().join("docs/faults.md")).expect("the page is there");
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
    let places = places();
    assert!(places.len() > 80, "only {} places", places.len());
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
