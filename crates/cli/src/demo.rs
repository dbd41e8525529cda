//! The parts of the demonstration.

#[cfg_attr(not(test), expect(dead_code, reason = "the command that serves them is not there yet"))]
mod samples;
