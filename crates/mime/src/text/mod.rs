//! Octets to text, and text in text: transfer encodings, charsets, encoded words, search.
//!
//! Nothing here fails: what cannot be decoded becomes U+FFFD or stays as it is.

mod charset;
mod part;
mod search;
mod transfer;
mod words;

pub use part::PartDecoder;
pub use search::{Finder, Needle};
pub use transfer::{TransferDecoder, TransferEncoding};
pub use words::decode_header;
