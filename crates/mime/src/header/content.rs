//! Content fields: type, disposition, encoding, language (RFC 2045, RFC 2183, RFC 3282).

use tayori_proto::types::{Disposition, Language, Parameter, Parameters, Text};

use super::lexer::{Lexer, is_blank};
use crate::limits::Budget;

/// `Content-Type`, in the case it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentType {
    pub(crate) kind: Text,
    pub(crate) subtype: Text,
    pub(crate) parameters: Parameters,
}

impl ContentType {
    /// What holds where nothing is said (RFC 2045 section 5.2).
    pub(crate) fn text() -> Self {
        Self {
            kind: Text::from_static("text"),
            subtype: Text::from_static("plain"),
            parameters: Parameters::new(),
        }
    }

    /// What a part of a digest is where nothing is said (RFC 2046 section 5.1.5).
    pub(crate) fn message() -> Self {
        let (kind, subtype) = (Text::from_static("message"), Text::from_static("rfc822"));
        Self { kind, subtype, parameters: Parameters::new() }
    }

    /// Octets without a meaning that could be told here.
    pub(crate) fn opaque(parameters: Parameters) -> Self {
        let (kind, subtype) = (Text::from_static("application"), Text::from_static("octet-stream"));
        Self { kind, subtype, parameters }
    }

    /// Reads `type/subtype; name=value; ...`; `None` where there is no type at all.
    ///
    /// A missing subtype is what the type suggests: text is plain, a multipart is mixed, anything else is octets.
    pub(crate) fn parse(value: &[u8], budget: &mut Budget) -> Option<Self> {
        let mut lexer = Lexer::new(value);
        lexer.blanks_and_comments();
        let kind = token(&mut lexer, budget)?;
        lexer.blanks_and_comments();
        let subtype = if lexer.try_octet(b'/') {
            lexer.blanks_and_comments();
            token(&mut lexer, budget)
        } else {
            None
        };
        let parameters = parameters(&mut lexer, budget);
        Some(match subtype {
            Some(subtype) => Self { kind, subtype, parameters },
            None if kind.eq_ignore_case(b"text") => Self { kind, parameters, ..Self::text() },
            None if kind.eq_ignore_case(b"multipart") => {
                Self { kind, subtype: Text::from_static("mixed"), parameters }
            }
            None => Self::opaque(parameters),
        })
    }

    /// Whether this is `kind/subtype`, in any case.
    pub(crate) fn is(&self, kind: &str, subtype: &str) -> bool {
        self.is_kind(kind) && self.subtype.eq_ignore_case(subtype.as_bytes())
    }

    pub(crate) fn is_message(&self) -> bool {
        self.is("message", "rfc822") || self.is("message", "global")
    }

    pub(crate) fn is_kind(&self, kind: &str) -> bool {
        self.kind.eq_ignore_case(kind.as_bytes())
    }

    /// The first parameter of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Text> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name.eq_ignore_case(name.as_bytes()))
            .map(|parameter| &parameter.value)
    }
}

/// `Content-Disposition`; `None` where it names no kind.
pub(crate) fn disposition(value: &[u8], budget: &mut Budget) -> Option<Disposition> {
    let mut lexer = Lexer::new(value);
    lexer.blanks_and_comments();
    let kind = token(&mut lexer, budget)?;
    Some(Disposition { kind, parameters: parameters(&mut lexer, budget) })
}

/// `Content-Transfer-Encoding`; `None` where it names none.
pub(crate) fn encoding(value: &[u8], budget: &mut Budget) -> Option<Text> {
    let mut lexer = Lexer::new(value);
    lexer.blanks_and_comments();
    token(&mut lexer, budget)
}

/// `Content-Language`: tags between commas.
pub(crate) fn language(value: &[u8], budget: &mut Budget) -> Language {
    let mut lexer = Lexer::new(value);
    let mut tags = Vec::new();
    loop {
        lexer.blanks_and_comments();
        let tag = lexer.until(|octet| is_blank(octet) || matches!(octet, b',' | b'('));
        if tag.is_empty() {
            if lexer.peek().is_none() {
                return tags;
            }
            lexer.skip(1);
        } else if budget.charge(tag.len()) {
            tags.push(tag.to_vec().into());
        } else {
            return tags;
        }
    }
}

fn token(lexer: &mut Lexer<'_>, budget: &mut Budget) -> Option<Text> {
    let text =
        lexer.until(|octet| is_blank(octet) || matches!(octet, b';' | b'/' | b'(' | b'"' | b'=' | b','));
    (!text.is_empty() && budget.charge(text.len())).then(|| text.to_vec().into())
}

/// Parameters as they are written, RFC 2231 left raw; what is no parameter is passed over.
fn parameters(lexer: &mut Lexer<'_>, budget: &mut Budget) -> Parameters {
    let mut parameters = Parameters::new();
    loop {
        lexer.blanks_and_comments();
        let name = parameter_name(lexer);
        lexer.blanks_and_comments();
        if !name.is_empty() && lexer.try_octet(b'=') {
            lexer.blanks_and_comments();
            let value = lexer.try_quoted().unwrap_or_else(|| bare_value(lexer).to_vec());
            if !budget.charge(name.len() + value.len()) {
                return parameters;
            }
            parameters.push(Parameter { name: name.to_vec().into(), value: value.into() });
        } else if lexer.peek().is_none() {
            return parameters;
        } else if name.is_empty() {
            lexer.skip(1);
        }
    }
}

fn parameter_name<'a>(lexer: &mut Lexer<'a>) -> &'a [u8] {
    lexer.until(|octet| is_blank(octet) || matches!(octet, b';' | b'=' | b'(' | b'"' | b','))
}

/// A value without quotes: a token, or, where blanks follow that belong to it (`name=my file.pdf`), all up to the
/// semicolon outside comments.
fn bare_value<'a>(lexer: &mut Lexer<'a>) -> &'a [u8] {
    let whole = lexer.rest();
    let token = lexer.until(|octet| is_blank(octet) || matches!(octet, b';' | b'('));
    lexer.blanks_and_comments();
    let mut ahead = *lexer;
    let begins_parameter = !parameter_name(&mut ahead).is_empty() && ahead.peek() == Some(b'=');
    if matches!(lexer.peek(), None | Some(b';')) || begins_parameter {
        return token;
    }
    // What was read belongs to the value: to read it again could be quadratic, comment in comment.
    loop {
        lexer.until(|octet| matches!(octet, b';' | b'('));
        if lexer.try_comment().is_none() && !lexer.try_octet(b'(') {
            break;
        }
    }
    let octets = whole.len() - lexer.rest().len();
    whole[..octets].trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[track_caller]
    fn check(value: &str, kind: &str, expected: &[(&str, &str)]) {
        let read = ContentType::parse(value.as_bytes(), &mut Budget::new(1 << 20)).unwrap();
        let shown: Vec<_> = read
            .parameters
            .iter()
            .map(|parameter| (parameter.name.to_string_lossy(), parameter.value.to_string_lossy()))
            .collect();
        let expected: Vec<_> = expected.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let media = format!("{}/{}", read.kind.to_string_lossy(), read.subtype.to_string_lossy());
        assert_eq!((media.as_str(), shown), (kind, expected), "{value:?}");
    }

    #[test]
    fn types_and_parameters() {
        check("text/plain", "text/plain", &[]);
        check("Text/Plain; charset=us-ascii (Plain text)", "Text/Plain", &[("charset", "us-ascii")]);
        check("text/plain;charset=\"us-ascii\"", "text/plain", &[("charset", "us-ascii")]);
        check(r#"a/b; name="a\"; b=c""#, "a/b", &[("name", "a\"; b=c")]);
        check("a/b; name*0*=utf-8''%E2; name*1*=x", "a/b", &[("name*0*", "utf-8''%E2"), ("name*1*", "x")]);
        check("multipart/mixed; boundary=----=_a/b:c?", "multipart/mixed", &[("boundary", "----=_a/b:c?")]);
        check("(c) a (d) / (e) b (f) ; (g) n (h) = (i) v (j)", "a/b", &[("n", "v")]);
    }

    #[test]
    fn what_people_send_instead() {
        check("text", "text/plain", &[]);
        check("multipart; boundary=a", "multipart/mixed", &[("boundary", "a")]);
        check("pdf; name=a", "application/octet-stream", &[("name", "a")]);
        check("text/html charset=utf-8", "text/html", &[("charset", "utf-8")]);
        check(
            "text/html; charset=utf-8 format=flowed;",
            "text/html",
            &[("charset", "utf-8"), ("format", "flowed")],
        );
        check("a/b; name=my file (1).pdf; x=y", "a/b", &[("name", "my file (1).pdf"), ("x", "y")]);
        check("a/b; name=\"open; x=y", "a/b", &[("name", "\"open"), ("x", "y")]);
        check("a/b;; ;flowed; x=;y=z", "a/b", &[("x", ""), ("y", "z")]);
        check("a/b; \"q\"; =v; x=y", "a/b", &[("x", "y")]);
    }

    #[test]
    fn no_type_is_no_content_type() {
        for value in ["", " ", "/plain", ";charset=utf-8", "(text/plain)"] {
            assert_eq!(ContentType::parse(value.as_bytes(), &mut Budget::new(1 << 20)), None, "{value:?}");
        }
    }

    #[test]
    fn lists_end_with_the_budget() {
        let many = "a/b".to_owned() + &";x=y".repeat(1000);
        let parsed = ContentType::parse(many.as_bytes(), &mut Budget::new(10_000)).unwrap();
        assert!((10..80).contains(&parsed.parameters.len()));
        assert!(language("a,".repeat(1000).as_bytes(), &mut Budget::new(1000)).len() < 10);
    }

    #[test]
    fn time_is_linear_in_what_is_opened() {
        for piece in [";a=b (", ";a=\"", ";a=b b", "a=b ", "(", "\"", "=", ";a=(", "a b "] {
            let value = "a/b".to_owned() + &piece.repeat((1 << 16) / piece.len());
            ContentType::parse(value.as_bytes(), &mut Budget::new(usize::MAX));
        }
        // Comments inside each other, each with a value that goes on behind it.
        let levels = 1 << 15;
        let value = "a/b".to_owned() + &";a=b (".repeat(levels) + &") c".repeat(levels);
        let start = Instant::now();
        ContentType::parse(value.as_bytes(), &mut Budget::new(usize::MAX));
        assert!(start.elapsed() < Duration::from_secs(10), "minutes, if it is quadratic");
    }

    #[test]
    fn a_semicolon_in_a_comment_ends_no_value() {
        check("a/b; name=my (x;y=z) file; u=v", "a/b", &[("name", "my (x;y=z) file"), ("u", "v")]);
        check("a/b; name=my (x;y=z; u=v", "a/b", &[("name", "my (x"), ("y", "z"), ("u", "v")]);
    }

    #[test]
    fn other_fields() {
        let mut budget = Budget::new(1 << 20);
        let texts = |texts: Vec<Text>| {
            texts.iter().map(|text| text.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(texts(language(b"en, (x) de-AT ,,fr", &mut budget)), ["en", "de-AT", "fr"]);
        assert_eq!(encoding(b" (x) base64 (y)", &mut budget), Some("base64".into()));
        assert_eq!(encoding(b"7bit;", &mut budget), Some("7bit".into()));
        assert_eq!(encoding(b"", &mut budget), None);
        let attachment = disposition(b"attachment; filename=\"a b\"", &mut budget).unwrap();
        assert_eq!(attachment.kind, "attachment".into());
        assert_eq!(*attachment.parameters, [Parameter { name: "filename".into(), value: "a b".into() }]);
    }
}
