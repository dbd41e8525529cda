//! `docs/quirks.md` is written from the tables of the library; `UPDATE_GOLDEN=1` in the environment writes it anew.

use std::fmt::Write as _;

use tayori_proto::profile::{Behaviour, Vendor};
use tayori_proto::quirk::Quirk;
use tayori_testkit::fixture;

#[test]
fn the_page_says_what_the_tables_say() {
    let path = fixture::repository().join("docs/quirks.md");
    let page = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&path, &page).expect("the folder is in the repository");
    }
    let written = std::fs::read_to_string(&path).expect("the page is in the repository");
    assert!(written == page, "docs/quirks.md is out of date: UPDATE_GOLDEN=1 writes it anew");
}

const HEAD: &str = "\
# Quirks

What servers do that the standards do not have, and what is done about it. This page is written from the tables in
`crates/proto/src/quirk.rs` and `crates/proto/src/profile/` by `UPDATE_GOLDEN=1 cargo nextest run -p tayori-proto --test quirk_page`.

There are two kinds. A broken *grammar* is always read, since reading it costs nothing with any other server; what was read
with such help carries a `Repair` that names it, and `fixtures/quirks/` has what was seen, with what it must mean. A *behaviour*
of its own calls for another way of asking, which would be wrong elsewhere: it is chosen for each connection from what the server says of
itself, some are learned while the connection lives, and each can be set by its word.

";

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("## Behaviours\n\n| word | who | seen | what is done |\n|---|---|---|---|\n");
    for behaviour in Behaviour::ALL {
        let evidence = behaviour.evidence();
        let mut who: Vec<String> = evidence.vendors.iter().map(|vendor| format!("{vendor:?}")).collect();
        who.extend((!evidence.others.is_empty()).then(|| evidence.others.to_owned()));
        row(
            &mut page,
            &[&format!("`{}`", behaviour.word()), &who.join(", "), evidence.seen, evidence.remedy],
        );
    }
    page.push_str("\n## How servers are recognized\n\nThe first sign counts: a capability that only one service has, then the name in ID, then the greeting.\n\n| server | signs |\n|---|---|\n");
    for vendor in Vendor::all() {
        row(&mut page, &[&format!("{vendor:?}"), &vendor.signs()]);
    }
    page.push_str("\n## Grammar\n\n| name | who | sample | breaks |\n|---|---|---|---|\n");
    for quirk in Quirk::ALL {
        let evidence = quirk.evidence();
        let sample = format!("`{}`", shown(evidence.sample));
        row(&mut page, &[&format!("{quirk:?}"), evidence.servers, &sample, evidence.breaks]);
    }
    page
}

fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(page, "| {} ", cell.replace('|', "\\|"));
    }
    page.push_str("|\n");
}

/// One line, and not more of it than a table can hold.
fn shown(sample: &str) -> String {
    const MOST: usize = 160;
    let shown =
        sample.escape_default().to_string().replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
    match shown.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &shown[..at]),
        None => shown,
    }
}
