//! What tests of the program share: running it, and a server on loopback that says what a script tells it to.

pub(crate) mod program;
pub(crate) mod server;
pub(crate) mod terminal;
