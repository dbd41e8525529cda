//! What is noted of mailboxes and of the server (RFC 5464). Nobody is told when it changes.

use tayori_proto::command::{MetadataDepth, MetadataOptions, NewMetadata};
use tayori_proto::response::{Metadata, MetadataCode, MetadataTold, MetadataValue, Response, ResponseCode};
use tayori_proto::types::{MetadataEntry, MetadataOwner, NonEmpty, Text};

use crate::connection::{Handled, Reply, Wire};
use crate::limits::METADATA_ENTRIES;
use crate::store::{MetadataItem, Store};

/// `GETMETADATA` (RFC 5464 section 4.2). An entry that is not there is told as `NIL`.
pub(super) async fn get<S: Store>(
    wire: &mut Wire,
    store: &S,
    owner: MetadataOwner,
    options: MetadataOptions,
    asked: &NonEmpty<MetadataEntry>,
) -> Handled {
    if asked.len() > METADATA_ENTRIES {
        return Ok(Reply::too_much());
    }
    let depth = match options.depth {
        MetadataDepth::Named => 0,
        MetadataDepth::Children => 1,
        MetadataDepth::All => usize::MAX,
    };
    let limit = options.max_size.unwrap_or(u32::MAX);
    let mut values = Vec::new();
    let mut left_out = None;
    let mut found = vec![false; asked.len()];
    for MetadataItem { entry, value } in store.metadata(&owner).await? {
        let mut is_asked_for = false;
        for (asked, found) in asked.iter().zip(&mut found) {
            if asked.depth_of(&entry).is_some_and(|below| below <= depth) {
                (is_asked_for, *found) = (true, true);
            }
        }
        let size = u32::try_from(value.len()).unwrap_or(u32::MAX);
        if !is_asked_for {
            continue;
        }
        if size > limit {
            left_out = left_out.max(Some(size));
        } else {
            values.push(MetadataValue { entry: name(&entry), value: Some(value.into()) });
        }
    }
    let missing = asked.iter().zip(&found).filter(|(_, found)| !**found);
    values.extend(missing.map(|(entry, _)| MetadataValue { entry: name(entry), value: None }));
    if !values.is_empty() {
        wire.send(&Response::Metadata(Metadata { owner, told: MetadataTold::Values(values) })).await?;
    }
    let reply = Reply::ok("that is all");
    Ok(match left_out {
        Some(octets) => reply.with(ResponseCode::Metadata(MetadataCode::LongEntries(octets))),
        None => reply,
    })
}

/// `SETMETADATA` (RFC 5464 section 4.3)
pub(super) async fn set<S: Store>(store: &S, owner: &MetadataOwner, entries: Vec<NewMetadata>) -> Handled {
    if entries.len() > METADATA_ENTRIES {
        return Ok(Reply::too_much());
    }
    if !entries.iter().all(|new| is_known(&new.entry)) {
        // RFC 5464 section 3.2
        return Ok(Reply::bad("entries have names below /private and /shared"));
    }
    let admin = |new: &NewMetadata| new.entry.as_str().eq_ignore_ascii_case("/shared/admin");
    if *owner == MetadataOwner::Server && entries.iter().any(admin) {
        // RFC 5464 section 6.2.2
        return Ok(Reply::no("that entry cannot be changed").with(ResponseCode::Cannot));
    }
    store.set_metadata(owner, entries).await?;
    Ok(Reply::ok("noted"))
}

/// Whether it is a private or a shared entry, and not the root of either.
fn is_known(entry: &MetadataEntry) -> bool {
    let mut components = entry.as_str().split('/').skip(1);
    let scope = components.next().unwrap_or_default();
    let is_scope = scope.eq_ignore_ascii_case("private") || scope.eq_ignore_ascii_case("shared");
    is_scope && components.next().is_some()
}

fn name(entry: &MetadataEntry) -> Text {
    Text::from(entry.as_str())
}
