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

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, encode, string};
    use super::*;
    use crate::wire::{LiteralMode, Mark, MarkKind};

    fn login(user: &str, password: &str) -> Command {
        Command::Login { user: string(user), password: Secret::new(password).unwrap() }
    }

    #[test]
    fn examples_of_the_rfcs() {
        check("a001 LOGIN SMITH SESAME", &login("SMITH", "SESAME"), "a001 LOGIN \"SMITH\" \"SESAME\"");
        check("a001 login mrc secret", &login("mrc", "secret"), "a001 LOGIN \"mrc\" \"secret\"");
        check("b LOGIN \"fred\" \"foo\"", &login("fred", "foo"), "b LOGIN \"fred\" \"foo\"");
        for line in [
            "A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man",
            "A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man",
        ] {
            check(line, &login("FRED FOOBAR", "fat man"), "A001 LOGIN \"FRED FOOBAR\" \"fat man\"");
        }
    }

    #[test]
    fn any_password_can_be_sent() {
        check("a LOGIN u \"\"", &login("u", ""), "a LOGIN \"u\" \"\"");
        check("a LOGIN u \"\\\"\\\\\"", &login("u", "\"\\"), "a LOGIN \"u\" \"\\\"\\\\\"");
        check("a LOGIN u {4}\r\na\r\nb", &login("u", "a\r\nb"), "a LOGIN \"u\" {4}\r\na\r\nb");
        check("a LOGIN u {2}\r\n\u{fc}", &login("u", "\u{fc}"), "a LOGIN \"u\" {2}\r\n\u{fc}");
        // What looks like the announcement of a literal is only text here.
        check("a LOGIN u \"x{3}\"", &login("u", "x{3}"), "a LOGIN \"u\" \"x{3}\"");
        check("a LOGIN u {5}\r\n\u{fc}{3}", &login("u", "\u{fc}{3}"), "a LOGIN \"u\" {5}\r\n\u{fc}{3}");
    }

    #[test]
    fn the_password_is_masked_with_its_quotes_and_its_size() {
        let encoded = encode(&login("u", "pass"), LiteralMode::Synchronizing);
        assert_eq!(format!("{encoded:?}"), "Encoded(a LOGIN \\\"u\\\" ***\\r\\n)");
        assert_eq!((encoded.secrets.len(), encoded.secrets[0].clone()), (1, 12..18));
        let encoded = encode(&login("u", "p\u{e4}ss"), LiteralMode::Synchronizing);
        assert_eq!(&encoded.bytes[encoded.secrets[0].clone()], "{5}\r\np\u{e4}ss".as_bytes());
        assert_eq!(encoded.marks, [Mark { offset: 17, kind: MarkKind::Continuation }]);
        assert!(encode(&login("u", "p\u{e4}ss"), LiteralMode::Minus).marks.is_empty());
        assert_eq!(format!("{:?}", login("u", "pass")), "Login { user: \"u\", password: Secret(***) }");
    }

    #[test]
    fn what_is_no_login() {
        check_wrong("a LOGIN", 7, "a blank");
        check_wrong("a LOGIN u", 9, "a blank");
        check_wrong("a LOGIN u p q", 12, "the end of the command");
        check_wrong("a LOGIN u \"p\0\"", 10, "a password");
        check_wrong("a LOGIN (u) p", 8, "a user name");
    }
}
