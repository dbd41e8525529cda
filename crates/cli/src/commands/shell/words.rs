//! The words of the shell, which begin with a dot.

use std::fmt;
use std::path::PathBuf;

use super::lexicon::words::WordEntry;
use crate::escape::escape_str;

/// One of them, with what was typed behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// `.help [TOPIC]`
    Help(String),
    /// `.caps`
    Capabilities(String),
    /// `.state`
    State,
    /// `.mailboxes`
    Mailboxes,
    /// `.raw [on|off]`
    Raw(Option<Switch>),
    /// `.open [N]`
    Open(Option<usize>),
    /// `.save FILE`
    Save(PathBuf),
    /// `.replay FILE`
    Replay(PathBuf),
    /// `.time [on|off]`
    Time(Option<Switch>),
    /// `.source FILE`
    Source(PathBuf),
    /// `.connect [PLACE]`
    Connect(Option<String>),
    /// `.quit`
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

impl Switch {
    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// A word that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WordError {
    Unknown(String),
    /// What should stand behind this word.
    Expected(&'static str, &'static str),
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word) => write!(f, "there is no word .{}", escape_str(word)),
            Self::Expected(word, "") => write!(f, "nothing belongs behind {word}"),
            Self::Expected(word, what) => write!(f, "{what} belongs behind {word}"),
        }
    }
}

impl std::error::Error for WordError {}

impl WordError {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Unknown(_) => ".help lists the words".to_owned(),
            Self::Expected(word, _) => {
                WordEntry::find(word).map_or(String::new(), |WordEntry { name, argument, does, .. }| {
                    format!("{}: {does}", format!("{name} {argument}").trim_end())
                })
            }
        }
    }
}

impl Word {
    /// Reads one, without its dot.
    pub(crate) fn read(text: &str) -> Result<Self, WordError> {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let file = |word| match rest {
            "" => Err(WordError::Expected(word, "the name of a file")),
            file => Ok(PathBuf::from(file)),
        };
        let switch = |word| match rest.to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "on" => Ok(Some(Switch::On)),
            "off" => Ok(Some(Switch::Off)),
            _ => Err(WordError::Expected(word, "on, off or nothing")),
        };
        let nothing = |name, word: Word| match rest {
            "" => Ok(word),
            _ => Err(WordError::Expected(name, "")),
        };
        match word.to_ascii_lowercase().as_str() {
            "help" => Ok(Self::Help(rest.to_owned())),
            "caps" => Ok(Self::Capabilities(rest.to_owned())),
            "state" => nothing(".state", Self::State),
            "mailboxes" => nothing(".mailboxes", Self::Mailboxes),
            "raw" => switch(".raw").map(Self::Raw),
            "open" => match rest {
                "" => Ok(Self::Open(None)),
                number => match number.parse::<usize>() {
                    Ok(number @ 1..) => Ok(Self::Open(Some(number))),
                    _ => Err(WordError::Expected(".open", "a number from 1 on, or nothing,")),
                },
            },
            "save" => file(".save").map(Self::Save),
            "replay" => file(".replay").map(Self::Replay),
            "time" => switch(".time").map(Self::Time),
            "source" => file(".source").map(Self::Source),
            "connect" => Ok(Self::Connect((!rest.is_empty()).then(|| rest.to_owned()))),
            "quit" => nothing(".quit", Self::Quit),
            _ => Err(WordError::Unknown(word.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::words::WORDS;
    use super::*;

    #[test]
    fn every_word_of_the_table_is_one() {
        for WordEntry { name, argument, .. } in WORDS {
            let typed = if argument.starts_with('[') || argument.is_empty() { "" } else { " x" };
            let read = Word::read(&format!("{}{typed}", &name[1..]));
            assert!(read.is_ok(), "{name}: {read:?}");
        }
    }

    #[test]
    fn what_is_wrong_comes_with_what_belongs_there() {
        let error = Word::read("save").unwrap_err();
        assert_eq!(error.hint(), ".save FILE: the dialogue so far into a new file, without secrets");
    }

    #[test]
    fn what_follows_a_word_is_read() {
        let check = |text: &str, expected: Result<Word, &str>| {
            let read = Word::read(text).map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{text}");
        };
        check("RAW on", Ok(Word::Raw(Some(Switch::On))));
        check("raw", Ok(Word::Raw(None)));
        check("raw maybe", Err("on, off or nothing belongs behind .raw"));
        check("open 2", Ok(Word::Open(Some(2))));
        check("open 0", Err("a number from 1 on, or nothing, belongs behind .open"));
        check("save a file.txt ", Ok(Word::Save("a file.txt".into())));
        check("save", Err("the name of a file belongs behind .save"));
        check("quit now", Err("nothing belongs behind .quit"));
        check("x\u{1b}", Err("there is no word .x\\x1b"));
        check("", Err("there is no word ."));
    }
}
