//! What of a command line must not be repeated.

use std::borrow::Cow;

use clap::error::{ContextKind, ContextValue};

use crate::escape::escape_str;
use crate::place;

/// Takes passwords and control characters out of what clap is going to repeat of the command line.
pub(super) fn without_secrets(mut err: clap::Error) -> clap::Error {
    let clean = |text: &String| {
        let cleaned = place::mask_password(&escape_str(text)).into_owned();
        (cleaned != *text).then_some(cleaned)
    };
    let changed: Vec<(ContextKind, ContextValue)> = err
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(clean(text)?))),
            ContextValue::Strings(texts) => {
                let cleaned = texts.iter().map(|text| clean(text).unwrap_or_else(|| text.clone()));
                Some((kind, ContextValue::Strings(cleaned.collect())))
            }
            // A tip may quote what was typed, and cannot be taken apart.
            ContextValue::StyledStr(tip) => {
                let tip = tip.to_string();
                matches!(place::mask_password(&tip), Cow::Owned(_)).then_some((kind, ContextValue::None))
            }
            ContextValue::StyledStrs(tips) => {
                let quotes = |tip: String| matches!(place::mask_password(&tip), Cow::Owned(_));
                tips.iter().any(|tip| quotes(tip.to_string())).then_some((kind, ContextValue::None))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in changed {
        err.insert(kind, value);
    }
    err
}
