//! What was fetched, as a table.

use std::fs;
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::escape::escape_str;

/// A mailbox that was fetched.
pub(super) struct Row {
    pub(super) mailbox: String,
    pub(super) mails: u64,
    pub(super) octets: u64,
}

/// How wide a table may be, in columns of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Any,
    Columns(u16),
}

impl Width {
    /// That of the terminal, if stdout is one.
    pub(super) fn of_stdout() -> Self {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        size.map_or(Self::Any, |(width, _)| Self::Columns(width.0))
    }
}

/// Names are not cut to less than this: without them the numbers say nothing.
const LEAST_NAME: usize = 8;

/// What stands between the columns.
const GAP: &str = "  ";

/// A line for each mailbox and one for all. Long names are cut so that no line breaks.
pub(super) fn table(rows: &[Row], width: Width) -> String {
    let count = |number: u64| HumanCount(number).to_string();
    let head = ["mailbox".to_owned(), "mails".to_owned(), "bytes".to_owned()];
    let of_row = |row: &Row| [escape_str(&row.mailbox).into_owned(), count(row.mails), count(row.octets)];
    let all = [
        match rows.len() {
            1 => "1 mailbox".to_owned(),
            many => format!("{many} mailboxes"),
        },
        count(rows.iter().map(|row| row.mails).sum()),
        count(rows.iter().map(|row| row.octets).sum()),
    ];
    let lines: Vec<[String; 3]> = [head].into_iter().chain(rows.iter().map(of_row)).chain([all]).collect();
    let widest = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or(0);
    let (mails, octets) = (widest(1), widest(2));
    let name = match width {
        Width::Any => widest(0),
        Width::Columns(columns) => {
            let room = usize::from(columns).saturating_sub(mails + octets + 2 * GAP.len());
            widest(0).min(room.max(LEAST_NAME))
        }
    };
    let line = |[mailbox, number, size]: &[String; 3]| {
        let mailbox = cut(mailbox, name);
        let fill = " ".repeat(name - mailbox.width());
        format!("{mailbox}{fill}{GAP}{number:>mails$}{GAP}{size:>octets$}\n")
    };
    lines.iter().map(line).collect()
}

/// The text, or its beginning with a mark that it was cut, in at most so many columns.
fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let fits = |character: &char| {
        let width = character.width().unwrap_or(0);
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    };
    let beginning: String = text.chars().take_while(fits).collect();
    format!("{beginning}…")
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
