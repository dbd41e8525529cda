//! MIME without I/O: the structure of a message in bounded memory, its envelope, sections, dates and text.
//!
//! - [`StructureParser`] reads a message in pieces and gives its [`Structure`]: where the parts are, what their headers
//!   say, the envelope, the body structure, and where a section such as `BODY[1.2.MIME]` is. [`Limits`] bounds what
//!   that may cost.
//! - [`HeaderFilter`] keeps some fields of a header, [`header_fields`] gives them one by one.
//! - [`parse_date`] reads the day of a `Date` field, [`decode_header`] the text of any field.
//! - [`PartDecoder`] turns the body of a part into text as it comes, [`TransferDecoder`] into octets, [`html_to_text`]
//!   HTML into text. [`Needle`] and [`Finder`] look for text in it.
//! - [`order`] sorts messages and puts them into threads.
//! - [`outline()`] says of each part that a server tells of what it is for, [`file_name`] what its sender called it.
//!
//! What comes out are the values of IMAP, from `tayori_proto::types`; [`order`] takes the sort keys of its commands and
//! gives the threads of its responses, too. Nothing here reads files or sockets: octets are
//! fed, and ranges of octets are given back.
//!
//! How the structure is read, and why not by a library, is told in `docs/structure.md`, included below.
#![doc = include_str!("../docs/structure.md")]

mod date;
mod header;
mod limits;
pub mod order;
mod outline;
mod structure;
mod text;

pub use date::parse_date;
pub use header::{FieldSifter, HeaderFilter, header_fields};
pub use limits::Limits;
pub use outline::{OutlinePart, TextKind, file_name, outline, parameter};
pub use structure::{Extensions, Location, Part, PartKind, Structure, StructureParser};
pub use text::{
    Encoded, Finder, Needle, PartDecoder, TransferDecoder, TransferEncoding, decode_header, html_to_text,
};
