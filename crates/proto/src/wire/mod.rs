//! Octets and tokens: lines, literals, atoms, strings, numbers. Nothing here knows a command or a response.

mod cursor;
mod encoder;
mod framer;

pub(crate) use cursor::{Cursor, Stretch, Syntax, is_atom_octet};
pub use encoder::{Encoded, Encoder, LiteralMode, Mark, MarkKind, Quoting};
pub use framer::{Direction, Frame, FrameError, Framer, Then};
