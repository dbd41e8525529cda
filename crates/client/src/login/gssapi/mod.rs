#![doc = include_str!("../../../docs/gssapi.md")]

mod error;
#[cfg(feature = "gssapi")]
mod library;
#[cfg(any(feature = "gssapi", test))]
mod steps;

pub use error::{GssapiError, LibraryText};
#[cfg(feature = "gssapi")]
pub(super) use library::begin;
