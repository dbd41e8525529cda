//! Text in text without regard to case, in the spirit of `i;unicode-casemap` (RFC 5051).

use std::sync::Arc;

use unicode_normalization::char::decompose_compatible;

/// What is looked for.
///
/// Case, composition and width of characters do not matter: `STRASSE` is in `Straße`, `ｶﾞ` is `ガ`, and a letter is in
/// the same letter with an accent. Differences to RFC 5051 section 2: characters are decomposed before they are put in
/// upper case, and by the full mapping, so that what comes out of a ligature is without case too. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Needle(Arc<Pattern>);

/// A pattern of Knuth, Morris and Pratt.
#[derive(Debug)]
struct Pattern {
    folded: Vec<char>,
    /// For each number of matched characters but none: how many are still matched when the next one does not match.
    /// Always smaller than that number.
    fallback: Vec<usize>,
}

impl Needle {
    /// What is looked for. The empty text is in every text.
    pub fn new(text: &str) -> Self {
        let mut folded = Vec::new();
        text.chars().for_each(|character| fold(character, |character| folded.push(character)));
        let mut fallback = Vec::with_capacity(folded.len());
        let mut matched = 0;
        for (index, &character) in folded.iter().enumerate() {
            if index > 0 {
                while matched > 0 && folded[matched] != character {
                    matched = fallback[matched - 1];
                }
                matched += usize::from(folded[matched] == character);
            }
            fallback.push(matched);
        }
        Self(Arc::new(Pattern { folded, fallback }))
    }

    /// Whether it is in this text.
    pub fn is_in(&self, text: &str) -> bool {
        self.finder().feed(text)
    }

    /// A search through a text that comes in pieces.
    pub fn finder(&self) -> Finder {
        Finder { needle: self.clone(), matched: 0 }
    }
}

/// Looks for a [`Needle`] in a text that comes in pieces; time is linear, and nothing of the text is held.
#[derive(Clone, Debug)]
pub struct Finder {
    needle: Needle,
    /// Characters of the needle that the text ends with; all of them once it was found.
    matched: usize,
}

impl Finder {
    /// Reads the next piece; whether the needle was found, in it or before.
    pub fn feed(&mut self, text: &str) -> bool {
        let Pattern { folded, fallback } = &*self.needle.0;
        for character in text.chars() {
            if self.matched == folded.len() {
                break;
            }
            fold(character, |character| {
                let mut matched = self.matched;
                if matched == folded.len() {
                    return;
                }
                while matched > 0 && folded[matched] != character {
                    matched = fallback[matched - 1];
                }
                self.matched = matched + usize::from(folded[matched] == character);
            });
        }
        self.is_found()
    }

    /// Whether the needle was found.
    pub fn is_found(&self) -> bool {
        self.matched == self.needle.0.folded.len()
    }

    /// Forgets what was read, but not what was found: what comes next is another text.
    pub fn restart(&mut self) {
        if !self.is_found() {
            self.matched = 0;
        }
    }
}

fn fold(character: char, mut emit: impl FnMut(char)) {
    if character.is_ascii() {
        emit(character.to_ascii_uppercase());
    } else {
        // By way of lower case, since the capital ẞ is its own upper case.
        decompose_compatible(character, |part| {
            part.to_lowercase().flat_map(char::to_uppercase).for_each(&mut emit);
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(needle: &str, text: &str, expected: bool) {
        let needle = Needle::new(needle);
        assert_eq!(needle.is_in(text), expected, "{needle:?} in {text:?}");
        let mut finder = needle.finder();
        let mut found = finder.is_found();
        for character in text.chars() {
            found = finder.feed(character.encode_utf8(&mut [0; 4]));
        }
        assert_eq!(found, expected, "{needle:?} in {text:?}, a character at a time");
    }

    #[test]
    fn case_and_form_do_not_matter() {
        check("HELLO", "say hello.", true);
        check("grüße", "VIELE GRÜSSE", true);
        check("STRASSE", "Straße", true);
        check("u\u{308}", "ü", true);
        check("ü", "U\u{308}", true);
        check("u", "ü", true);
        check("ü", "u", false);
        check("οδος", "ΟΔΟΣ", true);
        check("ガ", "ｶﾞ", true);
        check("ａｂｃ", "xABC", true);
        check("fi", "ﬁle", true);
        check("東京", "に東京へ", true);
        check("москва", "в МОСКВЕ, Москва", true);
        check("", "", true);
        check("", "a", true);
        check("a", "", false);
    }

    /// Every character of the planes that have case is found by its upper and by its lower case.
    #[test]
    fn every_character_is_found_in_both_cases() {
        let folded = |text: &str| {
            let mut folded = String::new();
            text.chars().for_each(|one| fold(one, |part| folded.push(part)));
            folded
        };
        for character in '\u{80}'..='\u{1ffff}' {
            let text = character.to_string();
            assert_eq!(folded(&text), folded(&text.to_uppercase()), "{character}");
            assert_eq!(folded(&text), folded(&text.to_lowercase()), "{character}");
        }
    }

    #[test]
    fn a_false_start_hides_nothing() {
        check("aab", "aaab", true);
        check("abac", "ababac", true);
        check("aaaa", "aaabaaa", false);
        check("issip", "mississippi", true);
    }

    #[test]
    fn two_texts_are_not_one() {
        let mut finder = Needle::new("ab").finder();
        finder.feed("a");
        finder.restart();
        assert!(!finder.feed("b"));
        assert!(finder.feed("ab"));
        finder.restart();
        assert!(finder.is_found());
    }

    #[test]
    fn time_is_linear() {
        let mut finder = Needle::new(&("a".repeat(1 << 16) + "b")).finder();
        (0..1 << 6).for_each(|_| assert!(!finder.feed(&"a".repeat(1 << 12))));
    }

    proptest! {
        #[test]
        fn what_is_found_is_there(needle in "[abAB]{0,4}", text in "[abAB]{0,12}", cut in 0_usize..12) {
            let expected = text.to_lowercase().contains(&needle.to_lowercase());
            prop_assert_eq!(Needle::new(&needle).is_in(&text), expected);
            let (front, behind) = text.split_at(cut.min(text.len()));
            let mut finder = Needle::new(&needle).finder();
            finder.feed(front);
            prop_assert_eq!(finder.feed(behind), expected);
        }

        #[test]
        fn any_text_is_in_itself(front in ".{0,5}", needle in ".{0,8}", behind in ".{0,5}") {
            let text = [front, needle.clone(), behind].concat();
            prop_assert!(Needle::new(&needle).is_in(&text));
            prop_assert!(Needle::new(&needle.to_uppercase()).is_in(&needle));
        }
    }
}
