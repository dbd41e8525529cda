//! Usual names.

use std::num::NonZeroU16;
use std::sync::Arc;

use tayori_client::way::Way;

use super::Discovery;
use super::candidate::{Findings, Source};
use super::journal::{Outcome, Step};
use super::services::Declared;
use crate::config::TlsMode;

/// What stands in front of the domain, the likeliest first. The last one is the domain itself.
const NAMES: [&str; 3] = ["imap.", "mail.", ""];

impl Discovery {
    /// Tries the usual names with TLS from the start, and if none of them answers, with STARTTLS; those of one kind all
    /// at once. What the domain says that it does not have is not tried.
    pub(super) async fn try_usual_names(
        &self,
        findings: &mut Findings<'_>,
        secured: Declared,
        upgraded: Declared,
    ) {
        // A tunnel leads to the one server that it leads to, whatever name is asked for.
        if matches!(self.way, Way::Tunnel(_)) {
            return;
        }
        for (tls, declared) in [(TlsMode::Implicit, secured), (TlsMode::StartTls, upgraded)] {
            if declared == Declared::Other && !findings.has_protected() {
                self.try_names(findings, tls).await;
            }
        }
    }

    async fn try_names(&self, findings: &mut Findings<'_>, tls: TlsMode) {
        let port: NonZeroU16 = tls.default_port();
        let hosts = NAMES.map(|front| format!("{front}{}", findings.address.domain()));
        let [first, second, third] = &hosts;
        let (first, second, third) = tokio::join!(
            self.look_at(first, port, tls),
            self.look_at(second, port, tls),
            self.look_at(third, port, tls)
        );
        for (host, seen) in hosts.into_iter().zip([first, second, third]) {
            let step = Step::Guess { host: host.clone(), port, tls };
            match seen {
                Ok(seen) => {
                    findings.note(step, Outcome::Named { servers: 1 });
                    let mut candidate = findings.bare(host, port, tls, Source::Guess);
                    candidate.seen = Some(Arc::new(seen));
                    findings.add(candidate);
                }
                Err(error) => findings.fail(step, error),
            }
        }
    }
}
