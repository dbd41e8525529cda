//! Finding out, one step after the other. What fails is written down, and what does not need it goes on.

mod starttls;

use std::num::NonZeroU16;

use tayori_account::config::{Environment, TlsMode};
use tayori_client::{Connection, Error, LoggedIn, Lost, Session, Stage};
use tayori_proto::types::{Capability, IdParameters, MailboxName, Text};
use tokio::time::Instant;

use super::report::{
    Entry, Found, Greeting, GreetingKind, RefusedCertificate, Report, Step, Trouble, Weight,
};
use crate::cli::{Access, Check, Depth};
use crate::connect::Route;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::login::Login;
use crate::mailbox;
use crate::memory::Memory;
use crate::target::Target;
use crate::transcript::Transcript;

/// NOOPs that are timed: the one in the middle is no outlier, and nobody waits long for five.
const ROUND_TRIPS: usize = 5;

/// What is needed to find out. Nothing was sent yet.
pub(super) struct Probe<'a> {
    access: &'a Access,
    target: Target,
    route: Route,
    starttls: StartTlsPort,
    depth: Depth,
    login: Login,
    mailbox: MailboxName,
}

/// Where STARTTLS is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StartTlsPort {
    /// Where the place leads.
    OfThePlace,
    Other(u16),
    /// Nobody knows where it would be.
    Unknown,
}

/// Where STARTTLS is expected (RFC 9051 section 2.1).
const IMAP: u16 = 143;

/// Where STARTTLS is looked for, if `asked` is the port that somebody has named.
fn starttls_port(target: &Target, asked: Option<NonZeroU16>) -> Result<StartTlsPort, Failure> {
    match (target.tls(), asked) {
        (TlsMode::Implicit, Some(port)) => Ok(StartTlsPort::Other(port.get())),
        // Behind a port of its own there may be anything beside it.
        (TlsMode::Implicit, None) if !target.is_at_usual_port() => Ok(StartTlsPort::Unknown),
        (TlsMode::Implicit, None) => Ok(StartTlsPort::Other(IMAP)),
        (TlsMode::StartTls | TlsMode::None, None) => Ok(StartTlsPort::OfThePlace),
        (TlsMode::StartTls | TlsMode::None, Some(_)) => {
            let message = "the place says where STARTTLS is, so --starttls-port has nothing to say";
            Err(Failure::new(Exit::Usage, message).hint("leave it out"))
        }
    }
}

/// The reason why no further step makes sense.
type Ended = Trouble;

fn ends(step: Step, failure: Failure) -> Ended {
    Trouble { step, weight: Weight::Ends, failure }
}

fn failed(step: Step, error: Error) -> Failure {
    Failure::from(error).while_doing(step.failing())
}

impl<'a> Probe<'a> {
    /// Finds out what can be found out without a connection.
    pub(super) fn prepare(options: &'a Check) -> Result<Self, Failure> {
        let access = &options.access;
        let environment = Environment::process();
        let target = Target::resolve(access, &environment)?;
        let starttls = starttls_port(&target, options.starttls_port)?;
        let memory = Memory::of(&target, &environment)?;
        let depth = match target.user() {
            Some(_) => options.depth,
            None => Depth::Outside,
        };
        let login = match depth {
            Depth::LoggedIn => Login::new(&target, access.weaker_auth, memory.clone())?,
            Depth::Outside => Login::of_somebody(&target)?,
        };
        let (mailbox, route) = (mailbox::of_place(&access.place)?, Route::new(&target, memory)?);
        route.warn();
        Ok(Self { access, target, route, starttls, depth, login, mailbox })
    }

    /// Where it leads.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// How far it goes: nobody logs in where nobody is named.
    pub(super) fn depth(&self) -> Depth {
        self.depth
    }

    /// Looks at all there is. When it is dropped, what was found by then stands in the report.
    pub(super) async fn look(&self, report: &mut Report) {
        let Report { found, starttls, troubles, .. } = report;
        match self.starttls {
            _ if self.route.is_tunnel() => self.go(found, troubles).await,
            StartTlsPort::Unknown => self.go(found, troubles).await,
            StartTlsPort::Other(port) => {
                tokio::join!(self.go(found, troubles), starttls::look(&self.route, port, starttls));
            }
            StartTlsPort::OfThePlace if self.target.tls() == TlsMode::None => {
                self.go(found, troubles).await;
                *starttls = found.before.as_ref().map(|listed| starttls::of_clear(&self.route, listed));
            }
            StartTlsPort::OfThePlace => {
                starttls::look_in_the_clear(&self.route, starttls).await;
                self.go(found, troubles).await;
            }
        }
    }

    /// All steps that follow upon each other.
    async fn go(&self, found: &mut Found, troubles: &mut Vec<Trouble>) {
        if let Err(ended) = self.steps(found, troubles).await {
            troubles.push(ended);
        }
    }

    async fn steps(&self, found: &mut Found, troubles: &mut Vec<Trouble>) -> Result<(), Ended> {
        let connection = self.connect(found).await?;
        found.profile = connection.profile();
        found.alerts = connection.alerts();
        let session = match connection.into_preauthenticated() {
            Ok(session) => {
                greeted(found, GreetingKind::Preauthenticated, session.greeting());
                session
            }
            Err(connection) => {
                greeted(found, GreetingKind::Welcome, connection.greeting());
                match self.enter(connection, found).await? {
                    Some(session) => session,
                    None => return Ok(()),
                }
            }
        };
        self.inside(session, found, troubles).await
    }

    /// Addresses, TCP, TLS and the greeting.
    async fn connect(&self, found: &mut Found) -> Result<Connection, Ended> {
        let transcript =
            Transcript::open(&self.access.trace).map_err(|failure| ends(Step::Connection, failure))?;
        let connected = self.route.try_connect(transcript, &mut found.arrival).await;
        connected.map_err(|error| {
            found.refused = RefusedCertificate::of(&error);
            if let Error::Lost(Lost::Bye { text, .. }) = &error {
                greeted(found, GreetingKind::Bye, text.clone());
            }
            ends(failed_step(&error, found), self.route.explain(error))
        })
    }

    /// What everybody can see, and the login. Without one, what is left is done here.
    async fn enter(&self, mut connection: Connection, found: &mut Found) -> Result<Option<Session>, Ended> {
        let listed = connection.capabilities().await;
        found.before =
            Some(listed.map_err(|error| ends(Step::Capabilities, failed(Step::Capabilities, error)))?);
        found.profile = connection.profile();
        let stand_in = self.login.stand_in().map_err(|failure| ends(Step::Login, failure))?;
        let methods = connection.login_methods(&stand_in, self.login.policy()).await;
        found.methods = Some(methods.map_err(Failure::from));
        if self.depth == Depth::Outside {
            outside(connection, found).await?;
            return Ok(None);
        }
        let credentials = self.login.credentials().await;
        let credentials = credentials.map_err(|failure| ends(Step::Login, failure))?;
        let began = Instant::now();
        match self.login.log_in(connection, &credentials).await {
            Ok(LoggedIn { session, method, server_proved_itself, .. }) => {
                found.login = Entry::Done { method, server_proved_itself, took: began.elapsed() };
                Ok(Some(session))
            }
            Err(mut failed) => {
                found.login = Entry::Failed(failed.method);
                if let Some(connection) = failed.connection.take() {
                    // What keeps the login out is what is wrong; whatever follows changes nothing about it.
                    let _ = outside(connection, found).await;
                }
                Err(ends(Step::Login, self.login.explain(*failed, &credentials)))
            }
        }
    }

    /// What is to be seen with a login.
    async fn inside(
        &self,
        mut session: Session,
        found: &mut Found,
        troubles: &mut Vec<Trouble>,
    ) -> Result<(), Ended> {
        let seen = self.see(&mut session, found, &mut Parts(troubles)).await;
        found.alerts = session.alerts();
        found.profile = session.profile();
        seen?;
        let _ = session.leave().await;
        Ok(())
    }

    async fn see(
        &self,
        session: &mut Session,
        found: &mut Found,
        parts: &mut Parts<'_>,
    ) -> Result<(), Ended> {
        found.after = parts.of(Step::Capabilities, session.capabilities().await)?;
        if found.after.as_ref().is_some_and(|listed| listed.has(&Capability::Id)) {
            found.id = parts.of(Step::Id, session.id(&IdParameters::none()).await)?;
        }
        found.namespaces = parts.of(Step::Namespaces, session.namespace().await)?;
        found.quota = parts.of(Step::Quota, session.mailbox_quota(&self.mailbox).await)?;
        found.append_limit = parts.of(Step::Limits, session.append_limit(&self.mailbox).await)?.flatten();
        for _ in 0..ROUND_TRIPS {
            let began = Instant::now();
            match parts.of(Step::RoundTrips, session.noop().await)? {
                Some(()) => found.round_trips.push(began.elapsed()),
                None => break,
            }
        }
        Ok(())
    }
}

fn greeted(found: &mut Found, kind: GreetingKind, text: Text) {
    found.greeting = Some(Greeting { text, kind });
}

/// Which step it was that connecting has failed with.
fn failed_step(error: &Error, found: &Found) -> Step {
    let times = &found.arrival.times;
    match error {
        Error::Tls(_) if found.refused.is_some() => Step::Certificate,
        Error::Tls(_) | Error::TimedOut { stage: Stage::Handshake, .. } => Step::Tls,
        Error::StartTls(_) | Error::TimedOut { stage: Stage::StartTls, .. } => Step::StartTls,
        Error::Unreachable { .. } | Error::TimedOut { .. } if times.look_up.is_none() => Step::Addresses,
        Error::Unreachable { .. } | Error::TimedOut { .. } => Step::Connection,
        _ => Step::Greeting,
    }
}

/// What is left to see without a login.
async fn outside(mut connection: Connection, found: &mut Found) -> Result<(), Ended> {
    for _ in 0..ROUND_TRIPS {
        let began = Instant::now();
        let answered = connection.noop().await;
        found.alerts = connection.alerts();
        match answered {
            Ok(()) => found.round_trips.push(began.elapsed()),
            Err(error) => return Err(ends(Step::RoundTrips, failed(Step::RoundTrips, error))),
        }
    }
    let _ = connection.logout().await;
    Ok(())
}

/// Steps that do not need each other, as long as there is a connection.
struct Parts<'a>(&'a mut Vec<Trouble>);

impl Parts<'_> {
    fn of<T>(&mut self, step: Step, outcome: Result<T, Error>) -> Result<Option<T>, Ended> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotOffered { .. }) => Ok(None),
            Err(error @ Error::Lost(_)) => Err(ends(step, failed(step, error))),
            Err(error) => {
                self.0.push(Trouble { step, weight: Weight::Noted, failure: failed(step, error) });
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, parse};

    #[track_caller]
    fn check(line: &str, expected: Result<StartTlsPort, &str>) {
        let Ok(Invocation::Check(options)) =
            parse(format!("tayori check {line}").split_whitespace().map(Into::into))
        else {
            panic!("{line}")
        };
        let target = Target::resolve(&options.access, &Environment::fixed::<&str, &str>([])).unwrap();
        let found = starttls_port(&target, options.starttls_port);
        assert_eq!(found.map_err(|failure| failure.to_text()), expected.map_err(str::to_owned), "{line}");
    }

    #[test]
    fn starttls_is_looked_for_where_it_is_expected() {
        check("imaps://ann@host/", Ok(StartTlsPort::Other(143)));
        check("imaps://host", Ok(StartTlsPort::Other(143)));
        check("imaps://ann@host:1993/", Ok(StartTlsPort::Unknown));
        check("imaps://ann@host:1993/ --starttls-port 1143", Ok(StartTlsPort::Other(1143)));
        check("imap://ann@host/", Ok(StartTlsPort::OfThePlace));
        check("imap://ann@host/ --tls none", Ok(StartTlsPort::OfThePlace));
        check("imap://ann@host/ --tls implicit", Ok(StartTlsPort::Other(143)));
        check(
            "imap://ann@host/ --starttls-port 143",
            Err(
                "error: the place says where STARTTLS is, so --starttls-port has nothing to say\nhint: leave it out\n",
            ),
        );
    }
}
