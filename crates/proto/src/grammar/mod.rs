//! Rules of the grammar that stand in commands and in responses alike, each written once.

pub(crate) mod id;
pub(crate) mod label;
pub(crate) mod read;
pub(crate) mod section;
