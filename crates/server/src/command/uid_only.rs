//! Clients that have given up message numbers (RFC 9586 section 3).

use tayori_proto::command::Command;
use tayori_proto::response::ResponseCode;
use tayori_proto::types::SearchBy;

use crate::connection::Reply;

/// Whether messages are named by number in a command or in its answer. `$` in a command without `UID` counts, too.
pub(crate) fn needs_numbers(command: &Command) -> bool {
    let by = match command {
        Command::Fetch { messages, .. } => messages.by(),
        Command::Store { messages, .. } | Command::Copy { messages, .. } | Command::Move { messages, .. } => {
            messages.by()
        }
        _ => SearchBy::Uids,
    };
    by == SearchBy::Numbers || command.uses_numbers()
}

/// The answer to it.
pub(crate) fn refusal() -> Reply {
    Reply::bad("messages have no numbers, name them by UID").with(ResponseCode::UidRequired)
}
