use super::{Command, read};
use crate::grammar::id;
use crate::types::{IdParameters, Text};
use crate::wire::{Cursor, Encoder, Syntax};

/// `id = "ID" SPACE id_params_list` (RFC 2971 section 4)
pub(super) fn encode(encoder: &mut Encoder, parameters: &IdParameters) {
    encoder.sp();
    id::encode(encoder, parameters);
}

/// As [`encode`]. An empty list says as much as `NIL`.
///
/// Of the bounds of RFC 2971 section 3.3 only the number of pairs is insisted upon: the others would turn away clients
/// that harm nobody.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mut parameters = IdParameters::none();
    if !cursor.try_word("NIL") {
        read::list(cursor, "a list of fields or NIL", |cursor| {
            let start = cursor.pos();
            let field = cursor.expect_string("the name of a field").and_then(|field| no_nul(start, field))?;
            cursor.expect_sp()?;
            let value = parse_value(cursor)?;
            if parameters.push_received(field, value) {
                Ok(())
            } else {
                Err(Syntax { offset: start, expected: "at most 30 fields" })
            }
        })?;
    }
    Ok(Command::Id(parameters))
}

/// `nstring = string / nil`
fn parse_value(cursor: &mut Cursor<'_>) -> Result<Option<Text>, Syntax> {
    let start = cursor.pos();
    if cursor.try_word("NIL") {
        return Ok(None);
    }
    let value = cursor.expect_string("a string or NIL")?;
    no_nul(start, value).map(Some)
}

fn no_nul(offset: usize, text: Text) -> Result<Text, Syntax> {
    if text.as_bytes().contains(&0) {
        return Err(Syntax { offset, expected: "a string without NUL" });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::*;

    fn command<const N: usize>(pairs: [(&str, Option<&str>); N]) -> Command {
        Command::Id(IdParameters::new(pairs).unwrap())
    }

    #[test]
    fn examples_of_the_rfc() {
        let line =
            "a023 ID (\"name\" \"sodr\" \"version\" \"19.34\" \"vendor\" \"Pink Floyd Music Limited\")";
        let pairs = [
            ("name", Some("sodr")),
            ("version", Some("19.34")),
            ("vendor", Some("Pink Floyd Music Limited")),
        ];
        check(line, &command(pairs), line);
        check("a042 ID NIL", &command([]), "a042 ID NIL");
    }

    #[test]
    fn values_of_every_form() {
        check("a id nil", &command([]), "a ID NIL");
        check("a ID ()", &command([]), "a ID NIL");
        check("a ID ( \"name\"  NIL )", &command([("name", None)]), "a ID (\"name\" NIL)");
        check("a ID (\"a\" \"NIL\")", &command([("a", Some("NIL"))]), "a ID (\"a\" \"NIL\")");
        check("a ID ({4}\r\nname {1}\r\n\")", &command([("name", Some("\""))]), "a ID (\"name\" \"\\\"\")");
        check(
            "a ID (\"os\" {2}\r\n\u{f6})",
            &command([("os", Some("\u{f6}"))]),
            "a ID (\"os\" {2}\r\n\u{f6})",
        );
    }

    #[test]
    fn as_many_fields_as_the_rfc_allows() {
        let line = |count| format!("a ID ({})", vec!["\"f\" NIL"; count].join(" "));
        assert!(super::super::testing::parse(&line(30)).is_ok());
        check_wrong(&line(31), 6 + 30 * 8, "at most 30 fields");
    }

    #[test]
    fn what_is_no_list_of_fields() {
        check_wrong("a ID", 4, "a blank");
        check_wrong("a ID ", 5, "a list of fields or NIL");
        check_wrong("a ID name", 5, "a list of fields or NIL");
        check_wrong("a ID (name \"x\")", 6, "the name of a field");
        check_wrong("a ID (NIL \"x\")", 6, "the name of a field");
        check_wrong("a ID (\"name\")", 12, "a blank");
        check_wrong("a ID (\"name\" x)", 13, "a string or NIL");
        check_wrong("a ID (\"name\" \"x\" \"version\")", 26, "a blank");
        check_wrong("a ID (\"name\" {1}\r\n\0)", 13, "a string without NUL");
        check_wrong("a ID (\"name\" \"x\"", 16, "a blank");
        check_wrong("a ID NIL NIL", 9, "the end of the command");
    }
}
