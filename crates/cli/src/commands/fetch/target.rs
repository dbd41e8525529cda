//! What `-o` means for what is asked for.

use std::io::IsTerminal as _;

use crate::cli::{Fetch, Format, Keep, Task, View};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Target;

/// Where all of it goes. Fails where that cannot hold it.
pub(super) fn target(options: &Fetch) -> Result<Target, Failure> {
    let target = match (Target::parse(&options.output)?, &options.task) {
        // A Maildir is a folder, and nothing else can hold attachments, whether there is a slash behind its name or
        // not.
        (
            Target::File(path),
            Task::Keep(Keep { format: Format::Maildir, .. }) | Task::View(View::Attachments),
        ) => Target::Folder(path),
        (target, _) => target,
    };
    let holds_several_mailboxes = match (&target, &options.task) {
        (Target::Folder(_), _) => true,
        // What is shown is read, or says of which mailbox it is.
        (Target::Stdout, Task::View(_)) => true,
        (Target::Stdout, Task::Keep(_)) | (Target::File(_), _) => false,
    };
    if !options.mailboxes.is_one() && !holds_several_mailboxes {
        return Err(Failure::new(Exit::Usage, "several mailboxes do not fit into one file")
            .hint("give a folder: -o DIR/"));
    }
    if let (Task::Keep(Keep { name: Some(_), .. }), false) =
        (&options.task, matches!(target, Target::Folder(_)))
    {
        return Err(Failure::new(
            Exit::Usage,
            "--name is about the files in a folder, and -o names a single file",
        )
        .hint("give a folder, with / at its end: -o DIR/; or leave out --name"));
    }
    if let Task::Keep(_) = options.task {
        check_stdout(&target)?;
    }
    Ok(target)
}

/// One file, or stdout, holds one message.
pub(super) fn check_single(messages: u64) -> Result<(), Failure> {
    if messages <= 1 {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("{messages} messages do not fit into one file"))
        .hint("give a folder: -o DIR/"))
}

/// A message is written as it is. On a terminal, what somebody sent by mail would drive it.
fn check_stdout(target: &Target) -> Result<(), Failure> {
    if *target == Target::Stdout && std::io::stdout().is_terminal() {
        let message =
            "stdout is a terminal, which a message could drive; messages are written there as they are";
        return Err(
            Failure::new(Exit::Usage, message).hint("send it through a pager (-o - | less), or into a file")
        );
    }
    Ok(())
}
