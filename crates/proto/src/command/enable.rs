use super::{Command, read};
use crate::types::{Capability, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// `enable = "ENABLE" 1*(SP capability)` (RFC 9051 section 9, RFC 5161 section 4)
pub(super) fn encode(encoder: &mut Encoder, capabilities: &NonEmpty<Capability>) {
    for capability in capabilities {
        encoder.sp().raw(capability.to_bytes());
    }
}

/// As [`encode`]. A name that is not known is no error: the server leaves it out of its answer (RFC 5161 section 3.1).
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::items(cursor, capability).map(Command::Enable)
}

fn capability(cursor: &mut Cursor<'_>) -> Result<Capability, Syntax> {
    cursor.entry()?;
    read::atom(cursor, "the name of a capability").map(Capability::new)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::*;

    fn command(names: &[&str]) -> Command {
        let capabilities: Vec<_> = names.iter().map(|&name| Capability::try_from(name).unwrap()).collect();
        Command::Enable(capabilities.try_into().unwrap())
    }

    #[test]
    fn examples_of_the_rfc() {
        for (line, names) in [
            ("t2 ENABLE CONDSTORE X-GOOD-IDEA", &["CONDSTORE", "X-GOOD-IDEA"][..]),
            ("a1 ENABLE CONDSTORE", &["CONDSTORE"]),
            ("a ENABLE IMAP4rev2 UTF8=ACCEPT", &["IMAP4REV2", "utf8=accept"]),
        ] {
            check(line, &command(names), line);
        }
        check("a enable  imap4rev2  x ", &command(&["IMAP4rev2", "x"]), "a ENABLE IMAP4rev2 x");
    }

    #[test]
    fn what_is_no_enable() {
        check_wrong("a ENABLE", 8, "a blank");
        check_wrong("a ENABLE ", 9, "the name of a capability");
        check_wrong("a ENABLE (CONDSTORE)", 9, "the name of a capability");
        check_wrong("a ENABLE CONDSTORE \"X\"", 19, "the name of a capability");
        check_wrong("a ENABLE a*", 10, "a blank");
    }
}
