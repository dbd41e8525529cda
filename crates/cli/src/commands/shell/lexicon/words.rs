//! The shell's own words, which begin with a dot.

/// What is known of one.
#[derive(Debug)]
pub(crate) struct WordEntry {
    pub(crate) name: &'static str,
    /// What may follow it.
    pub(crate) argument: &'static str,
    pub(crate) takes: Takes,
    /// A few words.
    pub(crate) does: &'static str,
    /// Sentences.
    pub(crate) more: &'static str,
}

/// What completes behind a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    /// What `.help` explains.
    Topic,
    /// What the server offers.
    Capability,
    OnOrOff,
    File,
    /// Something that cannot be guessed.
    Text,
}

impl WordEntry {
    /// By its name with or without the dot.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let bare = name.strip_prefix('.').unwrap_or(name);
        WORDS.iter().find(|entry| entry.name[1..].eq_ignore_ascii_case(bare))
    }
}

pub(crate) const WORDS: &[WordEntry] = &[
    WordEntry {
        name: ".help",
        argument: "[TOPIC]",
        takes: Takes::Topic,
        does: "commands, what belongs into them, and these words",
        more: "A topic is a command (.help UID FETCH), an argument of one (.help UNCHANGEDSINCE), a capability \
               (.help QRESYNC) or a word (.help .save).",
    },
    WordEntry {
        name: ".caps",
        argument: "[NAME]",
        takes: Takes::Capability,
        does: "what the server offers, with RFC and use",
        more: "It shows what the server has listed last and asks for nothing: CAPABILITY asks.",
    },
    WordEntry {
        name: ".state",
        argument: "",
        takes: Takes::Nothing,
        does: "where the connection stands",
        more: "State, protection, open mailbox, what is enabled, and commands that have no answer yet.",
    },
    WordEntry {
        name: ".mailboxes",
        argument: "",
        takes: Takes::Nothing,
        does: "the mailboxes whose names were seen",
        more: "If none were, it sends LIST. These names complete on Tab.",
    },
    WordEntry {
        name: ".raw",
        argument: "[on|off]",
        takes: Takes::OnOrOff,
        does: "octets as they came, nothing folded or decoded",
        more: "Characters that would drive the terminal are escaped all the same.",
    },
    WordEntry {
        name: ".open",
        argument: "[N]",
        takes: Takes::Text,
        does: "the literals of the last command, or its N-th",
        more: "In the dialogue a literal is folded to its size.",
    },
    WordEntry {
        name: ".save",
        argument: "FILE",
        takes: Takes::File,
        does: "the dialogue so far into a new file, without secrets",
        more: "Passwords and answers to challenges are masked. Mail that was shown is in it, and names of mailboxes: look \
               before you give it away. A file that exists is left alone. .replay sends it again.",
    },
    WordEntry {
        name: ".replay",
        argument: "FILE",
        takes: Takes::File,
        does: "send a saved dialogue again, and compare",
        more: "It sends the commands of the file and says where the answers differ. What the commands change is changed \
               again.",
    },
    WordEntry {
        name: ".time",
        argument: "[on|off]",
        takes: Takes::OnOrOff,
        does: "the time in front of each line",
        more: "Also says how long the connection has lasted.",
    },
    WordEntry {
        name: ".source",
        argument: "FILE",
        takes: Takes::File,
        does: "do what stands in a file, line by line",
        more: "Lines are as if they were typed: commands, words, and comments that begin with #.",
    },
    WordEntry {
        name: ".connect",
        argument: "[PLACE]",
        takes: Takes::Text,
        does: "begin a new connection",
        more: "To the same server, or to another one: imaps://ann@imap.example.com.",
    },
    WordEntry {
        name: ".quit",
        argument: "",
        takes: Takes::Nothing,
        does: "leave",
        more: "The connection is closed without LOGOUT, which harms nothing. So does Ctrl-D.",
    },
];
