use super::Command;

/// The commands without arguments (RFC 9051 section 9, `command-any`, `command-auth`, `command-nonauth`,
/// `command-select`; `CHECK` is of RFC 3501 only).
pub(super) const SIMPLE: [(&str, Command); 10] = [
    ("CAPABILITY", Command::Capability),
    ("NOOP", Command::Noop),
    ("LOGOUT", Command::Logout),
    ("STARTTLS", Command::StartTls),
    ("NAMESPACE", Command::Namespace),
    ("IDLE", Command::Idle),
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

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::*;

    #[test]
    fn commands_without_arguments() {
        check("abcd CAPABILITY", &Command::Capability, "abcd CAPABILITY");
        check("a002 NOOP", &Command::Noop, "a002 NOOP");
        check("A023 LOGOUT", &Command::Logout, "A023 LOGOUT");
        check("efgh STARTTLS", &Command::StartTls, "efgh STARTTLS");
        check("A001 NAMESPACE", &Command::Namespace, "A001 NAMESPACE");
        check("FXXZ CHECK", &Command::Check, "FXXZ CHECK");
        check("A341 CLOSE", &Command::Close, "A341 CLOSE");
        check("A341 UNSELECT", &Command::Unselect, "A341 UNSELECT");
        check("A202 EXPUNGE", &Command::Expunge, "A202 EXPUNGE");
    }

    #[test]
    fn case_and_blanks_do_not_matter() {
        check("a000 starttls", &Command::StartTls, "a000 STARTTLS");
        check("a  nOOp  ", &Command::Noop, "a NOOP");
    }

    #[test]
    fn an_argument_is_one_too_many() {
        check_wrong("a NOOP x", 7, "the end of the command");
        check_wrong("a LOGOUT now", 9, "the end of the command");
    }

    #[test]
    fn every_one_of_them_has_its_own_name() {
        for (name, command) in SIMPLE {
            assert_eq!(command.name(), name);
        }
    }
}
