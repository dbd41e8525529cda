use super::Command;

/// The commands without arguments (RFC 9051 section 9, `command-any`, `command-nonauth`, `command-select`; `CHECK` is of
/// RFC 3501 only).
pub(super) const SIMPLE: [(&str, Command); 8] = [
    ("CAPABILITY", Command::Capability),
    ("NOOP", Command::Noop),
    ("LOGOUT", Command::Logout),
    ("STARTTLS", Command::StartTls),
    ("CHECK", Command::Check),
    ("CLOSE", Command::Close),
    ("UNSELECT", Command::Unselect),
    ("EXPUNGE", Command::Expunge),
];

/// The command with this name, in any case.
pub(super) fn by_name(name: &[u8]) -> Option<Command> {
    let known = SIMPLE.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
    known.map(|(_, command)| command.clone())
}
