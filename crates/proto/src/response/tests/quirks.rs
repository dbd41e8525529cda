//! What real servers send instead.

use super::*;

/// The evidence is not only documentation: each sample is read with the help of its quirk, and is read.
#[test]
fn every_quirk_is_needed_for_its_sample() {
    for quirk in Quirk::ALL {
        let parsed = line(quirk.evidence().sample);
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
