//! What the server would be asked, and what would be done here.

use std::fmt::Write as _;

use crate::cli::Sorting;
use crate::escape::escape_str;
use crate::selection::Wanted;

pub(super) fn page(wanted: &Wanted, sorting: Option<&Sorting>) -> String {
    let mut page = String::from("The server is asked:\n");
    let _ = writeln!(page, "  UID SEARCH {}", escape_str(&wanted.asked()));
    if wanted.is_looked_at_here() {
        page += "Then, here:\n  whether there is an attachment, from the structure of each message for which it matters\n\
                 \x20 (Gmail is asked for that, too)\n";
    }
    if let Some(last) = wanted.last() {
        let _ = writeln!(page, "Of what is found, the last {last} by UID.");
    }
    if sorting.is_some() {
        page += "It is sorted by the server (UID SORT) where it can, else here.\n";
    }
    page
}
