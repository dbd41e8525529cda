//! Header fields: which of them are kept, what they say, and which of them a client asked for.

mod address;
mod content;
mod each;
mod envelope;
mod fields;
mod filter;
mod lexer;

pub use each::header_fields;
pub use filter::{FieldSifter, HeaderFilter};

pub(crate) use content::{ContentType, disposition, encoding, language};
pub(crate) use envelope::envelope;
pub(crate) use fields::{Collector, Field, Fields, Wanted};
