//! What belongs to no single kind of response: quirks, cuts, noise.

use super::*;

#[track_caller]
fn check(line: &str) -> Parsed {
    parse(&Bytes::copy_from_slice(format!("{line}\r\n").as_bytes()), &Context::default())
}

/// The evidence is not only documentation: each sample is read with the help of its quirk, and is read.
#[test]
fn every_quirk_is_needed_for_its_sample() {
    for quirk in Quirk::ALL {
        let parsed = check(quirk.evidence().sample);
        assert!(parsed.repairs.iter().any(|repair| repair.quirk == *quirk), "{quirk:?}: {parsed:?}");
        match &parsed.response {
            Response::Unknown(_) | Response::Invalid(_) => panic!("{quirk:?}: {parsed:?}"),
            Response::Fetch(fetch) => {
                let invalid = |item: &FetchItem| matches!(item, FetchItem::Invalid { .. });
                assert!(!fetch.items.iter().any(invalid), "{quirk:?}: {parsed:?}");
                assert_eq!(fetch.defects, [], "{quirk:?}");
            }
            _ => {}
        }
    }
}
