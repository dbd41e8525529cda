//! Running a program and seeing what it took: time, processor, memory.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use wait4::{ResUse, Wait4};

use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

pub(crate) struct Measured {
    pub(crate) status: ExitStatus,
    /// From before the start of the program to when its end was seen.
    pub(crate) took: Duration,
    /// Processor time of the program and of the children that it waited for, in user and in system mode.
    pub(crate) user: Duration,
    pub(crate) system: Duration,
    /// In octets. At least our own: Linux counts the moment in which the child was still a copy of this
    /// process, which is why nothing large is kept in memory here.
    pub(crate) peak_memory: u64,
}

/// Runs a program to its end, standard output and standard error going to the file `words`.
///
/// # Errors
///
/// If it cannot be run or is not done within `limit`, and on an interrupt; it is ended then. A program that ends
/// badly is no error: its status says so.
pub(crate) fn measure(
    command: &mut Command,
    words: &Path,
    limit: Duration,
    interrupt: &Interrupt,
) -> Outcome<Measured> {
    let output = File::create(words).map_err(because("a file for the program's words"))?;
    let errors = output.try_clone().map_err(because("a file for the program's words"))?;
    let started = Instant::now();
    let mut child =
        command.stdout(output).stderr(errors).spawn().map_err(because("the program cannot be started"))?;
    let (used, took) = wait(&mut child, started, limit, interrupt)?;
    Ok(Measured {
        status: used.status,
        took,
        user: used.rusage.utime,
        system: used.rusage.stime,
        peak_memory: used.rusage.maxrss,
    })
}

/// What a program wrote into the file that [`measure`] made.
pub(crate) fn words_in(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
}

fn wait(
    child: &mut Child,
    started: Instant,
    limit: Duration,
    interrupt: &Interrupt,
) -> Outcome<(ResUse, Duration)> {
    loop {
        let waited = match child.try_wait4() {
            Ok(waited) => waited,
            Err(error) => {
                process::end(child);
                return Err(Stop::failed(format!("the program cannot be waited for: {error}")));
            }
        };
        let elapsed = started.elapsed();
        if let Some(used) = waited {
            interrupt.check()?;
            return Ok((used, elapsed));
        }
        let late = elapsed > limit;
        if late || interrupt.check().is_err() {
            process::end(child);
            interrupt.check()?;
            let seconds = limit.as_secs();
            return Err(Stop::failed(format!("the program was not done after {seconds} s and was ended")));
        }
        thread::sleep(pause(elapsed));
    }
}

/// How long until the next look: about a thousandth of the time so far, so that looking late falsifies a short
/// run no more than a long one, and looking often takes little of the processor.
fn pause(elapsed: Duration) -> Duration {
    (elapsed / 1000).clamp(Duration::from_micros(50), Duration::from_millis(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn run(command: &mut Command, limit: Duration) -> Outcome<Measured> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let interrupt = Interrupt::install().expect("signals can be caught");
        measure(command, &folder.path().join("words"), limit, &interrupt)
    }

    #[test]
    fn memory_is_that_of_the_child() {
        let limit = Duration::from_secs(60);
        let small = run(&mut Command::new("true"), limit).expect("true can be run");
        // `dd` keeps one block in memory.
        let mut large = Command::new("dd");
        large.args(["if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"]);
        let large = run(&mut large, limit).expect("dd can be run");
        assert!(small.status.success() && large.status.success());
        assert!(large.peak_memory > 100 * MIB, "{}", large.peak_memory);
        assert!(small.peak_memory < 24 * MIB, "{}", small.peak_memory);
        assert!(large.user + large.system <= 2 * large.took + Duration::from_millis(20));
    }

    #[test]
    fn a_program_that_is_late_is_ended() {
        let started = Instant::now();
        let problem = run(Command::new("sleep").arg("300"), Duration::from_millis(1)).err();
        let problem = problem.expect("it is late").to_string();
        assert_eq!(problem, "the program was not done after 0 s and was ended");
        assert!(started.elapsed() < Duration::from_secs(100));
    }

    #[test]
    fn what_the_program_says_is_kept() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let interrupt = Interrupt::install().expect("signals can be caught");
        let words = folder.path().join("words");
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let measured = measure(&mut command, &words, Duration::from_secs(60), &interrupt).expect("it runs");
        assert_eq!(measured.status.code(), Some(3));
        assert_eq!(words_in(&words), "out\nerr\n");
    }
}
