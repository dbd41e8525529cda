//! What a server has to offer before something may be asked of it.
//!
//! A server that does not know an item of a command answers BAD to all of it, so that one item too many costs the rows
//! of all messages. So nothing is sent then, and the error names what is missing.

use tayori_proto::command::{FetchAttribute, FetchItems, SearchKey, StatusAttribute};
use tayori_proto::types::{Capabilities, Capability};

use crate::error::Error;
use crate::link::Link;

/// Something that has to be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    AppendLimit,
    Binary,
    CondStore,
    /// The item `DELETED` of STATUS, which belongs to two standards.
    Deleted,
    DeletedStorage,
    Gmail,
    ObjectId,
    Preview,
    SaveDate,
    SearchRes,
    StatusSize,
    Within,
}

impl Need {
    /// The name that people know it by.
    const fn name(self) -> &'static str {
        match self {
            Self::AppendLimit => "APPENDLIMIT",
            Self::Binary => "BINARY",
            Self::CondStore => "CONDSTORE",
            Self::Deleted => "IMAP4rev2 or QUOTA=RES-MESSAGE",
            Self::DeletedStorage => "QUOTA=RES-STORAGE",
            Self::Gmail => "X-GM-EXT-1",
            Self::ObjectId => "OBJECTID",
            Self::Preview => "PREVIEW",
            Self::SaveDate => "SAVEDATE",
            Self::SearchRes => "SEARCHRES",
            Self::StatusSize => "STATUS=SIZE",
            Self::Within => "WITHIN",
        }
    }

    /// Whether a server that lists these offers it.
    pub(crate) fn is_met(self, offered: &Capabilities) -> bool {
        match self {
            Self::AppendLimit => offered.iter().any(|listed| matches!(listed, Capability::AppendLimit(_))),
            // What it adds to FETCH is a part of IMAP4rev2 (RFC 9051 appendix E).
            Self::Binary => offered.has(&Capability::Binary) || offered.has(&Capability::Imap4Rev2),
            // QRESYNC holds it (RFC 7162 section 3.2.3).
            Self::CondStore => offered.has(&Capability::CondStore) || offered.has(&Capability::QResync),
            // RFC 9051 section 6.3.11, RFC 9208 section 4.1.4.
            Self::Deleted => offered.has(&Capability::Imap4Rev2) || offered.has_named("QUOTA=RES-MESSAGE"),
            Self::DeletedStorage => offered.has_named("QUOTA=RES-STORAGE"),
            Self::Gmail => offered.has(&Capability::GmailExtensions),
            Self::ObjectId => offered.has(&Capability::ObjectId),
            Self::Preview => offered.has(&Capability::Preview),
            Self::SaveDate => offered.has(&Capability::SaveDate),
            Self::SearchRes => offered.offers(&Capability::SearchRes),
            Self::StatusSize => offered.offers(&Capability::StatusSize),
            Self::Within => offered.has(&Capability::Within),
        }
    }
}

impl Link {
    /// Fails unless the server lists a capability of this name, which has no variant of its own.
    pub(crate) async fn require_named(&self, name: &'static str) -> Result<(), Error> {
        if self.ask_capabilities().await?.has_named(name) {
            Ok(())
        } else {
            Err(Error::NotOffered { capability: name })
        }
    }

    /// Fails with the first of these that the server does not offer. Without any, it is not even asked what it offers.
    pub(crate) async fn require_all(&self, needs: Vec<Need>) -> Result<(), Error> {
        if needs.is_empty() {
            return Ok(());
        }
        let offered = self.ask_capabilities().await?;
        match needs.into_iter().find(|need| !need.is_met(&offered)) {
            Some(need) => Err(Error::NotOffered { capability: need.name() }),
            None => Ok(()),
        }
    }
}

/// What a FETCH of these needs. An item that is not known needs nothing: whoever names it knows why.
pub(crate) fn of_items(items: &FetchItems) -> Vec<Need> {
    let FetchItems::Attributes(attributes) = items else { return Vec::new() };
    attributes.iter().filter_map(of_attribute).collect()
}

fn of_attribute(attribute: &FetchAttribute) -> Option<Need> {
    Some(match attribute {
        FetchAttribute::Binary { .. } | FetchAttribute::BinarySize(_) => Need::Binary,
        FetchAttribute::ModSeq => Need::CondStore,
        FetchAttribute::EmailId | FetchAttribute::ThreadId => Need::ObjectId,
        FetchAttribute::SaveDate => Need::SaveDate,
        FetchAttribute::Preview(_) => Need::Preview,
        FetchAttribute::GmMessageId | FetchAttribute::GmThreadId | FetchAttribute::GmLabels => Need::Gmail,
        _ => return None,
    })
}

/// What a STATUS of these needs.
pub(crate) fn of_status(items: &[StatusAttribute]) -> Vec<Need> {
    let need = |item: &StatusAttribute| {
        Some(match item {
            StatusAttribute::Deleted => Need::Deleted,
            StatusAttribute::DeletedStorage => Need::DeletedStorage,
            StatusAttribute::Size => Need::StatusSize,
            StatusAttribute::HighestModSeq => Need::CondStore,
            StatusAttribute::MailboxId => Need::ObjectId,
            StatusAttribute::AppendLimit => Need::AppendLimit,
            _ => return None,
        })
    };
    items.iter().filter_map(need).collect()
}

/// What a search for this needs.
pub(crate) fn of_key(key: &SearchKey) -> Vec<Need> {
    let mut needs = Vec::new();
    // Without recursion: keys that are built by hand may be deep.
    let mut left = vec![key];
    while let Some(key) = left.pop() {
        let need = match key {
            SearchKey::Not(key) => {
                left.push(key);
                continue;
            }
            SearchKey::Or(one, other) => {
                left.extend([&**one, &**other]);
                continue;
            }
            SearchKey::And(keys) => {
                left.extend(keys.iter());
                continue;
            }
            SearchKey::Younger(_) | SearchKey::Older(_) => Need::Within,
            SearchKey::ModSeq { .. } => Need::CondStore,
            SearchKey::EmailId(_) | SearchKey::ThreadId(_) => Need::ObjectId,
            SearchKey::SavedBefore(_)
            | SearchKey::SavedOn(_)
            | SearchKey::SavedSince(_)
            | SearchKey::SaveDateSupported => Need::SaveDate,
            SearchKey::Saved => Need::SearchRes,
            SearchKey::GmailRaw(_)
            | SearchKey::GmailMessageId(_)
            | SearchKey::GmailThreadId(_)
            | SearchKey::GmailLabel(_) => Need::Gmail,
            _ => continue,
        };
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(names: &str) -> Capabilities {
        names.split(' ').filter_map(|name| Capability::try_from(name).ok()).collect()
    }

    #[track_caller]
    fn check(need: Need, met_by: &[&str], not_by: &[&str]) {
        for names in met_by {
            assert!(need.is_met(&offered(names)), "{need:?} {names}");
        }
        for names in not_by {
            assert!(!need.is_met(&offered(names)), "{need:?} {names}");
        }
    }

    #[test]
    fn what_is_offered_is_told_from_what_is_not() {
        check(Need::AppendLimit, &["APPENDLIMIT", "IMAP4rev1 appendlimit=5"], &["", "APPENDLIMITS"]);
        check(Need::Binary, &["binary", "IMAP4rev2"], &["IMAP4rev1"]);
        check(Need::CondStore, &["CONDSTORE", "QRESYNC"], &["IMAP4rev2"]);
        check(Need::Deleted, &["IMAP4rev2", "quota=res-message"], &["QUOTA", "QUOTA=RES-STORAGE"]);
        check(Need::DeletedStorage, &["QUOTA=RES-STORAGE"], &["IMAP4rev2"]);
        check(Need::SearchRes, &["SEARCHRES", "IMAP4rev2"], &["ESEARCH"]);
        check(Need::StatusSize, &["STATUS=SIZE", "IMAP4rev2"], &["IMAP4rev1"]);
        for (need, name) in [
            (Need::Gmail, "X-GM-EXT-1"),
            (Need::ObjectId, "OBJECTID"),
            (Need::Preview, "PREVIEW"),
            (Need::SaveDate, "SAVEDATE"),
            (Need::Within, "WITHIN"),
        ] {
            check(need, &[name], &["IMAP4rev1 IMAP4rev2"]);
            assert_eq!(need.name(), name);
        }
    }

    #[test]
    fn a_key_needs_what_stands_anywhere_in_it() {
        let id = || SearchKey::GmailMessageId(5);
        let within = || SearchKey::Younger(std::num::NonZeroU32::MIN);
        assert_eq!(of_key(&SearchKey::Seen.and(SearchKey::Flagged)), []);
        assert_eq!(of_key(&!SearchKey::Seen.or(!id())), [Need::Gmail]);
        assert_eq!(of_key(&SearchKey::All.and(within()).and(within())), [Need::Within]);
    }
}
