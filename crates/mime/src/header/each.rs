//! The fields of a header, one by one.

/// Name and value of each field, in their order; the value with its folding, without the white space behind it. Lines
/// that are no field are passed over.
///
/// ```
/// let header = b"Subject: two\r\n lines\r\nTo: ann@example.org\r\n\r\n";
/// let names: Vec<_> = tayori_mime::header_fields(header).map(|(name, _)| name).collect();
/// assert_eq!(names, [&b"Subject"[..], b"To"]);
/// ```
pub fn header_fields(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = header;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (field, after) = rest.split_at(end_of_field(rest));
            rest = after;
            if let Some(colon) = memchr::memchr(b':', field) {
                return Some((field[..colon].trim_ascii_end(), field[colon + 1..].trim_ascii_end()));
            }
        }
    })
}

/// Behind the line end of the last line that belongs to the first field: the next one does not begin with a blank.
fn end_of_field(header: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', header)
        .map(|feed| feed + 1)
        .find(|&end| !matches!(header.get(end), Some(b' ' | b'\t')))
        .unwrap_or(header.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> = header_fields(header.as_bytes())
            .map(|(name, value)| (std::str::from_utf8(name).unwrap(), std::str::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn fields_are_found_whatever_stands_between() {
        check("", &[]);
        check("\r\n", &[]);
        check("A: b\r\n\r\n", &[("A", " b")]);
        check("A: b\r\n c\r\nD :e\n\tf\ng\nH:", &[("A", " b\r\n c"), ("D", "e\n\tf"), ("H", "")]);
        check("no field\r\n here\r\nA:b:c\r\n", &[("A", "b:c")]);
    }
}
