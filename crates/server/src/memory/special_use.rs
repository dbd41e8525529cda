use tayori_proto::response::ListAttribute;
use tayori_proto::types::SpecialUse;

/// How a mailbox for this is listed; `None` where this store makes none.
///
/// Those that show messages of other mailboxes (RFC 6154 section 2, RFC 8457 section 3) hold their own here, so they
/// would not be what they say.
pub(super) fn attribute(special_use: &SpecialUse) -> Option<ListAttribute> {
    Some(match special_use {
        SpecialUse::Archive => ListAttribute::Archive,
        SpecialUse::Drafts => ListAttribute::Drafts,
        SpecialUse::Junk => ListAttribute::Junk,
        SpecialUse::Sent => ListAttribute::Sent,
        SpecialUse::Trash => ListAttribute::Trash,
        _ => return None,
    })
}
