//! What the search field of Gmail understands, as far as tests of clients need it.

use tayori_proto::command::SearchKey;
use tayori_proto::types::{Date, ImapString, NonEmpty};

/// The keys that `X-GM-RAW` means: words and operators that must all hold. `label` says what a label means.
///
/// Understood are `from:`, `to:`, `cc:`, `bcc:`, `subject:`, `label:` and `in:`, `is:` with `read`, `unread` and
/// `starred`, `has:attachment`, `before:`, `after:`, `larger:`, `smaller:` and `rfc822msgid:`, phrases in quotes, and
/// `-` in front of any of them. All else is looked for as text, also `OR` and parentheses.
pub(super) fn keys(raw: &str, label: impl Fn(&str) -> SearchKey) -> SearchKey {
    let keys: Vec<SearchKey> = words(raw)
        .into_iter()
        .filter_map(|word| {
            let (word, is_meant) = match word.strip_prefix('-').filter(|word| !word.is_empty()) {
                Some(word) => (word, false),
                None => (word.as_str(), true),
            };
            let key = key(word, &label)?;
            Some(if is_meant { key } else { !key })
        })
        .collect();
    NonEmpty::try_from(keys).map_or(SearchKey::All, SearchKey::And)
}

/// Parted by blanks, but for those in quotes. The quotes are gone.
fn words(raw: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in raw.chars() {
        match (letter, words.last_mut()) {
            ('"', _) => is_quoted = !is_quoted,
            (blank, _) if blank.is_whitespace() && !is_quoted => words.push(String::new()),
            (letter, Some(word)) => word.push(letter),
            (_, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `None` for text that no string of IMAP can hold.
fn key(word: &str, label: impl Fn(&str) -> SearchKey) -> Option<SearchKey> {
    let text = |text: &str| ImapString::new(text).ok();
    let (operator, value) = word.split_once(':').unwrap_or(("", word));
    let known = match (operator.to_ascii_lowercase().as_str(), value) {
        ("from", from) => SearchKey::From(text(from)?),
        ("to", to) => SearchKey::To(text(to)?),
        ("cc", cc) => SearchKey::Cc(text(cc)?),
        ("bcc", bcc) => SearchKey::Bcc(text(bcc)?),
        ("subject", subject) => SearchKey::Subject(text(subject)?),
        ("in", "anywhere") => SearchKey::All,
        ("label" | "in", name) => label(name),
        ("is", "read") => SearchKey::Seen,
        ("is", "unread") => SearchKey::Unseen,
        ("is", "starred") => SearchKey::Flagged,
        ("has", "attachment") => field("Content-Type", "multipart/mixed")?,
        ("rfc822msgid", id) => field("Message-ID", id)?,
        ("before", day) if date(day).is_some() => SearchKey::Before(date(day)?),
        ("after", day) if date(day).is_some() => SearchKey::Since(date(day)?),
        ("larger", size) if octets(size).is_some() => SearchKey::Larger(octets(size)?),
        ("smaller", size) if octets(size).is_some() => SearchKey::Smaller(octets(size)?),
        _ => SearchKey::Text(text(word)?),
    };
    Some(known)
}

fn field(name: &'static str, value: &str) -> Option<SearchKey> {
    Some(SearchKey::Header { field: ImapString::new(name).ok()?, value: ImapString::new(value).ok()? })
}

/// `2026/01/31`
fn date(day: &str) -> Option<Date> {
    let mut parts = day.split(['/', '-']);
    let date =
        Date::new(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    date.ok().filter(|_| parts.next().is_none())
}

/// `5000`, `10K`, `2M`
fn octets(size: &str) -> Option<u64> {
    let (number, unit) = match size.char_indices().last()? {
        (end, 'k' | 'K') => (&size[..end], 1 << 10),
        (end, 'm' | 'M') => (&size[..end], 1 << 20),
        _ => (size, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_into_the_field() {
        for (raw, means) in [
            ("", "ALL"),
            ("  ", "ALL"),
            ("hello", "TEXT hello"),
            ("\"two words\" -three", "TEXT \"two words\" NOT TEXT three"),
            ("from:ann TO:bob cc:c bcc:d", "FROM ann TO bob CC c BCC d"),
            ("subject:\"a b\" is:unread", "SUBJECT \"a b\" UNSEEN"),
            ("-is:starred is:read", "NOT FLAGGED SEEN"),
            ("label:work in:inbox in:anywhere", "KEYWORD label-work KEYWORD label-inbox ALL"),
            ("has:attachment", "HEADER Content-Type multipart/mixed"),
            ("rfc822msgid:<a@b>", "HEADER Message-ID <a@b>"),
            ("before:2026/01/31 after:2025-12-01", "BEFORE 31-Jan-2026 SINCE 1-Dec-2025"),
            ("larger:10M smaller:5k larger:7", "LARGER 10485760 SMALLER 5120 LARGER 7"),
            // Not understood is looked for as it is.
            ("before:soon larger:x has:fun y:z", "TEXT before:soon TEXT larger:x TEXT has:fun TEXT y:z"),
            ("-", "TEXT -"),
        ] {
            let label = |name: &str| SearchKey::Keyword(format!("label-{name}").as_str().try_into().unwrap());
            let keys = keys(raw, label);
            let means: SearchKey = means.parse().unwrap();
            let means = match means {
                SearchKey::All => SearchKey::All,
                SearchKey::And(keys) => SearchKey::And(keys),
                one => SearchKey::And(NonEmpty::one(one)),
            };
            assert_eq!(keys, means, "{raw}");
        }
    }
}
