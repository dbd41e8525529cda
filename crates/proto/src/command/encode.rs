use super::{
    Command, acl, append, authenticate, compress, copy, create, delete, enable, expunge, fetch, id, list,
    list_extended, login, metadata, notify, quota, rename, replace, search, select, sort, status, store,
    subscribe, thread, unknown,
};
use crate::types::{Messages, NameEncoding, Tag};
use crate::wire::{Encoded, Encoder, LiteralMode, Quoting};

/// What a client has negotiated that changes how commands are written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EncodeOptions {
    /// Which literals need a wait. The default waits for each, which every server understands.
    pub literals: LiteralMode,
    /// How mailbox names travel. The default is modified UTF-7, which holds until something else is enabled.
    pub names: NameEncoding,
}

impl Command {
    /// The command as one line with its literals, and where to pause while it is sent.
    ///
    /// Total: whatever the values, nothing outside a literal ends the line but the CRLF at its end.
    pub fn encode(&self, tag: &Tag, options: &EncodeOptions) -> Encoded {
        let quoting = match options.names {
            // Whatever lets names travel as UTF-8 lets quoted strings.
            NameEncoding::Utf8 => Quoting::Utf8,
            NameEncoding::ModifiedUtf7 => Quoting::Ascii,
        };
        let mut encoder = Encoder::new(options.literals).quoting(quoting);
        encoder.tag(tag).sp();
        match self {
            Self::Unknown { name, .. } => encoder.atom(name),
            _ => encoder.raw(self.name().as_bytes()),
        };
        self.encode_arguments(&mut encoder, options.names);
        encoder.finish()
    }

    fn encode_arguments(&self, encoder: &mut Encoder, names: NameEncoding) {
        match self {
            Self::Capability
            | Self::Noop
            | Self::Logout
            | Self::StartTls
            | Self::Namespace
            | Self::Idle
            | Self::Check
            | Self::Close
            | Self::Unselect
            | Self::Expunge => {}
            Self::Id(parameters) => id::encode(encoder, parameters),
            Self::Authenticate { mechanism, initial } => {
                authenticate::encode(encoder, mechanism, initial.as_ref());
            }
            Self::Login { user, password } => login::encode(encoder, user, password),
            Self::Enable(capabilities) => enable::encode(encoder, capabilities),
            Self::Select { mailbox, parameter } | Self::Examine { mailbox, parameter } => {
                select::encode(encoder, names, mailbox, parameter);
            }
            Self::Create { mailbox, uses } => create::encode(encoder, names, mailbox, uses),
            Self::Delete(mailbox) => delete::encode(encoder, names, mailbox),
            Self::Subscribe(mailbox) | Self::Unsubscribe(mailbox) => {
                subscribe::encode(encoder, names, mailbox);
            }
            Self::Rename { from, to } => rename::encode(encoder, names, from, to),
            Self::List { reference, pattern }
            | Self::Lsub { reference, pattern }
            | Self::Xlist { reference, pattern } => {
                list::encode(encoder, names, reference, pattern);
            }
            Self::ListExtended { selection, reference, patterns, returns } => {
                list_extended::encode(encoder, names, selection, reference, patterns, returns);
            }
            Self::Status { mailbox, items } => status::encode(encoder, names, mailbox, items),
            Self::Append { mailbox, messages } => append::encode(encoder, names, mailbox, messages),
            Self::Notify(notify) => notify::encode(encoder, names, notify),
            Self::Compress => compress::encode(encoder),
            Self::Replace { replaced, mailbox, message } => {
                replace::encode(encoder, names, *replaced, mailbox, message);
            }
            Self::UidExpunge(uids) => expunge::encode(encoder, uids),
            Self::Search { returns, key, charset, .. } => {
                search::encode(encoder, names, returns.as_ref(), key, charset);
            }
            Self::Fetch { messages, items } => fetch::encode(encoder, messages, items),
            Self::Store { messages, unchanged_since, change, silence, item } => {
                let stored = store::Stored {
                    unchanged_since: *unchanged_since,
                    change: *change,
                    silence: *silence,
                    item,
                };
                store::encode(encoder, names, messages, &stored);
            }
            Self::Copy { messages, mailbox } | Self::Move { messages, mailbox } => {
                copy::encode(encoder, names, messages, mailbox);
            }
            Self::Sort { criteria, key, charset, .. } => sort::encode(encoder, criteria, key, charset),
            Self::Thread { algorithm, key, charset, .. } => thread::encode(encoder, algorithm, key, charset),
            Self::GetQuota { root } => quota::encode_get(encoder, root),
            Self::GetQuotaRoot(mailbox) => quota::encode_get_root(encoder, names, mailbox),
            Self::SetQuota { root, limits } => quota::encode_set(encoder, root, limits),
            Self::GetAcl(mailbox) | Self::MyRights(mailbox) => acl::encode_mailbox(encoder, names, mailbox),
            Self::SetAcl { mailbox, identifier, change } => {
                acl::encode_set(encoder, names, mailbox, identifier, *change);
            }
            Self::DeleteAcl { mailbox, identifier } | Self::ListRights { mailbox, identifier } => {
                acl::encode_identifier(encoder, names, mailbox, identifier);
            }
            Self::GetMetadata { owner, options, entries } => {
                metadata::encode_get(encoder, names, owner, *options, entries);
            }
            Self::SetMetadata { owner, entries } => metadata::encode_set(encoder, names, owner, entries),
            Self::Unknown { arguments, .. } => unknown::encode(encoder, arguments),
        }
    }
}

/// `SP sequence-set`, of either kind.
pub(super) fn messages(encoder: &mut Encoder, messages: &Messages) {
    match messages {
        Messages::Numbers(set) => encoder.sp().show(set),
        Messages::Uids(set) => encoder.sp().show(set),
        Messages::Saved | Messages::SavedByUid => encoder.raw(" $"),
    };
}
