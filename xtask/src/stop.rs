//! Why a task ends before its end: it failed, or somebody asked it to stop.

use std::fmt;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

pub(crate) type Outcome<T> = Result<T, Stop>;

#[derive(Debug)]
pub(crate) enum Stop {
    /// What went wrong, in words for the person who ran the task.
    Failed(String),
    Interrupted,
}

impl Stop {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(message) => formatter.write_str(message),
            Self::Interrupted => formatter.write_str("interrupted"),
        }
    }
}

/// For `map_err`: puts what was being done in front of what went wrong.
pub(crate) fn because<E: fmt::Display>(doing: impl fmt::Display) -> impl FnOnce(E) -> Stop {
    move |error| Stop::Failed(format!("{doing}: {error}"))
}

/// The signals that ask a task to end, remembered instead of obeyed at once.
///
/// Ending at once would leave a mail server running and its folder behind; with the signal only noted, every
/// wait of ours returns [`Stop::Interrupted`] and destructors put things in order on the way out.
#[derive(Clone)]
pub(crate) struct Interrupt {
    /// The number of the last signal, 0 before the first.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    pub(crate) fn install() -> io::Result<Self> {
        let signal = Arc::new(AtomicUsize::new(0));
        for (number, value) in [(SIGINT, 2), (SIGTERM, 15), (SIGHUP, 1)] {
            signal_hook::flag::register_usize(number, Arc::clone(&signal), value)?;
        }
        Ok(Self { signal })
    }

    pub(crate) fn check(&self) -> Outcome<()> {
        match self.signal.load(Ordering::SeqCst) {
            0 => Ok(()),
            _ => Err(Stop::Interrupted),
        }
    }

    /// 128 + the signal, as a shell would report it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let signal = self.signal.load(Ordering::SeqCst);
        ExitCode::from(u8::try_from(128 + signal).unwrap_or(1))
    }
}
