use super::{Command, read};
use crate::types::{Atom, ListPattern, ListReference, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `list = "LIST" SP mailbox SP list-mailbox`, and `LSUB` and `XLIST` alike (RFC 3501 section 9)
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    reference: &ListReference,
    pattern: &ListPattern,
) {
    encoder.sp().astring(&reference.to_wire(names)).sp();
    encode_pattern(encoder, names, pattern);
}

/// `list-mailbox = 1*list-char / string`
pub(super) fn encode_pattern(encoder: &mut Encoder, names: NameEncoding, pattern: &ListPattern) {
    let pattern = pattern.to_wire(names);
    let unquoted = !pattern.is_empty() && pattern.iter().all(|&octet| octet < 0x80 && is_list_octet(octet));
    if unquoted {
        encoder.raw(pattern)
    } else {
        encoder.string(&pattern)
    };
}

/// As [`encode`].
pub(super) fn parse_lsub(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (reference, pattern) = parse(cursor, names)?;
    Ok(Command::Lsub { reference, pattern })
}

/// As [`encode`].
pub(super) fn parse_xlist(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let (reference, pattern) = parse(cursor, names)?;
    Ok(Command::Xlist { reference, pattern })
}

fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<(ListReference, ListPattern), Syntax> {
    cursor.expect_sp()?;
    let reference = parse_reference(cursor, names)?;
    cursor.expect_sp()?;
    Ok((reference, parse_pattern(cursor, names)?))
}

/// `mailbox`, as a reference name.
pub(super) fn parse_reference(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<ListReference, Syntax> {
    let reference = read::astring(cursor, "a reference name")?.into_bytes();
    Ok(ListReference::from_wire(reference, names))
}

/// As [`encode_pattern`].
pub(super) fn parse_pattern(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<ListPattern, Syntax> {
    let pattern = if cursor.peek().is_some_and(is_list_octet) {
        cursor.take_while(is_list_octet)
    } else {
        read::astring(cursor, "a mailbox pattern")?.into_bytes()
    };
    Ok(ListPattern::from_wire(pattern, names))
}

/// `list-char = ATOM-CHAR / list-wildcards / resp-specials`
const fn is_list_octet(octet: u8) -> bool {
    Atom::may_hold(octet) || matches!(octet, b'%' | b'*')
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::*;

    fn list(reference: &str, pattern: &str) -> Command {
        Command::List {
            reference: ListReference::new(reference).unwrap(),
            pattern: ListPattern::new(pattern).unwrap(),
        }
    }

    #[test]
    fn examples_of_the_rfcs() {
        check("A682 LIST \"\" *", &list("", "*"), "A682 LIST \"\" *");
        check("A86 LIST \"\" %", &list("", "%"), "A86 LIST \"\" %");
        check("A101 LIST \"\" \"\"", &list("", ""), "A101 LIST \"\" \"\"");
        let line = "A102 LIST #news.comp.mail.misc \"\"";
        check(line, &list("#news.comp.mail.misc", ""), line);
        check(
            "A103 LIST /usr/staff/jones \"\"",
            &list("/usr/staff/jones", ""),
            "A103 LIST /usr/staff/jones \"\"",
        );
        check("A202 LIST ~/Mail/ %", &list("~/Mail/", "%"), "A202 LIST ~/Mail/ %");
        check(
            "A002 LIST \"\" \"Other Users/%\"",
            &list("", "Other Users/%"),
            "A002 LIST \"\" \"Other Users/%\"",
        );
        check("A002 LIST \"\" \"~mark/%\"", &list("", "~mark/%"), "A002 LIST \"\" ~mark/%");
        for (line, pattern) in [
            ("A002 LSUB \"#news.\" \"comp.mail.*\"", "comp.mail.*"),
            ("A002 LSUB \"#news.\" \"comp.%\"", "comp.%"),
        ] {
            let command = Command::Lsub {
                reference: ListReference::new("#news.").unwrap(),
                pattern: ListPattern::new(pattern).unwrap(),
            };
            check(line, &command, &format!("A002 LSUB #news. {pattern}"));
        }
    }

    /// Gmail, before it had SPECIAL-USE.
    #[test]
    fn lists_with_special_uses_of_old() {
        let command =
            Command::Xlist { reference: ListReference::none(), pattern: ListPattern::new("*").unwrap() };
        check("a xlist \"\" \"*\"", &command, "a XLIST \"\" *");
        check_wrong("a XLIST \"\" (a)", 11, "a mailbox pattern");
    }

    #[test]
    fn wildcards_stay_and_the_rest_is_encoded() {
        check("a LIST \"\" Entw&APw-rfe/%", &list("", "Entw\u{fc}rfe/%"), "a LIST \"\" Entw&APw-rfe/%");
        check("a LIST \"\" &-*", &list("", "&*"), "a LIST \"\" &-*");
        check("a LIST \"\" \"a(b\\\"{3}\"", &list("", "a(b\"{3}"), "a LIST \"\" \"a(b\\\"{3}\"");
    }

    #[test]
    fn what_could_end_a_command_cannot_be_built() {
        for text in ["a\rb", "a\nb", "a\0b"] {
            assert!(ListPattern::new(text).is_err());
            assert!(ListReference::new(text).is_err());
        }
    }

    #[test]
    fn what_is_no_list() {
        check_wrong("a LIST *", 7, "a reference name");
        check_wrong("a LIST \"\"", 9, "a blank");
        check_wrong("a LIST \"\" ", 10, "a mailbox pattern");
    }
}
