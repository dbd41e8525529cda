//! Tables for people: columns that are as wide as they look, in lines that do not break.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::escape::escape_str;

/// How wide a table may be, in columns of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Any,
    Columns(u16),
}

impl Width {
    /// That of the terminal, if stdout is one.
    pub(crate) fn of_stdout() -> Self {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        size.map_or(Self::Any, |(width, _)| Self::Columns(width.0))
    }
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    align: Align,
    narrow: Narrow,
}

/// What becomes of a column where a line would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Narrow {
    /// It stays as it is.
    Kept,
    /// It is cut.
    Cut,
    /// It is left out.
    LeftOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// Text is not cut to less than this: it would say nothing any more.
const LEAST: usize = 8;

/// Before text is cut to less than this, columns that can be done without are left out.
const READABLE: usize = 16;

impl Column {
    /// Text that can be cut.
    pub(crate) const TEXT: Self = Self { align: Align::Left, narrow: Narrow::Cut };
    /// Text that is short, and says nothing once it is cut.
    pub(crate) const WORD: Self = Self { align: Align::Left, narrow: Narrow::Kept };
    pub(crate) const NUMBER: Self = Self { align: Align::Right, narrow: Narrow::Kept };

    /// The same, left out where the terminal is too narrow for all.
    pub(crate) const fn if_there_is_room(self) -> Self {
        Self { narrow: Narrow::LeftOut, ..self }
    }
}

/// What stands between the columns.
const GAP: &str = "  ";

/// A line with the names of the columns, and what [`unnamed`] makes of the rows below it. A column has to have more
/// than its name to be shown.
pub(crate) fn table(
    columns: &[(&str, Column)],
    rows: impl IntoIterator<Item = Vec<String>>,
    width: Width,
) -> String {
    let (names, columns): (Vec<_>, Vec<_>) =
        columns.iter().map(|(name, column)| ((*name).to_owned(), *column)).unzip();
    lines(&columns, Some(names), rows, width)
}

/// A line for each row, whose cells are escaped here. Where a line would break, columns that can be done without are
/// left out, the last one first, and the widest text is cut. Columns that are empty in all rows are left out.
pub(crate) fn unnamed(
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<String>>,
    width: Width,
) -> String {
    lines(columns, None, rows, width)
}

fn lines(
    columns: &[Column],
    names: Option<Vec<String>>,
    rows: impl IntoIterator<Item = Vec<String>>,
    width: Width,
) -> String {
    let above = usize::from(names.is_some());
    let escaped = |row: Vec<String>| row.iter().map(|cell| escape_str(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = names.into_iter().chain(rows).map(escaped).collect();
    let widest = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    let is_used =
        |index: usize| rows.iter().skip(above).any(|row| row.get(index).is_some_and(|cell| !cell.is_empty()));
    let shown = (0..columns.len()).filter(|index| is_used(*index));
    let mut shown: Vec<Shown> =
        shown.map(|index| Shown { index, column: columns[index], width: widest(index) }).collect();
    if let Width::Columns(room) = width {
        leave_out(&mut shown, room.into());
        narrow(&mut shown, room.into());
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (place, Shown { index, column, width }) in shown.iter().enumerate() {
            if place > 0 {
                line.push_str(GAP);
            }
            let cell = cut(row.get(*index).map_or("", String::as_str), *width);
            let fill = " ".repeat(width.saturating_sub(cell.width()));
            match column.align {
                Align::Left => line.extend([cell.as_str(), fill.as_str()]),
                Align::Right => line.extend([fill.as_str(), cell.as_str()]),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A column that is shown.
struct Shown {
    index: usize,
    column: Column,
    width: usize,
}

impl Shown {
    /// Its width where text is cut to `least`.
    fn cut_to(&self, least: usize) -> usize {
        if self.column.narrow == Narrow::Cut { self.width.min(least) } else { self.width }
    }
}

/// What lines take where text is cut to `least`.
fn taken(shown: &[Shown], least: usize) -> usize {
    let gaps = GAP.len() * shown.len().saturating_sub(1);
    gaps + shown.iter().map(|it| it.cut_to(least)).sum::<usize>()
}

/// Takes out what can be done without, until the rest can be read.
fn leave_out(shown: &mut Vec<Shown>, room: usize) {
    while taken(shown, READABLE) > room
        && let Some(last) = shown.iter().rposition(|it| it.column.narrow == Narrow::LeftOut)
    {
        shown.remove(last);
    }
}

/// Takes from the widest text what is too much.
fn narrow(shown: &mut [Shown], room: usize) {
    while taken(shown, usize::MAX) > room {
        let text = shown.iter_mut().filter(|it| it.column.narrow == Narrow::Cut && it.width > LEAST);
        let Some(widest) = text.max_by_key(|it| it.width) else {
            return;
        };
        // One at a time, so that two wide ones end up alike; there are a few hundred at most.
        widest.width -= 1;
    }
}

/// The text, or its beginning with a mark that it was cut, in at most so many columns.
pub(crate) fn cut(text: &str, columns: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[&[&str]], width: Width, expected: &[&str]) {
        let table = table(COLUMNS, rows.iter().map(|row| owned(row)), width);
        assert_eq!(table.lines().collect::<Vec<_>>(), expected);
    }

    fn owned(row: &[&str]) -> Vec<String> {
        row.iter().map(|&cell| cell.to_owned()).collect()
    }

    const COLUMNS: &[(&str, Column)] = &[
        ("mailbox", Column::TEXT),
        ("use", Column::WORD),
        ("mails", Column::NUMBER),
        ("subject", Column::TEXT),
    ];

    const ROWS: &[&[&str]] = &[
        &["INBOX", "", "93", "Plans for the summer"],
        &["日本語のメール", "\\Junk", "1,000", "e\u{301}t\u{e9}"],
        &["a\u{1b}[2J", "", "", "short"],
    ];

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let full = [
            "mailbox         use    mails  subject",
            "INBOX                     93  Plans for the summer",
            "日本語のメール  \\Junk  1,000  e\u{301}t\u{e9}",
            "a\\x1b[2J                      short",
        ];
        check(ROWS, Width::Any, &full);
        check(ROWS, Width::Columns(80), &full);
        check(ROWS, Width::Columns(50), &full);
    }

    #[test]
    fn the_widest_text_is_cut_before_a_line_breaks() {
        check(
            ROWS,
            Width::Columns(40),
            &[
                "mailbox       use    mails  subject",
                "INBOX                   93  Plans for t…",
                "日本語のメ…   \\Junk  1,000  e\u{301}t\u{e9}",
                "a\\x1b[2J                    short",
            ],
        );
        for columns in [32, 20, 1, 0] {
            check(
                ROWS,
                Width::Columns(columns),
                &[
                    "mailbox   use    mails  subject",
                    "INBOX               93  Plans f…",
                    "日本語…   \\Junk  1,000  e\u{301}t\u{e9}",
                    "a\\x1b[2J                short",
                ],
            );
        }
    }

    #[test]
    fn what_can_be_done_without_goes_before_a_name_cannot_be_read() {
        let columns = [
            ("mailbox", Column::TEXT),
            ("use", Column::WORD.if_there_is_room()),
            ("mails", Column::NUMBER),
            ("", Column::WORD.if_there_is_room()),
        ];
        let rows =
            [["Archive/of/many/years/ago", "", "1,204", "not subscribed"], ["Junk", "\\Junk", "3", ""]];
        let check = |columns_of_terminal, expected: &[&str]| {
            let table = table(&columns, rows.map(|row| owned(&row)), Width::Columns(columns_of_terminal));
            assert_eq!(table.lines().collect::<Vec<_>>(), expected);
        };
        check(
            50,
            &[
                "mailbox               use    mails",
                "Archive/of/many/yea…         1,204  not subscribed",
                "Junk                  \\Junk      3",
            ],
        );
        check(
            45,
            &[
                "mailbox                    use    mails",
                "Archive/of/many/years/ago         1,204",
                "Junk                       \\Junk      3",
            ],
        );
        let cut =
            ["mailbox               mails", "Archive/of/many/yea…  1,204", "Junk                      3"];
        check(27, &cut);
        check(20, &["mailbox        mails", "Archive/of/m…  1,204", "Junk               3"]);
    }

    #[test]
    fn a_column_without_content_is_left_out() {
        check(&[&["INBOX", "", "1", ""]], Width::Any, &["mailbox  mails", "INBOX        1"]);
        check(&[], Width::Any, &[""]);
    }

    #[test]
    fn rows_without_names_above_them_are_all_content() {
        let check = |rows: &[&[&str]], expected: &str| {
            let columns = [Column::WORD, Column::WORD, Column::NUMBER];
            assert_eq!(unnamed(&columns, rows.iter().map(|row| owned(row)), Width::Any), expected);
        };
        check(&[&["messages", "", "3"]], "messages  3\n");
        check(&[&["messages", "", "3"], &["unseen", "all", ""]], "messages       3\nunseen    all\n");
        check(&[], "");
    }
}
