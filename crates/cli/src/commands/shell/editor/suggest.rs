//! What Tab offers.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use reedline::{Completer, CompletionResult, Span, Suggestion};

use crate::commands::shell::complete::{Ends, complete};
use crate::commands::shell::known::Known;
use crate::commands::shell::standing::Standing;

/// Files that are looked at in a folder; nobody chooses among more.
const MOST_FILES: usize = 10_000;

/// Offers what fits what is known of the dialogue.
pub(super) struct Suggesting {
    known: Arc<Mutex<Option<Arc<Known>>>>,
    /// What is typed is a secret: nothing is known of it.
    secret: Arc<AtomicBool>,
}

impl Suggesting {
    pub(super) fn new(known: Arc<Mutex<Option<Arc<Known>>>>, secret: Arc<AtomicBool>) -> Self {
        Self { known, secret }
    }
}

impl Completer for Suggesting {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        if self.secret.load(Ordering::Relaxed) {
            return CompletionResult::fresh(Vec::new());
        }
        let known = self.known.lock().ok().and_then(|known| known.clone());
        let standing = known.map_or_else(Standing::default, |known| known.standing());
        let completion = complete(line, position, &standing, &files);
        let span = Span::new(completion.span.start, completion.span.end);
        let suggestions: Vec<_> = completion
            .candidates
            .into_iter()
            .map(|candidate| Suggestion {
                value: candidate.text,
                description: (!candidate.about.is_empty()).then_some(candidate.about),
                span,
                append_whitespace: candidate.ends == Ends::Blank,
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// Names of files that begin like this, folders with `/` at their end. What is no text, or hidden, is not offered.
fn files(typed: &str) -> Vec<String> {
    let (folder, begin) = typed.rfind('/').map_or(("", typed), |slash| typed.split_at(slash + 1));
    let Ok(entries) = fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let names = entries.take(MOST_FILES).flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_meant = name.starts_with(begin) && (begin.starts_with('.') || !name.starts_with('.'));
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        is_meant.then(|| format!("{folder}{name}{}", if is_folder { "/" } else { "" }))
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::commands::shell::known::Protection;

    #[test]
    fn what_is_known_of_the_dialogue_is_offered() {
        let mut known = Known::new(Protection::Tls);
        for line in ["* PREAUTH hi", "* LIST () \"/\" Archive", "* LIST () \"/\" \"Two words\""] {
            known.heard(&Bytes::from(format!("{line}\r\n")));
        }
        let known = Arc::new(Mutex::new(Some(Arc::new(known))));
        let mut suggesting = Suggesting::new(known, Arc::default());
        let mut check = |line: &str, expected: &str| {
            let CompletionResult::Fresh { suggestions, .. } = suggesting.complete(line, line.len()) else {
                panic!("{line}: what is offered is known at once");
            };
            let texts: Vec<&str> = suggestions.iter().map(|suggestion| suggestion.value.as_str()).collect();
            assert_eq!(texts, [expected], "{line}");
        };
        check("sel", "SELECT");
        check(".sa", ".save");
        check("SELECT a", "Archive");
        check("SELECT t", "\"Two words\"");
    }

    #[test]
    fn files_are_offered() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one.eml", "other", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("old")).unwrap();
        let path = folder.path().to_str().unwrap();
        let check = |begin: &str, expected: &[&str]| {
            let expected: Vec<_> = expected.iter().map(|name| format!("{path}/{name}")).collect();
            assert_eq!(files(&format!("{path}/{begin}")), expected, "{begin}");
        };
        check("o", &["old/", "one.eml", "other"]);
        check("", &["old/", "one.eml", "other"]);
        check(".", &[".hidden"]);
        check("x", &[]);
        assert_eq!(files("/nowhere/at/all/x"), [] as [String; 0]);
    }
}
