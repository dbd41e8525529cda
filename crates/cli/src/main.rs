//! The tayori program.

fn main() {}
