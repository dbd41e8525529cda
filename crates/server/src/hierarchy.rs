//! The levels of a name, which the delimiter of a store keeps apart.

use tayori_proto::types::MailboxName;

/// The names above this one, the topmost first.
pub(crate) fn superiors(name: &str, delimiter: char) -> impl Iterator<Item = &str> {
    name.match_indices(delimiter).map(|(end, _)| &name[..end])
}

/// The same as names; an empty one is none.
pub(crate) fn superior_names(name: &MailboxName, delimiter: char) -> impl Iterator<Item = MailboxName> + '_ {
    superiors(name.as_str(), delimiter).filter_map(|above| MailboxName::new(above).ok())
}

/// The name right above this one.
pub(crate) fn parent(name: &MailboxName, delimiter: char) -> Option<MailboxName> {
    MailboxName::new(name.as_str().rsplit_once(delimiter)?.0).ok()
}

/// The last level of a name.
pub(crate) fn last(name: &MailboxName, delimiter: char) -> &str {
    name.as_str().rsplit(delimiter).next().unwrap_or_default()
}

/// What stands behind `ancestor` and the delimiter, if the name lies below it.
pub(crate) fn below<'a>(name: &'a MailboxName, ancestor: &MailboxName, delimiter: char) -> Option<&'a str> {
    name.as_str().strip_prefix(ancestor.as_str())?.strip_prefix(delimiter)
}

/// The name without the delimiter at its end, which says that it will have children (RFC 9051 section 6.3.4); every
/// name can. `None` if there is nothing else in it.
pub(crate) fn without_trailing_delimiter(name: &MailboxName, delimiter: char) -> Option<MailboxName> {
    match name.as_str().strip_suffix(delimiter) {
        Some(stem) => MailboxName::new(stem).ok(),
        None => Some(name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_levels() {
        let name = |text: &str| MailboxName::new(text).unwrap();
        let check = |text: &str, above: &[&str], last_level: &str, plain: Option<&str>| {
            let names: Vec<_> = superior_names(&name(text), '.').map(|it| it.as_str().to_owned()).collect();
            assert_eq!(names, above, "{text}");
            assert_eq!(parent(&name(text), '.').as_ref().map(MailboxName::as_str), above.last().copied());
            assert_eq!(last(&name(text), '.'), last_level);
            let without = without_trailing_delimiter(&name(text), '.');
            assert_eq!(without.as_ref().map(MailboxName::as_str), plain);
        };
        check("a", &[], "a", Some("a"));
        check("a/b", &[], "a/b", Some("a/b"));
        check("a.b.c", &["a", "a.b"], "c", Some("a.b.c"));
        check("a.b.", &["a", "a.b"], "", Some("a.b"));
        check(".", &[], "", None);
        for (lower, upper, rest) in
            [("a.b.c", "a", Some("b.c")), ("ab", "a", None), ("a", "a", None), ("a.b", "a.b.c", None)]
        {
            assert_eq!(below(&name(lower), &name(upper), '.'), rest, "{lower} {upper}");
        }
    }
}
