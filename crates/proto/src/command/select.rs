use super::{Command, QResync, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a client adds to `SELECT` or `EXAMINE` (RFC 4466 section 2.1, `select-param`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelectParameter {
    /// Nothing.
    #[default]
    None,
    /// `CONDSTORE`: rows tell mod-sequences from here on (RFC 7162 section 3.1.8).
    CondStore,
    /// `QRESYNC`: what has changed since is told at once (RFC 7162 section 3.2.5). Allowed once it is enabled.
    QResync(Box<QResync>),
}

impl Command {
    /// `SELECT` without parameters.
    pub const fn select(mailbox: MailboxName) -> Self {
        Self::Select { mailbox, parameter: SelectParameter::None }
    }

    /// `EXAMINE` without parameters.
    pub const fn examine(mailbox: MailboxName) -> Self {
        Self::Examine { mailbox, parameter: SelectParameter::None }
    }
}

/// ```text
/// select        = "SELECT" SP mailbox [select-params]                  ; RFC 4466 section 3, and EXAMINE alike
/// select-params = SP "(" select-param *(SP select-param) ")"
/// select-param  =/ "CONDSTORE" / "QRESYNC" SP "(" ... ")"              ; RFC 7162 section 7
/// ```
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    mailbox: &MailboxName,
    parameter: &SelectParameter,
) {
    encoder.sp().astring(&mailbox.to_wire(names));
    match parameter {
        SelectParameter::None => {}
        SelectParameter::CondStore => {
            encoder.raw(" (CONDSTORE)");
        }
        SelectParameter::QResync(resync) => {
            encoder.raw(" (QRESYNC ");
            resync.encode(encoder);
            encoder.raw(")");
        }
    }
}

/// As [`encode`].
pub(super) fn parse_select(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (mailbox, parameter) = parse(cursor, names)?;
    Ok(Command::Select { mailbox, parameter })
}

/// As [`encode`].
pub(super) fn parse_examine(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (mailbox, parameter) = parse(cursor, names)?;
    Ok(Command::Examine { mailbox, parameter })
}

fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<(MailboxName, SelectParameter), Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    let behind = cursor.pos();
    if cursor.skip_blanks() > 0 && cursor.peek() == Some(b'(') {
        return Ok((mailbox, parse_parameters(cursor)?));
    }
    cursor.seek(behind);
    Ok((mailbox, SelectParameter::None))
}

/// `QRESYNC` includes `CONDSTORE`, which may stand beside it.
fn parse_parameters(cursor: &mut Cursor<'_>) -> Result<SelectParameter, Syntax> {
    let start = cursor.pos();
    let (mut condstore, mut resync) = (false, None);
    read::list(cursor, "parameters", |cursor| {
        if !condstore && cursor.try_word("CONDSTORE") {
            condstore = true;
        } else if resync.is_none() && cursor.try_word("QRESYNC") {
            cursor.expect_sp()?;
            resync = Some(QResync::parse(cursor)?);
        } else {
            return Err(cursor.expected("a parameter of SELECT"));
        }
        Ok(())
    })?;
    match resync {
        Some(resync) => Ok(SelectParameter::QResync(Box::new(resync))),
        None if condstore => Ok(SelectParameter::CondStore),
        None => Err(Syntax { offset: start, expected: "at least one parameter" }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        check("A142 SELECT INBOX", &Command::select(MailboxName::inbox()), "A142 SELECT INBOX");
        check("a002 select inbox ", &Command::select(MailboxName::inbox()), "a002 SELECT INBOX");
        check("A932 EXAMINE blurdybloop", &Command::examine(name("blurdybloop")), "A932 EXAMINE blurdybloop");
        check(
            "f select \"/archive/projects/experiment-iv\"",
            &Command::select(name("/archive/projects/experiment-iv")),
            "f SELECT /archive/projects/experiment-iv",
        );
    }

    /// RFC 7162 section 3.1.8.
    #[test]
    fn with_mod_sequences() {
        let parameter = SelectParameter::CondStore;
        let select = Command::Select { mailbox: MailboxName::inbox(), parameter: parameter.clone() };
        check("A142 SELECT INBOX (CONDSTORE)", &select, "A142 SELECT INBOX (CONDSTORE)");
        let examine = Command::Examine { mailbox: name("a b"), parameter };
        check("A142 examine \"a b\"  ( condstore )", &examine, "A142 EXAMINE \"a b\" (CONDSTORE)");
    }

    #[test]
    fn what_is_no_parameter() {
        check_wrong("a SELECT x ()", 11, "at least one parameter");
        check_wrong("a SELECT x (X-OTHER)", 12, "a parameter of SELECT");
        check_wrong("a SELECT x (CONDSTORE CONDSTORE)", 22, "a parameter of SELECT");
        check_wrong("a SELECT x (CONDSTORE", 21, "a blank");
        check_wrong("a SELECT x CONDSTORE", 11, "the end of the command");
        check_wrong("a EXAMINE x (CONDSTORE) x", 24, "the end of the command");
    }
}
