//! What must be known of a dialogue to advise and to complete.

use tayori_proto::command::States;
use tayori_proto::types::{Capabilities, Capability, MailboxName, NameEncoding};

/// Where a dialogue stands. The default is a connection of which nothing is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) stage: Stage,
    /// `None` where the server has not said, or not since they may have changed.
    pub(crate) capabilities: Option<Capabilities>,
    pub(crate) names: NameEncoding,
    pub(crate) line: Line,
    /// Names that the server has said.
    pub(crate) mailboxes: Vec<MailboxName>,
}

/// The states of RFC 9051 section 3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No greeting has come, or the connection has ended.
    #[default]
    None,
    NotAuthenticated,
    Authenticated,
    Selected(Open),
}

/// A mailbox that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    /// `None` where it is not sure.
    pub(crate) messages: Option<u32>,
    pub(crate) access: Access,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadWrite,
    ReadOnly,
}

/// Who could read along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Line {
    /// Anybody on the way.
    Clear,
    /// Nobody: it is TLS, or does not leave this machine.
    #[default]
    Private,
}

impl Stage {
    /// Whether a command may be sent now. Of ENABLE in an open mailbox, RFC 9051 section 6.3.1 says no and servers say
    /// yes.
    pub(crate) const fn allows(&self, states: States) -> bool {
        match (self, states) {
            (_, States::Any) => true,
            (Self::None, _) => false,
            (Self::NotAuthenticated, states) => matches!(states, States::NotAuthenticated),
            (Self::Authenticated, states) => matches!(states, States::Authenticated | States::Unselected),
            (Self::Selected(_), states) => !matches!(states, States::NotAuthenticated),
        }
    }
}

impl Standing {
    /// Whether the server offers one of these, where it has said what it offers; `=` at the end of a name stands for
    /// any value.
    pub(crate) fn offers_one_of(&self, names: &[&str]) -> bool {
        let Some(capabilities) = self.capabilities.as_ref().filter(|listed| !listed.is_empty()) else {
            return true;
        };
        names.is_empty()
            || names.iter().any(|name| match name.ends_with('=') {
                true => capabilities.iter().any(|listed| {
                    let listed = listed.to_bytes();
                    listed.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
                }),
                false => {
                    capabilities.has_named(name)
                        || Capability::try_from(*name)
                            .is_ok_and(|capability| capabilities.offers(&capability))
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_when() {
        let open = Stage::Selected(Open { messages: None, access: Access::ReadWrite });
        let stages = [Stage::None, Stage::NotAuthenticated, Stage::Authenticated, open];
        for (states, allowed) in [
            (States::Any, [true, true, true, true]),
            (States::NotAuthenticated, [false, true, false, false]),
            (States::Authenticated, [false, false, true, true]),
            (States::Unselected, [false, false, true, true]),
            (States::Selected, [false, false, false, true]),
        ] {
            assert_eq!(stages.clone().map(|stage| stage.allows(states)), allowed, "{states:?}");
        }
    }

    #[test]
    fn what_is_offered() {
        let check = |listed: &[&str], names: &[&str], expected| {
            let capabilities = listed.iter().filter_map(|name| Capability::try_from(*name).ok()).collect();
            let standing = Standing { capabilities: Some(capabilities), ..Standing::default() };
            assert_eq!(standing.offers_one_of(names), expected, "{listed:?} {names:?}");
        };
        check(&["IMAP4rev1", "thread=refs"], &["THREAD="], true);
        check(&["IMAP4rev1"], &["THREAD="], false);
        check(&["IMAP4rev2"], &["MOVE"], true);
        check(&["IMAP4rev1"], &["MOVE"], false);
        check(&["IMAP4rev1"], &[], true);
        check(&["IMAP4rev1", "quota"], &["QUOTASET", "QUOTA"], true);
        // Nothing is known.
        check(&[], &["MOVE"], true);
        assert!(Standing::default().offers_one_of(&["MOVE"]));
    }
}
