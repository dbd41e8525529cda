//! Signals that ask the program to end: Ctrl-C, and SIGTERM where there is one.

use std::future::Future;

use crate::exit::Exit;
use crate::failure::Failure;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C at the terminal, SIGINT.
    Interrupt,
    /// SIGTERM: a service manager, or `kill`.
    #[cfg_attr(not(unix), allow(dead_code))]
    Terminate,
}

impl Signal {
    /// The exit code that says so.
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// Resolves at the first signal; a second one ends the program at once, since by then something is stuck.
///
/// The handlers are in place when this returns. Needs the runtime.
pub(crate) fn asked_to_end() -> Result<impl Future<Output = Signal>, Failure> {
    let mut signals = Signals::listen()
        .map_err(|err| Failure::new(Exit::Failed, format!("cannot listen for signals: {err}")))?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let _ = sender.send(signals.next().await);
        let signal = signals.next().await;
        // Complete messages have their names, the others have none; there is nothing to put in order.
        std::process::exit(signal.exit().code().into());
    });
    Ok(async move {
        match receiver.await {
            Ok(signal) => signal,
            Err(_) => std::future::pending().await,
        }
    })
}

/// Resolves when somebody from outside asks the program to end: SIGTERM, or SIGHUP since its terminal is gone. Ctrl-C
/// is left to whoever asks at the terminal.
#[cfg(unix)]
pub(crate) fn told_to_end() -> Result<impl Future<Output = Signal>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| {
        signal(kind).map_err(|err| Failure::new(Exit::Failed, format!("cannot listen for signals: {err}")))
    };
    let (mut terminate, mut hangup) = (listen(SignalKind::terminate())?, listen(SignalKind::hangup())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => Signal::Terminate,
            _ = hangup.recv() => Signal::Terminate,
        }
    })
}

/// Where there are no such signals, nobody asks.
#[cfg(not(unix))]
pub(crate) fn told_to_end() -> Result<impl Future<Output = Signal>, Failure> {
    Ok(std::future::pending())
}

/// Makes Ctrl-C end nothing here from now on: somebody else who has the terminal is meant by it, as an editor.
pub(crate) fn left_to_others() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        // Whoever has listened once is not ended by it any more.
        let listened = signal(SignalKind::interrupt());
        drop(
            listened
                .map_err(|err| Failure::new(Exit::Failed, format!("cannot listen for signals: {err}")))?,
        );
    }
    Ok(())
}

/// Does the work unless a signal comes first.
pub(crate) async fn unless<T>(
    asked_to_end: &mut (impl Future<Output = Signal> + Unpin),
    work: impl Future<Output = T>,
) -> Result<T, Signal> {
    tokio::select! {
        // The signal first: work that always has something to do uses up what one turn may do, and the signal behind it
        // would never be looked at.
        biased;
        signal = asked_to_end => Err(signal),
        outcome = work => Ok(outcome),
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        // Heard and not looked at: a file that may not grow any more is an error of the write then, and not the end of
        // the program in the middle of it.
        drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[allow(clippy::unnecessary_wraps)]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}
