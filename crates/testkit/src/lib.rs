//! What the tests of tayori share: scripts, dialogues cut into pieces, peers that a test plays.
//!
//! * [`script`]: dialogues between client and server as text files, run against a session without I/O.
//! * [`peer`]: the other end of a connection in memory, played by the test.

pub mod peer;
pub mod script;
