//! What a part is called.

use tayori_proto::types::{BodyStructure, Parameter};

use super::{disposition, parameter};

/// The file name that its sender gave a part: `filename` of `Content-Disposition` (RFC 2183 section 2.3), else `name`
/// of `Content-Type`, which is older.
///
/// It is text from outside as it is: it may be a path, hold control characters, or name what is there already. `None`
/// where there is none but white space, and for a multipart.
pub fn file_name(body: &BodyStructure) -> Option<String> {
    let BodyStructure::Part(part) = body else { return None };
    let named =
        |parameters: &[Parameter], name| parameter(parameters, name).filter(|name| !name.trim().is_empty());
    let of_disposition = disposition(part).and_then(|found| named(&found.parameters, "filename"));
    of_disposition.or_else(|| named(&part.fields.parameters, "name"))
}

#[cfg(test)]
mod tests {
    use crate::{Extensions, Structure, file_name};

    #[track_caller]
    fn check(header: &str, expected: Option<&str>) {
        let message = format!("{}\r\n\r\nx", header.replace('\n', "\r\n"));
        let body = Structure::of(message.as_bytes()).body(Extensions::With);
        assert_eq!(file_name(&body).as_deref(), expected, "{header}");
    }

    #[test]
    fn names() {
        check("Content-Type: application/pdf", None);
        check("Content-Type: application/pdf; name=\"a b.pdf\"", Some("a b.pdf"));
        check(
            "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=b.pdf",
            Some("b.pdf"),
        );
        check(
            "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=\" \"",
            Some("a.pdf"),
        );
        check(
            "Content-Type: application/pdf;\n name=\"=?ISO-2022-JP?B?GyRCQEE1YT1xGyhCLnBkZg==?=\"",
            Some("請求書.pdf"),
        );
        check(
            "Content-Disposition: attachment;\n filename*0*=iso-2022-jp''%1B%24B%40A5;\n filename*1*=a=q%1B%28B.pdf",
            Some("請求書.pdf"),
        );
        check("Content-Disposition: attachment; filename=\"../../etc/passwd\"", Some("../../etc/passwd"));
    }
}
