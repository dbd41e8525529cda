//! Random messages whose parts are known.

use proptest::prelude::*;

/// A message as a test makes it.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Leaf { header: String, body: String },
    Multipart { preamble: Option<String>, parts: Vec<Tree>, epilogue: Option<String> },
    Message { subject: String, inside: Box<Tree> },
}

/// Any tree.
pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let line = "[ -~]{0,12}";
    let lines = prop::collection::vec(line, 0..4).prop_map(|lines| lines.join("\r\n"));
    let header = prop_oneof![
        Just(String::new()),
        Just("Content-Type: text/plain\r\n".to_owned()),
        Just("Content-Type: image/png;\r\n name=a\r\nContent-Transfer-Encoding: base64\r\n".to_owned()),
        Just("X-A: b\r\n".to_owned()),
    ];
    let leaf = (header, lines.clone()).prop_map(|(header, body)| Tree::Leaf { header, body });
    leaf.prop_recursive(5, 24, 4, move |inner| {
        let text = prop::option::of(lines.clone());
        prop_oneof![
            2 => (text.clone(), prop::collection::vec(inner.clone(), 1..4), text)
                .prop_map(|(preamble, parts, epilogue)| Tree::Multipart { preamble, parts, epilogue }),
            1 => ("[a-z]{0,8}", inner)
                .prop_map(|(subject, inside)| Tree::Message { subject, inside: Box::new(inside) }),
        ]
    })
}

/// What is expected of sections: their names and octets.
pub(crate) type Expected = Vec<(String, String)>;

impl Tree {
    /// The message, and what is expected of its sections.
    pub(crate) fn message(&self) -> (String, Expected) {
        let mut expected = Vec::new();
        let (header, body) = self.as_message("", &mut String::new(), &mut expected);
        expected.push(("HEADER".to_owned(), format!("{header}\r\n")));
        expected.push(("TEXT".to_owned(), body.clone()));
        (format!("{header}\r\n{body}"), expected)
    }

    /// The entity as text, header and body; below it, what sections of it are expected. `boundary` counts them, and
    /// each is the beginning of the next.
    fn written(&self, number: &str, boundary: &mut String, expected: &mut Expected) -> (String, String) {
        match self {
            Self::Leaf { header, body } => (header.clone(), body.clone()),
            Self::Multipart { preamble, parts, epilogue } => {
                boundary.push('=');
                let own = format!("{boundary}_");
                let mut body = preamble.as_ref().map_or_else(String::new, |text| format!("{text}\r\n"));
                for (index, part) in parts.iter().enumerate() {
                    let number = dotted(number, index + 1);
                    let text = part.as_part(&number, boundary, expected);
                    body += &format!("--{own}\r\n{text}\r\n");
                }
                body += &format!("--{own}--");
                if let Some(epilogue) = epilogue {
                    body += &format!("\r\n{epilogue}");
                }
                (format!("Content-Type: multipart/mixed; boundary=\"{own}\"\r\n"), body)
            }
            Self::Message { subject, inside } => {
                let (header, body) = inside.as_message(number, boundary, expected);
                let header = format!("Subject: {subject}\r\n{header}");
                expected.push((format!("{number}.HEADER"), format!("{header}\r\n")));
                expected.push((format!("{number}.TEXT"), body.clone()));
                ("Content-Type: message/rfc822\r\n".to_owned(), format!("{header}\r\n{body}"))
            }
        }
    }

    /// As a part with this number.
    fn as_part(&self, number: &str, boundary: &mut String, expected: &mut Expected) -> String {
        let (header, body) = self.written(number, boundary, expected);
        expected.push((number.to_owned(), body.clone()));
        expected.push((format!("{number}.MIME"), format!("{header}\r\n")));
        format!("{header}\r\n{body}")
    }

    /// As the message that the part with this number holds, or the message itself where there is none.
    fn as_message(&self, number: &str, boundary: &mut String, expected: &mut Expected) -> (String, String) {
        if let Self::Multipart { .. } = self {
            return self.written(number, boundary, expected);
        }
        let number = dotted(number, 1);
        let (header, body) = self.written(&number, boundary, expected);
        expected.push((number, body.clone()));
        (header, body)
    }
}

fn dotted(number: &str, next: usize) -> String {
    if number.is_empty() { next.to_string() } else { format!("{number}.{next}") }
}
