//! Names that a file system may take for one.

use std::path::Path;

use unicode_normalization::UnicodeNormalization as _;

use crate::digest::short;

/// The same for all names that some file system takes for one: they differ in case, or in how letters are composed.
/// Short enough to be kept for each of many names; of a million, two have the same by chance with a probability of less
/// than one to ten millions.
///
/// So names that seem to be one may be two; whoever asks has to be safe then.
pub(crate) fn digest(path: &Path) -> u64 {
    let name = path.to_string_lossy();
    let plain = match name.is_ascii() {
        true => name.to_ascii_lowercase(),
        false => name.nfkd().flat_map(char::to_lowercase).collect(),
    };
    short(&blake3::hash(plain.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_names_are_alike() {
        let check = |one: &str, other: &str, expected: bool| {
            assert_eq!(digest(one.as_ref()) == digest(other.as_ref()), expected, "{one} {other}");
        };
        check("a/x.eml", "A/X.EML", true);
        check("R\u{e9}sum\u{e9}", "re\u{301}SUME\u{301}", true);
        check("\u{212a}", "k", true);
        check("a/x.eml", "a/y.eml", false);
        check("a/x.eml", "x.eml", false);
        check("e", "\u{e9}", false);
    }
}
