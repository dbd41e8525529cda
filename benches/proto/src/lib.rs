//! The same responses for several parsers.
//!
//! - [`sets`]: what is read, made from a seed, with what a reader must find in it
//! - [`readers`]: who reads, a file for each library
//! - [`growth`]: what must take ten times as long for ten times as much
//!
//! Two programs use them and print one line of tab-separated fields for each figure, which `cargo xtask bench proto`
//! makes tables of. `time` measures; `count` counts allocations, and is a program of its own because counting costs
//! time. Both begin with [`readers::check`]: who does not find what is there takes no part.

pub mod growth;
pub mod readers;
pub mod sets;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The processor time that this thread spends on some work.
pub fn processor_time(work: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default();
    let started = now();
    work();
    now().saturating_sub(started)
}
