//! What the tests of tayori share: scripts, dialogues cut into pieces, peers that a test plays.
//!
//! * [`script`]: `C:`/`S:` dialogues in text files, run against the session of `tayori-proto` under every chunking of
//!   the server's octets.
//! * [`peer`]: the other end of a connection in memory, played by the test.
//! * [`fixture`]: where the files of the tests are.

pub mod fixture;
pub mod peer;
pub mod script;
