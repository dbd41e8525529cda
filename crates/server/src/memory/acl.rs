use std::collections::BTreeMap;

use tayori_proto::command::RightsChange;
use tayori_proto::response::AclEntry;
use tayori_proto::types::{Rights, Text};

use super::limits::MemoryLimits;
use crate::rights;
use crate::store::StoreError;

/// Who may do what with a mailbox (RFC 4314 section 2).
#[derive(Clone, Debug, Default)]
pub(super) struct Acl {
    /// By identifier; `None` as long as nothing was changed, and then its owner has all rights.
    entries: Option<BTreeMap<Vec<u8>, Rights>>,
}

impl Acl {
    /// What the owner may do: what is given to them or to everybody, but for what is taken away from either
    /// (RFC 4314 section 2).
    pub(super) fn rights(&self, owner: &[u8]) -> Rights {
        let Some(entries) = &self.entries else { return rights::ALL };
        let of = |sign: &[u8]| {
            let entry = |name: &[u8]| entries.get(&[sign, name].concat()).copied().unwrap_or_default();
            entry(owner).union(entry(ANYONE))
        };
        of(b"").difference(of(b"-"))
    }

    pub(super) fn entries(&self, owner: &[u8]) -> Vec<AclEntry> {
        let entry = |(identifier, rights): (&[u8], Rights)| AclEntry {
            identifier: Text::from(identifier.to_vec()),
            rights,
        };
        match &self.entries {
            None => vec![entry((owner, rights::ALL))],
            Some(entries) => entries.iter().map(|(name, rights)| entry((name, *rights))).collect(),
        }
    }

    pub(super) fn change(
        &mut self,
        owner: &[u8],
        identifier: &[u8],
        change: RightsChange,
        limits: &MemoryLimits,
    ) -> Result<(), StoreError> {
        if identifier.len() > limits.identifier_octets {
            return Err(StoreError::Limit("the identifier is too long"));
        }
        let entries = self.changed(owner);
        if entries.len() >= limits.identifiers && !entries.contains_key(identifier) {
            return Err(StoreError::Limit("there are too many identifiers"));
        }
        let before = entries.get(identifier).copied().unwrap_or_default();
        let after = match change {
            RightsChange::Replace(rights) => rights,
            RightsChange::Add(rights) => before.union(rights),
            RightsChange::Remove(rights) => before.difference(rights),
        };
        // An identifier without rights has none of them whether it is listed or not (RFC 4314 section 2).
        if after.is_empty() {
            entries.remove(identifier);
        } else {
            entries.insert(identifier.to_vec(), after);
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, owner: &[u8], identifier: &[u8]) {
        self.changed(owner).remove(identifier);
    }

    fn changed(&mut self, owner: &[u8]) -> &mut BTreeMap<Vec<u8>, Rights> {
        self.entries.get_or_insert_with(|| BTreeMap::from([(owner.to_vec(), rights::ALL)]))
    }
}

/// Everybody (RFC 4314 section 2).
const ANYONE: &[u8] = b"anyone";

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(letters: &str) -> Rights {
        Rights::new(letters).unwrap()
    }

    /// What `ann` may do after these changes, beginning with all rights.
    #[track_caller]
    fn check(changes: &[(&str, RightsChange)], expected: &str) {
        let mut acl = Acl::default();
        for (identifier, change) in changes {
            acl.change(b"ann", identifier.as_bytes(), *change, &MemoryLimits::default()).unwrap();
        }
        assert_eq!(acl.rights(b"ann").to_string(), expected);
    }

    #[test]
    fn what_is_given_and_taken() {
        use RightsChange::{Add, Remove, Replace};
        check(&[], "lrswipkxtea");
        check(&[("bob", Replace(rights("l")))], "lrswipkxtea");
        check(&[("ann", Remove(rights("swx")))], "lripktea");
        check(&[("ann", Replace(rights("lr"))), ("anyone", Add(rights("ri")))], "lri");
        check(&[("ann", Replace(Rights::NONE))], "");
        check(&[("-ann", Add(rights("lr")))], "swipkxtea");
        check(&[("-anyone", Add(rights("lr"))), ("anyone", Replace(rights("l")))], "swipkxtea");
        check(&[("-ann", Add(rights("lr"))), ("-ann", Remove(rights("l")))], "lswipkxtea");
    }

    #[test]
    fn there_are_only_so_many() {
        let mut limits = MemoryLimits::default();
        (limits.identifiers, limits.identifier_octets) = (2, 4);
        let mut acl = Acl::default();
        let mut add = |name: &[u8]| acl.change(b"ann", name, RightsChange::Add(Rights::READ), &limits);
        add(b"bob").unwrap();
        assert!(matches!(add(b"eve"), Err(StoreError::Limit(_))));
        assert!(matches!(add(b"ann and bob"), Err(StoreError::Limit(_))));
        add(b"bob").unwrap();
        acl.forget(b"ann", b"bob");
        assert_eq!(acl.entries(b"ann").len(), 1);
    }
}
