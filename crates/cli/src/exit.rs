//! How the program ends.

use std::process::ExitCode;

/// Every way the program ends, as scripts see it. A number, once given, keeps its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything that was asked for is done. Also a reader of our output that went away: it had enough.
    Done = 0,
    /// Any failure without a number of its own, and whatever is not foreseen: unknown means failure.
    Failed = 1,
    /// The command line, the place or the password source cannot be used; nothing was fetched or changed.
    Usage = 2,
    /// The mailbox is there, but no message in it is what was asked for.
    NothingMatched = 3,
    /// Some messages are safely on disk, some could not be fetched.
    PartlyDone = 4,
    /// The server refused user and password.
    LoginRefused = 5,
    /// There is no such mailbox, or this user may not open it.
    NotFound = 6,
    /// Name lookup, connection, time limit or the verification of TLS failed.
    Network = 7,
    /// The server said something that is no IMAP, exceeds a limit, or refused a command for no known reason.
    Protocol = 8,
    /// A file could not be written, or is in the way.
    Disk = 9,
    /// A file does not hold, octet for octet, what the server has.
    Differs = 10,
    /// A command that was sent as it was typed was answered NO.
    AnsweredNo = 11,
    /// The same with BAD: the server did not understand it, or not in this state.
    AnsweredBad = 12,
    /// Everything works, and something of what was looked at needs somebody's attention.
    Warned = 13,
    /// Ctrl-C; what was complete before stays.
    Interrupted = 130,
    /// SIGTERM; the same.
    Terminated = 143,
}

/// The exit codes in the order of their numbers, for the end of each help and for docs/scripting.md.
pub(crate) const TABLE: &[(Exit, &str)] = &[
    (Exit::Done, "done"),
    (Exit::Failed, "failed, for a reason that has no number of its own"),
    (Exit::Usage, "the command line or the password cannot be used; nothing was changed"),
    (Exit::NothingMatched, "no message is what was asked for"),
    (Exit::PartlyDone, "partly done: done with some messages, and not with others"),
    (Exit::LoginRefused, "the server refused user and password"),
    (Exit::NotFound, "no such mailbox"),
    (Exit::Network, "no connection, too slow, or TLS could not be verified"),
    (Exit::Protocol, "the server answered what cannot be understood or refused"),
    (Exit::Disk, "a file could not be written, or is in the way"),
    (Exit::Differs, "a file is not what the server has, byte for byte"),
    (Exit::AnsweredNo, "shell: the server answered a command NO"),
    (Exit::AnsweredBad, "shell: the server answered a command BAD"),
    (Exit::Warned, "check: it works, with warnings"),
    (Exit::Interrupted, "interrupted with Ctrl-C; what was complete before stays"),
    (Exit::Terminated, "ended by SIGTERM; what was complete before stays"),
];

/// The table as it stands at the end of a help text.
pub(crate) fn help_table() -> String {
    let mut out = String::from("Exit codes:\n");
    for (exit, meaning) in TABLE {
        out += &format!("  {:>3}  {meaning}\n", exit.code());
    }
    out
}

impl Exit {
    /// Whether somebody wanted the program to end.
    pub(crate) fn is_asked_for(self) -> bool {
        matches!(self, Self::Interrupted | Self::Terminated)
    }

    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_every_code_once() {
        let codes: Vec<u8> = TABLE.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 130, 143]);
        for (exit, _) in TABLE {
            // A new variant fails to compile here until it is thought of in the table above.
            match exit {
                Exit::Done
                | Exit::Failed
                | Exit::Usage
                | Exit::NothingMatched
                | Exit::PartlyDone
                | Exit::LoginRefused
                | Exit::NotFound
                | Exit::Network
                | Exit::Protocol
                | Exit::Disk
                | Exit::Differs
                | Exit::AnsweredNo
                | Exit::AnsweredBad
                | Exit::Warned
                | Exit::Interrupted
                | Exit::Terminated => {}
            }
        }
    }

    #[test]
    fn the_documented_table_is_the_real_one() {
        let document = include_str!("../../../docs/scripting.md");
        let (_, document) = document.split_once("## Exit codes").unwrap();
        let documented: Vec<&str> =
            document.lines().filter(|line| line.starts_with("| ") && line.ends_with(" |")).collect();
        let mut real = vec!["| code | meaning |".to_owned()];
        real.extend(TABLE.iter().map(|(exit, meaning)| format!("| {} | {meaning} |", exit.code())));
        assert_eq!(documented, real);
    }
}
