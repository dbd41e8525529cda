use super::folded;
use crate::decode_header;

/// A subject without what marks replies and forwarded messages (RFC 5256 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseSubject {
    text: String,
    kind: SubjectKind,
}

/// Whether a subject says that its message is about another one (RFC 5256 section 3, REFERENCES).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// It does not.
    Original,
    /// It says so by what was taken away.
    ReplyOrForward,
}

impl BaseSubject {
    /// Of the field as it is written, encoded words and all; a missing one is empty. Takes linear time: nothing that
    /// was looked at in vain is looked at again, but for one bracket.
    ///
    /// ```
    /// use tayori_mime::order::{BaseSubject, SubjectKind};
    ///
    /// let reply = BaseSubject::of(Some(b"Re: [list] =?UTF-8?Q?L=C3=BCnch?= (fwd)"));
    /// assert_eq!(reply.text(), BaseSubject::of(Some("lünch".as_bytes())).text());
    /// assert_eq!(reply.kind(), SubjectKind::ReplyOrForward);
    /// ```
    pub fn of(subject: Option<&[u8]>) -> Self {
        let decoded = decode_header(subject.unwrap_or_default());
        let words: Vec<&str> = decoded.split_whitespace().collect();
        let joined = words.join(" ");
        let mut rest = joined.as_str();
        let mut kind = SubjectKind::Original;
        loop {
            while let Some(shorter) = without_trailer(rest, &mut kind) {
                rest = shorter;
            }
            rest = without_leaders(rest, &mut kind);
            match strip_prefix(rest, "[fwd:").and_then(|inner| inner.strip_suffix(']')) {
                Some(inner) => {
                    kind = SubjectKind::ReplyOrForward;
                    rest = inner;
                }
                None => return Self { text: folded(rest), kind },
            }
        }
    }

    /// The text, [`folded`]: to compare, not to show.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is about another message.
    pub fn kind(&self) -> SubjectKind {
        self.kind
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// `subj-trailer = "(fwd)" / WSP`
fn without_trailer<'a>(text: &'a str, kind: &mut SubjectKind) -> Option<&'a str> {
    if let Some(shorter) = text.strip_suffix(' ') {
        return Some(shorter);
    }
    let cut = text.len().checked_sub("(fwd)".len())?;
    let trailer = text.get(cut..)?;
    if !trailer.eq_ignore_ascii_case("(fwd)") {
        return None;
    }
    *kind = SubjectKind::ReplyOrForward;
    text.get(..cut)
}

/// Steps 3 to 5: `subj-leader = (*subj-blob subj-refwd) / WSP`, and a `subj-blob` in front of something else.
fn without_leaders<'a>(mut text: &'a str, kind: &mut SubjectKind) -> &'a str {
    loop {
        text = text.trim_start_matches(' ');
        // Behind all blobs, and behind all but the last.
        let (mut behind, mut last) = (text, text);
        while let Some(shorter) = without_blob(behind) {
            (last, behind) = (behind, shorter);
        }
        if let Some(shorter) = without_refwd(behind) {
            *kind = SubjectKind::ReplyOrForward;
            text = shorter;
            continue;
        }
        // What the rest looks like has been seen: no blob stands in front of it, and no leader either. A blob that is
        // all there is stays, as the subject.
        return if behind.is_empty() { last } else { behind };
    }
}

/// `subj-blob = "[" *BLOBCHAR "]" *WSP`
fn without_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    let behind = inner[end..].strip_prefix(']')?;
    Some(behind.trim_start_matches(' '))
}

/// `subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"`
fn without_refwd(text: &str) -> Option<&str> {
    let behind = ["re", "fwd", "fw"].iter().find_map(|word| strip_prefix(text, word))?;
    let behind = behind.trim_start_matches(' ');
    without_blob(behind).unwrap_or(behind).strip_prefix(':')
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[track_caller]
    fn check(subject: &str, base: &str, kind: SubjectKind) {
        let found = BaseSubject::of(Some(subject.as_bytes()));
        assert_eq!(found, BaseSubject { text: folded(base), kind }, "{subject}");
    }

    #[test]
    fn base_subjects() {
        use SubjectKind::{Original, ReplyOrForward};
        check("Lunch", "Lunch", Original);
        check("", "", Original);
        check("  a \t b\r\n c ", "a b c", Original);
        check("Re: Lunch", "Lunch", ReplyOrForward);
        check("RE : re:Fw: FWD: Lunch", "Lunch", ReplyOrForward);
        check("Re[2]: Lunch", "Lunch", ReplyOrForward);
        check("[list] Re: [list] Lunch", "Lunch", ReplyOrForward);
        check("[list] [other] Lunch", "Lunch", Original);
        check("[a][b]", "[b]", Original);
        check("[a]", "[a]", Original);
        check("[a[b] c", "[a[b] c", Original);
        check("Lunch (fwd) (FWD) ", "Lunch", ReplyOrForward);
        check("[Fwd: Lunch]", "Lunch", ReplyOrForward);
        check("[fwd: Re: [fwd: Lunch (fwd)]]", "Lunch", ReplyOrForward);
        check("Re:", "", ReplyOrForward);
        check("Reply: Lunch", "Reply: Lunch", Original);
        check("=?UTF-8?Q?Re=3A_Lunch?=", "Lunch", ReplyOrForward);
        check("Re: 旅行", "旅行", ReplyOrForward);
        check("é(fwd", "é(fwd", Original);
    }

    #[test]
    fn long_subjects_take_no_time() {
        let start = Instant::now();
        for part in ["[a]", "[a] re:", "[fwd:", "[", "(fwd)", "re:", "[fwd:x]", "[fwd: [a] "] {
            for end in ["", "x", "]", ":"] {
                let _ = BaseSubject::of(Some(format!("{}{end}", part.repeat(30_000)).as_bytes()));
            }
        }
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
