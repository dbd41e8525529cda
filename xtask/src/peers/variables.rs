//! The variables that tell a test where a server is, and who may log in there.

use std::path::Path;
use std::process::Command;

/// The name by which tests reach every peer; its certificate is for this name.
pub(crate) const HOST: &str = "localhost";

/// The contract with the peer suites: the names of the variables are in `docs/testing.md`.
pub(crate) struct Variables(Vec<(&'static str, String)>);

/// Where a running server is found and how it is known to be the right one.
pub(super) struct Contact<'a> {
    pub(super) kind: &'a str,
    /// Without TLS at first; STARTTLS is offered.
    pub(super) imap: u16,
    /// TLS from the first octet.
    pub(super) imaps: u16,
    pub(super) authority_file: &'a Path,
    /// `SHA256:` and the digest of the server's certificate in hexadecimal.
    pub(super) fingerprint: &'a str,
    pub(super) users: Users,
}

impl Variables {
    pub(super) fn new(contact: &Contact<'_>) -> Self {
        let mut variables = vec![
            ("TAYORI_PEER_REQUIRED", "1".to_owned()),
            ("TAYORI_PEER_KIND", contact.kind.to_owned()),
            ("TAYORI_PEER_HOST", HOST.to_owned()),
            ("TAYORI_PEER_IMAP_PORT", contact.imap.to_string()),
            ("TAYORI_PEER_IMAPS_PORT", contact.imaps.to_string()),
            ("TAYORI_PEER_CA_FILE", contact.authority_file.display().to_string()),
            ("TAYORI_PEER_FINGERPRINT", contact.fingerprint.to_owned()),
            ("TAYORI_PEER_USER", TEST_USER.name.to_owned()),
            ("TAYORI_PEER_PASSWORD", TEST_USER.password.to_owned()),
        ];
        if contact.users == Users::WithOddOne {
            variables.extend([
                ("TAYORI_PEER_ODD_USER", ODD_USER.name.to_owned()),
                ("TAYORI_PEER_ODD_PASSWORD", ODD_USER.password.to_owned()),
            ]);
        }
        Self(variables)
    }

    /// What a server has beside that.
    pub(super) fn and(mut self, more: Vec<(&'static str, String)>) -> Self {
        self.0.extend(more);
        self
    }

    /// What a nested command must not inherit from whoever called us.
    pub(crate) fn unset_for(command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("TAYORI_PEER_")) {
                command.env_remove(name);
            }
        }
    }

    pub(crate) fn set_for(&self, command: &mut Command) {
        Self::unset_for(command);
        command.envs(self.0.iter().map(|(name, value)| (name, value)));
    }

    /// Lines for a shell to read.
    pub(crate) fn exports(&self) -> String {
        self.0.iter().map(|(name, value)| format!("export {name}={}\n", shell_word(value))).collect()
    }
}

/// Somebody who may log in.
pub(crate) struct User {
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
    /// The name of the user's folder.
    pub(super) home: &'static str,
}

/// Who may log in at a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Users {
    WithOddOne,
    /// The server, or where it looks its users up, has no room for the odd name.
    OrdinaryOne,
}

impl Users {
    pub(super) fn all(self) -> &'static [User] {
        match self {
            Self::WithOddOne => &[TEST_USER, ODD_USER],
            Self::OrdinaryOne => &[TEST_USER],
        }
    }
}

pub(crate) const TEST_USER: User = User { name: "test", password: "pass", home: "test" };

/// Blanks, quotes, a backslash, a letter outside ASCII and something that looks like a literal: everything that
/// has to be quoted or counted right on the way to the server.
pub(super) const ODD_USER: User =
    User { name: "odd user@example.org", password: r#"pa"ss\ wörd {5}"#, home: "odd" };

/// One word for a POSIX shell, quoted only where needed.
fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact() -> Contact<'static> {
        Contact {
            kind: "dovecot",
            imap: 1143,
            imaps: 1993,
            authority_file: Path::new("/tmp/it's here/ca.pem"),
            fingerprint: "SHA256:00ff",
            users: Users::WithOddOne,
        }
    }

    /// A test asks for what it needs, and an empty variable would be an answer.
    #[test]
    fn what_a_server_does_not_have_is_not_named() {
        let everything = Variables::new(&contact()).exports();
        let less = Contact { users: Users::OrdinaryOne, ..contact() };
        let less = Variables::new(&less).exports();
        for name in ["TAYORI_PEER_ODD_USER", "TAYORI_PEER_ODD_PASSWORD"] {
            assert!(everything.contains(name), "{everything}");
            assert!(!less.contains(name), "{less}");
        }
        assert!(less.contains("export TAYORI_PEER_USER=test\n"), "{less}");
    }

    #[test]
    fn exports_can_be_read_by_a_shell() {
        let contact = contact();
        let exports = Variables::new(&contact).exports();
        let script = format!(
            "{exports}printf '%s|' \"$TAYORI_PEER_CA_FILE\" \"$TAYORI_PEER_ODD_USER\" \"$TAYORI_PEER_ODD_PASSWORD\""
        );
        let output = crate::process::output_of(Command::new("sh").args(["-c", &script]))
            .expect("the script is well formed");
        let expected = r#"/tmp/it's here/ca.pem|odd user@example.org|pa"ss\ wörd {5}|"#;
        assert_eq!(output, expected);
        assert!(exports.contains("export TAYORI_PEER_IMAP_PORT=1143\n"), "{exports}");
    }
}
