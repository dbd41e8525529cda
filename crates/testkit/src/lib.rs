//! What the tests of tayori share: scripts, dialogues cut into pieces, peers that a test plays, servers in memory.
//!
//! * [`script`]: `C:`/`S:` dialogues in text files, run against the session of `tayori-proto` under every chunking of
//!   the server's octets.
//! * [`quirk`]: what real servers send that they should not, row by row, with what it must mean.
//! * [`recording`]: what real servers have answered.
//! * [`peer`]: the other end of a connection in memory, played by the test.
//! * [`pair`]: the other end of a connection in memory, played by the server of `tayori-server`.
//! * [`dialogue`]: a client of few words, to ask a server for exact octets.
//! * [`persona`]: that server, wearing the behaviour of another.
//! * [`authorization_server`]: who gives tokens of OAuth, on loopback.
//! * [`fuzz`]: what must hold for any octets, and octets that are worth trying.
//! * [`fixture`]: where the files of the tests are.
//!
//! No client is known here: the tests of the client bring theirs.

pub mod authorization_server;
pub mod dialogue;
pub mod fixture;
pub mod fuzz;
pub mod pair;
pub mod peer;
pub mod persona;
pub mod quirk;
pub mod recording;
pub mod script;
