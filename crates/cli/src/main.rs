//! The tayori program.

// The modules below are complete in themselves; the command that ties them together comes next.
#![allow(dead_code)]

mod cli;
mod escape;
mod exit;
mod output;
mod password;
mod place;
mod progress;
mod tls_mode;
mod trace;

fn main() {}
