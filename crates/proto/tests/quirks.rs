//! The gate: what real servers send that they should not (`fixtures/quirks/`) costs no session, no row, and at most one
//! item of a row.

use std::path::Path;

use tayori_testkit::quirk::{self, Outcome, Row, Verdict};

#[test]
fn no_quirk_costs_more_than_it_must() {
    let mut rows = 0;
    let mut failures = Vec::new();
    for path in quirk::files().expect("the folder is in the repository") {
        rows += check(&path, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(rows >= 207, "only {rows} rows");
}

fn check(path: &Path, failures: &mut Vec<String>) -> usize {
    let rows = match Row::load(path) {
        Ok(rows) => rows,
        Err(error) => {
            failures.push(error.to_string());
            return 0;
        }
    };
    let mut outcomes = Vec::new();
    for row in &rows {
        match row.play() {
            Ok(outcome) => {
                failures.extend(judge(row, &outcome).map(|problem| {
                    format!("{} ({:?}): {problem}\n{}", row.name, row.verdict, outcome.events.join("\n"))
                }));
                outcomes.push((row, outcome));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    let outcomes = outcomes.iter().map(|(row, outcome)| (*row, outcome));
    failures.extend(quirk::compare(path, outcomes).err().map(|error| error.to_string()));
    rows.len()
}

/// What is wrong with the outcome of a row.
fn judge(row: &Row, outcome: &Outcome) -> Option<String> {
    let count = |words: &str| outcome.events.iter().map(|event| event.matches(words).count()).sum::<usize>();
    let (closed, repairs) = (count("Closed("), count("Repair {"));
    let (items, lines, unknown) =
        (count(", Invalid {"), count("response: Invalid("), count("response: Unknown("));
    let items = items + count("[Invalid {") + count("UnreadThread {");
    let says = |problem: &str| Some(problem.to_owned());
    match row.verdict {
        Verdict::Fail if closed == 0 => return says("the session goes on"),
        Verdict::Fail => return None,
        _ if !outcome.goes_on => return says("the session does not go on"),
        _ => {}
    }
    match row.verdict {
        Verdict::Ok if repairs + lines + items + unknown > 0 => says("it is legal, and was not read as such"),
        Verdict::Recover if lines + items > 0 => says("it was not read"),
        Verdict::Skip if lines + unknown + count("ForeignTag") == 0 => says("it was not passed over"),
        Verdict::ItemFail if lines + items == 0 => says("nothing was reported as broken"),
        _ if items > 1 => says("more than one item of the row is lost"),
        _ => None,
    }
}
