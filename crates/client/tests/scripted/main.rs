//! The client against a server that a test plays, in memory and with a clock that the test turns.

mod commands;
mod dialogue;
mod dropping;
mod ending;
mod flight;
mod harness;
mod login;
mod time;
