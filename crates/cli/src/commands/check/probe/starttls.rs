//! STARTTLS on the port where it is expected. Nothing here has a secret, or ever asks for one.

use std::time::Duration;

use tayori_client::{Arrival, Connection, Error, Stage};
use tayori_proto::types::{Capabilities, Capability};

use crate::commands::check::report::{StartTls, StartTlsFound, Upgraded};
use crate::connect::Route;

/// How long is waited for a port that nobody has asked for: some firewalls let it pass in silence.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at another port than that of the place.
pub(super) async fn look(route: &Route, port: u16, found: &mut Option<StartTls>) {
    let route = route.to_port(port, PATIENCE);
    let found = found.insert(in_the_clear(&route.in_the_clear()).await);
    if let StartTlsFound::Reached { listed, upgraded } = &mut found.found
        && listed.has(&Capability::StartTls)
    {
        *upgraded = upgrade(&route.by_starttls()).await;
    }
}

/// Looks at what the port of the place tells in the clear; STARTTLS is what the place is reached by.
pub(super) async fn look_in_the_clear(route: &Route, found: &mut Option<StartTls>) {
    let found = found.insert(in_the_clear(&route.in_the_clear()).await);
    if let StartTlsFound::Reached { upgraded, .. } = &mut found.found {
        *upgraded = Upgraded::ByTheReport;
    }
}

/// What a connection without TLS has listed.
pub(super) fn of_clear(route: &Route, listed: &Capabilities) -> StartTls {
    let found = StartTlsFound::Reached { listed: listed.clone(), upgraded: Upgraded::NotTried };
    StartTls { port: route.port(), found }
}

async fn in_the_clear(route: &Route) -> StartTls {
    let found = match capabilities(route).await {
        Ok(listed) => StartTlsFound::Reached { listed, upgraded: Upgraded::NotTried },
        Err(error) if is_about_the_way(&error) => StartTlsFound::NotReached(route.explain(error)),
        Err(error) => StartTlsFound::NoImap(route.explain(error)),
    };
    StartTls { port: route.port(), found }
}

async fn capabilities(route: &Route) -> Result<Capabilities, Error> {
    let mut connection = route.try_connect(None, &mut Arrival::default()).await?;
    let listed = connection.capabilities().await;
    leave(connection).await;
    listed
}

/// Whether the server was not even reached.
fn is_about_the_way(error: &Error) -> bool {
    match error {
        Error::TimedOut { stage, .. } => matches!(stage, Stage::Connect | Stage::Proxy),
        Error::Unreachable { .. } | Error::Proxy(_) => true,
        _ => false,
    }
}

async fn upgrade(route: &Route) -> Upgraded {
    let mut arrival = Arrival::default();
    match route.try_connect(None, &mut arrival).await {
        Ok(connection) => {
            leave(connection).await;
            Upgraded::Works(arrival.tls.map(Box::new))
        }
        Err(error) => Upgraded::Fails(route.explain(error)),
    }
}

/// To leave changes nothing, so its failure does not either.
async fn leave(connection: Connection) {
    let _ = connection.logout().await;
}
