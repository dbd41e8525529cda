//! What the tests of tayori share: scripts of dialogues, and what runs them.
//!
//! * [`script`]: `C:`/`S:` dialogues in text files, run against the session of `tayori-proto` under every chunking of
//!   the server's octets.
//! * [`fixture`]: where the files of the tests are.

pub mod fixture;
pub mod script;
