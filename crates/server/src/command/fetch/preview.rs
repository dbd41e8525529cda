use std::ops::Range;

use tayori_mime::{PartDecoder, html_to_text};
use tayori_proto::types::Text;

use crate::command::read;
use crate::store::{Message, StoreError};

/// How many characters a preview has (RFC 8970 section 3.2).
const CHARACTERS: usize = 200;

/// How much of a part is looked at. What is so far behind nobody sees in a list of messages.
const OCTETS: u64 = 16 << 10;

/// The first words of a message (RFC 8970 section 3): of its first plain text, else of its first HTML. Empty where it
/// has neither.
///
/// A little of the message is read, so this is at hand whether or not the client would wait for it.
pub(super) async fn preview(message: &impl Message) -> Result<Text, StoreError> {
    let structure = message.structure().await?;
    let is = |subtype: &'static [u8]| {
        structure.leaves().find(|part| part.is_type("text") && part.media_subtype().eq_ignore_case(subtype))
    };
    let (part, is_html) = match (is(b"plain"), is(b"html")) {
        (Some(plain), _) => (plain, false),
        (None, Some(html)) => (html, true),
        (None, None) => return Ok(Text::default()),
    };
    let Range { start: mut at, end } = part.body();
    let end = end.min(at.saturating_add(OCTETS));
    let mut decoder = PartDecoder::of(part);
    let mut text = String::new();
    while at < end {
        let octets = read(message, at..end).await?;
        at += octets.len() as u64;
        decoder.feed(&octets, &mut text);
    }
    decoder.finish(&mut text);
    if is_html {
        text = html_to_text(&text);
    }
    Ok(Text::from(first_words(&text)))
}

/// On one line, without what is no character to look at.
fn first_words(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let mut line = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > CHARACTERS * 4 {
            break;
        }
    }
    match line.char_indices().nth(CHARACTERS) {
        Some((end, _)) => line[..end].trim_end().to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_on_one_line() {
        for (text, expected) in [
            ("", ""),
            (" \r\n\t", ""),
            ("a\r\n\r\n b\tc\u{0}\u{1b}[1m ", "a b c [1m"),
            ("だ\u{3000}ね", "だ ね"),
        ] {
            assert_eq!(first_words(text), expected);
        }
        assert_eq!(first_words(&"é".repeat(1000)), "é".repeat(200));
        assert_eq!(first_words(&"ab ".repeat(1000)).len(), 200);
        assert_eq!(first_words(&format!("{} b", "a".repeat(199))), "a".repeat(199));
    }
}
