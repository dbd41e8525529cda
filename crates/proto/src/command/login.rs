use super::{Command, read};
use crate::types::{ImapString, Secret};
use crate::wire::{Cursor, Encoder, Syntax};

/// `login = "LOGIN" SP userid SP password` (RFC 9051 section 9), both `astring`.
///
/// The user is never sent as an atom: some servers read an unquoted `NIL` or `]` in their own way.
pub(super) fn encode(encoder: &mut Encoder, user: &ImapString, password: &Secret) {
    encoder.sp().string(user.as_bytes()).sp().secret(password);
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let user = read::imap_string(cursor, "a user name")?;
    cursor.expect_sp()?;
    let start = cursor.pos();
    let password = read::astring(cursor, "a password")?;
    let password =
        Secret::new(password.as_bytes()).map_err(|_| Syntax { offset: start, expected: "a password" })?;
    Ok(Command::Login { user, password })
}
