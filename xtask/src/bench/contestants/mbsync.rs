//! mbsync of isync: one direction, into a Maildir.

use std::fs;
use std::process::Command;

use super::Run;
use crate::peers::{HOST, TEST_USER};
use crate::stop::{Outcome, because};

/// As it is without being told: every mail and its state are synced.
pub(super) fn sync(run: &Run<'_>) -> Outcome<Command> {
    command(run, "")
}

pub(super) fn nosync(run: &Run<'_>) -> Outcome<Command> {
    command(run, "FSync no\n")
}

fn command(run: &Run<'_>, global: &str) -> Outcome<Command> {
    let file = run.aside.join("mbsyncrc");
    fs::write(&file, configuration(run, global)).map_err(because("a configuration for mbsync"))?;
    let mut command = Command::new(run.program);
    command.arg("-c").arg(file).arg("-q").arg("bench");
    Ok(command)
}

/// `SSLType` is the word of 1.4, which 1.5 still understands. The state lies beside the mail, so that it ends
/// with it. Compression, which no other row asks for, would cost it and the server most of the time.
fn configuration(run: &Run<'_>, global: &str) -> String {
    let (port, authority, folder) = (run.port, run.authority.display(), run.folder.display());
    format!(
        "\
{global}
IMAPStore far
Host {HOST}
Port {port}
User {user}
Pass {password}
AuthMechs PLAIN
SSLType IMAPS
CertificateFile {authority}
DisableExtension COMPRESS=DEFLATE

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel bench
Far :far:INBOX
Near :near:INBOX
Sync Pull
Create Near
SyncState *
",
        user = TEST_USER.name,
        password = TEST_USER.password,
    )
}
