//! Another process, for tests of what is left when one is killed.

use std::env;
use std::path::PathBuf;
use std::process::Command;

const FOLDER: &str = "TAYORI_TEST_CHILD_FOLDER";
const STEP: &str = "TAYORI_TEST_CHILD_STEP";
const CASE: &str = "TAYORI_TEST_CHILD_CASE";

/// What a test tells the other half of it, which is a test too, and runs in a process of its own.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) folder: PathBuf,
    /// Before which operation it is killed.
    pub(crate) step: usize,
    /// A number that means something to the two halves.
    pub(crate) case: usize,
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Finished,
    Killed,
}

impl Child {
    /// What this process was told; none if no other test has started it.
    pub(crate) fn this() -> Option<Child> {
        let number = |name| env::var(name).ok().map(|number| number.parse().unwrap());
        Some(Child { folder: env::var_os(FOLDER)?.into(), step: number(STEP)?, case: number(CASE)? })
    }

    /// Runs the test of this name, with its modules. Panics if it fails.
    #[track_caller]
    pub(crate) fn run(&self, test: &str) -> End {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", test])
            .env(FOLDER, &self.folder)
            .env(STEP, self.step.to_string())
            .env(CASE, self.case.to_string())
            .output()
            .unwrap();
        if output.status.success() {
            return End::Finished;
        }
        assert_eq!(output.status.code(), None, "{output:?}");
        End::Killed
    }
}
