use super::Vendor;

/// What is known about a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BehaviourEvidence {
    /// Who behaves like this.
    pub vendors: &'static [Vendor],
    /// Others, that cannot be told by what they say of themselves.
    pub others: &'static str,
    /// What was seen, and where.
    pub seen: &'static str,
    /// What is done about it, and by whom.
    pub remedy: &'static str,
}

macro_rules! behaviours {
    ($($(#[$doc:meta])* $name:ident $word:literal {
        vendors: [$($vendor:ident),*], others: $others:literal, seen: $seen:literal, remedy: $remedy:literal $(,)?
    })*) => {
        /// A way of behaving that not all servers share. Each is a switch of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Behaviour {
            $($(#[$doc])* $name,)*
        }

        impl Behaviour {
            /// Every behaviour.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word by which it is set, such as `no-examine`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Who does it, what was seen, what is done about it.
            pub const fn evidence(self) -> BehaviourEvidence {
                match self {
                    $(Self::$name => BehaviourEvidence {
                        vendors: &[$(Vendor::$vendor),*], others: $others, seen: $seen, remedy: $remedy,
                    },)*
                }
            }
        }
    };
}

impl Behaviour {
    /// The behaviour with this word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|behaviour| behaviour.word() == word)
    }
}

behaviours! {
    /// What follows a LOGIN in the same write is lost.
    NoFlightBehindLogin "no-flight-behind-login" {
        vendors: [Courier], others: "",
        seen: "only the LOGIN is answered; the rest vanishes without an error (Courier 5.0.13)",
        remedy: "the client waits for the login; learned when a flight behind a login is not answered",
    }
    /// What follows an AUTHENTICATE in the same write is lost.
    NoFlightBehindAuthenticate "no-flight-behind-authenticate" {
        vendors: [Cyrus, Courier], others: "",
        seen: "only the AUTHENTICATE is answered, with TLS or without (Cyrus 3.6, 3.10, 3.12)",
        remedy: "the client waits for the login",
    }
    /// EXAMINE does harm; SELECT does not.
    NoExamine "no-examine" {
        vendors: [], others: "old Courier, FTGate",
        seen: "EXAMINE changes UIDVALIDITY, or is broken",
        remedy: "the client opens mailboxes with SELECT",
    }
    /// LIST with selection or return options gives nothing, or is refused, although it is offered.
    NoExtendedList "no-extended-list" {
        vendors: [Proton], others: "Strato, Cyrus before 2.5.11",
        seen: "OK without a row (Strato), BAD (Proton Bridge)",
        remedy: "the client lists in the old form; learned when an extended LIST of everything is empty or refused",
    }
    /// NAMESPACE does harm.
    NoNamespace "no-namespace" {
        vendors: [Exchange2003], others: "hMailServer 4.4.1",
        seen: "the connection is dropped",
        remedy: "the client does not offer it",
    }
    /// Until the client has said who it is, no mailbox can be opened.
    WantsId "wants-id" {
        vendors: [Coremail], others: "",
        seen: "SELECT answers NO Unsafe Login",
        remedy: "whoever logs in sends ID behind it",
    }
    /// IDLE is accepted, and nothing is told in it.
    SilentIdle "silent-idle" {
        vendors: [GoImap, Naver], others: "Mailutils",
        seen: "no news in IDLE, ever; at Naver only a new SELECT shows what has come",
        remedy: "whoever watches asks from time to time",
    }
    /// IDLE has to be renewed after three minutes.
    ShortIdle "short-idle" {
        vendors: [Yahoo], others: "",
        seen: "the connection breaks",
        remedy: "the client renews after 170 seconds",
    }
    /// IDLE has to be renewed within a minute.
    ImpatientIdle "impatient-idle" {
        vendors: [Coremail], others: "Rambler",
        seen: "the connection breaks after 55 seconds",
        remedy: "the client renews after 50 seconds",
    }
    /// Commands above 1000 octets are refused.
    ShortCommands "short-commands" {
        vendors: [Yahoo, Uw], others: "",
        seen: "BAD, or the connection breaks",
        remedy: "the client cuts sets into commands of that length",
    }
    /// More than some twenty commands on their way break the answers.
    FewInFlight "few-in-flight" {
        vendors: [Exchange, Exchange2003], others: "",
        seen: "about fifty STATUS at once give broken answers",
        remedy: "the client keeps to twenty",
    }
    /// Ranges have to be written from the lower to the higher number.
    AscendingSets "ascending-sets" {
        vendors: [HMailServer], others: "",
        seen: "a descending range is empty",
        remedy: "sets of this library are ascending, unless somebody typed one",
    }
    /// Asking for MAILBOXID beside counters gives octets of freed memory.
    MailboxIdAlone "mailbox-id-alone" {
        vendors: [Cyrus], others: "",
        seen: "STATUS and LIST-STATUS with MAILBOXID and MESSAGES (Cyrus 3.10, 3.12)",
        remedy: "the client asks for it in a command of its own; what comes is read without losing the other items",
    }
    /// Nothing is told of a message that was appended until something else is asked.
    NoopAfterAppend "noop-after-append" {
        vendors: [Courier], others: "",
        seen: "EXISTS comes with the answer to the next command",
        remedy: "whoever needs the count sends NOOP",
    }
    /// ENABLE is answered OK without ENABLED.
    EnabledUnsaid "enabled-unsaid" {
        vendors: [ICloud], others: "",
        seen: "no ENABLED line",
        remedy: "the client takes the tagged OK for it",
    }
    /// UID EXPUNGE is refused although UIDPLUS is offered.
    NoUidExpunge "no-uid-expunge" {
        vendors: [Proton], others: "",
        seen: "NO UID EXPUNGE not supported",
        remedy: "messages keep `\\Deleted`; learned at the first refusal",
    }
    /// UIDs do not outlive the connection, or the server.
    UnstableUids "unstable-uids" {
        vendors: [Proton, GoImap], others: "localmail",
        seen: "the same UIDVALIDITY with other messages after a restart",
        remedy: "nothing is kept by UID between connections",
    }
    /// A search may miss messages.
    UnreliableSearch "unreliable-search" {
        vendors: [Qq, Yandex, Domino, SmarterMail], others: "",
        seen: "messages that match are not found",
        remedy: "whoever must not miss any looks at all of them",
    }
    /// RFC822.SIZE is not the size of the message.
    UntrueSizes "untrue-sizes" {
        vendors: [Exchange, Exchange2003], others: "",
        seen: "other octets are sent than were counted",
        remedy: "sizes are compared only where that cannot lose a message",
    }
    /// A slice of a message is answered with all of it.
    UntruePartials "untrue-partials" {
        vendors: [Exchange, Exchange2003, HMailServer], others: "",
        seen: "each slice is the whole message, so that asking for slices never ends",
        remedy: "messages are fetched whole",
    }
    /// A message that cannot be converted is replaced by a notice.
    SubstituteMessages "substitute-messages" {
        vendors: [Exchange, Exchange2003], others: "",
        seen: "a text about the failed retrieval in place of the message",
        remedy: "whoever keeps messages should look for it",
    }
    /// RFC822 brings no data.
    NoRfc822 "no-rfc822" {
        vendors: [ICloud], others: "",
        seen: "a row without the item",
        remedy: "the program asks for BODY.PEEK[]",
    }
    /// FETCH of BINARY fails where BODY does not.
    BinaryFails "binary-fails" {
        vendors: [Dovecot], others: "",
        seen: "NO [PARSE] for parts with broken encodings",
        remedy: "whoever asks for BINARY asks for BODY then",
    }
    /// A message has to end with a line end to be appended.
    AppendNeedsLineEnd "append-needs-line-end" {
        vendors: [Yahoo], others: "",
        seen: "BAD [CLIENTBUG] APPEND Additional arguments found",
        remedy: "said with the refusal; nothing is added by itself",
    }
    /// The server wants to be left alone for a while, and says so in words.
    Throttles "throttles" {
        vendors: [Gmail, Exchange, Yahoo], others: "",
        seen: "BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds; OK ... [THROTTLED]; NO [LIMIT]",
        remedy: "whoever drives the connection waits",
    }
    /// MODSEQ is BAD, although nothing forbids to ask.
    NoModSeq "no-modseq" {
        vendors: [Zoho], others: "GMX, IONOS",
        seen: "BAD expected fetch-att, or values of 0 and -1",
        remedy: "the client asks only where CONDSTORE is offered",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Behaviour::ALL.iter().map(|behaviour| behaviour.word()).collect();
        assert_eq!(words.len(), Behaviour::ALL.len());
        for behaviour in Behaviour::ALL {
            assert_eq!(Behaviour::by_word(behaviour.word()), Some(*behaviour));
            let word = behaviour.word();
            assert!(
                word.bytes()
                    .all(|octet| octet.is_ascii_lowercase() || octet == b'-' || octet.is_ascii_digit())
            );
        }
        assert_eq!(Behaviour::by_word("NO-EXAMINE"), None);
    }

    #[test]
    fn each_has_a_witness() {
        for behaviour in Behaviour::ALL {
            let evidence = behaviour.evidence();
            assert!(!evidence.vendors.is_empty() || !evidence.others.is_empty(), "{behaviour:?}");
            assert!(!evidence.seen.is_empty() && !evidence.remedy.is_empty(), "{behaviour:?}");
        }
    }
}
