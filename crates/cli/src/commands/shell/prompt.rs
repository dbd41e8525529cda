//! What stands in front of a line that is typed.

use unicode_width::UnicodeWidthStr as _;

use crate::escape::escape_str;
use crate::table::{Width, cut};

/// Who is where: `ann@imap.example.org INBOX> `.
///
/// The line belongs to whoever types: half of it at most is taken. What is too long loses first the server, which stays
/// the same, then the user, and is cut then.
pub(super) fn prompt(user: Option<&str>, host: &str, mailbox: Option<&str>, width: Width) -> String {
    let most = match width {
        Width::Any => usize::MAX,
        Width::Columns(columns) => usize::from(columns / 2).max(LEAST),
    };
    let user = user.map(escape_str);
    let (host, mailbox) = (escape_str(host), mailbox.map(escape_str));
    let who = |user: &Option<_>| user.as_ref().map_or(String::new(), |user| format!("{user}@"));
    let open = mailbox.as_ref().map_or(String::new(), |name| format!(" {name}"));
    let short = match (&user, &mailbox) {
        (Some(user), Some(name)) => format!("{user} {name}"),
        (Some(user), None) => user.to_string(),
        (None, Some(name)) => name.to_string(),
        (None, None) => host.to_string(),
    };
    let last = mailbox.as_ref().or(user.as_ref()).unwrap_or(&host).to_string();
    let forms = [format!("{}{host}{open}", who(&user)), short, last.clone()];
    let room = most - END.width();
    let text = forms.into_iter().find(|form| form.width() <= room).unwrap_or_else(|| cut(&last, room));
    format!("{text}{END}")
}

const END: &str = "> ";
/// Columns that are taken however narrow the terminal is.
const LEAST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_is_where_as_far_as_there_is_room() {
        let check = |user: Option<&str>, mailbox: Option<&str>, columns: u16, expected: &str| {
            let shown = prompt(user, "imap.example.org", mailbox, Width::Columns(columns));
            assert_eq!(shown, expected, "{columns}");
            assert!(shown.width() <= usize::from(columns / 2).max(LEAST), "{shown}");
        };
        check(None, None, 80, "imap.example.org> ");
        check(Some("ann"), None, 80, "ann@imap.example.org> ");
        check(Some("ann"), Some("INBOX"), 80, "ann@imap.example.org INBOX> ");
        check(None, Some("INBOX"), 80, "imap.example.org INBOX> ");
        check(Some("ann"), Some("INBOX"), 40, "ann INBOX> ");
        check(Some("ann"), Some("Archive/2026/March"), 40, "Archive/2026/March> ");
        check(Some("ann"), Some("Archive/2026/March/Bills"), 40, "Archive/2026/Marc…> ");
        check(None, None, 40, "imap.example.org> ");
        check(None, None, 24, "imap.exam…> ");
        check(
            Some("\u{e4}\u{1b}[2J"),
            Some("\u{65e5}\u{672c}\n"),
            80,
            "\u{e4}\\x1b[2J@imap.example.org \u{65e5}\u{672c}\\x0a> ",
        );
        check(
            Some("ann"),
            Some("\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}\u{8a9e}"),
            10,
            "\u{65e5}\u{672c}\u{8a9e}\u{65e5}…> ",
        );
        assert_eq!(
            prompt(Some("ann"), "h", Some(&"x".repeat(100)), Width::Any),
            format!("ann@h {}> ", "x".repeat(100))
        );
    }
}
