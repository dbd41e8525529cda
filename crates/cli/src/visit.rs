//! A visit to a server: log in, do something, leave. Every command that needs a session is one.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tayori_client::Session;

use crate::cli::Access;
use crate::connect::Entrance;
use crate::failure::Failure;
use crate::signal::{self, Signal};
use crate::target::Target;
use crate::transcript::Transcript;

/// How long an interrupted run waits for its LOGOUT to get on its way: long enough for a socket that takes anything,
/// hardly noticed where it takes nothing.
const GOODBYE: Duration = Duration::from_millis(250);

/// A visit that is prepared: nothing was sent, and nobody asked for a password.
pub(crate) struct Visit<'a> {
    access: &'a Access,
    entrance: Entrance,
    asked_to_end: AskedToEnd,
}

type AskedToEnd = Pin<Box<dyn Future<Output = Signal> + Send>>;

impl<'a> Visit<'a> {
    /// Finds out what can be found out without a connection. From here on signals are ours: also a password prompt has
    /// to give the terminal back as it was.
    pub(crate) fn prepare(access: &'a Access) -> Result<Self, Failure> {
        let asked_to_end = Box::pin(signal::asked_to_end()?);
        Ok(Self { access, entrance: Entrance::new(access)?, asked_to_end })
    }

    /// Where it leads.
    pub(crate) fn target(&self) -> &Target {
        self.entrance.target()
    }

    /// All of it.
    pub(crate) async fn go<T>(
        self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.enter().await?.work(work).await
    }

    /// Connects and logs in.
    pub(crate) async fn enter(mut self) -> Result<Entered, Failure> {
        let transcript = Transcript::open(&self.access.trace)?;
        match signal::unless(&mut self.asked_to_end, self.entrance.open(transcript)).await {
            Ok(opened) => Ok(Entered { session: opened?, asked_to_end: self.asked_to_end }),
            Err(signal) => Err(Failure::interrupted(signal, "")),
        }
    }
}

/// A visit with a session.
pub(crate) struct Entered {
    session: Session,
    asked_to_end: AskedToEnd,
}

impl Entered {
    /// Does the work and leaves, however it ended. When somebody asks the program to end, the work is dropped where it
    /// is: what it has done has to stand in something that it borrows.
    pub(crate) async fn work<T>(
        mut self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // To leave changes nothing, so its failure does not either.
        match signal::unless(&mut self.asked_to_end, work(&mut self.session)).await {
            Ok(ended) => {
                let _ = self.session.leave().await;
                ended
            }
            Err(signal) => {
                // What was asked for may come for a long time, and nobody wants it any more.
                let _ = tokio::time::timeout(GOODBYE, self.session.leave()).await;
                Err(Failure::interrupted(signal, ""))
            }
        }
    }
}

/// A whole visit.
pub(crate) async fn visit<T>(
    access: &Access,
    work: impl AsyncFnOnce(&mut Session) -> Result<T, Failure>,
) -> Result<T, Failure> {
    Visit::prepare(access)?.go(work).await
}
