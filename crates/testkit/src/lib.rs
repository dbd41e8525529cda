//! What the tests of tayori share.
//!
//! * [`peer`]: the other end of a connection, played by a test.

pub mod peer;
