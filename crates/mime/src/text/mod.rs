//! Octets to text, and text in text: transfer encodings, charsets, encoded words, HTML, search.
//!
//! Nothing here fails: what cannot be decoded becomes U+FFFD or stays as it is.

mod charset;
mod html;
mod part;
mod search;
mod transfer;
mod words;

pub use html::html_to_text;
pub use part::PartDecoder;
pub use search::{Finder, Needle};
pub use transfer::{Encoded, TransferDecoder, TransferEncoding};
pub use words::decode_header;

pub(crate) use charset::decode_whole;
