//! A command that is being typed, cut into what stands in front of the cursor.

/// What stands there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// In capitals, with the second word behind `UID`; `None` while it is being typed.
    pub(super) command: Option<String>,
    /// The command is typed behind `UID`.
    pub(super) behind_uid: bool,
    /// Arguments that are complete; parentheses with all that is in them are one.
    pub(super) before: Vec<String>,
    /// Parentheses that are open, the outer first: what is complete in each, in capitals.
    pub(super) groups: Vec<Vec<String>>,
    /// What the cursor is behind, without a blank in between.
    pub(super) partial: String,
    /// Where that begins, in octets.
    pub(super) start: usize,
}

/// Reads what stands in front of the cursor.
pub(super) fn read(head: &str) -> Typed {
    let mut words = Words { head, at: 0 };
    let mut typed = Typed::default();
    // A tag has a digit in it, and no command has.
    let mut first = words.next();
    if first.is_complete && first.text.contains(|c: char| c.is_ascii_digit()) {
        first = words.next();
    }
    if first.is_complete && first.text.eq_ignore_ascii_case("UID") {
        typed.behind_uid = true;
        first = words.next();
    }
    if !first.is_complete {
        (typed.partial, typed.start) = (first.text.to_owned(), first.start);
        return typed;
    }
    let name = first.text.to_ascii_uppercase();
    typed.command = Some(if typed.behind_uid { format!("UID {name}") } else { name });
    typed.arguments(head, words.at);
    typed
}

struct Words<'a> {
    head: &'a str,
    at: usize,
}

struct Word<'a> {
    text: &'a str,
    start: usize,
    /// A blank follows.
    is_complete: bool,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Word<'a> {
        let rest = &self.head[self.at..];
        let start = self.at + (rest.len() - rest.trim_start_matches(' ').len());
        let rest = &self.head[start..];
        let end = rest.find(' ');
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at = (start + text.len() + usize::from(end.is_some())).min(self.head.len());
        Word { text, start, is_complete: end.is_some() }
    }
}

impl Typed {
    fn arguments(&mut self, head: &str, from: usize) {
        let mut start = from;
        let mut quoted = false;
        let mut escaped = false;
        // A section may hold blanks and parentheses: BODY[HEADER.FIELDS (FROM)].
        let mut brackets = 0_usize;
        for (at, c) in head[from..].char_indices().map(|(at, c)| (from + at, c)) {
            if quoted {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '"' => quoted = false,
                    _ => {}
                }
                continue;
            }
            match c {
                '"' => quoted = true,
                '[' => brackets += 1,
                ']' => brackets = brackets.saturating_sub(1),
                _ if brackets > 0 => {}
                ' ' => {
                    self.push(&head[start..at]);
                    start = at + 1;
                }
                '(' => {
                    self.push(&head[start..at]);
                    self.groups.push(Vec::new());
                    start = at + 1;
                }
                ')' => {
                    self.push(&head[start..at]);
                    if self.groups.pop().is_some() {
                        match self.groups.last_mut() {
                            Some(group) => group.push("()".to_owned()),
                            None => self.before.push("()".to_owned()),
                        }
                    }
                    start = at + 1;
                }
                _ => {}
            }
        }
        self.partial = head[start..].to_owned();
        self.start = start;
    }

    fn push(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        match self.groups.last_mut() {
            Some(group) => group.push(word.to_ascii_uppercase()),
            None => self.before.push(word.to_owned()),
        }
    }
}
