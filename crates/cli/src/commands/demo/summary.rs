//! What was fetched, as a table.

use std::fs;
use std::time::Duration;

use crate::count::count;
use crate::table::{self, Column, Width};
use indicatif::{BinaryBytes, HumanCount};

/// A mailbox that was fetched.
pub(super) struct Row {
    pub(super) mailbox: String,
    pub(super) mails: u64,
    pub(super) octets: u64,
}

/// A line for each mailbox and one for all. Long names are cut so that no line breaks.
pub(super) fn table(rows: &[Row], width: Width) -> String {
    let line = |name: &str, mails, octets| {
        vec![name.to_owned(), HumanCount(mails).to_string(), HumanCount(octets).to_string()]
    };
    let mailboxes = count(rows.len() as u64, "mailbox", "mailboxes");
    let all =
        line(&mailboxes, rows.iter().map(|row| row.mails).sum(), rows.iter().map(|row| row.octets).sum());
    let of_each = rows.iter().map(|row| line(&row.mailbox, row.mails, row.octets));
    let columns = [("mailbox", Column::TEXT), ("mails", Column::NUMBER), ("bytes", Column::NUMBER)];
    table::table(&columns, of_each.chain([all]), width)
}

/// How long it took and what it cost.
pub(super) fn cost(elapsed: Duration, peak: Option<u64>) -> String {
    let memory = match peak {
        Some(octets) => format!("peak memory {}", BinaryBytes(octets)),
        None => "peak memory not known on this system".to_owned(),
    };
    format!("{:.1} seconds, {memory}", elapsed.as_secs_f64())
}

/// The most memory that this process has had resident, in octets. `None` where the system does not tell in a file.
pub(super) fn peak_memory() -> Option<u64> {
    parse_peak(&fs::read_to_string("/proc/self/status").ok()?)
}

fn parse_peak(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    value.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn rows() -> Vec<Row> {
        let row = |mailbox: &str, mails, octets| Row { mailbox: mailbox.to_owned(), mails, octets };
        vec![
            row("INBOX", 93, 1_234),
            row("日本語のメール", 7, 52_428_800),
            row("Lists/rust-users-and-more", 1_000, 0),
        ]
    }

    #[track_caller]
    fn check(width: Width, expected: &[&str]) {
        let table = table(&rows(), width);
        assert_eq!(table.lines().collect::<Vec<_>>(), expected);
        let widths: Vec<usize> = table.lines().map(|line| line.width()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let full = [
            "mailbox                    mails       bytes",
            "INBOX                         93       1,234",
            "日本語のメール                 7  52,428,800",
            "Lists/rust-users-and-more  1,000           0",
            "3 mailboxes                1,100  52,430,034",
        ];
        check(Width::Any, &full);
        check(Width::Columns(80), &full);
        check(Width::Columns(44), &full);
    }

    #[test]
    fn names_are_cut_before_a_line_breaks() {
        check(
            Width::Columns(32),
            &[
                "mailbox        mails       bytes",
                "INBOX             93       1,234",
                "日本語のメー…      7  52,428,800",
                "Lists/rust-u…  1,000           0",
                "3 mailboxes    1,100  52,430,034",
            ],
        );
        let narrow = [
            "mailbox   mails       bytes",
            "INBOX        93       1,234",
            "日本語…       7  52,428,800",
            "Lists/r…  1,000           0",
            "3 mailb…  1,100  52,430,034",
        ];
        for columns in [27, 26, 1, 0] {
            check(Width::Columns(columns), &narrow);
        }
    }

    #[test]
    fn names_cannot_drive_a_terminal() {
        let rows = [Row { mailbox: "a\u{1b}[2J".to_owned(), mails: 1, octets: 1 }];
        assert!(table(&rows, Width::Any).contains("a\\x1b[2J "));
        assert!(table(&rows, Width::Any).ends_with("1 mailbox      1      1\n"));
    }

    #[test]
    fn costs_are_told_in_few_digits() {
        let check =
            |millis, peak, expected: &str| assert_eq!(cost(Duration::from_millis(millis), peak), expected);
        check(1_940, Some(20 << 20), "1.9 seconds, peak memory 20.00 MiB");
        check(20, None, "0.0 seconds, peak memory not known on this system");
    }

    #[test]
    fn the_peak_is_read_from_the_status_of_the_process() {
        assert_eq!(parse_peak("Name:\ttayori\nVmHWM:\t   20480 kB\nVmRSS:\t 1 kB\n"), Some(20 << 20));
        for status in
            ["", "VmRSS:\t1 kB\n", "VmHWM:\t1\n", "VmHWM:\tx kB\n", "VmHWM: 99999999999999999999 kB\n"]
        {
            assert_eq!(parse_peak(status), None, "{status}");
        }
        if cfg!(target_os = "linux") {
            assert!(peak_memory().is_some_and(|octets| octets > 1 << 20));
        }
    }
}
