//! Octets and tokens: lines, literals, atoms, strings, numbers. Nothing here knows a command or a response.

mod cursor;
mod encoder;
mod framer;
mod plain;
mod scan;

pub(crate) use cursor::{Cursor, Stretch, Syntax};
pub use encoder::{Encoded, Encoder, LiteralMode, Mark, MarkKind, Quoting};
pub use framer::{Direction, Frame, FrameError, Framer, Then};
pub(crate) use plain::Plain;
#[cfg(test)]
pub(crate) use plain::without_plain;
pub(crate) use scan::{find_quote, is_atom_octet, leading_number};
